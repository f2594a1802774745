"""The policies as pages."""
from __future__ import annotations

from starlette.responses import Response

from shop import policies
from shop.errors import NotFound
from web.shop_pages.rendering import rendered_markdown
from web.shop_pages.visit import Visit


def policy(visit: Visit) -> Response:
    slug = visit.request.path_params["slug"]
    found = policies.policy(visit.db, slug)
    if found is None:
        raise NotFound("policy", slug)
    body = found.body_markdown
    if not body.lstrip().startswith("# "):
        body = f"# {found.title}\n\n{body}"
    return visit.show("policy.html", policy=found, body=rendered_markdown(body))
