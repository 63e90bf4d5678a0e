"""`codegym suggest`: the fewest checks that kill the mutants which an exercise's checks leave alive."""

from collections.abc import Callable, Iterator

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.yaml_source import write_yaml
from codegym_jlab.grading.feedback import count_of
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Json, frozen, some

from .check import Checked, check_exercise
from .inputs import MANY
from .mutants import Mutant
from .placement import place, write
from .search import WIDTH, Difference
from .survivors import MutantResult, MutationRun, Tally, no_progress


@frozen
class Suggestion:
    """A check, by the input that it asks, and the mutants that it kills."""

    found: Difference
    kills: tuple[str, ...]  #: ids of mutants

    def as_json(self) -> Json:
        """For `--json`: the check as an item of YAML, hidden and as a sample."""
        hidden, sample = self.found.yaml, write_yaml([self.found.check], WIDTH)
        return {"found": self.found.words, "hidden": hidden, "sample": sample, "kills": list(self.kills)}


@frozen
class Suggested:
    """An exercise with what its mutants came to, and the checks suggested: each kills some that no other one does."""

    checked: Checked
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        """The mutants alive, each with the input that was found for it."""
        return (self.checked.mutants or Tally()).survivors

    @property
    def problem(self) -> str:
        """Why there are no mutants; empty where there are."""
        if self.checked.mutants is not None:
            return ""
        if self.checked.solution is not None and not self.checked.is_accepted:
            return "its solution is not accepted: see `codegym check`"
        return "it has no mutants: its answer is no Python code, or nothing checks it"

    def as_json(self) -> Json:
        """For `--json`: one line an exercise."""
        alive = [one.mutant.as_json() | one.search for one in self.survivors]
        return {
            **some(self.checked, "exercise title"),
            "error": self.problem or None,
            "alive": alive,
            "checks": [one.as_json() for one in self.suggestions],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        tally = self.checked.mutants
        if tally is None:
            yield f"· {self.checked.exercise}: {self.problem}"
            return
        mark = "✗" if self.survivors else "✓"
        yield f"{mark} {self.checked.exercise}: {len(self.survivors)} of {tally.total} mutants are alive"
        for one in self.survivors:
            yield f"    {one.mutant.id}, line {one.mutant.line}: {_change(one.mutant)}"
            if one.found:
                yield f"      Found: {one.found.words}"
            else:
                yield f"      No difference in {one.tried:,} inputs. If it means the same, list it under `equivalent`."
        if self.suggestions:
            killed = len({mutant for suggestion in self.suggestions for mutant in suggestion.kills})
            checks, mutants = count_of(len(self.suggestions), "check"), count_of(killed, "mutant")
            yield f"    {checks} for {mutants}, to go under `checks`:"
            for suggestion in self.suggestions:
                yield from ("        " + line for line in suggestion.found.yaml.splitlines())


async def suggest_checks(
    loaded: LoadedCourse, grader: Grader, exercise: str, progress: Callable[[int, int], None] = no_progress
) -> Suggested:
    """Checks for the mutants that the exercise of this id leaves alive; the same ones at each call.

    `progress` is that of `MutationRun`. Raises KeyError.
    """
    run = MutationRun(grader, progress, MANY)
    checked = await check_exercise(loaded, grader, exercise, run)
    alive = Suggested(checked).survivors
    found = list({one.found.trial: one.found for one in alive if one.found}.values())
    if not found:
        return Suggested(checked)
    search = run.search(loaded, exercise)
    killed = [set[str]() for _ in found]
    for one in alive:
        for ids, kills in zip(killed, await search.kills(one.mutant.source, found), strict=True):
            ids |= {one.mutant.id} if kills else set()
    return Suggested(checked, tuple(_fewest(list(zip(found, killed, strict=True)))))


def _fewest(killed: list[tuple[Difference, set[str]]]) -> Iterator[Suggestion]:
    """A small set that kills all that any of them kills: always the one that kills most of what is left."""
    left = set[str]().union(*(ids for _, ids in killed))
    while left:
        found, ids = max(killed, key=lambda one: (len(one[1] & left), -one[0].trial.size[0]))
        yield Suggestion(found, tuple(sorted(ids)))
        left -= ids


def write_checks(loaded: LoadedCourse, suggested: Suggested) -> str:
    """Add the checks, hidden, to the exercise in its file, where every other line stays; returns FILE:LINE.

    Raises NoPlace, with nothing written; the text says why.
    """
    name = suggested.checked.exercise
    items = "".join(one.found.yaml for one in suggested.suggestions)
    placed = place(loaded, loaded.find(name)[0].id, items, name, "checks")
    write(loaded, placed)
    return f"{placed.file}:{placed.begin}"


def _change(mutant: Mutant) -> str:
    """`if age < 6:` → `if age <= 6:`, on one line."""
    lines = mutant.diff.splitlines()[2:]
    before, after = ([f"`{line[1:].strip()}`" for line in lines if line.startswith(sign)] for sign in "-+")
    return f"{', '.join(before)} → {', '.join(after) or 'nothing'}"
