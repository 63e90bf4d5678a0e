"""What a request's body may hold: a model for each address that takes one, and plain words for what does not fit.

Imported by the first request that has a body: pydantic's models take some milliseconds of a server's start.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..base import NAME_PATTERN, Denied, Unfit

MAX_SOURCE = 262_144  #: characters of one cell
MAX_CELLS = 2000
MAX_PEOPLE = 20_000
MAX_MESSAGE = 4_000  #: characters of a question to the tutor or to a person, and of an answer
MAX_QUOTED = 20_000  #: characters of an error or an output that goes with a question
MAX_POINTS = 1_000_000
MAX_DEPTH = 100  #: nesting of any body; a notebook's deepest honest output has about 20
_KEY = re.compile(r"[0-9A-Za-z._:-]{1,100}")
_NAME = re.compile(NAME_PATTERN)

Shape = TypeVar("Shape", bound="Body")


def _unfit(code: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(code, message)


def _unicode(value: str) -> str:
    """Refuses a lone surrogate, which no file and no database takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _unfit("not_text", "holds half a character (a lone surrogate); delete it.") from None
    return value


def _some(value: str) -> str:
    if not value.strip():
        raise _unfit("wrong_value", "is empty.")
    if "\0" in value:
        raise _unfit("not_text", "holds a NUL character; delete it.")
    return value


def _pattern(pattern: re.Pattern[str], like: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        raise _unfit("wrong_value", f"must be {like}.")

    return read


def _moment(value: Any) -> Any:
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        when = None
    if when is None or when.utcoffset() is None:
        raise _unfit("wrong_value", "must be a time such as 2025-10-24T14:03:00Z.")
    return when


def _document(value: dict[str, Any]) -> dict[str, Any]:
    """Refuses what cannot be written again: too deep, or numbers without end."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return value
    raise _unfit("too_deep", f"is nested more than {MAX_DEPTH} deep.")


def _children(node: Any) -> list[Any]:
    values = list(node.values()) if isinstance(node, dict) else node
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        raise _unfit("wrong_value", "holds a number that is too large.")
    return [value for value in values if isinstance(value, (dict, list))]


Text = Annotated[str, AfterValidator(_unicode)]
Id = Annotated[Text, Field(max_length=200)]
Line = Annotated[Text, Field(max_length=1000)]
Source = Annotated[Text, Field(max_length=MAX_SOURCE)]
Words = Annotated[Text, Field(max_length=MAX_MESSAGE), AfterValidator(_some)]
Quoted = Annotated[Text, Field(max_length=MAX_QUOTED)]
Name = Annotated[
    str,
    BeforeValidator(_pattern(_NAME, "an id such as sum-even")),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"}),
]
Key = Annotated[
    str,
    BeforeValidator(_pattern(_KEY, "1 to 100 letters, digits, dots, dashes")),
    WithJsonSchema({"type": "string", "pattern": f"^{_KEY.pattern}$"}),
]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Document = Annotated[dict[str, Any], AfterValidator(_document)]
Points = Annotated[float, Field(ge=0, le=MAX_POINTS)]


class Body(BaseModel):
    """A JSON object: these keys and no other, each of its own type and no other."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Nothing(Body):
    """For addresses that take no body."""


class Cell(Body):
    source: Source
    id: Id | None = None
    role: Literal["given", "answer"] | None = None
    exercise: Id | None = None


class SubmissionRequest(Body):
    course: Name
    exercise: Name
    kind: Literal["try", "submit"]
    source: Source = Field(description="The answer cell.")
    cells: list[Cell] = Field(default=[], max_length=MAX_CELLS, description="Code cells above it, in order.")
    idempotency_key: Key
    claimed_at: Moment | None = None


class CancelRequest(Body):
    course: Name
    idempotency_key: Key


class DraftRequest(Body):
    course: Name
    unit: Name
    notebook: Document


class RepairRequest(Body):
    notebook: Document


class QuestionRequest(Body):
    message: Words
    source: Source = Field(default="", description="The answer cell as it stands; with the next two quoted data.")
    last_error: Quoted | None = None
    output: Quoted | None = None
    wants: Literal["hint", "explain_error", "review"] | None = Field(default=None, description="What a button asks.")


class ThumbRequest(Body):
    thumb: int = Field(ge=-1, le=1)


class LlmRequest(Body):
    name: Annotated[Text, Field(max_length=300), AfterValidator(_some)] = Field(description="As `answerers` has it.")


class TicketRequest(Body):
    question: Words
    share: list[Literal["answer", "hints", "conversation"]] = Field(default=[], max_length=3)
    source: Source = Field(default="", description="The answer cell as it stands.")
    idempotency_key: Key | None = Field(default=None, description="Twice the same is once.")


class AnswerRequest(Body):
    answer: Words


class ClassRequest(Body):
    id: Name
    course: Name
    title: Line
    term: Line
    time_zone: Id
    contact: Line | None = None
    begins: Moment | None = None
    ends: Moment | None = None


class ClassChangeRequest(Body):
    title: Line = ""
    term: Line = ""
    time_zone: Id = ""
    contact: Line | None = None
    begins: Moment | None = None
    ends: Moment | None = None


class MemberRequest(Body):
    account: Id
    role: Literal["student", "grader", "instructor"] | None
    section: Id = ""


class MembersRequest(Body):
    people: list[MemberRequest] = Field(max_length=MAX_PEOPLE)
    dry_run: bool = False


class PlacingRequest(Body):
    account: Id
    team: Id | None


class TeamsRequest(Body):
    units: list[Id] = Field(max_length=200)
    people: list[PlacingRequest] = Field(max_length=MAX_PEOPLE)
    why: Line = Field(default="", description="Kept; needed where somebody's score changes with the team.")
    leave_others: bool = Field(default=False, description="Who is not named leaves their team of these units.")
    dry_run: bool = False


class TeamNameRequest(Body):
    unit: Id
    team: Id
    name: Id


class ScopeRequest(Body):
    """Of a person or a team (no section: of one of them), in a unit or an exercise."""

    account: Id = ""
    team: Id = Field(default="", description="By name, of the unit or of the exercise's.")
    unit: Id = ""
    exercise: Id = ""


class PolicyRequest(ScopeRequest):
    section: Id = ""
    set: Document | None = Field(default=None, description="Fields as in a course's `policy`; null lifts a bound.")
    clear: list[Annotated[Text, Field(max_length=50)]] | None = Field(default=None, max_length=100)
    why: Line = ""


class ExtensionRequest(ScopeRequest):
    by: Annotated[Text, Field(max_length=50)] | None = Field(default=None, description="ISO 8601: PT30M, P2D.")
    until: Moment | None = None
    why: Line


class PublishRequest(Body):
    version: Annotated[Text, Field(max_length=64)] | None = None
    note: Line = ""
    anyway: bool = Field(default=False, description="Publish though the check of the course finds something.")


class GivenPoints(Body):
    id: Id = Field(description="A line of the rubric.")
    points: Points


class MarksRequest(Body):
    points: Points | None = Field(default=None, description="Where there is no rubric.")
    items: list[GivenPoints] = Field(default=[], max_length=100, description="Every line of the rubric.")
    comment: Annotated[Text, Field(max_length=10_000)] = Field(default="", description="To the student.")
    why: Line = Field(default="", description="For the history; needed where it was marked before.")
    allow_lower: bool = Field(default=False, description="The score may fall by it.")


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; an empty body is an empty object. Raises Denied, never RecursionError."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise Denied("malformed", "The body is nested too deeply.") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise Denied("malformed", f"The body is no JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Denied("malformed", "The body must be a JSON object, in braces.")
    return value


def fit(body: dict[str, Any], shape: type[Shape]) -> Shape:
    """`body` read by `shape`. Raises Unfit, which names the first thing that does not fit."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        raise _told(first, shape) from None


def origin(notebook: dict[str, Any]) -> tuple[str, str]:
    """Course and unit that a notebook says it was made from. Raises Unfit."""
    place: Any = notebook
    for step in ("metadata", "codegym"):
        place = place.get(step) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise Unfit("This notebook does not say which course it belongs to.", code="not_ours")
    found = place.get("course"), place.get("unit")
    for key, value in zip(("course", "unit"), found, strict=True):
        if not (isinstance(value, str) and _NAME.fullmatch(value)):
            raise Unfit(f"metadata.codegym.{key} must be an id such as sum-even.", code="wrong_value", key=key)
    return str(found[0]), str(found[1])


#: pydantic's word → ours, and what is wrong in plain words.
_WRONG = {
    "string_type": ("wrong_type", "must be a text."),
    "list_type": ("wrong_type", "must be a list."),
    "dict_type": ("wrong_type", "must be an object."),
    "model_type": ("wrong_type", "must be an object."),
    "bool_type": ("wrong_type", "must be true or false."),
    "int_type": ("wrong_value", "must be a whole number."),
    "float_type": ("wrong_value", "must be a number."),
    "string_too_long": ("too_long", "is longer than {max_length} characters."),
    "too_long": ("too_long", "has more than {max_length} items."),
    "greater_than_equal": ("wrong_value", "must be {ge:g} or more."),
    "less_than_equal": ("wrong_value", "must be {le:g} or less."),
    "finite_number": ("wrong_value", "must be a number."),
}


def _told(error: Any, shape: type[Body]) -> Unfit:
    *above, last = error["loc"]
    place, kind, facts = _place(error["loc"]), error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Unfit(_unknown(str(last), _at(shape, above), _place(above)), code="unknown_key", key=str(last)[:100])
    if kind == "missing":
        return Unfit(f"The body lacks the key {place}.", code="missing_key", key=str(last))
    if kind == "literal_error":
        words = ", ".join(re.findall(r"'([^']*)'", facts["expected"]))
        return Unfit(f"{place} must be one of: {words}.", code="wrong_value", key=place)
    code, said = _WRONG.get(kind, (kind, error["msg"]))
    return Unfit(f"{place} {said.format(**facts)}", code=code, key=place)


def _place(steps: Any) -> str:
    """As one writes it: `cells[1].source`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _at(shape: type[Body], steps: list[int | str]) -> type[Body]:
    """The model of the object that lies there."""
    for step in steps:
        if isinstance(step, str):
            inner = [one for one in get_args(shape.model_fields[step].annotation) if isinstance(one, type)]
            shape = next(one for one in inner if issubclass(one, Body))
    return shape


def _unknown(key: str, shape: type[Body], place: str) -> str:
    import difflib  # 2 ms at a server's start, for a slip of a programmer's

    known, before = list(shape.model_fields), f"{place}." if place else ""
    near = difflib.get_close_matches(key[:100], known, 1)
    mend = f"did you mean {before}{near[0]}?" if near else f"known are: {', '.join(known) or 'none'}."
    shown = key[:100] if key.isprintable() else ascii(key[:100])
    return f"The body has a key {before}{shown} that is not known; {mend}"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
