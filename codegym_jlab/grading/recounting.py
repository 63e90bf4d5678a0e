"""What was handed in counts anew where the rules are others since: more time that was given after it came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.store.base import Enrolment, HandedIn, Revision, Store, new_id

from .revised import Rules, recounted, revision
from .rules import Place, policy_at


async def rules_for(store: Store, loaded: LoadedCourse, who: Enrolment, exercise: str, now: datetime) -> Rules:
    """What decides now what counts of a person in an exercise. Raises KeyError where the course has none such."""
    unit, found = loaded.find(exercise)
    ledger = await store.ledger(who.offering, who.person, unit.id, exercise)
    hints = await store.hints(who.offering, who.person, exercise) if ledger.progress.hints else ()
    return Rules(policy_at(Place(loaded, unit, found), who, ledger), hints, now, found.marking == "manual")


async def recount(
    store: Store,
    loaded: LoadedCourse,
    who: Enrolment,
    exercises: Iterable[Exercise],
    *,
    by: str,
    why: str,
    now: datetime,
) -> None:
    """Each line by the rules as they are now, with who changed them (an account) and why. No score falls by it."""
    person = await store.make_person(who.offering, by)
    for exercise in exercises:
        rules = await rules_for(store, loaded, who, exercise.id, now)

        def revise(line: HandedIn, rules: Rules = rules) -> Revision:
            change = recounted(line, rules, new_id())
            return revision(line, [change] if change is not None else [], rules, allow_lower=False)

        await store.supersede(who.offering, who.person, exercise.id, revise, who=person, why=why)
