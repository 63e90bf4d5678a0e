"""The checks of one answer in the order in which they are asked, and those of a kind in one go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def groups(checks: Sequence[Check], *, until_failure: bool) -> Iterator[list[Check]]:
    """The checks in the order in which they run, those that are asked together in one list: never two kinds."""
    group: list[Check] = []
    for check in sorted(checks, key=lambda check: check.is_hidden):
        alone = until_failure or any(is_anew(one) for one in (check, *group[:1]))
        if group and (alone or check.is_hidden != group[0].is_hidden):
            yield group
            group = []
        group.append(check)
    if group:
        yield group


async def asked(
    replay: Replay, group: Sequence[Check], known: Mapping[str, Expected | CourseFault], *, ends: bool
) -> dict[str, Reply]:
    """Replies by the check's id, to those of a group that the student's process alone answers.

    With `ends` nothing is asked of that process after this group.
    """
    questions = _questions(replay, group, known)
    if not questions:
        return {}
    with span("checks", number=len(questions), hidden=group[0].is_hidden):
        return dict(zip(questions, await replay.checks(list(questions.values()), ends=ends), strict=True))


def asked_ahead(
    replay: Replay, checks: Sequence[Check], known: Mapping[str, Expected | CourseFault]
) -> list[dict[str, Any]]:
    """What is asked in one message with the answer cell: the samples, which a student knows, where others follow."""
    kinds = list(groups(checks, until_failure=False))
    if len(kinds) < 2 or kinds[0][0].is_hidden:
        return []
    return list(_questions(replay, kinds[0], known).values())


def _questions(
    replay: Replay, group: Sequence[Check], known: Mapping[str, Expected | CourseFault]
) -> dict[str, dict[str, Any]]:
    """By the check's id: those that the student's process alone answers."""
    wanted = {str(check.id): known[str(check.id)] for check in group if not is_anew(check)}
    return {
        str(check.id): _question(replay, check, expected)
        for check in group
        if isinstance(expected := wanted.get(str(check.id)), Expected)
    }


def _question(replay: Replay, check: Check, expected: Expected) -> dict[str, Any]:
    return replay.question(
        setup=check.setup,
        call=check.call,
        run=check.run,
        stdin=check.stdin,
        want="value" if check.call is not None and expected.prints is None else "none",
        exact=check.exact,
    )
