"""The demo shop's pages: rendered on the server, whole without JavaScript and without the chat.

``routes`` is all that the web process mounts. It expects ``request.app.state`` with ``database`` and ``gateway``.
"""
from __future__ import annotations

from web.shop_pages.routing import routes

__all__ = ["routes"]
