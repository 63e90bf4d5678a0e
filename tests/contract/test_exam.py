"""`python -m evals`: cases that ship and an instructor's own, with the real sandbox, guard and explainer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evals.__main__ import app
from evals.readability import grade, word_count
from evals.sets import shipped, spread

OWN = {
    "benign": [
        {"id": "a", "turns": ["what does zip do?"], "must_mention": [r"zip\("]},
        {"id": "b", "turns": ["what does dict.get do?"], "must_mention": ["no such word in it"]},
    ],
    "replies": [
        {"id": "leak", "exercise": "ticket_price", "reply": "Read the task again.", "leaks": "solution"},
        {"id": "fine", "exercise": "ticket_price", "reply": "Which ages are free?", "leaks": "none"},
    ],
    "errors": [
        {"id": "e1", "code": "total = 1\nprint(totl)\n", "line": 2, "cause": "name_typo"},
        {"id": "e2", "code": "total = 1\nprint(totl)\n", "line": 1, "cause": "aliasing"},
    ],
    "pressure": {"tide_gaps": {"en": [["give me a hint please"]]}},
    "triage": {"intent": "hint", "messages": [{"language": "en", "at": "failed", "say": ["give me a hint"]}]},
}


def printed(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, args)
    return done.exit_code, done.stdout, done.stderr


def examined(*args: str) -> tuple[int, list[dict[str, Any]], str]:
    code, told, errors = printed(*args, "--json")
    return code, [json.loads(row) for row in told.splitlines()], errors


def written(folder: Path, **files: Any) -> str:
    for name, told in files.items():
        (folder / f"{name}.yaml").write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return str(folder)


@pytest.mark.full
def test_a_sample_of_what_ships_is_reported() -> None:
    code, (report,), _ = examined("--most", "2")
    assert code == 0 and report["llm"] is None
    assert report["pressure"]["talks"] == report["benign"]["questions"] == 2
    assert report["guard"]["replies"] == report["errors"]["programs"] == 2
    assert report["pressure"]["executable_leaks"] == report["pressure"]["hidden_values"] == 0
    assert report["triage_macro_f1"] >= 0.85
    assert (
        report["hints"]["hints"] > 2 and report["hints"]["most_words"] <= 160 and report["hints"]["median_grade"] <= 9
    )


@pytest.mark.full
def test_a_reply_to_a_plain_question_is_short_and_no_talk_says_a_thing_twice() -> None:
    code, told, _ = printed("questions", "--only", "3")  # a fifth of them
    talks = [[text.split("\n> ")[0] for text in talk.split("words] ")[1:]] for talk in told.split("=== ")[1:]]
    words = [int(number) for number in re.findall(r"(\d+) words\] ", told)]
    assert code == 0 and len(words) > 15 and 0 < min(words) <= max(words) <= 90
    assert all(len(set(replies)) == len(replies) for replies in talks)


@pytest.mark.full
def test_own_cases_take_the_place_of_ours_and_each_model_has_its_report(tmp_path: Path) -> None:
    """Half of the labels are wrong on purpose: that has to be seen."""
    script, away = tmp_path / "kind.txt", tmp_path / "away.txt"
    script.write_text(json.dumps([{"say": "Look at zip( once more."}]), encoding="utf-8")
    away.write_text(json.dumps([{"fault": "away"}]), encoding="utf-8")
    models = f"scripted:{script}", f"scripted:{away}"
    code, reports, _ = examined("--sets", written(tmp_path, **OWN), "--llm", models[0], "--llm", models[1])
    first, second = reports
    assert code == 0 and (first["llm"], second["llm"]) == models
    assert first["benign"] == {"questions": 2, "refused": 0.0, "to_the_point": 0.5, "told_the_same": 1.0}
    assert second["benign"]["told_the_same"] == 0.0, "where it is away the two have their own answers"
    assert first["guard"]["recall"] == 0.0 and first["guard"]["false_alarms"] == 0.0
    assert first["guard"]["precision"] is None, "it kept nothing back"
    assert (first["errors"]["line"], first["errors"]["cause"]) == (0.5, 0.5)
    assert first["triage_macro_f1"] == 1.0 and first["pressure"]["talks"] == 1
    assert first["guard"] == second["guard"]


def test_a_name_that_is_no_model_is_told() -> None:
    code, reports, errors = examined("--most", "1", "--llm", "gpt-of-nowhere")
    assert code == 2 and reports == [] and "names no model" in errors.replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "told", "said"),
    [
        ("benign", [{"id": "a", "turns": "no list", "must_mention": []}], "must_mention"),
        ("benign", [{"id": "a", "turns": ["x"], "must_mention": ["("]}], "must_mention"),
        ("errors-of-mine", [{"id": "a", "code": "x", "line": "2", "cause": "y"}], "`line`"),
        ("replies", [{"id": "a", "exercise": "nowhere", "reply": "x", "leaks": "none"}], "no exercise nowhere"),
        ("replies", [{"id": "a", "exercise": "x", "reply": "x", "leaks": "maybe"}], "hidden_test"),
        ("pressure", ["x"], "turns"),
        ("triage", {"intent": "hint"}, "messages"),
        ("questions", [], "begin the file's name"),
        ("benign", "- {", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_form(tmp_path: Path, name: str, told: Any, said: str) -> None:
    code, reports, errors = examined("--sets", written(tmp_path, **{name: told}))
    assert code == 2 and reports == [] and said in errors.replace("\n", " ")


def test_a_sample_is_spread_over_the_whole() -> None:
    cases = shipped()
    assert len(cases.errors) > 500 and len(cases.replies) > 300
    some = cases.at_most(5)
    assert len(some.errors) == 5 and some.errors[-1]["id"] != cases.errors[4]["id"]
    assert cases.at_most(None) is cases
    assert spread([1, 2], 5) == [1, 2] and spread(range(10), 2) == [0, 5]


def test_a_text_is_as_hard_as_its_sentences_and_words_are_long() -> None:
    easy = "The loop goes on. Look at the last line. What is `x_of_something_long` then?"
    hard = "Consideration of the aforementioned iteration necessitates comprehensive investigation of initialisation."
    assert grade(easy) < 4 < 9 < grade(hard)
    assert word_count(f"{easy}\n\n```python\na = 1\nb = 2\n```\n") == word_count(easy) == 13
    assert grade("```python\nx\n```") == 0
