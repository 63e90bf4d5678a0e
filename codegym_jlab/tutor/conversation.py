"""One conversation: a message is routed, an agent answers, a model may polish, the guard looks, then it is told.

What the guard keeps back is replaced by the next fitting step and looks like any other; staff are told of it.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import GAP, Exercise
from codegym_jlab.grading.grader.replay import LOST
from codegym_jlab.llm import base
from codegym_jlab.llm.base import Draft, LlmError, Prompt, Usage
from codegym_jlab.llm.chain import Chain, Step
from codegym_jlab.records import frozen, new_id
from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable
from codegym_jlab.telemetry.traces import Value, span

from .agents import Answer, Asked, Terms, agent_of, answered
from .agents.base import Agent, Tried
from .agents.concept import FENCE
from .agents.moment import plain_step
from .agents.wrong import about_code
from .concepts import spelled, words_in
from .diagnosis import Diagnoser, StudentAnswer
from .diagnosis.evidence import written
from .explain.explanation import MAX_SOURCE
from .guard import Finding, Guard
from .llm_reply import harmless, prompt_for, units
from .patterns import collapsed
from .question import Again, Done, Intent, Piece, Reply, Said, Situation, Status, Told, Turn

#: Other exercises that one reply is judged for.
MOST = 3
_DEFINED = re.compile(r"^[ \t]*(?:async +)?(?:def|class) +(\w+)", re.M)
#: An error as Python prints it, within a message.
_QUOTED_ERROR = re.compile(
    r"(?<!raise )\b([A-Z][A-Za-z]{0,30}Error): [^\n]{3,160}?"
    r"(?=\. |\?|  |,? (?:when|what|why|how|and i|but (?:i|why|what|how|it|my|the)|in line|on line)\b|$)",
    re.M,
)
_CODE = re.compile(r"`|^ {4}|^\t|\bdef\b|\blambda\b", re.M)


def related(asked: Asked, text: str) -> list[Exercise]:
    """The exercises that `text` is to be judged for, the one in front first."""
    own = [asked.exercise] if asked.exercise is not None else []
    if not _CODE.search(text):
        return own
    words = {word for word in words_in(f"{asked.message}\n{text}") if len(word) > 4}  # no everyday ones
    others = [
        exercise
        for unit in asked.course.units
        for exercise in unit.exercises
        if exercise is not asked.exercise
        and exercise.solution
        and not words.isdisjoint((exercise.id, *_DEFINED.findall(exercise.solution)))
    ]
    return [*own, *others[:MOST]]


log = logging.getLogger("codegym.tutor")

#: By OpenTelemetry's conventions: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/
_TOOL = {"gen_ai.tool.name": "guard", "gen_ai.tool.type": "function"}


def doing(what: str) -> dict[str, Value | None]:
    """The attributes that each of the tutor's spans has."""
    return {"gen_ai.operation.name": what, "gen_ai.provider.name": "codegym"}


#: Words of a reply that are shown at most, in whole sentences; a model that goes on is stopped.
MOST_WORDS = 90
#: Characters of a message, and of an error or an output beside it, that are read.
MOST_MESSAGE, MOST_QUOTED = 4_000, 20_000


@frozen
class Withheld:
    """A reply, or a part of one, that was kept back. For staff."""

    turn: int  #: of the conversation, from 0
    agent: str
    leaks: str
    why: str
    text: str


@frozen
class Room:
    """What all conversations of a course share."""

    loaded: LoadedCourse
    guard: Guard
    chain: Chain | None = None
    sandbox: Sandbox | None = None
    diagnoser: Diagnoser | None = None


@dataclass(slots=True)
class Took:
    """What one turn took; complete once its `Done` was told."""

    intent: Intent = "hint"
    agent: str = ""
    llm: str | None = None
    tokens: int = 0
    runs: int = 0
    wall_ms: float = 0.0
    withheld: list[Withheld] = field(default_factory=list)
    shown: str = ""  #: the answer as far as the student was told it
    void: list[str] = field(default_factory=list)  #: what they were told and then not: they saw it


class Conversation:
    """One person's about one exercise, or about none. Turns come one after the other."""

    def __init__(self, room: Room, past: Sequence[Said] = (), before: Sequence[Said] = ()) -> None:
        """`past`: the turns so far; `before`: what the student put away, which adds up for the guard all the same."""
        self._room, self._past, self._before = room, list(past), tuple(before)
        self.took = Took()

    async def ask(self, message: str, situation: Situation, terms: Terms) -> AsyncGenerator[Told, None]:
        """What is told of the answer, as it comes; the last is Done. Raises nothing for what a model or reply does."""
        began = time.perf_counter()
        self.took = took = Took()
        yield Status("thinking")
        with span("triage") as found:
            asked = await asyncio.to_thread(self._asked, message, _bounded(situation), terms)
            with _as_far_as_it_runs():
                asked = await self._diagnosed(asked)
            agent, routed = await asyncio.to_thread(_routed, asked), asked.routed
            with _as_far_as_it_runs():
                asked = await self._tried(asked, agent)
            found.note(intent=routed.intent, sure=routed.sure, language=routed.language)
        took.intent = routed.intent
        with span("invoke_agent", **doing("invoke_agent")) as call:
            ground = await answered(asked, agent)
            call.rename(f"invoke_agent {ground.reply.agent}")
            call.note(**{"gen_ai.agent.name": ground.reply.agent}, rung=ground.reply.rung, polish=ground.polish)
        reply: Reply | None = None
        note: str | None = None
        may_polish = ground.polish and not (asked.exercise and asked.exercise.has_one_answer)
        if may_polish and terms.may_ask_model and self._room.chain:
            telling = _Telling(self, took, self._room.chain, asked, ground)
            async with aclosing(telling.told()) as events:
                async for event in events:
                    yield event
            reply, note = telling.reply, telling.note
        elif may_polish and self._room.chain:
            note = asked.words.say("note.spent")
        if reply is None:
            reply = replace(await self._passed(asked, ground), note=note)
            took.shown = reply.text
            yield Piece(reply.text)
        took.agent, took.llm = reply.agent, reply.by
        took.wall_ms = 1000 * (time.perf_counter() - began)
        said = Said(new_id(), message, reply)
        self._past.append(said)
        self._before += tuple(seen(text) for text in took.void)
        yield Done(said)

    def _asked(self, message: str, situation: Situation, terms: Terms) -> Asked:
        from .triage import triage

        message = collapsed(message, MOST_MESSAGE)
        quoted = _QUOTED_ERROR.search(message)
        is_open = situation.source and not (situation.last_error or situation.last_verdict)
        if quoted is not None and is_open and quoted[1] not in f"{situation.source} {_statement_of(situation)}":
            situation = replace(situation, last_error=quoted[0])  # as it came of what the student typed
        earlier = tuple(
            Turn(collapsed(said.message, MOST_MESSAGE), said.reply.text if said.reply else None) for said in self._past
        )
        routed, exercise = triage(message, situation, earlier), situation.exercise
        names = f"{situation.source} {situation.last_error}"
        names += f"{exercise.title} {exercise.statement} {exercise.starter}" if exercise is not None else ""
        plain = spelled(message, names) if routed.language == "en" else message
        if plain != message:
            message, routed = plain, triage(plain, situation, earlier)
        if terms.wants is not None:  # a button leaves nothing to guess
            routed = replace(routed, intent=terms.wants, sure=True)
        return Asked(
            message,
            situation,
            routed,
            self._room.loaded.head,
            earlier,
            tuple(said.reply for said in self._past if said.reply is not None),
            terms,
            loaded=self._room.loaded,
            sandbox=self._room.sandbox,
            has_model=bool(self._room.chain) and terms.may_ask_model,
        )

    async def _diagnosed(self, asked: Asked) -> Asked:
        """With the place of the mistake in an answer that is not right, where the policy lets it be told."""
        diagnoser, terms, exercise = self._room.diagnoser, asked.terms, asked.exercise
        if diagnoser is None or exercise is None or terms.cells is None or not terms.tells_ideas or asked.is_unread:
            return asked
        if not (asked.is_code and asked.is_begun) or asked.stage in ("passed", "open") or GAP in asked.source:
            return asked  # what is not there yet is no mistake
        if terms.policy.diagnosis == "off" or terms.policy.diagnosis == "as_hint" and agent_of(asked) != "hint":
            return asked
        answer = StudentAnswer(self._room.loaded, exercise, asked.source, terms.cells, terms.offering)
        said = _bare("\n".join((*(turn.message for turn in asked.earlier), asked.message)))
        named = (one.call for one in exercise.sample_checks if one.call and _bare(one.call) in said)
        call = written(max(named, key=lambda call: said.rindex(_bare(call)), default=""))  # the one that was named last
        typed = (one.stdin for one in exercise.sample_checks if one.stdin and set(one.stdin.split()) <= _values(asked))
        call = call or next(typed, "")
        is_known = diagnoser.is_known(answer, call)
        if not (is_known or terms.may_run):
            return asked
        self.took.runs += not is_known
        return replace(asked, diagnosis=await diagnoser.diagnose(answer, practice=terms.practice, call=call))

    async def _tried(self, asked: Asked, agent: Agent) -> Asked:
        """With what a run of the answer shows, where it is asked for."""
        diagnoser, terms, exercise = self._room.diagnoser, asked.terms, asked.exercise
        if diagnoser is None or exercise is None or terms.policy.diagnosis != "at_check" or asked.is_unread:
            return asked
        if not (asked.is_code and terms.may_run and terms.tells_ideas):
            return asked
        source = asked.source
        answer = StudentAnswer(self._room.loaded, exercise, source, terms.cells or ())
        if agent == "own_lines" and not asked.diagnosis.ran:
            self.took.runs += 1
            return replace(asked, diagnosis=await diagnoser.watched(answer))
        if agent != "review" or asked.stage != "code" or GAP in source:
            return asked
        self.took.runs += 1
        call = asked.diagnosis.example.call if asked.diagnosis.example is not None else ""
        run = await diagnoser.tried(answer, call)
        got = run[0].got if run is not None and run[0] is not None else ""
        is_apart = terms.cells is None and got.startswith("NameError")  # of a name in the cells above
        return asked if run is None or is_apart else replace(asked, tried=Tried(*run))

    async def _passed(self, asked: Asked, ground: Answer) -> Reply:
        """The course's own answer as the guard lets it through."""
        if ground.fixed:
            return ground.reply
        for text in (ground.reply.text, ground.plainer):
            if text:
                # the library's prose is everybody's, whatever it could be put together to; an example is not
                looked_at = "\n\n".join(FENCE.findall(text)) if ground.lasting else text
                finding = await self.judged(asked, looked_at, ground.lasting) if looked_at else Finding()
                if not finding.withheld:
                    return replace(ground.reply, text=text)
                self.withhold(ground.reply.agent, finding, text)
        place = about_code(asked)
        is_told = place != "" and not (await self.judged(asked, place)).withheld
        return Reply("hint", place if is_told else plain_step(asked))

    async def judged(self, asked: Asked, text: str, lasting: bool = False) -> Finding:
        """The guard's word on a text, for every exercise whose answer it could be."""
        before = (collapsed(one.message, MOST_MESSAGE) for one in self._before if one.message)
        said = (*before, *asked.said, asked.message)
        shown = (*(one.reply.text for one in self._before if one.reply), *asked.shown, *self.took.void)
        for exercise in related(asked, text):
            source = asked.source if exercise is asked.exercise else ""
            with span("execute_tool guard", **doing("execute_tool"), **_TOOL) as looking:
                try:
                    found = await self._room.guard.judge(
                        exercise.id, source, text, said=said, shown=shown, may_run=asked.terms.may_run, lasting=lasting
                    )
                except LOST as error:
                    log.warning("a reply could not be looked at: %s", error)
                    found = Finding(why=f"not run: {error}", unjudged=True)
                looking.note(leaks=found.leaks, runs=found.runs, unjudged=found.unjudged or None)
                if not found.withheld:  # else it may be the solution: neither its text nor why is told
                    looking.show(**{"gen_ai.tool.call.arguments": text})
            self.took.runs += found.runs
            if found.withheld:
                return found
        return Finding()

    def withhold(self, agent: str, finding: Finding, text: str) -> None:
        """Staff are told; the student sees nothing of it."""
        self.took.withheld.append(Withheld(len(self._past), agent, finding.leaks, finding.why, text))


@contextmanager
def _as_far_as_it_runs() -> Iterator[None]:
    """Where nothing can be run just now, the answer tells what is known without it."""
    try:
        yield
    except SandboxUnavailable as error:
        log.warning("an answer could not be run: %s", error)


def _values(asked: Asked) -> set[str]:
    """The words and numbers of a message."""
    return {one.strip("?!.,;:()'\"") for one in asked.message.split()}


def _bare(text: str) -> str:
    """A text without blanks, and with one kind of quotes."""
    return "".join(text.split()).replace('"', "'")


def _statement_of(situation: Situation) -> str:
    return situation.exercise.statement if situation.exercise is not None else ""


def _bounded(situation: Situation) -> Situation:
    """What the notebook shows, as patterns may see it; the cell is code and stays as it is, or is not looked at."""
    error, output = situation.last_error, situation.output
    return replace(
        situation,
        source=situation.source if len(situation.source) <= MAX_SOURCE else "",
        last_error=error and collapsed(error, MOST_QUOTED),
        output=output and collapsed(output, MOST_QUOTED),
    )


def _routed(asked: Asked) -> Agent:
    """Who answers; what they look up in the program is read ahead. For a thread."""
    about_code(asked)
    return agent_of(asked)


def seen(text: str) -> Said:
    """What a student was told and then not, as a turn for the guard."""
    return Said("", "", Reply("stopped", text))


@dataclass
class _Telling:
    """A model's answer on its way to the student, sentence by sentence. `reply` stays None where there is none."""

    talk: Conversation
    took: Took
    chain: Chain
    asked: Asked
    ground: Answer
    reply: Reply | None = None
    note: str | None = None
    _steps: list[Step] = field(default_factory=list)
    _by: str | None = None

    async def told(self) -> AsyncGenerator[Told, None]:
        """Pieces that passed; Again where what was told is void."""
        draft, handled, over, full = Draft(), 0, False, False
        usage: Usage | None = None
        prompt = prompt_for(self.asked, self.ground)
        stream = self.chain.stream(prompt, self._steps.append)
        try:
            async with aclosing(stream) as pieces:
                async for piece in pieces:
                    if draft.add(piece):
                        handled = 0
                        if self._is_void():
                            yield Again(piece.llm)
                    self._by, usage = piece.llm, piece.usage or usage
                    whole, rest = units(draft.text[handled:])
                    if piece.usage is not None and rest.strip():
                        whole.append(rest)
                    for unit in whole:
                        full = self.took.shown != "" and len((self.took.shown + unit).split()) > MOST_WORDS
                        if full:
                            break
                        handled += len(unit)
                        text = harmless(unit)
                        if not text.strip():
                            continue
                        if not await self._is_let_through(text):
                            over = True
                            break
                        self.took.shown += text
                        yield Piece(text)
                    if over or full:
                        break
        except LlmError as error:
            over = True
            if any(link.pace for link in self.chain.links):  # who never had a model misses none
                self.note = self.asked.words.say("note.away")
            log.info("the course's own words answer: %s", error.text)
        finally:  # stopped, too: it was read and written
            self.took.tokens += usage.total if usage is not None else self._guessed(prompt, draft.text)
        if over or not self.took.shown.strip():
            if self._is_void():
                yield Again(None)
            return
        self.reply = replace(self.ground.reply, text=self.took.shown.strip(), by=self._by, note=self._went_on())

    def _guessed(self, prompt: Prompt, said: str) -> int:
        """Tokens of an answer that nobody counted; none where no model read the question."""
        steps = [step.what for step in self._steps]
        read = "began" in steps or steps[-1:] == ["asked"]
        return base.at_most(prompt) + base.tokens(said) if read else 0

    def _is_void(self) -> bool:
        """From now on what was told is; False where nothing was."""
        void, self.took.shown = self.took.shown, ""
        self.took.void += [void] if void else []
        return bool(void)

    async def _is_let_through(self, text: str) -> bool:
        so_far = self.took.shown + text
        finding = await self.talk.judged(self.asked, so_far)
        if finding.withheld:
            self.talk.withhold(self.ground.reply.agent, finding, so_far)
        return not finding.withheld

    def _went_on(self) -> str | None:
        """Why it was not who is asked first."""
        failed = next((step for step in self._steps if step.what in ("failed", "resting")), None)
        if failed is None or failed.llm == self._by:
            return None
        key = "note.half" if failed.error == "cut off" else "note.gone"
        return self.asked.words.say(key, by=self._by, llm=failed.llm)
