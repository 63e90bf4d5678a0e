"""The leak scan: no fragment of a hidden check or a solution in notebook, assets, output, metadata or feedback."""

import json
import re
from collections.abc import Iterator
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import unit_notebook
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.grading.feedback import bundle, student_view
from codegym_jlab.records import CheckResult, Json, Judgement, Submission, frozen, plain

#: Shorter fragments stand in any text by chance.
LEAST_LEAK = 8
#: Shorter lines of code stand in many programs, as `return 0`.
LEAST_LINE = 12
_OPENING = re.compile(r"#|@|(def|class|import|from)\b")
#: Bytes of a data file that are looked at.
MOST_OF_A_FILE = 4_000_000

#: What a student must not read: its name for the author, the text, and where in the exercise it is written.
Secret = tuple[str, str, tuple[Any, ...]]


@frozen
class Finding:
    """One thing that is wrong with a course, in the words of its author."""

    exercise: str | None
    kind: str  #: schema, given, marking, solution, starter, misconception, match, leak, mutants
    text: str
    at: tuple[Any, ...] = ()  #: where in the exercise: a key, and the place or id below it
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        owner = f"{self.exercise}: " if self.exercise else ""
        return f"{self.file}:{self.line}: {owner}{self.text}"

    def as_json(self) -> Json:
        """For `--json`."""
        return plain(self, "at")


def leaks(loaded: LoadedCourse, unit: Unit, exercise: Exercise) -> Iterator[Finding]:
    """Fragments of hidden checks, the solution, hints and misconceptions in the unit's notebook or the data files."""
    shown = _plain(json.dumps(unit_notebook(loaded, unit), ensure_ascii=False))
    open_parts = {_fragment(text) for text in _sample_texts(exercise)}
    meant = _plain("\n".join([exercise.statement, exercise.starter]))
    on_choices = (
        (f"the word on choice {letter}", choice.say or "", ("choices", i))
        for i, (letter, choice) in enumerate(exercise.lettered.items())
    )
    for name, text, at in [*secrets_of(exercise), *on_choices]:
        fragment = _fragment(text)
        if len(fragment) >= LEAST_LEAK and fragment in shown and fragment not in open_parts:
            where = "its own statement or starter" if fragment in meant else "the unit's notebook"
            yield Finding(exercise.id, "leak", f"{name} stands in {where}; change the one or the other", at)
    deciding = _deciding_lines(exercise)
    standing = [line for line in deciding if _fragment(line) in shown and _fragment(line) not in open_parts]
    if standing and 2 * len(standing) >= len(deciding) and _fragment(exercise.solution) not in shown:
        problem = f"lines of the solution stand in the unit's notebook: `{standing[0]}`"
        yield Finding(exercise.id, "leak", f"{problem}; change the one or the other", ("solution",))
    files = []
    for file, path in loaded.data_files:
        with path.open("rb") as opened:
            files.append((file, _plain(opened.read(MOST_OF_A_FILE).decode("utf-8", "replace"))))
    for name, text, at in secrets_of(exercise):
        for file, content in files if name.startswith(_CODE) else ():
            if len(_plain(text)) >= LEAST_LEAK and _plain(text) in content:
                yield Finding(exercise.id, "leak", f"{name} stands in the file {file}; take it out", at)


def feedback_leaks(
    exercise: Exercise, submission: Submission, judgement: Judgement, whose: str, language: str
) -> Iterator[Finding]:
    """The same in what a student is told of an answer: JSON, text and HTML. `whose` names the answer."""
    view = student_view(judgement, submission, exercise, language=language)
    shown = _plain(json.dumps(bundle(view), ensure_ascii=False))
    # what they wrote themselves, and what stands before them anyway, gives nothing away
    known = [submission.source, exercise.statement, exercise.starter, exercise.title, *_sample_texts(exercise)]
    known += _lines_shown(exercise)
    known += [text for check in judgement.checks if not check.hidden for _, text in _seen(check)]
    open_text = _fragment("\n".join(known))
    told = set()
    secrets: list[Secret] = [*secrets_of(exercise)]
    secrets += [("a line of the solution", line.strip(), ("solution",)) for line in exercise.solution.splitlines()]
    hidden = [check for check in judgement.checks if check.hidden]
    secrets += [(f"{name} of the hidden check “{one.label}”", text, ()) for one in hidden for name, text in _seen(one)]
    for name, text, at in secrets:
        fragment = _fragment(text)
        if len(fragment) >= LEAST_LEAK and fragment in shown and fragment not in open_text and name not in told:
            told.add(name)
            problem = f"the feedback on {whose} shows {name}; look at labels and messages"
            yield Finding(exercise.id, "leak", problem, at)


def secrets_of(exercise: Exercise) -> Iterator[Secret]:
    """What a student must not read, each with its name."""
    yield "the solution", "" if exercise.answer == "predict" else exercise.solution, ("solution",)
    for i, source in enumerate(exercise.solutions):
        yield f"the solution {i + 1} of `solutions`", source, ("solutions", i)
    for i, hint in enumerate(exercise.hints):
        yield f"hint {i + 1}", hint, ("hints", i)
    for wrong in exercise.misconceptions:
        yield f"the wrong code of `{wrong.id}`", wrong.wrong, ("misconceptions", wrong.id)
    for i, check in enumerate(exercise.checks):
        for name, text in _parts(check) if check.is_hidden else ():
            yield f"the {name} of the hidden check “{check.title}”", text, ("checks", i)


def _lines_shown(exercise: Exercise) -> list[str]:
    """Lines of what stands for the solution that are given: what is put in order, or whose output is asked for."""
    return exercise.solution.splitlines() if exercise.answer in ("order", "predict") else []


#: Secrets that a file of data holds by no chance: a value to be found in it is no leak.
_CODE = ("the solution", *(f"the {key} of" for key in "call run code setup equals_expr satisfies".split()))


def _parts(check: Check) -> Iterator[tuple[str, str]]:
    yield from check.texts("call run code setup stdin equals_expr prints satisfies")
    for name, text in (check.random or {}).items():
        yield f"`{name}`", text
    if isinstance(check.equals, str):
        yield "value", check.equals
    yield "message of its exception", (check.raises.match or "") if check.raises else ""


def _sample_texts(exercise: Exercise) -> list[str]:
    return [text for check in exercise.sample_checks for _, text in _parts(check)]


def _deciding_lines(exercise: Exercise) -> list[str]:
    """Lines of the solution that its starter lacks and that say more than `else:` or `import math`."""
    given = {line.strip() for line in [*exercise.starter.splitlines(), *_lines_shown(exercise)]}
    own = {line.strip(): None for line in exercise.solution.splitlines() if line.strip() not in given}
    return [line for line in own if len(line) >= LEAST_LINE and not _OPENING.match(line) and not line.endswith(":")]


def _seen(check: CheckResult) -> Iterator[tuple[str, str]]:
    yield "what is expected", check.expected or ""
    yield "what came out", check.got or ""
    yield "what was printed", check.stdout
    if check.failure is not None:
        yield "the error", check.failure.message


def _fragment(text: str) -> str:
    return _plain(json.dumps(text, ensure_ascii=False)[1:-1])


def _plain(text: str) -> str:
    """Without what makes the same text look different: space, and how JSON writes a line's end."""
    return re.sub(r"(\\n|\s)+", " ", text).strip()
