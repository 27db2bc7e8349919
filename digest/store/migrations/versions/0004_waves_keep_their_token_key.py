"""Waves keep the number of the key that their tokens are minted with."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wave", sa.Column("token_key", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("wave", "token_key")
