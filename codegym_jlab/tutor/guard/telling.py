"""Whether a reply tells the author's solution in words or in another language, where it could not be run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .facts import Steps
from .lexicon import facts_said
from .reading import parsed

#: Shares of the steps' worth from which on a reply tells them: a block of another language, prose, prose that asks.
#: All hints of an author's ladder together, which ask and name nearly every step, come to 0.71.
IN_BLOCK, IN_PROSE, WHILE_ASKING = 0.5, 0.6, 0.75
#: The share of the steps that few other tasks have, which must be told too.
DECIDED = 0.5
#: From here on it is the whole solution.
WHOLE = 0.75
#: What a block's steps count for where their order is another, as in languages that nest what others write in turn.
_ANY_ORDER = 0.7
_PROSE_ANY_ORDER = 0.8
#: The same for a query, which says what is wanted and leaves the order open.
_QUERY, _OF_QUERY = re.compile(r"\bselect\b.+\bfrom\b", re.DOTALL | re.IGNORECASE), 0.8
#: What the steps of a public text count for where a reply tells them in another order.
_REWORDED = 0.8
#: Steps that a solution must have to be known by them.
_FEWEST = 4
_MOST = 8000  #: characters that are read
#: So many times as many steps as a reply may a turn of the student's name, for the reply to be theirs.
_POOL_SHARE, _POOL_SPARE = 2, 10
_SPANS = (1, 2, 3, 4, 6, 10)  #: turns that together may hold what a reply gives back

_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}).*?(?:^[ \t>]*(?:`{3,}|~{3,})[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_KINDS = re.compile(r"<[A-Za-z][\w.\[\]?]*(?:,\s*[\w.\[\]?]+)*>|<>(?=\()")  #: types of types, which compare nothing
_JSON = re.compile(r"\s*[\[{]\s*[\[{\"]")  #: where every word stands in quotes
_QUESTION = re.compile(r"\w[\"'`)*]*\s?[?？]\s*$")
_ASKS = re.compile(r"\w[\"'`)*]*\s?[?？]")
_GUARD = re.compile(r"^[ \t]*\|(?!\|)(?=[^|\n]*[=→])", re.MULTILINE)  #: of a function by cases
_MARK = re.compile(r"[ \t>]*(?:`{3,}|~{3,})")
_BLANK = re.compile(r"(?<=[\s(\[,=])\?(?=[\s\]),:]|$)|_{3,}|\.{3}|…")
#: Blanks from which on a block is a skeleton.
_SKELETON = 3


def share_told(steps: Steps, reply: str, own: Sequence[str], public: Sequence[str]) -> float:
    """How much of the solution's steps a reply tells, 0 where that is too little to count or is the student's own.

    `own`: the student's cell and their turns, oldest first. `public`: what everybody reads of the exercise.
    """
    if min(map(len, steps.orders), default=0) < _FEWEST:
        return 0.0
    found = max(_shares(steps, reply[:_MOST]), default=(0.0, list[str](), False), key=lambda one: one[0])
    share, stream, in_block = found
    if not share or (own and steps.adds(own[0], stream) < DECIDED):
        return 0.0
    spans = ("\n".join(own[at : at + span]) for span in _SPANS for at in range(max(0, len(own) - span + 1)))
    if any(_tells_as_much(steps, text, share, in_block) for text in public):
        return 0.0
    return 0.0 if any(_names_as_much(steps, text, share, len(stream)) for text in spans) else share


def _shares(steps: Steps, reply: str) -> Iterator[tuple[float, list[str], bool]]:
    """What each block, the prose and both together tell, with the steps that they name, where it is enough.

    Last, whether it is a block: what the statement says in words is told anew by one of another language."""
    prose: list[str] = []
    stream: list[str] = []
    every: list[str] = []
    end = 0
    for match in [*_FENCE.finditer(reply), None]:
        prose.append(reply[end : match.start() if match else len(reply)])
        said = _of_prose(steps, prose[-1])
        stream += said
        every += said
        if match is None:
            break
        block = _of_block(steps, match[0])
        every += block
        any_order = _OF_QUERY if _QUERY.search(match[0]) else _ANY_ORDER
        share = max(steps.told(block), any_order * steps.named(block))
        if share >= IN_BLOCK and steps.decided(block) >= DECIDED:
            yield share, block, True
        end = match.end()
    asks = any(_ASKS.search(part) for part in prose)
    for some in (stream, every) if len(every) > len(stream) else (stream,):
        in_any_order = 0.0 if asks or some is every else _PROSE_ANY_ORDER * steps.named(some)
        share = max(steps.told(some), in_any_order)
        if share >= (WHILE_ASKING if asks else IN_PROSE) and steps.decided(some) >= DECIDED:
            yield share, some, False


def _of_block(steps: Steps, fence: str) -> list[str]:
    """The steps of a block that is no Python (that is run) and no skeleton."""
    body = "\n".join(row for row in fence.split("\n")[1:] if not _MARK.match(row))
    is_python = parsed(body) is not None and re.search(r"[=(:]", body) and not _JSON.match(body)
    if is_python or len(_BLANK.findall(body)) >= _SKELETON:
        return []
    body = re.sub(r"(?<![:/])//(?! ?\d)[^\n]*|/\*.*?\*/", "", body, flags=re.DOTALL)
    body = _GUARD.sub(" if ", body)
    if _JSON.match(body):
        body = body.replace('"', " ")
    body = _KINDS.sub("", _KINDS.sub("", body))
    return facts_said(steps.quoted(body), is_code=True)


def _of_prose(steps: Steps, text: str) -> list[str]:
    """The steps that its sentences name; a question names none."""
    if len(_BLANK.findall(text)) >= _SKELETON:
        return []
    sentences = re.split(r"(?<=[.!?:;])\s+|\n+", _KNOWS.sub(" ", text))
    told = [one for one in _without_examples(sentences) if not _QUESTION.search(one)]
    return [fact for one in told for fact in facts_said(steps.quoted(one), is_code=False)]


#: To know whether something is so is no case of a program.
_KNOWS = re.compile(
    r"(?:to (?:know|tell|see|find out|check) (?:whether|if)|pour (?:savoir|voir) si|(?:para )?saber si"
    r"|zu (?:wissen|sehen), ob|(?:żeby|aby) (?:wiedzieć|sprawdzić), czy|想知道)",
    re.IGNORECASE,
)
#: A sum or a call of given values and what comes of it: it shows what a sign does, and stands in no answer.
_LITERAL = r"(?:-?\d[\d.]*|\"[^\"\n]*\"|'[^'\n]*'|\[[^\[\]a-z]*\]|\[(?:[\"'][^\"'\n]*[\"'](?:, )?)+\])"
_EXAMPLE = re.compile(
    rf"(?<![\w.])(?:{_LITERAL} ?(?://|\*\*|[%*/+-]) ?{_LITERAL}|\w+\({_LITERAL}(?:, ?{_LITERAL})*\)"
    rf"|{_LITERAL}\.\w+\((?:{_LITERAL})?\))`*,? ?(?:=+|->|→|is|gives|makes|ist|ergibt|gibt|son|es|da|vaut|donne|fait"
    rf"|to|daje|wynosi|得到?|等于|是) ?`?(?:{_LITERAL}|True|False)",
    re.IGNORECASE,
)


def _without_examples(sentences: Sequence[str]) -> Iterator[str]:
    """Sentences without those that work out an example, and without what such an example is given for."""
    for at, one in enumerate(sentences):
        after = sentences[at + 1] if at + 1 < len(sentences) else ""
        if not _EXAMPLE.search(one) and not (one.rstrip().endswith(":") and _EXAMPLE.search(after)):
            yield one


def _tells_as_much(steps: Steps, text: str, share: float, in_block: bool) -> bool:
    """Whether what everybody reads tells as much: a block of it for a block, its words for words."""
    if in_block:
        blocks = (_of_block(steps, match[0]) for match in _FENCE.finditer(text))
        return any(max(steps.told(block), _ANY_ORDER * steps.named(block)) >= share - 1e-9 for block in blocks)
    said = facts_said(steps.quoted(_FENCE.sub(" ", text[:_MOST])), is_code=False)
    return max(steps.told(said), _REWORDED * steps.named(said)) >= share - 1e-9


def _names_as_much(steps: Steps, text: str, share: float, size: int) -> bool:
    """Whether a text names as much: whatever the order, and no heap of which the right steps were picked."""
    text = steps.quoted(text[:_MOST])
    streams = [facts_said(text, is_code) for is_code in (True, False)]
    most = _POOL_SHARE * size + _POOL_SPARE
    return any(len(said) <= most and steps.named(said) >= share - 1e-9 for said in streams)
