"""What `codegym check` says: of each exercise, and of the course at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from codegym_jlab.records import Json

from .check import Checked
from .survivors import MutantResult, Tally

#: Percent of a course's mutants that may be marked as equivalent; one may be in any course.
MOST_MARKED = 5


@dataclass(slots=True)
class Summary:
    """The sum over a course. `least` is the percent of mutants that must be killed; None asks for none."""

    errors: int  #: of its schema
    least: float | None
    exercises: int = 0
    found: int = 0
    tally: Tally | None = None  #: of all exercises; None where no mutants were run

    def add(self, checked: Checked) -> None:
        """Count one exercise."""
        self.exercises += not checked.is_unit
        self.found += len(checked.findings)
        if checked.mutants is not None:
            self.tally = Tally((*(self.tally or Tally()).mutants, *checked.mutants.mutants))

    @property
    def mistakes(self) -> tuple[str, ...]:
        """What is wrong with the course as a whole."""
        if (tally := self.tally) is None:
            return ()
        told = []
        everything = tally.total + tally.marked
        if tally.marked > max(1, everything * MOST_MARKED / 100):
            told.append(
                f"{tally.marked} of {everything} mutants are marked as equivalent, and at most {MOST_MARKED} % may be; "
                "kill some by checks, or write the solutions more simply"
            )
        if self.least is not None and tally.share < self.least:
            told.append(
                f"the checks kill {percent(tally.share)} of the mutants, and {percent(self.least)} are asked for; "
                "add the checks that are suggested above"
            )
        return tuple(told)

    @property
    def is_fit(self) -> bool:
        """True where nothing is to be mended."""
        return not (self.errors or self.found or self.mistakes)

    def as_json(self, course: str) -> Json:
        """The last line of `--json`."""
        return {
            "course": course,
            "exercises": self.exercises,
            "fit": self.is_fit,
            "mutants": self.tally.counts if self.tally else None,
            "mistakes": list(self.mistakes),
        }

    def lines(self, title: str) -> Iterator[str]:
        """The last lines for people."""
        yield from self.mistakes
        count = self.errors + self.found + len(self.mistakes)
        verdict = f"{count} {'thing' if count == 1 else 'things'} to mend" if count else "fit for students"
        tally = self.tally or Tally()
        told = f" Its checks kill {tally.killed} of {tally.total} mutants ({percent(tally.share)})."
        yield f"{title}: {self.exercises} exercises, {verdict}.{told if tally.total else ''}"


def percent(share: float) -> str:
    """`95 %`, with one decimal where there is one; never rounded up to 100."""
    return f"{min(share, 99.9) if share < 100 else 100:.1f}".removesuffix(".0") + " %"


def exercise_lines(checked: Checked) -> Iterator[str]:
    """One exercise for people: its mark, its share of mutants, what is to be mended, and what survived."""
    tally = checked.mutants
    killed = ""
    if tally is not None:
        marked = f", {tally.marked} marked as equivalent" if tally.marked else ""
        killed = f"  {percent(tally.share)} of mutants killed ({tally.killed} of {tally.total}{marked})"
    yield f"{'✗' if checked.findings else '✓'} {checked.exercise}{killed}"
    if checked.scores:
        names = {"empty": "empty cell"}
        scores = ", ".join(f"{names.get(name, name)} {points:g}" for name, points in checked.scores.items())
        yield f"    of {checked.max_score:g} points: {scores}"
    yield from (" ".join(str(finding).split()) for finding in checked.findings)
    for survivor in tally.survivors if tally else ():
        yield from _survivor_lines(survivor)


def _survivor_lines(survivor: MutantResult) -> Iterator[str]:
    mutant = survivor.mutant
    yield f"    no check notices {mutant.id} ({mutant.kind}, line {mutant.line}):"
    for line in mutant.diff.splitlines()[2:]:
        yield f"        {line}"
    if survivor.suggestion is None:
        yield "      no input was found that tells it from the solution; if there is none, mark it as equivalent:"
        yield "        equivalent:"
        yield f"          - mutant: {mutant.id}"
        yield "            reason: say here why it means the same"
        return
    yield "      this check does; it goes under `checks`:"
    for line in survivor.suggestion.splitlines():
        yield f"        {line}"
