"""Classes: published versions, sections, ended enrolments, who changed an override and why, drafts to be collected."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = ("offering", "person", "section", "unit", "exercise")


def upgrade() -> None:
    """Up."""
    op.add_column("offerings", sa.Column("begins", sa.DateTime(timezone=True)))
    op.add_column("offerings", sa.Column("ends", sa.DateTime(timezone=True)))
    op.create_index("ix_people_account", "people", ["account"])
    op.add_column("enrolments", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.add_column("submissions", sa.Column("version", sa.String(length=64)))
    op.add_column("submissions", sa.Column("collected_from", sa.String(length=255)))
    _overrides()
    _override_changes()
    _unsubmitted()
    _versions()


def _overrides() -> None:
    """A section becomes a part of the key, which no database changes in place."""
    op.execute("CREATE TEMPORARY TABLE overrides_before AS SELECT * FROM overrides")
    op.drop_table("overrides")
    op.create_table(
        "overrides",
        *(sa.Column(name, sa.String(length=255), nullable=False) for name in _KEY),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("set_by", sa.String(length=255), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_overrides_offering_offerings")),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_overrides_set_by_people")),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_overrides")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO overrides (offering, person, section, unit, exercise, fields, set_by, set_at) "
        "SELECT offering, person, '', unit, exercise, fields, set_by, set_at FROM overrides_before"
    )
    op.execute("DROP TABLE overrides_before")


def _override_changes() -> None:
    op.create_table(
        "override_changes",
        sa.Column("id", sa.String(length=255), nullable=False),
        *(sa.Column(name, sa.String(length=255), nullable=False) for name in _KEY),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("set_by", sa.String(length=255), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_override_changes_offering_offerings")),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_override_changes_set_by_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override_changes")),
    )
    op.create_index("ix_override_changes_offering_id", "override_changes", ["offering", "id"])


def _unsubmitted() -> None:
    """Whoever has drafts already is among those whose work may be collected."""
    op.create_table(
        "unsubmitted",
        *(sa.Column(name, sa.String(length=255), nullable=False) for name in ("offering", "person", "exercise")),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_unsubmitted_offering_offerings")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_unsubmitted_person_people")),
        sa.PrimaryKeyConstraint("offering", "person", "exercise", name=op.f("pk_unsubmitted")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO unsubmitted (offering, person, exercise) "
        "SELECT DISTINCT offering, person, exercise FROM submissions WHERE state = 'kept'"
    )


def _versions() -> None:
    op.create_table(
        "course_files",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_course_files")),
    )
    op.create_table(
        "versions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("course", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_versions")),
    )
    op.create_table(
        "publications",
        sa.Column("offering", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("published_by", sa.String(length=255), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["offering"], ["offerings.id"], name=op.f("fk_publications_offering_offerings")),
        sa.ForeignKeyConstraint(["version"], ["versions.digest"], name=op.f("fk_publications_version_versions")),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_publications_published_by_people")),
        sa.PrimaryKeyConstraint("offering", "number", name=op.f("pk_publications")),
        sqlite_with_rowid=False,
    )
