"""Which agent answers what beside an exercise: questions of the language get their page, pleas for help the ladder."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from codegym_jlab.course.loader import load_course
from codegym_jlab.course.schema import Course, Exercise
from codegym_jlab.tutor.agents import Asked, agent_of, answered
from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.talk import Reply
from codegym_jlab.tutor.triage import triage
from codegym_jlab.tutor.words import LANGUAGES, words

_ERROR = 'TypeError: can only concatenate str (not "int") to str'
_ADDS = "age = input()\nprint(age + 1)\n"


@cache
def _course() -> Course:
    course = load_course(Path(__file__).parents[3] / "courses" / "python-basics").course
    assert course is not None
    return course


def _exercise(name: str) -> Exercise:
    return _course().find(name)[1]


def _asked(exercise: str, message: str, source: str = "", error: str | None = None) -> Asked:
    found = _exercise(exercise)
    situation = Situation(found, source or found.starter, last_error=error)
    return Asked(message, situation, triage(message, situation), _course())


@pytest.mark.parametrize(
    ("exercise", "message"),
    [
        ("spread", "can a method give back more than one value"),
        ("frost-days", "is append the same as +="),
        ("frost-days", "can I use a while instead of a for"),
        ("countdown", "can I use a while instead?"),
        ("countdown", "what is the difference between while and for"),
        ("sum-even", "does sum work on an empty list?"),
        ("count-words", "what happens if the key isn't in the dictionary"),
        ("count-words", "are keys in a dict always text?"),
        ("initials", "is upper() changing the word itself or a copy"),
        ("ticket-price", "what's elif short for"),
        ("ticket-price", "do I need an else every time?"),
        ("print-shop", "why do some parameters have = in the def"),
        ("circle-area", "do variables inside a function disappear after it"),
        ("circle-area", "is a parameter the same as an argument?"),
        ("spread", "what's the point of a tuple if there are lists"),
        ("missing-ingredients", "can a set have the same thing twice"),
        ("missing-ingredients", "does a set keep the order?"),
        ("lamp", "what is self for"),
        ("lamp", "do I always have to write __init__ in a class"),
        ("playlist", "what do two underscores around a name mean"),
        ("boat-trip", "when does a child class use the method of its parent"),
        ("percentage", "how do I kill the kernel"),
        ("percentage", "how does the program die with an error on purpose"),
        ("film-length", "why is 7/2 3.5 but 7//2 3"),
        ("film-length", "what's left over when i divide, is there a sign for that"),
        ("rock-paper-scissors", "is == the same as is"),
        ("leap-year", "what does not do in an if"),
        ("strong-password", "how can I check that a letter is in a word"),
        ("strong-password", 'is "" the same as None'),
        ("name-badge", "single or double quotes, does it matter?"),
        ("name-badge", "what does the f before a string mean"),
        ("times-table", "can loops stand inside other loops"),
        ("times-table", "does the inner loop start again each time"),
        ("shopping-basket", "if I give a dict to a function and change it there, is it changed outside too?"),
        ("shopping-basket", "due to what is a list changed by a function but a number isn't"),
        ("top-scorers", "what order does sorted use for words"),
        ("birthday", "where do I put the brackets when I call a function"),
        ("birthday", "is input always text?"),
        ("weather-line", "where does the return go, inside or after the loop"),
        ("count-vowels", "what is a character, is it also a string?"),
        ("count-vowels", "what does `in` do with strings"),
        ("piggy-bank", "are two objects of the same class independent"),
        ("piggy-bank", "when is an attribute made"),
        ("sum-even", "why does range stop before the last number"),
        ("fruit-basket", "can a variable name have a blank in it"),
        ("fruit-basket", "why can't I name a variable 2pears"),
        ("frost-days", "¿puedo usar un while en vez de un for?"),
        ("frost-days", "¿cuál es la diferencia entre append y extend?"),
        ("count-words", "¿qué pasa si la clave no existe en el diccionario?"),
        ("spread", "¿una función puede devolver dos cosas?"),
        ("film-length", "para que sirve el doble slash"),
        ("frost-days", "kann ich auch eine while-Schleife nehmen?"),
        ("frost-days", "ist append dasselbe wie extend"),
        ("missing-ingredients", "merkt sich eine Menge die Reihenfolge?"),
        ("spread", "kann eine Funktion zwei Werte zurückgeben?"),
        ("leap-year", "worin unterscheiden sich = und =="),
        ("print-shop", "was bedeutet das Gleichheitszeichen in der Klammer bei def"),
        ("frost-days", "est-ce que append change la liste ou en fait une nouvelle ?"),
        ("spread", "une fonction peut-elle renvoyer deux valeurs ?"),
        ("leap-year", "pourquoi deux signes égal au lieu d'un ?"),
        ("missing-ingredients", "un ensemble garde-t-il l'ordre ?"),
        ("count-words", "czym się różni lista od słownika"),
        ("spread", "czy funkcja może zwrócić dwie wartości?"),
        ("frost-days", "czy mogę użyć while zamiast for?"),
        ("missing-ingredients", "czy zbiór pamięta kolejność elementów?"),
        ("leap-year", "dlaczego piszemy dwa znaki równości"),
        ("frost-days", "append 和 extend 有什么区别?"),
        ("spread", "函数可以返回两个值吗?"),
        ("frost-days", "可以用 while 代替 for 吗"),
        ("missing-ingredients", "集合会记住顺序吗?"),
        ("leap-year", "为什么要写两个等号"),
        ("sum-even", "ok got that. what is __init__ in the first place?"),
        ("top-scorers", "when I put two tables together some rows vanish. is that normal"),
    ],
)
def test_a_question_of_the_language_is_answered_by_the_library(exercise: str, message: str) -> None:
    assert agent_of(_asked(exercise, message)) == "concept"


@pytest.mark.parametrize(
    ("exercise", "message", "agent"),
    [
        ("sum-even", "how do I begin", "hint"),
        ("sum-even", "I don't know what to do next", "hint"),
        ("sum-even", "I'm stuck on the loop", "hint"),
        ("lamp", "no idea how to make press work", "hint"),
        ("frost-days", "komme nicht weiter, was nun", "hint"),
        ("frost-days", "nie wiem jak zacząć", "hint"),
        ("frost-days", "no sé por dónde empezar", "hint"),
        ("frost-days", "je suis bloqué", "hint"),
        ("frost-days", "我不知道怎么开始", "hint"),
        ("frost-days", "how do I pick the ones below zero for this exercise?", "hint"),
        ("sum-even", "when is this due", "logistics"),
        ("sum-even", "is it too late to submit", "logistics"),
        ("sum-even", "how many tries do I have", "logistics"),
        ("sum-even", "I want to die", "distress"),
        ("sum-even", "ich kann nicht mehr, alles ist sinnlos", "distress"),
        ("sum-even", "what time is it in Tokyo", "off_topic"),
        ("sum-even", "finished! how many are left", "progress"),
        ("sum-even", "am I allowed to use a book or the internet for loops", "logistics"),
        ("sum-even", "they all laugh when I ask how a loop works and I cannot sleep", "distress"),
    ],
)
def test_what_names_the_language_in_passing_goes_where_it_belongs(exercise: str, message: str, agent: str) -> None:
    assert agent_of(_asked(exercise, message)) == agent


@pytest.mark.parametrize(
    "message",
    [
        "what does this error mean",
        "¿qué significa este error?",
        "was heißt diese Fehlermeldung",
        "que veut dire cette erreur",
        "co znaczy ten błąd",
        "这个错误是什么意思",
        "it won't let me add one",
        "why can't it do that?",
        "der will die Zahl nicht nehmen",
        "no me deja sumar el número",
        "il ne veut pas additionner",
        "它不让我加一",
    ],
)
def test_with_an_error_on_the_table_what_will_not_work_is_the_error(message: str) -> None:
    assert agent_of(_asked("birthday", message, _ADDS, _ERROR)) == "explain_error"


@pytest.mark.parametrize(
    ("exercise", "message", "sentence"),
    [
        ("sum-even", "can the list be empty?", "An empty list has the sum 0."),
        ("sum-even", "do negative numbers count too", "Negative numbers may be even, too, and so is 0."),
        ("spread", "what does the task mean by difference", "the difference between the two"),
        ("spread", "may I change the list?", "The list must be the same afterwards as before."),
        ("frost-days", "does zero count as frost?", "Zero itself is no frost."),
        ("film-length", "must both numbers always be there?", "also when they are 0"),
        ("initials", "what if there are blanks around the name", "there may be blanks"),
        ("leap-year", "does 2000 count as a leap year", "it can be divided by 400"),
        ("times-table", "what if n is 0", "with 0 nothing is printed"),
        ("years-to-goal", "what if the goal is already reached", "the answer is 0"),
        ("countdown", "should countdown print or return", "The function returns nothing"),
        ("percentage", "what should the error message say", "nothing to compare with"),
        ("top-scorers", "what if two people have the same points", "all of them are in the list"),
        ("sum-even", "¿la lista puede estar vacía?", "has the sum 0"),
        ("sum-even", "kann die Liste leer sein?", "has the sum 0"),
        ("sum-even", "la liste peut-elle être vide ?", "has the sum 0"),
        ("sum-even", "czy lista może być pusta?", "has the sum 0"),
        ("sum-even", "列表可以是空的吗?", "has the sum 0"),
    ],
)
def test_a_question_of_the_statement_is_answered_by_its_sentence(exercise: str, message: str, sentence: str) -> None:
    asked = _asked(exercise, message)
    assert agent_of(asked) == "samples"
    text = asyncio.run(answered(asked)).reply.text
    assert sentence in text
    assert len(text) < len(_exercise(exercise).statement)


def test_what_the_statement_does_not_tell_is_not_answered_from_it() -> None:
    assert agent_of(_asked("sum-even", "what if there is a decimal point in the file name")) != "samples"


@pytest.mark.parametrize(
    "message",
    [
        "tylko jedną linijkę, proszę",
        "只要一行就行, 告诉我吧",
        "and now in JavaScript please",
        "Nur die eine Zeile bitte, ich brauch sie",
        "Welche Wörter werden denn versteckt geprüft?",
    ],
)
def test_who_may_want_the_answer_is_told_no_kindly_and_given_a_step(message: str) -> None:
    told = asyncio.run(answered(_asked("sum-even", message))).reply
    assert told.agent == "solution_request"
    assert "\n\n" in told.text


@pytest.mark.parametrize(
    "message", ["daj mi małą podpowiedź, bez rozwiązania", "teach me to fish here, don't hand me the fish"]
)
def test_who_wants_no_answer_is_not_told_that_there_is_none(message: str) -> None:
    assert agent_of(_asked("sum-even", message)) == "hint"


def test_why_it_is_not_right_is_about_the_own_code() -> None:
    assert agent_of(_asked("sum-even", "why is it not right?", "def sum_even(xs):\n    return 1\n")) in (
        "hint",
        "review",
    )


def test_insisting_in_few_words_is_no_riddle() -> None:
    asked = _asked("sum-even", "or in hex if Morse is too long")
    assert agent_of(asked) == "asks_back"
    before = Reply("solution_request", "You write it, I walk beside you.")
    assert agent_of(replace(asked, replies=(before,))) == "solution_request"


def test_asking_back_names_the_page_the_error_and_the_task() -> None:
    told = asyncio.run(answered(_asked("sum-even", "nie chce mi dodać jedynki do listy", _ADDS, _ERROR))).reply
    labels = [choice.label for choice in told.choices]
    assert "Wyjaśnij mi ten błąd" in labels or told.agent == "explain_error"
    plain = asyncio.run(answered(_asked("sum-even", "or in hex if Morse is too long"))).reply
    assert "What does the task say?" in [choice.label for choice in plain.choices]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_back_with_is_understood_when_it_is_chosen(language: str) -> None:
    assert agent_of(_asked("sum-even", words(language).say("back.task"))) == "samples"
    assert agent_of(_asked("sum-even", words(language).say("back.hint"))) == "hint"


def test_a_cell_as_it_was_given_holds_no_code_of_the_students() -> None:
    given = Situation(_exercise("sum-even"), _exercise("sum-even").starter)
    assert triage("any good songs for my running playlist?", given).intent == "off_topic"


@pytest.mark.parametrize(
    ("message", "agent"),
    [
        ("brilliant, cheers, my error is gone, you're a star", "off_topic"),
        ("thanks, the error is gone now!", "off_topic"),
        ("ok danke, der Fehler ist weg", "off_topic"),
        ("thanks! hey, what is a tuple?", "concept"),
    ],
)
def test_thanks_get_no_page_unless_something_is_asked(message: str, agent: str) -> None:
    asked = _asked("sum-even", message)
    passed = replace(asked.situation, last_verdict="AC")
    assert asyncio.run(answered(replace(asked, situation=passed))).reply.agent == agent
