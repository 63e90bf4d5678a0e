"""What of the newest that was handed in did not pass, beside its score; and who was erased, by whom and why."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Json, Utc, key_part, needed, reference

revision = "0005"
down_revision = "0004"

_NEWEST = """
 FROM judgements JOIN submissions ON judgements.submission = COALESCE(submissions.same_as, submissions.id)
 WHERE submissions.id = progress.submission AND judgements.{current}
"""
_VERDICT = "UPDATE progress SET verdict = (SELECT verdict" + _NEWEST + ") WHERE submission IS NOT NULL"
_FAILED = (
    "UPDATE progress SET failed = (SELECT {gathered} FROM check_results WHERE verdict <> 'AC' AND judgement = "
    "(SELECT judgements.id" + _NEWEST + ") HAVING count(*) > 0) WHERE verdict <> 'AC'"
)


def upgrade() -> None:
    """Up."""
    op.add_column("progress", sa.Column("verdict", sa.String(3)))
    op.add_column("progress", sa.Column("failed", Json))
    lite = op.get_bind().dialect.name == "sqlite"
    words = {
        "current": "current = 1" if lite else "current",
        "gathered": "json_group_array(check_id)" if lite else "json_agg(check_id ORDER BY position)",
    }
    op.execute(_VERDICT.format(**words))
    op.execute(_FAILED.format(**words))
    op.create_table(
        "erasures",
        key_part("person", "people.id"),
        reference("offering", "offerings.id"),
        needed("erased_at", Utc),
        needed("who", sa.Text),
        needed("why", sa.Text),
    )
