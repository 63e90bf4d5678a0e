"""What is parked is found at once, however much is stored: it is counted every few seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Up."""
    op.create_index(
        "ix_submissions_parked",
        "submissions",
        ["offering", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
