"""Tables of the console: who works there, what they hold, correct and say. Import them from ``shop.schema``."""
from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
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
    text,
    true,
)

from shop.clock import UtcDateTime
from shop.schema_base import Json, metadata, now


def _staff(name: str, **options) -> Column:
    """One of staff; what they did stays when their account goes."""
    return Column(name, Integer, ForeignKey("staff.id", ondelete="SET NULL"), **options)


def _conversation(**options) -> Column:
    return Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False, **options)


# ---- people

staff = Table(
    "staff", metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("role", String(12), nullable=False),
    Column("sees_customers", Boolean, nullable=False, default=False, server_default=false()),
    Column("active", Boolean, nullable=False, default=True, server_default=true()),
    Column("password_hash", String(200)),  # argon2; NULL until the invitation is used, or where only OIDC is
    Column("oidc_subject", String(255), unique=True),  # issuer and subject
    Column("available", Boolean, nullable=False, default=False, server_default=false()),  # takes conversations
    Column("seen_at", UtcDateTime),  # the console was open then, renewed while it is
    now("created_at"),
    CheckConstraint("role IN ('viewer', 'agent', 'reviewer', 'trainer', 'admin')", name="role"),
)

staff_sessions = Table(
    "staff_sessions", metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256: the cookie itself is stored nowhere
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    now("created_at"),
    now("used_at"),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_staff_sessions_staff_id", "staff_id"),
)

staff_links = Table(
    "staff_links", metadata,
    Column("token_hash", String(64), primary_key=True),
    # Whose password it sets; NULL: the first account of this installation.
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE")),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    now("created_at"),
)

sign_in_attempts = Table(
    "sign_in_attempts", metadata,
    Column("id", Integer, primary_key=True),
    now("at"),
    Column("email_hash", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("ix_sign_in_attempts_email_hash_at", "email_hash", "at"),
    Index("ix_sign_in_attempts_address_at", "address", "at"),
)

# ---- finding

# What a conversation can be found by, one row a value: intent, action, entity, model, act, channel.
conversation_facets = Table(
    "conversation_facets", metadata,
    Column("kind", String(16), nullable=False),
    Column("value", String(80), nullable=False),
    _conversation(),  # in the key's order: SQLite 3.40 takes another for damage where rows have no number
    PrimaryKeyConstraint("kind", "value", "conversation_id"),
    Index("ix_conversation_facets_conversation_id", "conversation_id"),
    sqlite_with_rowid=False,  # the key is all that a row has
)

saved_views = Table(
    "saved_views", metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("query", String(1000), nullable=False),
    Column("shared", Boolean, nullable=False, default=False, server_default=false()),
    now("created_at"),
    UniqueConstraint("staff_id", "name"),
)

# ---- talking

# Each time a conversation left the bot: asked for (waiting), taken (staff), given back or resolved.
handovers = Table(
    "handovers", metadata,
    Column("id", Integer, primary_key=True),
    _conversation(),
    Column("reason", String(12), nullable=False),  # asked|failed|staff
    now("requested_at"),
    Column("after_seq", Integer, nullable=False),  # the last message that the bot may still answer
    Column("taken_at", UtcDateTime),
    Column("answered_at", UtcDateTime),  # the first message of staff
    _staff("staff_id"),
    Column("ended_at", UtcDateTime),
    Column("ended_as", String(12)),  # bot|resolved|nobody|passed
    Column("ended_seq", Integer),  # the last message of that time
    Column("told_seq", Integer, nullable=False, server_default="0"),  # up to where the bot was told what staff heard
    Index("ix_handovers_conversation_id", "conversation_id"),
    Index("ix_handovers_requested_at", "requested_at"),
    Index(
        "ix_handovers_open", "conversation_id", unique=True,
        sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
    ),
)

conversation_notes = Table(
    "conversation_notes", metadata,
    Column("id", Integer, primary_key=True),
    _conversation(),
    Column("seq", Integer),  # of the message it is about; NULL: of the whole
    _staff("staff_id"),
    Column("text", String(4000), nullable=False),
    now("at"),
    Index("ix_conversation_notes_conversation_id", "conversation_id"),
)

canned_replies = Table(
    "canned_replies", metadata,
    Column("id", Integer, primary_key=True),
    Column("shortcut", String(40), nullable=False, unique=True),
    Column("text", String(2000), nullable=False),
    _staff("staff_id"),
    now("updated_at"),
)

# ---- reviewing

conversation_tags = Table(
    "conversation_tags", metadata,
    _conversation(),
    Column("tag", String(40), nullable=False),
    _staff("staff_id"),
    now("at"),
    PrimaryKeyConstraint("conversation_id", "tag"),
    Index("ix_conversation_tags_tag", "tag"),
)

corrections = Table(
    "corrections", metadata,
    Column("id", Integer, primary_key=True),
    _conversation(),
    Column("seq", Integer, nullable=False),
    Column("kind", String(12), nullable=False),  # intent|entities|action|reply
    Column("before", Json, nullable=False),
    Column("after", Json, nullable=False),
    _staff("staff_id"),
    now("at"),
    Column("status", String(12), nullable=False, server_default="open"),  # open|accepted|refused
    _staff("decided_by"),
    Column("decided_at", UtcDateTime),
    Column("decision", Text),  # what was written, or why it was refused
    UniqueConstraint("conversation_id", "seq", "kind"),
    Index("ix_corrections_status_at", "status", "at"),
)

# Why a conversation is worth a reviewer's time, one row a reason; gone when it is done.
review_reasons = Table(
    "review_reasons", metadata,
    _conversation(),
    Column("seq", Integer, nullable=False),
    Column("reason", String(24), nullable=False),
    Column("weight", Float, nullable=False),
    now("at"),
    PrimaryKeyConstraint("conversation_id", "seq", "reason"),
    Index("ix_review_reasons_at", "at"),
    Index("ix_review_reasons_reason_at", "reason", "at"),
)

# ---- overview

# What the overview sums up: one row a day on the shop's own clock. Made anew for as long as the day can change.
daily_figures = Table(
    "daily_figures", metadata,
    Column("day", Date, primary_key=True),
    Column("time_zone", String(40), nullable=False),  # whose midnight begins the day
    Column("figures", Json, nullable=False),
    now("made_at"),
)

# What shoppers asked and the bot could not answer, like with like. One row without a name holds what is like nothing.
question_clusters = Table(
    "question_clusters", metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("terms", Json, nullable=False, default=list),
    Column("embedding", String(80), nullable=False),  # version of the vectors that it was made with
    now("made_at"),
)

question_members = Table(
    "question_members", metadata,
    Column("cluster_id", String(16), ForeignKey("question_clusters.id", ondelete="CASCADE"), nullable=False),
    _conversation(),
    Column("seq", Integer, nullable=False),
    now("at"),
    Column("text", String(300), nullable=False),  # without what tells who asked
    PrimaryKeyConstraint("conversation_id", "seq"),
    Index("ix_question_members_cluster_id_at", "cluster_id", "at"),
)
