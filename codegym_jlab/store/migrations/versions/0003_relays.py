"""Who delivers from the outbox, which sinks have an event while another one is away, and dead letters found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sends",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sink", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["outbox.seq"], name=op.f("fk_sends_seq_outbox")),
        sa.PrimaryKeyConstraint("seq", "sink", name=op.f("pk_sends")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("dead = 1"),
        postgresql_where=sa.text("dead"),
    )
