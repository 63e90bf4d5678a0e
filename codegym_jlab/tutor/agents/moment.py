"""What the tutor sees at this moment: where the student is, what can be asked now, and a step that needs no hint."""

import ast
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from codegym_jlab.course.schema import GAP, Exercise, Question, gaps_of

from ..concepts import A, Answers, answers, heading, is_empty, is_empty_word, saying, speaks_of, tokens, words_in
from ..explain.explanation import quoted
from ..guard.syntax import head as statement, nodes_of
from ..locale import LANGUAGES, text, words
from ..patterns import fold, patterns, word_lists
from .base import Agent, Answer, Asked, answer

#: Steps that speak of no exercise: they are safe wherever they stand.
PLAIN = ("inout", "part")
#: What can be asked by a button, and who answers it.
BUTTONS: dict[str, Agent] = {
    "error": "explain_error",
    "why": "why",
    "hint": "hint",
    "review": "review",
    "next": "progress",
    "task": "samples",
    "person": "human",
}
_MOST = 4
CLEAR = 0.68  #: how near a question has to be to be told without a "perhaps", or where a run says much
ENOUGH = 0.62  #: and to be told with one
PERHAPS = 0.59  #: and to be told beside another, before what else is known
MEANT = 0.57  #: and to be told before what only goes on, or where the code says something, too
NEAR = 0.55  #: the same, where nothing else is known
OFFERED = 0.48  #: and to be offered by a button
FARTHER = 0.15  #: what counts less of how near one of the library's is, where it is not clear
OF_LIBRARY = 0.79  #: how near one of those has to be to be told without a "perhaps"
CLEARLY = 0.9  #: and that none of the library's is told before it
NEARER = 0.12  #: how much nearer than the author's it has to be
_TOLD = 2  #: questions that are told where none is near enough
_COMING = 0.05  #: how much likelier one is meant that is on the line to come, where none is near
_AGAIN = 0.08  #: what counts less of how near one is that was just told
_SHORT = 3  #: words of a message that is more than a name
_PART = 0.95  #: what nearness counts to a part of a message, which says less
ACT = re.compile(r"(?<=[.!]) [^.!?]+\?$")  #: the question that an answer ends in
_MOST_WORDS = 50  #: of a statement that is told again
_PASSAGE = 40  #: words of a paragraph of a statement that is quoted whole
_INTO = re.compile(r"(?<=[.!?]) [^.!?]*[\w:]$")  #: what leads to a block of code
_SENTENCE = re.compile(r"(?<=[.!?:]) +(?=[A-Z`*])")
_CALL = re.compile(r"`[^`\n]{1,60}`|\b\w{1,40}\([^()\n]{0,60}\)")
_ASKS = re.compile(r"(?:what|why|how|where|when|which|who|does|do|is|are|can|could|should|must|will|would)\b", re.I)
#: Between two questions of a message, or a question and what is said beside it.
_PARTS = re.compile(
    rf"(?<=[?!.])\s+(?:(?:and|but|so|then) )?|,? (?:and|but) (?={_ASKS.pattern})|, (?=i\b|{_ASKS.pattern})", re.I
)
#: A number, a text in quotes, or a list, as Python writes it.
_VALUE = re.compile(r"-?\d+(?:\.\d+)?|'[^']{0,40}'|\[[^\[\]]{0,40}\]")
#: What a line is told by where names may differ: its first word, the name that it gives a value, or what it calls.
_HEAD = re.compile(
    r"(for|while|if|elif|else|try|except|with|return|yield|def|class|break|continue|import|from|raise)\b"
    r"|([\w.]+(?:\[[^\]]*\])?) *[-+*/%|&]*=(?!=)|(?:\w+(?=\.))?([\w.]+)\("
)
_WAYS = {"for", "while", "def", "class", "with", "try"}  #: of which an answer with others goes another way
_COPIED = re.compile(r"(print *\()|\"[^\"\n]*\"")  #: in place of what it shows
#: Kinds of exercise of which a fixed sentence tells how they are answered; of the others it is Python.
_FORMS = ("order", "predict", "choice", "text", "debug")


def subjects(message: str) -> list[str]:
    """The subjects of a course's records that a message names, the most special first."""
    said = _CALL.sub("x()", message)
    return [name for name, pattern in patterns("subject").items() if pattern.search(said)]


def pressed(message: str) -> Agent | None:
    """Who answers a message that is the label of a button, in any language."""
    said = message.strip().casefold()
    labels = ((agent, text(f"ask.{name}", tag)) for tag in LANGUAGES for name, agent in BUTTONS.items())
    return next((agent for agent, label in labels if label.casefold() == said), None)


def code_rows(text: str) -> list[str]:
    """The lines that say something, without what stands for code to come."""
    return [row for row in map(str.strip, text.splitlines()) if row and row != "..." and GAP not in row]


def nearest_question(asked: Asked) -> tuple[Question | None, float]:
    """The author's question that is nearest to a message, from 0 to 1."""
    return next(iter(near_questions(asked)), (None, 0.0))


def near_questions(asked: Asked) -> Sequence[tuple[Question, float]]:
    """The author's questions, the nearest first: none on the task or on a line to come where all is there."""
    if asked.exercise is None:
        return []
    every = nearest_in(_questions_of(asked.exercise.questions), asked.message)
    last = asked.shown[-1] if asked.shown else ""  # who asks on has read that
    found = sorted(((one, near - _AGAIN * (one.say.strip() in last)) for one, near in every), key=lambda one: -one[1])
    if asked.is_accepted or asked.passes:
        rows, of_task = code_rows(asked.solution), patterns("open")["task"]
        return [(one, near) for one, near in found if one.line not in rows and not of_task.search(heading(one.ask))]
    if asked.stage != "code" or (ahead := question_ahead(asked)) is None:
        return found
    found = [(one, min(near + _COMING, max(near, ENOUGH)) if one is ahead else near) for one, near in found]
    return sorted(found, key=lambda one: -one[1])


def is_half(asked: Asked) -> bool:
    """Whether code that nobody checked waits for a line that the author speaks of: then none of it is wrong yet."""
    is_whole = asked.is_given and GAP not in asked.source  # a program that was given has all its lines
    return asked.is_begun and not is_whole and question_ahead(asked) is not None


def question_ahead(asked: Asked) -> Question | None:
    """The author's word on the first line of theirs that is not there yet; None where the code goes another way."""
    exercise, source = asked.exercise, asked.source
    if exercise is None or asked.stage not in ("open", "code") or asked.passes or not asked.helps_freely:
        return None
    of_line = {one.line: one for one in exercise.questions if one.line and not was_said(one.say.strip(), asked)}
    right = code_rows(exercise.solution)
    whole = [row for row in code_rows(source) if row in right or statement(row) is not None or not asked.is_python]
    own = Counter(whole)
    wanted = {*map(_head, right)}
    heads = Counter(head if head in wanted or head[-1] != "=" else "=" for head in map(_head, whole))
    if not _WAYS.intersection(heads) <= wanted:
        return None
    heads -= Counter(_head(row) for row in (own & Counter(right)).elements())  # what is there as it is, is no other's
    for row in right:
        head = _head(row)
        head = "=" if head[-1] == "=" and not heads[head] else head  # a value may have another name
        if own[row] > 0:
            own[row] -= 1
        elif heads[head] > 0 and not asked.is_given:
            heads[head] -= 1
        elif row in of_line:
            return of_line[row]
    return None


def _head(row: str) -> str:
    found = _HEAD.match(row)
    return found[1] or found[2] and f"{found[2]}=" or found[3] if found else row


def question_told(asked: Asked, question: Question, near: float) -> Answer:
    """The author's answer below the question that it answers, with another that the message asks, too."""
    told, ask = authored(asked, question.say), f"**{heading(question.ask)}**"
    parts = [ask if near >= CLEAR else asked.say("author.perhaps", question=ask), told]
    if (other := _other_asked(asked, question)) is not None:
        parts += [f"**{heading(other.ask)}**", authored(asked, other.say)]
    return replace(answer("foreseen", *parts, polish=True), plainer=told)


def _other_asked(asked: Asked, question: Question) -> Question | None:
    """The author's question that a message asks beside this one; None for none."""
    near = (nearest_question(replace(asked, message=one)) for one in asked_parts(asked.message)[:_MOST])
    found = (one for one, how in near if how >= CLEAR and one is not None and one is not question)
    return next((one for one in found if not was_said(one.say.strip(), asked)), None)


def offered(asked: Asked, told: str = "") -> list[str]:
    """The two nearest of the author's questions that may be offered by a button, of those that are not `told`.

    None that shows a line of the solution that is to be found.
    """
    exercise = asked.exercise
    shown = f"{asked.source}\n{exercise.statement}\n{exercise.starter}\n{exercise.given}" if exercise else ""
    hidden = [row for row in code_rows(asked.solution) if row not in shown]
    near = (one for one, how in near_questions(asked) if how >= OFFERED and not was_said(one.say.strip(), asked))
    heads = (heading(one.ask) for one in near if one.say.strip() not in told)
    return [one for one in heads if one not in told and not any(row in one for row in hidden)][:2]


@lru_cache(200)
def nearest_in(every: Answers[A], message: str) -> Sequence[tuple[A, float]]:
    """By the whole message, or by what it asks first or then; asked several times, some milliseconds each."""
    near = dict(every.nearest(message))
    for part in asked_parts(message)[:_MOST]:
        for one, how in every.nearest(part):
            near[one] = max(_PART * how, near.get(one, -1.0))
    return sorted(near.items(), key=lambda one: -one[1])


def asked_parts(message: str) -> list[str]:
    """The questions of a message, which may ask more than one, or say something, too."""
    parts = [part.strip(" ,") for part in _PARTS.split(message)]
    return [part for part in parts if part[-1:] == "?" or _ASKS.match(part)]


@lru_cache(100)
def _questions_of(questions: tuple[Question, ...]) -> Answers[Question]:
    return Answers((one.ask, one) for one in questions)


def library_questions(asked: Asked) -> list[tuple[str, str, float]]:
    """The library's nearest questions, what it says to them in English and of Python, and how near each is."""
    is_asked = asked.is_python and asked.words.language == "en" and len(asked.message.split()) >= _SHORT
    if asked.exercise is not None and asked.exercise.has_one_answer and not asked.terms.practice:
        is_asked = False  # an example may be what is to be foretold
    known = answers(of_tables="pandas" in asked.course.preload)
    found = nearest_in(known, asked.message)[:_TOLD] if is_asked and speaks_of(asked.message) else ()
    told = ((*one.strip("*").split("**\n\n", 1), near) for one, near in found)
    return [(title, own, near) for title, say, near in told if (own := asked.level.text(say))]


def library_answer(asked: Asked, least: float = OF_LIBRARY) -> tuple[str, float]:
    """What the library says to the nearest of its questions, and how near that is; "" for none that is near enough."""
    title, say, near = next(iter(library_questions(asked)), ("", "", 0.0))
    if near < least:
        return "", 0.0
    lead = f"**{title}**" if near >= OF_LIBRARY else asked.say("author.perhaps", question=f"**{title}**")
    return f"{lead}\n\n{say}", near


def buttons(asked: Asked, topics: Sequence[str] = ()) -> list[str]:
    """Labels of what fits the moment, with these topics, or questions: two to four."""
    if asked.exercise is None:
        names = ["error", "person"] if asked.stage == "error" else ["next", "person"]
    elif asked.stage == "passed" and not asked.is_code:
        names = ["hint", "next"]
    else:
        names = {"error": ["error", "hint"], "passed": ["review", "next"], "failed": ["why", "hint"]}.get(
            asked.stage, ["hint", "task"]
        )
    found = [asked.say(f"ask.{name}") for name in names]
    found = [*topics, *found] if len(topics) > 1 else [*found, *topics]
    if asked.exercise is not None:
        found += [asked.say(f"ask.{name}") for name in ("task", "person")]
    return list(dict.fromkeys(found))[:_MOST]


def moment(asked: Asked) -> str:
    """Where the student is, in a sentence."""
    exercise, lines = asked.exercise, asked.diagnosis.lines
    if exercise is None:
        return asked.say("moment.nowhere")
    if len(lines) == 1:
        return asked.say("moment.place", title=exercise.title, line=lines[0])
    return asked.say(f"moment.{asked.stage}", title=exercise.title)


def speaks_of_answer(asked: Asked) -> bool:
    """Whether a message has a number, a name or a long word of the answer, the task, or what came of it."""
    exercise = asked.exercise
    if exercise is None:
        return False
    known = " ".join((exercise.title, exercise.statement, asked.source, asked.error, *asked.failing)).casefold()
    said = {word for word in saying(asked.message.casefold()) if word.isdigit() or len(word) > 2}
    return not said.isdisjoint(words_in(known))


def words_of(text: str) -> set[str]:
    """What a text says, as stems, its small words left out; numbers and names stay."""
    return {word for word in tokens(text) if word[0].isalnum() and not is_empty(word)}


def authored(asked: Asked, text: str) -> str:
    """What the author wrote; in quotes where the student speaks another language."""
    is_same = asked.words.language == words(asked.course.language).language
    return text.strip() if is_same else asked.say("author.says", text=" ".join(text.split()))


def of_the_task(asked: Asked) -> str:
    """The passage of the statement that a message speaks of, in quotes; "" where none is clearly it."""
    if asked.exercise is None:
        return ""
    # without its blocks of code and its tables
    prose = re.sub(r"```.*?(?:```|\Z)|^[ \t]*\|[^\n]*", "", asked.exercise.statement, flags=re.S | re.M)
    parts: list[str] = []
    for part in (" ".join(one.split()) for one in re.split(r"\n[ \t]*(?:\n|(?:\d+\.|-) )", prose)):
        parts += [part] if len(part.split()) <= _PASSAGE else _SENTENCE.split(part)
    best = _INTO.sub("", _clearest(asked, parts)).strip()
    return asked.say("author.task", text=best) if best[-1:] in (*".!?)`",) else ""


def in_short(statement: str) -> str:
    """Its first paragraphs, of so many words together; a sample session stays whole."""
    told: list[str] = []
    for part in re.findall(r"```.*?```|(?:(?!```|\n[ \t]*\n).)+", statement.strip(), re.S):
        is_whole = told and not told[-1].endswith(":")
        prose = re.sub(r"^[ \t]*\|.*", "", "\n".join([*told, part]), flags=re.M)  # a table is read at a glance
        if is_whole and len(prose.split()) > _MOST_WORDS:
            break
        if part.strip():
            told.append(part.strip())
    return "\n\n".join(told)


def task_told(asked: Asked) -> str:
    """The task in short, and that it is; "" where no exercise is open."""
    if asked.exercise is None:
        return ""
    return f"{asked.say('samples.task')}\n\n{in_short(asked.exercise.statement)}"


def _clearest(asked: Asked, parts: list[str]) -> str:
    """The part with most words of the message, rare before common ones; of two alike the shorter; "" for none."""
    said = words_of(asked.message)
    held = {part: said & words_of(part) for part in parts}
    often = Counter(word for words in held.values() for word in words)
    best = max(held, key=lambda part: (sum(1 / often[word] for word in held[part]), -len(part)), default="")
    most = len(held.get(best, ()))
    return best if most > 1 or most > 0 and 2 * most >= len(said) and not asked.is_wrong else ""


def only(asked: Asked, name: str) -> bool:
    """Whether all words of a message are of this list of words that go on, or fill."""
    known, said = word_lists("after"), set(re.findall(r"[^\W\d_]+", fold(asked.message)))
    return not said.isdisjoint(known[name]) and said <= known[name] | known["more"] | known["filler"]


def goes_on(asked: Asked) -> bool:
    """Whether a message only goes on, or wants what was told in another way."""
    return only(asked, "onward") or asked.has("talk.again")


def value_said(asked: Asked) -> str:
    """The one value that a message holds beside small words, as an answer to a question; "" for others."""
    found = _VALUE.findall(asked.message)
    rest = words_in(_VALUE.sub(" ", asked.message))
    return found[0] if len(found) == 1 and all(map(is_empty_word, rest)) else ""


def stored(source: str) -> list[ast.Name]:
    """Where a program gives names their values."""
    return [one for one in nodes_of(source, ast.Name) if isinstance(one.ctx, ast.Store)]


def is_question(asked: Asked) -> bool:
    """Whether a message asks something, and not what is wrong."""
    begins = asked_parts(asked.message) if "?" in asked.message else [asked.message]
    is_asked = any(map(_ASKS.match, begins))
    return is_asked and not asked.has("talk.why", "talk.mistake", "talk.behaves")


def is_said(message: str) -> bool:
    """Whether a message is said in words that are known, and is no mere row of letters."""
    return any(map(is_empty_word, words_in(message)))


def asks_how(asked: Asked) -> bool:
    """Whether a message asks how an answer is given here: where, how long, why it is not taken, if it may be run."""
    exercise = asked.exercise
    if exercise is None or asked.is_begun and asked.is_code and (exercise.answer != "order" or asked.is_accepted):
        return False
    return asked.has("open.length", "open.form") or not asked.is_code and asked.has("open.try")


def _gap(asked: Asked, exercise: Exercise, code: str) -> str:
    """What the gaps are for, at the one that a message counts out, or at the first that is open; the author on it."""
    ordinals, own, given = [*patterns("ordinal").values()], code.splitlines(), exercise.starter
    filled, wanted = gaps_of(given, code) or (), gaps_of(given, asked.solution) or ()
    left = [at for at, one in enumerate(filled) if one == GAP]
    at = next((at for at, pattern in enumerate(ordinals) if pattern.search(asked.message)), -1)
    at = len(filled) - 1 if at == len(ordinals) - 1 else at  # the last
    at = at if at in left else next(iter(left), 0)
    line = _counted(given.splitlines(), at) if left else _counted(own, 0)
    done = [one for one in zip(filled, wanted, strict=False) if one[0] != GAP]
    is_right = bool(done) and asked.terms.practice and all(one == other for one, other in done)
    about = [(one, one) for one in asked.free_hints]
    about += [(one.ask, one.say) for one in exercise.questions]
    counts = ordinals[:-1][at : at + 1]
    is_gap = patterns("talk")["gap"].pattern
    known = [re.compile(rf"(?:{one.pattern})\W+(?:{is_gap})", re.I) for one in counts]
    of_gap = [say for ask, say in about if any(one.search(ask) for one in known)]
    row = asked.solution.splitlines()[line - 1].strip() if wanted else ""
    if row and given.splitlines()[line - 1].count(GAP) == 1:  # else its answer may be of another one
        of_gap += [one.say for one in exercise.questions if one.line == row]
    told = asked.say("name.gap_right" if is_right else "name.gap", line=line, code=own[line - 1].strip())
    return "\n\n".join([told, *(authored(asked, one) for one in of_gap[:1])])


def _counted(rows: Sequence[str], at: int) -> int:
    """The line of the gap that is counted out; the last of the ordinals means the last gap."""
    lines = [number for number, row in enumerate(rows, 1) for _ in re.findall("_{3,}", row)]
    return lines[min(at, len(lines) - 1)]


def given_by_call(asked: Asked) -> str:
    """That whoever calls the exercise's function, or the one that is named, gives it values; "" where it has none."""
    every = re.findall(r"^[ \t]*def (\w+)", asked.solution, re.M)
    own = "|".join(words_in(asked.message).intersection(every) or every)
    steps = [row for one in asked.samples for row in (*(one.setup or "").splitlines(), one.call or "")]
    calls = [row.strip() for row in steps if own and re.search(rf"\b(?:{own})\([^)]", row)]
    return asked.say("name.call", call=quoted(calls[0])) if calls else ""


def form(asked: Asked) -> str:
    """How this exercise is answered, by its kind."""
    exercise, source = asked.exercise, asked.source
    if exercise is None:
        return moment(asked)
    left = asked.code if asked.is_code else ""
    if "___" in left:
        return _gap(asked, exercise, left)
    if "..." in left:
        ahead = question_ahead(asked)
        return f"{asked.say('name.dots')}\n\n{authored(asked, ahead.say) if ahead is not None else ''}".strip()
    if not asked.is_code and asked.has("open.try"):
        return asked.say("form.try")
    given = [one for one in code_rows(exercise.starter) if one[0] != "#"]
    is_given = bool(given) and {*given} <= {*code_rows(exercise.solution)}  # and no line of it is to be changed
    told = asked.say(f"form.{exercise.answer if exercise.answer in _FORMS else 'given' if is_given else 'code'}")
    if exercise.answer == "choice":
        many = "pick" if exercise.pick else "several" if exercise.several else "one"
        told += f" {asked.say(f'form.{many}', count=exercise.pick)}"
    if exercise.words is None:
        return told
    least, most = exercise.words.least, exercise.words.most
    wanted = f"{least}–{most}" if least and most else f"≥ {least}" if least else f"≤ {most}"
    return f"{told} {asked.say('form.words', range=wanted, count=len(source.split()))}"


def next_step(asked: Asked) -> str:
    """The most fitting step that was not said yet."""
    return asked.is_code and by_hand(asked) or plain_step(asked)


def plain_step(asked: Asked) -> str:
    """One that says nothing about the exercise, and was not said yet if any is left."""
    exercise = asked.exercise
    if exercise is not None and not asked.is_code:
        copied = _COPIED.search(asked.source) if exercise.answer == "predict" else None
        return asked.say(f"step.{exercise.answer if copied is None else 'code' if copied[1] else 'quotes'}")
    told = [asked.say(f"step.{name}") for name in PLAIN if name == "part" or has_input(asked)]
    return next((one for one in told if not was_said(one, asked)), asked.say("why.all"))


def has_input(asked: Asked) -> bool:
    """Whether something goes into the exercise's code: what a function is given, or what is typed."""
    return asked.exercise is None or any(one.stdin or re.search(r"\([^)]", one.call or "") for one in asked.samples)


def by_hand(asked: Asked) -> str:
    """A sample check to be gone through on paper; "" for none."""
    # a name says nothing of what goes in
    calls = [one.call for one in asked.samples if one.call and not one.call.isidentifier()]
    if not calls:
        return ""
    call = " ".join(max(calls, key=lambda text: min(len(text), 60)).split())
    return asked.say("step.hand", call=call) if not was_said(f"`{call}`", asked) else ""


def was_said(text: str, asked: Asked) -> bool:
    """Whether it stands in an earlier reply."""
    return any(text in shown for shown in asked.shown)
