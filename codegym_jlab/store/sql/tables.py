"""The tables as `tables.toml` has them, which is how the newest migration leaves them (a test holds the two together).

Keyed by offering and pseudonymous person throughout. `people` is the one identity table: emptying `account` there is
erasing. A team is a row of `people` too, so that it can own a submission.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DDL,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
    literal_column,
    text,
)

from ..engine import Json, Text, Utc

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_KINDS: dict[str, Any] = {
    "name": String(255),
    "digest": String(64),
    "word": String(16),
    "text": Text,
    "utc": Utc,
    "json": Json,
    "integer": Integer,
    "float": Float,
    "boolean": Boolean,
    "bytes": LargeBinary,
}
_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _table(name: str) -> Table:
    """As `tables.toml` has it."""
    told = _TOLD[name]
    columns = (_column(*each) for each in told["columns"].items())
    unique = (UniqueConstraint(*each) for each in told.get("unique", ()))
    checks = (CheckConstraint(so, name=each) for each, so in told.get("checks", {}).items())
    indexes = (_index(each, **of) for each, of in told.get("indexes", {}).items())
    return Table(name, metadata, *columns, *unique, *checks, *indexes, **told.get("options", {}))


def _column(name: str, told: str) -> Column[Any]:
    """`text?`, `name key`, `people.id`, `integer = 0`: see there."""
    said, equals, default = told.partition(" =")
    kind, *more = said.rstrip("?").split()
    options: Any = {"nullable": said.endswith("?"), "primary_key": "key" in more}
    if equals:
        options["server_default"] = text(default.strip()) if kind == "boolean" else default.strip()
    if "." in kind:
        return Column(name, ForeignKey(kind), **options)
    return Column(name, String(int(more[0])) if kind == "string" else _KINDS[kind], **options)


def _index(name: str, on: Sequence[str], where: str = "", postgresql: str = "", unique: bool = False) -> Index:
    """`where`: over some of the rows."""
    conditions: Any = {"sqlite_where": text(where), "postgresql_where": text(postgresql or where)} if where else {}
    return Index(name, *on, unique=unique, **conditions)


offerings = _table("offerings")
people = _table("people")
enrolments = _table("enrolments")
submissions = _table("submissions")
judgements = _table("judgements")
check_results = _table("check_results")
score_parts = _table("score_parts")
given_marks = _table("given_marks")
progress = _table("progress")
paces = _table("paces")
hints_given = _table("hints_given")
notebooks = _table("notebooks")
openings = _table("openings")
outbox = _table("outbox")
sends = _table("sends")
leases = _table("leases")
erasures = _table("erasures")
lti_contexts = _table("lti_contexts")
lti_users = _table("lti_users")
turns = _table("turns")
tickets = _table("tickets")
exercise_drafts = _table("exercise_drafts")
overrides = _table("overrides")
override_changes = _table("override_changes")
teams = _table("teams")
team_members = _table("team_members")
team_moves = _table("team_moves")
unsubmitted = _table("unsubmitted")
course_files = _table("course_files")
versions = _table("versions")
publications = _table("publications")
staff_acts = _table("staff_acts")

#: The conditions of these indexes, written out and not bound: only so do they serve, and a statement is planned once.
IS_WAITING, IS_PARKED, IS_DRAFT = (
    submissions.c.state == literal_column(f"'{state}'") for state in ("waiting", "parked", "kept")
)

# Lines are added and nothing else; who is erased and in no class may lose their account there.
_PARTS = ", ".join(c.name for c in staff_acts.columns if c.name != "account")
_NO = "the audit log is append-only"
_GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER staff_acts_{name} BEFORE {when} BEGIN SELECT RAISE({what}); END"
        for name, when, what in (
            ("kept", "DELETE ON staff_acts", f"ABORT, '{_NO}'"),
            ("same", f"UPDATE OF {_PARTS} ON staff_acts", f"ABORT, '{_NO}'"),
            ("named", "UPDATE OF account ON staff_acts WHEN NEW.account IS NOT NULL", f"ABORT, '{_NO}'"),
            # INSERT OR REPLACE would delete without a trigger
            ("once", "INSERT ON staff_acts WHEN EXISTS (SELECT 1 FROM staff_acts WHERE id = NEW.id)", "IGNORE"),
        )
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION staff_acts_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_NO}'; END $$",
        *(
            f"CREATE TRIGGER staff_acts_{name} BEFORE {when} EXECUTE FUNCTION staff_acts_kept()"
            for name, when in (
                ("kept", "DELETE OR TRUNCATE ON staff_acts FOR EACH STATEMENT"),
                ("same", f"UPDATE OF {_PARTS} ON staff_acts FOR EACH STATEMENT"),
                ("named", "UPDATE OF account ON staff_acts FOR EACH ROW WHEN (NEW.account IS NOT NULL)"),
            )
        ),
    ],
}
for _dialect, _statements in _GUARDS.items():
    for _statement in _statements:
        _made = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(staff_acts, "after_create", _made)
