"""The demo's sign-in and sign-out, and a customer's own orders."""
from __future__ import annotations

from starlette.responses import Response

from shop import carts, customers, events, orders
from shop.demo.cast import Member, cast
from shop.errors import NotFound
from shop.settings import settings
from web import tokens
from web.shop_pages.visit import BadForm, Visit, local_path

ORDERS_SHOWN = 50


def sign_in_form(visit: Visit) -> Response:
    _demo_only()
    return visit.show(
        "sign_in.html", cast=_cast(visit), next=local_path(visit.request.query_params.get("next")), problem="",
        email="",
    )


def sign_in(visit: Visit) -> Response:
    """Signs anybody in as anybody: nothing but a demonstration, and switched off with the setting ``demo``."""
    _demo_only()
    email = visit.form.get("email", "")
    goal = local_path(visit.form.get("next"))
    customer = customers.by_email(visit.db, email)
    if customer is None:
        return visit.show(
            "sign_in.html", 400, cast=_cast(visit), next=goal, email=email[:254],
            problem="No customer of the demo shop has this e-mail address.",
        )
    visitor_id = visit.identity.visitor_id
    if visit.identity.customer_id is None:
        carts.merge(visit.db, visitor_id, customer.customer_id)
        events.attach(visit.db, visitor_id, customer.customer_id)
    elif visit.identity.customer_id != customer.customer_id:
        visitor_id = tokens.new_visitor_id()  # another person at the same browser shares nothing
        _leave(visit)
    visit.become(visitor_id, customer.customer_id)
    return visit.go(goal, "welcome")


def sign_out(visit: Visit) -> Response:
    _leave(visit)
    visit.become(tokens.new_visitor_id(), None)
    return visit.go("/", "goodbye")


def my_orders(visit: Visit) -> Response:
    if visit.customer is None:
        return visit.go("/sign-in?next=/orders")
    return visit.show("orders.html", orders=orders.orders_of(visit.db, visit.owner.customer_id, ORDERS_SHOWN))


def my_order(visit: Visit) -> Response:
    return visit.show("order.html", order=_own(visit))


def invoice(visit: Visit) -> Response:
    """The invoice as a page to print. Raises NotAllowed where there is none yet."""
    return visit.show("invoice.html", invoice=orders.invoice(visit.db, _own(visit)))


def _own(visit: Visit) -> orders.Order:
    """The signed-in customer's order. An order of somebody else is as unknown as one that never was."""
    number = visit.request.path_params["number"]
    found = orders.order(visit.db, number, visit.owner.customer_id)
    if found is None:
        raise NotFound("order", number)
    return found


def _leave(visit: Visit) -> None:
    """Nothing that this browser was given speaks for its customer any more, other tabs included."""
    if visit.identity.customer_id is not None:
        visit.request.app.state.gateway.sign_out(visit.identity)


def _cast(visit: Visit) -> list[Member]:
    """Those of the demo's cast who have an account; empty in a shop without the demo's data."""
    return [member for member in cast(visit.db).values() if member.customer_id]


def _demo_only() -> None:
    if not settings.demo:
        raise BadForm("Signing in is the real shop's own affair: the demonstration is switched off.")
