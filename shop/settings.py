"""Every setting of Floorwalker, in one table: name, type, default, help.

A setting is read from the environment variable ``FLOORWALKER_<NAME>`` when this module is first imported.
``docs/settings.md`` is checked against this table by a test.
"""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class SettingError(ValueError):
    """A setting's value cannot be read as its type."""


@dataclass(frozen=True)
class Setting:
    """One row of the table. ``help`` states the unit."""

    name: str
    type: type
    default: Any
    help: str

    @property
    def variable(self) -> str:
        return f"FLOORWALKER_{self.name.upper()}"

    def read(self, environment: dict[str, str]) -> Any:
        """The value in ``environment``, or the default where it is unset or empty.

        Raises SettingError, naming the variable and the value, where it does not fit the type.
        """
        raw = environment.get(self.variable, "")
        if not raw:
            return self.default
        if self.type is bool:
            if raw.lower() in ("1", "true", "yes", "on"):
                return True
            if raw.lower() in ("0", "false", "no", "off"):
                return False
            raise SettingError(f"{self.variable} is {raw!r}: not a yes or no. Use 1 or 0.")
        if self.type is Path:
            # Processes change their folder; a relative path means the folder in which the setting was given.
            return Path(raw).expanduser().absolute()
        if self.type is list:
            return [part.strip() for part in raw.split(",") if part.strip()] or self.default
        try:
            return self.type(raw)
        except ValueError as error:
            raise SettingError(
                f"{self.variable} is {raw!r}: not a valid {self.type.__name__}. Default: {self.default!r}."
            ) from error


TABLE = (
    Setting("var", Path, ROOT / "var", "Folder of databases, trained models, indexes and logs"),
    Setting("database_url", str, "", "SQLAlchemy URL of the shop's database; empty: SQLite in the var folder"),
    Setting("host", str, "127.0.0.1", "Address that the web process listens on"),
    Setting("port", int, 8000, "Port that the web process listens on"),
    Setting("rasa_port", int, 5005, "Port of the Rasa process, on loopback"),
    Setting("actions_port", int, 5055, "Port of the action server, on loopback"),
    Setting("allowed_origins", list, [], "Further origins whose pages may embed the widget, separated by commas"),
    Setting("shop_name", str, "Marlow & Finch", "Name of the shop, as shoppers read it"),
    Setting("currency", str, "EUR", "ISO 4217 code of the currency of all prices"),
    Setting("locale", str, "en", "Locale in which numbers, prices and dates are written"),
    Setting("reply_model", str, "own", "Who writes replies: own (the trained one), off, or the URL of a model server"),
    Setting("reply_model_name", str, "", "Name of the model at that URL"),
    Setting("reply_key", str, "", "Bearer token for that URL"),
    Setting("reply_share", int, 100, "Conversations in which replies are written, per cent"),
    Setting("reply_timeout_ms", int, 3_000, "Time that the replies of a turn have to be written, in ms"),
    Setting("reply_tones", list, ["warm", "neutral"], "How replies sound: of neutral, warm, brisk, playful"),
    Setting("reply_workers", int, 2, "Replies that the own model writes at once"),
    Setting("rasa_concurrency", int, 8, "Messages that Rasa works on at once; further conversations wait"),
    Setting("rasa_timeout_ms", int, 60_000, "Time that Rasa has for one message before it is asked again, in ms"),
    Setting("bot_away_after_ms", int, 2_000, "Time without an answer after which servers are checked, in ms"),
    Setting("database_threads", int, 4, "Threads of the web process that wait for the database"),
    Setting("send_queue_frames", int, 256, "Frames that wait for a slow client before it is disconnected"),
    Setting("messages_per_minute", int, 30, "Messages a minute that one shopper may send in the long run"),
    Setting("messages_burst", int, 12, "Messages that one shopper may send at once"),
    Setting("address_messages_per_minute", int, 600, "Messages a minute from one network address"),
    Setting("address_messages_burst", int, 120, "Messages at once from one network address"),
    Setting("address_sessions_per_minute", int, 60, "New sessions a minute from one network address"),
    Setting("address_connections", int, 100, "Open sockets from one network address"),
    Setting("console_idle_minutes", int, 240, "Time without use after which staff must sign in again, in minutes"),
    Setting("console_session_hours", int, 12, "Time after which staff must sign in again in any case, in hours"),
    Setting("oidc_issuer", str, "", "Issuer URL of the company's OpenID Connect provider; empty: passwords only"),
    Setting("oidc_client_id", str, "", "This installation's client id at the provider"),
    Setting("oidc_client_secret", str, "", "This installation's client secret at the provider"),
    Setting("oidc_label", str, "your company account", "What the sign-in button names after \"Sign in with\""),
    Setting("handover_wait_s", int, 300, "Time that a shopper waits for a person before the bot is back, in s"),
    Setting("demo", bool, True, "Serve the demo shop's pages and its sign-in; switch off in a real shop"),
)


class Settings:
    """The settings as attributes, read once from ``environment`` (the process's own by default)."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        environment = dict(os.environ) if environment is None else environment
        for setting in TABLE:
            setattr(self, setting.name, setting.read(environment))
        if not self.database_url:
            self.database_url = f"sqlite:///{self.var / 'shop.db'}"


settings = Settings()
