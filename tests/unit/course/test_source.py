"""YAML as the 1.2 core schema reads it, with lines."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from codegym_jlab.course.yaml_source import Node, Unreadable, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("12", 12), ("-7", -7), ("+3", 3), ("010", 10), ("0o17", 15), ("0x1F", 31),
        ("1e3", 1000.0), (".5", 0.5), ("-1.5E-2", -0.015), ("-.inf", -math.inf), ("1.", 1.0),
        ("2024-01-01", "2024-01-01"), ("12:30", "12:30"), ("1:30:00", "1:30:00"), ("1_000", "1_000"), ("017x", "017x"),
        ("0b11", "0b11"), ("1.2.3", "1.2.3"), ("'12'", "12"), ('"true"', "true"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: Any) -> None:
    got = read_yaml(f"a: {text}").plain()["a"]
    assert got == value
    assert type(got) is type(value)


def test_nan() -> None:
    assert math.isnan(read_yaml("a: .nan").plain()["a"])


def test_keys_are_read_the_same_way() -> None:
    assert read_yaml("'1': b\n2: c").plain() == {"1": "b", 2: "c"}


def troubles(text: str) -> list[str]:
    return [f"{t.line}: {t.problem}; {t.mend}" for node in read_yaml(text).walk() for t in node.troubles]


def test_a_key_twice() -> None:
    assert troubles("a: 1\nb: 2\na: 3") == ["3: `a` is here twice (first in line 1); keep one of them"]
    assert read_yaml("a: 1\na: 3").plain() == {"a": 1}


def test_an_unquoted_comma() -> None:
    assert troubles("x: {call: f(1, 2), equals: 3}") == [
        '1: `2)` has no value; quote this text: it contains a comma (`call: "f(1, 2)"`)'
    ]
    assert "quote this text: it contains a comma" in troubles("- {a, b: 1}")[0]
    assert troubles("x: {call: f, equals: }") == []
    assert troubles("x: {call: f, equals: null}") == []


def test_tags_are_refused_but_the_core_ones() -> None:
    assert troubles("a: !!str 12\nb: !!float 1\nc: ! x") == []
    assert read_yaml("a: !!str 12").plain() == {"a": "12"}
    for tag in ("!!python/object/apply:os.system", "!!binary", "!mine", "!!timestamp", "!!set"):
        assert "is not known here; leave it out" in troubles(f"a: {tag} x")[0]


def test_lines_of_values_and_keys() -> None:
    root = read_yaml("a:\n  - b: 1\n    c: |\n      x\n      y\n  - 3\n")
    assert root.line_of(("a",)) == 1
    assert root.line_of(("a", 0, "c")) == 3
    assert root.line_of(("a", 1)) == 6
    assert root.line_of(("a", 0, "nothing")) == 2
    block: Node | None = root.value["a"].value[0].get("c")
    assert block is not None and block.block


def test_aliases_are_bounded() -> None:
    assert read_yaml("a: &x [1]\nb: *x").plain() == {"a": [1], "b": [1]}
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    start = time.process_time()
    with pytest.raises(Unreadable, match="aliases in this grow too large"):
        read_yaml(bomb)
    assert time.process_time() - start < 2
    with pytest.raises(Unreadable, match="stands inside itself"):
        read_yaml("a: &x [*x]")
    with pytest.raises(Unreadable, match="is not defined above"):
        read_yaml("a: *nothing")


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(Unreadable):
        read_yaml("a: " + "[" * 50_000)
    with pytest.raises(Unreadable, match="nested"):
        read_yaml("- " * 200 + "x")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: c: d", 2, "a second colon stands in this line"),
        ("a:\n\tb: 1", 2, "a tab stands at the beginning"),
        ("a: 1\nb: @x", 2, "begins with a character that YAML keeps for itself"),
        ("a: 1\nb: 'x\nc: 1\n", 2, "a quote is opened and not closed"),
        ('a: "\\d"', 1, "use single quotes"),
        ("a: 1\nb: [1, 2\nc: 3", 2, "bracket that opens here is not closed"),
        ("a: 1\n  b: 2", 2, ""),
        ("a:\n  - 1\n b: 2", 3, "indentation"),
        ("a: 1\n---\nb: 2", 2, "a second document begins here"),
        ('- call: "a" + "b"', 1, "goes on after its quote or bracket"),
        ("- call: [1, 2][0]\n  equals: 1", 1, "goes on after its quote or bracket"),
        ("- call: {1: 2}[1]", 1, "goes on after its quote or bracket"),
        ("- call: f()\n equals: 3", 2, "the indentation does not fit"),
        ("a: b\n c: d", 2, "the indentation does not fit"),
        ("prints: *stars*", 1, "keeps for itself"),
        ("- {call: f([1, 2]), equals: 6}\n- b", 1, "put text that holds brackets or commas in quotes"),
        ("a: [1, 2", 1, "write the closing bracket"),
        ("a: \x00", 1, "control character"),
    ],
)
def test_what_is_no_yaml(text: str, line: int, says: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_yaml(text)
    assert says in str(error.value)
    assert error.value.line == line
    assert error.value.mend


def test_an_endless_number() -> None:
    assert "too many digits" in troubles("a: " + "9" * 5000)[0]
