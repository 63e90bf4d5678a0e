"""How many new sources a person may have checked: what is left of the allowance, kept as one moment."""

from alembic import op

from codegym_jlab.store.sql.rows import Utc, key_of_person, needed

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "paces",
        *key_of_person("exercise"),
        needed("full_at", Utc),
        sqlite_with_rowid=False,
    )
