"""What a student sees: of a hidden test its label and whether it passed; the words of the UI; inert text."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import codegym_jlab.grading
from codegym_jlab.course.checks import Check
from codegym_jlab.course.policy import EffectivePolicy, Feedback
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.feedback import batch_line, bundle, shown_verdict, staff_view, student_view, text_plain
from codegym_jlab.records import (
    JUDGEMENT_MIME,
    Cell,
    CheckResult,
    Failure,
    Frame,
    Judgement,
    Kind,
    Notice,
    Score,
    State,
    Submission,
    Verdict,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EXERCISE = Exercise(
    id="sum-even",
    title="Sum of the even numbers",
    points=2,
    statement="Write it.",
    solution="def sum_even(xs): ...",
    checks=(Check(call="sum_even([1])", equals=0), Check(call="sum_even([2])", equals=2, hidden="another")),
)
MEAN = "def mean(xs):\n    total = sum(xs)\n    return total / 0\n"
SENT = Submission("s1", "local:c", "c", "sum-even", "p", "p", Kind.SUBMIT, MEAN, (Cell("x = 1"),), "k", NOW)
SCHEMA = Draft202012Validator(
    json.loads((Path(codegym_jlab.grading.__file__).parent / "judgement.schema.json").read_text())
)
SECRET = "SECRET91827"


def failure(text: str, kind: str = "ZeroDivisionError") -> Failure:
    return Failure(kind, text, 3, "answer", (Frame("answer", 3, "mean", "return total / 0"),))


def sample(verdict: Verdict = Verdict.AC, **more: Any) -> CheckResult:
    stopped = failure("division by zero", "RTE") if verdict in (Verdict.RTE, Verdict.SV) else None
    fields: dict[str, Any] = {"expected": "6", "got": "4", "diff": {"kind": "value", "expected": "6", "got": "4"}}
    fields |= {"stdout": "printed", "failure": stopped, **more}
    return CheckResult("c-1", "sum_even([1])", False, verdict, 0.0, **fields)


def hidden(verdict: Verdict = Verdict.AC, **more: Any) -> CheckResult:
    """A hidden check with a secret in every field that holds one."""
    fields: dict[str, Any] = {
        "expected": SECRET,
        "got": SECRET,
        "diff": {"kind": "item", "path": SECRET, "expected": SECRET, "got": SECRET},
        "stdout": SECRET,
        "failure": failure(SECRET, SECRET),
        **more,
    }
    return CheckResult("c-" + SECRET, "an empty list", True, verdict, 1.0, **fields)


def judgement(*checks: CheckResult, **more: Any) -> Judgement:
    verdict = next((c.verdict for c in checks if not c.passed), Verdict.AC)
    fields: dict[str, Any] = {
        "verdict": verdict, "score": Score(1.33, 2.0), "parts": (), "hidden_not_run": 0, "stdout": "out", "notices": (),
        "failure": None, **more,
    }  # fmt: skip
    return Judgement(
        id="j1", submission="s1", checks=checks, course_digest="d", environment_digest="e", seed="seed",
        level="namespaces", wall_ms=3.0, judged_at=NOW, **fields,
    )  # fmt: skip


def view_of(judged: Judgement | None, sent: Submission = SENT, **more: Any) -> dict[str, Any]:
    view = student_view(judged, sent, EXERCISE, **more)
    SCHEMA.validate(view)
    return view


def shown(judged: Judgement, **more: Any) -> str:
    """All that leaves the server towards a student."""
    view = view_of(judged, **more)
    line = batch_line("1", judged, SENT, EXERCISE)
    return json.dumps([bundle(view), line, shown_verdict(judged)])


ALL = [verdict for verdict in Verdict if verdict is not Verdict.AC]


# ---------------------------------------------------------------- nothing leaks


@pytest.mark.parametrize(("first", "second"), list(itertools.product(Verdict, Verdict)))
def test_nothing_of_a_hidden_test_but_label_and_pass(first: Verdict, second: Verdict) -> None:
    for checks in ((sample(first), hidden(second)), (hidden(first), sample(second)), (hidden(first), hidden(second))):
        assert SECRET not in shown(judgement(*checks))


@pytest.mark.parametrize("verdict", [v for v in ALL if v is not Verdict.JE])
def test_the_finer_verdict_of_a_hidden_test_is_not_told(verdict: Verdict) -> None:
    wrong = shown(judgement(sample(), hidden(Verdict.WA)))
    assert shown(judgement(sample(), hidden(verdict))) == wrong
    late = sample(Verdict.TLE)
    assert shown(judgement(hidden(verdict), late)) == shown(judgement(hidden(Verdict.WA), late))


def test_a_hidden_check_holds_four_keys_and_the_authors_message() -> None:
    view = view_of(judgement(sample(), hidden(Verdict.RTE)))
    assert view["checks"][1] == {"label": "an empty list", "hidden": True, "verdict": "WA", "status": "not_passed"}
    told = view_of(judgement(hidden(Verdict.RTE, message="Think of nothing.")))
    assert told["checks"][0]["message"] == "Think of nothing."
    passed = view_of(judgement(hidden(Verdict.AC, message="Think of nothing.")))
    assert "message" not in passed["checks"][0]


def test_reveal_tells_the_verdict_and_nothing_else() -> None:
    judged = judgement(sample(), hidden(Verdict.TLE, reveal=True))
    view = view_of(judged)
    assert (view["verdict"], view["checks"][1]["verdict"], view["checks"][1]["status"]) == ("TLE", "TLE", "stopped")
    assert SECRET not in shown(judged)


def test_notices_for_staff_stay_with_staff() -> None:
    judged = judgement(sample(), notices=(Notice("staff_fault", SECRET), Notice("fresh_start", "Check starts fresh.")))
    assert SECRET not in shown(judged)
    assert [n["code"] for n in view_of(judged)["notices"]] == ["fresh_start"]
    assert SECRET in json.dumps(staff_view(judged, SENT, EXERCISE))


def test_staff_see_all() -> None:
    view = staff_view(judgement(sample(), hidden(Verdict.TLE)), SENT, EXERCISE)
    assert (view["verdict"], view["checks"][1]["verdict"], view["checks"][1]["got"]) == ("TLE", "TLE", SECRET)
    line = batch_line("1", judgement(sample(), hidden(Verdict.TLE)), SENT, EXERCISE, staff=True)
    assert (line["verdict"], line["checks"][1]["got"]) == ("TLE", SECRET)


def test_a_batch_line_has_the_keys_of_the_contract() -> None:
    line = batch_line("7", judgement(sample(Verdict.WA), hidden()), SENT, EXERCISE)
    assert list(line) == ["id", "exercise", "verdict", "score", "max_score", "checks", "stdout", "notices", "wall_ms"]
    assert [list(check) for check in line["checks"]] == [["label", "hidden", "verdict", "message"]] * 2
    assert (line["id"], line["verdict"], line["score"], line["max_score"]) == ("7", "WA", 1.33, 2)


# ---------------------------------------------------------------- policy


def policy(feedback: Feedback, closes: datetime | None = None) -> EffectivePolicy:
    return EffectivePolicy(feedback=feedback, due=closes)


def test_labels_alone() -> None:
    view = view_of(judgement(sample(Verdict.RTE), hidden()), policy=policy("labels"))
    assert [list(check) for check in view["checks"]] == [["label", "hidden", "verdict", "status"]] * 2
    assert (view["stdout"], view["failure"]) == ("", None)


def test_feedback_after_the_close() -> None:
    closes = NOW + timedelta(days=1)
    before = view_of(judgement(sample()), policy=policy("after_close", closes), now=NOW)
    assert (before["verdict"], before["checks"], before["score"]) == (None, [], None)
    assert text_plain(before) == "Handed in. The result is shown after 2026-11-21 09:00 UTC."
    after = view_of(judgement(sample()), policy=policy("after_close", closes), now=closes + timedelta(seconds=1))
    assert after["verdict"] == "AC"
    assert view_of(judgement(sample()), policy=policy("none"))["verdict"] is None


# ---------------------------------------------------------------- words

PASSED, OTHER = sample(), hidden()
WORDS = [
    ((PASSED, OTHER), {}, "Accepted. All 2 tests pass."),
    ((sample(Verdict.WA), OTHER), {}, "Not yet. 1 of 2 tests passes. The first difference is below."),
    ((PASSED, hidden(Verdict.TLE)), {}, "Not yet. The sample test passes, 1 hidden test does not."),
    ((PASSED, PASSED, hidden(Verdict.WA), hidden(Verdict.WA)), {},
     "Not yet. The sample tests pass, 2 hidden tests do not."),
    ((hidden(Verdict.WA), hidden(Verdict.WA)), {}, "Not yet. None of 2 tests passes."),
    ((sample(Verdict.RTE, failure=failure("x")), PASSED, OTHER), {},
     "Stopped by an error. `ZeroDivisionError` in line 3. 2 of 3 tests pass."),
    ((sample(Verdict.RTE), hidden(Verdict.RTE)), {"failure": failure("x"), "verdict": Verdict.RTE},
     "Stopped by an error. `ZeroDivisionError` in line 3."),
    ((sample(Verdict.CE), hidden(Verdict.CE)),
     {"failure": Failure("SyntaxError", "expected ':'", 3, "answer"), "verdict": Verdict.CE},
     "Python cannot read this yet. Line 3: expected ':'. No attempt used."),
    ((sample(Verdict.TLE, failure=failure("")),), {},
     "Took too long. Stopped after 2 s, in line 3. Does the loop always come to an end?"),
    ((sample(Verdict.MLE, failure=failure("")),), {},
     "Needs too much memory. Stopped at 256 MB, in line 3. Is a list growing that need not be kept?"),
    ((sample(Verdict.OLE, failure=failure("")),), {},
     "Prints too much. Stopped after 64 kB of output. Is a `print` inside a long loop?"),
    ((sample(Verdict.SV, failure=failure("opening a network connection")),), {},
     "Not allowed in Check. This tried something that Check does not allow: opening a network connection, in line 3. "
     "Take the line out of the answer and check again. "
     "Answers run without network, so that they are the same everywhere."),
    ((sample(Verdict.JE),), {}, "Our fault, not yours. The grader had a problem. "
     "Your answer is kept, no attempt was used, and it is tried again by itself."),
]  # fmt: skip


@pytest.mark.parametrize(("checks", "more", "words"), WORDS)
def test_the_words_of_the_ui(checks: tuple[CheckResult, ...], more: dict[str, Any], words: str) -> None:
    first = text_plain(view_of(judgement(*checks, **more))).splitlines()[0]
    assert first.removesuffix(" (1.33 of 2 points)") == words
    assert first.endswith("(1.33 of 2 points)") == (not words.endswith(("No attempt used.", "by itself.")))


def test_a_judgement_as_text() -> None:
    notice = Notice("fresh_start", "Check starts fresh and does not know `data`.")
    judged = judgement(sample(Verdict.WA, message="Look at 4."), OTHER, hidden(Verdict.SV), notices=(notice,))
    attempts = {"used": 1, "max": 3, "left": 2}
    assert text_plain(view_of(judged, attempts=attempts, counts=True)).splitlines() == [
        "Not yet. 1 of 3 tests passes. The first difference is below. (1.33 of 2 points)",
        "✗ sum_even([1]): not passed",
        "  Look at 4.",
        "✓ an empty list (hidden test): passed",
        "✗ an empty list (hidden test): not passed",
        "This one counts. 2 attempts left.",
        "Check starts fresh and does not know `data`.",
    ]


def test_a_try_as_text() -> None:
    tried = replace(SENT, kind=Kind.TRY)
    judged = judgement(sample(Verdict.WA), PASSED, hidden_not_run=3)
    lines = text_plain(view_of(judged, tried, attempts={"used": 0, "max": 2, "left": 2})).splitlines()
    assert lines[0] == "Not yet. 1 of 2 sample tests passes. The first difference is below."
    assert lines[-2:] == ["3 hidden tests: run when you hand in", "Only tried: no attempt used."]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.WAITING, "In the queue. Your answer is stored."),
        (State.CANCELLED, "Stopped by you. No attempt used."),
        (State.PARKED, "Our fault, not yours."),
    ],
)
def test_a_submission_without_a_judgement(state: State, words: str) -> None:
    assert text_plain(view_of(None, replace(SENT, state=state))).startswith(words)


def test_a_person_marks_the_rest() -> None:
    view = view_of(judgement(PASSED), replace(SENT, state=State.AWAITING_REVIEW))
    assert text_plain(view).startswith("Handed in, awaiting review. The test passes; a person marks the rest.")
    none = view_of(judgement(), replace(SENT, state=State.AWAITING_REVIEW))
    assert text_plain(none).startswith("Handed in, awaiting review. A person marks it.")


# ---------------------------------------------------------------- excerpts, inert text


def test_the_lines_round_an_error_are_the_students_own() -> None:
    view = view_of(judgement(sample(Verdict.RTE), failure=failure("division by zero"), verdict=Verdict.RTE))
    assert view["failure"]["excerpt"] == [
        {"line": 2, "text": "    total = sum(xs)"},
        {"line": 3, "text": "    return total / 0", "here": True},
        {"line": 4, "text": ""},
    ]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs)}


EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)><a href=javascript:x>`</a>"


def test_html_is_inert() -> None:
    judged = judgement(replace(sample(Verdict.WA, message=EVIL), label=EVIL), notices=(Notice("x", EVIL),))
    text = bundle(view_of(judged))["text/html"]
    tags = Tags()
    tags.feed(text)
    assert tags.seen <= {"div", "p"}
    assert re.sub(r"<[^>]+>", "", text).count("script") == 9


def test_a_bundle_holds_the_view_and_two_texts() -> None:
    view = view_of(judgement(PASSED))
    assert set(bundle(view)) == {JUDGEMENT_MIME, "text/plain", "text/html"}
    assert bundle(view)[JUDGEMENT_MIME] is view
