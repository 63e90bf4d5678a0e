"""Base of the course format's models, and what is wrong with a course in plain words.

A validator raises `fault(problem, mend)`; `findings` reads it back and puts pydantic's own errors in plain words;
`Fitting` reports all mistakes of a mapping, leaves them out and keeps the rest.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from codegym_jlab.records import Json, frozen

from .yaml_source import WORDS, Node, quoted

Path = tuple[Any, ...]  #: keys and indices


class Fault(NamedTuple):
    """One mistake, under `key` (None: the whole mapping)."""

    problem: str
    mend: str
    key: str | None = None


def fault(problem: str, mend: str, key: str | None = None) -> PydanticCustomError:
    """An error to raise in a validator that finds one mistake."""
    return faults([Fault(problem, mend, key)])


def faults(found: list[Fault]) -> PydanticCustomError:
    """An error to raise in a validator that finds several."""
    text = " ".join(f"{f.problem}; {f.mend}." for f in found).replace("{", "{{").replace("}", "}}")
    return PydanticCustomError("faults", "{text}", {"text": text, "faults": [tuple(f) for f in found]})


class Model(BaseModel):
    """Base of all models here; instances are immutable and compare by value."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, ser_json_inf_nan="constants")


def meaning(text: str, default: Any = ..., **rules: Any) -> Any:
    """A field that is described; without a default it has to be there."""
    return Field(default, description=text, **rules)


def unset(text: str, default: Any = None, **rules: Any) -> Any:
    """One that may be left out; then `default` holds at last, as its schema says, which a level above may change."""
    shown = None if default is None else {"default": default}
    return meaning(text, None, json_schema_extra=shown, **rules)


def free_name(base: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it the first that is not taken."""
    return next(name for n in count(1) if (name := f"{base}-{n}" if n > 1 else base) not in taken)


def _filled(text: str) -> str:
    if not text.strip():
        raise fault("it is empty", "write some text")
    return text


Text = Annotated[str, Field(strict=True)]
#: text that is not empty
Words = Annotated[str, Field(strict=True), AfterValidator(_filled)]
Int = Annotated[int, Field(strict=True)]
Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NotNegative = Annotated[Float, Field(ge=0)]
Natural = Annotated[Int, Field(ge=0)]
Positive = Annotated[Int, Field(ge=1)]
Bool = Annotated[bool, Field(strict=True)]
#: id of an exercise, check or misconception
Slug = Annotated[str, Field(strict=True, pattern="^[a-z][a-z0-9_-]*$")]
#: id of a course or unit: also a file's or folder's name
Name = Annotated[str, Field(strict=True, pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Language = Annotated[str, Field(strict=True, pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]


@frozen
class CourseError:
    """One mistake in a course. `file` is relative to the course folder."""

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
    """Collects what is found in one file, or in one exercise of it."""

    file: str
    errors: list[CourseError] = field(default_factory=list)
    exercise: str | None = None

    def within(self, exercise: str | None) -> "Report":
        """For what stands in this exercise; the mistakes are kept together."""
        return replace(self, exercise=exercise)

    def error(self, line: int, problem: str, mend: str) -> None:
        """Add a mistake; the same one is told once."""
        found = CourseError(self.file, line, self.exercise, problem, mend)
        if found not in self.errors:
            self.errors.append(found)

    def in_order(self) -> tuple[CourseError, ...]:
        """The mistakes by line."""
        return tuple(sorted(self.errors, key=lambda error: error.line))


@frozen
class Finding:
    """One mistake at a path of keys and indices."""

    path: Path
    problem: str
    mend: str
    meant: str | None = None  #: the key that a misspelt one stands for


def findings(error: ValidationError, model: type[BaseModel]) -> Iterator[Finding]:
    """Every mistake in `error`, which came from validating `model`."""
    for item in error.errors(include_url=False):
        path = tuple(item["loc"])
        context = item.get("ctx", {})
        if item["type"] == "faults":
            for problem, mend, key in context["faults"]:
                yield Finding(path + ((key,) if key else ()), _about(path, problem), mend)
        else:
            problem, mend = _words(item["type"], path, item.get("input"), context, model)
            meant = near_key(str(path[-1]), keys_at(model, path[:-1])) if item["type"] == "extra_forbidden" else None
            yield Finding(path, problem, mend, meant)


def _about(path: Path, problem: str) -> str:
    """The key is named where the problem does not name it."""
    key = path[-1] if path else None
    named = "`" in problem and (isinstance(key, int) or f"`{key}" in problem)
    return problem if key is None or isinstance(key, int) or named else f"`{key}`: {problem}"


def _words(kind: str, path: Path, value: Any, context: Json, model: type[BaseModel]) -> tuple[str, str]:
    key = next((step for step in reversed(path) if isinstance(step, str)), "this")
    what = f"`{key}`" if not path or isinstance(path[-1], str) else f"item {path[-1] + 1} of `{key}`"
    if kind == "missing":
        return f"`{key}` is missing", f"write `{key}: …`"
    if kind == "extra_forbidden":
        return unknown_key(key, keys_at(model, path[:-1]))
    if kind == "string_pattern_mismatch":
        return _about(path, f"`{value}` is no {'language tag' if key == 'language' else 'id'}"), _fitting(key, value)
    if kind == "literal_error":
        return f"{what} is {shown(value)}", f"write {context['expected'].replace(chr(39), '`')}"
    if kind in WORDS["bounds"]:
        word, name = WORDS["bounds"][kind]
        return f"{what} is {shown(value)}", f"write a number {word} {context[name]:g}"
    if value is None:
        return f"{what} is empty", "write a value, or leave the key out"
    if kind in WORDS["belongs"]:
        belongs, mend = WORDS["belongs"][kind]
        share = _SHARE.fullmatch(value) if isinstance(value, str) else None
        mend = _in_quotes(key, value) if belongs == "text" else mend.format(key=key)
        if share and "0.5" in mend:
            mend = mend.replace("0.5", f"{float(share[1]) / 100:g}")
        return f"{what} is {_kind_of(value)}, where {belongs} belongs", mend
    message = context.get("error") or kind.replace("_", " ")
    return f"{what} cannot be read ({message})", "compare it with the course format"


def _fitting(key: str, value: str) -> str:
    """What to write in place of a text that does not fit its pattern."""
    if key == "language":
        return "write one as `en`, `de` or `pt-BR`"
    better = re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9_-]+", "-", value.lower())).strip("-_")
    return f"use small letters, digits, `-` and `_`, a letter first: `{better or 'my-id'}`"


def unknown_key(key: str, known: Collection[str]) -> tuple[str, str]:
    """Problem and mend of a key that is not in the format."""
    near = near_key(key, known)
    if near is not None:
        return f"`{key}` is not a key here", f"did you mean `{near}`?"
    listed = ", ".join(f"`{name}`" for name in known)
    return f"`{key}` is not a key here", f"leave it out, or use one of {listed}" if listed else "leave it out"


#: By what authors write who know other tools.
_SYNONYMS = {word: key for key, words in WORDS["synonyms"].items() for word in words.split()}


def near_key(key: str, known: Collection[str]) -> str | None:
    """The known key that `key` may stand for."""
    meant = _SYNONYMS.get(key.lower())
    if meant in known:
        return meant
    near = difflib.get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    return near[0] if near else None


def keys_at(model: Any, path: Path) -> list[str]:
    """The keys of the model that stands at `path` below `model`."""
    for step in path:
        if isinstance(step, int):
            continue
        field = next((f for n, f in model.model_fields.items() if step in (n, f.alias)), None)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in (*getattr(annotation, "__args__", ()), getattr(annotation, "__origin__", None)):
        if part is not None and part is not annotation and (found := _model_in(part)):
            return found
    return None


def shown(value: Any) -> str:
    """A value as a course writes it, short."""
    if value is None:
        return "empty"
    text = _written(value)
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind_of(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, bool):
        return f"true or false ({shown(value)})"
    if isinstance(value, int | float):
        return f"a number ({shown(value)})"
    return "text"


def _in_quotes(key: str, value: Any) -> str:
    if key == "hidden":
        return "write what this test looks at: `hidden: an empty list`"
    if isinstance(value, list | dict):
        return f"write `{key}: text`; quote text that holds brackets or a colon"
    return f"put it in quotes: `{key}: {quoted(_written(value))}`"


_SHARE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*%\s*")


M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Fitting:
    """One mapping of a file on its way to a model. `left_out` are the paths that were wrong."""

    node: Node
    report: Report
    left_out: set[Path] = field(default_factory=set)

    def fit(self, model: type[M], data: Json, stand_ins: Json | None = None) -> M | None:
        """`data` as a `model`, without what is wrong in it; None where nothing whole is left.

        A required key that is missing or wrong is replaced by its stand-in, so that the other mistakes are found too.
        """
        for _ in range(len(data) + 8):
            try:
                return model.model_validate(data)
            except ValidationError as error:
                if not self._leave_out(data, list(findings(error, model)), stand_ins or {}):
                    break
        return None

    @property
    def keys_left_out(self) -> set[Any]:
        """The topmost keys under which something was wrong."""
        return {path[0] for path in self.left_out if path}

    def _leave_out(self, data: Json, found: list[Finding], stand_ins: Json) -> bool:
        """Report and remove; False where nothing could be removed."""
        before = len(self.left_out)
        misspelt = {(*finding.path[:-1], finding.meant) for finding in found if finding.meant}
        for finding in found:
            if finding.path in misspelt:
                continue  # what is missing is there, under a wrong name
            if not any(finding.path[: len(known)] == known for known in self.left_out):
                self._tell(finding)
        for path in sorted({_cut(finding.path) for finding in found}, key=_order, reverse=True):
            if path and path not in self.left_out:
                _remove(data, path)
                self.left_out.add(path)
                if len(path) == 1 and path[0] in stand_ins:
                    data[path[0]] = stand_ins[path[0]]
        self.left_out |= misspelt
        return len(self.left_out) > before

    def _tell(self, finding: Finding) -> None:
        node: Node | None = self.node
        for step in finding.path:
            if node is not None and node.damaged:
                return
            node = node.get(step) if node is not None else None
        self.report.error(self.node.line_of(finding.path), finding.problem, finding.mend)


def _remove(data: Any, path: Path) -> None:
    for step in path[:-1]:
        data = data[step] if isinstance(data, list) else data.get(step)
        if data is None:
            return
    if isinstance(data, dict):
        data.pop(path[-1], None)
    elif isinstance(data, list):
        del data[path[-1]]


def _order(path: Path) -> list[tuple[int, str]]:
    """So that a list's last item goes first, and the places of the others stay."""
    return [(step, "") if isinstance(step, int) else (-1, step) for step in path]


def _cut(path: Path) -> Path:
    """What to leave out for a mistake at `path`: the item of a list as a whole, else the innermost key."""
    at = next((at for at, step in enumerate(path) if isinstance(step, int)), len(path))
    return path[: at + 1]
