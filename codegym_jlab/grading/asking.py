"""The checks of one answer in the order in which they are asked, and those of a kind in one go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.expected import CourseFault
from codegym_jlab.grading.outcomes import Expected
from codegym_jlab.grading.replay import Replay
from codegym_jlab.grading.replies import Reply
from codegym_jlab.telemetry.spans import span


def is_anew(check: Check) -> bool:
    """True where what is expected is worked out at every judgement, never kept."""
    return check.random is not None or check.code is not None


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that are asked together, never samples with hidden ones."""

    checks: list[Check]
    questions: dict[str, dict[str, Any]]  #: by the check's id: those that the student's process alone answers

    @property
    def is_hidden(self) -> bool:
        """What is asked here, no student may see."""
        return self.checks[0].is_hidden


def groups(
    replay: Replay, checks: Sequence[Check], known: Mapping[str, Expected | CourseFault], *, until_failure: bool
) -> list[Group]:
    """The checks in the order in which they run, as `replay` is asked them."""
    return [Group(some, _questions(replay, some, known)) for some in _kinds(checks, until_failure)]


def _kinds(checks: Sequence[Check], until_failure: bool) -> Iterator[list[Check]]:
    group: list[Check] = []
    for check in sorted(checks, key=lambda check: check.is_hidden):
        alone = until_failure or is_anew(check) or (group and is_anew(group[0]))
        if group and (alone or check.is_hidden != group[0].is_hidden):
            yield group
            group = []
        group.append(check)
    if group:
        yield group


def _questions(
    replay: Replay, group: Sequence[Check], known: Mapping[str, Expected | CourseFault]
) -> dict[str, dict[str, Any]]:
    return {
        str(check.id): _question(replay, check, expected)
        for check in group
        if not is_anew(check) and isinstance(expected := known[str(check.id)], Expected)
    }


def asked_ahead(order: Sequence[Group]) -> list[dict[str, Any]]:
    """What is asked in one message with the answer cell: the samples, which a student knows, where others follow."""
    return list(order[0].questions.values()) if len(order) > 1 and not order[0].is_hidden else []


async def asked(replay: Replay, group: Group, *, ends: bool) -> dict[str, Reply]:
    """Replies by the check's id, to the group's questions. With `ends` nothing is asked of that process after it."""
    if not group.questions:
        return {}
    with span("checks", number=len(group.questions), hidden=group.is_hidden):
        replies = await replay.checks(list(group.questions.values()), ends=ends)
    return dict(zip(group.questions, replies, strict=True))


def _question(replay: Replay, check: Check, expected: Expected) -> dict[str, Any]:
    return replay.question(
        setup=check.setup,
        call=check.call,
        run=check.run,
        stdin=check.stdin,
        want="value" if check.call is not None and expected.prints is None else "none",
        exact=check.exact,
    )
