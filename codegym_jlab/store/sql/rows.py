"""How records are kept: what columns are made of, times and JSON too, and a record ↔ its row."""

import re
from collections.abc import Callable
from dataclasses import asdict, astuple, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sqlalchemy import JSON, ColumnElement, DateTime, Dialect, TypeDecorator, and_, bindparam
from sqlalchemy import Text as AnyText

Row = dict[str, Any]
R = TypeVar("R")


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
    """That each of these columns is the value given under its name."""
    return and_(*(columns[name] == bindparam(name) for name in names))


def row_of(record: Any, /, *but: str, **changed: Any) -> Row:
    """Its fields as columns, `but` some; `changed` in the place of others, and beside them."""
    names = (field.name for field in fields(record) if field.name not in {*but, *changed})
    return {name: _column(getattr(record, name)) for name in names} | changed


def _column(value: Any) -> Any:
    """Of several records JSON has the values of each, of a single one its names too."""
    if isinstance(value, tuple):
        return [astuple(one) if is_dataclass(one) else one for one in value]  # type: ignore[arg-type]
    return asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]


def record_of(kind: type[R], row: Row, /, **changed: Any) -> R:
    """The other way round."""
    read = {name: field(row[name]) for name, field in _fields(kind).items() if name not in changed}  # type: ignore[arg-type]
    return kind(**read, **changed)


@cache
def _fields(kind: type) -> dict[str, Callable[[Any], Any]]:
    """How each field is read from its column."""
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _reader(hint: Any) -> Callable[[Any], Any]:
    hint = get_args(hint)[0] if isinstance(hint, UnionType) else hint
    if get_origin(hint) is tuple:
        each = _reader(get_args(hint)[0])
        return lambda column: tuple(map(each, column or ()))
    if is_dataclass(hint):
        record: Any = hint
        return lambda column: record(*column) if isinstance(column, list) else column and record_of(record, column)
    return hint if isinstance(hint, type) and issubclass(hint, StrEnum) else _as_it_is


def _as_it_is(column: Any) -> Any:
    return column
