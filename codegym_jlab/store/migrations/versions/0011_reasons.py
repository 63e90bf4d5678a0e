"""Why staff handed something in for its owner."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Up."""
    op.add_column("submissions", sa.Column("reason", sa.Text))
