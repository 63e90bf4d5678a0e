"""Teams."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Utc, key_part, needed, reference, where

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "teams",
        key_part("id", "people.id"),
        reference("offering", "offerings.id"),
        needed("unit"),
        needed("name", sa.Text),
        needed("made_at", Utc),
        sa.UniqueConstraint("offering", "unit", "name"),
    )
    op.create_table(
        "team_members",
        key_part("team", "teams.id"),
        key_part("person", "people.id"),
        reference("offering", "offerings.id"),
        needed("unit"),
        needed("since", Utc),
        sa.Column("ended_at", Utc),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_team_members_now", "team_members", ["offering", "person", "unit"], unique=True, **where("ended_at IS NULL")
    )
    op.create_index("ix_team_members_person", "team_members", ["person"])
