"""A regrade of one exercise as staff do it in a browser: page by page, first looked at, then recorded."""

from collections.abc import Callable

from codegym_jlab.grading.admission import place_in
from codegym_jlab.grading.judgements import Judge
from codegym_jlab.grading.regrade import RegradedLine, Regrading, regraded_exercises
from codegym_jlab.records import Json, frozen, new_id, some
from codegym_jlab.store import Store
from codegym_jlab.store.audit import about
from codegym_jlab.store.base import Found, LineKey

from ..grading.errors import NeedsReason
from .manager import CHANGES, Actor, ClassManager, Names

PAGE = 20  #: lines of progress, so that one request takes seconds


@frozen
class Regrades:
    """One a process, beside the class manager, which says who may."""

    store: Store
    classes: ClassManager
    judge: Judge
    on_events: Callable[[], None]
    at_once: int

    async def page(
        self,
        actor: Actor,
        offering: str,
        exercise: str,
        after: LineKey,
        *,
        why: str | None = None,
        allow_lower: bool = False,
    ) -> Json:
        """What judging some answers again would change; with `why`, that is recorded. `next`: where to go on, or null.

        What was recorded once is judged alike the next time, so one that was stopped is begun anew and loses nothing.
        Raises NotAllowed, UnknownOffering, UnknownExercise, NeedsReason, SandboxUnavailable.
        """
        await self.classes.allow(actor, offering, CHANGES)
        if why is not None and not why.strip():
            raise NeedsReason("Say why: the reason is kept with each score that changes.", fields=["score"])
        loaded = await self.classes.course(offering)
        exercises = regraded_exercises(loaded, exercise=place_in(loaded, exercise).exercise.id)
        total = (await self.store.count_handed_in(offering)).get(exercise, 0)
        regrading = Regrading(self.store, loaded, self.judge, offering, flow=new_id(), at_once=self.at_once)
        page = await regrading.page(exercises, after, PAGE) if exercises else ()
        found = await regrading.look(page)
        names = await self.classes.names(actor, offering)
        recorded = held = 0
        if why is not None:
            who = await self.store.make_person(offering, actor.account)
            for one in found:
                about(one.progress.person if one.changes else "")
            became = await regrading.record(found, who=who, why=why.strip(), allow_lower=allow_lower)
            recorded, held = sum(bool(one.recorded) for one in became), sum(bool(one.held) for one in became)
            self.on_events()
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

    async def parked(self, actor: Actor, offering: str) -> list[Json]:
        """What could not be judged three times, by our fault, the oldest first. Raises NotAllowed, UnknownOffering."""
        names = await self.classes.names(actor, offering)
        parked = await self.store.parked(offering)
        return [parked_json(one) | names.owner(one.submission.person) for one in parked]

    async def retry(self, actor: Actor, offering: str) -> None:
        """Put all of them back: the server judges them again. Raises NotAllowed, UnknownOffering."""
        await self.classes.allow(actor, offering, CHANGES)
        for one in await self.store.parked(offering):
            await self.store.try_again(offering, one.submission.id)


def parked_json(found: Found) -> Json:
    """What could not be judged, and why: for the command line and over HTTP."""
    sent, notices = found.submission, found.judgement.notices if found.judgement else ()
    return {
        "submission": sent.id,
        **some(sent, "person exercise"),
        "received_at": sent.received_at.isoformat(timespec="seconds"),
        "faults": found.faults,
        "why": "; ".join(notice.text for notice in notices),
    }


def _line(line: RegradedLine, names: Names) -> Json:
    newest = line.changes[-1]
    return {
        **names.owner(line.progress.person),
        "verdict": newest.after.verdict.value,
        "before": line.progress.counting_score,
        "after": line.after.counting_score,
        "max_score": line.after.max_score,
        "lowers": line.lowers,
        "by_rules": newest.by_rules,
        "because": [{"label": check.label, "passes": check.after == "AC"} for check in newest.because],
    }
