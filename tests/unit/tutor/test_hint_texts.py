"""What the courses that ship say as hints is short and easy: each text, not the median of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import codegym_jlab.course
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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_who_asks_is_written_with_a_capital_letter_above_an_answer(folder: Path) -> None:
    course = load_course(folder).course
    assert course is not None
    every = (one for unit in course.units for exercise in unit.exercises for one in exercise.questions)
    asked = [first for one in every if re.search(r"\b(can|could|do|would|if|but|should) i ", first := heading(one.ask))]
    assert not asked
