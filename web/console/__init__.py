"""The console of staff: transcripts, review, takeover, training, overview. Server-rendered, with small plain scripts.

``routes`` is all that the web process mounts. It expects ``request.app.state`` with ``database``, ``gateway`` and
``live``.
"""
from __future__ import annotations

from starlette.routing import BaseRoute

from web.console import (
    account_pages,
    audit_pages,
    canned_pages,
    conversation_pages,
    desk_pages,
    nothing_here,
    oidc_pages,
    overview_pages,
    people_pages,
    review_pages,
    sign_in_pages,
    socket,
    training_pages,
    transcript_pages,
)

routes: list[BaseRoute] = [
    *desk_pages.routes,
    *canned_pages.routes,
    *socket.routes,
    *sign_in_pages.routes,
    *account_pages.routes,
    *oidc_pages.routes,
    *overview_pages.routes,
    *people_pages.routes,
    *audit_pages.routes,
    *training_pages.routes,
    *review_pages.routes,
    *transcript_pages.routes,
    *conversation_pages.routes,  # after what else begins with /console/conversations/
    *nothing_here.routes,  # last: it answers whatever nobody else does
]

__all__ = ["routes"]
