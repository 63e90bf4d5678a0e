"""A list of a class as a spreadsheet saves it → who joins as what. Pure; every mistake is told with its line."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence, Sized

from codegym_jlab.store.classes import ROLES, Joining

LONGEST = 200  #: characters of an account or a section


class UnfitTable(Exception):
    """The table cannot be taken; `errors` says why, a line each, in the order of the file."""

    code = "unfit"

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors
        self.details = {"errors": errors}


def rows_of(text: str, name: str, needed: Sequence[str], errors: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each line below the head, by column, after its place (`FILE:LINE`); `errors` gets what is wrong with the table.

    Columns end with a comma, semicolon or tab. Those that nobody asks for may stand there too.
    """
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        heads = [cell.strip().lower() for cell in next(lines, [])]
        if missing := [column for column in needed if column not in heads]:
            example = ",".join(needed)
            errors.append(f"{name}:1: there is no column `{missing[0]}`; begin with a line such as {example}")
            return
        for line in lines:
            cells = [cell.strip() for cell in line]
            if any(cells):
                yield f"{name}:{lines.line_num}", dict(zip(heads, cells, strict=False))
    except csv.Error as error:
        errors.append(f"{name}:{lines.line_num}: this is no table ({error})")


def read_roster(text: str, name: str, role: str = "student", section: str = "") -> list[Joining]:
    """`text`: a header with `account`, maybe `name`, and `role` and `section` where they differ from these.

    Raises UnfitTable.
    """
    errors: list[str] = []
    joinings: dict[str, Joining] = {}
    for place, cells in rows_of(text, name, ("account",), errors):
        account = cells.get("account", "")
        said, where, called = cells.get("role", "").lower(), cells.get("section"), cells.get("name", "")
        one = Joining(account, said or role, where or section, called)
        found = _problems(one.role, joinings, account=account, section=one.section, name=called)
        errors += [f"{place}: {problem}" for problem in found]
        joinings[account] = one
    _refuse(errors, name, joinings)
    return list(joinings.values())


def read_teams(text: str, name: str) -> dict[str, str | None]:
    """`text`: a header with `account` and `team`; accounts and their teams, None where the team is empty.

    Raises UnfitTable.
    """
    errors: list[str] = []
    teams: dict[str, str | None] = {}
    for place, cells in rows_of(text, name, ("account", "team"), errors):
        account, team = cells.get("account", ""), cells.get("team", "")
        errors += [f"{place}: {problem}" for problem in _problems(None, teams, account=account, team=team)]
        teams[account] = team or None
    _refuse(errors, name, teams)
    return teams


def joining_of(accounts: Iterable[str], role: str | None, section: str) -> list[Joining]:
    """Accounts that were named one by one. Raises UnfitTable."""
    accounts = list(dict.fromkeys(accounts))
    wrong = [problem for account in accounts for problem in _problems(role, account=account, section=section)]
    if wrong:
        raise UnfitTable(wrong)
    return [Joining(account, role, section) for account in accounts]


def _refuse(errors: list[str], name: str, found: Sized) -> None:
    if errors or not found:
        raise UnfitTable(errors or [f"{name}: nobody stands in it"])


def _problems(role: str | None, known: Iterable[str] = (), **texts: str) -> Iterator[str]:
    """What is wrong with a role, an account, a section, a name, a team; all but the account may be empty.

    `known`: accounts of the lines above it.
    """
    for what, text in texts.items():
        if problem := problem_of(what, text) if text or what == "account" else "":
            yield problem
    if role is not None and role not in ROLES:
        yield f"{role!r} is no role; write {', '.join(ROLES[:-1])} or {ROLES[-1]}"
    if texts["account"] in known:
        yield f"{texts['account']} stands in it twice"


def problem_of(what: str, text: str) -> str:
    """What is wrong with an account, a section or a team's name; empty: nothing."""
    if not text:
        return f"the {what} is empty"
    if len(text) > LONGEST:
        return f"the {what} is longer than {LONGEST} characters"
    if not text.isprintable() or text != text.strip():
        return f"the {what} {ascii(text)} holds a character that no {what} has"
    return ""
