"""What a person gave by line of the rubric."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Up."""
    op.add_column("score_parts", sa.Column("items", sa.JSON(none_as_null=True)))
