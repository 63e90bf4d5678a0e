"""Two people mark an answer, neither seeing the other's marks; what is made of both. Pure.

Within the tolerance their mean counts; beyond it an instructor decides, who sees both.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.records import Json, frozen, some
from codegym_jlab.store.base import GivenMarks

#: open: it can be marked. mine: it waits for another marker. differ: an instructor decides.
Stage = Literal["open", "mine", "differ"]


@frozen
class Pair:
    """What the markers of one answer gave so far, and who looks."""

    given: Sequence[GivenMarks]
    me: str | None  #: the person who looks
    policy: EffectivePolicy
    decides: bool  #: who looks may decide where the two differ

    @property
    def stage(self) -> Stage:
        """Of an answer that is not recorded yet."""
        if len(self.given) > 1:
            return "differ"
        return "mine" if self.mine is not None else "open"

    @property
    def mine(self) -> GivenMarks | None:
        """What the person who looks gave."""
        return next((one for one in self.given if one.giver == self.me), None)

    @property
    def agrees(self) -> bool:
        """Both are in, and no further apart than may be."""
        return len(self.given) > 1 and apart(self.given) <= self.policy.markers_tolerance

    def mean(self) -> tuple[float, dict[str, float], str, set[str]]:
        """Points, points by line and comments of both, and the lines that both accepted as drafted."""
        one, other = self.given[:2]
        theirs = {item["id"]: item["points"] for item in other.items}
        items = {item["id"]: half_up((item["points"] + theirs[item["id"]]) / 2) for item in one.items}
        comments = "\n\n".join(each.comment for each in (one, other) if each.comment)
        return half_up((one.points + other.points) / 2), items, comments, {*one.accepted} & {*other.accepted}

    def as_json(self, names: Mapping[str, str | None], recorded: bool) -> Json:
        """What a marker may see: both marks once both are in."""
        shown = self.given if len(self.given) > 1 else ()
        return {
            "stage": "done" if recorded else self.stage,
            "tolerance": self.policy.markers_tolerance,
            "decides": self.decides,
            "given": [{"who": names.get(one.giver), **some(one, "points items comment")} for one in shown],
        }


def apart(given: Sequence[GivenMarks]) -> float:
    """Points between the first two."""
    return half_up(abs(given[0].points - given[1].points))


def by_submission(given: Iterable[GivenMarks]) -> dict[str, list[GivenMarks]]:
    """What people gave."""
    found = defaultdict[str, list[GivenMarks]](list)
    for one in given:
        if not one.drafted:
            found[one.submission].append(one)
    return found


def agreement(pairs: Iterable[tuple[Sequence[GivenMarks], float]]) -> Json:
    """Of answers that two people marked, each with its tolerance: how many are within it, and the mean distance."""
    both = [(apart(given), tolerance) for given, tolerance in pairs if len(given) > 1]
    within = sum(points <= tolerance for points, tolerance in both)
    mean = half_up(sum(points for points, _ in both) / len(both)) if both else None
    return {"answers": len(both), "within": within, "apart": mean}
