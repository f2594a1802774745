"""The web application in a thread of the test, with people behind it: the test is the console of its staff."""
from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from shop import secrets
from shop.settings import Settings
from tests.shop.takeover_stage import hire, keep_hours
from tests.web.gateway_stage import StandInRasa, WebProcess, free_port, wait_until
from web.app import create_app


class Onlooker:
    """In place of the consoles: keeps what the gateway tells them."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.standings: list[Any] = []
        self.typists: list[tuple[str, bool]] = []
        self.seen: list[int] = []

    def message(self, conversation_id: str, frame: dict[str, Any]) -> None:
        self.messages.append(frame)

    def standing(self, conversation_id: str, standing: Any) -> None:
        self.standings.append(standing)

    def typing(self, conversation_id: str, who: str, on: bool) -> None:
        self.typists.append((who, on))

    def read(self, conversation_id: str, seq: int) -> None:
        self.seen.append(seq)


class House(WebProcess):
    """The web application of this process. ``do`` runs what a console asks of the gateway, on its event loop."""

    def __init__(self, folder: Path, rasa_port: int, **settings: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = f"sqlite:///{folder / 'shop.db'}"
        chosen = {
            "var": folder, "database_url": self.database_url, "port": self.port, "rasa_port": rasa_port,
            "actions_port": rasa_port, "demo": 0, **settings,
        }
        self.app = create_app(Settings({f"FLOORWALKER_{name.upper()}": str(value) for name, value in chosen.items()}))
        self._http = httpx.Client(base_url=self.url, trust_env=False)

    def start(self) -> None:
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=self.port, log_level="warning", ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started, "the web application listens")
        self.onlooker = self.gateway.live = Onlooker()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    @property
    def gateway(self) -> Any:
        return self.app.state.gateway

    def secret(self, purpose: str) -> str:
        return secrets.secret(purpose)

    async def do(self, name: str, *args: Any) -> Any:
        """``gateway.staff_<name>(*args)``, awaited. Raises what it raises."""
        work = self.gateway.keep(getattr(self.gateway, f"staff_{name}")(*args))
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.gateway._loop))

    def hire(self, name: str) -> int:
        """One more agent, at an open console, in a shop that is open all day; returns the id."""
        database = self.database()
        with database.session() as db:
            keep_hours(db)
            person = hire(db, name)
        database.close()
        return person

    def store(self, work: Any, *args: Any) -> Any:
        """``work(db, *args)`` in a transaction of its own, as another process does it."""
        database = self.database()
        try:
            with database.session() as db:
                return work(db, *args)
        finally:
            database.close()


@contextmanager
def open_house(folder: Path, **settings: Any) -> Iterator[tuple[House, StandInRasa]]:
    """A house and a stand-in for Rasa, both started."""
    rasa = StandInRasa()
    rasa.start()
    house = House(folder, rasa.port, **settings)
    house.start()
    rasa.token = house.secret("rasa")
    try:
        yield house, rasa
    finally:
        house.stop()
        rasa.stop()
