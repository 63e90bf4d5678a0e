"""Whatever stands in a course's files, loading it never raises, and every error is one line that names a line."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings, strategies as st

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import unit_notebook
from codegym_jlab.course.repair import repair

from .conftest import COURSE, LOOPS, Write

cuts = st.lists(
    st.tuples(st.integers(0, len(LOOPS)), st.integers(0, 12), st.text("\t\n {}[]:,-'\"&*!|>#a0x%", max_size=4)),
    max_size=4,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
settings.register_profile("files", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sound(loaded: LoadedCourse, **texts: str) -> None:
    for error in loaded.errors:
        text = texts.get(error.file.removesuffix(".yaml"), "")
        assert "\n" not in str(error)
        assert 1 <= error.line <= text.count("\n") + 1
        assert error.problem and error.mend
    for unit in loaded.course.units if loaded.course else ():
        assert not repair(unit_notebook(loaded, unit), loaded).changed


@settings(settings.get_profile("files"), max_examples=50)
@given(cuts=cuts)
def test_damaged_text(write: Write, cuts: list[tuple[int, int, str]]) -> None:
    text = LOOPS
    for at, length, put in cuts:
        text = text[:at] + put + text[at + length :]
    sound(write(loops=text), course=COURSE, loops=text)


@settings(settings.get_profile("files"), max_examples=50)
@given(place=st.integers(0, 500), value=values)
@example(place=0, value={"": None})
@example(place=432, value=[])
def test_any_value_anywhere(write: Write, place: int, value: Any) -> None:
    body = yaml.safe_load(LOOPS)
    spots = list(_spots(body))
    holder, key = spots[place % len(spots)]
    holder[key] = value
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=False)
    sound(write(loops=text), course=COURSE, loops=text)


@settings(settings.get_profile("files"), max_examples=30)
@given(place=st.integers(0, 500), value=values)
def test_any_value_in_course_yaml(write: Write, place: int, value: Any) -> None:
    body = yaml.safe_load(COURSE) | {
        "policy": {"late": {"per_day": 0.1}},
        "limits": {"seconds": 1},
        "files": [],
        "preload": [],
    }
    spots = list(_spots(body))
    holder, key = spots[place % len(spots)]
    holder[key] = value
    text = yaml.safe_dump(body, sort_keys=False)
    sound(write(course=text), course=text, loops=LOOPS)


def _spots(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _spots(item)
