"""What is asked of the tutor and what it is asked beside: pure records, shared by all who answer."""

from dataclasses import asdict
from typing import Literal

from codegym_jlab.course.schema import Exercise
from codegym_jlab.records import Json, frozen

#: What a student needs next.
Intent = Literal[
    "hint",
    "why",
    "explain_error",
    "review",
    "concept",
    "solution_request",
    "progress",
    "logistics",
    "off_topic",
    "distress",
    "injection",
]


@frozen
class Situation:
    """What the notebook shows beside a message. `exercise` comes from the course; all else is quoted data."""

    exercise: Exercise | None = None
    source: str = ""  #: the answer cell
    has_code: bool = False  #: whether there is code of the student's, also where `source` is not told
    last_error: str | None = None  #: the last line of a traceback, or the whole of it
    last_verdict: str | None = None  #: free text: `WA`, `failed 2/7` (2 of 7 did not pass), `passed 6/6`, `error`
    output: str | None = None  #: what the cell printed
    language: str = "en"  #: BCP 47, of the course


@frozen
class Turn:
    """One message of the student's and, where there is one yet, what was shown as the answer."""

    message: str
    reply: str | None = None


@frozen
class Routed:
    """Where a message goes. Never a guess acted on: unless `sure`, what else is known of it decides."""

    intent: Intent
    sure: bool = True
    language: str = "en"  #: BCP 47, of the message
    heard: frozenset[str] = frozenset()  #: the lists of words that it has a word of


@frozen
class Choice:
    """Where the tutor asks back: what could be meant, and what is sent when it is chosen."""

    label: str
    message: str


@frozen
class Reply:
    """What was said to one message. `text` is Markdown; its code was run before it is told."""

    agent: str  #: hint, explain_error, review, concept, progress, logistics, distress, asks_back, off, …
    text: str
    title: str | None = None  #: a short heading: *Hint 2 of 4*
    by: str | None = None  #: a model's name, or None where it is the course's own
    note: str | None = None  #: why it was not who is asked first
    line: int | None = None  #: of the answer, from 1
    rung: int | None = None
    choices: tuple[Choice, ...] = ()


@frozen
class Said:
    """One question and its answer as they are kept."""

    id: str
    message: str
    reply: Reply | None
    thumb: int = 0  #: 1: this helped; −1: it did not


@frozen
class Status:
    """What goes on."""

    code: Literal["thinking", "trying"]


@frozen
class Piece:
    """More of the answer: whole sentences, or a whole block of code that ran."""

    text: str


@frozen
class Again:
    """What was told so far is void: `by` answers from the start."""

    by: str | None


@frozen
class Done:
    """The answer is whole; it is the last of its events."""

    turn: Said


Told = Status | Piece | Again | Done


def as_json(told: Told) -> Json:
    """One line of the stream."""
    return {"type": type(told).__name__.lower(), **asdict(told)}
