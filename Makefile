# Everything a user types. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PIP := -m pip --disable-pip-version-check --no-input
FLOORWALKER := .venv/bin/floorwalker

# Rasa's old packages warn at every import; nothing here can mend them.
RASA_PYTHON := OMP_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1 \
	.venv-rasa/bin/python -W ignore

export RASA_TELEMETRY_ENABLED := false

# With FLOORWALKER_TEST_POSTGRES_URL (a role there must be allowed to create databases) these run a second time.
ON_POSTGRES := tests/shop $(addprefix tests/web/console/test_,transcripts.py conversation_page.py overview.py people.py)

.PHONY: help environments setup run test train bench lint clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# An environment whose Python still runs is brought up to date in place; a broken one is made anew.
make_venv = $(1)/bin/python -m pip --version >/dev/null 2>&1 \
	|| { python=$$(scripts/find-python $(2)) && rm -rf $(1) && "$$python" -m venv $(1); }

# A stamp is written only after its environment is whole, so an interrupted installation goes on where it stopped.
.venv/.complete: requirements/main.txt pyproject.toml
	@echo "== Python 3.11 environment (.venv)"
	@$(call make_venv,.venv,3.11)
	@.venv/bin/python $(PIP) install --progress-bar on -r requirements/main.txt
	@.venv/bin/python $(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-rasa/.complete: requirements/rasa.txt
	@echo "== Python 3.10 environment for Rasa (.venv-rasa)"
	@$(call make_venv,.venv-rasa,3.10)
	@.venv-rasa/bin/python $(PIP) install --quiet 'setuptools<71' wheel
	@.venv-rasa/bin/python $(PIP) install --progress-bar on -r requirements/rasa.txt
	@touch $@

environments: .venv/.complete .venv-rasa/.complete

setup: environments ## Build the environments, the demo shop and the trained parts
	@$(FLOORWALKER) setup

run: environments ## Set up what is missing and run everything on http://127.0.0.1:8000
	@$(FLOORWALKER) run

test: setup ## Set up everything and test it (ARGS="-k widget" picks tests)
	@.venv/bin/python -m ruff check .
	@echo "== Tests of bot/, in Rasa's environment"
	@$(RASA_PYTHON) -m pytest tests/bot -q $(ARGS) || { status=$$?; [ $$status -eq 5 ] || exit $$status; }
	@echo "== Tests of everything else"
	@FLOORWALKER_TEST_POSTGRES_URL= .venv/bin/python -m pytest --ignore=tests/bot $(ARGS)
	@[ -z "$${FLOORWALKER_TEST_POSTGRES_URL:-}" ] || { \
		echo "== Tests of what is stored and found, again on PostgreSQL"; \
		.venv/bin/python -m pytest $(ON_POSTGRES) -q $(ARGS) || { status=$$?; [ $$status -eq 5 ] || exit $$status; }; }

train: environments ## Validate and train what changed, and swap it into the running bot
	@$(FLOORWALKER) train all

bench: environments ## Measure; writes its figures for docs/benchmarks.md
	@.venv/bin/python -m benchmarks

lint: environments ## Check style
	@.venv/bin/python -m ruff check .

clean: ## Delete databases, trained parts and logs (not the environments)
	rm -rf var
