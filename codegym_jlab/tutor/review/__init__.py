"""Code review: of an accepted answer what could be better, of another one only what helps on. No model, nothing is run.

Once an answer is accepted it is the student's own, so a line of it may be shown rewritten. Before, ideas are shown
on other data only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codegym_jlab.course.schema import Exercise

from ..concepts import Topic, shown
from ..explain.explanation import said_of
from ..explain.rules.surprises import surprises
from ..locale import words
from ..walkthrough import phrase, walk
from .asked import Asked, asked_of
from .praise import praise
from .remark import Remark, Sentence
from .style import style

__all__ = ["Remark", "review"]

MOST_REMARKS = 3
#: How likely a mistake must be to be told before the answer is accepted.
LIKELY = 0.65


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
        where = words(language).say("review.at", line=error.lineno, text=error.msg)
        return phrase("unread", language).format(where)
    asked = asked_of(question, source)
    if asked.whole:
        parts = [walk(source, "", language)]
    else:
        parts = _asked_lines(asked, source, tree, accepted, language)
    if accepted:
        parts += _after(tree, source, asked, exercise.starter if exercise else "", language)
    else:
        parts += _before(source, exercise, language)
    return "\n\n".join([*parts, *_edges(tree, exercise, labels, language)])


def _after(tree: ast.Module, source: str, asked: Asked, starter: str, language: str) -> list[str]:
    found = _merged(style(tree, source), asked)
    given = set(re.findall(r"\w+", starter))  # its names are the author's
    found = [one for one in found if one.kind != "naming" or one.text.name not in given]
    good, parts = praise(tree, source), []
    for kind in asked.kinds:
        if not any(one.kind == kind for one in found):
            parts.append(_no_remark(kind, tree, language))
    if good:
        parts.append("\n".join([phrase("good", language), "", *(f"- {one.told(language)}" for one in good)]))
    if found:
        bullets = [
            _bullet(one.line, one.text.told(language), source, language, one.better) for one in found[:MOST_REMARKS]
        ]
        parts.append("\n".join([phrase("better", language), "", *bullets]))
    elif not asked.kinds:
        parts.append(phrase("fine", language))
    return parts


def _no_remark(kind: str, tree: ast.Module, language: str) -> str:
    """What is said where a kind of remark is asked for and the rules have none."""
    own = words(language)
    if kind == "naming":
        names = {
            node.id: None for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        told = ", ".join(f"`{name}`" for name in list(names)[:5])
        return own.say("review.naming", names=told or own.say("review.names"))
    if kind == "speed":
        loops = sum(isinstance(node, ast.For | ast.While) for node in ast.walk(tree))
        inner = "review.one_loop" if loops == 1 else "review.loops" if loops else "review.no_loop"
        return own.say("review.speed", loops=own.say(inner, count=loops))
    return own.say("review.length")


def _before(source: str, exercise: Exercise | None, language: str) -> list[str]:
    own = words(language)
    likely = [one for one in surprises(source) if one.sure >= LIKELY]
    found = [(one.line, said_of(one.cause, one.variant, one.words, language)) for one in likely]
    if exercise is not None and _same(source, exercise.starter):
        found.insert(0, (0, own.say("mistake.starter")))
    if not found:
        return [phrase("open", language)]
    bullets = [_bullet(line, text, source, language) for line, text in dict(found[::-1]).items()][::-1][:2]
    return ["\n".join([phrase("look", language), "", *bullets])]


def _same(source: str, starter: str) -> bool:
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(starter))
    except SyntaxError:
        return False


def _bullet(line: int, text: str, source: str, language: str, better: str = "") -> str:
    lines = source.splitlines()
    quoted = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    own = words(language)
    if quoted and "`" not in quoted:
        text = own.say("review.on_line", line=line, code=quoted, text=text)
    return f"- {text} {own.say('review.yours', code=better)}" if better else f"- {text}"


def _merged(found: Sequence[Remark], asked: Asked) -> list[Remark]:
    """One remark a line, what was asked for first, then the weightiest; each sentence once."""

    def order(remark: Remark) -> tuple[float, int]:
        is_topic = asked.topic is not None and remark.topic == asked.topic.id
        return (-remark.weight - 4 * is_topic - 2 * (remark.kind in asked.kinds), remark.line)

    kept: dict[int, Remark] = {}
    said: set[Sentence] = set()
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
        own = words(language)
        quoted = "\n".join("- " + own.say("review.line", line=n, code=lines[n - 1].strip()) for n in asked.lines)
        parts.append(f"{phrase('asked', language)}\n\n{quoted}")
        remarks = [one for one in style(tree, source) if one.line in asked.lines] if accepted else []
        parts += [one.text.told(language) for one in remarks[:1]]
        better = next((one.better for one in remarks if one.better), "")
        if better:
            parts.append(f"{phrase('own', language)}\n\n```python\n{better}\n```")
        elif accepted and asked.topic:
            parts.append(own.say("review.already", title=asked.topic.title))
    if asked.topic:
        parts.append(_idea(asked.topic, asked.shorter, language))
    return parts


def _idea(topic: Topic, shorter: bool, language: str) -> str:
    example = topic.example
    if shorter:
        example = next((one for one in topic.more if "shorten" in one.about), example)
    idea = f"{phrase('idea', language)}\n\n{shown(example, language)}"
    return f"**{topic.title}**: {topic.told(language)}\n\n{idea}"


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
    return [phrase("edges", language).format(words(language).say(f"cases.{_cases(function)}"))]


def _cases(function: ast.FunctionDef) -> str:
    """Which cases fit how the first parameter is used."""
    text = ast.unparse(function)
    name = next((arg.arg for arg in function.args.args if arg.arg not in ("self", "cls")), "")
    if ".split(" in text or f"{name}.upper" in text or f"{name}.strip" in text or f"{name}.lower" in text:
        return "text"
    if "groupby" in text or ".loc" in text or "merge(" in text:
        return "table"
    if ".items(" in text or ".get(" in text:
        return "dict"
    if f"in {name}" in text or f"len({name}" in text or f"{name}[" in text:
        return "list"
    return "number"
