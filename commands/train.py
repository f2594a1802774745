"""``floorwalker train``: make the trained parts whose inputs changed, and swap them into the running bot.

A part is skipped while the fingerprint of its inputs equals that of the version in use.
"""
from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import httpx

from commands import serve
from commands.errors import CommandError
from commands.training_check import ERROR, check
from models.embedding import SentenceEmbedding
from models.embedding_export import export, fingerprint, shipped_model
from models.product_search import ProductSearch
from models.registry import Registry
from shop import catalogue
from shop.database import open_database
from shop.secrets import secret
from shop.settings import ROOT, settings

WATCH_SECONDS = 0.3
PARTS = ("embedding", "index", "rasa")
RASA_DATA = ("data/nlu", "data/rules", "data/stories")
# What else decides what Rasa learns.
RASA_INPUTS = ("config.yml", "domain.yml", "bot", "data/language", *RASA_DATA)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("part", choices=("all", *PARTS), nargs="?", default="all", help="which part (all)")
    parser.add_argument("--force", action="store_true", help="train also what did not change")
    parser.add_argument("--watch", action="store_true", help="go on, and train whenever a file is saved")


def run(arguments: argparse.Namespace) -> int:
    parts = PARTS if arguments.part == "all" else (arguments.part,)
    if arguments.watch:
        watch(parts)
    train(parts, arguments.force)
    return 0


def watch(parts: Iterable[str]) -> NoReturn:
    """Train ``parts`` now and after each save, until interrupted. What is wrong is said, and the watch goes on."""
    seen = None
    while True:
        try:
            saved = {file: file.stat().st_mtime_ns for file in rasa_inputs()}
        except FileNotFoundError:
            saved = seen  # an editor is just replacing it: the next look finds it
        if saved != seen:
            seen = saved
            try:
                train(parts)
            except CommandError as error:
                print(error, flush=True)
            print("Watching the trainers' files; Ctrl-C ends it.", flush=True)
        time.sleep(WATCH_SECONDS)


def train(parts: Iterable[str], force: bool = False, warnings: bool = True) -> None:
    """Train ``parts`` in their order; ``warnings``: say also what of the trainers' files is no error.

    Raises CommandError where one fails; the version in use stays then.
    """
    trainers: dict[str, Callable[[Registry, bool], bool]] = {
        "embedding": train_embedding, "index": train_index, "rasa": partial(train_rasa, warnings=warnings),
    }
    registry = Registry(settings.var / "models")
    registry.root.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(registry):
        for part in parts:
            print(f"{part}: ", end="", flush=True)
            changed = trainers[part](registry, force)
            print(f"trained {registry.require(part).name}" if changed else "up to date", flush=True)


@contextmanager
def _one_at_a_time(registry: Registry) -> Iterator[None]:
    """Wait while another process trains into the same registry: both would publish the same version."""
    with (registry.root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another training is under way; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # the kernel lets go of the lock when the file is closed, also where this process dies


@contextmanager
def _draft(registry: Registry, part: str) -> Iterator[Path]:
    """A new folder beside the versions, taken away at the end with whatever was not published out of it."""
    folder = Path(tempfile.mkdtemp(prefix=f".{part}.", dir=registry.root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def train_embedding(registry: Registry, force: bool) -> bool:
    """Export the sentence model; returns whether there was anything to do."""
    version = fingerprint(shipped_model())
    if not force and _in_use(registry, "embedding", version):
        return False
    with _draft(registry, "embedding") as folder:
        export(shipped_model(), folder / "draft")
        card = {"fingerprint": version, "trained_on": "all-MiniLM-L6-v2, untuned"}
        registry.publish("embedding", version, folder / "draft", card)
    return True


def train_index(registry: Registry, force: bool) -> bool:
    """Embed and index the catalogue and write its vocabulary; returns whether there was anything to do."""
    database = open_database()
    try:
        with database.session() as db:
            version = hashlib.sha256(
                f"{catalogue.catalogue_version(db)} {registry.require('embedding').name}".encode()
            ).hexdigest()[:12]
            if not force and _in_use(registry, "index", version) and (settings.var / "vocabulary.json").exists():
                return False
            products = list(catalogue.all_products(db))
            if not products:
                raise CommandError("The catalogue is empty. Load one with `floorwalker import`.")
            write_vocabulary(catalogue.vocabulary(db), products)
    finally:
        database.close()
    embedding = SentenceEmbedding.load(registry.require("embedding").directory, threads=os.cpu_count() or 1)
    ProductSearch.build(products, embedding).save(registry.root, fingerprint=version)
    return True


def write_vocabulary(words: dict, products: list[catalogue.Product]) -> None:
    """Write ``vocabulary.json``, the words that ``bot/vocabulary.py`` finds in sentences, in one step."""
    categories = {slug: list(names) for slug, names in words["categories"].items()}
    for category, kind in sorted({(product.category, product.kind) for product in products if product.kind}):
        categories.setdefault(category, []).append(kind)
    vocabulary = {
        "category": categories,
        "brand": {word: [word] for word in words["brands"]},
        "colour": {word: [word] for word in words["colours"]},
        "size": {word: [word] for word in words["sizes"]},
        "material": {word: [word] for word in words["materials"]},
    }
    path = settings.var / "vocabulary.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(vocabulary, ensure_ascii=False, indent=1), "utf-8")
    os.replace(draft, path)


def train_rasa(registry: Registry, force: bool, warnings: bool = True) -> bool:
    """Train Rasa's model and hand it to the running Rasa, if one runs; returns whether there was anything to do."""
    version = _rasa_fingerprint(registry.require("embedding").name)
    if not force and _in_use(registry, "rasa", version):
        return False
    require_sound_files(warnings)
    before = registry.champion("rasa")
    with _draft(registry, "rasa") as folder:
        _run_rasa_train(folder / "draft", registry.require("embedding").name)
        card = {"fingerprint": version, "embedding": registry.require("embedding").name}
        registry.publish("rasa", version, folder / "draft", card)
    try:
        swap_rasa(registry)
    except CommandError:
        if before is not None and before.name != version:
            registry.rollback("rasa")  # else the next start would load what the running Rasa refused
        raise
    return True


def _run_rasa_train(draft: Path, embedding: str) -> None:
    """Make ``draft/rasa.tar.gz``. Raises CommandError with the end of Rasa's log where that fails."""
    # Rasa's cache does not know which embedding a component was made with, and would hand out one of another.
    environment = {**serve.environment(), "RASA_CACHE_DIRECTORY": str(settings.var / "rasa-cache" / embedding)}
    command = [
        str(serve.rasa_program()), "train", "--config", "config.yml", "--domain", "domain.yml",
        "--data", *RASA_DATA, "--out", str(draft), "--fixed-model-name", "rasa",
    ]
    log = settings.var / "log" / "rasa-train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        finished = subprocess.run(  # noqa: S603 - the command is ours
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if finished.returncode or not (draft / "rasa.tar.gz").is_file():
        tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:])
        raise CommandError(f"Rasa could not be trained; the model in use stays. The end of {log}:\n{tail}")


def require_sound_files(warnings: bool) -> None:
    """Print what is wrong with the trainers' files, a line each. Raises CommandError where an error is among it."""
    problems = [problem for problem in check(ROOT) if warnings or problem.severity == ERROR]
    if problems:
        print(f"{len(problems)} notes on the trainers' files", flush=True)
    for problem in problems:
        print(f"  {problem}")
    errors = sum(problem.severity == ERROR for problem in problems)
    if errors:
        raise CommandError(f"{errors} of these are errors. Nothing was trained; the model in use stays.")


def swap_rasa(registry: Registry) -> None:
    """Make the running Rasa load the model in use. Conversations go on; nothing happens where Rasa does not run.

    Raises CommandError where the running Rasa refuses the model or does not answer.
    """
    try:
        answer = httpx.put(
            f"http://127.0.0.1:{settings.rasa_port}/model", params={"token": secret("rasa-api")},
            json={"model_file": str(serve.rasa_model(registry))}, timeout=60,
            trust_env=False,  # a proxy of the environment has no business with loopback, nor with the secret
        )
    except httpx.ConnectError:
        return
    except httpx.HTTPError as error:
        raise CommandError(f"The running Rasa did not take the model ({type(error).__name__}). Restart it.") from error
    if answer.status_code != httpx.codes.NO_CONTENT:
        raise CommandError(f"The running Rasa refused the model: {answer.status_code} {answer.text[:300]}")
    print("swapped into the running bot, ", end="")


def _rasa_fingerprint(embedding: str) -> str:
    digest = hashlib.sha256(embedding.encode())
    for file in rasa_inputs():
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def rasa_inputs() -> list[Path]:
    """The files that decide what Rasa learns, sorted."""
    paths = (ROOT / entry for entry in RASA_INPUTS)
    files = (file for path in paths for file in (path.rglob("*") if path.is_dir() else (path,)))
    return sorted(file for file in files if file.suffix in (".yml", ".py"))


def _in_use(registry: Registry, part: str, print_: str) -> bool:
    champion = registry.champion(part)
    return champion is not None and champion.card.get("fingerprint") == print_
