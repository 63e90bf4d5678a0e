"""Ideas of Python, numpy and pandas that are named, from the library; and what a name of the student's code is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from ..concepts import Found, explain, find, is_empty_word
from ..guard.syntax import parsed
from ..patterns import patterns
from .base import Answer, Asked, answer
from .moment import form
from .small_talk import asks_back

FENCE = re.compile(r"```.*?```\n?", re.S)
_WORDS_ASKED = 3  #: words of a question after a name of the code at most, empty ones apart


async def concept(asked: Asked) -> Answer:
    """The explanation of what is named; the student is asked back where nothing is."""
    if own := placeholder(asked) or own_name(asked):
        return answer("concept", own, polish=True)
    found = of_number(asked) or asked.topics
    if not found or not found[0].is_named:
        return await asks_back(asked)
    text = explain(found, asked.message, asked.words.language, asked.shown, asked.situation.source, asked.level)
    return replace(answer("concept", text, polish=True), plainer=without_code(text), lasting=True)


def without_code(text: str) -> str:
    """An explanation without its examples."""
    kept = [
        part for part in FENCE.sub("", text).split("\n\n") if part.strip() and not part.strip().endswith((":", "："))
    ]
    return "\n\n".join(part.strip() for part in kept)


def own_name(asked: Asked) -> str:
    """What a name is that stands in the student's code, where the question is about nothing else; "" for others."""
    plain = patterns("talk")["idea"].sub(" ", asked.message)
    said = [word for word in re.findall(r"\w+", plain) if not is_empty_word(word)]
    source = asked.situation.source or (asked.exercise.starter if asked.exercise else "")
    if len(said) != 1 or asked.exercise is None or asked.topics and asked.topics[0].exact:
        return ""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ""
    return next(_told(asked, tree, said[0]), "")


def of_number(asked: Asked) -> list[Found]:
    """The function that is given a number of the student's code, where a question is about nothing else."""
    plain = patterns("talk")["idea"].sub(" ", asked.message)
    said = [word for word in re.findall(r"-?\w+", plain) if not is_empty_word(word)]
    tree = parsed(asked.situation.source)
    if len(said) != 1 or not said[0].lstrip("-").isdigit() or tree is None:
        return []
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    names = [ast.unparse(one.func) for one in calls if said[0] in map(ast.unparse, one.args)]
    return find(f"{names[0]}()", asked.words.language)[:1] if names else []


def placeholder(asked: Asked) -> str:
    """What the gaps or dots of the answer are for, where a message speaks of them; "" for others."""
    source = asked.situation.source or (asked.exercise.starter if asked.exercise else "")
    known = patterns("talk")
    has_one = "___" in source and known["gap"].search(asked.message)
    return form(asked) if has_one or "..." in source and known["dots"].search(asked.message) else ""


def loop_name(asked: Asked, tree: ast.Module, name: str) -> str:
    """What the name of a `for` loop gets, and that nothing reads it where that is so; "" for other names."""
    named = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == name]
    loops = [one for one in ast.walk(tree) if isinstance(one, ast.For) and one.target in named]
    if not loops:
        return ""
    told = asked.words.say("name.loop", name=name, line=loops[0].lineno, values=ast.unparse(loops[0].iter))
    is_read = any(isinstance(one.ctx, ast.Load) for one in named)
    return told if is_read else f"{told} {asked.words.say('name.unread', name=name)}"


def _told(asked: Asked, tree: ast.Module, name: str) -> Iterator[str]:
    words, calls = asked.words, [one.call or "" for one in asked.exercise.sample_checks] if asked.exercise else []
    if told := loop_name(asked, tree, name):
        yield told
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            places = [argument.arg for argument in node.args.args]
            for call in calls if name in places else ():
                if value := _argument(call, node.name, places.index(name)):
                    yield words.say("name.parameter", name=name, function=node.name, call=call, value=value)
        elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            yield words.say("name.assigned", name=name, line=node.lineno)


def _argument(call: str, function: str, at: int) -> str:
    """What a call of this function gives at a place, as code."""
    try:
        node = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
        return ast.unparse(node.args[at]) if at < len(node.args) else ""
    return ""
