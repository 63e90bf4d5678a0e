"""When something was received, as files and tables say it; and a table that says whose each file is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from codegym_jlab.course.times import on_the_clock, parse_moment

COLUMNS = ("file", "account", "received_at")
_ZONE = re.compile(r"(.*\S)\s+([A-Za-z][\w/+-]*)", re.S)


class UnfitTable(Exception):
    """The table cannot be taken; `errors` says why, a line each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def moment_in(text: str, zone: ZoneInfo | str = "UTC") -> datetime:
    """A time with an offset, with the name of a zone behind it (as nbgrader writes it), or local in `zone`; in UTC.

    Raises ValueError.
    """
    named = _ZONE.fullmatch(text.strip())
    where = ZoneInfo(zone) if isinstance(zone, str) else zone
    if named is not None:
        try:
            text, where = named[1], ZoneInfo(named[2])
        except (OSError, KeyError):
            raise ValueError(f"{named[2]!r} is no time zone") from None
    found = on_the_clock(parse_moment(text), where, latest=False)
    assert found is not None
    return found.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a file, or of all files of a folder."""

    account: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by the path that they name."""

    rows: Mapping[str, Row] = field(default_factory=dict)

    def of(self, path: str) -> Row:
        """The row of this file, else of the nearest folder that it lies in."""
        at = PurePosixPath(path)
        return next((self.rows[str(p)] for p in (at, *at.parents) if str(p) in self.rows), Row())


def read_table(text: str, name: str, zone: ZoneInfo) -> Table:
    """`text`: a line of heads with `file`, and `account` or `received_at`; other columns are not read.

    Raises UnfitTable.
    """
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    rows: dict[str, Row] = {}
    errors: list[str] = []
    try:
        heads = [cell.strip().lower() for cell in next(reader, [])]
        if "file" not in heads or not {"account", "received_at"} & set(heads):
            raise UnfitTable([f"{name}:1: begin with a line such as {','.join(COLUMNS)}"])
        for cells in reader:
            told = dict(zip(heads, (cell.strip() for cell in cells), strict=False))
            if any(told.values()) and (problem := _take(told, zone, rows)):
                errors.append(f"{name}:{reader.line_num}: {problem}")
    except csv.Error as error:
        errors.append(f"{name}:{reader.line_num}: this is no table ({error})")
    if errors:
        raise UnfitTable(errors)
    return Table(rows)


def _take(told: Mapping[str, str], zone: ZoneInfo, rows: dict[str, Row]) -> str:
    """Puts the row in its place; says what is wrong with it otherwise."""
    path = str(PurePosixPath(told.get("file", "").replace("\\", "/")))
    if path in (".", ""):
        return "the file is not named"
    if path in rows:
        return f"{path} is there twice"
    text = told.get("received_at", "")
    try:
        rows[path] = Row(told.get("account", ""), moment_in(text, zone) if text else None)
    except ValueError:
        return f"{text!r} is no time; write day and time, as 2026-10-27T23:59"
    return ""
