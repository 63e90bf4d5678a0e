"""Who moved a student into or out of a team, when and why."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Utc, id_column, needed, reference

revision = "0012"
down_revision = "0011"

#: What was done before has neither who nor why: whoever came, from a team that they left in that moment, …
CAME = """
INSERT INTO team_moves (id, offering, person, unit, "before", "after", moved_at)
 SELECT 'came-' || now.team || '-' || now.person, now.offering, now.person, now.unit, MIN(was.team), now.team, now.since
 FROM team_members now LEFT JOIN team_members was ON was.offering = now.offering AND was.person = now.person
  AND was.unit = now.unit AND was.team <> now.team AND was.ended_at = now.since
 GROUP BY now.team, now.person, now.offering, now.unit, now.since
"""
#: … and whoever left for no other.
LEFT = """
INSERT INTO team_moves (id, offering, person, unit, "before", "after", moved_at)
 SELECT 'left-' || was.team || '-' || was.person, was.offering, was.person, was.unit, was.team, NULL, was.ended_at
 FROM team_members was WHERE was.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM team_members now
  WHERE now.offering = was.offering AND now.person = was.person AND now.unit = was.unit AND now.team <> was.team
  AND now.since = was.ended_at)
"""


def upgrade() -> None:
    """Up."""
    op.create_table(
        "team_moves",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        needed("unit"),
        reference("before", "teams.id", nullable=True),
        reference("after", "teams.id", nullable=True),
        reference("moved_by", "people.id", nullable=True),
        needed("moved_at", Utc),
        sa.Column("why", sa.Text),
    )
    op.create_index("ix_team_moves_person", "team_moves", ["person"])
    op.execute(CAME)
    op.execute(LEFT)
