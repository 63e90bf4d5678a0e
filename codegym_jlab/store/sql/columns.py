"""What every table is made of: names of constraints, times and JSON as they are kept, keys and references."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    TypeDecorator,
    and_,
    bindparam,
    text,
)
from sqlalchemy import Text as AnyText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """An aware time, kept as UTC: SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Naive times are refused: they are a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Text(TypeDecorator[str]):
    """Text as databases take it: a lone surrogate or NUL, which a student can print, is written as its escape."""

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Nothing that a database refuses."""
        if value is None:
            return None
        return _UNSTORABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), value)


Json = JSON(none_as_null=True)


def same(columns: Any, *names: str) -> ColumnElement[bool]:
    """That each of these columns is the value given under its name, as `p_…`."""
    return and_(*(columns[name] == bindparam(f"p_{name}") for name in names))


def where(condition: str, in_postgresql: str = "") -> dict[str, Any]:
    """For an index over some of the rows."""
    return {"sqlite_where": text(condition), "postgresql_where": text(in_postgresql or condition)}


def needed(name: str, kind: Any = None, **kw: Any) -> Column[Any]:
    """Never empty; a short text, unless another kind is said."""
    return Column(name, String(255) if kind is None else kind, nullable=False, **kw)


def id_column(name: str = "id", **kw: Any) -> Column[str]:
    """A primary key of its own."""
    return Column(name, String(255), primary_key=True, **kw)


def reference(name: str, target: str, **kw: Any) -> Column[str]:
    """To a row of another table; never empty, unless said."""
    kw.setdefault("nullable", False)
    return Column(name, String(255), ForeignKey(target), **kw)


def key_part(name: str, target: str | None = None) -> Column[str]:
    """A part of a composite primary key."""
    args = (ForeignKey(target),) if target else ()
    return Column(name, String(255), *args, primary_key=True, nullable=False)


def key_of_person(*more: str) -> list[Column[str]]:
    """The key of what is a person's in an offering, with further parts."""
    return [key_part("offering", "offerings.id"), key_part("person", "people.id"), *map(key_part, more)]
