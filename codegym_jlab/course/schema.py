"""Course, unit, cell and exercise: the course format as models, from which the JSON Schemas are generated."""

import re
from collections import Counter
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from codegym_jlab.records import Json, frozen

from .checks import Check
from .policy import Policy
from .validation import (
    Bool,
    Fault,
    Float,
    Int,
    Language,
    Model,
    Name,
    NotNegative,
    Positive,
    Slug,
    Text,
    Words,
    fault,
    faults,
    free_name,
    meaning,
    shown,
    unset,
)

SCHEMA = 1
PYTHON_KERNELS = frozenset({"python3", "python"})


class Limits(Model):
    """Bounds of a submission; innermost wins, key by key."""

    seconds: Annotated[Float, Field(gt=0, le=3600)] | None = unset(
        "CPU seconds of the answer cell and of each check.", 2
    )
    memory_mb: Annotated[Int, Field(ge=1, le=1_000_000)] | None = unset(
        "Memory above what Python and the preloaded modules take.", 256
    )
    output_kb: Annotated[Int, Field(ge=1, le=100_000)] | None = unset(
        "Output of the answer cell and of each check.", 64
    )
    total_s: Annotated[Float, Field(gt=0, le=86_400)] | None = unset("Seconds for the whole submission.", 30)


#: Written on course, unit or exercise; the innermost wins, `samples` where none says anything.
Gate = Annotated[
    Literal["samples", "none"] | None,
    meaning(
        "samples: hidden checks earn points once all samples pass. none: each check for itself.",
        json_schema_extra={"default": "samples"},
    ),
]


@frozen
class EffectiveLimits:
    """The limits that hold for an exercise. `seconds` of CPU, `total_s` of wall time."""

    seconds: float = 2.0
    memory_mb: int = 256
    output_kb: int = 64
    total_s: float = 30.0


def effective_limits(*layers: Limits) -> EffectiveLimits:
    """Course, unit and exercise, in this order: the last that sets a key wins."""
    fields: Json = {}
    for layer in layers:
        fields |= layer.model_dump(exclude_none=True)
    return EffectiveLimits(**fields)


class Misconception(Model):
    """A wrong idea that students have, and what to say to who has it."""

    id: Slug
    wrong: Words = meaning("Code that someone with this idea writes. At least one check must refuse it.")
    say: Words = meaning("What the tutor says, without giving the answer away.")


class Question(Model):
    """What students ask about the exercise, and what its author answers."""

    ask: Words = meaning("The question in a student's words; more ways to ask the same behind it.")
    say: Words = meaning("The answer, without giving the solution away.")
    line: Words | None = unset("A line of the solution: then it is the word for who comes to this line next.")


class Equivalent(Model):
    """A change of the solution that no check can notice, since it means the same."""

    mutant: Words = meaning("The mutant's id as `codegym check` prints it, or its changed line.")
    reason: Words = meaning("Why no input tells it from the solution.")


class RubricItem(Model):
    """What a person looks at, and the points for it."""

    id: Slug
    points: Annotated[Float, Field(gt=0)]
    text: Words


class Syntax(Model):
    """Parts of Python, by syntax."""

    imports: tuple[Words, ...] = meaning("Modules.", ())
    calls: tuple[Words, ...] = meaning("Functions and methods, by name.", ())
    loops: Bool | None = unset("for and while.")
    recursion: Bool | None = unset("A function that calls itself.")


class Choice(Model):
    """One of the answers that are offered."""

    text: Words = meaning("In Markdown, on one line.")
    right: Bool = False
    say: Words | None = unset("What a student reads who chose it; every wrong choice needs this.")


class WordCount(Model):
    """How long a text should be. It is said, and nothing is refused."""

    least: Positive | None = None
    most: Positive | None = None


Answer = Literal["code", "program", "debug", "fill", "order", "predict", "choice", "text"]
CODE_KINDS = frozenset("code program debug fill order".split())
#: In which a check may be without an action: the answer itself runs, as a script.
SCRIPT_KINDS = CODE_KINDS - {"code"}
GAP = "____"


class Exercise(Model):
    """One exercise: a statement, an answer cell, checks, hints."""

    id: Slug = meaning("Unique in the course.")
    title: Words
    points: NotNegative = 1
    concepts: tuple[Words, ...] = ()
    statement: Words = meaning("What to do, in Markdown.")
    starter: Text = meaning("What stands in the answer cell at first.", "")
    starter_scores: Bool = meaning("An untouched starter or an empty cell may earn points.", False)
    solution: Text = meaning("The author's own answer. Students never see it.", "", repr=False)
    solutions: tuple[Text, ...] = meaning(
        "Other right answers, as kept back as the solution: they help to find mistakes.", (), repr=False
    )
    checks: tuple[Check, ...] = Field((), repr=False)
    hints: tuple[Words, ...] = meaning("The ladder, mildest first.", ())
    misconceptions: tuple[Misconception, ...] = Field((), repr=False)
    questions: tuple[Question, ...] = meaning("What the tutor answers in the author's words.", (), repr=False)
    equivalent: tuple[Equivalent, ...] = meaning(
        "Mutants of the solution that mean the same; at most 5 % of a course's.", (), repr=False
    )
    grading: Literal["parts", "all"] = meaning("all: full points or none.", "parts")
    gate: Gate = None
    limits: Limits = Field(default_factory=Limits)
    policy: Policy = Field(default_factory=Policy)
    answer: Answer = meaning("The kind of exercise: what the answer is, and how it is judged.", "code")
    bonus: Bool = meaning("Its points are extra: they do not count in the maximum.", False)
    given: Text = meaning("predict: the code that is shown; its output is the answer.", "")
    stdin: Text | None = unset("predict: what input() reads.")
    choices: tuple[Choice, ...] = meaning("choice: what is offered.", (), repr=False)
    several: Bool = meaning("choice: a student may choose more than one, even if only one is right.", False)
    pick: Positive | None = unset("choice: tells the student how many fit.")
    distractors: tuple[Words, ...] = meaning("order: lines that are not needed.", (), repr=False)
    words: WordCount | None = unset("text: how long it should be.")
    marking: Literal["automatic", "manual"] = "automatic"
    rubric: tuple[RubricItem, ...] = meaning("Taken from `points`; the checks share the rest.", ())
    forbids: Syntax | None = None
    requires: Syntax | None = None
    uses: tuple[Slug, ...] | None = unset("Which earlier answers run first. Default: all above it.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if found := [*_faults_of(self)]:
            raise faults(found)
        self._complete()
        _number_repeats(self.checks)
        if self.is_program:
            _lend_stdin(self.checks)
        return self

    def _complete(self) -> None:
        """What its kind makes of the keys: a prediction is a program's output, a choice has a check a right option."""
        own = {}
        if self.answer == "predict":
            own = {"solution": self.given, "checks": (Check(stdin=self.stdin, label=self.title, id="output"),)}
        elif self.answer == "choice":
            right = {letter: one.text for letter, one in self.lettered.items() if one.right}
            checks = tuple(Check(id=letter, label=text) for letter, text in right.items())
            own = {"checks": checks, "grading": "all"}
        elif self.answer in SCRIPT_KINDS and not self.checks:
            own = {"checks": (Check(),)}
        for key, value in own.items():
            object.__setattr__(self, key, value)

    @property
    def lettered(self) -> dict[str, Choice]:
        """The choices by their letters, in the author's order."""
        return dict(zip(ascii_lowercase, self.choices, strict=False))

    @property
    def counted_points(self) -> float:
        """Its share of the maximum."""
        return 0.0 if self.bonus else self.points

    @property
    def is_code(self) -> bool:
        """Whether the answer is code of the student's, in a code cell."""
        return self.answer in CODE_KINDS

    @property
    def has_one_answer(self) -> bool:
        """A choice or a prediction: to tell it is to solve it."""
        return self.answer in ("choice", "predict")

    @property
    def is_program(self) -> bool:
        """Whether each check runs the whole answer anew, as a script."""
        scripts = any(check.action == "program" for check in self.checks)
        return self.answer in ("program", "predict") or (self.answer in SCRIPT_KINDS and scripts)

    @property
    def sample_checks(self) -> tuple[Check, ...]:
        """Those that a student sees whole; none of an answer that is no code, whose checks are its right answer."""
        return tuple(check for check in self.checks if self.is_code and not check.is_hidden)

    @property
    def has_picture(self) -> bool:
        """Whether the wanted figure is shown: samples look at it, and hidden tests at nothing else that is in it."""
        shown = {check.figure for check in self.sample_checks if not check.files} - {None}
        return bool(shown) and all(check.files or check.figure in shown for check in self.hidden_checks)

    @property
    def hidden_checks(self) -> tuple[Check, ...]:
        """The hidden tests."""
        return tuple(check for check in self.checks if check.is_hidden)

    def weight_of(self, check: Check) -> float:
        """Its weight: 1 by default, and 0 for a sample beside hidden tests."""
        if check.weight is not None:
            return check.weight
        return 0.0 if not check.is_hidden and self.hidden_checks else 1.0

    @property
    def checked_points(self) -> float:
        """The points that the checks share: what the rubric leaves."""
        return self.points - sum(item.points for item in self.rubric)


#: Which kinds a key goes with, where that is not all.
_KEYS_OF = {
    "given stdin": "predict",
    "choices several pick": "choice",
    "distractors": "order",
    "words": "text",
    "solutions": "code program debug fill",
    "starter": "code program debug fill text",
    "solution checks": "code program debug fill order text",
}


def _faults_of(exercise: Exercise) -> Iterator[Fault]:
    yield from _kind_faults(exercise)
    if exercise.is_code and exercise.marking == "automatic":
        if not exercise.solution.strip():
            yield Fault("`solution` is missing", "write the author's own answer: `solution: |`", "solution")
        if not exercise.checks and exercise.answer not in SCRIPT_KINDS:
            yield Fault("it has no check", "write at least one under `checks:`, as `- call: f(1)`", "checks")
    if (rubric := sum(item.points for item in exercise.rubric)) > exercise.points:
        problem = f"the rubric gives {rubric:g} points of {exercise.points:g}"
        yield Fault(problem, f"write `points: {rubric:g}`, or less there", "rubric")
    elif exercise.checks and not any(exercise.weight_of(check) for check in exercise.checks):
        yield Fault("every check has the weight 0, so no answer can score", "give one a `weight` above 0", "checks")
    rows = {None, *map(str.strip, exercise.solution.splitlines())}
    for one in exercise.questions:
        if one.line not in rows:
            fault = f"the question's `line` {shown(one.line or '')} is not in the solution"
            yield Fault(fault, "copy it from there", "questions")
    own = [check for check in exercise.checks if "id" in check.model_fields_set]
    for key, items in (("misconceptions", exercise.misconceptions), ("rubric", exercise.rubric), ("checks", own)):
        ids = Counter(item.id for item in items)
        for id in sorted(id for id, count in ids.items() if count > 1):
            yield Fault(f"the id `{id}` is here twice", "give each its own", key)


def _kind_faults(exercise: Exercise) -> Iterator[Fault]:
    """What does not go with the kind of answer, and what is missing for it."""
    for keys, kinds in _KEYS_OF.items():
        if exercise.answer not in kinds.split():
            for key in (key for key in keys.split() if key in exercise.model_fields_set):
                problem = f"`{key}` does not go with `answer: {exercise.answer}`"
                yield Fault(problem, f"it goes with `{'`, `'.join(kinds.split())}`", key)
    match exercise.answer:
        case "predict" if not exercise.given.strip():
            yield Fault("`given` is missing", "write the code that is shown: `given: |`", "given")
        case "choice":
            yield from _choice_faults(exercise)
        case "debug" if not exercise.starter.strip():
            yield Fault("`starter` is missing", "write the program that does not work: `starter: |`", "starter")
        case "fill" if GAP not in exercise.starter:
            yield Fault("`starter` has no gap", f"write `{GAP}` where something is left out", "starter")
        case "fill" if exercise.solution and gaps_of(exercise.starter, exercise.solution) is None:
            fault = "`solution` is not the starter with its gaps filled"
            yield Fault(fault, "write the same lines, another text for each gap alone", "solution")


def _choice_faults(exercise: Exercise) -> Iterator[Fault]:
    choices, right = exercise.choices, sum(one.right for one in exercise.choices)
    if not 2 <= len(choices) <= len(ascii_lowercase):
        yield Fault(f"there are {len(choices)} choices", f"write 2 to {len(ascii_lowercase)}", "choices")
    if choices and not right:
        yield Fault("no choice is right", "write `right: true` at one", "choices")
    for one in choices:
        if not one.right and one.say is None:
            text = f"the wrong choice {shown(one.text)} has no `say`"
            yield Fault(text, "write a word for who chose it", "choices")
    if exercise.pick is not None and exercise.pick != right:
        yield Fault(f"`pick` is {exercise.pick}, and {right} are right", f"write `pick: {right}`", "pick")


def gaps_of(starter: str, source: str) -> tuple[str, ...] | None:
    """What stands in each gap of a starter; None for a text that is not the starter with its gaps filled."""
    wanted, lines = ([line.rstrip() for line in text.strip("\n").split("\n")] for text in (starter, source))
    found = [_gaps_of_line(*pair) for pair in zip(wanted, lines, strict=False)]
    if len(wanted) != len(lines) or None in found:
        return None
    return tuple(gap for gaps in found for gap in gaps or ())


def _gaps_of_line(template: str, line: str) -> list[str] | None:
    first, *rest = map(re.escape, template.split(GAP))
    # each piece but the last at the first place where it stands, for good: so no line takes long
    pieces = [f"(?>(.*?){piece})" for piece in rest[:-1]] + [f"(.*){piece}" for piece in rest[-1:]]
    found = re.fullmatch(first + "".join(pieces), line, re.DOTALL)
    return [gap.strip() for gap in found.groups()] if found else None


def _lend_stdin(checks: tuple[Check, ...]) -> None:
    """A check with an action of its own looks at what the program left that read what the first check types."""
    typed = next((check.stdin for check in checks if check.action == "program" and check.random is None), None)
    for check in checks:
        if check.action != "program" and check.stdin is None:
            object.__setattr__(check, "stdin", typed)


def _number_repeats(checks: tuple[Check, ...]) -> None:
    """Equal checks have equal hashes: the second gets `-2`, so that an id names one check of the exercise."""
    seen = {check.id for check in checks if "id" in check.model_fields_set}
    for check in checks:
        if "id" not in check.model_fields_set:
            object.__setattr__(check, "id", free_name(check.id, seen))
            seen.add(check.id)


class MarkdownCell(Model):
    """Text between exercises."""

    markdown: Text
    id: Slug | None = unset("By default a hash of its content.")


class CodeCell(Model):
    """Code that is given: it runs before the answers below it, in IPython's syntax."""

    code: Text
    id: Slug | None = unset("By default a hash of its content.")
    fails: Bool = meaning(
        "It shows an error on purpose, asks with input() or shows a widget: answers do without it.", False
    )


class ExerciseCell(Model):
    """An exercise: a statement and an answer cell in the notebook."""

    exercise: Exercise


def kind_of_cell(value: Any) -> str | None:
    """Which kind of cell a mapping (or cell) is; None where no key says it."""
    keys = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    return next((kind for kind in ("exercise", "markdown", "code") if kind in keys), None)


UnitCell = Annotated[
    Annotated[MarkdownCell, Tag("markdown")]
    | Annotated[CodeCell, Tag("code")]
    | Annotated[ExerciseCell, Tag("exercise")],
    Discriminator(kind_of_cell),
]


class Unit(Model):
    """One notebook: a file of its own, named by its id."""

    id: Name = meaning("The file's name without `.yaml`.")
    title: Words
    cells: tuple[UnitCell, ...]
    kernel: Words | None = unset("By default the course's.")
    gate: Gate = None
    limits: Limits = Field(default_factory=Limits)
    policy: Policy = Field(default_factory=Policy)

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """Its exercises in order."""
        return tuple(cell.exercise for cell in self.cells if isinstance(cell, ExerciseCell))


def _module(name: str) -> str:
    if not all(part.isidentifier() for part in name.split(".")):
        raise fault(f"`{name}` is no module's name", "write one as `numpy` or `os.path`")
    return name


def _newest(version: int) -> int:
    if version != SCHEMA:
        raise fault(f"`schema: {version}` is not known here", f"write `schema: {SCHEMA}`, or update CodeGYM")
    return version


class _CourseHead(Model):
    schema_version: Annotated[Int, AfterValidator(_newest)] = meaning(
        "Version of this format.", alias="schema", json_schema_extra={"const": SCHEMA}
    )
    id: Name
    title: Words
    description: Text = meaning("What students learn, in a sentence or two, for the catalogue.", "")
    language: Language = meaning("BCP 47 tag: of the statements, the page and the tutor's replies.", "en")
    kernel: Words = meaning("Name of the kernelspec.", "python3")
    preload: tuple[Annotated[str, Field(strict=True), AfterValidator(_module)], ...] = meaning(
        "Modules imported ahead, for speed.", ()
    )
    files: tuple[Words, ...] = meaning("Globs of data files, within the course folder: data/*.csv.", ())
    policy: Policy = Field(default_factory=Policy)
    limits: Limits = Field(default_factory=Limits)
    gate: Gate = None
    contact: Words | None = unset("A person to ask: a name with an address or page.")


class CourseFile(_CourseHead):
    """`course.yaml` as it is written: units by name."""

    units: tuple[Words, ...] = meaning(
        "Names of the units' files without `.yaml`, or notebooks as `intro.ipynb`, in order."
    )


class Course(_CourseHead):
    """A course with its units loaded."""

    units: tuple[Unit, ...]

    def kernel_of(self, unit: Unit) -> str:
        """The kernel that a unit's notebook names."""
        return unit.kernel or self.kernel
