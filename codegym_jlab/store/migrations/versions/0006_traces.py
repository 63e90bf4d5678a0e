"""In which trace a submission came and an event was written: what follows later, elsewhere, is a part of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Up."""
    op.add_column("submissions", sa.Column("traceparent", sa.String(55)))
    op.add_column("outbox", sa.Column("traceparent", sa.String(55)))
