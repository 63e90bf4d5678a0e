"""`codegym regrade`: whose score a changed check would change, and putting it into the records."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Option

from codegym_jlab.records import LOCAL, Json, frozen, is_local, some

from ..command import (
    Account,
    AnyCourseDir,
    Exercise,
    Records,
    Unit,
    flag,
    grading,
    opened,
    published,
    records_at,
    settings_here,
    usable,
)
from ..flows import carried_out, how_to_go_on, until_stopped, working
from ..output import AsJson, complain, listing, say, steps, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.bulk.steps import Tally
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.store import Store

PAGE = 200  #: lines looked at together


def regrade(
    course_dir: AnyCourseDir = None,
    unit: Unit = None,
    exercise: Exercise = None,
    offering: str = Option("", help="The class; default: this computer's own, local:COURSE."),
    apply: bool = flag("--apply", "Record it; after a stop, the same command continues."),
    reason: str = Option("", help="The reason; it is recorded with each score that changes."),
    allow_lower: bool = flag("--allow-lower", "Also let scores fall."),
    account: Account = "",
    records: Records = "",
    as_json: AsJson = False,
) -> None:
    """Judge again what was handed in, with the same seeds and the current checks. A person's marks stay.

    Without --apply nothing is recorded: whose score would change is told.

    In a class that is the version which is published for it, by default; on this computer name the course's folder.
    """
    if apply and not reason.strip():
        wrong_use("--apply needs --reason TEXT: it is recorded with each score that changes")
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
    loaded = usable(course_dir, whole=True) if course_dir is not None else asyncio.run(_held(place, offering))
    try:
        exercises = regraded_exercises(loaded, unit, exercise)
    except KeyError as error:
        wrong_use(f"{course_dir or offering} has no {str(error).strip(chr(39))}")
    return Wanted(loaded, course_dir and course_dir.resolve(), exercises, offering or f"{LOCAL}{loaded.id}", place)


async def _held(records: Path | str, offering: str) -> LoadedCourse:
    async with opened(records) as store:
        return await published(store, offering)


async def _look(wanted: Wanted) -> int:
    from codegym_jlab.bulk.steps import Tally
    from codegym_jlab.grading.regrade import Regrading

    tally, after = Tally(), ("", "")  #: what would change
    async with opened(wanted.records) as store:
        total = await _total(store, wanted)
        async with grading() as grader:
            regrading = Regrading(store, wanted.loaded, grader, wanted.offering, at_once=settings_here().at_once)
            with steps() as step:
                seen = 0
                while page := await regrading.page(wanted.exercises, after, PAGE):
                    for one in await regrading.look(page):
                        tally.graded += one.graded
                        tally.unanswered += one.unanswered
                        if one.changes or one.unanswered:
                            tally.changed.append(one.as_json())
                    seen += len(page)
                    step("graded", seen, total)
                    after = page[-1].progress.key
        await _report(store, wanted.offering, tally, {"dry_run": True})
    return 1 if tally.unanswered else 0


async def _report(store: Store, offering: str, tally: Tally, told: Json) -> None:
    """Whose scores change, by accounts and names of teams, and a summary, with what else is `told` in it."""
    names = {**await store.accounts(offering), **{team.id: team.name for team in await store.teams(offering)}}
    rows = [{**row, "account": names.get(row["person"])} for row in tally.changed]
    columns = "account exercise score because"
    listing(rows, columns, account=lambda row: row["account"] or row["person"], score=_move, because=_because)
    counts = {
        "graded": tally.graded,
        "submissions": sum(len(row["submissions"]) for row in rows),
        "people": len({row["person"] for row in rows if row["submissions"]}),
        "scores": sum(row["score"][0] != row["score"][1] for row in rows),
        "lowered": sum(row["lowers"] for row in rows),
        "unanswered": tally.unanswered,
    }
    say({"summary": {**told, **counts}})


def _move(row: Json) -> str:
    before, after = (f"{score:g}" if score is not None else "–" for score in row["score"])
    return f"{before} → {after}{' ↓' * row['lowers']}"


def _because(row: Json) -> str:
    if any(submission["by_rules"] for submission in row["submissions"]):
        return "dates or rules that were changed since"
    counting = row["submissions"][-1]["because"] if row["submissions"] else []
    return "; ".join(f"{c['label']}: {c['before'] or 'new'} → {c['after'] or 'gone'}" for c in counting)


async def _apply(wanted: Wanted, reason: str, account: str, allow_lower: bool) -> int:
    from codegym_jlab.bulk.steps import Order, Tally
    from codegym_jlab.store.audit import Act

    async with working(wanted.records) as at:
        total = await _total(at.store, wanted)
        account = account or ("local" if is_local(wanted.offering) else getpass.getuser())
        who = await at.store.make_person(wanted.offering, account)
        folder, exercises = str(wanted.folder or ""), sorted(wanted.exercises)
        order = Order(folder, wanted.loaded.digest, wanted.offering, exercises, who, reason, allow_lower)
        act = Act(account, "regrade", wanted.offering, {"exercises": exercises, "allow_lower": allow_lower})
        flow = await carried_out(at, act, order, total, "recorded")
        tally = Tally(**(flow.result or {}))
        told = {"flow": flow.id, **some(flow, "state why"), **some(tally, "recorded held stale")}
        await _report(at.store, wanted.offering, tally, {"dry_run": False, **told})
    if flow.state != "done":
        complain(how_to_go_on(flow))
    return 0 if flow.state == "done" and not tally.unanswered else 1


async def _total(store: Store, wanted: Wanted) -> int:
    counts = await store.count_handed_in(wanted.offering)
    if not counts:
        wrong_use(f"nothing was handed in in the offering {wanted.offering}")
    return sum(counts.get(exercise, 0) for exercise in wanted.exercises)
