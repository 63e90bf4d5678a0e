"""How many new sources a person may have checked: what is left of the allowance, kept as one moment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "paces",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=255), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_paces_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_paces_person_people")),
        sa.PrimaryKeyConstraint("offering", "person", "exercise", name=op.f("pk_paces")),
        sqlite_with_rowid=False,
    )
