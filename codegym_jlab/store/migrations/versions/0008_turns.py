"""Conversations with the tutor."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "turns",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("intent", sa.String(length=32), nullable=False),
        sa.Column("reply", sa.JSON(none_as_null=True)),
        sa.Column("llm", sa.String(length=255)),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("wall_ms", sa.Float(), nullable=False),
        sa.Column("thumb", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("withheld", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_turns_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_turns_person_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
    )
    op.create_index("ix_turns_person", "turns", ["offering", "person", "exercise", "id"], unique=False)
    op.create_index("ix_turns_asked_at", "turns", ["offering", "asked_at"], unique=False)
