"""How many new sources a person may have checked: what is left of the allowance, kept as one moment."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.columns import Utc, key_of_person

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "paces",
        *key_of_person("exercise"),
        sa.Column("full_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
