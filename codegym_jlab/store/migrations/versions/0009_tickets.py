"""Questions to a person."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Json, Utc, id_column, needed, reference

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "tickets",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        needed("exercise"),
        needed("asked_at", Utc),
        needed("question", sa.Text),
        needed("shared", Json),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", Utc),
        sa.Column("answered_by", sa.Text),
    )
    op.create_index("ix_tickets_person", "tickets", ["offering", "person", "exercise", "id"])
    op.create_index("ix_tickets_class", "tickets", ["offering", "id"])
