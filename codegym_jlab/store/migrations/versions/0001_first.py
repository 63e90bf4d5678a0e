"""The first tables."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Json, Utc, id_column, key_of_person, key_part, needed, reference, where

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "offerings",
        id_column(),
        needed("course"),
        needed("title", sa.Text),
        needed("term", sa.Text, server_default=""),
        needed("time_zone", sa.String(64), server_default="UTC"),
        sa.Column("contact", sa.Text),
        needed("created_at", Utc),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        needed("id", sa.String(600)),
        needed("type"),
        needed("key"),
        needed("offering"),
        needed("payload", Json),
        needed("created_at", Utc),
        sa.Column("delivered_at", Utc),
        needed("tries", sa.Integer, server_default="0"),
        needed("dead", sa.Boolean, server_default=sa.text("false")),
        sa.Column("problem", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["seq"],
        **where("delivered_at IS NULL AND dead = 0", "delivered_at IS NULL AND NOT dead"),
    )
    op.create_table(
        "people",
        id_column(),
        reference("offering", "offerings.id"),
        needed("kind", sa.String(16), server_default="person"),
        sa.Column("account", sa.Text),
        needed("created_at", Utc),
        sa.Column("erased_at", Utc),
        sa.CheckConstraint("kind IN ('person', 'team')", name="kind"),
        sa.UniqueConstraint("offering", "account"),
    )
    op.create_table(
        "enrolments",
        *key_of_person("role"),
        sa.Column("section", sa.Text),
        needed("created_at", Utc),
        sa.CheckConstraint("role IN ('student', 'grader', 'instructor')", name="role"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hints_given",
        *key_of_person("exercise"),
        sa.Column("rung", sa.Integer, primary_key=True, nullable=False),
        needed("given_at", Utc),
        needed("cost", sa.Float),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notebooks",
        *key_of_person("unit", "digest"),
        needed("body", sa.Text),
        needed("made_at", Utc),
    )
    op.create_table(
        "openings",
        *key_of_person("unit"),
        needed("opened_at", Utc),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "overrides",
        key_part("offering", "offerings.id"),
        key_part("person"),
        key_part("unit"),
        key_part("exercise"),
        needed("fields", Json),
        reference("set_by", "people.id", nullable=True),
        needed("set_at", Utc),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "submissions",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        reference("submitter", "people.id"),
        needed("course"),
        needed("exercise"),
        needed("kind", sa.String(16)),
        needed("source", sa.Text),
        needed("cells", Json),
        needed("digest", sa.String(64)),
        needed("idempotency_key"),
        needed("received_at", Utc),
        sa.Column("claimed_at", Utc),
        needed("state", sa.String(16)),
        sa.Column("attempt", sa.Integer),
        reference("same_as", "submissions.id", nullable=True),
        needed("faults", sa.Integer, server_default="0"),
        sa.Column("worker", sa.String(255)),
        sa.Column("leased_until", Utc),
        sa.Column("not_before", Utc),
        sa.CheckConstraint("kind IN ('try', 'submit', 'draft')", name="kind"),
        sa.CheckConstraint(
            "state IN ('waiting', 'judged', 'awaiting_review', 'cancelled', 'parked', 'kept')", name="state"
        ),
        sa.UniqueConstraint("offering", "person", "idempotency_key"),
    )
    op.create_index(
        "ix_submissions_drafts", "submissions", ["offering", "person", "exercise", "id"], **where("state = 'kept'")
    )
    op.create_index("ix_submissions_queue", "submissions", ["received_at"], **where("state = 'waiting'"))
    op.create_index("ix_submissions_same", "submissions", ["offering", "person", "exercise", "kind", "digest", "id"])
    op.create_index(
        "ix_submissions_waiting",
        "submissions",
        ["offering", "person", "exercise", "kind"],
        **where("state = 'waiting'"),
    )
    op.create_table(
        "judgements",
        id_column(),
        reference("submission", "submissions.id"),
        needed("current", sa.Boolean),
        reference("superseded_by", "judgements.id", nullable=True),
        needed("cause", sa.String(16), server_default="check"),
        reference("who", "people.id", nullable=True),
        sa.Column("why", sa.Text),
        needed("verdict", sa.String(3)),
        needed("score", sa.Float),
        needed("max_score", sa.Float),
        needed("hidden_not_run", sa.Integer),
        needed("stdout", sa.Text),
        needed("notices", Json),
        sa.Column("failure", Json),
        needed("course_digest", sa.String(64)),
        needed("environment_digest", sa.String(64)),
        needed("seed", sa.String(64)),
        needed("level", sa.String(32)),
        needed("wall_ms", sa.Float),
        needed("judged_at", Utc),
    )
    op.create_index("ix_judgements_superseded", "judgements", ["superseded_by"], **where("superseded_by IS NOT NULL"))
    op.create_index(
        "uq_judgements_current", "judgements", ["submission"], unique=True, **where("current = 1", "current")
    )
    op.create_table(
        "progress",
        *key_of_person("exercise"),
        sa.Column("tried_at", Utc),
        sa.Column("submitted_at", Utc),
        reference("submission", "submissions.id", nullable=True),
        sa.Column("score", sa.Float),
        needed("max_score", sa.Float),
        sa.Column("late_s", sa.Float),
        needed("awaiting_review", sa.Boolean),
        reference("counting_submission", "submissions.id", nullable=True),
        sa.Column("counting_at", Utc),
        sa.Column("counting_score", sa.Float),
        sa.Column("counting_late_s", sa.Float),
        needed("solved", sa.Boolean),
        needed("attempts", sa.Integer),
        needed("hints", sa.Integer),
        needed("hint_cost", sa.Float),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "check_results",
        key_part("judgement", "judgements.id"),
        sa.Column("position", sa.Integer, primary_key=True, nullable=False),
        needed("check_id"),
        needed("label", sa.Text),
        needed("hidden", sa.Boolean),
        needed("verdict", sa.String(3)),
        needed("weight", sa.Float),
        needed("message", sa.Text),
        needed("reveal", sa.Boolean),
        sa.Column("expected", sa.Text),
        sa.Column("got", sa.Text),
        sa.Column("diff", Json),
        needed("stdout", sa.Text),
        sa.Column("failure", Json),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "score_parts",
        key_part("judgement", "judgements.id"),
        sa.Column("position", sa.Integer, primary_key=True, nullable=False),
        needed("source", sa.String(16)),
        needed("points", sa.Float),
        needed("max_points", sa.Float),
        sa.Column("who", sa.Text),
        sa.Column("comment", sa.Text),
        sa.CheckConstraint("source IN ('checker', 'person')", name="source"),
        sqlite_with_rowid=False,
    )
