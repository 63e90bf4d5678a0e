"""Conversations with the tutor."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.columns import Json, Utc, id_column, reference

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "turns",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        sa.Column("exercise", sa.String(255), nullable=False),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("intent", sa.String(32), nullable=False),
        sa.Column("reply", Json),
        sa.Column("llm", sa.String(255)),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("wall_ms", sa.Float, nullable=False),
        sa.Column("thumb", sa.Integer, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("withheld", Json),
    )
    op.create_index("ix_turns_person", "turns", ["offering", "person", "exercise", "id"])
    op.create_index("ix_turns_asked_at", "turns", ["offering", "asked_at"])
