"""Tables of conversations, of what they showed, and of trust. Import them from ``shop.schema``."""
from __future__ import annotations

from sqlalchemy import (
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
    text,
)

from shop.clock import UtcDateTime
from shop.schema_base import Json, metadata, now, reference
from shop.schema_search import NextConversationNumber

# Unsure, or none of the shop's business: the words of the index, which a query has to repeat for it to be used.
NOT_UNDERSTOOD = "intent IN ('nlu_fallback', 'out_of_scope')"

conversations = Table(
    "conversations", metadata,
    Column("id", String(32), primary_key=True),
    reference("customer_id", "customers.id"),
    Column("visitor_id", String(32)),
    Column("channel", String(24), nullable=False),
    Column("status", String(16), nullable=False, server_default="bot"),  # bot|waiting|staff|resolved
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("read_seq", Integer, nullable=False, server_default="0"),
    now("opened_at"),
    now("last_at"),
    # ---- kept up with the messages, so that a list needs nothing but this row
    Column("preview", String(160), nullable=False, server_default=""),  # the shopper's last words
    Column("lowest_confidence", Float),
    Column("thumbs_up", Integer, nullable=False, server_default="0"),
    Column("thumbs_down", Integer, nullable=False, server_default="0"),
    # ---- of staff: ids without keys, as SQLite cannot add a column with one
    Column("assigned_to", Integer),
    Column("waiting_since", UtcDateTime),
    Column("review_state", String(8), nullable=False, server_default="none"),  # none|open|done
    Column("reviewer_id", Integer),
    Column("contact_email", String(254)),
    Column("csat", Integer),  # 1 to 5
    Column("csat_at", UtcDateTime),
    Column("number", Integer, default=NextConversationNumber()),  # what the indexes of words and filters call it
    Index("ix_conversations_number", "number", unique=True),
    # Holds all that a list is filtered by: to walk through it reads no row that is not shown.
    Index(
        "ix_conversations_last_at", "last_at", "id", "number", "status", "channel", "lowest_confidence", "thumbs_up",
        "thumbs_down", "last_seq", "review_state", "assigned_to", "reviewer_id", "opened_at", "customer_id",
    ),
    Index("ix_conversations_customer_id_last_at", "customer_id", "last_at"),
    Index("ix_conversations_visitor_id_last_at", "visitor_id", "last_at"),
    Index("ix_conversations_status_last_at", "status", "last_at"),
    Index("ix_conversations_opened_at", "opened_at"),
    Index(
        "ix_conversations_csat_at", "csat_at",
        sqlite_where=text("csat_at IS NOT NULL"), postgresql_where=text("csat_at IS NOT NULL"),
    ),
    CheckConstraint("status IN ('bot', 'waiting', 'staff', 'resolved')", name="status"),
)

messages = Table(
    "messages", metadata,
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("client_id", String(64)),
    Column("sender", String(8), nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("payload", Json),
    now("at"),
    Column("state", String(8)),  # pending|answered on a shopper's message, else NULL
    Column("in_reply_to", Integer),
    Column("intent", String(64)),
    Column("intent_confidence", Float),
    Column("entities", Json),
    Column("actions", Json),
    Column("turn", Json),  # the turn as Rasa reported it, ranking included
    Column("model_version", String(80)),
    Column("duration_ms", Float),
    Column("feedback", String(4)),  # up|down
    PrimaryKeyConstraint("conversation_id", "seq"),
    UniqueConstraint("conversation_id", "client_id"),
    # Few messages are pending at a time, so this index stays tiny however long the transcripts grow.
    Index(
        "ix_messages_pending", "conversation_id", "seq",
        sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_messages_not_understood", "at",
        sqlite_where=text(NOT_UNDERSTOOD), postgresql_where=text(NOT_UNDERSTOOD),
    ),
    CheckConstraint("sender IN ('shopper', 'bot', 'staff', 'system')", name="sender"),
)

exposures = Table(
    "exposures", metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("product_id", String(32), nullable=False),
    Column("position", Integer, nullable=False),
    Column("probability", Float, nullable=False),
    Column("source", String(16), nullable=False),  # search|recommend|similar
    now("at"),
    UniqueConstraint("conversation_id", "seq", "product_id"),
)

clicks = Table(
    "clicks", metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("product_id", String(32), nullable=False),
    now("at"),
    UniqueConstraint("conversation_id", "seq", "product_id"),
)

written_replies = Table(
    "written_replies", metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", String(32), nullable=False),  # no key: other channels have conversations of their own
    Column("message_id", String(80), nullable=False),
    Column("act", String(40), nullable=False),
    Column("template", Text),  # what the model wrote, its facts as placeholders; NULL: the domain's response was said
    Column("reason", String(80)),  # why nothing written was said
    Column("candidates", Integer, nullable=False),
    Column("rejected", Json, nullable=False, default=dict),  # the claim gate's reasons, each with its count
    Column("duration_ms", Float, nullable=False),
    Column("model_version", String(80), nullable=False),
    now("at"),
    # Both empty on what was written before the console: names of the facts that were handed over, without their
    # values, and what else the model proposed, each with the gate's reason against it, or none.
    Column("facts", Json),
    Column("tried", Json),
    Index("ix_written_replies_conversation_id", "conversation_id"),
    Index("ix_written_replies_at", "at"),
)

# ---- trust

audit_log = Table(
    "audit_log", metadata,
    Column("id", Integer, primary_key=True),
    now("at"),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("customer_id", String(32)),
    Column("detail", Json, nullable=False, default=dict),
    Index("ix_audit_log_customer_id_at", "customer_id", "at"),
    Index("ix_audit_log_actor_id", "actor", "id"),
    Index("ix_audit_log_action_id", "action", "id"),
    Index("ix_audit_log_actor_action_id", "actor", "action", "id"),
)

erasures = Table(
    "erasures", metadata,
    Column("customer_id", String(32), primary_key=True),
    now("at"),
    Index("ix_erasures_at", "at"),
)
