"""Questions to a person."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.columns import Json, Utc, id_column, reference

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "tickets",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        sa.Column("exercise", sa.String(255), nullable=False),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("shared", Json, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", Utc),
        sa.Column("answered_by", sa.Text),
    )
    op.create_index("ix_tickets_person", "tickets", ["offering", "person", "exercise", "id"])
    op.create_index("ix_tickets_class", "tickets", ["offering", "id"])
