"""Who delivers from the outbox, which sinks have an event while another one is away, and dead letters found at once."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.columns import Utc, key_part, where

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "leases",
        key_part("name"),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("until", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sends",
        sa.Column("seq", sa.Integer, sa.ForeignKey("outbox.seq"), primary_key=True, nullable=False),
        key_part("sink"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outbox_dead", "outbox", ["seq"], **where("dead = 1", "dead"))
