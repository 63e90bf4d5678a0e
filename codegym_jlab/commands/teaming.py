"""`codegym class teams list | set | leave | rename`: who answers a unit together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .opening import Records
from .overseeing import Courses, OfferingId
from .teaching import Account, Desk, DryRun, Why, at_desk, text_of
from .terminal import AsJson, complain, lines, out, table, wrong_use

if TYPE_CHECKING:
    from ..grading.teamwork import Grouped, Placing, TeamPage

teams = typer.Typer(name="teams", help="Who answers a unit together.", no_args_is_help=True)

Units = Annotated[list[str], typer.Option("--unit", help="In this unit; may be given more than once.")]
Unit = Annotated[str, typer.Option("--unit", help="In this unit.")]


@teams.callback()
def _group() -> None:
    """Who answers a unit together."""


@teams.command("list")
def list_(
    offering: OfferingId,
    unit: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """The teams of a class and who is in them now."""
    pages = at_desk(records, account, _all_of(offering), courses=courses)
    found = [one for one in pages if unit in (None, one.team.unit)]
    if as_json:
        return lines(one.as_json() for one in found)
    table(["unit", "team", "members"], ([o.team.unit, o.team.name, ", ".join(_named(o))] for o in found))
    _warn_of({one.team.unit for one in found if not one.answers}, offering)


@teams.command("set")
def set_(
    offering: OfferingId,
    who: Annotated[
        list[str], typer.Argument(metavar="FILE.csv|TEAM ACCOUNT…", help="A table, or a team; - reads a table.")
    ],
    unit: Units,
    leave_others: Annotated[
        bool, typer.Option("--leave-others", help="Who is not named leaves their team of these units.")
    ] = False,
    why: Why = "",
    dry_run: DryRun = False,
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Put students into teams; all of them or, where anything is wrong, nobody. A student is in one team of a unit.

    A table has a line of heads with `account` and `team`; where the team is empty, they are in none, and answer alone.
    What was sent stays the team's that it was sent for. That teams answer at all is said by the policy: owner=team.
    --why is needed where somebody's score changes with the team; codegym class history shows it.
    """
    from ..grading.rosters import UnfitRoster

    try:
        placings = _placings(who)
    except UnfitRoster as error:
        for problem in error.errors:
            complain(problem)
        wrong_use("nobody was put into a team")

    async def do(d: Desk) -> tuple[list[Grouped], list[TeamPage]]:
        how = {"leave_others": leave_others, "dry_run": dry_run}
        return await d.teams.group(d.actor, offering, unit, placings, why, **how), await _all_of(offering)(d)

    told, pages = at_desk(records, account, do, courses=courses)
    _tell(told, dry_run, as_json)
    _warn_of({one.team.unit for one in pages if not one.answers} & set(unit), offering)


@teams.command()
def leave(
    offering: OfferingId,
    who: Annotated[list[str], typer.Argument(metavar="ACCOUNT…")],
    unit: Units,
    why: Why = "",
    dry_run: DryRun = False,
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Take students out of their teams: they answer alone. What was sent stays the team's."""
    from ..grading.teamwork import Placing

    placings = [Placing(name, None) for name in dict.fromkeys(who)]
    do = lambda d: d.teams.group(d.actor, offering, unit, placings, why, dry_run=dry_run)  # noqa: E731
    _tell(at_desk(records, account, do, courses=courses), dry_run, as_json)


@teams.command()
def rename(
    offering: OfferingId,
    team: Annotated[str, typer.Argument(metavar="TEAM")],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    unit: Unit,
    account: Account = "",
    courses: Courses = None,
    records: Records = "",
) -> None:
    """Give a team another name. What it did is its own still."""
    from ..grading.rosters import team_problem

    if problem := team_problem(name):
        wrong_use(problem)
    at_desk(records, account, lambda d: d.teams.rename(d.actor, offering, unit, team, name), courses=courses)
    out.print(f"{team} is now {name}")


def _all_of(offering: str) -> Callable[[Desk], Awaitable[list[TeamPage]]]:
    return lambda d: d.teams.teams(d.actor, offering)


def _placings(who: Sequence[str]) -> list[Placing]:
    """Raises UnfitRoster."""
    from ..grading.rosters import UnfitRoster, joining_of, read_teams, team_problem
    from ..grading.teamwork import Placing

    tables = [name for name in who if name == "-" or name.lower().endswith((".csv", ".tsv", ".txt"))]
    if tables:
        if len(who) > 1:
            wrong_use("name one table, or a team and its accounts")
        return [Placing(*one) for one in read_teams(text_of(tables[0]), tables[0])]
    if len(who) < 2:
        wrong_use("name a table, or a team and who is in it: red ana ben")
    if problem := team_problem(who[0]):
        raise UnfitRoster([problem])
    return [Placing(joining.account, who[0]) for joining in joining_of(who[1:], None, "")]


def _named(page: TeamPage) -> list[str]:
    return [account or "(erased)" for account in page.accounts]


def _tell(told: Sequence[Grouped], dry_run: bool, as_json: bool) -> None:
    if as_json:
        return lines({**one.as_json(), "dry_run": dry_run} for one in told)
    changing = [one for one in told if one.changes]
    if changing:
        rows = ([one.account, one.unit, one.before or "–", "→", one.after or "–"] for one in changing)
        table(["account", "unit", "was", "", "is" if not dry_run else "would be"], rows)
    same = len(told) - len(changing)
    out.print(f"{len(changing)} changed, {same} as they were{'; nothing was done' if dry_run else ''}")


def _warn_of(units: set[str], offering: str) -> None:
    """Teams were made, and nobody answers in them."""
    for unit in sorted(units):
        complain(f"{unit}: each student answers alone. codegym class policy set {offering} owner=team --unit {unit}")
