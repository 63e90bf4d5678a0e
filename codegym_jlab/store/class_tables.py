"""The tables of classes: overrides and why they were set, drafts to be collected, courses as they were frozen."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from .columns import Json, Utc, id_column, key_part, metadata, reference

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
_NOW = text("ended_at IS NULL")
Index(
    "uq_team_members_now",  # in one team of a unit at a time
    team_members.c.offering,
    team_members.c.person,
    team_members.c.unit,
    unique=True,
    sqlite_where=_NOW,
    postgresql_where=_NOW,
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
    key_part("offering", "offerings.id"),  # has a draft that may be collected at the due time
    key_part("person", "people.id"),
    key_part("exercise"),
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
