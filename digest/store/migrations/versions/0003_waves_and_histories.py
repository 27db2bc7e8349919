"""Waves, histories and editors' pins."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sqlmodel.sql.sqltypes.AutoString()
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("renderings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "pin",
        sa.Column("edition_id", _ID, autoincrement=False, nullable=False),
        sa.Column("article_id", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("section_id", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("repeat_ok", sa.Boolean(), nullable=False),
        sa.Column("by", _TEXT, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edition_id", "article_id"),
    )
    op.create_table(
        "wave",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("edition_id", _ID, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("freeze_at", _MOMENT, nullable=False),
        sa.Column("home", sa.Boolean(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("frozen_at", _MOMENT, nullable=True),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("planned_through", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("edition_id", "due_at"),
    )
    # Every edition that was frozen becomes one wave, the home wave, as far as it had come.
    op.execute(
        "INSERT INTO wave (edition_id, due_at, freeze_at, home, state, reason, frozen_at, started_at, planned_through, planned_at)"
        " SELECT id, slot_at, freeze_at, true, state, '', frozen_at, started_at, planned_through, planned_at FROM edition"
        " WHERE frozen_at IS NOT NULL"
    )
    op.drop_table("reader_group")
    op.create_table(
        "reader_group",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("wave_id", _ID, nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("section_frequency", sa.Text(), nullable=False),
        sa.Column("frequency", _TEXT, nullable=False),
        sa.Column("language", _TEXT, nullable=False),
        sa.Column("length", _TEXT, nullable=False),
        sa.Column("text_size", _TEXT, nullable=False),
        sa.Column("histories", _TEXT, nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("rendering_id", _ID, nullable=True),
        sa.Column("next_history_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["rendering_id"], ["rendering.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "wave_id",
            "sections",
            "section_frequency",
            "frequency",
            "language",
            "length",
            "text_size",
            "histories",
            "is_new",
            name="uq_reader_group",
        ),
    )
    op.add_column("batch", sa.Column("wave_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE batch SET wave_id = (SELECT wave.id FROM wave WHERE wave.edition_id = batch.edition_id)")
    op.add_column("edition", sa.Column("approved_at", _MOMENT, nullable=True))
    op.add_column("edition", sa.Column("approved_by", _TEXT, nullable=False, server_default=""))
    op.add_column("edition", sa.Column("held_at", _MOMENT, nullable=True))
    op.add_column("edition", sa.Column("catches_up", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("edition", sa.Column("since", _MOMENT, nullable=True))
    op.drop_column("edition", "planned_at")
    op.drop_column("edition", "planned_through")
    op.add_column("subscription", sa.Column("length", _TEXT, nullable=False, server_default="short"))
    op.add_column("subscription", sa.Column("text_size", _TEXT, nullable=False, server_default="normal"))
    op.add_column("subscription", sa.Column("section_frequency", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("subscription", sa.Column("clock", _TEXT, nullable=False, server_default=""))
    op.add_column("subscription", sa.Column("paused_at", _MOMENT, nullable=True))
    op.add_column("subscription", sa.Column("paused_until", sa.Date(), nullable=True))
    op.add_column("subscription", sa.Column("history_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_subscription_clock", "subscription", ["newsletter", "state", "clock", "id"])
    op.execute("UPDATE subscription SET clock = hour || '|' || zone WHERE hour <> '' OR zone <> ''")


def downgrade() -> None:
    op.drop_index("ix_subscription_clock", table_name="subscription")
    for column in ("history_id", "paused_until", "paused_at", "clock", "section_frequency", "text_size", "length"):
        op.drop_column("subscription", column)
    op.add_column("edition", sa.Column("planned_through", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("edition", sa.Column("planned_at", _MOMENT, nullable=True))
    op.execute(
        "UPDATE edition SET planned_at = (SELECT MAX(wave.planned_at) FROM wave WHERE wave.edition_id = edition.id),"
        " planned_through = COALESCE((SELECT MAX(wave.planned_through) FROM wave WHERE wave.edition_id = edition.id), 0)"
    )
    for column in ("since", "catches_up", "held_at", "approved_by", "approved_at"):
        op.drop_column("edition", column)
    op.drop_column("batch", "wave_id")
    op.drop_table("reader_group")
    op.create_table(
        "reader_group",
        sa.Column("edition_id", _ID, autoincrement=False, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("rendering_id", _ID, nullable=True),
        sa.Column("reason", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["rendering_id"], ["rendering.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edition_id", "key"),
    )
    op.drop_table("wave")
    op.drop_table("pin")
    op.drop_table("history")
