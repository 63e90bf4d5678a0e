"""Who marks an answer beside the first: another person, neither seeing the other's marks, or a model's draft. Pure.

Of two people's marks the mean counts within the tolerance; beyond it an instructor decides, who sees both.

A draft stands beside the answer and is no mark: a person gives the points of each line (`marks.py`). Whatever a reply
says, the points of a line are in its range, and the words that they rest on stand in the answer.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.llm.base import Message, Prompt, quoted, words
from codegym_jlab.records import Json, frozen, grouped, some
from codegym_jlab.store.base import DecidedDraft, GivenMarks

#: open: it can be marked. mine: it waits for another marker. differ: an instructor decides.
Stage = Literal["open", "mine", "differ"]

LONGEST, OF_LINE, MOST = 1_500, 150, 12_000  #: tokens of a reply and of a line of it; characters of a reply
NO_DRAFT = {"points": None, "words": ""}  #: of a line for which none could be made
_JSON = json.JSONDecoder()


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
    return grouped((one.submission, one) for one in given if not one.drafted)


def agreement(pairs: Iterable[tuple[Sequence[GivenMarks], float]]) -> Json:
    """Of answers that two people marked, each with its tolerance: how many are within it, and the mean distance."""
    both = [(apart(given), tolerance) for given, tolerance in pairs if len(given) > 1]
    within = sum(points <= tolerance for points, tolerance in both)
    mean = half_up(sum(points for points, _ in both) / len(both)) if both else None
    return {"answers": len(both), "within": within, "apart": mean}


def prompt_for(exercise: Exercise, lines: Mapping[str, float], answer: str) -> Prompt:
    """`lines`: the most points by line of the rubric; the one without a name is the whole answer."""
    texts = {item.id: item.text for item in exercise.rubric}
    rubric = [f"{n}. (0 to {most:g}) {texts.get(id, 'All of it')}" for n, (id, most) in enumerate(lines.items(), 1)]
    told = {
        "Task": exercise.statement,
        "An answer of the author": exercise.solution,
        "Rubric": "\n".join(rubric),
        "Answer of the student": answer,
    }
    parts = [quoted(name, text) for name, text in told.items() if text]
    turns = Message("system", words(__package__, "marks")), Message("user", "\n\n".join(parts))
    return Prompt(turns, max_tokens=min(OF_LINE * (1 + len(lines)), LONGEST), temperature=0.0)


def proposals(reply: str, lines: Mapping[str, float], answer: str) -> list[Json]:
    """Of each line of the rubric its points and the words of the answer, or that there are none."""
    found: dict[str, Json] = {}
    for one in _objects(reply[:MOST], answer):
        found.setdefault(str(one["line"]), one)
    each = enumerate(lines.items(), 1)
    return [{"id": id} | _proposal(found.get(str(n), NO_DRAFT), most, answer) for n, (id, most) in each]


def _objects(reply: str, answer: str) -> Iterator[Json]:
    """What it says of lines, in a list or not; but not what it only repeats of the answer, which may forge that."""
    spoken, at = " ".join(answer.split()), reply.find("{")
    while at >= 0:
        end = at + 1
        try:
            one, after = _JSON.raw_decode(reply, at)
        except (ValueError, RecursionError):
            one, after = {}, end
        if "line" in one:
            end = after
            if " ".join(reply[at:end].split()) not in spoken:
                yield one
        at = reply.find("{", end)


def _proposal(one: Json, most: float, answer: str) -> Json:
    points: Any = one.get("points")
    said = one.get("words")
    if type(points) not in (int, float) or not isinstance(said, str):
        return NO_DRAFT
    found = re.search(r"\s+".join(map(re.escape, said.split())), answer)
    if found is None or not 0 <= points <= most or (points and not found[0]):
        return NO_DRAFT
    return {"points": half_up(points), "words": found[0]}


def drafts_agreement(decided: Iterable[DecidedDraft], loaded: LoadedCourse) -> list[Json]:
    """By line of the rubric: how many people decided on, accepted, gave the same points to, and points from draft to
    person. Who accepts has agreed before they thought of points of their own: that is told apart.
    """
    found = grouped(
        ((one.exercise, id), (one.given[id] - line["points"], id in one.accepted))
        for one in decided
        for line in one.drafted
        if line["points"] is not None and (id := line["id"]) in one.given
    )
    told = []
    for (exercise, id), each in found.items():
        _, meant = loaded.find(exercise)
        texts = {item.id: item.text for item in meant.rubric}
        steps, many = [step for step, _ in each], len(each)
        accepted = sum(as_it_was for _, as_it_was in each)
        told.append(
            {
                "exercise": exercise,
                "title": meant.title,
                "line": id,
                "text": texts.get(id, ""),
                "answers": many,
                "accepted": accepted,
                "same": sum(abs(step) < 0.005 for step in steps) - accepted,
                "apart": half_up(sum(map(abs, steps)) / many),
                "higher": round(sum(steps) / many, 2),
            }
        )
    return told
