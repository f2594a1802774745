"""The console behind its real application, and people of staff at browsers without a screen."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from shop import schema, staff, staff_passwords, staff_sessions
from shop.database import Database, open_database
from tests.postgres import POSTGRES_URL, Copies
from tests.web.shop_visit import fill, settings_in
from web.app import create_app
from web.console.access import COOKIE_NAME, csrf_of

ORIGIN = "http://shop.test"
PASSWORD = "a lamp above the quiet harbour"


@dataclass
class Console:
    """The running application and its database; ``visitor()`` is a browser that nobody signed in at."""

    app: Starlette
    main: TestClient

    @property
    def database(self) -> Database:
        return self.app.state.database

    def visitor(self) -> StaffClient:
        browser = StaffClient(self.app)
        browser.portal = self.main.portal  # one event loop for all, as in the web process
        return browser


class StaffClient(TestClient):
    """A browser on a page of the console: its requests carry our origin, its forms and calls the session's secret.

    ``member`` and ``csrf`` are None and "" until ``use`` gives it a session. Redirects are not followed.
    """

    def __init__(self, app: Starlette) -> None:
        super().__init__(app, base_url=ORIGIN, headers={"Accept": "text/html"}, follow_redirects=False)
        self.member: staff.Member | None = None
        self.csrf = ""

    def use(self, member: staff.Member, token: str) -> StaffClient:
        """Hold the session ``token`` of ``member``."""
        self.member, self.csrf = member, csrf_of(token)
        self.cookies.set(COOKIE_NAME, token, domain="shop.test", path="/console")
        return self

    def submit(self, path: str, **fields: Any):
        """A form of one of our own pages, sent."""
        return self.post(path, data={"csrf": self.csrf, **fields}, headers={"Origin": ORIGIN})

    def call(self, path: str, data: Any = None, method: str = "POST"):
        """What ``post`` of console.js does: JSON, with the secret in a header."""
        headers = {"Origin": ORIGIN, "X-CSRF-Token": self.csrf, "Accept": "application/json"}
        return self.request(method, path, json={} if data is None else data, headers=headers)


@pytest.fixture(scope="session")
def small_shop(tmp_path_factory) -> Iterator[Path | Copies]:
    """The database of ``shop_visit.fill``, made once: a migration for each test would be most of its time."""
    folder = tmp_path_factory.mktemp("small-shop")
    if POSTGRES_URL:
        copies = Copies("console", lambda database: fill(database, folder))
        yield copies
        copies.close()
        return
    database = open_database(settings_in(folder).database_url)
    database.migrate()
    fill(database, folder)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    yield folder / "var" / "shop.db"


@pytest.fixture
def console(tmp_path, small_shop) -> Iterator[Console]:
    """The application with the small shop of ``shop_visit.fill`` (customers Ada and Ben), and nobody of staff."""
    (tmp_path / "var").mkdir(mode=0o700)
    if POSTGRES_URL:
        app = create_app(settings_in(tmp_path, DATABASE_URL=small_shop.fresh()))
    else:
        shutil.copy(small_shop, tmp_path / "var" / "shop.db")
        app = create_app(settings_in(tmp_path))
    with TestClient(app, base_url=ORIGIN) as main:
        yield Console(app, main)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Made once, as it is slow on purpose."""
    return staff_passwords.hashed(PASSWORD)


@pytest.fixture
def staff_member(console, password_hash) -> Callable[..., staff.Member]:
    """``staff_member("agent", sees_customers=False, name=None) -> Member``, whose password is PASSWORD."""
    count = 0

    def make(role: str, sees_customers: bool = False, name: str | None = None) -> staff.Member:
        nonlocal count
        count += 1
        with console.database.session() as db:
            name = name or f"{role.capitalize()} Number {count}"
            member = staff.add(db, f"{role}{count}@shop.test", name, role, sees_customers)
            db.execute(
                update(schema.staff).where(schema.staff.c.id == member.staff_id).values(password_hash=password_hash)
            )
            return staff.member(db, member.staff_id)

    return make


@pytest.fixture
def signed_in(console, staff_member) -> Callable[..., StaffClient]:
    """``signed_in("agent", sees_customers=False) -> StaffClient`` of a new member, with cookie and csrf."""

    def make(role: str, sees_customers: bool = False, name: str | None = None) -> StaffClient:
        member = staff_member(role, sees_customers, name)
        with console.database.session() as db:
            token = staff_sessions.begin(db, member.staff_id)
        return console.visitor().use(member, token)

    return make
