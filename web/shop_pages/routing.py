"""Which address is which page."""
from __future__ import annotations

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from shop.errors import NotFound
from web.shop_pages import account_pages, basket_pages, catalogue_pages, policy_pages
from web.shop_pages.visit import Visit, page


class NothingHere(Route):
    """The page for an address that nobody else answers, whatever is mounted before or after the shop.

    Only for people (who accept HTML): a program gets the application's JSON error.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        if match is Match.NONE or "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        others = (route for route in scope["app"].routes if route is not self)
        if any(route.matches(scope)[0] is not Match.NONE for route in others):
            return Match.NONE, {}
        return match, child


def _nothing_here(visit: Visit) -> None:
    raise NotFound("page", visit.request.url.path)


def _get(path: str, view) -> Route:
    return Route(path, page(view), methods=["GET"])


def _post(path: str, view) -> Route:
    return Route(path, page(view), methods=["POST"])


routes: list[BaseRoute] = [
    _get("/", catalogue_pages.home),
    _get("/category/{slug}", catalogue_pages.category),
    _get("/search", catalogue_pages.search),
    _get("/product/{product_id}", catalogue_pages.product),
    Route("/pictures/{product_id}.svg", catalogue_pages.picture, methods=["GET"]),
    _get("/cart", basket_pages.cart),
    _post("/cart/add", basket_pages.add),
    _post("/cart/change", basket_pages.change),
    _post("/cart/code", basket_pages.code),
    _get("/checkout", basket_pages.checkout_form),
    _post("/checkout", basket_pages.place),
    _get("/policy/{slug}", policy_pages.policy),
    _get("/sign-in", account_pages.sign_in_form),
    _post("/sign-in", account_pages.sign_in),
    _post("/sign-out", account_pages.sign_out),
    _get("/orders", account_pages.my_orders),
    _get("/orders/{number}", account_pages.my_order),
    _get("/orders/{number}/invoice", account_pages.invoice),
    NothingHere("/{path:path}", page(_nothing_here), methods=["GET"]),
]
