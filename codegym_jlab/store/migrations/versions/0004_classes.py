"""Classes: published versions, sections, ended enrolments, who changed an override and why, drafts to be collected."""

import sqlalchemy as sa
from alembic import op

from codegym_jlab.store.sql.rows import Json, Utc, id_column, key_of_person, key_part, needed, reference

revision = "0004"
down_revision = "0003"

_KEY = ("offering", "person", "section", "unit", "exercise")


def upgrade() -> None:
    """Up."""
    op.add_column("offerings", sa.Column("begins", Utc))
    op.add_column("offerings", sa.Column("ends", Utc))
    op.create_index("ix_people_account", "people", ["account"])
    op.add_column("enrolments", sa.Column("ended_at", Utc))
    op.add_column("submissions", sa.Column("version", sa.String(64)))
    op.add_column("submissions", sa.Column("collected_from", sa.String(255)))
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
        key_part("offering", "offerings.id"),
        key_part("person"),
        key_part("section"),
        key_part("unit"),
        key_part("exercise"),
        needed("fields", Json),
        reference("set_by", "people.id", nullable=True),
        needed("set_at", Utc),
        sa.Column("why", sa.Text),
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
        id_column(),
        reference("offering", "offerings.id"),
        needed("person"),
        needed("section"),
        needed("unit"),
        needed("exercise"),
        sa.Column("before", Json),
        sa.Column("fields", Json),
        reference("set_by", "people.id", nullable=True),
        needed("set_at", Utc),
        sa.Column("why", sa.Text),
    )
    op.create_index("ix_override_changes_offering_id", "override_changes", ["offering", "id"])


def _unsubmitted() -> None:
    """Whoever has drafts already is among those whose work may be collected."""
    op.create_table(
        "unsubmitted",
        *key_of_person("exercise"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO unsubmitted (offering, person, exercise) "
        "SELECT DISTINCT offering, person, exercise FROM submissions WHERE state = 'kept'"
    )


def _versions() -> None:
    op.create_table(
        "course_files",
        sa.Column("digest", sa.String(64), primary_key=True),
        needed("body", sa.LargeBinary),
    )
    op.create_table(
        "versions",
        sa.Column("digest", sa.String(64), primary_key=True),
        needed("course"),
        needed("title", sa.Text),
        needed("files", Json),
        needed("made_at", Utc),
    )
    op.create_table(
        "publications",
        key_part("offering", "offerings.id"),
        sa.Column("number", sa.Integer, primary_key=True, nullable=False),
        sa.Column("version", sa.String(64), sa.ForeignKey("versions.digest"), nullable=False),
        reference("published_by", "people.id", nullable=True),
        needed("published_at", Utc),
        needed("note", sa.Text),
        needed("changes", Json),
        sqlite_with_rowid=False,
    )
