"""The policy that holds for a person in an exercise, from course and records; and whether an answer may be accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy, Layer, Overrides, Policy, layers_of, merged, resolved
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.store.base import Enrolment, Ledger, Override, Progress
from codegym_jlab.submission import Kind

from .errors import AttemptsUsedUp, Closed, NotOpen


@dataclass(frozen=True, slots=True)
class Place:
    """An exercise in its unit and course, as they were read last."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a person, or the team they answer with, stands in an exercise, and the policy that holds there."""

    place: Place
    policy: EffectivePolicy
    progress: Progress
    owner: Enrolment  #: the person, or the team whose line it is


def policy_at(place: Place, enrolment: Enrolment, ledger: Ledger) -> EffectivePolicy:
    """What holds for this person in this exercise."""
    return policy_for(place.loaded, place.unit, place.exercise, enrolment, ledger.overrides, ledger.opened_at)


def policy_for(
    loaded: LoadedCourse,
    unit: Unit,
    exercise: Exercise | None,
    enrolment: Enrolment,
    overrides: Iterable[Override],
    opened_at: datetime | None,
) -> EffectivePolicy:
    """What holds for this person in an exercise, or in a unit where that is None."""
    layers = layers_for(loaded, unit, exercise, enrolment, overrides)
    return resolved(merged([layer.policy for layer in layers]), enrolment.time_zone, opened_at)


def layers_for(
    loaded: LoadedCourse,
    unit: Unit,
    exercise: Exercise | None,
    enrolment: Enrolment,
    overrides: Iterable[Override],
) -> list[Layer]:
    """Every place that has a say in it, the weakest first."""
    assert loaded.course is not None
    overrides = tuple(overrides)
    return layers_of(
        loaded.course,
        unit,
        exercise,
        term=_term(enrolment),
        offering=_layer(o for o in overrides if not o.person and not o.section),
        section=_layer(o for o in overrides if o.section),
        student=_layer(o for o in overrides if o.person),
    )


def _term(enrolment: Enrolment) -> Policy | None:
    """Unless anything else says otherwise, all of a class opens with its first day and is due on its last."""
    dates = {"opens": enrolment.begins, "due": enrolment.ends}
    written = {name: at for name, at in dates.items() if at is not None}
    return Policy(**written) if written else None


def _layer(overrides: Iterable[Override]) -> Overrides | None:
    """Rows of the records as the policy's own layers."""
    rows = list(overrides)
    if not rows:
        return None
    layers = {(o.unit, o.exercise): Policy.model_validate(o.fields) for o in rows}
    return Overrides(
        course=layers.get(("", ""), Policy()),
        units={unit: policy for (unit, exercise), policy in layers.items() if unit and not exercise},
        exercises={exercise: policy for (_, exercise), policy in layers.items() if exercise},
    )


def admit(kind: Kind, policy: EffectivePolicy, ledger: Ledger, now: datetime) -> None:
    """Raises NotOpen, Closed or AttemptsUsedUp where this may not be accepted at `now`.

    A try is always taken once it is open. The same source again costs no attempt, and is answered with none left.
    """
    if not policy.is_open(now):
        raise NotOpen(policy.opens)
    if kind is not Kind.SUBMIT:
        return
    if policy.is_closed(now):
        raise Closed(policy.closes)
    used = ledger.progress.attempts
    if policy.attempts is not None and not ledger.repeat and used + ledger.waiting >= policy.attempts:
        raise AttemptsUsedUp(used, policy.attempts)
