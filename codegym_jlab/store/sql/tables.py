"""The tables, as the newest migration leaves them (a test holds the two together).

Keyed by offering and pseudonymous person throughout. `people` is the one identity table: emptying `account` there is
erasing. A team is a row of `people` too, so that it can own a submission.
"""

from __future__ import annotations

from sqlalchemy import (
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
    text,
)

from .columns import Json, Text, Utc, id_column, key_of_person, key_part, reference, where
from .columns import metadata as metadata

offerings = Table(
    "offerings",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("course", String(255), nullable=False),
    Column("title", Text, nullable=False),
    Column("term", Text, nullable=False, server_default=""),
    Column("time_zone", String(64), nullable=False, server_default="UTC"),
    Column("contact", Text),
    Column("created_at", Utc, nullable=False),
    Column("begins", Utc),
    Column("ends", Utc),
)

people = Table(
    "people",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    Column("kind", String(16), nullable=False, server_default="person"),
    Column("account", Text),  # null: erased, or a team
    Column("created_at", Utc, nullable=False),
    Column("erased_at", Utc),
    UniqueConstraint("offering", "account"),
    CheckConstraint("kind IN ('person', 'team')", name="kind"),
    Index("ix_people_account", "account"),
)

enrolments = Table(
    "enrolments",
    metadata,
    *key_of_person("role"),
    Column("section", Text),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc),  # left, or holds another role now: what they did stays
    CheckConstraint("role IN ('student', 'grader', 'instructor')", name="role"),
    sqlite_with_rowid=False,
)

submissions = Table(
    "submissions",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    reference("person", "people.id"),  # the owner: a person or a team
    reference("submitter", "people.id"),
    Column("course", String(255), nullable=False),
    Column("exercise", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("cells", Json, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("idempotency_key", String(255), nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("claimed_at", Utc),
    # what follows is bookkeeping; what stands above never changes
    Column("state", String(16), nullable=False),
    Column("attempt", Integer),
    Column("same_as", String(255), ForeignKey("submissions.id")),
    Column("faults", Integer, nullable=False, server_default="0"),
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
    CheckConstraint(
        "state IN ('waiting', 'judged', 'awaiting_review', 'cancelled', 'parked', 'kept')",
        name="state",
    ),
)
Index("ix_submissions_queue", submissions.c.received_at, **where("state = 'waiting'"))
Index(
    "ix_submissions_waiting",
    submissions.c.offering,
    submissions.c.person,
    submissions.c.exercise,
    submissions.c.kind,
    **where("state = 'waiting'"),
)
Index(
    "ix_submissions_parked",
    submissions.c.offering,
    submissions.c.id,
    **where("state = 'parked'"),
)
# by state, not kind: SQLite plans a statement anew at every run that binds a column of some partial index's condition
Index(
    "ix_submissions_drafts",
    submissions.c.offering,
    submissions.c.person,
    submissions.c.exercise,
    submissions.c.id,
    **where("state = 'kept'"),
)

judgements = Table(
    "judgements",
    metadata,
    id_column(),
    reference("submission", "submissions.id"),
    Column("current", Boolean(create_constraint=False), nullable=False),
    Column("superseded_by", String(255), ForeignKey("judgements.id")),
    Column("cause", String(16), nullable=False, server_default="check"),
    Column("who", String(255), ForeignKey("people.id")),  # a person who changed the score
    Column("why", Text),
    Column("verdict", String(3), nullable=False),
    Column("score", Float, nullable=False),
    Column("max_score", Float, nullable=False),
    Column("hidden_not_run", Integer, nullable=False),
    Column("stdout", Text, nullable=False),
    Column("notices", Json, nullable=False),
    Column("failure", Json),
    Column("course_digest", String(64), nullable=False),
    Column("environment_digest", String(64), nullable=False),
    Column("seed", String(64), nullable=False),
    Column("level", String(32), nullable=False),
    Column("wall_ms", Float, nullable=False),
    Column("judged_at", Utc, nullable=False),
)
Index("uq_judgements_current", judgements.c.submission, unique=True, **where("current = 1", "current"))

Index(
    "ix_judgements_superseded",
    judgements.c.superseded_by,
    **where("superseded_by IS NOT NULL"),
)

check_results = Table(
    "check_results",
    metadata,
    key_part("judgement", "judgements.id"),
    Column("position", Integer, primary_key=True, nullable=False),
    Column("check_id", String(255), nullable=False),
    Column("label", Text, nullable=False),
    Column("hidden", Boolean(create_constraint=False), nullable=False),
    Column("verdict", String(3), nullable=False),
    Column("weight", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("reveal", Boolean(create_constraint=False), nullable=False),
    Column("expected", Text),
    Column("got", Text),
    Column("diff", Json),
    Column("stdout", Text, nullable=False),
    Column("failure", Json),
    sqlite_with_rowid=False,
)

score_parts = Table(
    "score_parts",
    metadata,
    key_part("judgement", "judgements.id"),
    Column("position", Integer, primary_key=True, nullable=False),
    Column("source", String(16), nullable=False),
    Column("points", Float, nullable=False),
    Column("max_points", Float, nullable=False),
    Column("who", Text),
    Column("comment", Text),  # to the student
    Column("items", Json),  # of a person's: id, text, points and most points of each line of the rubric; null: none
    CheckConstraint("source IN ('checker', 'person')", name="source"),
    sqlite_with_rowid=False,
)

progress = Table(
    "progress",
    metadata,
    *key_of_person("exercise"),
    Column("tried_at", Utc),
    Column("submitted_at", Utc),
    Column("submission", String(255), ForeignKey("submissions.id")),
    Column("score", Float),
    Column("max_score", Float, nullable=False),
    Column("late_s", Float),
    Column("awaiting_review", Boolean(create_constraint=False), nullable=False),
    Column("counting_submission", String(255), ForeignKey("submissions.id")),
    Column("counting_at", Utc),
    Column("counting_score", Float),
    Column("counting_late_s", Float),
    Column("solved", Boolean(create_constraint=False), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("hints", Integer, nullable=False),
    Column("hint_cost", Float, nullable=False),
    Column("verdict", String(3)),  # of `submission`, with the next one
    Column("failed", Json),  # ids of the checks that it did not pass; null: none
    sqlite_with_rowid=False,
)

paces = Table(
    "paces",
    metadata,
    *key_of_person("exercise"),
    Column("full_at", Utc, nullable=False),  # when the allowance of `policy.rate` is whole again
    sqlite_with_rowid=False,
)

hints_given = Table(
    "hints_given",
    metadata,
    *key_of_person("exercise"),
    Column("rung", Integer, primary_key=True, nullable=False),
    Column("given_at", Utc, nullable=False),
    Column("cost", Float, nullable=False),
    sqlite_with_rowid=False,
)

notebooks = Table(
    "notebooks",
    metadata,
    *key_of_person("unit", "digest"),
    Column("body", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
)

openings = Table(
    "openings",
    metadata,
    *key_of_person("unit"),
    Column("opened_at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # the order of commits
    Column("id", String(600), nullable=False),
    Column("type", String(255), nullable=False),
    Column("key", String(255), nullable=False),
    Column("offering", String(255), nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("delivered_at", Utc),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("dead", Boolean(create_constraint=False), nullable=False, server_default=text("false")),
    Column("problem", Text),
    Column("traceparent", String(55)),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_undelivered",
    outbox.c.seq,
    **where("delivered_at IS NULL AND dead = 0", "delivered_at IS NULL AND NOT dead"),
)
Index("ix_outbox_dead", outbox.c.seq, **where("dead = 1", "dead"))

sends = Table(
    "sends",
    metadata,
    Column("seq", Integer, ForeignKey("outbox.seq"), primary_key=True, nullable=False),
    key_part("sink"),  # has this event, while another sink is behind
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    key_part("name"),  # what one process at a time may do
    Column("holder", String(255), nullable=False),
    Column("until", Utc, nullable=False),
    sqlite_with_rowid=False,
)

erasures = Table(
    "erasures",
    metadata,
    key_part("person", "people.id"),  # whose row of `people` names nobody any more
    reference("offering", "offerings.id"),
    Column("erased_at", Utc, nullable=False),
    Column("who", Text, nullable=False),  # the account that ran the command
    Column("why", Text, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    reference("person", "people.id"),
    Column("exercise", String(255), nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("message", Text, nullable=False),
    Column("intent", String(32), nullable=False),
    Column("reply", Json),
    Column("llm", String(255)),
    Column("tokens", Integer, nullable=False),
    Column("wall_ms", Float, nullable=False),
    Column("thumb", Integer, nullable=False),
    Column("hidden", Boolean(create_constraint=False), nullable=False),
    Column("withheld", Json),  # null: all of it was shown
    Index("ix_turns_person", "offering", "person", "exercise", "id"),
    Index("ix_turns_asked_at", "offering", "asked_at"),
)

tickets = Table(
    "tickets",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    reference("person", "people.id"),
    Column("exercise", String(255), nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("question", Text, nullable=False),
    Column("shared", Json, nullable=False),
    Column("answer", Text),
    Column("answered_at", Utc),
    Column("answered_by", Text),
    Index("ix_tickets_person", "offering", "person", "exercise", "id"),
    Index("ix_tickets_class", "offering", "id"),
)

overrides = Table(
    "overrides",
    metadata,
    key_part("offering", "offerings.id"),
    key_part("person"),  # empty, as the next three: for all
    key_part("section"),
    key_part("unit"),
    key_part("exercise"),
    Column("fields", Json, nullable=False),
    Column("set_by", String(255), ForeignKey("people.id")),
    Column("set_at", Utc, nullable=False),
    Column("why", Text),
    sqlite_with_rowid=False,
)

override_changes = Table(
    "override_changes",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    Column("person", String(255), nullable=False),
    Column("section", String(255), nullable=False),
    Column("unit", String(255), nullable=False),
    Column("exercise", String(255), nullable=False),
    Column("before", Json),
    Column("fields", Json),  # null: taken away
    Column("set_by", String(255), ForeignKey("people.id")),
    Column("set_at", Utc, nullable=False),
    Column("why", Text),
    Index("ix_override_changes_offering_id", "offering", "id"),
)

teams = Table(
    "teams",
    metadata,
    Column("id", String(255), ForeignKey("people.id"), primary_key=True),  # as the owner of a submission
    reference("offering", "offerings.id"),
    Column("unit", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    UniqueConstraint("offering", "unit", "name"),
)

team_members = Table(
    "team_members",
    metadata,
    key_part("team", "teams.id"),
    key_part("person", "people.id"),
    reference("offering", "offerings.id"),
    Column("unit", String(255), nullable=False),
    Column("since", Utc, nullable=False),
    Column("ended_at", Utc),  # left: what was sent stays the team's
    Index("ix_team_members_person", "person"),
    sqlite_with_rowid=False,
)
Index(
    "uq_team_members_now",  # in one team of a unit at a time
    team_members.c.offering,
    team_members.c.person,
    team_members.c.unit,
    unique=True,
    **where("ended_at IS NULL"),
)

team_moves = Table(
    "team_moves",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    reference("person", "people.id"),
    Column("unit", String(255), nullable=False),
    Column("before", String(255), ForeignKey("teams.id")),  # null: in none
    Column("after", String(255), ForeignKey("teams.id")),
    Column("moved_by", String(255), ForeignKey("people.id")),
    Column("moved_at", Utc, nullable=False),
    Column("why", Text),
    Index("ix_team_moves_person", "person"),
)

unsubmitted = Table(
    "unsubmitted",
    metadata,
    # has a draft that may be collected at the due time
    *key_of_person("exercise"),
    sqlite_with_rowid=False,
)

course_files = Table(
    "course_files",
    metadata,
    Column("digest", String(64), primary_key=True),  # sha256 of the body: versions share what did not change
    Column("body", LargeBinary, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the course
    Column("course", String(255), nullable=False),
    Column("title", Text, nullable=False),
    Column("files", Json, nullable=False),  # path → digest of its body
    Column("made_at", Utc, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    key_part("offering", "offerings.id"),
    Column("number", Integer, primary_key=True, nullable=False),  # from 1; the last one holds
    Column("version", String(64), ForeignKey("versions.digest"), nullable=False),
    Column("published_by", String(255), ForeignKey("people.id")),
    Column("published_at", Utc, nullable=False),
    Column("note", Text, nullable=False),
    Column("changes", Json, nullable=False),  # what differs from the one before, in words
    sqlite_with_rowid=False,
)
