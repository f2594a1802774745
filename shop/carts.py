"""The cart of a customer or a visitor. A line has no price of its own: it always costs what it costs now."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shop import catalogue, limits
from shop.clock import utc_now
from shop.database import lock_for_writing, upsert
from shop.errors import NotAllowed, NotFound
from shop.owner import Owner
from shop.product import Product, Variant
from shop.schema import cart_changes, cart_lines, carts
from shop.settings import settings

__all__ = [
    "Cart", "CartLine", "Owner", "add", "cart", "changed_by", "clear", "merge", "remove", "set_promotion",
    "set_quantity",
]  # fmt: skip


@dataclass(frozen=True)
class CartLine:
    """``price_cents`` is of one piece, now."""

    product: Product
    variant: Variant
    quantity: int

    @property
    def sku(self) -> str:
        return self.variant.sku

    @property
    def price_cents(self) -> int:
        return self.variant.price_cents

    @property
    def total_cents(self) -> int:
        return self.variant.price_cents * self.quantity


@dataclass(frozen=True)
class Cart:
    """A cart, possibly empty. ``promotion_code`` is what the shopper entered; whether it holds: shop.promotions."""

    owner: Owner
    lines: list[CartLine] = field(default_factory=list)
    promotion_code: str | None = None
    currency: str = settings.currency

    @property
    def subtotal_cents(self) -> int:
        return sum(line.total_cents for line in self.lines)

    @property
    def count(self) -> int:
        """Pieces, not lines."""
        return sum(line.quantity for line in self.lines)


def cart(db: Session, owner: Owner) -> Cart:
    """The owner's cart, in the order things were put in; empty where there is none yet.

    Products that are no longer sold are left out. Raises BadInput for an owner that names nobody.
    """
    row = db.execute(select(carts).where(_of(owner))).first()
    if row is None:
        return Cart(owner)
    stored = db.execute(
        select(cart_lines).where(cart_lines.c.cart_id == row.id).order_by(cart_lines.c.added_at, cart_lines.c.sku)
    ).all()
    skus = [line.sku for line in stored]
    found = {
        variant.sku: (product, variant)
        for product in catalogue.products(db, catalogue.products_of_skus(db, skus))
        for variant in product.variants
    }
    lines = [CartLine(*found[line.sku], line.quantity) for line in stored if line.sku in found]
    return Cart(owner, lines, row.promotion_code)


def add(db: Session, owner: Owner, sku: str, quantity: int = 1, request_id: str | None = None) -> Cart:
    """Put ``quantity`` more of ``sku`` into the cart; the same ``request_id`` again changes nothing.

    Raises NotFound for an unknown sku, NotAllowed ("out_of_stock", "not_enough_stock") where there are fewer,
    BadInput for a quantity outside 1 to limits.QUANTITY.
    """
    limits.integer("quantity", quantity, 1, limits.QUANTITY)
    lock_for_writing(db)
    cart_id = _cart_id(db, owner)
    if not _done(db, cart_id, sku, request_id):
        had = _quantity(db, cart_id, sku)
        _put(db, cart_id, sku, had + quantity, had)
        _note(db, cart_id, sku, quantity, request_id)
    return cart(db, owner)


def set_quantity(db: Session, owner: Owner, sku: str, quantity: int, request_id: str | None = None) -> Cart:
    """Make it ``quantity`` pieces; 0 removes the line. Raises as ``add`` does, NotFound where there is no line.

    The same ``request_id`` again changes nothing.
    """
    limits.integer("quantity", quantity, 0, limits.QUANTITY)
    if quantity == 0:
        return remove(db, owner, sku, request_id)
    lock_for_writing(db)
    cart_id = _cart_id(db, owner)
    if not _done(db, cart_id, sku, request_id):
        had = _quantity(db, cart_id, sku)
        if not had:
            raise NotFound("line in the cart", sku)
        _put(db, cart_id, sku, quantity, had)
        _note(db, cart_id, sku, quantity - had, request_id)
    return cart(db, owner)


def remove(db: Session, owner: Owner, sku: str, request_id: str | None = None) -> Cart:
    """Take ``sku`` out. Nothing happens where it is not in, nor for the same ``request_id`` again."""
    cart_id = hold(db, owner)
    if cart_id is not None and not _done(db, cart_id, sku, request_id):
        had = _quantity(db, cart_id, sku)
        db.execute(delete(cart_lines).where(cart_lines.c.cart_id == cart_id, cart_lines.c.sku == sku))
        _note(db, cart_id, sku, -had, request_id)
    return cart(db, owner)


def changed_by(db: Session, owner: Owner, request_id: str) -> dict[str, int]:
    """What a request did to the cart: sku -> pieces put in, or below 0 taken out. Empty where it was not seen yet.

    For whoever is asked the same again: "take out the first one" would mean another line by now.
    """
    query = select(cart_changes.c.sku, cart_changes.c.pieces).join(carts, carts.c.id == cart_changes.c.cart_id)
    query = query.where(_of(owner), cart_changes.c.request_id == limits.request_id(request_id))
    return {row.sku: row.pieces for row in db.execute(query.order_by(cart_changes.c.sku))}


def clear(db: Session, owner: Owner) -> None:
    """Empty the cart, its promotion code included."""
    db.execute(delete(carts).where(_of(owner)))


def set_promotion(db: Session, owner: Owner, code: str | None) -> None:
    """Note the code the shopper wants used, or None. ``shop.promotions.apply`` checks it first."""
    lock_for_writing(db)
    cart_id = _cart_id(db, owner)
    db.execute(update(carts).where(carts.c.id == cart_id).values(promotion_code=code))


def hold(db: Session, owner: Owner) -> int | None:
    """Keep the owner's cart from changing until this transaction ends; its id, or None where there is no cart."""
    lock_for_writing(db)
    return db.execute(select(carts.c.id).where(_of(owner)).with_for_update()).scalar()


def merge(db: Session, visitor_id: str, customer_id: str) -> Cart:
    """Move the visitor's cart into the customer's, who just signed in. Of the same sku the larger quantity stays."""
    lock_for_writing(db)
    customer, visitor = Owner(customer_id=customer_id), Owner(visitor_id=visitor_id)
    brought = cart(db, visitor)
    if brought.lines:
        cart_id = _cart_id(db, customer)
        had = {line.sku: line.quantity for line in cart(db, customer).lines}
        for line in brought.lines:
            quantity = min(max(line.quantity, had.get(line.sku, 0)), line.variant.stock)
            if quantity > 0:
                _put(db, cart_id, line.sku, quantity, had.get(line.sku, 0))
        mine = select(carts.c.id).where(_of(visitor)).scalar_subquery()
        db.execute(update(cart_changes).where(cart_changes.c.cart_id == mine).values(cart_id=cart_id))
        if brought.promotion_code:
            set_promotion(db, customer, brought.promotion_code)
    clear(db, visitor)
    return cart(db, customer)


def _of(owner: Owner):
    owner.require()
    if owner.customer_id:
        return carts.c.customer_id == owner.customer_id
    return carts.c.visitor_id == owner.visitor_id


def _cart_id(db: Session, owner: Owner) -> int:
    """The owner's cart, made where there is none; its row is held until the transaction ends."""
    found = hold(db, owner)
    if found is not None:
        return found
    whose = {"customer_id": owner.customer_id} if owner.customer_id else {"visitor_id": owner.visitor_id}
    db.execute(upsert(db, carts).values(updated_at=utc_now(), **whose).on_conflict_do_nothing())
    return hold(db, owner)


def _quantity(db: Session, cart_id: int, sku: str) -> int:
    query = select(cart_lines.c.quantity).where(cart_lines.c.cart_id == cart_id, cart_lines.c.sku == sku)
    return db.execute(query).scalar() or 0


def _done(db: Session, cart_id: int, sku: str, request_id: str | None) -> bool:
    """Whether this very request changed this line before."""
    if request_id is None:
        return False
    query = select(cart_changes.c.sku).where(
        cart_changes.c.cart_id == cart_id,
        cart_changes.c.request_id == limits.request_id(request_id),
        cart_changes.c.sku == sku,
    )
    return db.execute(query).first() is not None


def _note(db: Session, cart_id: int, sku: str, pieces: int, request_id: str | None) -> None:
    if request_id is not None and pieces:
        db.execute(
            insert(cart_changes).values(cart_id=cart_id, request_id=request_id, sku=sku, pieces=pieces, at=utc_now())
        )


def _put(db: Session, cart_id: int, sku: str, quantity: int, had: int) -> None:
    """Make the line of ``had`` pieces, 0 for none yet, one of ``quantity``. Fewer than before may always stay."""
    limits.integer("quantity", quantity, 1, limits.QUANTITY)
    variant = catalogue.variant(db, sku)
    if variant is None:
        raise NotFound("article", sku)
    if variant.stock <= 0 and quantity > had:
        raise NotAllowed("out_of_stock", "That one is out of stock at the moment.", "search_product")
    if variant.stock < quantity and quantity > had:
        raise NotAllowed("not_enough_stock", f"There are only {variant.stock} of those left.", "search_product")
    if had:
        query = update(cart_lines).where(cart_lines.c.cart_id == cart_id, cart_lines.c.sku == sku)
        db.execute(query.values(quantity=quantity))
    else:
        db.execute(insert(cart_lines).values(cart_id=cart_id, sku=sku, quantity=quantity, added_at=utc_now()))
    db.execute(update(carts).where(carts.c.id == cart_id).values(updated_at=utc_now()))
