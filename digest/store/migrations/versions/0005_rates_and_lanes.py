"""What providers took lately, how their lanes recover, and which lane each receiver, reader and batch belongs to."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate",
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("provider"),
    )
    op.create_table(
        "lane",
        sa.Column("provider", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lane", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("phase", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "lane"),
    )
    op.create_table(
        "receiver",
        sa.Column("domain", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lane", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("looked_up_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("domain"),
    )
    op.add_column("batch", sa.Column("lane", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""))
    op.add_column(
        "subscriber", sa.Column("domain", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
    )
    op.add_column(
        "subscriber", sa.Column("lane", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
    )
    op.create_index("ix_subscriber_domain", "subscriber", ["domain"])


def downgrade() -> None:
    op.drop_index("ix_subscriber_domain", table_name="subscriber")
    op.drop_column("subscriber", "lane")
    op.drop_column("subscriber", "domain")
    op.drop_column("batch", "lane")
    op.drop_table("receiver")
    op.drop_table("lane")
    op.drop_table("rate")
