"""Home, categories, search, products and their pictures."""
from __future__ import annotations

import zlib

from starlette.requests import Request
from starlette.responses import Response

from shop import carts, catalogue, events, promotions
from shop.errors import BadInput, NotFound
from shop.product import Page, Product
from web import pictures
from web.shop_pages.filters import SORT_TITLES, Choices, Filters, size_key
from web.shop_pages.title_search import TitleSearch
from web.shop_pages.visit import Visit

PAGE_SIZE = 24
LIST_LIMIT = 2000  # products of one category that are read for filtering
POOL = 120  # best known products, among which nearly every department has one
SHELF = 4  # products in a row of the home page
QUERY_LIMIT_CHARS = 100
PICTURE_MAX_AGE_S = 30 * 24 * 3600

_title_search = TitleSearch()


def home(visit: Visit) -> Response:
    db = visit.db
    known = catalogue.by_category(db, "", "popular", page_size=POOL).items
    covers: dict[str, Product] = {}
    for each in known:
        covers.setdefault(each.category, each)
    for node in catalogue.category_tree(db):
        if node.slug not in covers:  # a department of its own kind, or one whose departments hold the products
            own = catalogue.by_category(db, node.slug, page_size=1).items
            if own:
                covers[node.slug] = own[0]
    basket = carts.cart(db, visit.owner)
    return visit.show(
        "home.html", popular=known[: 2 * SHELF], covers=covers,
        hero=[each for each in covers.values() if each.in_stock][:3],  # of three departments, best known first
        newest=catalogue.by_category(db, "", "newest", page_size=SHELF).items,
        offers=promotions.for_customer(db, visit.owner.customer_id, basket)[:SHELF],
        lately=catalogue.products(db, events.recent_products_viewed(db, visit.owner, SHELF)),
    )


def category(visit: Visit) -> Response:
    slug = visit.request.path_params["slug"]
    found = catalogue.category(visit.db, slug)
    if found is None:
        raise NotFound("category", slug)
    filters = Filters.read(visit.request.query_params)
    everything = catalogue.by_category(visit.db, slug, filters.sort, page_size=LIST_LIMIT).items
    return visit.show(
        "category.html", category=found, filters=filters, choices=Choices.of(everything), sorts=SORT_TITLES,
        listing=_page(visit, [product for product in everything if filters.fits(product)]),
    )


def search(visit: Visit) -> Response:
    text = " ".join(visit.request.query_params.get("q", "").split())
    if len(text) > QUERY_LIMIT_CHARS:
        raise BadInput("q", text, f"search for at most {QUERY_LIMIT_CHARS} characters.")
    found = catalogue.products(visit.db, _title_search.find(visit.db, text)) if text else []
    listing = _page(visit, found)
    if text and listing.page == 1:
        events.record(
            visit.db, "search", query=text, customer_id=visit.owner.customer_id, visitor_id=visit.owner.visitor_id
        )
    return visit.show("search.html", text=text, listing=listing)


def product(visit: Visit) -> Response:
    product_id = visit.request.path_params["product_id"]
    shown = catalogue.product(visit.db, product_id)
    if shown is None:
        raise NotFound("product", product_id)
    asked = visit.request.query_params.get("colour")
    first = next((variant for variant in shown.variants if variant.in_stock), shown.cheapest)
    colour = asked if asked in shown.colours else (first.colour if first else "")
    variants = sorted(
        (variant for variant in shown.variants if variant.colour == colour), key=lambda variant: size_key(variant.size)
    )
    events.record(
        visit.db, "view", product_id=product_id,
        customer_id=visit.owner.customer_id, visitor_id=visit.owner.visitor_id,
    )
    sizes = [variant.size for variant in variants]
    return visit.show(
        "product.html", product=shown, colour=colour, variants=variants, similar=_similar(visit, shown),
        by_material=len(set(sizes)) < len(sizes),
        chosen=next((variant for variant in variants if variant.in_stock), variants[0] if variants else None),
    )


def picture(request: Request) -> Response:
    """The product's picture, in a colour it comes in (any other colour is answered with the first one).

    A plain endpoint: no cookie, no visitor, so that caches in between may keep it.
    """
    product_id = request.path_params["product_id"]
    with request.app.state.database.session() as db:
        shown = catalogue.product(db, product_id)
    if shown is None:
        return Response("No such picture.", 404, media_type="text/plain")
    asked = request.query_params.get("colour", "")
    variant = next((each for each in shown.variants if each.colour == asked), shown.cheapest)
    drawn = pictures.draw(
        shown.kind, variant.colour if variant else "", variant.material if variant else "",
        zlib.crc32(shown.product_id.encode()),  # the same details in every colour
    )
    return Response(
        drawn, media_type="image/svg+xml",
        headers={
            "Cache-Control": f"public, max-age={PICTURE_MAX_AGE_S}",
            # Opened by itself, an SVG is a document: it gets no script, no origin and nothing from outside.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _page(visit: Visit, products: list[Product]) -> Page:
    """The page that the address asks for; the nearest one where it is outside the list."""
    asked = visit.request.query_params.get("page", "1")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 6:
        raise BadInput("page", asked, "write a number, such as 2.")
    pages = max(1, -(-len(products) // PAGE_SIZE))
    page = min(max(1, int(asked)), pages)
    return Page(products[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], page, pages, len(products))


def _similar(visit: Visit, shown: Product) -> list[Product]:
    """Others of the same kind, then of the same category, best known first."""
    others = [
        other
        for other in catalogue.by_category(visit.db, shown.category, "popular", page_size=60).items
        if other.product_id != shown.product_id and other.in_stock
    ]
    return sorted(others, key=lambda other: other.kind != shown.kind)[:SHELF]
