"""All tables of the shop, as SQLAlchemy Core tables. Changed only together with a migration: a test compares.

Money is in cents, times are in UTC, JSON is for what no query looks into.
"""
from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from shop.clock import UtcDateTime
from shop.schema_base import Json, metadata, now, reference
from shop.schema_console import (
    canned_replies,
    conversation_facets,
    conversation_notes,
    conversation_tags,
    corrections,
    daily_figures,
    handovers,
    question_clusters,
    question_members,
    review_reasons,
    saved_views,
    sign_in_attempts,
    staff,
    staff_links,
    staff_sessions,
)
from shop.schema_search import conversation_words
from shop.schema_transcripts import (
    audit_log,
    clicks,
    conversations,
    erasures,
    exposures,
    messages,
    written_replies,
)

__all__ = [
    "audit_log", "canned_replies", "cart_changes", "cart_lines", "carts", "categories", "clicks", "consents",
    "conversation_facets", "conversation_notes", "conversation_tags", "conversation_words", "conversations",
    "corrections", "counters", "customers", "daily_figures", "erasures", "events", "exposures", "handovers", "messages",
    "metadata", "order_changes", "order_lines", "orders", "policies", "products", "promotions",
    "proof_attempts", "question_clusters", "question_members", "refunds", "returns", "review_reasons",
    "saved_views", "sign_in_attempts", "staff", "staff_links", "staff_sessions", "tickets", "variants",
    "written_replies",
]

# ---- catalogue

categories = Table(
    "categories", metadata,
    Column("slug", String(32), primary_key=True),
    Column("name", String(80), nullable=False),
    reference("parent_slug", "categories.slug"),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("synonyms", Json, nullable=False, default=list),
)

products = Table(
    "products", metadata,
    Column("id", String(32), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("brand", String(80), nullable=False),
    reference("category", "categories.slug", nullable=False),
    Column("kind", String(80), nullable=False),
    Column("description", Text, nullable=False),
    Column("attributes", Json, nullable=False, default=dict),
    Column("rating", Float, nullable=False, server_default="0"),
    Column("rating_count", Integer, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False, default=True, server_default=true()),
    Column("picture_url", String(500)),  # as the feed gave it; never fetched
    now("added_at"),
    now("updated_at"),
    Index("ix_products_category_active", "category", "active"),
    Index("ix_products_updated_at", "updated_at"),
    CheckConstraint("rating >= 0 AND rating <= 5", name="rating"),
)

variants = Table(
    "variants", metadata,
    Column("sku", String(48), primary_key=True),
    reference("product_id", "products.id", nullable=False),
    Column("colour", String(40), nullable=False, server_default=""),
    Column("size", String(40), nullable=False, server_default=""),
    Column("material", String(40), nullable=False, server_default=""),
    Column("price_cents", Integer, nullable=False),
    Column("was_cents", Integer),
    Column("stock", Integer, nullable=False, server_default="0"),
    Column("position", Integer, nullable=False, server_default="0"),
    # Covers price and stock, so that lists of products sort without touching the variants themselves.
    Index("ix_variants_product_id", "product_id", "position", "stock", "price_cents"),
    CheckConstraint("price_cents >= 0", name="price"),
    CheckConstraint("stock >= 0", name="stock"),
)

counters = Table(
    "counters", metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)

# ---- people

customers = Table(
    "customers", metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("first_name", String(80), nullable=False, server_default=""),
    Column("last_name", String(80), nullable=False, server_default=""),
    Column("phone", String(40)),
    Column("street", String(120)),
    Column("postcode", String(16)),
    Column("city", String(80)),
    Column("country", String(60)),
    now("created_at"),
)

consents = Table(
    "consents", metadata,
    Column("customer_id", String(32), ForeignKey("customers.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("source", String(32), nullable=False, server_default=""),
    now("at"),
    PrimaryKeyConstraint("customer_id", "purpose"),
)

events = Table(
    "events", metadata,
    Column("id", Integer, primary_key=True),
    now("at"),
    Column("kind", String(24), nullable=False),
    reference("customer_id", "customers.id"),
    Column("visitor_id", String(32)),
    Column("product_id", String(32)),
    Column("sku", String(48)),
    Column("query", String(200)),
    Column("order_number", String(16)),  # of a purchase; None where another system recorded it
    Index("ix_events_customer_id_at", "customer_id", "at"),
    Index("ix_events_visitor_id_at", "visitor_id", "at"),
)

# ---- buying

carts = Table(
    "carts", metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", String(32), ForeignKey("customers.id", ondelete="CASCADE"), unique=True),
    Column("visitor_id", String(32), unique=True),
    Column("promotion_code", String(32)),
    now("updated_at"),
    CheckConstraint("(customer_id IS NULL) <> (visitor_id IS NULL)", name="one_owner"),
)

cart_lines = Table(
    "cart_lines", metadata,
    Column("cart_id", Integer, ForeignKey("carts.id", ondelete="CASCADE"), nullable=False),
    Column("sku", String(48), ForeignKey("variants.sku", ondelete="CASCADE"), nullable=False),
    Column("quantity", Integer, nullable=False),
    now("added_at"),
    PrimaryKeyConstraint("cart_id", "sku"),
    CheckConstraint("quantity > 0", name="quantity"),
)

# Apart from the lines, as a request that took a line out must be known when it comes again.
cart_changes = Table(
    "cart_changes", metadata,
    Column("cart_id", Integer, ForeignKey("carts.id", ondelete="CASCADE"), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("sku", String(48), nullable=False),
    Column("pieces", Integer, nullable=False),  # put in, or below 0 taken out
    now("at"),
    PrimaryKeyConstraint("cart_id", "request_id", "sku"),
)

orders = Table(
    "orders", metadata,
    Column("number", String(16), primary_key=True),
    reference("customer_id", "customers.id"),  # NULL: a guest's order, or its customer was erased
    Column("status", String(16), nullable=False),
    now("placed_at"),
    Column("packed_at", UtcDateTime),
    Column("shipped_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("cancelled_at", UtcDateTime),
    Column("expected_from", UtcDateTime),
    Column("expected_until", UtcDateTime),
    Column("carrier", String(40)),
    Column("tracking_code", String(60)),
    Column("tracking_url", String(300)),
    Column("subtotal_cents", Integer, nullable=False),
    Column("shipping_cents", Integer, nullable=False, server_default="0"),
    Column("discount_cents", Integer, nullable=False, server_default="0"),
    Column("total_cents", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("promotion_code", String(32)),
    Column("payment_method", String(40), nullable=False),
    Column("email", String(254), nullable=False),
    Column("name", String(160), nullable=False),
    Column("street", String(120), nullable=False),
    Column("postcode", String(16), nullable=False),
    Column("city", String(80), nullable=False),
    Column("country", String(60), nullable=False),
    Column("invoice_number", String(32)),
    Column("request_id", String(64), unique=True),
    Index("ix_orders_customer_id_placed_at", "customer_id", "placed_at"),
    Index("ix_orders_placed_at", "placed_at"),
    CheckConstraint(
        "status IN ('placed', 'packed', 'shipped', 'delivered', 'cancelled', 'returned')", name="status"
    ),
)

order_lines = Table(
    "order_lines", metadata,
    Column("id", Integer, primary_key=True),
    reference("order_number", "orders.number", nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    # No foreign keys: what was bought stays on the order when the catalogue drops it.
    Column("sku", String(48), nullable=False),
    Column("product_id", String(32), nullable=False),
    Column("title", String(200), nullable=False),
    Column("colour", String(40), nullable=False, server_default=""),
    Column("size", String(40), nullable=False, server_default=""),
    Column("quantity", Integer, nullable=False),
    Column("price_cents", Integer, nullable=False),  # of one piece
    Column("returned", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_order_lines_order_number", "order_number"),
    Index("ix_order_lines_product_id", "product_id"),
)

order_changes = Table(
    "order_changes", metadata,
    Column("id", Integer, primary_key=True),
    reference("order_number", "orders.number", nullable=False),
    Column("kind", String(24), nullable=False),
    # What of the order: "order", or "line 12". Part of the key, so one message may return two lines.
    Column("subject", String(32), nullable=False, server_default="order"),
    Column("request_id", String(64), nullable=False),
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
    now("at"),
    UniqueConstraint("request_id", "order_number", "kind", "subject"),
    Index("ix_order_changes_order_number", "order_number"),
)

returns = Table(
    "returns", metadata,
    Column("id", Integer, primary_key=True),
    reference("order_number", "orders.number", nullable=False),
    # Unique: a line is sent back once, whoever asks and however often.
    Column("line_id", Integer, ForeignKey("order_lines.id"), nullable=False, unique=True),
    Column("reason", String(500), nullable=False, server_default=""),
    Column("exchange", Boolean, nullable=False, default=False, server_default=false()),
    Column("status", String(16), nullable=False, server_default="requested"),  # requested|received|closed
    now("requested_at"),
    Column("received_at", UtcDateTime),
    Index("ix_returns_order_number", "order_number"),
)

refunds = Table(
    "refunds", metadata,
    Column("id", Integer, primary_key=True),
    reference("order_number", "orders.number", nullable=False),
    Column("return_id", Integer, ForeignKey("returns.id"), unique=True),
    # status: requested, approved, paid or refused
    Column("amount_cents", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", String(500), nullable=False, server_default=""),
    Column("status", String(16), nullable=False, server_default="requested"),
    now("requested_at"),
    Column("paid_at", UtcDateTime),
    Index("ix_refunds_order_number", "order_number"),
)

proof_attempts = Table(
    "proof_attempts", metadata,
    Column("id", Integer, primary_key=True),
    now("at"),
    Column("visitor_id", String(32), nullable=False),
    Column("order_number", String(16), nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("ix_proof_attempts_visitor_id_at", "visitor_id", "at"),
    Index("ix_proof_attempts_order_number_at", "order_number", "at"),
)

promotions = Table(
    "promotions", metadata,
    Column("code", String(32), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("text", String(500), nullable=False),
    Column("kind", String(16), nullable=False),  # percent|amount|free_shipping
    Column("value", Integer, nullable=False, server_default="0"),  # per cent, or cents
    reference("category", "categories.slug"),
    Column("brand", String(80)),
    Column("min_subtotal_cents", Integer, nullable=False, server_default="0"),
    # Conditions on behaviour alone, see shop/promotions.py for the ones there are.
    Column("conditions", Json, nullable=False, default=dict),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("active", Boolean, nullable=False, default=True, server_default=true()),
    CheckConstraint("kind IN ('percent', 'amount', 'free_shipping')", name="kind"),
)

# ---- service

policies = Table(
    "policies", metadata,
    Column("slug", String(40), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("body_markdown", Text, nullable=False),
    Column("facts", Json, nullable=False, default=dict),
    now("loaded_at"),
)

tickets = Table(
    "tickets", metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("text", String(4000), nullable=False, server_default=""),
    reference("customer_id", "customers.id"),
    Column("visitor_id", String(32)),
    Column("conversation_id", String(32)),
    Column("order_number", String(16)),
    Column("product_id", String(32)),
    Column("rating", Integer),
    Column("contact_email", String(254)),
    Column("status", String(16), nullable=False, server_default="open"),  # open|in_progress|closed
    Column("request_id", String(64), nullable=False),
    now("created_at"),
    UniqueConstraint("request_id", "kind"),
    Index("ix_tickets_conversation_id", "conversation_id"),
    Index("ix_tickets_customer_id", "customer_id"),
    Index("ix_tickets_status_created_at", "status", "created_at"),
    Index("ix_tickets_product_id", "product_id"),
    CheckConstraint("rating IS NULL OR (rating >= 1 AND rating <= 5)", name="rating"),
)
