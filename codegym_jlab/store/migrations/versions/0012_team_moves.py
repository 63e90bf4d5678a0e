"""Who moved a student into or out of a team, when and why."""

import sqlalchemy as sa
from alembic import op

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
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("before", sa.String(length=255)),
        sa.Column("after", sa.String(length=255)),
        sa.Column("moved_by", sa.String(length=255)),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text()),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_team_moves_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_team_moves_person_people")),
        sa.ForeignKeyConstraint(["before"], ["teams.id"], name=op.f("fk_team_moves_before_teams")),
        sa.ForeignKeyConstraint(["after"], ["teams.id"], name=op.f("fk_team_moves_after_teams")),
        sa.ForeignKeyConstraint(["moved_by"], ["people.id"], name=op.f("fk_team_moves_moved_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_moves")),
    )
    op.create_index("ix_team_moves_person", "team_moves", ["person"], unique=False)
    op.execute(CAME)
    op.execute(LEFT)
