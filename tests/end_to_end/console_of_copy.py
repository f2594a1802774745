"""The console of a copy of the project, whose files may be changed, on the database of the running bot."""
from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from benchmarks.project_copy import command, copy_project, environment
from benchmarks.stack import Stack, free_ports
from shop import staff
from shop.database import Database
from shop.settings import ROOT

PASSWORD = "seven lanterns by the river"
READY_SECONDS = 60


class ConsoleOfCopy:
    """``python -m commands`` and the web process of the copy in ``project``."""

    def __init__(self, project: Path, stack: Stack, database: Database) -> None:
        self.project = project
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = database
        self._environment = environment(project, {**stack.environment, "FLOORWALKER_PORT": str(self.port)})

    def run(self, *arguments: str) -> str:
        """What ``floorwalker`` of the copy prints; raises AssertionError where it fails."""
        ran = subprocess.run(command(*arguments), cwd=self.project, env=self._environment, text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert ran.returncode == 0, ran.stdout
        return ran.stdout

    @contextmanager
    def serving(self, log: Path) -> Iterator[None]:
        with log.open("ab") as written:
            process = subprocess.Popen(command("serve", "web"), cwd=self.project, env=self._environment,
                                       stdout=written, stderr=written)
        try:
            self._wait_until_ready(process, log)
            yield
        finally:
            process.terminate()
            process.wait()

    def _wait_until_ready(self, process: subprocess.Popen, log: Path) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
            try:
                if httpx.get(f"{self.url}/health", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"The console did not answer within {READY_SECONDS} s:\n{log.read_text()[-2000:]}")

    def member(self, role: str, name: str) -> str:
        """The e-mail address of a new member of staff, whose password is PASSWORD."""
        email = f"{secrets.token_hex(6)}@shop.test"
        with self.database.session() as db:
            staff.add(db, email, name, role, password=PASSWORD)
        return email

    def signed_in(self, role: str, name: str) -> Browserless:
        return Browserless(self.url, self.member(role, name))


class Browserless:
    """A member of staff who reads pages and sends their forms, without a browser."""

    def __init__(self, url: str, email: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, headers={"Origin": url}, timeout=30)
        self.submit("/console/sign-in", email=email, password=PASSWORD)

    def page(self, path: str) -> str:
        answer = self._http.get(path)
        assert answer.status_code == 200, answer.text[:2000]
        return answer.text

    def submit(self, path: str, **fields: Any) -> None:
        """Send a form; raises AssertionError where it was not taken."""
        answer = self._http.post(path, data=fields)
        assert answer.status_code == 303, (answer.status_code, answer.text[:2000])

    def call(self, page: str, path: str, data: dict[str, Any]) -> dict[str, Any]:
        """What a script of ``page`` sends, with the secret that the page holds."""
        csrf = re.search(r'<meta name="csrf" content="([^"]*)"', self.page(page))[1]
        answer = self._http.post(path, json=data, headers={"X-CSRF-Token": csrf, "Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return answer.json()


def hidden_fields(page: str) -> dict[str, str]:
    return {unescape(name): unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)}


def copy_with_tests(folder: Path) -> Path:
    """A copy of the project together with the files of tests that the console reads and writes."""
    project = copy_project(folder)
    for name in ("conversations", "entities"):
        shutil.copytree(ROOT / "tests" / name, project / "tests" / name)
    return project
