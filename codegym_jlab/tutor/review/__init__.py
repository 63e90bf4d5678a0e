"""Code review: of an accepted answer what could be better, of another one only what helps on. No model, nothing is run.

Once an answer is accepted it is the student's own, so a line of it may be shown rewritten. Before, ideas are shown
on other data only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codegym_jlab.course.schema import Exercise

from ..concepts import Topic, find, shown
from ..explain.explanation import said_of
from ..explain.rules.surprises import surprises
from ..locale import Words, words
from ..text import fold, patterns
from ..walkthrough import asks_to_read, lines_asked, walk
from .style import Remark, Sentence, praise, style

__all__ = ["Remark", "review"]

MOST_REMARKS = 3
#: How likely a mistake must be to be told before the answer is accepted.
LIKELY = 0.65


@dataclass(frozen=True, slots=True)
class Asked:
    """`lines`: 1-based, of the student's code; `kinds`: of remarks; `whole`: every line is to be told."""

    lines: tuple[int, ...] = ()
    topic: Topic | None = None
    kinds: tuple[str, ...] = ()
    shorter: bool = False
    whole: bool = False


def asked_of(question: str, source: str) -> Asked:
    """What `question` names. Nothing of it where it only asks for a look at the code."""
    folded = fold(question)
    kinds = tuple(kind for kind, pattern in patterns("review").items() if pattern.search(folded))
    whole = asks_to_read(question)
    lines = () if whole else tuple(sorted(lines_asked(source, question)))[:3]
    return Asked(lines, None if whole else _topic(question, source), kinds, "shorter" in kinds, whole)


def _topic(question: str, source: str) -> Topic | None:
    """The construct that the question names, if it names one."""
    found = [one for one in find(_without_pleas(question)) if one.score >= 4.0]
    fitting = [one for one in found if one.topic.id not in _TOO_WIDE]
    new = [one for one in fitting if one.score >= 0.4 * found[0].score and one.topic.title not in source]
    first = [*new, *fitting][:1] if found[0:1] == fitting[0:1] else []
    return first[0].topic if first else None


_TOO_WIDE = frozenset(
    "walk-code debugging assert function variable jupyter-basics big-o help traceback try-except method break-continue"
    " list string describe pathlib digits".split()
)


def _without_pleas(question: str) -> str:
    """Without words of a plea for a review, which name no construct."""
    return re.sub(
        r"(?i)\b(it'?s|is|was|got)?\s*accepted\b|\(?\d{1,6}\s?/\s?\d{1,6}\)?|\breview\b|\bcheck\b|\btests?\b"
        r"|\bpass(es|ed)?\b|\bsubmit\w*"
        r"|\bcode\b|\bsolution\b|\bstyle\b|\blines?\b|\blook over\b|\bnam(e|es|ing)\b|\bsingle letters?\b",
        " ",
        question,
    )


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
    own = words(language)
    if not source.strip():
        return own.say("review.nothing")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        where = own.say("review.at", line=error.lineno, text=error.msg)
        return own.say("review.unread", text=where)
    asked = asked_of(question, source)
    if asked.whole:
        parts = [walk(source, "", language)]
    else:
        parts = _asked_lines(asked, source, tree, accepted, own)
    if accepted:
        parts += _after(tree, source, asked, exercise.starter if exercise else "", own)
    else:
        parts += _before(source, exercise, own)
    return "\n\n".join([*parts, *_edges(tree, exercise, labels, own)])


def _after(tree: ast.Module, source: str, asked: Asked, starter: str, own: Words) -> list[str]:
    found = _merged(style(tree, source), asked)
    given = set(re.findall(r"\w+", starter))  # its names are the author's
    found = [one for one in found if one.kind != "naming" or one.text.name not in given]
    good, parts = praise(tree, source), []
    for kind in asked.kinds:
        if not any(one.kind == kind for one in found):
            parts.append(_no_remark(kind, tree, own))
    if good:
        parts.append("\n".join([own.say("review.good"), "", *(f"- {one.told(own.language)}" for one in good)]))
    if found:
        bullets = [
            _bullet(one.line, one.text.told(own.language), source, own, one.better) for one in found[:MOST_REMARKS]
        ]
        parts.append("\n".join([own.say("review.better"), "", *bullets]))
    elif not asked.kinds:
        parts.append(own.say("review.fine"))
    return parts


def _no_remark(kind: str, tree: ast.Module, own: Words) -> str:
    """What is said where a kind of remark is asked for and the rules have none."""
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


def _before(source: str, exercise: Exercise | None, own: Words) -> list[str]:
    likely = [one for one in surprises(source) if one.sure >= LIKELY]
    found = [(one.line, said_of(one.cause, one.variant, one.words, own.language)) for one in likely]
    if exercise is not None and _same(source, exercise.starter):
        found.insert(0, (0, own.say("mistake.starter")))
    if not found:
        return [own.say("review.open")]
    bullets = [_bullet(line, text, source, own) for line, text in dict(found[::-1]).items()][::-1][:2]
    return ["\n".join([own.say("review.look"), "", *bullets])]


def _same(source: str, starter: str) -> bool:
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(starter))
    except SyntaxError:
        return False


def _bullet(line: int, text: str, source: str, own: Words, better: str = "") -> str:
    lines = source.splitlines()
    quoted = lines[line - 1].strip() if 0 < line <= len(lines) else ""
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


def _asked_lines(asked: Asked, source: str, tree: ast.Module, accepted: bool, own: Words) -> list[str]:
    """The lines that the question names, and its idea on other data."""
    parts = []
    lines = source.splitlines()
    if asked.lines:
        quoted = "\n".join("- " + own.say("review.line", line=n, code=lines[n - 1].strip()) for n in asked.lines)
        parts.append(f"{own.say('review.asked')}\n\n{quoted}")
        remarks = [one for one in style(tree, source) if one.line in asked.lines] if accepted else []
        parts += [one.text.told(own.language) for one in remarks[:1]]
        better = next((one.better for one in remarks if one.better), "")
        if better:
            parts.append(f"{own.say('review.own')}\n\n```python\n{better}\n```")
        elif accepted and asked.topic:
            parts.append(own.say("review.already", title=asked.topic.title))
    if asked.topic:
        parts.append(_idea(asked.topic, asked.shorter, own))
    return parts


def _idea(topic: Topic, shorter: bool, own: Words) -> str:
    example = topic.example
    if shorter:
        example = next((one for one in topic.more if "shorten" in one.about), example)
    idea = f"{own.say('review.idea')}\n\n{shown(example, own.language)}"
    return f"**{topic.title}**: {topic.told(own.language)}\n\n{idea}"


def _edges(tree: ast.Module, exercise: Exercise | None, labels: Sequence[str], own: Words) -> list[str]:
    """Labels of checks that may be seen, or else what the parameters bring to mind."""
    seen = list(labels)
    if exercise is not None and not seen:
        seen = [check.label for check in exercise.sample_checks if check.label]
    if seen:
        return [own.say("review.edges", text="; ".join(seen[:4]))]
    function = next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)
    if function is None or not function.args.args:
        return []
    return [own.say("review.edges", text=own.say(f"cases.{_cases(function)}"))]


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
