"""Brings records of any older form to today's, in the transaction that the caller has begun.

What `tables.py` has and a database lacks is made there: tables, columns, indexes. Then what old rows need is written.
To change the form, change the tables, count HEAD up, and write into FILLS what rows of before lack. A new column may
be empty, or the database has a default for it.
"""

from sqlalchemy import Connection, Table, inspect, text
from sqlalchemy.schema import CreateColumn
from sqlalchemy.util import OrderedSet

from .base import StoreTooNew, StoreUnavailable
from .sql.tables import metadata

#: The form that `tables.py` describes.
HEAD = "0019"
#: Where a database keeps its form. The name is Alembic's, which older versions used.
VERSION_TABLE = "alembic_version"

_NEWEST = """
 FROM judgements JOIN submissions ON judgements.submission = COALESCE(submissions.same_as, submissions.id)
 WHERE submissions.id = progress.submission AND judgements.{current}
"""
#: What rows lack that are older than a form.
FILLS = {
    # whoever has drafts already is among those whose work may be collected
    "0004": [
        "INSERT INTO unsubmitted (offering, person, exercise) "
        "SELECT DISTINCT offering, person, exercise FROM submissions WHERE state = 'kept'"
    ],
    # what of the newest that was handed in did not pass
    "0005": [
        f"UPDATE progress SET verdict = (SELECT verdict {_NEWEST}) WHERE submission IS NOT NULL",
        "UPDATE progress SET failed = (SELECT {gathered} FROM check_results WHERE verdict <> 'AC' AND judgement = "
        f"(SELECT judgements.id {_NEWEST}) HAVING count(*) > 0) WHERE verdict <> 'AC'",
    ],
    # moves have neither who nor why: whoever came, from a team that they left in that moment, …
    "0012": [
        """
INSERT INTO team_moves (id, offering, person, unit, "before", "after", moved_at)
 SELECT 'came-' || now.team || '-' || now.person, now.offering, now.person, now.unit, MIN(was.team), now.team, now.since
 FROM team_members now LEFT JOIN team_members was ON was.offering = now.offering AND was.person = now.person
  AND was.unit = now.unit AND was.team <> now.team AND was.ended_at = now.since
 GROUP BY now.team, now.person, now.offering, now.unit, now.since
""",
        # … and whoever left for no other
        """
INSERT INTO team_moves (id, offering, person, unit, "before", "after", moved_at)
 SELECT 'left-' || was.team || '-' || was.person, was.offering, was.person, was.unit, was.team, NULL, was.ended_at
 FROM team_members was WHERE was.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM team_members now
  WHERE now.offering = was.offering AND now.person = was.person AND now.unit = was.unit AND now.team <> was.team
  AND now.since = was.ended_at)
""",
    ],
}
_WORDS = {
    "sqlite": {"current": "current = 1", "gathered": "json_group_array(check_id)"},
    "postgresql": {"current": "current", "gathered": "json_agg(check_id ORDER BY position)"},
}


def form_of(db: Connection) -> str:
    """The form of the records; empty where there are none."""
    if not inspect(db).has_table(VERSION_TABLE):
        return ""
    return str(db.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or "")


def prepare(db: Connection, is_open: bool = False) -> None:
    """Make the records, or bring them to HEAD. Raises StoreTooNew, StoreUnavailable.

    `is_open`: this program has used them before; a newer form, of a newer server beside it, is then as good.
    """
    form = form_of(db)
    if form == HEAD or (is_open and form > HEAD):
        return
    if form > HEAD:
        raise StoreTooNew(
            f"The records were written by a newer CodeGYM (version {form} of their form; this one knows {HEAD}). "
            "Update CodeGYM, or name another file or database for the records."
        )
    if not form and inspect(db).get_table_names():
        raise StoreUnavailable(
            "The file or database for the records holds something else. Name another file or database."
        )
    make_tables(db, form)
    fill(db, form)


def make_tables(db: Connection, form: str = "") -> None:
    """Today's tables, of those that are there in an older form or, where that is empty, of nothing."""
    if "" < form < "0004":
        _give_overrides_a_section(db)
    there = inspect(db).get_table_names() if form else ()
    for table in metadata.tables.values():
        # of two that serve alike SQLite takes the one that was made last: `waiting` rather than `same`, never by chance
        table.indexes = OrderedSet(sorted(table.indexes, key=lambda index: str(index.name)))
        if table.name in there:
            _complete(db, table)
    metadata.create_all(db)


def _complete(db: Connection, table: Table) -> None:
    """Columns and indexes."""
    known = {column["name"] for column in inspect(db).get_columns(table.name)}
    for column in table.columns:
        if column.name not in known:
            made = CreateColumn(column).compile(dialect=db.dialect)
            db.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {made}"))
    for index in table.indexes:
        index.create(db, checkfirst=True)


def _give_overrides_a_section(db: Connection) -> None:
    """As a part of the key, which no database changes in place."""
    db.execute(text("CREATE TEMPORARY TABLE overrides_before AS SELECT * FROM overrides"))
    db.execute(text("DROP TABLE overrides"))
    metadata.tables["overrides"].create(db)
    columns = "unit, exercise, fields, set_by, set_at"
    into = f"INSERT INTO overrides (offering, person, section, {columns})"
    db.execute(text(f"{into} SELECT offering, person, '', {columns} FROM overrides_before"))
    db.execute(text("DROP TABLE overrides_before"))


def fill(db: Connection, form: str) -> None:
    """Write what rows of an older form lack in today's tables: the records are then of today's form."""
    for newer, statements in FILLS.items():
        for statement in statements if form < newer else ():
            db.execute(text(statement.format(**_WORDS[db.dialect.name])))
    db.execute(text(f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL)"))
    db.execute(text(f"DELETE FROM {VERSION_TABLE}"))
    db.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)"), {"head": HEAD})
