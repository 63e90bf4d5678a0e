"""`forbids` and `requires`: rules about the text of an answer, from facts that the sandbox read out of it.

The text is parsed in the student's process before any of it has run, so the facts are the runner's, not the answer's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from codegym_jlab.course.schema import Exercise, Syntax

from .responses import number_in, pairs_in, visible

Found = dict[str, int]  #: a name, and the first line where it stands
Facts = Mapping[str, Found]

KINDS = ("imports", "calls", "names", "loops", "recursion")
MOST = 10_000


def facts_of(answer: Any) -> Facts | None:
    """The facts in a reply to `syntax`, read with suspicion; None where the text is no Python. Raises Malformed."""
    if not isinstance(answer, dict) or answer.get("status") != "ok":
        return None
    found = {kind: pairs_in(answer.get(kind), MOST) for kind in KINDS}
    return {kind: {str(name): number_in(line) for name, line in pairs} for kind, pairs in found.items()}


def broken_rules(exercise: Exercise, facts: Facts) -> list[str]:
    """One plain sentence for each rule that the answer breaks."""
    forbidden = _forbidden(exercise.forbids, facts) if exercise.forbids else ()
    missing = _missing(exercise.requires, facts) if exercise.requires else ()
    asked = "The statement asks for an answer"
    return [*(f"{asked} without {told}." for told in forbidden), *(f"{asked} {told}." for told in missing)]


def _forbidden(rule: Syntax, facts: Facts) -> Iterator[str]:
    for module in rule.imports:
        if (line := _line_of_import(module, facts)) is not None:
            yield f"the module `{module}`; it is imported in line {line}"
    for name in rule.calls:
        if (line := facts["calls"].get(name, facts["names"].get(name))) is not None:
            yield f"`{name}`; it stands in line {line}"
    for word, line in [*facts["loops"].items()][:1] if rule.loops else ():
        yield f"a loop; there is a `{word}` in line {line}"
    for name, line in [*facts["recursion"].items()][:1] if rule.recursion else ():
        yield f"recursion; `{visible(name, 80)}` in line {line} calls itself"


def _missing(rule: Syntax, facts: Facts) -> Iterator[str]:
    yield from (f"that imports `{module}`" for module in rule.imports if _line_of_import(module, facts) is None)
    yield from (f"that calls `{name}`" for name in rule.calls if name not in facts["calls"])
    if rule.loops and not facts["loops"]:
        yield "with a loop (`for` or `while`)"
    if rule.recursion and not facts["recursion"]:
        yield "with recursion: a function that calls itself"


def _line_of_import(module: str, facts: Facts) -> int | None:
    lines = [line for name, line in facts["imports"].items() if name == module or name.startswith(module + ".")]
    return min(lines, default=None)
