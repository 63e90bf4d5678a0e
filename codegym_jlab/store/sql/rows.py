"""What columns are made of: times, texts and JSON as both databases take them."""

import re
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, TypeDecorator
from sqlalchemy import Text as AnyText


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
