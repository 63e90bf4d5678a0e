"""Conversations with the tutor."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Json, Utc, id_column, needed, reference

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "turns",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        needed("exercise"),
        needed("asked_at", Utc),
        needed("message", sa.Text),
        needed("intent", sa.String(32)),
        sa.Column("reply", Json),
        sa.Column("llm", sa.String(255)),
        needed("tokens", sa.Integer),
        needed("wall_ms", sa.Float),
        needed("thumb", sa.Integer),
        needed("hidden", sa.Boolean),
        sa.Column("withheld", Json),
    )
    op.create_index("ix_turns_person", "turns", ["offering", "person", "exercise", "id"])
    op.create_index("ix_turns_asked_at", "turns", ["offering", "asked_at"])
