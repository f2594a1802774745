"""Finding conversations: each has a number, its words and facets are indexed, a list is walked through in one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop import conversation_backfill

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WALKED = (
    "last_at", "id", "number", "status", "channel", "lowest_confidence", "thumbs_up", "thumbs_down", "last_seq",
    "review_state", "assigned_to", "reviewer_id", "opened_at", "customer_id",
)  # fmt: skip
TRIGGERS = ("conversation_words_inserted", "conversation_words_updated", "conversation_words_deleted")


def upgrade() -> None:
    op.add_column("conversations", sa.Column("number", sa.Integer(), nullable=True))
    op.create_index("ix_conversations_number", "conversations", ["number"], unique=True)
    op.create_table(
        "conversation_words",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_conversation_words_conversation_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_conversation_words")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_conversation_words_conversation_id")),
    )
    # The indexes come after the rows, which is several times as quick.
    if op.get_bind().dialect.name == "sqlite":
        conversation_backfill.fill(op.get_bind())
        _index_on_sqlite()
    else:
        op.execute("ALTER TABLE conversation_words ALTER COLUMN words SET STORAGE EXTERNAL, "
                   "SET (toast_tuple_target = 128)")
        conversation_backfill.fill(op.get_bind())
        _index_on_postgresql()
    op.create_index("ix_conversations_last_at", "conversations", list(WALKED), unique=False)


def _index_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE conversation_words_index USING fts5(words, content='conversation_words', "
        "content_rowid='number', detail='none', columnsize=0, tokenize=\"ascii tokenchars '_=-'\")"
    )
    op.execute("INSERT INTO conversation_words_index(conversation_words_index) VALUES ('rebuild')")
    op.execute(
        "CREATE TRIGGER conversation_words_inserted AFTER INSERT ON conversation_words BEGIN "
        "INSERT INTO conversation_words_index(rowid, words) VALUES (new.number, new.words); END"
    )
    op.execute(
        "CREATE TRIGGER conversation_words_updated AFTER UPDATE OF words ON conversation_words BEGIN "
        "INSERT INTO conversation_words_index(conversation_words_index, rowid, words) "
        "VALUES ('delete', old.number, old.words); "
        "INSERT INTO conversation_words_index(rowid, words) VALUES (new.number, new.words); END"
    )
    op.execute(
        "CREATE TRIGGER conversation_words_deleted AFTER DELETE ON conversation_words BEGIN "
        "INSERT INTO conversation_words_index(conversation_words_index, rowid, words) "
        "VALUES ('delete', old.number, old.words); END"
    )


def _index_on_postgresql() -> None:
    op.execute("CREATE SEQUENCE conversation_numbers")
    op.execute("SELECT setval('conversation_numbers', (SELECT max(number) FROM conversations)) "
               "FROM conversations LIMIT 1")
    op.execute(
        "CREATE FUNCTION words_vector(words text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE "
        "COST 10000 AS $$ BEGIN RETURN array_to_tsvector(string_to_array(words, ' ')); END $$"
    )
    op.execute("CREATE INDEX ix_conversation_words_words ON conversation_words USING gin (words_vector(words))")


def downgrade() -> None:
    op.drop_index("ix_conversations_last_at", table_name="conversations")
    if op.get_bind().dialect.name == "sqlite":
        for trigger in TRIGGERS:
            op.execute(f"DROP TRIGGER {trigger}")
        op.execute("DROP TABLE conversation_words_index")
    op.drop_table("conversation_words")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION words_vector(text)")
        op.execute("DROP SEQUENCE conversation_numbers")
    op.drop_index("ix_conversations_number", table_name="conversations")
    op.drop_column("conversations", "number")
    op.execute("DELETE FROM conversation_facets")
