"""Code review of an accepted answer: what ruff finds, in our words.

It is the student's own by then, so a line of it may be shown rewritten. No model, nothing is run.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cache
from pathlib import Path

from codegym_jlab.course.schema import Exercise
from codegym_jlab.files import table_beside
from codegym_jlab.records import Json, frozen, parse

from .explain.program import every
from .locale import Words, words

_MOST_REMARKS = 3


def review(source: str, exercise: Exercise | None = None, language: str = "en") -> str:
    """The review as Markdown; never raises for what stands in `source`. Runs ruff: call it in a thread."""
    own = words(language)
    try:
        tree = parse(source)
    except SyntaxError as error:
        return own.say("review.unread", text=own.say("review.at", line=error.lineno, text=error.msg))
    given = set(re.findall(r"\w+", exercise.starter)) if exercise else set()  # its names are the author's
    ruled_out = set(exercise.forbids.calls) if exercise and exercise.forbids else set()
    found: dict[str, Remark] = {}
    for one in sorted([*_by_ruff(tree, source), *_range_len(tree)], key=lambda one: (one.order, one.line)):
        said = own.say(one.key, **one.values)
        is_kept = ruled_out.isdisjoint(re.findall(r"\w+", f"{said} {one.better}"))
        if is_kept and not (one.is_naming and one.values["name"] in given):
            found.setdefault(said, one)
    if not found:
        return own.say("review.fine")
    bullets = [_bullet(one, said, source, own) for said, one in found.items()]
    return "\n".join([own.say("review.better"), "", *bullets[:_MOST_REMARKS]])


# -- ruff -------------------------------------------------------------------------------------------------

_READ = table_beside(__file__, "review.toml")
#: Its rule → our sentence, the most useful first.
_RULES: dict[str, str] = _READ["sentences"]
_ORDER = {code: place for place, code in enumerate(_RULES)}
_OPTIONS = ("lint.pylint.max-nested-blocks=3", "lint.pylint.max-statements=25")
LIMIT_S = 2.0  #: ruff answers in 20 ms; a busy machine takes longer


@frozen
class Remark:
    """A sentence of the catalogue about a line; `better` is the student's own line written the other way."""

    line: int
    key: str
    order: int = 0
    values: dict[str, str] = field(default_factory=dict)
    better: str = ""
    is_naming: bool = False


def _bullet(one: Remark, text: str, source: str, own: Words) -> str:
    quoted = "".join(source.splitlines()[one.line - 1 : one.line]).strip()
    if quoted and "`" not in quoted:
        text = own.say("review.on_line", line=one.line, code=quoted, text=text)
    return f"- {text} {own.say('review.yours', code=one.better)}" if one.better else f"- {text}"


def _by_ruff(tree: ast.Module, source: str) -> Iterator[Remark]:
    returning = [f for f in every(tree, ast.FunctionDef) if any(n.value for n in every(f, ast.Return))]
    for one in lint(source, _RULES, _OPTIONS):
        code, line = one.get("code"), one["location"]["row"]
        is_kept = code != "T201" or any(f.lineno <= line <= (f.end_lineno or line) for f in returning)
        if code in _RULES and is_kept:
            key = "style.smaller" if code == "PLR1730" and "min(" in one["message"] else _RULES[code]
            values = _values(one, source)
            better = values["better"] if code in _READ["written"] else ""
            yield Remark(line, key, _ORDER[code], values, better, code in _READ["naming"])


def _values(finding: Json, source: str) -> dict[str, str]:
    """What fills the gaps of a sentence, and the line as ruff would write it (empty where that is no single line)."""
    code, message, begin, end = (finding[name] for name in ("code", "message", "location", "end_location"))
    written = [text for edit in (finding.get("fix") or {}).get("edits", []) if (text := edit["content"].strip())]
    better = written[0] if len(written) == 1 and "\n" not in written[0] else ""
    row = "".join(source.splitlines()[begin["row"] - 1 : begin["row"]])
    text = row[begin["column"] - 1 : end["column"] - 1 if end["row"] == begin["row"] else None].strip()
    quoted = re.findall(r"`([^`]+)`", message)
    number = (re.findall(r"\((\d+) >", message) or [""])[0]
    name = quoted[0] if quoted else better.partition(" = ")[0] or text
    if code == "SIM103" and quoted:
        text = quoted[0]
    if code.startswith("N80"):
        better = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    return {"name": name, "code": text, "depth": number, "length": number, "better": better}


def lint(source: str, rules: Iterable[str], options: Iterable[str]) -> list[Json]:
    """Ruff's findings, as it says them in JSON; none where it fails or takes too long. Call it in a thread."""
    command = [_program(), "check", "--isolated", "--quiet", "--preview", "--no-cache", "--output-format=json"]
    command += ["--select", ",".join(rules), *(part for one in options for part in ("--config", one))]
    command += ["--stdin-filename", "answer.py", "-"]
    try:
        ran = subprocess.run(command, input=source, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        found: list[Json] = json.loads(ran.stdout or "[]")
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return []
    return found


@cache
def _program() -> str:
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff") or "ruff"


def _range_len(tree: ast.Module) -> Iterator[Remark]:
    """`for i in range(len(xs))` where the loop reads `xs[i]`: what ruff has no rule for."""
    for loop in every(tree, ast.For):
        match = re.fullmatch(r"range\(len\((.+)\)\)", ast.unparse(loop.iter))
        if match is None or not isinstance(loop.target, ast.Name):
            continue
        index, owner = loop.target.id, match[1]
        inside = [node for part in loop.body for node in ast.walk(part)]
        items = [n for n in inside if isinstance(n, ast.Subscript) and ast.unparse(n) == f"{owner}[{index}]"]
        if not items or any(isinstance(item.ctx, ast.Store) for item in items):
            continue
        if len(items) == sum(isinstance(n, ast.Name) and n.id == index for n in inside):
            key, better = "style.no_index", f"for value in {owner}:"
        else:
            key, better = "style.enumerate", f"for {index}, value in enumerate({owner}):"
        yield Remark(loop.lineno, key, 1, {"index": index, "owner": owner}, better)
