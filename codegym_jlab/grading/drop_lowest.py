"""What leaves a student's sum as the lowest, by the policy's `drop_lowest`: exercises of a unit, then units. Pure.

As in Canvas and Moodle the lowest share of the points goes, what was not handed in counts 0, and one always stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.records import frozen
from codegym_jlab.store.classes import Enrolment, Override

from .admission import policy_for

#: Why it is dropped: it is among the lowest of its unit, or its unit is among the lowest.
Dropped = Literal["exercise", "unit"]


@frozen
class Limits:
    """How many of its kind may go where an exercise, a unit stands; 0: this one always stays."""

    exercises: Mapping[str, int]
    units: Mapping[str, int]


def limits_for(loaded: LoadedCourse, who: Enrolment, overrides: Iterable[Override]) -> Limits | None:
    """What holds for a student, of all that is set for them; None: nothing is dropped."""
    rules = [rule for rule in overrides if "drop_lowest" in rule.fields]
    units = loaded.units
    written = [loaded.head.policy, *(u.policy for u in units), *(e.policy for e in loaded.exercises)]
    if not rules and all(policy.drop_lowest is None for policy in written):
        return None
    each = {e.id: policy_for(loaded, u, e, who, rules, None).drop_exercises for u in units for e in u.exercises}
    return Limits(each, {u.id: policy_for(loaded, u, None, who, rules, None).drop_units for u in units})


def dropped(
    loaded: LoadedCourse,
    limits: Limits | None,
    scores: Mapping[str, float],
    unknown: Collection[str],
    excused: Collection[str],
) -> dict[str, Dropped]:
    """What leaves the sum, by exercise.

    `scores`: the points that count; `unknown`: exercises whose points are yet to come, which stay, and their units.
    """
    if limits is None:
        return {}
    gone: dict[str, Dropped] = {}
    left = {}
    for unit in loaded.units:
        own = [e for e in unit.exercises if e.counted_points > 0 and e.id not in excused]
        items = [(e.id, scores.get(e.id, 0.0), e.counted_points) for e in own]
        lowest = _lowest(items, limits.exercises, unknown)
        gone |= {exercise: "exercise" for exercise in lowest}
        left[unit.id] = [e for e in own if e.id not in lowest]
    sums = [(id, sum(scores.get(e.id, 0.0) for e in of), sum(e.counted_points for e in of)) for id, of in left.items()]
    open_units = {id for id, of in left.items() if any(e.id in unknown for e in of)}
    for id in _lowest([one for one in sums if one[2] > 0], limits.units, open_units):
        gone |= {e.id: "unit" for e in left[id]}
    return gone


def _lowest(
    items: Sequence[tuple[str, float, float]], limits: Mapping[str, int], unknown: Collection[str]
) -> frozenset[str]:
    """Of (id, points, most) those with the lowest share; of equal ones what is worth most, then what comes last."""
    may = [(points / most, -most, -n, id) for n, (id, points, most) in enumerate(items) if limits[id]]
    count = min(max((limits[id] for *_, id in may), default=0), len(items) - 1)
    return frozenset(id for *_, id in sorted(one for one in may if one[3] not in unknown)[: max(count, 0)])
