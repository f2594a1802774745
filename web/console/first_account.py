"""The one-time link that makes the first account: written to the log at each start while there is none."""
from __future__ import annotations

import logging

from shop import staff, staff_links
from shop.database import Database
from shop.settings import Settings

log = logging.getLogger(__name__)


def announce(settings: Settings, database: Database) -> None:
    """Log a fresh link where nobody can sign in yet; the one of an earlier start is void then."""
    with database.session() as db:
        if staff.exists(db):
            return
        token = staff_links.new_link(db, None)
    log.warning(
        "Nobody can sign in to the console yet. Make the first account here, within 24 hours: %s",
        staff_links.address(token, settings),
    )
