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

from .rows import Json, Text, Utc, id_column, key_of_person, key_part, needed, reference, where
from .rows import metadata as metadata

offerings = Table(
    "offerings",
    metadata,
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

people = Table(
    "people",
    metadata,
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

enrolments = Table(
    "enrolments",
    metadata,
    *key_of_person("role"),
    Column("section", Text),
    needed("created_at", Utc),
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
    Column("same_as", String(255), ForeignKey("submissions.id")),
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
    needed("current", Boolean),
    Column("superseded_by", String(255), ForeignKey("judgements.id")),
    needed("cause", String(16), server_default="check"),
    Column("who", String(255), ForeignKey("people.id")),  # a person who changed the score
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

score_parts = Table(
    "score_parts",
    metadata,
    key_part("judgement", "judgements.id"),
    Column("position", Integer, primary_key=True, nullable=False),
    needed("source", String(16)),
    needed("points", Float),
    needed("max_points", Float),
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
    needed("max_score", Float),
    Column("late_s", Float),
    needed("awaiting_review", Boolean),
    Column("counting_submission", String(255), ForeignKey("submissions.id")),
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

paces = Table(
    "paces",
    metadata,
    *key_of_person("exercise"),
    needed("full_at", Utc),  # when the allowance of `policy.rate` is whole again
    sqlite_with_rowid=False,
)

hints_given = Table(
    "hints_given",
    metadata,
    *key_of_person("exercise"),
    Column("rung", Integer, primary_key=True, nullable=False),
    needed("given_at", Utc),
    needed("cost", Float),
    sqlite_with_rowid=False,
)

notebooks = Table(
    "notebooks",
    metadata,
    *key_of_person("unit", "digest"),
    needed("body", Text),
    needed("made_at", Utc),
)

openings = Table(
    "openings",
    metadata,
    *key_of_person("unit"),
    needed("opened_at", Utc),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
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
    needed("holder"),
    needed("until", Utc),
    sqlite_with_rowid=False,
)

erasures = Table(
    "erasures",
    metadata,
    key_part("person", "people.id"),  # whose row of `people` names nobody any more
    reference("offering", "offerings.id"),
    needed("erased_at", Utc),
    needed("who", Text),  # the account that ran the command
    needed("why", Text),
)

turns = Table(
    "turns",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    reference("person", "people.id"),
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

tickets = Table(
    "tickets",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    reference("person", "people.id"),
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

exercise_drafts = Table(
    "exercise_drafts",
    metadata,
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

overrides = Table(
    "overrides",
    metadata,
    key_part("offering", "offerings.id"),
    key_part("person"),  # empty, as the next three: for all
    key_part("section"),
    key_part("unit"),
    key_part("exercise"),
    needed("fields", Json),
    Column("set_by", String(255), ForeignKey("people.id")),
    needed("set_at", Utc),
    Column("why", Text),
    sqlite_with_rowid=False,
)

override_changes = Table(
    "override_changes",
    metadata,
    id_column(),
    reference("offering", "offerings.id"),
    needed("person"),
    needed("section"),
    needed("unit"),
    needed("exercise"),
    Column("before", Json),
    Column("fields", Json),  # null: taken away
    Column("set_by", String(255), ForeignKey("people.id")),
    needed("set_at", Utc),
    Column("why", Text),
    Index("ix_override_changes_offering_id", "offering", "id"),
)

teams = Table(
    "teams",
    metadata,
    Column("id", String(255), ForeignKey("people.id"), primary_key=True),  # as the owner of a submission
    reference("offering", "offerings.id"),
    needed("unit"),
    needed("name", Text),
    needed("made_at", Utc),
    UniqueConstraint("offering", "unit", "name"),
)

team_members = Table(
    "team_members",
    metadata,
    key_part("team", "teams.id"),
    key_part("person", "people.id"),
    reference("offering", "offerings.id"),
    needed("unit"),
    needed("since", Utc),
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
    needed("unit"),
    Column("before", String(255), ForeignKey("teams.id")),  # null: in none
    Column("after", String(255), ForeignKey("teams.id")),
    Column("moved_by", String(255), ForeignKey("people.id")),
    needed("moved_at", Utc),
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
    needed("body", LargeBinary),
)

versions = Table(
    "versions",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the course
    needed("course"),
    needed("title", Text),
    needed("files", Json),  # path → digest of its body
    needed("made_at", Utc),
)

publications = Table(
    "publications",
    metadata,
    key_part("offering", "offerings.id"),
    Column("number", Integer, primary_key=True, nullable=False),  # from 1; the last one holds
    Column("version", String(64), ForeignKey("versions.digest"), nullable=False),
    Column("published_by", String(255), ForeignKey("people.id")),
    needed("published_at", Utc),
    needed("note", Text),
    needed("changes", Json),  # what differs from the one before, in words
    sqlite_with_rowid=False,
)
