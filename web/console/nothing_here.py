"""The console's page for an address that no other answers."""
from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shop.errors import NotFound
from web.console.access import Visit, page


@page(None)
def nothing_here(visit: Visit) -> Response:
    raise NotFound("page", visit.request.url.path)


routes: list[BaseRoute] = [Route("/console/{path:path}", nothing_here, methods=["GET"])]
