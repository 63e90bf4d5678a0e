"""Who delivers from the outbox, which sinks have an event while another one is away, and dead letters found at once."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Utc, key_part, needed, where

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "leases",
        key_part("name"),
        needed("holder"),
        needed("until", Utc),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sends",
        sa.Column("seq", sa.Integer, sa.ForeignKey("outbox.seq"), primary_key=True, nullable=False),
        key_part("sink"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outbox_dead", "outbox", ["seq"], **where("dead = 1", "dead"))
