"""What a person gave by line of the rubric."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Json

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Up."""
    op.add_column("score_parts", sa.Column("items", Json))
