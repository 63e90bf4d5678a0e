"""The tables, as the newest migration leaves them (a test holds the two together).

Keyed by offering and pseudonymous person throughout. `people` is the one identity table: emptying `account` there is
erasing. A team is a row of `people` too, so that it can own a submission.
"""

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
    String,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.schema import SchemaItem

from .rows import Json, Text, Utc, id_column, key_of_person, key_part, needed, of_person, reference, where
from .rows import metadata as metadata


def table(name: str, *parts: SchemaItem, **options: Any) -> Table:
    """One of the records' tables."""
    return Table(name, metadata, *parts, **options)


offerings = table(
    "offerings",
    id_column(),
    needed("course"),
    needed("title", Text),
    needed("term", Text, server_default=""),
    needed("time_zone", String(64), server_default="UTC"),
    Column("contact", Text),
    needed("created_at", Utc),
    Column("begins", Utc),
    Column("ends", Utc),
)

people = table(
    "people",
    id_column(),
    reference("offering", "offerings.id"),
    needed("kind", String(16), server_default="person"),
    Column("account", Text),  # null: erased, or a team
    needed("created_at", Utc),
    Column("erased_at", Utc),
    UniqueConstraint("offering", "account"),
    CheckConstraint("kind IN ('person', 'team')", name="kind"),
    Index("ix_people_account", "account"),
)

enrolments = table(
    "enrolments",
    *key_of_person("role"),
    Column("section", Text),
    needed("created_at", Utc),
    Column("ended_at", Utc),  # left, or holds another role now: what they did stays
    CheckConstraint("role IN ('student', 'grader', 'instructor')", name="role"),
    sqlite_with_rowid=False,
)

submissions = table(
    "submissions",
    id_column(),
    *of_person(),  # the owner: a person or a team
    reference("submitter", "people.id"),
    needed("course"),
    needed("exercise"),
    needed("kind", String(16)),
    needed("source", Text),
    needed("cells", Json),
    needed("digest", String(64)),
    needed("idempotency_key"),
    needed("received_at", Utc),
    Column("claimed_at", Utc),
    # what follows is bookkeeping; what stands above never changes
    needed("state", String(16)),
    Column("attempt", Integer),
    reference("same_as", "submissions.id", nullable=True),
    needed("faults", Integer, server_default="0"),
    Column("worker", String(255)),
    Column("leased_until", Utc),
    Column("not_before", Utc),
    Column("version", String(64)),  # the published one in force when it was received; null: that of the folder
    Column("collected_from", String(255)),  # the draft that was handed in for its person at the due time
    Column("traceparent", String(55)),
    Column("reason", Text),  # of staff who handed it in for its owner
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

judgements = table(
    "judgements",
    id_column(),
    reference("submission", "submissions.id"),
    needed("current", Boolean),
    reference("superseded_by", "judgements.id", nullable=True),
    needed("cause", String(16), server_default="check"),
    reference("who", "people.id", nullable=True),  # a person who changed the score
    Column("why", Text),
    needed("verdict", String(3)),
    needed("score", Float),
    needed("max_score", Float),
    needed("hidden_not_run", Integer),
    needed("stdout", Text),
    needed("notices", Json),
    Column("failure", Json),
    needed("course_digest", String(64)),
    needed("environment_digest", String(64)),
    needed("seed", String(64)),
    needed("level", String(32)),
    needed("wall_ms", Float),
    needed("judged_at", Utc),
    Index("uq_judgements_current", "submission", unique=True, **where("current = 1", "current")),
    Index("ix_judgements_superseded", "superseded_by", **where("superseded_by IS NOT NULL")),
)

check_results = table(
    "check_results",
    key_part("judgement", "judgements.id"),
    key_part("position", kind=Integer),
    needed("check_id"),
    needed("label", Text),
    needed("hidden", Boolean),
    needed("verdict", String(3)),
    needed("weight", Float),
    needed("message", Text),
    needed("reveal", Boolean),
    Column("expected", Text),
    Column("got", Text),
    Column("diff", Json),
    needed("stdout", Text),
    Column("failure", Json),
    sqlite_with_rowid=False,
)

score_parts = table(
    "score_parts",
    key_part("judgement", "judgements.id"),
    key_part("position", kind=Integer),
    needed("source", String(16)),
    needed("points", Float),
    needed("max_points", Float),
    Column("who", Text),
    Column("comment", Text),  # to the student
    Column("items", Json),  # of a person's: id, text, points and most points of each line of the rubric; null: none
    Column("accepted", Json),  # lines whose points are a model's draft, accepted as it was; null: none
    CheckConstraint("source IN ('checker', 'person')", name="source"),
    sqlite_with_rowid=False,
)

given_marks = table(
    "given_marks",
    key_part("submission", "submissions.id"),
    key_part("giver"),  # a person, or the model that drafted them
    *of_person(),  # the submission's
    needed("exercise"),
    needed("drafted", Boolean),
    needed("points", Float),
    needed("items", Json),
    needed("comment", Text),
    needed("given_at", Utc),
    Column("accepted", Json),  # as in score_parts
    Index("ix_given_marks_person", "offering", "person"),
    sqlite_with_rowid=False,
)

progress = table(
    "progress",
    *key_of_person("exercise"),
    Column("tried_at", Utc),
    Column("submitted_at", Utc),
    reference("submission", "submissions.id", nullable=True),
    Column("score", Float),
    needed("max_score", Float),
    Column("late_s", Float),
    needed("awaiting_review", Boolean),
    reference("counting_submission", "submissions.id", nullable=True),
    Column("counting_at", Utc),
    Column("counting_score", Float),
    Column("counting_late_s", Float),
    needed("solved", Boolean),
    needed("attempts", Integer),
    needed("hints", Integer),
    needed("hint_cost", Float),
    Column("verdict", String(3)),  # of `submission`, with the next one
    Column("failed", Json),  # ids of the checks that it did not pass; null: none
    sqlite_with_rowid=False,
)

paces = table(
    "paces",
    *key_of_person("exercise"),
    needed("full_at", Utc),  # when the allowance of `policy.rate` is whole again
    sqlite_with_rowid=False,
)

hints_given = table(
    "hints_given",
    *key_of_person("exercise"),
    key_part("rung", kind=Integer),
    needed("given_at", Utc),
    needed("cost", Float),
    sqlite_with_rowid=False,
)

notebooks = table("notebooks", *key_of_person("unit", "digest"), needed("body", Text), needed("made_at", Utc))

openings = table("openings", *key_of_person("unit"), needed("opened_at", Utc), sqlite_with_rowid=False)

outbox = table(
    "outbox",
    Column("seq", Integer, primary_key=True, autoincrement=True),  # the order of commits
    needed("id", String(600)),
    needed("type"),
    needed("key"),
    needed("offering"),
    needed("payload", Json),
    needed("created_at", Utc),
    Column("delivered_at", Utc),
    needed("tries", Integer, server_default="0"),
    needed("dead", Boolean, server_default=text("false")),
    Column("problem", Text),
    Column("traceparent", String(55)),
    Index(
        "ix_outbox_undelivered",
        "seq",
        **where("delivered_at IS NULL AND dead = 0", "delivered_at IS NULL AND NOT dead"),
    ),
    Index("ix_outbox_dead", "seq", **where("dead = 1", "dead")),
    sqlite_autoincrement=True,
)

sends = table(
    "sends",
    key_part("seq", "outbox.seq", Integer),
    key_part("sink"),  # has this event, while another sink is behind
    sqlite_with_rowid=False,
)

leases = table(
    "leases",
    key_part("name"),  # what one process at a time may do
    needed("holder"),
    needed("until", Utc),
    sqlite_with_rowid=False,
)

erasures = table(
    "erasures",
    key_part("person", "people.id"),  # whose row of `people` names nobody any more
    reference("offering", "offerings.id"),
    needed("erased_at", Utc),
    needed("who", Text),  # the account that ran the command
    needed("why", Text),
)

lti_contexts = table(
    "lti_contexts",
    key_part("offering", "offerings.id"),
    key_part("context"),  # a course of a learning platform, as its launches name it
    needed("items_url", Text),  # the address of its columns; empty: it takes no scores
    sqlite_with_rowid=False,
)

lti_users = table(
    "lti_users",
    *key_of_person("context"),
    needed("user"),  # who they are on the platform
    sqlite_with_rowid=False,
)

turns = table(
    "turns",
    id_column(),
    *of_person(),
    needed("exercise"),
    needed("asked_at", Utc),
    needed("message", Text),
    needed("intent", String(32)),
    Column("reply", Json),
    Column("llm", String(255)),
    needed("tokens", Integer),
    needed("wall_ms", Float),
    needed("thumb", Integer),
    needed("hidden", Boolean),
    Column("withheld", Json),  # null: all of it was shown
    Index("ix_turns_person", "offering", "person", "exercise", "id"),
    Index("ix_turns_asked_at", "offering", "asked_at"),
)

tickets = table(
    "tickets",
    id_column(),
    *of_person(),
    needed("exercise"),
    needed("asked_at", Utc),
    needed("question", Text),
    needed("shared", Json),
    Column("answer", Text),
    Column("answered_at", Utc),
    Column("answered_by", Text),
    Index("ix_tickets_person", "offering", "person", "exercise", "id"),
    Index("ix_tickets_class", "offering", "id"),
)

exercise_drafts = table(
    "exercise_drafts",
    id_column(),
    needed("account", Text),  # of the author
    needed("ordered", Json),
    needed("attempts", Json),
    needed("state", String(16)),
    needed("worker", Text),
    needed("why", Text),
    needed("created_at", Utc),
    Index("ix_exercise_drafts_account", "account", "id"),
)

overrides = table(
    "overrides",
    key_part("offering", "offerings.id"),
    key_part("person"),  # empty, as the next three: for all
    key_part("section"),
    key_part("unit"),
    key_part("exercise"),
    needed("fields", Json),
    reference("set_by", "people.id", nullable=True),
    needed("set_at", Utc),
    Column("why", Text),
    sqlite_with_rowid=False,
)

override_changes = table(
    "override_changes",
    id_column(),
    reference("offering", "offerings.id"),
    needed("person"),
    needed("section"),
    needed("unit"),
    needed("exercise"),
    Column("before", Json),
    Column("fields", Json),  # null: taken away
    reference("set_by", "people.id", nullable=True),
    needed("set_at", Utc),
    Column("why", Text),
    Index("ix_override_changes_offering_id", "offering", "id"),
)

teams = table(
    "teams",
    Column("id", String(255), ForeignKey("people.id"), primary_key=True),  # as the owner of a submission
    reference("offering", "offerings.id"),
    needed("unit"),
    needed("name", Text),
    needed("made_at", Utc),
    UniqueConstraint("offering", "unit", "name"),
)

team_members = table(
    "team_members",
    key_part("team", "teams.id"),
    key_part("person", "people.id"),
    reference("offering", "offerings.id"),
    needed("unit"),
    needed("since", Utc),
    Column("ended_at", Utc),  # left: what was sent stays the team's
    Index("ix_team_members_person", "person"),
    # in one team of a unit at a time
    Index("uq_team_members_now", "offering", "person", "unit", unique=True, **where("ended_at IS NULL")),
    sqlite_with_rowid=False,
)

team_moves = table(
    "team_moves",
    id_column(),
    *of_person(),
    needed("unit"),
    reference("before", "teams.id", nullable=True),  # null: in none
    reference("after", "teams.id", nullable=True),
    reference("moved_by", "people.id", nullable=True),
    needed("moved_at", Utc),
    Column("why", Text),
    Index("ix_team_moves_person", "person"),
)

unsubmitted = table(
    "unsubmitted",
    # has a draft that may be collected at the due time
    *key_of_person("exercise"),
    sqlite_with_rowid=False,
)

course_files = table(
    "course_files",
    Column("digest", String(64), primary_key=True),  # sha256 of the body: versions share what did not change
    needed("body", LargeBinary),
)

versions = table(
    "versions",
    Column("digest", String(64), primary_key=True),  # of the course
    needed("course"),
    needed("title", Text),
    needed("files", Json),  # path → digest of its body
    needed("made_at", Utc),
)

publications = table(
    "publications",
    key_part("offering", "offerings.id"),
    key_part("number", kind=Integer),  # from 1; the last one holds
    Column("version", String(64), ForeignKey("versions.digest"), nullable=False),
    reference("published_by", "people.id", nullable=True),
    needed("published_at", Utc),
    needed("note", Text),
    needed("changes", Json),  # what differs from the one before, in words
    sqlite_with_rowid=False,
)

staff_acts = table(
    "staff_acts",
    id_column(),
    needed("done_at", Utc),
    reference("offering", "offerings.id", nullable=True),  # null: of no class
    reference("who", "people.id", nullable=True),
    Column("account", Text),  # of who did what is of no class; null: erased
    needed("act", String(32)),
    needed("whom", Json),  # ids of people and teams, each with what they became
    needed("what", Json),
    Index("ix_staff_acts_class", "offering", "id"),
    Index("ix_staff_acts_account", "account", **where("account IS NOT NULL")),
    sqlite_with_rowid=False,
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
