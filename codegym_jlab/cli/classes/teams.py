"""`codegym class teams list | set | leave | rename`: who answers a unit together."""

from typing import Annotated

from typer import Argument, Option

from codegym_jlab.classes.rosters import UnfitTable, joining_of, problem_of, read_teams

from ..command import ERASED, DryRun, Managers, OfferingId, Unit, Why, classes, command, flag, group, table_in, text_of
from ..output import complain, listing, print_changes, say, wrong_use

teams = group("teams", "Teams: who answers a unit together.")
classes.add_typer(teams)

MOVED = "account unit before after"
Units = Annotated[list[str], Option(help="In this unit; may be given more than once.")]


@command(teams, "list")
async def list_(m: Managers, offering: OfferingId, unit: Unit = None) -> None:
    """List the teams of a class and who is in them now."""
    found = [one for one in await m.teams.teams(m.actor, offering) if unit in (None, one.unit)]
    listing(found, "unit team members answers", members=lambda one: [name or ERASED for name in one["members"]])


@command(teams, "set", act="teams")
async def set_(
    m: Managers,
    offering: OfferingId,
    who: Annotated[list[str], Argument(metavar="FILE.csv|TEAM ACCOUNT…", help="A table, or a team; - reads a table.")],
    unit: Units,
    leave_others: bool = flag("--leave-others", "In these units, remove all others from their teams."),
    why: Why = "",
    dry_run: DryRun = False,
) -> None:
    """Put students into teams; all of them or, if anything is wrong, nobody. A student is in one team of a unit.

    A table has a line of heads with `account` and `team`; where the team is empty, they are in none, and answer alone.
    What was sent stays the team's that it was sent for. That teams answer at all is said by the policy: owner=team.
    --why is needed where somebody's score changes with the team; codegym class history shows it.
    """
    try:
        placings = _placings(who)
    except UnfitTable as error:
        wrong_use("nobody was put into a team", error.errors)
    done = await m.teams.group(m.actor, offering, unit, placings, why, leave_others=leave_others, dry_run=dry_run)
    print_changes(done, MOVED, dry_run)
    for alone in sorted({one.unit for one in await m.teams.teams(m.actor, offering) if not one.answers} & {*unit}):
        complain(f"{alone}: each student answers alone. codegym class policy set {offering} owner=team --unit {alone}")


@command(teams, act="teams")
async def leave(
    m: Managers,
    offering: OfferingId,
    who: Annotated[list[str], Argument(metavar="ACCOUNT…")],
    unit: Units,
    why: Why = "",
    dry_run: DryRun = False,
) -> None:
    """Remove students from their teams: they answer alone. What was sent stays with the team."""
    placings = dict.fromkeys(who)
    print_changes(await m.teams.group(m.actor, offering, unit, placings, why, dry_run=dry_run), MOVED, dry_run)


@command(teams, act="teams")
async def rename(
    m: Managers,
    offering: OfferingId,
    team: Annotated[str, Argument(metavar="TEAM")],
    name: Annotated[str, Argument(metavar="NAME")],
    unit: Annotated[str, Option(help="In this unit.")],
) -> None:
    """Rename a team. Its work stays."""
    if problem := problem_of("team", name):
        wrong_use(problem)
    await m.teams.rename(m.actor, offering, unit, team, name)
    say({"unit": unit, "team": name}, f"{team} is now {name}")


def _placings(who: list[str]) -> dict[str, str | None]:
    """Raises UnfitTable."""
    if named := table_in(who):
        return read_teams(text_of(named), named)
    if len(who) < 2:
        wrong_use("name a table, or a team and who is in it: red ana ben")
    if problem := problem_of("team", who[0]):
        raise UnfitTable([problem])
    return {joining.account: who[0] for joining in joining_of(who[1:], None, "")}
