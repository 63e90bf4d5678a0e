"""A model drafts an exercise: what it is asked, what of its reply is taken, and whether that passes.

A reply is foreign text: bounded, read as a course is read, run in the sandbox alone. What fails goes back with its
errors. Nothing is written into a course here; a person does that (`accept`).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse, decoded, load_course
from codegym_jlab.course.templates import FolderClosed
from codegym_jlab.course.yaml_source import Node, NoPlace, Unreadable, read_yaml, write_yaml
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.llm.base import Message, NoAnswer, Prompt, words
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.records import Judgement, Verdict, frozen, parse
from codegym_jlab.sandbox.base import SandboxUnavailable
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.traces import bind, span_of

from .check import Checked, check_exercise
from .placement import Placed, course_with, errors_in, place, write
from .search import judge_source
from .survivors import MutationRun, Tally, with_exercise

Mode = Literal["exercise", "checks", "hints", "misconceptions", "variant", "translation"]
MODES = get_args(Mode)
_text = partial(words, __package__)
#: Modes that put items below a key of an exercise that is there.
KEYS = ("checks", "hints", "misconceptions")
#: passes: a person may take it over. too_weak: it works, and its checks or texts do not keep what they should.
State = Literal["passes", "too_weak", "not_passed", "no_answer"]
MOST = 20_000  #: characters of a reply
MOST_OUTPUT = 4_000  #: characters of what a solution printed
MOST_NODES = 2_000  #: values in it, aliases written out
LONGEST = 1_200  #: tokens of a reply
PATIENCE_S = 300.0  #: for a whole reply of a model on a small machine
LEAST_SHARE = 80.0  #: percent of the mutants that the checks kill, where no input was found that tells the rest
#: What a model may write of an exercise. Not among it: what turns a check off, as `equivalent` or `starter_scores`.
MAY_WRITE = frozenset(
    "id title points concepts statement starter solution checks hints misconceptions answer given stdin choices several"
    " pick distractors forbids requires".split()
)


@frozen
class Order:
    """What is to be drafted, by which models in which order. Plain JSON; it holds no key."""

    course_dir: str
    unit: str
    topic: str
    llms: list[str]  #: as the settings name them, or their labels
    mode: Mode = "exercise"
    exercise: str = ""  #: in all modes but `exercise`
    cases: list[str] = field(default_factory=list)  #: Python expressions that are true of the solution
    language: str = ""  #: of a translation: a BCP 47 tag
    tries: int = 3  #: attempts a model
    course: str = ""  #: its id
    earlier: str = ""  #: YAML of a draft that is to be changed; `topic` says how
    who: str = ""


@frozen
class Attempt:
    """One reply and what came of it. Plain JSON."""

    number: int
    llm: str  #: as the order names it
    tight: bool = False  #: asked with the short prompt
    verdict: State = "not_passed"
    reasons: list[str] = field(default_factory=list)  #: the first is the one that people are told
    yaml: str = ""  #: items as they would stand in the unit; the reply itself where it cannot be read
    exercise: str = ""  #: its id
    code: str = ""  #: the solution that was run
    output: str = ""  #: what that printed, in checks too, and what stopped it
    suggestions: list[str] = field(default_factory=list)  #: YAML of checks that would kill what is alive
    passed: int = 0  #: checks that the solution passes
    checks: int = 0
    killed: int = 0
    mutants: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    seconds: float = 0.0
    more: bool = False  #: another attempt follows

    @property
    def reason(self) -> str:
        """In a line."""
        return " ".join((self.reasons or ["Ready for you to read."])[0].split())


def unfit(order: Order, loaded: LoadedCourse) -> str:
    """Why an order cannot be begun; empty where it can."""
    if order.mode not in MODES:
        return f"there is no mode `{order.mode}`; there are {', '.join(MODES)}"
    if not order.llms:
        return "no language model is set up; see `codegym models list`"
    if order.unit not in {unit.id for unit in loaded.units}:
        return f"the course has no unit `{order.unit}`"
    if order.mode != "exercise" and order.exercise not in {one.id for one in loaded.unit(order.unit).exercises}:
        return f"the unit `{order.unit}` has no exercise `{order.exercise}`; name one with the mode `{order.mode}`"
    if order.mode == "translation" and not order.language:
        return "name the language of the translation, as `de`"
    for case in order.cases:
        try:
            parse(case, mode="eval")
        except (SyntaxError, ValueError):
            return f"the case `{case}` is no Python expression; write one as `double(2) == 4`"
    return ""


class UnfitOrder(Exception):
    """It cannot be begun; the text says why."""

    code = "unfit"


def order_for(loaded: LoadedCourse, unit: str, exercise: str, **more: Any) -> Order:
    """An order for this course, by default for the exercise's unit, else for the last one. Raises UnfitOrder."""
    units = loaded.units
    own = [one.id for one in units if not exercise or exercise in {each.id for each in one.exercises}]
    unit = unit or [units[-1].id if units else "", *own][-1]
    order = Order(str(loaded.root), unit, exercise=exercise, course=loaded.id, **more)
    if why := unfit(order, loaded):
        raise UnfitOrder(f"This cannot be drafted: {why}")
    return order


def next_turn(order: Order, done: Sequence[Attempt]) -> tuple[str, bool] | None:
    """The model that is asked next, and whether with the tight prompt; None: it is for a person.

    Each model in its turn, up to `tries`; one that does not answer is not asked again. At last the tight prompt, once.
    """
    if done and done[-1].verdict == "passes":
        return None
    away = {one.llm for one in done if one.verdict == "no_answer"}
    for llm in order.llms:
        if llm not in away and sum(one.llm == llm for one in done) < order.tries:
            return llm, False
    there = [llm for llm in order.llms if llm not in away]
    return (there[-1], True) if there and not any(one.tight for one in done) else None


# -- what is asked ---------------------------------------------------------------------------------


def prompt_for(order: Order, loaded: LoadedCourse, last: Attempt | None, tight: bool) -> Prompt:
    """The order, and the last attempt with what is wrong with it."""
    unit = loaded.unit(order.unit)
    above = ", ".join(f"{one.title} (`{one.id}`)" for one in unit.exercises) or "none"
    language = order.language or loaded.head.language
    asked = [
        _text(order.mode),
        f"Topic, level and wishes:\n{order.topic}",
        f"The course is “{loaded.title}”, the unit “{unit.title}”. Language: `{language}`. Exercises there: {above}.",
    ]
    if order.cases:
        asked.append("These hold for the solution:\n" + "\n".join(order.cases))
    if order.mode != "exercise":
        asked.append(f"The exercise:\n```yaml\n{written(loaded, order.exercise)}```")
    turns = list[Message]()
    if draft := last.yaml if last else order.earlier:
        turns = [Message("user", "Begin with a draft."), Message("assistant", f"```yaml\n{draft}```")]
        asked.append(_mend(last) if last else "Change your draft as these wishes say. Write all of it again.")
    turns.append(Message("user", "\n\n".join(asked)))  # whole: where a model has little room, the draft is left out
    rules = _text("tight" if tight else "common")
    return Prompt((Message("system", rules), *turns), max_tokens=LONGEST, brief=_text("tight"))


def _mend(last: Attempt) -> str:
    wrong = "\n".join(f"- {reason}" for reason in last.reasons[:12])
    more = "\n\nAdd these checks:\n```yaml\n" + "".join(last.suggestions[:6]) + "```" if last.suggestions else ""
    return f"This does not pass yet:\n{wrong[:3000]}{more}\n\nMend it. Write all of it again."


def written(loaded: LoadedCourse, exercise: str) -> str:
    """The YAML of an exercise, as its unit has it. Raises KeyError."""
    unit, _ = loaded.find(exercise)
    root = read_yaml(decoded((loaded.root / loaded.place_of(None, unit.id)[0]).read_bytes()))
    for cell in root.value["cells"].value:
        node = cell.get("exercise")
        if node is not None and (id := node.get("id")) is not None and id.value == exercise:
            return write_yaml(node.plain())
    raise KeyError(exercise)


# -- what is taken ---------------------------------------------------------------------------------


class NotTaken(Exception):
    """A reply that is no draft; an argument for each reason."""


def read_reply(reply: str, mode: Mode) -> tuple[str, str]:
    """The items that a reply holds, as YAML of ours, and the exercise's id, empty for items of one. Raises NotTaken."""
    block = _block(reply)
    if len(block) > MOST:
        raise NotTaken(f"the reply is longer than {MOST} characters")
    try:
        root = read_yaml(block)
    except Unreadable as error:
        raise NotTaken(f"line {error.line}: {error}") from None
    if root.size > MOST_NODES:
        raise NotTaken(f"the reply holds more than {MOST_NODES} values")
    troubles = [f"line {one.line}: {one.problem}; {one.mend}" for node in root.walk() for one in node.troubles]
    if troubles:
        raise NotTaken(*troubles)
    return (write_yaml(_items(root, mode)), "") if mode in KEYS else _whole(root)


def _block(reply: str) -> str:
    """The longest block of code; the whole text where there is none."""
    blocks = [part.partition("\n") for part in reply.split("```")[1::2]]
    texts = [text if not head.strip() or head.strip().isalpha() else head + end + text for head, end, text in blocks]
    return max(texts, key=len, default=reply)


def _items(root: Node, key: str) -> list[Any]:
    found = root.get(key) or root
    if not isinstance(found.value, list) or not found.value:
        raise NotTaken(f"this is no list of {key}; begin each with `- `")
    if key == "checks" and any(one.get("hidden") is None for one in found.value):
        raise NotTaken("each check is a mapping that holds `hidden`, a label of a few words")
    return list(found.plain())


def _whole(root: Node) -> tuple[str, str]:
    while isinstance(root.value, list) and len(root.value) == 1:
        root = root.value[0]
    inner = root.get("exercise")
    root = inner if inner is not None and inner.is_mapping else root
    id = root.get("id")
    if id is None or not isinstance(id.value, str):
        raise NotTaken("this is no exercise; write `id`, `title`, `statement`, `starter`, `solution` and `checks`")
    if strange := [str(key) for key in root.value if key not in MAY_WRITE]:
        raise NotTaken(*(f"leave out `{key}`: a draft has no such key" for key in strange))
    body = root.plain()
    if body.get("answer") == "text":
        raise NotTaken("leave out `answer: text`: nothing can check it")
    return write_yaml([{"exercise": body}]), id.value


# -- whether it passes -----------------------------------------------------------------------------


async def prove(attempt: Attempt, order: Order, loaded: LoadedCourse, grader: Grader) -> Attempt:
    """What the loader, `codegym check` and the order's cases say of an attempt's YAML, in a copy of the course.

    Raises SandboxUnavailable where nothing can be run.
    """
    try:
        placed = await asyncio.to_thread(_placed, order, loaded, attempt.yaml)
    except (NoPlace, OSError, UnicodeDecodeError) as error:
        return replace(attempt, verdict="not_passed", reasons=[str(error)])
    scratch = TemporaryDirectory(prefix="codegym-draft-")
    try:
        made = await asyncio.to_thread(course_with, loaded, placed, Path(scratch.name) / "course")
        exercise = attempt.exercise or order.exercise
        errors = errors_in(made, placed, exercise)
        try:
            _, meant = made.find(exercise)
        except KeyError:
            errors = errors or [f"the id `{exercise}` is taken; give it another"]
        if errors:
            return replace(attempt, verdict="not_passed", reasons=errors)
        mutation = MutationRun(grader) if order.mode not in ("hints", "misconceptions") else None
        checked = await check_exercise(made, grader, exercise, mutation)
        known = set[str]()
        if order.mode in KEYS:  # what was wrong before is no fault of the draft
            before = await check_exercise(loaded, grader, exercise)
            known = {finding.text for finding in before.findings}
        cases = await _broken_cases(order, made, exercise, grader) if checked.is_accepted else []
        attempt = replace(attempt, code=meant.solution[:MOST], output=_output(checked.solution))
        return _judged(attempt, checked, known, cases, len(meant.checks))
    finally:
        await asyncio.to_thread(scratch.cleanup)


def _placed(order: Order, loaded: LoadedCourse, items: str) -> Placed:
    key = order.mode if order.mode in KEYS else ""
    return place(loaded, order.unit, items, order.exercise if order.mode != "exercise" else "", key)


def _judged(attempt: Attempt, checked: Checked, known: set[str], cases: list[str], checks: int) -> Attempt:
    found = [one for one in checked.findings if one.text not in known]
    if away := [one.text for one in found if one.kind == "sandbox"]:
        raise SandboxUnavailable("; ".join(away))
    wrong = [*(one.text for one in found if one.kind != "leak"), *cases]
    if not checked.is_accepted and not wrong:
        wrong = ["it has no solution that checks accept"]
    tally, solution = checked.mutants or Tally(), checked.solution
    stops = [one.failure for one in solution.checks if one.failure and not one.passed] if solution and wrong else []
    wrong += [f"the solution stops in line {one.line}: {one.type}: {one.message}" for one in stops[:1]]
    alive = tally.survivors
    suggestions = [one.suggestion for one in alive if one.suggestion]
    weak = [one.text for one in found if one.kind == "leak"]
    if suggestions or tally.share < LEAST_SHARE:
        changed = "; ".join(
            f"line {one.mutant.line}: " + " ".join(one.mutant.diff.splitlines()[-1].split()) for one in alive[:5]
        )
        weak.insert(0, f"{len(alive)} of {tally.total} mutants are alive: no check notices {changed}")
    verdict: State = "not_passed" if wrong else "too_weak" if weak else "passes"
    return replace(
        attempt,
        verdict=verdict,
        reasons=wrong + weak,
        suggestions=suggestions,
        passed=sum(one.passed for one in solution.checks) if solution else 0,
        checks=checks,
        killed=tally.killed,
        mutants=tally.total,
    )


def _output(judged: Judgement | None) -> str:
    if judged is None:
        return ""
    stops = (judged.failure, *(one.failure for one in judged.checks if not one.passed))
    errors = [f"{one.type}: {one.message}" + f" (line {one.line})" * bool(one.line) for one in stops if one]
    said = (text.rstrip() for text in (judged.stdout, *(one.stdout for one in judged.checks), *errors))
    return "\n".join(dict.fromkeys(filter(None, said)))[:MOST_OUTPUT]


async def _broken_cases(order: Order, made: LoadedCourse, exercise: str, grader: Grader) -> list[str]:
    """Those of the order that do not hold for the solution."""
    if not order.cases:
        return []
    _, meant = made.find(exercise)
    checks = tuple(Check(call=case, equals=True, id=f"case-{number}") for number, case in enumerate(order.cases))
    asked = with_exercise(made, meant.model_copy(update={"checks": checks, "grading": "parts"}))
    _, judged = await judge_source(grader, asked, exercise, meant.solution)
    passed = {one.check for one in judged.checks if one.verdict is Verdict.AC}
    return [f"your case `{case}` does not hold" for n, case in enumerate(order.cases) if f"case-{n}" not in passed]


# -- attempts --------------------------------------------------------------------------------------


@frozen
class Drafter:
    """Makes the attempts of drafts, and proves them."""

    links: Callable[[str], Link]  #: finds a model by its name in the order, and raises ValueError
    grader: Grader  #: on the author's side
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)  #: one at a time

    async def attempt(self, order: Order, id: str, done: Sequence[Attempt]) -> Attempt:
        """The next one of a draft, whole."""
        turn = next_turn(order, done)
        assert turn is not None, "a draft is over where nobody is asked"
        attempt, began = Attempt(len(done) + 1, *turn), time.monotonic()
        last = next((one for one in reversed(done) if one.yaml), None)
        with bind(flow=id), span_of(None, "draft attempt", flow=id, mode=order.mode, attempt=attempt.number):
            attempt = await self._asked(attempt, order, last)
        seconds, more = round(time.monotonic() - began, 2), next_turn(order, [*done, attempt]) is not None
        attempt = replace(attempt, seconds=seconds, more=more)
        metrics.draft_attempts.add(attempt.llm, attempt.verdict)
        metrics.draft_tokens.add(attempt.llm, by=attempt.prompt_tokens + attempt.reply_tokens)
        metrics.draft_seconds.observe(attempt.seconds, attempt.llm)
        if not attempt.more:
            outcome = "passed" if attempt.verdict == "passes" else "for_a_person"
            metrics.drafts.add(order.mode, outcome)
            metrics.draft_length.observe(attempt.number, outcome)
        return attempt

    async def accept(self, order: Order, attempt: Attempt | None) -> Placed:
        """Put a draft that passes into the unit's file, which a person asked for. It is proved once more.

        Raises NoPlace, with the reason; the file is then as it was.
        """
        if attempt is None:
            raise NoPlace("no attempt of this draft passes; a person may write it")
        async with self.writing:
            loaded = await asyncio.to_thread(load_course, Path(order.course_dir))
            again = await prove(attempt, order, loaded, self.grader)
            if again.verdict != "passes":
                raise NoPlace(f"it does not pass in the course as it is now: {again.reason}")
            placed = await asyncio.to_thread(_placed, order, loaded, attempt.yaml)
            try:
                await asyncio.to_thread(write, loaded, placed)
            except OSError as error:
                raise FolderClosed(why=error.strerror) from error
        return placed

    async def place(self, order: Order, text: str) -> Placed:
        """Put what a person wrote there, in the same way. Raises NoPlace."""
        try:
            items, exercise = read_reply(text, order.mode)
        except NotTaken as error:
            raise NoPlace("; ".join(error.args)) from None
        return await self.accept(order, Attempt(1, "you", yaml=items, exercise=exercise))

    async def validate(self, attempt: Attempt, text: str, order: Order, loaded: LoadedCourse) -> Attempt:
        """The attempt with what is said of its text, which a model or a person wrote."""
        try:
            items, exercise = read_reply(text, order.mode)
        except NotTaken as error:
            return replace(attempt, yaml=text, reasons=[*error.args])
        return await prove(replace(attempt, yaml=items, exercise=exercise), order, loaded, self.grader)

    async def _asked(self, attempt: Attempt, order: Order, last: Attempt | None) -> Attempt:
        loaded = await asyncio.to_thread(load_course, Path(order.course_dir))
        if why := unfit(order, loaded):
            return replace(attempt, verdict="no_answer", reasons=[why])
        try:
            prompt = prompt_for(order, loaded, last, attempt.tight)
            link = self.links(attempt.llm)
            patient = replace(link, patience=replace(link.patience, total_s=max(link.patience.total_s, PATIENCE_S)))
            reply, _, usage = await Chain([patient], whole_s=2 * PATIENCE_S).whole(prompt)
        except (NoAnswer, ValueError) as error:
            return replace(attempt, verdict="no_answer", reasons=[str(error)])
        attempt = replace(attempt, prompt_tokens=usage.prompt, reply_tokens=usage.reply)
        return await self.validate(attempt, reply[:MOST], order, loaded)
