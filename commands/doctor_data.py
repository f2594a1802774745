"""``doctor``: the database, the catalogue, the trained parts, and whether they belong together."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from commands.doctor_check import FAIL, OK, WARN, Check
from models.errors import ModelsError
from models.registry import Registry, Version
from shop import replies, schema
from shop.clock import utc_now
from shop.database import Database, is_sqlite, open_database
from shop.errors import NotReady
from shop.settings import settings

FEWEST_REPLIES = 50  # fewer than these a day say little
MOST_FALLBACKS = 0.03  # of the replies that the model is asked for


def data_checks() -> Iterator[Check]:
    """Each look that builds on another one is left out where that failed."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        # Opening it would make it, and looking must change nothing.
        yield Check("database.reachable", FAIL, f"There is no database at {url.database}.", "Run `floorwalker setup`.")
        yield from model_checks(Registry(settings.var / "models"))
        yield _vocabulary()
        return
    try:
        database = open_database()
    except (SQLAlchemyError, OSError, ImportError) as error:
        yield _unreachable(error)
    else:
        try:
            yield from _database_checks(database)
            yield from _written_replies(database)
        finally:
            database.close()
    yield from model_checks(Registry(settings.var / "models"))
    yield _vocabulary()


def _unreachable(error: Exception) -> Check:
    return Check(
        "database.reachable", FAIL, f"The database does not answer: {error}".splitlines()[0],
        "Check FLOORWALKER_DATABASE_URL, and that its server runs.",
    )


def _database_checks(database: Database) -> Iterator[Check]:
    try:
        with database.session() as db:
            db.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        yield _unreachable(error)
        return
    yield Check("database.reachable", OK, f"{database.engine.url.render_as_string(hide_password=True)} answers.")
    yield integrity(database)
    try:
        database.check()
    except NotReady as error:
        yield Check("database.migrated", FAIL, str(error), "Run `floorwalker setup`.")
        return
    yield Check("database.migrated", OK, f"The tables are at version {database.version()}.")
    with database.session() as db:
        products = db.execute(
            select(func.count()).select_from(schema.products).where(schema.products.c.active)
        ).scalar_one()
    if products:
        yield Check("shop.products", OK, f"{products:,} products are for sale.")
    else:
        yield Check("shop.products", FAIL, "The catalogue is empty.", "Load one with `floorwalker import`.")


def integrity(database: Database) -> Check:
    """Whether the file of an SQLite database is whole; PostgreSQL looks after that itself."""
    with database.engine.connect() as connection:
        if not is_sqlite(connection):
            return Check("database.integrity", OK, "PostgreSQL checks its own pages.")
        try:
            verdict = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(3)")]
        except SQLAlchemyError as error:
            verdict = [str(error).splitlines()[0]]
    if verdict == ["ok"]:
        return Check("database.integrity", OK, "The file is whole.")
    return Check("database.integrity", FAIL, f"The file is damaged: {'; '.join(verdict)}", "Restore the last backup.")


def _written_replies(database: Database) -> Iterator[Check]:
    """How many replies of the last day were the domain's though the model was asked for them."""
    try:
        with database.session() as db:
            asked, reasons = replies.fallbacks(db, utc_now() - timedelta(days=1))
    except SQLAlchemyError:
        return  # the table comes with the migration that another check asks for
    fallen = sum(reasons.values())
    words = f"Of {asked} replies of the last day {fallen} were not written by the model."
    if asked < FEWEST_REPLIES or fallen <= asked * MOST_FALLBACKS:
        yield Check("replies.fallback", OK, words)
        return
    why = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common(3))
    yield Check("replies.fallback", WARN, f"{words} Most often: {why}.", "See docs/replies.md, \"What is recorded\".")


def _reply_model(registry: Registry) -> Check:
    """Without a reply model the domain's responses are said, so its absence is no failure."""
    if settings.reply_model == "off":
        return Check("models.reply", OK, "Replies are the domain's responses, as FLOORWALKER_REPLY_MODEL=off asks.")
    check, _ = _part(registry, "reply", "model.bin")
    return replace(check, status=WARN) if check.status == FAIL else check


def model_checks(registry: Registry) -> Iterator[Check]:
    """The trained parts, their files, whether they fit together, and whether Rasa's data changed since."""
    yield _reply_model(registry)
    parts: dict[str, Version] = {}
    for part, file in (("embedding", "model.onnx"), ("index", "vectors.npy"), ("rasa", "rasa.tar.gz")):
        check, version = _part(registry, part, file)
        yield check
        if version is not None:
            parts[part] = version
    if "embedding" not in parts:
        return
    embedding = parts["embedding"].name
    if "index" in parts:
        yield _index(parts["index"], embedding)
    if "rasa" in parts:
        known = {each.name for each in registry.versions("embedding")}
        needed = parts["rasa"].card.get("embedding")
        if needed in known:
            yield Check("rasa.embedding", OK, f"Rasa's embedding {needed} is there.")
        else:
            yield Check(
                "rasa.embedding", FAIL, f"Rasa's model needs the embedding {needed}, which is gone.",
                "Run `floorwalker train rasa`.",
            )
        yield _rasa_data(parts["rasa"], embedding)


def _part(registry: Registry, part: str, file: str) -> tuple[Check, Version | None]:
    hint = f"Run `floorwalker train {part}`."
    try:
        version = registry.champion(part)
    except ModelsError as error:
        return Check(f"models.{part}", FAIL, str(error), hint), None
    if version is None:
        return Check(f"models.{part}", FAIL, "Not trained yet.", hint), None
    if not (version.directory / file).is_file():
        return Check(f"models.{part}", FAIL, f"{version.directory / file} is missing.", f"{hint[:-2]} --force`."), None
    return Check(f"models.{part}", OK, f"Version {version.name} of {version.card['published_at']} is in use."), version


def _index(index: Version, embedding: str) -> Check:
    made_with = index.card.get("embedding")
    if made_with != embedding:
        return Check(
            "index.embedding", FAIL, f"The index was made with embedding {made_with}, but {embedding} is in use.",
            "Run `floorwalker train index`.",
        )
    return Check("index.embedding", OK, f"Index and embedding {embedding} belong together.")


def _rasa_data(rasa: Version, embedding: str) -> Check:
    try:
        from commands import train  # noqa: PLC0415 - loads PyTorch, which takes seconds
    except ImportError as error:  # what is missing was said above, and is no reason to say nothing more
        return Check("rasa.data", WARN, f"It cannot be told whether they changed: {error}.", "Run `make environments`.")
    if rasa.card.get("fingerprint") == train._rasa_fingerprint(embedding):
        return Check("rasa.data", OK, "Rasa was trained on the examples and rules as they are now.")
    changed = "Examples, rules or settings changed since Rasa was trained."
    return Check("rasa.data", WARN, changed, "Run `floorwalker train rasa`.")


def _vocabulary() -> Check:
    path = settings.var / "vocabulary.json"
    hint = "Run `floorwalker train index --force`."
    try:
        words = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Check("vocabulary.file", FAIL, f"{path} is missing: no brand or colour is understood.", hint)
    except (OSError, ValueError) as error:
        return Check("vocabulary.file", FAIL, f"{path} cannot be read: {error}", hint)
    kinds = ("category", "brand", "colour", "size", "material")
    missing = [name for name in kinds if not isinstance(words, dict) or not isinstance(words.get(name), dict)]
    if missing:
        return Check("vocabulary.file", FAIL, f"{path} has no {', '.join(missing)}.", hint)
    known = sum(len(each) for each in words.values())
    return Check("vocabulary.file", OK, f"{known:,} words of the catalogue are known.")
