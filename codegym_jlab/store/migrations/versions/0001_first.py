"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Up."""
    op.create_table(
        "offerings",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("course", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), server_default="", nullable=False),
        sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offerings")),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=600), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL AND dead = 0"),
        postgresql_where=sa.text("delivered_at IS NULL AND NOT dead"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="person", nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'team')", name=op.f("ck_people_kind")),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_people_offering_offerings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("offering", "account", name=op.f("uq_people_offering_account")),
    )
    op.create_table(
        "enrolments",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=255), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('student', 'grader', 'instructor')", name=op.f("ck_enrolments_role")),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_enrolments_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_enrolments_person_people")),
        sa.PrimaryKeyConstraint("offering", "person", "role", name=op.f("pk_enrolments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hints_given",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=255), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_hints_given_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_hints_given_person_people")),
        sa.PrimaryKeyConstraint("offering", "person", "exercise", "rung", name=op.f("pk_hints_given")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notebooks",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_notebooks_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_notebooks_person_people")),
        sa.PrimaryKeyConstraint("offering", "person", "unit", "digest", name=op.f("pk_notebooks")),
    )
    op.create_table(
        "openings",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_openings_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_openings_person_people")),
        sa.PrimaryKeyConstraint("offering", "person", "unit", name=op.f("pk_openings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "overrides",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("set_by", sa.String(length=255), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_overrides_offering_offerings")),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_overrides_set_by_people")),
        sa.PrimaryKeyConstraint("offering", "person", "unit", "exercise", name=op.f("pk_overrides")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("submitter", sa.String(length=255), nullable=False),
        sa.Column("course", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cells", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("same_as", sa.String(length=255), nullable=True),
        sa.Column("faults", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.String(length=255), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('try', 'submit', 'draft')", name=op.f("ck_submissions_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'judged', 'awaiting_review', 'cancelled', 'parked', 'kept')",
            name=op.f("ck_submissions_state"),
        ),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_submissions_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_submissions_person_people")),
        sa.ForeignKeyConstraint(["same_as"], ["submissions.id"], name=op.f("fk_submissions_same_as_submissions")),
        sa.ForeignKeyConstraint(["submitter"], ["people.id"], name=op.f("fk_submissions_submitter_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint(
            "offering", "person", "idempotency_key", name=op.f("uq_submissions_offering_person_idempotency_key")
        ),
    )
    op.create_index(
        "ix_submissions_drafts",
        "submissions",
        ["offering", "person", "exercise", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'kept'"),
        postgresql_where=sa.text("state = 'kept'"),
    )
    op.create_index(
        "ix_submissions_queue",
        "submissions",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_submissions_same", "submissions", ["offering", "person", "exercise", "kind", "digest", "id"], unique=False
    )
    op.create_index(
        "ix_submissions_waiting",
        "submissions",
        ["offering", "person", "exercise", "kind"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "judgements",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("submission", sa.String(length=255), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("superseded_by", sa.String(length=255), nullable=True),
        sa.Column("cause", sa.String(length=16), server_default="check", nullable=False),
        sa.Column("who", sa.String(length=255), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("verdict", sa.String(length=3), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("max_score", sa.Float(), nullable=False),
        sa.Column("hidden_not_run", sa.Integer(), nullable=False),
        sa.Column("stdout", sa.Text(), nullable=False),
        sa.Column("notices", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("failure", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("course_digest", sa.String(length=64), nullable=False),
        sa.Column("environment_digest", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("wall_ms", sa.Float(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name=op.f("fk_judgements_submission_submissions")),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["judgements.id"], name=op.f("fk_judgements_superseded_by_judgements")
        ),
        sa.ForeignKeyConstraint(["who"], ["people.id"], name=op.f("fk_judgements_who_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
    )
    op.create_index(
        "ix_judgements_superseded",
        "judgements",
        ["superseded_by"],
        unique=False,
        sqlite_where=sa.text("superseded_by IS NOT NULL"),
        postgresql_where=sa.text("superseded_by IS NOT NULL"),
    )
    op.create_index(
        "uq_judgements_current",
        "judgements",
        ["submission"],
        unique=True,
        sqlite_where=sa.text("current = 1"),
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "progress",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("exercise", sa.String(length=255), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission", sa.String(length=255), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("max_score", sa.Float(), nullable=False),
        sa.Column("late_s", sa.Float(), nullable=True),
        sa.Column("awaiting_review", sa.Boolean(), nullable=False),
        sa.Column("counting_submission", sa.String(length=255), nullable=True),
        sa.Column("counting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counting_score", sa.Float(), nullable=True),
        sa.Column("counting_late_s", sa.Float(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("hint_cost", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["counting_submission"], ["submissions.id"], name=op.f("fk_progress_counting_submission_submissions")
        ),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_progress_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_progress_person_people")),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name=op.f("fk_progress_submission_submissions")),
        sa.PrimaryKeyConstraint("offering", "person", "exercise", name=op.f("pk_progress")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "check_results",
        sa.Column("judgement", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=3), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reveal", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("got", sa.Text(), nullable=True),
        sa.Column("diff", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("stdout", sa.Text(), nullable=False),
        sa.Column("failure", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["judgement"], ["judgements.id"], name=op.f("fk_check_results_judgement_judgements")),
        sa.PrimaryKeyConstraint("judgement", "position", name=op.f("pk_check_results")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "score_parts",
        sa.Column("judgement", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("max_points", sa.Float(), nullable=False),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.CheckConstraint("source IN ('checker', 'person')", name=op.f("ck_score_parts_source")),
        sa.ForeignKeyConstraint(["judgement"], ["judgements.id"], name=op.f("fk_score_parts_judgement_judgements")),
        sa.PrimaryKeyConstraint("judgement", "position", name=op.f("pk_score_parts")),
        sqlite_with_rowid=False,
    )
