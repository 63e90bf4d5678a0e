"""A check: one action, at most one outcome, and how it is shown."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from codegym_jlab.records import digest_of

from .validation import Bool, Fault, Int, Model, NotNegative, Slug, Text, Words, fault, faults, meaning, unset

#: "program": the answer itself, run as a script
Action = Literal["call", "run", "figure", "code", "program"]
#: "oracle": what the author's solution does; "passes": nothing in the `code` fails
Outcome = Literal["equals", "equals_expr", "close_to", "raises", "prints", "satisfies", "oracle", "passes"]

ACTIONS: tuple[Action, ...] = ("call", "run", "figure", "code")
FigurePart = Literal["kind", "title", "xlabel", "ylabel", "names", "heights", "points", "legend"]
OUTCOMES = ("equals", "equals_expr", "close_to", "raises", "prints", "satisfies")
_OF_A_VALUE = ("equals", "equals_expr", "close_to", "satisfies")
#: The line by which a test text is called.
_TELLING = re.compile(r"^[ \t]*(assert .+|>>> .+|class \w+\(.*TestCase\)|def test\w*)", re.MULTILINE)
DEFAULT_TOLERANCE = 1e-6
DEFAULT_COUNT = 20


class Raises(Model):
    """The exception that is expected; subclasses count."""

    type: Words = meaning("Name of the exception's type: ValueError.")
    match: Words | None = unset("A regular expression that must be found in the message.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not all(part.isidentifier() for part in self.type.split(".")):
            raise fault(f"`{self.type}` is no name of an exception", "write a type's name, as `ValueError`", "type")
        if self.match is not None:
            try:
                re.compile(self.match)
            except re.error as error:
                raise fault(
                    f"`match` is no regular expression: {error}", r"escape `( ) [ ] * + ?` with `\`", "match"
                ) from None
        return self


def _named(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


#: Also for a null: what the author meant to hide must not become a sample.
EMPTY_LABEL = Fault("`hidden` is empty", "write what this test looks at: `hidden: an empty list`", "hidden")


def _label(text: str) -> str:
    if not text.strip():
        raise fault(EMPTY_LABEL.problem, EMPTY_LABEL.mend)
    return text


def _numbers(value: Any) -> Any:
    """`close_to`: a number, or lists and mappings of numbers."""
    parts = [value]
    while parts:
        part = parts.pop()
        if isinstance(part, list | tuple):
            parts.extend(part)
        elif isinstance(part, dict):
            parts.extend(part.values())
        elif isinstance(part, bool) or not isinstance(part, int | float):
            raise fault(f"`close_to` holds {part!r}, which is no number", "use `equals`, or write numbers")
    return value


class Check(Model):
    """One check of an exercise. Without `hidden` it is a sample: students see it whole."""

    call: Words | None = unset("A Python expression whose value is checked: sum_even([1, 2]).")
    run: Words | None = unset("Statements; what they print or raise is checked.")
    figure: FigurePart | None = unset("A part of the figure that matplotlib drew; its value is checked.")
    code: Words | None = unset("A test as you would write it: asserts, unittest classes or a doctest.")
    setup: Text | None = unset("Statements run before the action.")
    stdin: Text | None = unset("What input() reads.")
    files: dict[Words, Words] | None = unset(
        "The answer runs anew with these files of the course, by the names that it opens."
    )
    random: dict[Words, Words] | None = unset(
        "Names and the expressions (over rng, np_rng) that give them fresh values."
    )
    count: Annotated[Int, Field(ge=1, le=1000)] | None = unset("How often `random` is drawn.", DEFAULT_COUNT)
    equals: Any = unset("The value expected, as YAML. `equals: null` expects None.")
    equals_expr: Words | None = unset("The value expected, as a Python expression.")
    close_to: Annotated[Any, AfterValidator(_numbers)] = unset("The number or numbers expected.")
    tolerance: NotNegative | None = unset("How far numbers may be off, absolute.", DEFAULT_TOLERANCE)
    raises: Annotated[Raises, BeforeValidator(_named, json_schema_input_type=str | Raises)] | None = unset(
        "The exception expected: a type's name, or {type, match}."
    )
    prints: Text | None = unset("What must be printed; trailing spaces and final newlines are ignored.")
    satisfies: Words | None = unset("A Python expression with `result` that must be true.")
    hidden: Annotated[str, Field(strict=True), AfterValidator(_label)] | None = unset(
        "Makes this a hidden test; this label is all that a student sees of it."
    )
    label: Words | None = unset("The name of a sample check.")
    weight: NotNegative | None = unset("Its share of the points. By default 1, and 0 for a sample beside hidden tests.")
    message: Words | None = unset("Shown when it does not pass.")
    reveal: Literal["verdict"] | None = unset("A student sees a hidden test's finer verdict.")
    exact: Bool = meaning("Type names and dtypes must agree too.", False)
    objects: Literal["any"] | None = unset("Objects of any class may be used through handles.")
    id: Slug = meaning("By default a hash of action, outcome and inputs.", default_factory=str)

    @model_validator(mode="after")
    def _one_action_one_outcome(self) -> Self:
        if found := [*_faults_of(self)]:
            raise faults(found)
        if not self.id:
            object.__setattr__(self, "id", self._hash())
        return self

    @property
    def is_hidden(self) -> bool:
        """True for a hidden test."""
        return self.hidden is not None

    @property
    def action(self) -> Action:
        """Which key holds the action; "program" for none."""
        return next((name for name in ACTIONS if getattr(self, name) is not None), "program")

    @property
    def has_value(self) -> bool:
        """Whether its action gives a value, not an output alone."""
        return self.call is not None or self.figure is not None

    @property
    def outcome(self) -> Outcome:
        """Which key holds the outcome; "oracle" for none, "passes" for `code`."""
        for name in OUTCOMES:
            if _is_set(self, name):
                return name  # type: ignore[return-value]
        return "passes" if self.code is not None else "oracle"

    @property
    def title(self) -> str:
        """How a student's screen calls it: the hidden label, the label, or its first line."""
        text = self.hidden or self.label
        if text is not None:
            return text
        if self.action == "program":
            text = ", ".join((self.stdin or self.prints or "print(…)").split("\n")).rstrip(", ")
        else:
            body = f"figure: {self.figure}" if self.figure else getattr(self, self.action)
            telling = _TELLING.search(body) if self.code is not None else None
            text = (telling[1] if telling else next((line for line in body.splitlines() if line.strip()), "")).strip()
        return text if len(text) <= 100 else text[:99] + "…"

    def texts(self, names: str) -> Iterator[tuple[str, str]]:
        """What its author wrote under these keys; with fresh inputs not the action, which only names them."""
        for name in names.split():
            text = getattr(self, name)
            if text is not None and not (self.random and name in ("call", "run")):
                yield name, text

    def _hash(self) -> str:
        names = (*ACTIONS, *OUTCOMES, "setup", "stdin", "files", "random", "count", "tolerance")
        parts = [[name, repr(getattr(self, name))] for name in names if _is_set(self, name)]
        return f"c-{digest_of(json.dumps(parts))[:12]}"


#: Of a check without an action, where the answer is no program.
IDLE = Fault("this check does nothing", "write `call: an expression`, or `run: statements`")


def _is_set(check: Check, name: str) -> bool:
    """True where the author wrote the key; `equals: null` is an outcome, null elsewhere is as if left out."""
    return name in check.model_fields_set and (name == "equals" or getattr(check, name) is not None)


def _faults_of(check: Check) -> Iterator[Fault]:
    actions = [name for name in ACTIONS if getattr(check, name) is not None]
    outcomes = [name for name in OUTCOMES if _is_set(check, name)]
    first = outcomes[0] if outcomes else ""
    for kind, names in (("actions", actions), ("outcomes", outcomes)):
        if len(names) > 1:
            mend = "keep one of them, or write two checks"
            yield Fault(f"`{names[0]}` and `{names[1]}` are two {kind}", mend, names[1])
    if not actions and any(_is_set(check, name) for name in _OF_A_VALUE):
        yield IDLE  # a program has no value either
    if check.hidden is None and "hidden" in check.model_fields_set:
        yield EMPTY_LABEL
    if check.code is not None and outcomes:
        yield Fault(f"`{first}` does not go with `code`", "write it as an assert in the code", first)
    elif check.run is not None and check.call is None and first in _OF_A_VALUE:
        yield Fault(f"a `run` has no value, so `{first}` has nothing to look at", "use `call`, or `prints`", first)
    if check.tolerance is not None and first not in ("", "close_to", "equals", "equals_expr"):
        yield Fault("`tolerance` goes with `close_to`", "write `close_to: a number`, or leave it out", "tolerance")
    if check.files and (check.random or check.code):
        key = "random" if check.random else "code"
        yield Fault(f"`files` does not go with `{key}`", "write a `call`, a `run` or a `figure`", "files")
    if check.count is not None and check.random is None:
        yield Fault("`count` goes with `random`", "leave it out, or write `random`", "count")
    for name in check.random or ():
        if not name.isidentifier():
            yield Fault(f"`{name}` under `random` is no name", "write a Python name", "random")
