"""The first tables."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.columns import Json, Utc, id_column, key_of_person, key_part, reference, where

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "offerings",
        id_column(),
        sa.Column("course", sa.String(255), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("term", sa.Text, nullable=False, server_default=""),
        sa.Column("time_zone", sa.String(64), nullable=False, server_default="UTC"),
        sa.Column("contact", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(600), nullable=False),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("offering", sa.String(255), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("delivered_at", Utc),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("dead", sa.Boolean, nullable=False, server_default=sa.text("false")),
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
        sa.Column("kind", sa.String(16), nullable=False, server_default="person"),
        sa.Column("account", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("erased_at", Utc),
        sa.CheckConstraint("kind IN ('person', 'team')", name="kind"),
        sa.UniqueConstraint("offering", "account"),
    )
    op.create_table(
        "enrolments",
        *key_of_person("role"),
        sa.Column("section", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
        sa.CheckConstraint("role IN ('student', 'grader', 'instructor')", name="role"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hints_given",
        *key_of_person("exercise"),
        sa.Column("rung", sa.Integer, primary_key=True, nullable=False),
        sa.Column("given_at", Utc, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notebooks",
        *key_of_person("unit", "digest"),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("made_at", Utc, nullable=False),
    )
    op.create_table(
        "openings",
        *key_of_person("unit"),
        sa.Column("opened_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "overrides",
        key_part("offering", "offerings.id"),
        key_part("person"),
        key_part("unit"),
        key_part("exercise"),
        sa.Column("fields", Json, nullable=False),
        reference("set_by", "people.id", nullable=True),
        sa.Column("set_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "submissions",
        id_column(),
        reference("offering", "offerings.id"),
        reference("person", "people.id"),
        reference("submitter", "people.id"),
        sa.Column("course", sa.String(255), nullable=False),
        sa.Column("exercise", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("cells", Json, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("received_at", Utc, nullable=False),
        sa.Column("claimed_at", Utc),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer),
        reference("same_as", "submissions.id", nullable=True),
        sa.Column("faults", sa.Integer, nullable=False, server_default="0"),
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
        sa.Column("current", sa.Boolean, nullable=False),
        reference("superseded_by", "judgements.id", nullable=True),
        sa.Column("cause", sa.String(16), nullable=False, server_default="check"),
        reference("who", "people.id", nullable=True),
        sa.Column("why", sa.Text),
        sa.Column("verdict", sa.String(3), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("max_score", sa.Float, nullable=False),
        sa.Column("hidden_not_run", sa.Integer, nullable=False),
        sa.Column("stdout", sa.Text, nullable=False),
        sa.Column("notices", Json, nullable=False),
        sa.Column("failure", Json),
        sa.Column("course_digest", sa.String(64), nullable=False),
        sa.Column("environment_digest", sa.String(64), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("wall_ms", sa.Float, nullable=False),
        sa.Column("judged_at", Utc, nullable=False),
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
        sa.Column("max_score", sa.Float, nullable=False),
        sa.Column("late_s", sa.Float),
        sa.Column("awaiting_review", sa.Boolean, nullable=False),
        reference("counting_submission", "submissions.id", nullable=True),
        sa.Column("counting_at", Utc),
        sa.Column("counting_score", sa.Float),
        sa.Column("counting_late_s", sa.Float),
        sa.Column("solved", sa.Boolean, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("hints", sa.Integer, nullable=False),
        sa.Column("hint_cost", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "check_results",
        key_part("judgement", "judgements.id"),
        sa.Column("position", sa.Integer, primary_key=True, nullable=False),
        sa.Column("check_id", sa.String(255), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("verdict", sa.String(3), nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("reveal", sa.Boolean, nullable=False),
        sa.Column("expected", sa.Text),
        sa.Column("got", sa.Text),
        sa.Column("diff", Json),
        sa.Column("stdout", sa.Text, nullable=False),
        sa.Column("failure", Json),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "score_parts",
        key_part("judgement", "judgements.id"),
        sa.Column("position", sa.Integer, primary_key=True, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("max_points", sa.Float, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("comment", sa.Text),
        sa.CheckConstraint("source IN ('checker', 'person')", name="source"),
        sqlite_with_rowid=False,
    )
