"""What is good in code that works and what could be better: ruff's findings in our words, idioms that it has not."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..locale import words


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of `words`, and what fills it."""

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def told(self, language: str) -> str:
        """In this language (BCP 47)."""
        return words(language).say(self.key, **dict(self.values))

    @property
    def name(self) -> str:
        """The name that it is about; empty where it is about none."""
        return str(dict(self.values).get("name", ""))


def say(key: str, **values: object) -> Sentence:
    """The sentence `part.name`, with what fills it."""
    return Sentence(key, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Remark:
    """`weight` orders remarks, the most useful first; `better` is the student's own line written the other way.

    `better` and `topic` are told only where the answer is accepted; before, the topic's example on other data is.
    """

    line: int  #: 1-based; 0 where it is about the whole
    text: Sentence
    weight: float = 1.0
    kind: str = "style"  #: style, naming, speed, shorter, safety, praise, mistake
    topic: str = ""  #: id of a concept that shows the idea on other data
    better: str = ""


LIMIT_S = 2.0  #: ruff answers in 20 ms; a busy machine takes longer
_OPTIONS = ("lint.pylint.max-nested-blocks=3", "lint.pylint.max-statements=25")
#: ruff's rule → our sentence, what it weighs, kind, and the topic with the idea; what is not here is not for learners
_RULES: dict[str, tuple[str, float, str, str]] = {
    "A001": ("style.hides", 2.8, "naming", "shadowing"),
    "A002": ("style.hides", 2.8, "naming", "shadowing"),
    "B006": ("style.default", 3.0, "safety", "mutable-default"),
    "E711": ("style.none", 2.0, "style", "is-vs-equals"),
    "E712": ("style.true_false", 2.0, "style", "truthiness"),
    "E722": ("style.bare_except", 2.7, "safety", "try-except"),
    "E741": ("style.digit", 1.8, "naming", "variable"),
    "F841": ("style.unused", 1.7, "style", "variable"),
    "N802": ("style.camel", 1.5, "naming", "variable"),
    "N803": ("style.camel", 1.5, "naming", "variable"),
    "N806": ("style.camel", 1.5, "naming", "variable"),
    "PD002": ("style.inplace", 1.6, "style", "pandas-copy"),
    "PERF401": ("style.collects", 2.4, "shorter", "list-comprehension"),
    "PLR0915": ("style.long_function", 1.7, "style", "function"),
    "PLR1702": ("style.deep", 1.9, "style", "break-continue"),
    "PLR1730": ("style.larger", 2.5, "shorter", "min-max"),
    "PLW0603": ("style.global", 1.8, "safety", "global"),
    "SIM103": ("style.is_bool", 3.0, "shorter", "truthiness"),
    "SIM110": ("ruff.SIM110", 2.2, "shorter", "any-all"),
    "SIM115": ("style.open", 2.3, "safety", "open-file"),
    "SIM401": ("ruff.SIM401", 2.4, "shorter", "dict-get"),
    "T201": ("style.left_print", 1.5, "style", "return-vs-print"),
}
#: rules whose mend is the student's line written the other way
_WRITTEN = frozenset("E711 PERF401 PLR1730 SIM103 SIM110 SIM401".split())
_PLAIN = (
    "E713 E714 E721 E731 F541 F811 SIM102 SIM118 SIM201 SIM210 C400 C401 C408 C414 C416 C419 RET504 RET505"
    " PERF102 PERF402"
).split()


def style(tree: ast.Module, source: str) -> list[Remark]:
    """All that is found, in order of its weight. Runs ruff; called in a thread of its own where a server waits."""
    found = [*_by_ruff(tree, source), *(remark for rule in _IDIOMS for remark in rule(tree))]
    return sorted(found, key=lambda remark: (-remark.weight, remark.line))


def _by_ruff(tree: ast.Module, source: str) -> Iterator[Remark]:
    returning = [f for f in _all(tree, ast.FunctionDef) if any(n.value for n in _all(f, ast.Return))]
    for one in _ruff(source):
        code, line = one.get("code"), one["location"]["row"]
        if code in _PLAIN:
            yield Remark(line, say(f"ruff.{code}"), 1.4)
        elif code in _RULES:
            if code == "T201" and not any(f.lineno <= line <= (f.end_lineno or line) for f in returning):
                continue
            key, weight, kind, topic = _RULES[code]
            key = "style.smaller" if code == "PLR1730" and "min(" in one["message"] else key
            words = _words(one, source)
            better = "" if kind == "naming" else words.pop("better")
            yield Remark(line, say(key, **words), weight, kind, topic, better)


def _words(finding: dict[str, Any], source: str) -> dict[str, str]:
    """What fills the gaps of a sentence, and the line as ruff would write it (empty where that is no single line)."""
    message, begin, end = finding["message"], finding["location"], finding["end_location"]
    edits = (finding.get("fix") or {}).get("edits", [])
    written = [text for edit in edits if (text := edit["content"].strip())]
    better = written[0] if finding["code"] in _WRITTEN and len(written) == 1 and "\n" not in written[0] else ""
    row = source.splitlines()[begin["row"] - 1]
    code = row[begin["column"] - 1 : end["column"] - 1 if end["row"] == begin["row"] else None].strip()
    quoted = re.findall(r"`([^`]+)`", message)
    number = (re.findall(r"\((\d+) >", message) or [""])[0]
    name = quoted[0] if quoted else better.partition(" = ")[0] or code
    if finding["code"] == "SIM103" and quoted:
        code = quoted[0]
    if finding["code"].startswith("N80"):
        better = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    return {"name": name, "code": code, "depth": number, "length": number, "better": better}


def _ruff(source: str) -> list[dict[str, Any]]:
    """Ruff's findings; none where it fails or takes too long."""
    command = [_program(), "check", "--isolated", "--quiet", "--preview", "--no-cache", "--output-format=json"]
    command += ["--select", ",".join([*_RULES, *_PLAIN]), *(part for one in _OPTIONS for part in ("--config", one))]
    command += ["--stdin-filename", "answer.py", "-"]
    try:
        ran = subprocess.run(command, input=source, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        found: list[dict[str, Any]] = json.loads(ran.stdout or "[]")
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return []
    return found


@cache
def _program() -> str:
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff") or "ruff"


def _all(tree: ast.AST, *kinds: type[Any]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _range_len(tree: ast.Module) -> Iterator[Remark]:
    """`for i in range(len(xs))` where the loop reads `xs[i]`."""
    for loop in _all(tree, ast.For):
        match = re.fullmatch(r"range\(len\((.+)\)\)", ast.unparse(loop.iter))
        if match is None or not isinstance(loop.target, ast.Name):
            continue
        index, owner = loop.target.id, match[1]
        inside = [node for part in loop.body for node in ast.walk(part)]
        items = [n for n in inside if isinstance(n, ast.Subscript) and ast.unparse(n) == f"{owner}[{index}]"]
        if not items or any(isinstance(n.ctx, ast.Store) for n in items):
            continue
        if len(items) == sum(isinstance(n, ast.Name) and n.id == index for n in inside):
            told, weight, topic, better = say("style.no_index", index=index, owner=owner), 3.0, "for-loop", "value"
        else:
            told, weight, topic, better = say("style.enumerate", owner=owner), 2.6, "enumerate", f"{index}, value"
        over = owner if better == "value" else f"enumerate({owner})"
        yield Remark(loop.lineno, told, weight, "shorter", topic, f"for {better} in {over}:")


def _sum_loop(tree: ast.Module) -> Iterator[Remark]:
    """`total = 0` and a loop that only adds to it."""
    for above in ast.walk(tree):
        body = getattr(above, "body", None)
        for before, loop in zip(body, body[1:], strict=False) if isinstance(body, list) else ():
            if not (isinstance(loop, ast.For) and len(loop.body) == 1 and isinstance(loop.body[0], ast.AugAssign)):
                continue
            step = loop.body[0]
            name, value, item = ast.unparse(step.target), ast.unparse(step.value), ast.unparse(loop.target)
            if not isinstance(step.op, ast.Add) or ast.unparse(before) not in (f"{name} = 0", f"{name} = 0.0"):
                continue
            over = ast.unparse(loop.iter)
            inside = over if value == item else f"{value} for {item} in {over}"
            if name != "sum" and not re.search(rf"\b{name}\b", inside):
                told = say("style.adds_up", name=name)
                yield Remark(loop.lineno, told, 2.3, "shorter", "sum", f"{name} = sum({inside})")


def _row_by_row(tree: ast.Module) -> Iterator[Remark]:
    for call in _all(tree, ast.Call):
        name = ast.unparse(call.func)
        if name.endswith(".iterrows"):
            yield Remark(call.lineno, say("style.iterrows"), 2.3, "speed", "iterrows")
        elif name.endswith(".apply") and any(k.arg == "axis" and ast.unparse(k.value) == "1" for k in call.keywords):
            yield Remark(call.lineno, say("style.apply"), 2, "speed", "pandas-apply")


_IDIOMS: tuple[Callable[[ast.Module], Iterator[Remark]], ...] = (_range_len, _sum_loop, _row_by_row)


_TOOLS = frozenset("sum max min any all enumerate zip sorted Counter defaultdict isinstance".split())
_PRAISED: dict[type[ast.AST], str] = {
    ast.ListComp: "comprehension",
    ast.DictComp: "comprehension",
    ast.SetComp: "comprehension",
    ast.GeneratorExp: "generator",
    ast.With: "with",
    ast.Yield: "yield",
    ast.JoinedStr: "fstring",
}


def praise(tree: ast.Module, source: str) -> list[Sentence]:
    """At most two sentences, on what is most worth keeping; of the code, never of the person."""
    return list(dict.fromkeys(_good(tree, source)))[:2]


def _good(tree: ast.Module, source: str) -> Iterator[Sentence]:
    functions = list(_all(tree, ast.FunctionDef))
    for function in functions:
        body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
        if body and isinstance(body[0], ast.If) and isinstance(body[0].body[-1], ast.Return | ast.Raise):
            if not body[0].orelse:
                yield say("praise.first", line=body[0].lineno)
    for node in ast.walk(tree):
        if type(node) in _PRAISED:
            yield say(f"praise.{_PRAISED[type(node)]}", line=getattr(node, "lineno", 0))
        elif isinstance(node, ast.Call) and (name := ast.unparse(node.func).rsplit(".", 1)[-1]) in _TOOLS:
            yield say(f"praise.{name}")
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            yield say("praise.chained", line=node.lineno)
    for function in functions:
        if ast.get_docstring(function):
            yield say("praise.docstring", name=function.name)
    length = sum(bool(line.strip()) for line in source.splitlines())
    if functions and length <= 8:
        yield say("praise.short", length=length)
