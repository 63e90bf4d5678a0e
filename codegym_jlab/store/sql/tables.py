"""The tables, as the newest migration leaves them (a test holds the two together).

Keyed by offering and pseudonymous person throughout. `people` is the one identity table: emptying `account` and
`name` there is erasing. A team is a row of `people` too, so that it can own a submission.
"""

from functools import partial
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
Name, Digest, Word = String(255), String(64), String(16)
Columns = list[Column[Any]]


def optional(kind: Any, *names: str, **options: Any) -> Columns:
    """Columns of a kind, which may be empty."""
    return [Column(name, kind, **options) for name in names]


#: Columns of a kind, never empty.
needed = partial(optional, nullable=False)


def reference(name: str, target: str, **options: Any) -> Column[str]:
    """To a row of another table; never empty."""
    return Column(name, Name, ForeignKey(target), **{"nullable": False, **options})


#: The same, which may be empty.
may_refer = partial(reference, nullable=True)


#: A part of the key that is another table's row.
key_to = partial(reference, primary_key=True)


def key(name: str, kind: Any = Name) -> Column[Any]:
    """The primary key, or a part of it."""
    return Column(name, kind, primary_key=True)


def key_of_person(*more: str) -> Columns:
    """The key of what is a person's in an offering, with further parts."""
    return [key_to("offering", "offerings.id"), key_to("person", "people.id"), *map(key, more)]


def of_person() -> Columns:
    """What is a person's in an offering, and has a key of its own."""
    return [reference("offering", "offerings.id"), reference("person", "people.id")]


def where(condition: str, in_postgresql: str = "") -> dict[str, Any]:
    """For an index over some of the rows."""
    return {"sqlite_where": text(condition), "postgresql_where": text(in_postgresql or condition)}


def table(name: str, *parts: Any, **options: Any) -> Table:
    """One of the records' tables; a part may be several columns."""
    each = (part if isinstance(part, list) else [part] for part in parts)
    return Table(name, metadata, *(column for columns in each for column in columns), **options)


#: One whose rows SQLite keeps in the order of their key.
keyed = partial(table, sqlite_with_rowid=False)


offerings = table(
    "offerings",
    key("id"),
    needed(Name, "course"),
    needed(Text, "title"),
    needed(Text, "term", server_default=""),
    needed(String(64), "time_zone", server_default="UTC"),
    optional(Text, "contact"),
    needed(Utc, "created_at"),
    optional(Utc, "begins", "ends"),
)

people = table(
    "people",
    key("id"),
    reference("offering", "offerings.id"),
    needed(Word, "kind", server_default="person"),
    optional(Text, "account"),  # null: erased, or a team
    optional(Text, "name"),  # as a roster has it
    needed(Utc, "created_at"),
    optional(Utc, "erased_at"),
    UniqueConstraint("offering", "account"),
    CheckConstraint("kind IN ('person', 'team')", name="kind"),
    Index("ix_people_account", "account"),
)

enrolments = keyed(
    "enrolments",
    key_of_person("role"),
    optional(Text, "section"),
    needed(Utc, "created_at"),
    optional(Utc, "ended_at"),  # left, or holds another role now: what they did stays
    CheckConstraint("role IN ('student', 'grader', 'instructor')", name="role"),
)

submissions = table(
    "submissions",
    key("id"),
    of_person(),  # the owner: a person or a team
    reference("submitter", "people.id"),
    needed(Name, "course", "exercise", "idempotency_key"),
    needed(Word, "kind"),
    needed(Text, "source"),
    needed(Json, "cells"),
    needed(Digest, "digest"),
    needed(Utc, "received_at"),
    optional(Utc, "claimed_at"),
    # what follows is bookkeeping; what stands above never changes
    needed(Word, "state"),
    optional(Integer, "attempt"),
    may_refer("same_as", "submissions.id"),
    needed(Integer, "faults", server_default="0"),
    optional(Name, "worker"),
    optional(Utc, "leased_until", "not_before"),
    optional(Digest, "version"),  # the published one in force when it was received; null: that of the folder
    optional(Name, "collected_from"),  # the draft that was handed in for its person at the due time
    optional(String(55), "traceparent"),
    optional(Text, "reason"),  # of staff who handed it in for its owner
    UniqueConstraint("offering", "person", "idempotency_key"),
    Index("ix_submissions_same", "offering", "person", "exercise", "kind", "digest", "id"),
    CheckConstraint("kind IN ('try', 'submit', 'draft')", name="kind"),
    CheckConstraint("state IN ('waiting', 'judged', 'awaiting_review', 'cancelled', 'parked', 'kept')", name="state"),
    Index("ix_submissions_queue", "received_at", **where("state = 'waiting'")),
    Index("ix_submissions_waiting", "offering", "person", "exercise", "kind", **where("state = 'waiting'")),
    Index("ix_submissions_parked", "offering", "id", **where("state = 'parked'")),
    # by state, not kind: SQLite plans a statement anew at each run that binds a column of a partial index's condition
    Index("ix_submissions_drafts", "offering", "person", "exercise", "id", **where("state = 'kept'")),
)

#: The conditions of these indexes, written out and not bound: only so do they serve, and a statement is planned once.
IS_WAITING, IS_PARKED, IS_DRAFT = (
    submissions.c.state == literal_column(f"'{state}'") for state in ("waiting", "parked", "kept")
)

judgements = table(
    "judgements",
    key("id"),
    reference("submission", "submissions.id"),
    needed(Boolean, "current"),
    may_refer("superseded_by", "judgements.id"),
    needed(Word, "cause", server_default="check"),
    may_refer("who", "people.id"),  # a person who changed the score
    optional(Text, "why"),
    needed(String(3), "verdict"),
    needed(Float, "score", "max_score", "wall_ms"),
    needed(Integer, "hidden_not_run"),
    needed(Text, "stdout"),
    needed(Json, "notices"),
    optional(Json, "failure"),
    needed(Digest, "course_digest", "environment_digest", "seed"),
    needed(String(32), "level"),
    needed(Utc, "judged_at"),
    Index("uq_judgements_current", "submission", unique=True, **where("current = 1", "current")),
    Index("ix_judgements_superseded", "superseded_by", **where("superseded_by IS NOT NULL")),
)

check_results = keyed(
    "check_results",
    key_to("judgement", "judgements.id"),
    key("position", Integer),
    needed(Name, "check_id"),
    needed(Text, "label", "message", "stdout"),
    needed(Boolean, "hidden", "reveal"),
    needed(String(3), "verdict"),
    needed(Float, "weight"),
    optional(Text, "expected", "got"),
    optional(Json, "diff", "failure"),
)

score_parts = keyed(
    "score_parts",
    key_to("judgement", "judgements.id"),
    key("position", Integer),
    needed(Word, "source"),
    needed(Float, "points", "max_points"),
    optional(Text, "who"),
    optional(Text, "comment"),  # to the student
    optional(Json, "items"),  # of a person's: id, text, points and most points of each line of the rubric; null: none
    optional(Json, "accepted"),  # lines whose points are a model's draft, accepted as it was; null: none
    CheckConstraint("source IN ('checker', 'person')", name="source"),
)

given_marks = keyed(
    "given_marks",
    key_to("submission", "submissions.id"),
    key("giver"),  # a person, or the model that drafted them
    of_person(),  # the submission's
    needed(Name, "exercise"),
    needed(Boolean, "drafted"),
    needed(Float, "points"),
    needed(Json, "items"),
    needed(Text, "comment"),
    needed(Utc, "given_at"),
    optional(Json, "accepted"),  # as in score_parts
    Index("ix_given_marks_person", "offering", "person"),
)

progress = keyed(
    "progress",
    key_of_person("exercise"),
    optional(Utc, "tried_at", "submitted_at", "counting_at"),
    may_refer("submission", "submissions.id"),
    optional(Float, "score", "late_s", "counting_score", "counting_late_s"),
    needed(Float, "max_score", "hint_cost"),
    needed(Boolean, "awaiting_review", "solved"),
    may_refer("counting_submission", "submissions.id"),
    needed(Integer, "attempts", "hints"),
    optional(String(3), "verdict"),  # of `submission`, with the next one
    optional(Json, "failed"),  # ids of the checks that it did not pass; null: none
)

paces = keyed(
    "paces",
    key_of_person("exercise"),
    needed(Utc, "full_at"),  # when the allowance of `policy.rate` is whole again
)

hints_given = keyed(
    "hints_given", key_of_person("exercise"), key("rung", Integer), needed(Utc, "given_at"), needed(Float, "cost")
)

notebooks = table("notebooks", key_of_person("unit", "digest"), needed(Text, "body"), needed(Utc, "made_at"))

openings = keyed("openings", key_of_person("unit"), needed(Utc, "opened_at"))

outbox = table(
    "outbox",
    Column("seq", Integer, primary_key=True, autoincrement=True),  # the order of commits
    needed(String(600), "id"),
    needed(Name, "type", "key", "offering"),
    needed(Json, "payload"),
    needed(Utc, "created_at"),
    optional(Utc, "delivered_at"),
    needed(Integer, "tries", server_default="0"),
    needed(Boolean, "dead", server_default=text("false")),
    optional(Text, "problem"),
    optional(String(55), "traceparent"),
    Index(
        "ix_outbox_undelivered",
        "seq",
        **where("delivered_at IS NULL AND dead = 0", "delivered_at IS NULL AND NOT dead"),
    ),
    Index("ix_outbox_dead", "seq", **where("dead = 1", "dead")),
    sqlite_autoincrement=True,
)

sends = keyed(
    "sends",
    Column("seq", Integer, ForeignKey("outbox.seq"), primary_key=True),
    key("sink"),  # has this event, while another sink is behind
)

leases = keyed(
    "leases",
    key("name"),  # what one process at a time may do
    needed(Name, "holder"),
    needed(Utc, "until"),
)

erasures = table(
    "erasures",
    key_to("person", "people.id"),  # whose row of `people` names nobody any more
    reference("offering", "offerings.id"),
    needed(Utc, "erased_at"),
    needed(Text, "who"),  # the account that ran the command
    needed(Text, "why"),
)

lti_contexts = keyed(
    "lti_contexts",
    key_to("offering", "offerings.id"),
    key("context"),  # a course of a learning platform, as its launches name it
    needed(Text, "items_url"),  # the address of its columns; empty: it takes no scores
)

lti_users = keyed(
    "lti_users",
    key_of_person("context"),
    needed(Name, "user"),  # who they are on the platform
)

turns = table(
    "turns",
    key("id"),
    of_person(),
    needed(Name, "exercise"),
    needed(Utc, "asked_at"),
    needed(Text, "message"),
    needed(String(32), "intent"),
    optional(Json, "reply"),
    optional(Name, "llm"),
    needed(Integer, "tokens", "thumb"),
    needed(Float, "wall_ms"),
    needed(Boolean, "hidden"),
    optional(Json, "withheld"),  # null: all of it was shown
    Index("ix_turns_person", "offering", "person", "exercise", "id"),
    Index("ix_turns_asked_at", "offering", "asked_at"),
)

tickets = table(
    "tickets",
    key("id"),
    of_person(),
    needed(Name, "exercise"),
    needed(Utc, "asked_at"),
    needed(Text, "question"),
    needed(Json, "shared"),
    optional(Text, "answer", "answered_by"),
    optional(Utc, "answered_at"),
    Index("ix_tickets_person", "offering", "person", "exercise", "id"),
    Index("ix_tickets_class", "offering", "id"),
)

exercise_drafts = table(
    "exercise_drafts",
    key("id"),
    needed(Text, "account"),  # of the author
    needed(Json, "ordered", "attempts"),
    needed(Word, "state"),
    needed(Text, "worker", "why"),
    needed(Utc, "created_at"),
    Index("ix_exercise_drafts_account", "account", "id"),
)

overrides = keyed(
    "overrides",
    key_to("offering", "offerings.id"),
    key("person"),  # empty, as the next three: for all
    *map(key, ("section", "unit", "exercise")),
    needed(Json, "fields"),
    may_refer("set_by", "people.id"),
    needed(Utc, "set_at"),
    optional(Text, "why"),
)

override_changes = table(
    "override_changes",
    key("id"),
    reference("offering", "offerings.id"),
    needed(Name, "person", "section", "unit", "exercise"),
    optional(Json, "before"),
    optional(Json, "fields"),  # null: taken away
    may_refer("set_by", "people.id"),
    needed(Utc, "set_at"),
    optional(Text, "why"),
    Index("ix_override_changes_offering_id", "offering", "id"),
)

teams = table(
    "teams",
    key_to("id", "people.id"),  # as the owner of a submission
    reference("offering", "offerings.id"),
    needed(Name, "unit"),
    needed(Text, "name"),
    needed(Utc, "made_at"),
    UniqueConstraint("offering", "unit", "name"),
)

team_members = keyed(
    "team_members",
    key_to("team", "teams.id"),
    key_to("person", "people.id"),
    reference("offering", "offerings.id"),
    needed(Name, "unit"),
    needed(Utc, "since"),
    optional(Utc, "ended_at"),  # left: what was sent stays the team's
    Index("ix_team_members_person", "person"),
    # in one team of a unit at a time
    Index("uq_team_members_now", "offering", "person", "unit", unique=True, **where("ended_at IS NULL")),
)

team_moves = table(
    "team_moves",
    key("id"),
    of_person(),
    needed(Name, "unit"),
    may_refer("before", "teams.id"),  # null: in none
    may_refer("after", "teams.id"),
    may_refer("moved_by", "people.id"),
    needed(Utc, "moved_at"),
    optional(Text, "why"),
    Index("ix_team_moves_person", "person"),
)

unsubmitted = keyed(
    "unsubmitted",
    # has a draft that may be collected at the due time
    key_of_person("exercise"),
)

course_files = table(
    "course_files",
    key("digest", Digest),  # sha256 of the body: versions share what did not change
    needed(LargeBinary, "body"),
)

versions = table(
    "versions",
    key("digest", Digest),  # of the course
    needed(Name, "course"),
    needed(Text, "title"),
    needed(Json, "files"),  # path → digest of its body
    needed(Utc, "made_at"),
)

publications = keyed(
    "publications",
    key_to("offering", "offerings.id"),
    key("number", Integer),  # from 1; the last one holds
    Column("version", String(64), ForeignKey("versions.digest"), nullable=False),
    may_refer("published_by", "people.id"),
    needed(Utc, "published_at"),
    needed(Text, "note"),
    needed(Json, "changes"),  # what differs from the one before, in words
)

staff_acts = keyed(
    "staff_acts",
    key("id"),
    needed(Utc, "done_at"),
    may_refer("offering", "offerings.id"),  # null: of no class
    may_refer("who", "people.id"),
    optional(Text, "account"),  # of who did what is of no class; null: erased
    needed(String(32), "act"),
    needed(Json, "whom"),  # ids of people and teams, each with what they became
    needed(Json, "what"),
    Index("ix_staff_acts_class", "offering", "id"),
    Index("ix_staff_acts_account", "account", **where("account IS NOT NULL")),
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
