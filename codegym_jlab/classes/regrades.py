"""A regrade of one exercise as staff do it in a browser: page by page, first looked at, then recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from codegym_jlab.grading.admission import Places
from codegym_jlab.grading.judgements import Judge
from codegym_jlab.grading.regrade import RegradedLine, Regrading, regraded_exercises
from codegym_jlab.records import new_id, utc_now
from codegym_jlab.store.base import Store

from ..grading.errors import NeedsReason, UnknownExercise
from .manager import CHANGES, Actor, ClassManager, Names
from .reports import course_of

PAGE = 20  #: lines of progress, so that one request takes seconds


class Regrades:
    """One a process, beside the class manager, which says who may."""

    def __init__(
        self,
        store: Store,
        places: Places,
        classes: ClassManager,
        judge: Judge,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._places, self._classes, self._judge = store, places, classes, judge
        self._clock, self._on_events = clock, on_events

    async def page(
        self,
        actor: Actor,
        offering: str,
        exercise: str,
        after: tuple[str, str],
        *,
        why: str | None = None,
        allow_lower: bool = False,
    ) -> dict[str, Any]:
        """What judging some answers again would change; with `why`, that is recorded. `next`: where to go on, or null.

        What was recorded once is judged alike the next time, so one that was stopped is begun anew and loses nothing.
        Raises NotAllowed, UnknownOffering, UnknownExercise, NeedsReason, SandboxUnavailable.
        """
        await self._classes.allow(actor, offering, CHANGES)
        if why is not None and not why.strip():
            raise NeedsReason("Say why: the reason is kept with each score that changes.", fields=["score"])
        loaded = await course_of(self._store, self._places, offering)
        try:
            exercises = regraded_exercises(loaded, exercise=exercise)
        except KeyError:
            raise UnknownExercise(exercise=exercise) from None
        total = (await self._store.count_handed_in(offering)).get(exercise, 0)
        regrading = Regrading(self._store, loaded, self._judge, offering, flow=new_id(), clock=self._clock)
        page = await regrading.page(exercises, after, PAGE) if exercises else ()
        found = await regrading.look(page)
        names = await self._classes.names(actor, offering)
        recorded = held = 0
        if why is not None:
            who = await self._store.make_person(offering, actor.account)
            became = await regrading.record(found, who=who, why=why.strip(), allow_lower=allow_lower)
            recorded, held = sum(bool(one.recorded) for one in became), sum(bool(one.held) for one in became)
            self._on_events()
        last = page[-1].progress if len(page) == PAGE else None
        return {
            "lines": [_line(one, names) for one in found if one.changes],
            "seen": len(page),
            "total": total,
            "recorded": recorded,
            "held": held,
            "unanswered": sum(bool(one.unanswered) for one in found),
            "next": None if last is None else [last.person, last.exercise],
        }


def _line(line: RegradedLine, names: Names) -> dict[str, Any]:
    owner = line.progress.person
    newest = line.changes[-1]
    return {
        "account": names.get(owner),
        "team": names.teams.get(owner),
        "verdict": newest.after.verdict.value,
        "before": line.progress.counting_score,
        "after": line.after.counting_score,
        "max_score": line.after.max_score,
        "lowers": line.lowers,
        "by_rules": newest.by_rules,
        "because": [{"label": check.label, "passes": check.after == "AC"} for check in newest.because],
    }
