"""What an agent is given and gives back. Agents decide words; policy, guard and records are the conversation's."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import CODE_KINDS, PYTHON_KERNELS, Course, Exercise, Unit
from codegym_jlab.grading.grader.plan import solution_names
from codegym_jlab.grading.grader.replay import Replay, student_replay
from codegym_jlab.grading.progress import CourseStanding
from codegym_jlab.records import Cell, frozen
from codegym_jlab.sandbox.base import Sandbox

from ..concepts import SURE, Found, Level, Topic, find, level_of, telling, words_in
from ..diagnosis import Diagnosis
from ..diagnosis.example import Example
from ..ladder import Hints
from ..locale import Words, words
from ..patterns import patterns
from ..question import Choice, Intent, Reply, Routed, Situation, Turn
from ..triage.message import Stage, stage_of

#: Who answers: the intents, and a few that are no intent of a student's.
Agent = Intent | Literal[
    "say_back", "proposal", "samples", "own_lines", "trial", "frustration", "asks_back", "asks_on", "off", "human",
    "foreseen",
]  # fmt: skip


#: Topics whose word means something else of a table, such as its `count`.
_OTHER_IN_TABLES = frozenset({"list-count", "list-index", "counting"})
_SLICE = re.compile(r"\w\[[^\[\]]{0,20}:[^\[\]]{0,20}\]")  #: such as `text[1:-1]`
#: Options by their letters; `a` is mostly a word.
LETTER = re.compile(r"(?<![\w'])(?:[b-h]|a(?= is\b)|(?<=option )a|(?<=why is )a|(?<=after )a)(?![\w'])")
#: Groups of the library that are told where the course has them, or where just they are named.
_TABLES = frozenset({"numpy", "pandas"})


class Climb(Protocol):
    """The ladder of one exercise for one person: state of the records, or of the memory of `codegym ask`."""

    async def seen(self) -> Hints:
        """What was given so far, and when the next rung comes."""

    async def next(self, *, is_said_back: bool = False) -> Hints:
        """One more rung; the message at hand may say the hints back.

        Raises grading.errors: HintsOff, NoMoreHints, SayBackFirst, HintNotYet.
        """


@frozen
class Tried:
    """What the answer as it is makes of an open check that it does not pass, if any, and whether it passes all."""

    example: Example | None
    is_right: bool


@frozen
class Judged:
    """What the student may see of their last judgement, and what its pattern says."""

    passed: bool = False
    failing: tuple[str, ...] = ()  #: labels of checks that did not pass, as the policy lets them be seen
    passing: tuple[str, ...] = ()
    told: tuple[str, ...] = ()  #: what it says of an answer that is no code: of options, lines, gaps
    rule: str = ""  #: what the task wants of the code and it does not keep: then nothing else was checked
    misconception: str | None = None  #: id, where the failing checks are those of the author's `wrong` code


@frozen
class Terms:
    """What holds for one person in one exercise now."""

    policy: EffectivePolicy = EffectivePolicy()
    contact: str | None = None
    climb: Climb | None = None
    standing: Callable[[], Awaitable[CourseStanding]] | None = None  #: of the person in the whole course
    judged: Judged | None = None
    tells_ideas: bool = True  #: a wrong idea that was recognised may be named
    cells: tuple[Cell, ...] | None = None  #: those above the answer, where they are known: then it may be diagnosed
    practice: bool = False  #: no grade is at stake
    offering: str = ""  #: its id, where others' right answers guide the diagnosis
    may_ask_model: bool = True  #: the budget has room
    may_run: bool = True  #: `policy.rate` has room for code of a reply
    only_hints: bool = False  #: the policy's `tutor: hints`
    wants: Intent | None = None  #: a button asked for it


@dataclass(frozen=True)
class Asked:
    """One message with all that an agent may look at."""

    message: str
    situation: Situation
    routed: Routed
    course: Course
    earlier: tuple[Turn, ...] = ()
    replies: tuple[Reply, ...] = ()  #: of the earlier turns, oldest first
    terms: Terms = Terms()
    diagnosis: Diagnosis = Diagnosis()
    tried: Tried | None = None
    has_model: bool = False  #: a model puts the answer into words, so that it may ask what was meant
    loaded: LoadedCourse | None = None  #: what the code is run with where a message asks what it makes of a value
    sandbox: Sandbox | None = None  #: where the cell is run once more to see what its names held

    @cached_property
    def words(self) -> Words:
        """The tutor's sentences in the student's language."""
        return words(self.routed.language)

    @cached_property
    def topics(self) -> list[Found]:
        """The ideas of the library that the message is about, best first; of tables only where the course has some.

        The library is of Python.
        """
        if not self.is_python:
            return []
        no_word = LETTER if self.exercise and self.exercise.choices else patterns("talk")["no_error"]
        message = patterns("talk")["in_vain"].sub(" ", self.message)
        found = find(no_word.sub(" ", message), before=self.said)
        code = f"{self.source}\n{self.exercise.starter}\n{self.exercise.given}" if self.exercise else ""
        methods = re.findall(r"\.\w+(?=\()|(?<=\w)\.[a-z_]\w*", message)
        methods += [f".{word}" for word in re.findall(r"\w+", message) if f".{word}(" in code]
        of_method = [one for name in methods[:1] for one in find(f"{name}()")[:1] if one.is_named]
        of_method = of_method or (find("slice")[:1] if _SLICE.search(self.message) else [])
        found = [*(one for one in of_method if not found or one.score >= found[0].score), *found]
        left_out = _TABLES.difference(self.course.preload)
        said = telling(message)
        whole = [one for one in found if one.exact and not self.is_wrong]
        whole = [one for one in whole if telling(one.topic.title.split()[0]) <= said]  # not by a plain word behind it
        kept = [one for one in found if one in whole or one.topic.group not in left_out]
        other = _OTHER_IN_TABLES if "pandas" not in left_out else frozenset[str]()
        kept = [one for one in kept if one.topic.id not in other or self.needs(one.topic)]
        kept = [one for one in kept if one.titled or self.level.reads(one.topic)]
        needed = [one for one in kept if self.needs(one.topic) and (one.titled or one.score > 2 * SURE)]
        kept = [replace(one, named=one.named or one in needed) for one in kept]
        called = {f"{word}(" for word in words_in(self.message)}.intersection(re.findall(r"\w+\(?", code))
        near = 0.5 * max((one.score for one in kept), default=0.0)

        def rank(one: Found) -> tuple[bool, ...]:
            """What is named; what is said in so many words or called in the code; what is needed here."""
            is_said = one.exact or one.compares or f"{one.topic.title.rpartition('.')[2]}(" in called
            return not one.is_named, not is_said, not (self.needs(one.topic) and one.score >= near)

        return sorted(kept, key=rank)

    @property
    def named(self) -> Found | None:
        """The idea that the message names, if it is clear."""
        return next((one for one in self.topics[:1] if one.is_named), None)

    def needs(self, idea: Topic) -> bool:
        """Whether the exercise needs an idea."""
        return any(one.topic.id == idea.id for one in self.ideas)

    @cached_property
    def ideas(self) -> list[Found]:
        """The ideas that the exercise needs, in the order of its author."""
        names = self.exercise.concepts if self.exercise is not None else ()
        return [found for name in names for found in find(name)[:1]]

    @cached_property
    def level(self) -> Level:
        """What of the library fits the place in the course."""
        return level_of(self.course, self.exercise)

    def say(self, key: str, **gaps: object) -> str:
        """A sentence of the tutor's, in the student's language."""
        return self.words.say(key, **gaps)

    def has(self, *names: str) -> bool:
        """Whether the message is known by one of these patterns, such as `talk.why`."""
        return any(patterns(part)[name].search(self.message) for part, _, name in (one.partition(".") for one in names))

    @property
    def lines_named(self) -> list[int]:
        """The numbers of lines that the message names."""
        return [int(one) for one in patterns("solved")["line"].findall(self.message)]

    @property
    def exercise(self) -> Exercise | None:
        """From the course, by id."""
        return self.situation.exercise

    @property
    def source(self) -> str:
        """The student's answer."""
        return self.situation.source

    @property
    def error(self) -> str:
        """What the answer stopped with, as the notebook shows it; "" for none."""
        return self.situation.last_error or ""

    @property
    def error_line(self) -> str:
        """The last line of that: the error's name and its message."""
        return self.error.strip().rpartition("\n")[2]

    @property
    def samples(self) -> Sequence[Check]:
        """The open checks of the exercise."""
        return self.exercise.sample_checks if self.exercise is not None else ()

    @property
    def typed(self) -> str | None:
        """What the first sample types into a program that has some; None for none."""
        return next((one.stdin for one in self.samples if one.stdin), None)

    @property
    def solution(self) -> str:
        """The author's answer."""
        return self.exercise.solution if self.exercise is not None else ""

    def replay(self, source: str) -> Replay | None:
        """A program below the cells above the answer, to be run; None where nothing may be."""
        loaded, exercise, sandbox = self.loaded, self.exercise, self.sandbox
        if loaded is None or exercise is None or sandbox is None or not self.terms.may_run:
            return None
        return student_replay(sandbox, loaded, exercise, self.terms.cells or (), source, solution_names(source))

    @property
    def helps_freely(self) -> bool:
        """Whether no grade is at stake, and no hint costs points."""
        return self.terms.practice and not self.terms.policy.hint_cost

    @property
    def free_hints(self) -> list[str]:
        """The author's hints, where one may be told out of its turn."""
        return [one.strip() for one in self.exercise.hints] if self.exercise and self.helps_freely else []

    @property
    def shown(self) -> tuple[str, ...]:
        """The texts of the earlier replies."""
        return tuple(reply.text for reply in self.replies)

    @property
    def said(self) -> tuple[str, ...]:
        """The student's earlier messages."""
        return tuple(turn.message for turn in self.earlier)

    def is_after(self, *agents: str) -> bool:
        """Whether the last reply was one of these agents'."""
        return any(one.agent in agents for one in self.replies[-1:])

    @property
    def is_accepted(self) -> bool:
        """Whether the answer in front passed everything, as far as is known."""
        return self.stage == "passed"

    @property
    def passes(self) -> bool:
        """Whether an answer that nobody checked passed all that was run."""
        found, tried = self.diagnosis.finding, self.tried
        is_right = found is not None and bool(found.outcomes) and not found.failing
        return self.stage == "code" and (is_right or tried is not None and tried.is_right)

    @property
    def is_wrong(self) -> bool:
        """Whether there is an answer of the student's that stopped with an error or did not pass."""
        return self.is_begun and self.stage in ("error", "failed")

    @cached_property
    def stage(self) -> Stage:
        """What is on the table; of an answer that was judged the judgement decides whether it passed."""
        judged = self.terms.judged
        found = stage_of(self.situation)
        if judged is not None and found != "error":
            return "passed" if judged.passed else "failed"
        return found

    @property
    def is_code(self) -> bool:
        """Whether an answer here is code of the student's: not so a choice, a prediction, a text."""
        return self.exercise is None or self.exercise.answer in CODE_KINDS

    @cached_property
    def is_python(self) -> bool:
        """Whether the unit's code is Python's: of other languages nothing is read in it."""
        return (self.course.kernel_of(self.unit) if self.unit else self.course.kernel) in PYTHON_KERNELS

    @property
    def unit(self) -> Unit | None:
        """That which the exercise stands in."""
        return next((unit for unit in self.course.units if any(one is self.exercise for one in unit.exercises)), None)

    @property
    def code(self) -> str:
        """What a question on code is about: the answer, else the starter; where the answer is none, what is given."""
        exercise, source = self.exercise, self.source
        if exercise is None or self.is_unread:
            return source
        return source or exercise.starter if self.is_code else exercise.given

    @property
    def is_unread(self) -> bool:
        """Whether there is code of the student's that is not looked at."""
        return self.situation.has_code and not self.source

    @property
    def is_begun(self) -> bool:
        """Whether the answer cell holds more than the starter, or a given program that was run and is wrong."""
        source = " ".join(self.source.split())
        starter = " ".join(self.exercise.starter.split()) if self.exercise else ""
        is_own = source != starter or self.is_given and self.stage in ("error", "failed")
        return self.is_unread or bool(source) and is_own

    @property
    def is_given(self) -> bool:
        """Whether the starter is a program that is to be mended or filled, not a place to write one."""
        return self.exercise is not None and self.exercise.answer in ("debug", "fill")

    @property
    def failing(self) -> tuple[str, ...]:
        """The labels of the tests that fail, as far as they may be seen."""
        return self.terms.judged.failing if self.terms.judged is not None else ()

    def failing_text(self) -> str:
        """Which tests fail, by their labels, as far as they may be seen; "" for none."""
        labels = self.failing[:3]
        return self.say("hint.failing", labels=", ".join(f"*{label}*" for label in labels)) if labels else ""

    def next_title(self) -> str:
        """Which exercise comes after this one, in a sentence; "" after the last."""
        every = [one for unit in self.course.units for one in unit.exercises]
        at = next((number for number, one in enumerate(every) if one is self.exercise), -1)
        after = every[at + 1 : at + 2]
        return self.say("records.next", title=after[0].title) if after else ""


@frozen
class Answer:
    """A reply on its way. `fixed`: it holds the tutor's own sentences only, which tell nothing of an exercise."""

    reply: Reply
    fixed: bool = False
    plainer: str | None = None  #: the same without its code, for where the guard keeps the code back
    polish: bool = False  #: a model may answer in its place, with this as its ground
    lasting: bool = False  #: it holds nothing of the student's: many are told the same


def answer(agent: Agent, *parts: str, fixed: bool = False, polish: bool = False, **more: Any) -> Answer:
    """Paragraphs as an answer; empty ones are left out. `more`: what else the reply has, such as a title."""
    return Answer(Reply(agent, "\n\n".join(filter(None, parts)), **more), fixed=fixed, polish=polish)


def led_by(lead: str, made: Answer, end: str = "") -> Answer:
    """The same answer between two sentences; what the guard is to look at stays so."""
    text, plainer = ("\n\n".join(filter(None, (lead, one, end))) for one in (made.reply.text, made.plainer))
    return replace(made, reply=replace(made.reply, text=text), plainer=made.plainer and plainer)


def with_choices(made: Answer, *labels: str) -> Answer:
    """The same with buttons that send what stands on them."""
    return replace(made, reply=replace(made.reply, choices=tuple(Choice(label, label) for label in labels)))
