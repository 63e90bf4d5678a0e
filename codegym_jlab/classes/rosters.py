"""A list of a class as a spreadsheet saves it → who joins as what. Pure; every mistake is told with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from codegym_jlab.store.classes import ROLES, Joining

MOST = 20_000  #: lines
LONGEST = 200  #: characters of an account or a section
COLUMNS = ("account", "role", "section")
EXAMPLE = "account,role,section"


class UnfitRoster(Exception):
    """The list cannot be taken; `errors` says why, a line each, in the order of the file."""

    code = "unfit"

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors
        self.details = {"errors": errors}


@dataclass(frozen=True, slots=True)
class Defaults:
    """For lines that say nothing."""

    role: str = "student"
    section: str = ""


def read_roster(text: str, name: str, defaults: Defaults) -> list[Joining]:
    """`text`: a header with `account`, and `role` and `section` where they differ; other columns are not read.

    Columns end with a comma, semicolon or tab. Raises UnfitRoster.
    """
    reading = _Reading(name, defaults)
    _read(text, name, COLUMNS, ("account",), EXAMPLE, reading)
    return list(reading.joinings.values())


def read_teams(text: str, name: str) -> list[tuple[str, str | None]]:
    """`text`: a header with `account` and `team`; accounts and their teams, None where the team is empty.

    Raises UnfitRoster.
    """
    reading = _Teams(name)
    _read(text, name, ("account", "team"), ("account", "team"), "account,team", reading)
    return list(reading.placings.items())


def team_problem(name: str) -> str:
    """What is wrong with a team's name; empty: nothing."""
    return _problem("team", name)


class _Rows(Protocol):
    """What becomes of the lines of a table."""

    errors: list[str]

    @property
    def count(self) -> int: ...
    def row(self, line: int, cells: dict[str, str]) -> None: ...


def _read(text: str, name: str, columns: Sequence[str], needed: Sequence[str], example: str, rows: _Rows) -> None:
    """Each line to `rows`. Raises UnfitRoster."""
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heads = [cell.strip().lower() for cell in next(found, [])]
        if missing := next((column for column in needed if column not in heads), None):
            raise UnfitRoster([f"{name}:1: there is no column `{missing}`; begin with a line such as {example}"])
        if double := next((c for c in columns if heads.count(c) > 1), None):
            raise UnfitRoster([f"{name}:1: the column `{double}` is there twice"])
        for row in found:
            if rows.count >= MOST:
                rows.errors.append(f"{name}:{found.line_num}: there are more than {MOST} lines")
                break
            if any(cell.strip() for cell in row):
                rows.row(found.line_num, dict(zip(heads, (cell.strip() for cell in row), strict=False)))
    except csv.Error as error:
        rows.errors.append(f"{name}:{found.line_num}: this is no table ({error})")
    if not rows.count and not rows.errors:
        rows.errors.append(f"{name}: nobody stands in it")
    if rows.errors:
        raise UnfitRoster(rows.errors)


def joining_of(accounts: Iterable[str], role: str | None, section: str) -> list[Joining]:
    """Accounts that were named one by one. Raises UnfitRoster."""
    wrong = [problem for account in accounts if (problem := _problem("account", account))]
    wrong += [_no_role(role)] if role is not None and role not in ROLES else []
    wrong += [problem] if section and (problem := _problem("section", section)) else []
    if wrong:
        raise UnfitRoster(wrong)
    return [Joining(account, role, section) for account in dict.fromkeys(accounts)]


class _Reading:
    """One file."""

    def __init__(self, name: str, defaults: Defaults) -> None:
        self.name, self.defaults = name, defaults
        self.joinings: dict[str, Joining] = {}
        self.lines: dict[str, int] = {}
        self.errors: list[str] = []

    @property
    def count(self) -> int:
        return len(self.joinings)

    def row(self, line: int, cells: dict[str, str]) -> None:
        account = cells.get("account", "")
        role = cells.get("role", "").lower() or self.defaults.role
        section = cells.get("section") or self.defaults.section
        problems = [_problem("account", account), _problem("section", section) if section else ""]
        problems.append("" if role in ROLES else _no_role(role))
        if account in self.lines:
            problems.append(f"{account} stands in line {self.lines[account]} already")
        told = [f"{self.name}:{line}: {problem}" for problem in problems if problem]
        self.errors += told
        if not told:
            self.joinings[account] = Joining(account, role, section)
        self.lines.setdefault(account, line)


class _Teams:
    """One file of teams."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.placings: dict[str, str | None] = {}
        self.errors: list[str] = []

    @property
    def count(self) -> int:
        return len(self.placings)

    def row(self, line: int, cells: dict[str, str]) -> None:
        account, team = cells.get("account", ""), cells.get("team", "")
        problems = [_problem("account", account), team_problem(team) if team else ""]
        problems.append(f"{account} stands in it twice" if account in self.placings else "")
        self.errors += [f"{self.name}:{line}: {problem}" for problem in problems if problem]
        self.placings.setdefault(account, team or None)


def _problem(what: str, text: str) -> str:
    if not text:
        return f"the {what} is empty"
    if len(text) > LONGEST:
        return f"the {what} is longer than {LONGEST} characters"
    if not text.isprintable() or text != text.strip():
        return f"the {what} {ascii(text)} holds a character that no {what} has"
    return ""


def _no_role(role: str | None) -> str:
    return f"{role!r} is no role; write {', '.join(ROLES[:-1])} or {ROLES[-1]}"
