"""What the courses that ship say as hints is short and easy: each text, not the median of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import codegym_jlab.course
import codegym_jlab.tutor.concepts
import evals
from codegym_jlab.course.loader import load_course
from codegym_jlab.tutor.concepts import heading
from evals.readability import grade, word_count

MOST_WORDS, HARDEST = 160, 9.0
FOLDERS = (
    *sorted(file.parent for file in (Path(__file__).parents[3] / "courses").glob("*/course.yaml")),
    Path(evals.__file__).parent / "course",
    Path(codegym_jlab.course.__file__).parent / "example_course",
)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    course = load_course(folder).course
    assert course is not None and course.language == "en", "the grade is one of English"
    for unit in course.units:
        for exercise in unit.exercises:
            own = (*exercise.misconceptions, *exercise.questions)
            for text in (*exercise.hints, *(one.say for one in own)):
                yield exercise.id, text


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_hint_is_short_and_easy_to_read(folder: Path) -> None:
    told = list(texts(folder))
    assert told
    too_much = [(id, text) for id, text in told if word_count(text) > MOST_WORDS or grade(text) > HARDEST]
    assert not too_much


def headings() -> Iterator[str]:
    """What stands above an answer of the courses' authors, or of the library."""
    for folder in FOLDERS:
        course = load_course(folder).course
        assert course is not None
        every = (one for unit in course.units for exercise in unit.exercises for one in exercise.questions)
        yield from (heading(one.ask) for one in every)
    for file in Path(codegym_jlab.tutor.concepts.__file__).with_name("questions").glob("*.yaml"):
        yield from (heading(one["ask"]) for one in yaml.safe_load(file.read_text("utf-8")))


def test_i_and_python_have_a_capital_letter_above_an_answer() -> None:
    every = list(headings())
    wrong = re.compile(r"\b(?:can|cant|could|do|did|would|if|but|should) i \w\w|\bpython\b")
    assert len(every) > 3000 and not [one for one in every if wrong.search(one)]
