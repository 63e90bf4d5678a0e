"""Teams."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["people.id"], name=op.f("fk_teams_id_people")),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_teams_offering_offerings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("offering", "unit", "name", name=op.f("uq_teams_offering_unit_name")),
    )
    op.create_table(
        "team_members",
        sa.Column("team", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["team"], ["teams.id"], name=op.f("fk_team_members_team_teams")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_team_members_person_people")),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_team_members_offering_offerings")),
        sa.PrimaryKeyConstraint("team", "person", name=op.f("pk_team_members")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_team_members_now",
        "team_members",
        ["offering", "person", "unit"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_team_members_person", "team_members", ["person"], unique=False)
