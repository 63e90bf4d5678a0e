"""The models, and the JSON Schemas generated from them."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from codegym_jlab.course.checks import Check
from codegym_jlab.course.schema import Exercise, Limits, effective_limits

from .conftest import COURSE, LOOPS

SCRIPT = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "json_schema.py"))
FILES, FOLDER, as_text, json_schema = (SCRIPT[name] for name in ("FILES", "FOLDER", "as_text", "json_schema"))


def exercise(*checks: dict[str, Any], **more: Any) -> Exercise:
    return Exercise.model_validate(
        {"id": "a", "title": "A", "statement": "Do.", "solution": "x = 1", "checks": list(checks), **more}
    )


def test_null_is_an_outcome_of_equals_only() -> None:
    assert Check.model_validate({"call": "f()", "equals": None}).outcome == "equals"
    assert Check.model_validate({"call": "f()"}).outcome == "oracle"
    assert Check.model_validate({"call": "f()", "prints": None}).outcome == "oracle"
    assert Check.model_validate({"code": "assert f()"}).outcome == "passes"


@pytest.mark.parametrize(
    ("keys", "action", "outcome", "title"),
    [
        ({"call": "f(1)", "equals_expr": "(1, 2)"}, "call", "equals_expr", "f(1)"),
        ({"run": "\nprint(f(1))\nprint(2)", "prints": "1"}, "run", "prints", "print(f(1))"),
        ({"code": "x = 1\n  assert f(1) == 2  \n"}, "code", "passes", "assert f(1) == 2"),
        ({"call": "f(1)", "raises": "ValueError", "label": "bad input"}, "call", "raises", "bad input"),
        ({"call": "f(1)", "close_to": [1, 2.5], "hidden": "halves"}, "call", "close_to", "halves"),
        ({"call": "f(1)", "satisfies": "result > 2"}, "call", "satisfies", "f(1)"),
        ({"call": "f(" + "1" * 200 + ")"}, "call", "oracle", "f(" + "1" * 97 + "…"),
    ],
)
def test_actions_outcomes_and_titles(keys: dict[str, Any], action: str, outcome: str, title: str) -> None:
    check = Check.model_validate(keys)
    assert (check.action, check.outcome, check.title) == (action, outcome, title)


def test_raises_is_a_name_or_a_type_with_a_match() -> None:
    short, long = (
        Check.model_validate({"call": "f()", "raises": r}) for r in ("KeyError", {"type": "KeyError", "match": "x"})
    )
    assert short.raises is not None and (short.raises.type, short.raises.match) == ("KeyError", None)
    assert long.raises is not None and long.raises.match == "x"


def test_ids_of_checks_survive_reordering_and_new_labels() -> None:
    one, two = {"call": "f(1)", "equals": 1}, {"call": "f(2)", "equals": 2}
    ids = [check.id for check in exercise(one, two).checks]
    assert [check.id for check in exercise(two, one).checks] == ids[::-1]
    assert exercise({**one, "hidden": "a", "weight": 3, "message": "m"}).checks[0].id == ids[0]
    assert exercise({**one, "setup": "x = 1"}).checks[0].id != ids[0]
    assert exercise({**one, "equals": 1.0}).checks[0].id != ids[0]
    repeated = [check.id for check in exercise(one, one, {**one, "id": "mine"}).checks]
    assert repeated == [ids[0], f"{ids[0]}-2", "mine"]


def test_weights() -> None:
    sample, hidden = {"call": "f()", "equals": 1}, {"call": "f()", "equals": 1, "hidden": "h"}
    both = exercise(sample, hidden, {**sample, "weight": 2})
    assert [both.weight_of(check) for check in both.checks] == [0, 1, 2]
    alone = exercise(sample)
    assert alone.weight_of(alone.checks[0]) == 1
    with pytest.raises(ValidationError, match="weight 0"):
        exercise({**sample, "weight": 0})


def test_a_rubric_is_taken_from_the_points() -> None:
    made = exercise({"call": "f()"}, points=5, rubric=[{"id": "style", "points": 2, "text": "Clear names"}])
    assert made.checked_points == 3


def test_an_exercise_marked_by_a_person_needs_no_checks() -> None:
    made = Exercise.model_validate(
        {"id": "a", "title": "A", "statement": "Say.", "answer": "text", "marking": "manual"}
    )
    assert made.checks == ()


def test_limits_innermost_wins_key_by_key() -> None:
    layers = [Limits(seconds=5, memory_mb=512), Limits(), Limits(seconds=1)]
    limits = effective_limits(*layers)
    assert (limits.seconds, limits.memory_mb, limits.output_kb, limits.total_s) == (1, 512, 64, 30)


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError):
        exercise({"call": "f()"}).title = "B"


@pytest.mark.parametrize("name", FILES)
def test_the_json_schemas_are_those_of_the_models(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == as_text(name), "run python scripts/json_schema.py"
    jsonschema.Draft202012Validator.check_schema(json_schema(name))


def test_the_json_schemas_take_what_the_models_take() -> None:
    jsonschema.validate(_as_json(LOOPS), json_schema("unit.schema.json"))
    jsonschema.validate(_as_json(COURSE), json_schema("course.schema.json"))


@pytest.mark.full
def test_the_json_schemas_take_the_courses_that_ship() -> None:
    courses = Path(__file__).parents[3] / "courses"
    kinds = {True: "course.schema.json", False: "unit.schema.json"}
    fits = {kind: jsonschema.Draft202012Validator(json_schema(name)) for kind, name in kinds.items()}
    for path in courses.glob("*/*.yaml"):
        fits[path.name == "course.yaml"].validate(_as_json(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("old", "new"), [("title:", "titel:"), ("points: 2", "points: many"), ("equals: 6", "equal: 6")]
)
def test_the_json_schemas_refuse_what_the_models_refuse(old: str, new: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_as_json(LOOPS.replace(old, new, 1)), json_schema("unit.schema.json"))


def _as_json(text: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return json.loads(json.dumps(yaml.load(text, Loader=loader), default=str))  # noqa: S506


def test_the_schema_states_the_defaults_of_the_limits() -> None:
    limits = json_schema("unit.schema.json")["$defs"]["Limits"]["properties"]
    assert {name: limit["default"] for name, limit in limits.items()} == {
        "seconds": 2, "memory_mb": 256, "output_kb": 64, "total_s": 30,
    }  # fmt: skip


def test_reading_a_course_imports_no_notebook_library() -> None:
    code = (
        "import sys, codegym_jlab.course.schema, codegym_jlab.course.repair, codegym_jlab.course.merge, "
        "codegym_jlab.course.catalogue\n"
        "assert not {'nbformat', 'IPython', 'jupyter_server', 'numpy'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
