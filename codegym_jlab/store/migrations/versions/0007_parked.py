"""What is parked is found at once, however much is stored: it is counted every few seconds."""

from alembic import op

from codegym_jlab.store.sql.rows import where

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Up."""
    op.create_index("ix_submissions_parked", "submissions", ["offering", "id"], **where("state = 'parked'"))
