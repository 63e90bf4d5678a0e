"""A class's wrong answers for its staff: together where the same kind of mistake, in the same place, fails the same.

Of each student the newest answer counts. Each cluster shows its shortest answer, and drafts a `misconception` of it,
which is graded as any answer is: it is proved where a check refuses it, and says how many answers fail as it does.
"""

import re
from collections.abc import Sequence
from time import monotonic

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.course.yaml_source import write_yaml
from codegym_jlab.grading.batch import judge_unrecorded
from codegym_jlab.grading.errors import UnknownExercise
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import python_text
from codegym_jlab.records import Json, Judgement, Submission, Verdict, frozen, grouped
from codegym_jlab.store import Store

from ..locale import Words, words
from .diagnosis import WRONG, Diagnoser, Diagnosis, StudentAnswer
from .edits.guides import form_of
from .sentences import example_text, question_text

#: Answers that are looked at, clusters that are told, and seconds after which an answer says what is known so far.
NEWEST, MOST, WAIT_S = 1000, 20, 15.0

Pattern = frozenset[str]


@frozen
class _Wrong:
    sent: Submission
    judgement: Judgement
    found: Diagnosis
    pattern: Pattern

    @property
    def key(self) -> object:
        """What those of one cluster have in common: the author's idea, else checks that fail, kind and statements."""
        raised = self.judgement.failure.type if self.judgement.failure is not None else ""
        place = tuple(form_of(python_text(self.sent.source), line) for line in self.found.lines)
        own = (self.pattern, self.found.kind, raised, place)
        return self.found.idea.id if self.found.idea is not None else own


async def clusters(
    store: Store, diagnoser: Diagnoser, loaded: LoadedCourse, offering: str, exercise: str, language: str
) -> Json:
    """The clusters as JSON, the largest first. `left`: so many answers are not looked at yet; ask again.

    `exercises` have wrong answers; without `exercise` that is all. Raises UnknownExercise.
    """
    counts = await store.count_judged(offering, WRONG)
    every = loaded.exercises
    some = [{"exercise": one.id, "title": one.title, "answers": counts[one.id]} for one in every if one.id in counts]
    if not exercise:
        return {"exercises": some, "answers": 0, "left": 0, "clusters": []}
    asked = next((one for one in every if one.id == exercise), None)
    if asked is None:
        raise UnknownExercise(exercise=exercise)
    newest: dict[str, tuple[Submission, Judgement]] = {}
    for found in await store.judged_answers(offering, exercise, WRONG, NEWEST):
        if found.judgement is not None:
            newest.setdefault(found.submission.person, (found.submission, found.judgement))
    known: list[_Wrong] = []
    ends = monotonic() + WAIT_S
    for sent, judged in newest.values():
        if monotonic() > ends:
            break
        answer = StudentAnswer(loaded, asked, sent.source, sent.cells, offering)
        diagnosis = await diagnoser.diagnose(answer, practice=True, judgement=judged)
        known.append(_Wrong(sent, judged, diagnosis, _pattern_of(judged, asked)))
    groups = grouped((one.key, one) for one in known)
    largest = sorted(groups.values(), key=len, reverse=True)[:MOST]
    told = [await _told(diagnoser.grader, loaded, asked, group, words(language)) for group in largest]
    return {"exercises": some, "answers": len(newest), "left": len(newest) - len(known), "clusters": told}


def _pattern_of(judgement: Judgement, exercise: Exercise) -> Pattern:
    """The checks that did not pass, of an output with what it was; empty where the answer did not run at all."""
    if judgement.failure is not None:
        return frozenset()
    printed = {check.id for check in exercise.checks if check.action == "program" and check.random is None}
    failed = [check for check in judgement.checks if not check.passed]
    return frozenset(f"{one.check} {one.got}" if one.check in printed else one.check for one in failed)


async def _told(grader: Grader, loaded: LoadedCourse, exercise: Exercise, group: Sequence[_Wrong], said: Words) -> Json:
    shortest = min(group, key=lambda one: (len(one.sent.source), one.sent.id))
    found, source = shortest.found, shortest.sent.source
    labels = {check.id: check.title for check in exercise.checks}
    failed = [labels.get(check.check, check.label) for check in shortest.judgement.checks if not check.passed]
    lines = source.splitlines()
    return {
        "id": shortest.sent.id,
        "answers": len(group),
        "lines": list(found.lines),
        "code": lines[found.lines[0] - 1].strip() if found.lines and found.lines[0] <= len(lines) else "",
        "question": found.question(said),
        "misconception": found.idea.id if found.idea is not None else None,
        "failed": failed,
        "checks": len(exercise.checks),
        "source": source,
        "example": found.example.as_json() if found.example is not None and found.example.call else None,
        "draft": None if found.idea is not None else await _draft(grader, loaded, exercise, group, shortest),
    }


async def _draft(
    grader: Grader, loaded: LoadedCourse, exercise: Exercise, group: Sequence[_Wrong], shortest: _Wrong
) -> Json:
    """An item of `misconceptions`: YAML, and what grading it showed."""
    found, source = shortest.found, shortest.sent.source
    said = words(loaded.head.language)
    _, judged = await judge_unrecorded(grader, loaded, exercise.id, source)
    taken = {one.id for one in exercise.misconceptions}
    name = re.sub(r"[^a-z]+", "-", f"{found.kind or 'mistake'} {(found.example.name if found.example else '').lower()}")
    ids = (f"{name.strip('-')}{'' if n == 1 else f'-{n}'}" for n in range(1, len(taken) + 2))
    example = example_text(said, found.example) if found.example is not None else ""
    say = f"{question_text(said, found.kind)} {example}".strip() or "…"
    item = {"id": next(id for id in ids if id not in taken), "wrong": _plain(source), "say": say}
    return {
        "yaml": write_yaml([item]),
        "refused": judged.verdict not in (Verdict.AC, Verdict.JE),
        "alike": sum(_fails_as(one.judgement, judged) for one in group),
    }


def _fails_as(own: Judgement, whole: Judgement) -> bool:
    """Whether both fail the same of the checks that ran in the first: a try runs the sample checks alone."""
    other = {check.check: check.passed for check in whole.checks}
    return all(other.get(check.check) == check.passed for check in own.checks)


def _plain(source: str) -> str:
    """As a block in YAML holds it: no blanks at the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in source.expandtabs(4).strip("\n").splitlines())
