"""`codegym regrade`: whose score a changed check would change, and putting it into the records."""

from __future__ import annotations

import asyncio
import getpass
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer import Option

from codegym_jlab.records import LOCAL, Json, frozen, is_local

from ..command import Account, AnyCourseDir, Exercise, Records, Unit, grading, opened, records_at, settings_here, usable
from ..flows import carried_out, how_to_go_on, until_stopped, working
from ..output import AsJson, bar, complain, for_programs, line, out, table, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.bulk.flows import Flow
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.regrade import RegradedLine, Regrading
    from codegym_jlab.store import Store

PAGE = 200  #: lines looked at together


def regrade(
    course_dir: AnyCourseDir = None,
    unit: Unit = None,
    exercise: Exercise = None,
    offering: str = Option("", help="Default: that of this computer, local:COURSE."),
    dry_run: bool = Option(False, "--dry-run", help="Only look: this is so unless --apply is given."),
    apply: bool = Option(False, "--apply", help="Record it; begun and stopped, it goes on where it was."),
    reason: str = Option("", help="Why; it is kept with each score that changes."),
    allow_lower: bool = Option(False, "--allow-lower", help="Let scores fall, too."),
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Judge again what was handed in, by the same seeds, with the checks as they are now. A person's marks stay.

    In a class that is the version which is published for it, by default; on this computer name the course's folder.
    """
    if apply and dry_run:
        wrong_use("--dry-run and --apply do not go together")
    if apply and not reason.strip():
        wrong_use("--apply needs --reason TEXT: it is kept with each score that changes")
    wanted = _wanted(course_dir, unit or "", exercise or "", offering, records)
    if apply:
        work = _apply(wanted, reason.strip(), account, allow_lower)
        until_stopped(work, "to go on, give the same command again")
    until_stopped(_look(wanted), "nothing was recorded")


@frozen
class Wanted:
    """What is to be regraded."""

    loaded: LoadedCourse
    folder: Path | None  #: None: the version that is published for the class
    exercises: frozenset[str]
    offering: str
    records: Path | str


def _wanted(course_dir: Path | None, unit: str, exercise: str, offering: str, records: str) -> Wanted:
    from codegym_jlab.grading.regrade import regraded_exercises

    if course_dir is None and (not offering or is_local(offering)):
        wrong_use("name the course's folder, or a class: --offering ID")
    place = records_at(records)
    loaded = usable(course_dir, whole=True) if course_dir is not None else asyncio.run(_published(place, offering))
    try:
        exercises = regraded_exercises(loaded, unit, exercise)
    except KeyError as error:
        wrong_use(f"{course_dir or offering} has no {str(error).strip(chr(39))}")
    folder = course_dir.resolve() if course_dir is not None else None
    return Wanted(loaded, folder, exercises, offering or f"{LOCAL}{loaded.id}", place)


async def _published(records: Path | str, offering: str) -> LoadedCourse:
    """The version that the class holds now."""
    from codegym_jlab.grading.places import Versions

    async with opened(records) as store:
        published = await store.publications(offering)
        if not published:
            wrong_use(f"nothing is published for the class {offering}; name the course's folder")
        return await Versions(store, settings_here().data_dir / "versions").course(published[0].version)


async def _look(wanted: Wanted) -> int:
    from codegym_jlab.grading.regrade import Regrading

    async with opened(wanted.records) as store:
        total = await _total(store, wanted)
        async with grading() as (_, grader):
            regrading = Regrading(store, wanted.loaded, grader, wanted.offering, at_once=settings_here().at_once)
            found, seen = await _looked(regrading, wanted.exercises, total)
        names = await _names(store, wanted.offering)
    rows = [{**one.as_json(), "account": names.get(one.progress.person)} for one in found]
    unanswered = [id for one in found for id in one.unanswered]
    summary = {"dry_run": True, **_counts(rows, seen, unanswered)}
    if for_programs():
        _print_lines(rows, summary)
    else:
        _print_changes(rows, summary)
    return 1 if unanswered else 0


async def _names(store: Store, offering: str) -> dict[str, str | None]:
    """Accounts and names of teams, by the ids in the records."""
    return {**await store.accounts(offering), **{team.id: team.name for team in await store.teams(offering)}}


async def _looked(regrading: Regrading, exercises: frozenset[str], total: int) -> tuple[list[RegradedLine], int]:
    """What would change, and how many submissions were graded to find that out."""
    kept: list[RegradedLine] = []
    seen, after = 0, ("", "")
    with bar() as shown:
        task = shown.add_task("graded", total=total)
        while page := await regrading.page(exercises, after, PAGE):
            found = await regrading.look(page)
            kept += [one for one in found if one.changes or one.unanswered]
            seen += sum(one.graded for one in found)
            shown.update(task, advance=len(page))
            after = page[-1].progress.key
    return kept, seen


def _counts(rows: Sequence[Mapping[str, Any]], graded: int, unanswered: Sequence[str]) -> Json:
    """What a summary counts, whether it was only looked at or recorded."""
    return {
        "graded": graded,
        "submissions": sum(len(row["submissions"]) for row in rows),
        "people": len({row["person"] for row in rows if row["submissions"]}),
        "scores": sum(row["score"][0] != row["score"][1] for row in rows),
        "lowered": sum(row["lowers"] for row in rows),
        "unanswered": list(unanswered),
    }


def _print_lines(rows: Iterable[Json], summary: Json) -> None:
    for row in rows:
        line(row)
    line({"summary": summary})


def _print_changes(rows: list[Json], summary: Json) -> None:
    if rows:
        shown = ([row["account"] or row["person"], row["exercise"], _move(row), _because(row)] for row in rows)
        table(["person", "exercise", "score", "because"], shown, whole=("person", "exercise"))
    for (exercise, label, verdicts), count in _by_check(rows).most_common():
        out.print(f"{exercise}: {label}: {verdicts}, of {count} submissions")
    out.print(
        f"{summary['graded']} submissions graded; "
        f"{summary['submissions']} would be judged otherwise, {summary['scores']} scores of {summary['people']} people "
        f"change, {summary['lowered']} fall. Nothing was recorded: --apply --reason TEXT does that."
    )
    if summary["unanswered"]:
        complain(f"{len(summary['unanswered'])} submissions could not be judged and stay as they are")


def _move(row: Json) -> str:
    before, after = (f"{score:g}" if score is not None else "–" for score in row["score"])
    return f"{before} → {after}{' ↓' * row['lowers']}"


def _because(row: Json) -> str:
    if any(submission["by_rules"] for submission in row["submissions"]):
        return "dates or rules that were changed since"
    counting = row["submissions"][-1]["because"] if row["submissions"] else []
    return "; ".join(f"{c['label']}: {c['before'] or 'new'} → {c['after'] or 'gone'}" for c in counting)


def _by_check(rows: Iterable[Json]) -> Counter[tuple[str, str, str]]:
    every = ((row["exercise"], check) for row in rows for sent in row["submissions"] for check in sent["because"])
    return Counter((of, one["label"], f"{one['before'] or 'new'} → {one['after'] or 'gone'}") for of, one in every)


async def _apply(wanted: Wanted, reason: str, account: str, allow_lower: bool) -> int:
    from codegym_jlab.bulk.inputs import Order
    from codegym_jlab.store.audit import Act, acting

    async with working(wanted.records) as at:
        total = await _total(at.store, wanted)
        known = "local" if wanted.offering.startswith("local:") else getpass.getuser()
        who = await at.store.make_person(wanted.offering, account or known)
        folder, exercises = str(wanted.folder or ""), sorted(wanted.exercises)
        order = Order(folder, wanted.loaded.digest, wanted.offering, exercises, who, reason, allow_lower)
        act = Act(account or known, "regrade", wanted.offering, {"exercises": exercises, "allow_lower": allow_lower})
        async with acting(at.store, act):
            await at.store.note_act()  # the flow goes on whatever becomes of this command
            flow = await carried_out(at.place, order, total, "recorded")
        names = await _names(at.store, wanted.offering)
    return _report(flow, names)


def _report(flow: Flow, names: dict[str, str | None]) -> int:
    result = flow.result or {}
    unanswered = result.get("unanswered", [])
    rows = [{**row, "account": names.get(row["person"])} for row in result.get("changed", [])]
    if for_programs():
        counts = _counts(rows, result.get("graded", 0), unanswered)
        became = {name: result.get(name, 0) for name in ("recorded", "held", "stale")}
        told = {"dry_run": False, **counts, "flow": flow.id, "state": flow.state, "why": flow.why, **became}
        _print_lines(rows, told)
    elif flow.state == "done":
        out.print(
            f"{result['graded']} submissions graded, {result['recorded']} judgements recorded. "
            f"{result['held']} left as they are, since their score would fall (--allow-lower); "
            f"{result['stale']} were judged otherwise meanwhile."
        )
    else:
        complain(how_to_go_on(flow))
    return 0 if flow.state == "done" and not unanswered else 1


async def _total(store: Store, wanted: Wanted) -> int:
    counts = await store.count_handed_in(wanted.offering)
    if not counts:
        wrong_use(f"nothing was handed in in the offering {wanted.offering}")
    return sum(counts.get(exercise, 0) for exercise in wanted.exercises)
