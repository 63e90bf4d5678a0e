"""The errors of a course: one line each, with file, line and exercise, and the mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CourseError:
    """One mistake in a course, or one notice about it. `file` is relative to the course folder."""

    file: str
    line: int
    exercise: str | None
    problem: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " + (f"{self.exercise}: " if self.exercise else "")
        return " ".join(f"{place}{self.problem}; {self.mend}".split())


@dataclass(slots=True)
class Report:
    """Collects what is found in one file."""

    file: str
    errors: list[CourseError] = field(default_factory=list)
    notices: list[CourseError] = field(default_factory=list)

    def error(self, line: int, exercise: str | None, problem: str, mend: str) -> None:
        """Add a mistake; the same one is told once."""
        found = CourseError(self.file, line, exercise, problem, mend)
        if found not in self.errors:
            self.errors.append(found)

    def notice(self, line: int, exercise: str | None, problem: str, mend: str) -> None:
        """Add what is right but not there yet."""
        found = CourseError(self.file, line, exercise, problem, mend)
        if found not in self.notices:
            self.notices.append(found)

    def in_order(self) -> Iterator[CourseError]:
        """The mistakes by line."""
        return iter(sorted(self.errors, key=lambda error: error.line))
