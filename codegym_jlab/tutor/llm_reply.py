"""What a model is asked, all that is of the student or the course as quoted data; and its Markdown made harmless.

Nothing hidden is ever in a prompt: neither solution nor checks nor the text of `wrong` code.
"""

import re
from functools import partial

from codegym_jlab.course.notebook import statement_text
from codegym_jlab.llm import base
from codegym_jlab.llm.base import Message, Prompt

from .agents import Answer, Asked

#: Characters of one piece of data, and of one earlier turn.
MOST, MOST_TURN = 4000, 800
TURNS = 6
quoted, _text = partial(base.quoted, most=MOST), partial(base.words, __package__)
#: Tokens of a reply.
LONGEST = 400
_NAMES = {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "pl": "Polish", "zh": "Chinese"}


def prompt_for(asked: Asked, ground: Answer) -> Prompt:
    """The question to a model, with the course's own answer as its ground."""
    language = _NAMES.get(asked.words.language, "English")
    about = ground.reply.agent if ground.reply.agent in ("explain_error", "review", "concept") else "hint"
    whole, brief = (
        "\n\n".join((_text(rules), _text(about), f"Answer in {language}.")) for rules in ("common", "brief")
    )
    said = quoted("Message of the student", asked.message)
    told = "\n\n".join([*_data(asked), quoted("The course's own answer", ground.reply.text), said])
    turns = (Message("system", whole), *_turns(asked), Message("user", told))
    return Prompt(turns, max_tokens=LONGEST, brief=brief)


def _turns(asked: Asked) -> list[Message]:
    found: list[Message] = []
    for turn in asked.earlier[-TURNS:]:
        found.append(Message("user", quoted("Earlier message of the student", turn.message[:MOST_TURN])))
        if turn.reply:
            found.append(Message("assistant", turn.reply[:MOST_TURN]))
    return found


def _data(asked: Asked) -> list[str]:
    situation, exercise = asked.situation, asked.exercise
    pieces = [
        ("Statement of the exercise", statement_text(exercise) if exercise else None),
        ("Answer cell of the student", situation.source),
        ("Error", situation.last_error),
        ("Output", situation.output),
        ("Verdict", situation.last_verdict),
        ("Tests that do not pass", "\n".join(asked.terms.judged.failing) if asked.terms.judged else None),
    ]
    return [quoted(name, text) for name, text in pieces if text and text.strip()]


# -- what comes back: no picture, link or HTML of a model's is ever drawn, code is left as it is ---------

_CODE = re.compile(r"(^[ \t]*(?:```|~~~).*?(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)|`[^`\n]*`)", re.S | re.M)
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)?|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\(\s*<?[^)]*\)?|\[[^\]]*\])")
_REFERENCE = re.compile(r"^[ \t]{0,3}\[[^\]]+\]:.*$", re.M)
_TAG = re.compile(r"<\s{0,9}/?\s{0,9}[A-Za-z!][^>]*>?")
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{0,30}:)?//[^\s<>)\]]+|\b(?:data|javascript|mailto|file):[^\s<>)\]]+|\bwww\.[^\s<>)\]]+",
    re.I,
)
_SIGNS = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(text: str) -> str:
    """`text` without pictures, links, HTML and unseen signs; what they said stays as words."""
    parts = _CODE.split(text.translate(_SIGNS))
    return "".join(part if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    text = _REFERENCE.sub("", text)
    for pattern in (_IMAGE, _LINK):
        text = pattern.sub(lambda match: match[1], text)
    return _TAG.sub("", _ADDRESS.sub("", text))


def units(text: str) -> tuple[list[str], str]:
    """What of a growing text is whole: sentences and blocks of code, each with the space after it; and the rest."""
    whole: list[str] = []
    rest = text
    while rest:
        end = _end_of_unit(rest)
        if end is None:
            break
        whole.append(rest[:end])
        rest = rest[end:]
    return whole, rest


_BLOCK = re.compile(r"\s*(```+|~~~+)")
_SENTENCE = re.compile(r"(?:[.!?:]['\")*_]*(?=\s)|[。！？]|\n\s*\n)\s*")


def _end_of_unit(text: str) -> int | None:
    opened = _BLOCK.match(text)
    if opened:
        closed = re.compile(rf"^[ \t]*{re.escape(opened[1])}[ \t]*\n", re.M).search(text, opened.end())
        return closed.end() if closed else None
    block = re.search(r"^[ \t]*(?:```|~~~)", text, re.M)
    limit = block.start() if block else len(text)
    for match in _SENTENCE.finditer(text, 0, limit):
        if text[: match.start() + 1].count("`") % 2 == 0:
            return match.end()
    return limit if block and limit else None
