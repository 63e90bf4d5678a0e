"""Who answers which message, by its words and by how the answer stands; no model is asked and nothing is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evals
from codegym_jlab.course.loader import load_course
from codegym_jlab.tutor.agents import Asked, Judged, Terms, agent_of, answered
from codegym_jlab.tutor.agents.moment import BUTTONS, buttons
from codegym_jlab.tutor.agents.small_talk import is_of_life, small_talk_of
from codegym_jlab.tutor.locale import LANGUAGES, text
from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.triage import triage

LOADED = load_course(Path(evals.__file__).parent / "questions" / "course")
WRONG = "def sum_even(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"
STATES: dict[str, dict[str, Any]] = {
    "failed": {"source": WRONG, "last_verdict": "failed 4/6"},
    "error": {"source": WRONG, "last_error": "File \"answer\", line 3\nTypeError: 'int' object is not iterable"},
    "passed": {"source": WRONG, "last_verdict": "passed 6/6"},
    "open": {},
}


def asked(message: str, state: str = "failed", **terms: Any) -> Asked:
    assert LOADED.course is not None
    situation = Situation(LOADED.find("sum-even")[1], **STATES[state])
    return Asked(message, situation, triage(message, situation), LOADED.course, terms=Terms(**terms))


@pytest.mark.parametrize(
    ("message", "state", "agent"),
    [
        ("why is it wrong?", "failed", "why"),
        ("sum_even([1, 2]) gives 3 but it should be 2", "failed", "why"),
        ("the test is wrong, my code is correct", "failed", "why"),
        ("whats wrong with my code", "open", "why"),
        ("why doesnt it run", "error", "explain_error"),
        ("explain pls", "error", "explain_error"),
        ("hint", "failed", "hint"),
        ("i dont know how to start", "open", "hint"),
        ("what is xs", "open", "concept"),
        ("what is an f-string", "failed", "concept"),
        ("sorry, stupid question, but what is a function?", "open", "concept"),
        ("this is impossible, i give up", "open", "frustration"),
        ("my head hurts, so many things to think of", "open", "frustration"),
        ("i hate this, it prints the same numbers!!", "failed", "frustration"),
        # a complaint about what came of an answer is no question on a word in it
        ("most tests work, one doesnt", "failed", "why"),
        ("it returns the right thing and still says no", "failed", "why"),
        ("which test fails?", "failed", "why"),
        ("is the order right", "failed", "why"),
        ("do i have to add all the numbers??", "failed", "why"),
        ("every test but one passes", "error", "explain_error"),
        ("TypeError: 'int' object is not iterable ????", "error", "explain_error"),
        # which way is allowed, and whose help
        ("can i use while", "failed", "logistics"),
        ("is a list comprehension ok too?", "passed", "logistics"),
        ("darf ich auch while benutzen", "open", "logistics"),
        ("how do i use while", "open", "concept"),
        ("so what does a return actually do", "passed", "concept"),
        ("ich verstehe garnichts mehr, das ist doch alles mist", "failed", "frustration"),
        ("can I talk to a real teacher", "error", "human"),
        ("i dont want to live any more", "failed", "distress"),
        ("hi!", "failed", "off_topic"),
        ("are you a robot?", "failed", "off_topic"),
        ("asdfgh", "failed", "asks_back"),
        ("what am i supposed to do here", "open", "samples"),
        ("review my code", "passed", "review"),
        # what clearly asks for nothing else is about the answer at hand
        ("why does it stop after the tea", "failed", "why"),
        ("it says not passed but i tried it myself and it works", "failed", "why"),
        ("ich habs selber ausprobiert und es geht alles", "failed", "why"),
        ("es kommt immer nur die letzte raus", "failed", "why"),
        ("it just hangs", "failed", "why"),
        ("is the test broken?", "failed", "why"),
        ("first test is ok the others arent, whats going on", "failed", "why"),
        ("so close!! what is missing", "failed", "why"),
        ("why is it so short", "error", "explain_error"),
        # words of the library count where they are asked for
        ("what is an infinite loop", "failed", "concept"),
        ("was ist der unterschied zwischen print und return", "failed", "concept"),
        ("where do i start", "open", "hint"),
        ("how do i get the even ones of xs", "open", "hint"),
        # what is outside the course
        ("yaaay thank u", "passed", "off_topic"),
        ("woohoooo it works thx!!", "passed", "off_topic"),
        ("can you explain why it works, i just tried stuff", "passed", "review"),
        ("what if xs is empty", "passed", "review"),
        ("is my total ok then?", "passed", "review"),
        ("do you like tea", "passed", "off_topic"),
        ("my username has a gap in it", "failed", "why"),
        ("it cuts off one letter too much", "failed", "why"),
        ("show me the first sample test", "failed", "samples"),
    ],
)
def test_a_message_goes_to_who_can_answer_it(message: str, state: str, agent: str) -> None:
    assert agent_of(asked(message, state)) == agent


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_label_of_every_button_asks_for_just_that(language: str) -> None:
    for name, agent in BUTTONS.items():
        assert agent_of(asked(text(f"ask.{name}", language))) == agent, name


@pytest.mark.parametrize("state", STATES)
def test_two_to_four_buttons_fit_each_moment(state: str) -> None:
    found = buttons(asked("asdfgh", state))
    assert 2 <= len(found) <= 4
    assert ("Explain this error" in found) == (state == "error")
    assert ("Review my solution" in found) == (state == "passed")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("hi!", "hello"), ("Guten Tag", "hello"), ("ahh ok i see, thank you so much", "thanks"), ("ok", "ok"),
        ("Danke dir!", "thanks"), ("yay :)", "joy"), ("no", None), ("ok but why is it wrong", None), ("", None),
        ("你好！", "hello"),
    ],
)  # fmt: skip
def test_small_talk_holds_nothing_else(message: str, kind: str | None) -> None:
    assert small_talk_of(message) == kind


@pytest.mark.parametrize(
    "message", ["this bug is killing me", "my loop does not want to end", "i hate this", "kill the process", "es nervt"]
)
def test_emergency_numbers_are_for_those_who_speak_of_life(message: str) -> None:
    assert not is_of_life(message)


def test_a_button_of_the_notebook_leaves_nothing_to_guess() -> None:
    assert agent_of(asked("", wants="review")) == "review"


def test_a_judgement_decides_how_an_answer_stands() -> None:
    assert asked("hi", "open", judged=Judged(passed=True)).stage == "passed"


@pytest.mark.anyio
@pytest.mark.parametrize("message", ["i hate this, why is it wrong", "this is dumb!!", "ugh. still wrong", "i give up"])
async def test_anger_is_met_and_the_question_is_answered(message: str) -> None:
    plain = (await answered(asked("why is it wrong", "error"))).reply.text
    assert (await answered(asked(message, "error"))).reply.text.endswith(f"\n\n{plain}")
    assert (await answered(asked(message))).reply.agent == "why"


@pytest.mark.anyio
async def test_whose_help_may_be_had_is_the_teachers_word_and_a_way_is_free() -> None:
    ways = ["can i use while", "should i have used a for loop?", "may we use sum here", "is there another way"]
    told = {(await answered(asked(one, "passed"))).reply.text for one in ways}
    assert len(told) == 1 and "unless the task" in told.pop()
    for one in ("can i use chatgpt", "can i work with a friend", "is it cheating to look it up"):
        assert "teacher" in (await answered(asked(one, "open"))).reply.text


KINDS = load_course(Path(__file__).parents[3] / "courses" / "python-basics")
TOLD = "That is what a parrot says."


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["choice", "predict"])
@pytest.mark.parametrize("judged", [None, Judged(False, ("b",), (), (TOLD,)), Judged(True, (), ("a",))])
async def test_where_there_is_no_code_none_is_spoken_of_and_no_answer_is_told(kind: str, judged: Judged | None) -> None:
    assert KINDS.course is not None
    every = [exercise for unit in KINDS.course.units for exercise in unit.exercises]
    exercise = next(one for one in every if one.answer == kind)
    right = [one.text for one in exercise.choices if one.right]
    situation = Situation(exercise, "b", True, last_verdict="failed 1/1" if judged else None)
    for message in ("why is it wrong?", "hint", "hi", "just give me the answer", "i give up", "review it", "asdfgh"):
        routed = triage(message, situation)
        told = (await answered(Asked(message, situation, routed, KINDS.course, terms=Terms(judged=judged)))).reply
        assert told.text and not [word for word in ("code", "line you", "Print", "input") if word in told.text], message
        assert not [one for one in right if one in told.text]
        if message.startswith("why") and judged is not None and judged.told:
            assert told.text.startswith(TOLD)


def of_kind(kind: str, message: str, source: str = "", judged: Judged | None = None) -> Asked:
    """A message at the first exercise of a kind in the course for beginners."""
    assert KINDS.course is not None
    every = [exercise for unit in KINDS.course.units for exercise in unit.exercises]
    exercise = next(one for one in every if one.answer == kind)
    situation = Situation(exercise, source, bool(source), last_verdict="failed 1/1" if judged else None)
    return Asked(message, situation, triage(message, situation), KINDS.course, terms=Terms(judged=judged))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "message", "wanted"),
    [
        ("order", "do i type the lines or what do i do with this", "put them in order"),
        ("order", "where do i type the answer", "put them in order"),
        ("predict", "cant i just run it", "line by line"),
        ("choice", "it doesnt take my answer", "`Answer:`"),
        ("choice", "wo soll ich das hinschreiben", "`Answer:`"),
        ("text", "how long does it have to be", "20–120"),
        ("text", "how many words", "20–120"),
        ("fill", "whats the ____ for", "____"),
        ("fill", "where do i write", "____"),
    ],
)
async def test_how_an_answer_is_given_is_told_by_its_kind(kind: str, message: str, wanted: str) -> None:
    assert wanted in (await answered(of_kind(kind, message))).reply.text


@pytest.mark.anyio
@pytest.mark.parametrize(
    "message", ["is this enough?", "why is it wrong", "ist das so richtig", "what is wrong with my text"]
)
async def test_a_text_is_read_by_a_person_and_never_taken_for_python(message: str) -> None:
    text = "because it is better style and the teacher said so"
    told = (await answered(of_kind("text", message, text))).reply.text
    assert "tests and says" not in told and "`because" not in told
    assert "10" in told and "20–120" in told


@pytest.mark.anyio
async def test_a_predicted_line_that_differs_leads_to_the_line_that_prints_it() -> None:
    judged = Judged(False, ("x",), (), ("Line 3 differs.",))
    for message in ("why is it wrong", "which line is wrong", "i dont get it"):
        told = (await answered(of_kind("predict", message, "7\n3 + 4\nSeven is, 7", judged))).reply.text
        assert 'print("Seven is", 3 + 4)' in told
    hinted = (await answered(of_kind("predict", "hint", "Seven is, 7", judged))).reply.text
    assert "SyntaxError" not in hinted


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("was sind die drei zahlen bei range", "range"),
        ("que hacen los tres numeros en range", "range"),
        ("what are the numbers of random here", "random"),
    ],
)
def test_a_name_that_is_called_in_the_code_outweighs_loose_words(message: str, title: str) -> None:
    situation = Situation(LOADED.find("sum-even")[1], source="for i in range(1, 9, 2):\n    print(i)\n")
    assert LOADED.course is not None
    found = Asked(message, situation, triage(message, situation), LOADED.course).topics
    assert found[0].topic.title == title
