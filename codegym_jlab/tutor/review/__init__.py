"""Code review: of an accepted answer what could be better, of another one only what helps on. No model, nothing is run.

Once an answer is accepted it is the student's own, so a line of it may be shown rewritten. Before, ideas are shown
on other data only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codegym_jlab.course.schema import Exercise

from ..concepts import Topic
from ..concepts.frames import frames
from ..concepts.telling import shown
from ..phrases import phrase
from ..reading import walk
from .asked import Asked, asked_of
from .mistakes import mistakes
from .praise import praise
from .remark import Remark
from .ruff import ruff
from .style import style

__all__ = ["Remark", "review"]

MOST_REMARKS = 3


def review(
    source: str,
    exercise: Exercise | None = None,
    accepted: bool = False,
    question: str = "",
    language: str = "en",
    labels: Sequence[str] = (),
) -> str:
    """The review as Markdown. `labels`: names of checks as far as this student may see them.

    Called by the review agent; never raises for what stands in `source`.
    """
    if not source.strip():
        return phrase("nothing", language)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return phrase("unread", language).format(f"line {error.lineno}, {error.msg}")
    asked = asked_of(question, source)
    if asked.whole:
        parts = [walk(source, "", language)]
    else:
        parts = _asked_lines(asked, source, tree, accepted, language)
    if accepted:
        parts += _after(tree, source, asked, exercise.starter if exercise else "", language)
    else:
        parts += _before(tree, source, exercise, language)
    return "\n\n".join([*parts, *_edges(tree, exercise, labels, language)])


def _after(tree: ast.Module, source: str, asked: Asked, starter: str, language: str) -> list[str]:
    found = _merged([*style(tree, source), *ruff(source)], asked)
    given = set(re.findall(r"\w+", starter))  # its names are the author's
    found = [one for one in found if one.kind != "naming" or one.text.split("`")[1] not in given]
    good, parts = praise(tree, source), []
    for kind in asked.kinds:
        if not any(one.kind == kind for one in found):
            parts.append(_no_remark(kind, tree))
    if good:
        parts.append("\n".join([phrase("good", language), "", *(f"- {text}" for text in good)]))
    if found:
        bullets = [_bullet(one, source, with_better=True) for one in found[:MOST_REMARKS]]
        parts.append("\n".join([phrase("better", language), "", *bullets]))
    elif not asked.kinds:
        parts.append(phrase("fine", language))
    return parts


def _no_remark(kind: str, tree: ast.Module) -> str:
    """What is said where a kind of remark is asked for and the rules have none."""
    if kind == "naming":
        names = {
            node.id: None for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        told = ", ".join(f"`{name}`" for name in list(names)[:5]) or "the names"
        return (
            f"Naming: {told} can stay. A single letter is fine for a short loop or an index; "
            "what lives longer reads better with a word."
        )
    if kind == "speed":
        loops = sum(isinstance(node, ast.For | ast.While) for node in ast.walk(tree))
        inner = "one loop" if loops == 1 else f"{loops} loops, none inside another" if loops else "no loop of its own"
        return f"Speed: it has {inner}, so twice the data is about twice the work. That is as good as it needs to be."
    return "Length: no loop or condition here has a shorter form that reads as well."


def _before(tree: ast.Module, source: str, exercise: Exercise | None, language: str) -> list[str]:
    untouched = exercise is not None and _same(source, exercise.starter)
    found = mistakes(tree, untouched)
    if not found:
        return [phrase("open", language)]
    bullets = [_bullet(one, source, with_better=False) for one in found[:2]]
    return ["\n".join([phrase("look", language), "", *bullets])]


def _same(source: str, starter: str) -> bool:
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(starter))
    except SyntaxError:
        return False


def _bullet(remark: Remark, source: str, with_better: bool) -> str:
    lines = source.splitlines()
    quoted = lines[remark.line - 1].strip() if 0 < remark.line <= len(lines) else ""
    where = f"line {remark.line}, `{quoted}`: " if quoted and "`" not in quoted else ""
    better = f" In your code: `{remark.better}`." if with_better and remark.better else ""
    return f"- {where}{remark.text}{better}"


def _merged(found: Sequence[Remark], asked: Asked) -> list[Remark]:
    """One remark a line, what was asked for first, then the weightiest; each sentence once."""

    def order(remark: Remark) -> tuple[float, int]:
        is_topic = asked.topic is not None and remark.topic == asked.topic.id
        return (-remark.weight - 4 * is_topic - 2 * (remark.kind in asked.kinds), remark.line)

    kept: dict[int, Remark] = {}
    said: set[str] = set()
    for one in sorted(found, key=order):
        if one.line not in kept and one.text not in said:
            kept[one.line] = one
            said.add(one.text)
    return sorted(kept.values(), key=order)


def _asked_lines(asked: Asked, source: str, tree: ast.Module, accepted: bool, language: str) -> list[str]:
    """The lines that the question names, and its idea on other data."""
    parts = []
    lines = source.splitlines()
    if asked.lines:
        quoted = "\n".join(f"- line {n}: `{lines[n - 1].strip()}`" for n in asked.lines)
        parts.append(f"{phrase('asked', language)}\n\n{quoted}")
        remarks = [one for one in style(tree, source) if one.line in asked.lines] if accepted else []
        parts += [one.text for one in remarks[:1]]
        better = next((one.better for one in remarks if one.better), "")
        if better:
            parts.append(f"{phrase('own', language)}\n\n```python\n{better}\n```")
        elif accepted and asked.topic:
            parts.append(_already(asked.topic))
    if asked.topic:
        parts.append(_idea(asked.topic, asked.shorter, language))
    return parts


def _already(topic: Topic) -> str:
    return f"The line uses `{topic.title}` already, in its short form, so little is left to shorten there."


def _idea(topic: Topic, shorter: bool, language: str) -> str:
    example = topic.example
    if shorter:
        example = next((one for one in topic.more if "shorten" in one.about), example)
    text = (topic.said or {}).get(language.split("-")[0].lower(), topic.text)
    idea = f"{phrase('idea', language)}\n\n{shown(example, frames(language)['prints'])}"
    return f"**{topic.title}**: {text}\n\n{idea}"


def _edges(tree: ast.Module, exercise: Exercise | None, labels: Sequence[str], language: str) -> list[str]:
    """Labels of checks that may be seen, or else what the parameters bring to mind."""
    seen = list(labels)
    if exercise is not None and not seen:
        seen = [check.label for check in exercise.sample_checks if check.label]
    if seen:
        return [phrase("edges", language).format("; ".join(seen[:4]))]
    function = next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)
    if function is None or not function.args.args:
        return []
    return [phrase("edges", language).format(_cases(function))]


def _cases(function: ast.FunctionDef) -> str:
    """Cases that fit how the first parameter is used."""
    text = ast.unparse(function)
    name = next((arg.arg for arg in function.args.args if arg.arg not in ("self", "cls")), "")
    if ".split(" in text or f"{name}.upper" in text or f"{name}.strip" in text or f"{name}.lower" in text:
        return "empty text, only spaces, one word, capital letters"
    if "groupby" in text or ".loc" in text or "merge(" in text:
        return "an empty table, one row, missing values, equal values"
    if ".items(" in text or ".get(" in text:
        return "an empty dictionary, a missing key, equal values"
    if f"in {name}" in text or f"len({name}" in text or f"{name}[" in text:
        return "nothing in it, one value, equal values, values below zero"
    return "zero, a value below zero, a very large value"
