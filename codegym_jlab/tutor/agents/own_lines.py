"""Questions on single lines of a wrong answer, answered by what was seen when it ran."""

import re

from ..explain.explanation import quoted
from ..patterns import patterns
from .base import Answer, Asked, answer
from .moment import lines_named


def asks_of_lines(asked: Asked) -> bool:
    """Whether a message asks what a line does, whether it is ever reached, or which input to try."""
    known = patterns("lines")
    if asked.exercise is None or not asked.is_code or not asked.is_begun or asked.is_accepted:
        return False
    if asked.stage == "error" and (not asked.diagnosis.ran or patterns("talk")["mistake"].search(asked.message)):
        return False  # the error says more
    is_of_line = known["does"].search(asked.message) or known["reached"].search(asked.message)
    return bool(known["try"].search(asked.message) or is_of_line and _line(asked))


def _line(asked: Asked) -> int:
    """The line that is asked about: by its number, quoted, or by the keyword it begins with, the last of several."""
    rows = asked.situation.source.splitlines()
    quoted_in = [number for number, row in enumerate(rows, 1) if len(row.split()) > 2 and row.strip() in asked.message]
    if quoted_in:
        return quoted_in[0]
    if named := lines_named(asked.message):
        return named[0] if named[0] <= len(rows) and rows[named[0] - 1].strip() else 0
    said = set(re.findall(r"[a-z]+", asked.message.casefold())) & {"else", "elif", "except", "return", "break", "while"}
    heads = [number for number, row in enumerate(rows, 1) if said.intersection(re.findall(r"^\s*(\w+)", row))]
    return heads[-1] if heads and patterns("lines")["reached"].search(asked.message) else 0


async def own_lines(asked: Asked) -> Answer:
    """What the line made of the smallest example, or with which input it ran; honest where nothing was run."""
    words, found, line = asked.words, asked.diagnosis, _line(asked)
    example = found.example
    if not line:
        call = quoted(example.call) if example is not None else ""
        first = words.say("lines.try", call=call) if call else asked.failing_text()
        return answer("own_lines", first, words.say("lines.borders"), fixed=True)
    rows = asked.situation.source.splitlines()
    made = next((one for one in found.walk if one.line == line), None)
    if (
        rows[line - 1].rstrip().endswith(":")
        and line < len(rows)
        and patterns("lines")["reached"].search(asked.message)
    ):
        line, made = line + 1, None  # what is asked is whether its block is
    place = {"line": line, "code": quoted(rows[line - 1].strip())}
    if not found.ran:
        return answer("own_lines", words.say("lines.unseen", **place), fixed=True)
    if line not in found.ran:
        return answer("own_lines", words.say("lines.never", **place), fixed=True)
    if made is not None and example is not None:
        values = {"name": made.name, "value": quoted(made.value), "call": quoted(example.call)}
        return answer("own_lines", words.say("lines.makes", **place, **values), fixed=True)
    return answer("own_lines", words.say("lines.runs", **place, call=quoted(found.ran[line])), fixed=True)
