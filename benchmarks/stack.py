"""The whole product, running: a folder of its own, the demo shop, and the three processes on free ports."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from shop.settings import ROOT, settings

FLOORWALKER = str(Path(sys.executable).with_name("floorwalker"))
PROCESSES = ("rasa", "actions", "web")
READY_SECONDS = 120
# A measurement or a test speaks from one address, which the gateway's limits take for one flood.
WIDE_LIMITS = {
    "FLOORWALKER_MESSAGES_PER_MINUTE": "6000", "FLOORWALKER_MESSAGES_BURST": "1000",
    "FLOORWALKER_ADDRESS_MESSAGES_PER_MINUTE": "100000", "FLOORWALKER_ADDRESS_MESSAGES_BURST": "10000",
    "FLOORWALKER_ADDRESS_CONNECTIONS": "1000", "FLOORWALKER_ADDRESS_SESSIONS_PER_MINUTE": "10000",
}


class Stack:
    """One installation of Floorwalker below ``folder``. ``start`` it, talk to it at ``url``, ``stop`` it."""

    def __init__(self, folder: Path, **settings_changed: str) -> None:
        self.var = folder / "var"
        self.ports = dict(zip(PROCESSES, free_ports(len(PROCESSES)), strict=True))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FLOORWALKER_")},
            "FLOORWALKER_VAR": str(self.var),
            "FLOORWALKER_PORT": str(self.ports["web"]),
            "FLOORWALKER_RASA_PORT": str(self.ports["rasa"]),
            "FLOORWALKER_ACTIONS_PORT": str(self.ports["actions"]),
            **settings_changed,
        }
        self._running: dict[str, subprocess.Popen] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['web']}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.ports['web']}/ws"

    def prepare(self) -> None:
        """Set the installation up. What `make setup` made is taken over, so that nothing need be trained again."""
        self.var.mkdir(parents=True)
        for name in ("models", "vocabulary.json", "sentence-vectors.npz", "training-check.npz"):
            source = settings.var / name
            if source.is_dir():
                shutil.copytree(source, self.var / name)
            elif source.exists():
                shutil.copy(source, self.var / name)
        self.floorwalker("setup")

    def floorwalker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run a command of this installation to its end."""
        finished = subprocess.run(
            [FLOORWALKER, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if check and finished.returncode:
            raise AssertionError(f"floorwalker {' '.join(arguments)} failed:\n{finished.stdout}\n{finished.stderr}")
        return finished

    def spawn(self, *arguments: str) -> subprocess.Popen:
        """Run a command of this installation beside the caller; ``result`` waits for it."""
        return subprocess.Popen(
            [FLOORWALKER, *arguments], env=self.environment, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    @staticmethod
    def result(running: subprocess.Popen) -> str:
        """What a spawned command printed, once it has ended; raises AssertionError where it failed."""
        output, errors = running.communicate()
        if running.returncode:
            raise AssertionError(f"{running.args} failed with {running.returncode}:\n{output}\n{errors}")
        return output

    def start(self, *names: str) -> None:
        """Start the named processes (all by default) and wait until they answer."""
        names = names or PROCESSES
        for name in names:
            log = (self.var / f"{name}.log").open("ab")
            self._running[name] = subprocess.Popen(
                [FLOORWALKER, "serve", name], env=self.environment, cwd=ROOT, stdout=log, stderr=log,
                start_new_session=True,
            )
        for name in names:
            self.wait_until_ready(name)

    def wait_until_ready(self, name: str) -> None:
        path = {"rasa": "/webhooks/gateway/", "actions": "/health", "web": "/health"}[name]
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._running[name].poll() is not None:
                raise AssertionError(f"{name} ended with {self._running[name].returncode}:\n{self.log(name)}")
            try:
                if httpx.get(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{name} did not answer within {READY_SECONDS} s:\n{self.log(name)}")

    def kill(self, name: str) -> None:
        """SIGKILL a process and its children; returns when it is gone."""
        process = self._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._running.clear()

    def log(self, name: str) -> str:
        """The last lines that a process printed."""
        path = self.var / f"{name}.log"
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-40:]) if path.exists() else ""

    def secret(self, purpose: str) -> str:
        """A secret of this installation, derived as its processes derive it."""
        code = f"from shop.secrets import secret; print(secret({purpose!r}))"
        return subprocess.run(
            [sys.executable, "-c", code], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on. All are held until all are found, so that none is given twice."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
