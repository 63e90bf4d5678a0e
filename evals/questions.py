"""Beginners' plain questions, answered at real answers as the notebook would show them; a person judges the words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codegym_jlab.course.loader import load_course
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import ANSWER, CellUnreadable, solution_names
from codegym_jlab.grading.grader.replay import student_replay
from codegym_jlab.records import Cell, Verdict
from codegym_jlab.sandbox.base import Sandbox
from codegym_jlab.tutor.batch import Answered, Line, answer_line, checked
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.diagnosis import Diagnoser
from codegym_jlab.tutor.explain.run import seen_in
from codegym_jlab.tutor.explain.seen import Seen
from codegym_jlab.tutor.guard import Guard
from codegym_jlab.tutor.misconceptions import WrongPatterns

HERE = Path(__file__).parent / "questions"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was said to it."""

    id: str
    line: Line
    answered: Answered


async def asked(grader: Grader, only: str = "", file: Path | None = None) -> AsyncIterator[Asked]:
    """Each question of the set, in order; `only`: those whose id has this in it. Raises SandboxUnavailable."""
    import yaml

    told = yaml.safe_load((file or HERE / "talks.yaml").read_text("utf-8"))
    loaded = load_course(HERE / "course")
    room = Room(loaded, Guard(loaded, grader), None, grader.sandbox, Diagnoser(grader))
    desk = _Desk(room, grader, WrongPatterns(grader))
    for talk in told["talks"]:
        if only in talk["id"]:
            line = await desk.line(talk, told["answers"].get(talk.get("answer")))
            yield Asked(talk["id"], line, await answer_line(room, line))


@dataclass(frozen=True, slots=True)
class _Desk:
    room: Room
    grader: Grader
    patterns: WrongPatterns

    async def line(self, talk: Mapping[str, Any], answer: Mapping[str, str] | None) -> Line:
        """The question beside what the notebook shows then."""
        if answer is None:
            return Line(talk["id"], tuple(talk["say"]))
        line = Line(talk["id"], tuple(talk["say"]), answer["exercise"], answer["source"])
        line = replace(line, cells=tuple(self._above(answer["exercise"])))
        if talk["at"] == "run" and self.room.sandbox is not None:
            seen = await self._seen(self.room.sandbox, line, line.source)
            if seen.type == "EOFError":  # it was read, and stops where something is typed
                seen = await self._seen(self.room.sandbox, line, self._typing(line) + line.source)
                seen = replace(seen, line=seen.line and seen.line - 1)
            if seen.type in ("EOFError", "StopIteration", *Verdict.__members__):  # it goes on, or waits for more
                seen = Seen()
            lines = "\n".join(f'  File "answer", line {number}' for number in [seen.line] if number)
            error = f"Traceback (most recent call last):\n{lines}\n{seen.type}: {seen.message}"
            return replace(line, last_error=error if seen.type else None)
        return await checked(self.room.loaded, self.grader, self.patterns, line) if talk["at"] == "checked" else line

    def _above(self, exercise: str) -> Iterator[Cell]:
        """What a student has solved before this one, if it builds on that."""
        for step in self.room.loaded.find(exercise)[1].uses or ():
            yield Cell(self.room.loaded.find(step)[1].solution, role="answer", exercise=step)

    async def _seen(self, sandbox: Sandbox, line: Line, source: str) -> Seen:
        """How the cell ends below the given cells and beside the course's files."""
        exercise = self.room.loaded.find(str(line.exercise))[1]
        try:
            replay = student_replay(sandbox, self.room.loaded, exercise, line.cells, source, solution_names(source))
            async with replay.running():
                reply = replay.answer
                if replay.is_running and any(one.action == "program" for one in exercise.sample_checks):
                    reply = await replay.check(program=True)
        except CellUnreadable:
            return await seen_in(sandbox, source)
        failure = reply.failure if reply is not None else None
        if failure is None:
            return Seen()
        return Seen(failure.type, failure.message, (), failure.line if failure.cell == ANSWER else None)

    def _typing(self, line: Line) -> str:
        """A line of code that types what the first sample says, as a student does who runs the cell."""
        checks = self.room.loaded.find(str(line.exercise))[1].sample_checks
        typed = next((one.stdin for one in checks if one.stdin), "")
        return f"input = lambda *_, rows=iter({typed.splitlines()!r}): next(rows)\n" if typed else ""
