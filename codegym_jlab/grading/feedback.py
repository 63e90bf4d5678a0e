"""What a student may see of a judgement, as data and in words; and what staff see: everything.

`student_view` is the one door between a judgement and a student: HTTP answers, events, streams, batch lines and the
output saved in the notebook all pass through it. It builds what is shown field by field, so that a field added to a
judgement is hidden until it is shown on purpose. Of a hidden check it copies the label, passed or not, and the author's
own message. The words, for where no frontend draws it, are said from that view alone: nothing can be said that it does
not hold.
"""

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import EffectiveLimits, Exercise
from codegym_jlab.receipts import Judged
from codegym_jlab.records import (
    JUDGEMENT_MIME,
    CheckResult,
    Failure,
    Json,
    Judgement,
    Kind,
    Notice,
    ScorePart,
    State,
    Submission,
    Verdict,
    iso,
    some,
    utc_now,
)

from .checker.responses import WORDS, line_of, visible
from .grader.plan import ANSWER
from .progress import Outcome

View = Json
Headline = tuple[str, str]  #: the verdict in words, and what happened
SCHEMA = 1
#: Characters of output shown of one sample check; staff see all of it.
STDOUT_CAP = 8000
_DEFAULT_LIMITS = EffectiveLimits()
MAX_COMMENT = 10_000  #: of a person's, to the student

#: Notices that say where an answer is right.
_OF_THE_TEXT = frozenset({"gaps", "order", "choice"})
_STOPPING = frozenset({Verdict.RTE, Verdict.TLE, Verdict.MLE, Verdict.OLE, Verdict.SV})

_NETWORK = " Answers run without network, so that they are the same everywhere."


def student_view(
    judgement: Judgement | None,
    submission: Submission,
    exercise: Exercise,
    policy: EffectivePolicy | None = None,
    *,
    limits: EffectiveLimits = _DEFAULT_LIMITS,
    language: str = "en",
    attempts: Mapping[str, int] | None = None,
    counts: bool | None = None,
    late_s: float | None = None,
    now: datetime | None = None,
) -> View:
    """The JSON of JUDGEMENT_MIME (judgement.schema.json), exactly what a student may see.

    `judgement` is None while there is none. `policy` None shows all that a student may see; with `after_close`, `now`
    (aware) decides.
    """
    mode, shown_after = (policy or EffectivePolicy()).feedback_at(now)
    view = _frame(submission, exercise, limits, language)
    view |= {"attempts": dict(attempts) if attempts else None, "counts": counts, "shown_after": shown_after}
    view["late"] = {"seconds": late_s} if late_s else None
    if judgement is None:
        return view
    if submission.state is State.WAITING and judgement.verdict is not Verdict.JE:
        view["state"] = State.JUDGED.value
    if mode == "none":
        return view
    checks = [_student_check(check, judgement, submission, mode) for check in judgement.checks]
    verdict = shown_verdict(judgement)
    notices = [notice for notice in judgement.notices if not notice.for_staff]
    if mode != "full":
        notices = [notice for notice in notices if notice.code not in _OF_THE_TEXT]
    view |= _results(judgement, verdict, checks, notices) | {
        # no points are told where they are not known: hidden checks left out, or a fault of ours
        "score": None if judgement.hidden_not_run or verdict is Verdict.JE else judgement.score.points,
        "stdout": judgement.stdout if mode == "full" else "",
    }
    if gaps := next((notice.args["gaps"] for notice in notices if notice.code == "gaps"), None):
        view["gaps"] = gaps
    if judgement.marks is not None:
        view["marks"] = _marks_view(judgement.marks)
    first = _first_failure(judgement, verdict)
    if first is not None and (mode == "full" or verdict is Verdict.CE):
        view["failure"] = _failure_view(first, submission)
        view["violation"] = first.message if verdict is Verdict.SV else None
    return view


def _results(judgement: Judgement, verdict: Verdict, checks: list[View], notices: Iterable[Notice]) -> View:
    """What checks found."""
    return {
        "verdict": verdict.value,
        "checks": checks,
        "passed": sum(check["status"] == "passed" for check in checks),
        "total": len(checks),
        "hidden_not_run": judgement.hidden_not_run,
        "notices": [{**some(one, "code args"), "text": visible(one.text)} for one in notices],
        "judged_at": judgement.judged_at.isoformat(),
    }


def shown_verdict(judgement: Judgement) -> Verdict:
    """The verdict that a student is told: WA where the first check not passed is hidden, unless it reveals more."""
    if judgement.failure is not None or judgement.verdict is Verdict.JE:
        return judgement.verdict
    return next((_check_verdict(check) for check in judgement.checks if not check.passed), judgement.verdict)


def _frame(submission: Submission, exercise: Exercise, limits: EffectiveLimits, language: str) -> View:
    """The view of a submission that is not judged."""
    return {
        "schema": SCHEMA,
        "submission": submission.id,
        "exercise": exercise.id,
        **some(exercise, "title answer"),
        **some(submission, "course kind state received_at"),
        "language": language,
        **dict.fromkeys("verdict score failure violation attempts counts late shown_after judged_at".split()),
        "max_score": exercise.points,
        "passed": 0,
        "total": 0,
        "samples_only": submission.kind is Kind.TRY,
        "limit": some(limits, "seconds memory_mb output_kb"),
        "checks": [],
        "hidden_not_run": 0,
        "stdout": "",
        "notices": [],
    }


def _check_verdict(check: CheckResult) -> Verdict:
    if check.hidden and not check.reveal and not check.passed:
        return Verdict.WA
    return check.verdict


def _status(verdict: Verdict, judgement: Judgement) -> str:
    if verdict is Verdict.AC:
        return "passed"
    if judgement.failure is not None or verdict is Verdict.JE:
        return "not_run"
    return "stopped" if verdict in _STOPPING else "not_passed"


def _student_check(check: CheckResult, judgement: Judgement, submission: Submission, mode: str) -> View:
    verdict = _check_verdict(check)
    if check.hidden:
        status = "passed" if check.passed else "stopped" if verdict in _STOPPING else "not_passed"
        shown = {"label": check.label, "hidden": True, "verdict": verdict.value, "status": status}
        if check.message and not check.passed:
            shown["message"] = visible(check.message)
        return shown
    shown = _check_view(check, verdict, judgement, submission)
    if mode != "full":
        return {key: shown[key] for key in ("label", "hidden", "verdict", "status")}
    return shown | {"message": visible(check.message), "stdout": visible(check.stdout, STDOUT_CAP)}


def _check_view(check: CheckResult, verdict: Verdict, judgement: Judgement, submission: Submission) -> View:
    """A sample for a student, and any check for staff."""
    return {
        **some(check, "label hidden message expected got diff stdout"),
        "verdict": verdict.value,
        "status": _status(verdict, judgement),
        "failure": _failure_view(check.failure, submission) if check.failure else None,
    }


def _first_failure(judgement: Judgement, verdict: Verdict) -> Failure | None:
    """What stopped the answer: the cell's own failure, or that of the sample check that gave the verdict."""
    if judgement.failure is not None:
        return judgement.failure
    first = next((check for check in judgement.checks if not check.passed), None)
    if first is None or first.hidden or verdict not in _STOPPING:
        return None
    return first.failure


def _failure_view(failure: Failure, submission: Submission) -> View:
    """What stopped it, with the lines around it."""
    return {
        **some(failure, "type message line cell"),
        "frames": [some(frame, "cell line function text") for frame in failure.frames],
        "excerpt": _excerpt(failure, submission),
    }


def _excerpt(failure: Failure, submission: Submission) -> list[View]:
    """The line and its neighbours, from the student's own text."""
    source = _source(failure.cell, submission)
    if failure.line is None or source is None:
        return []
    numbers = range(max(1, failure.line - 1), min(failure.line + 1, source.count("\n") + 1) + 1)
    here = {failure.line: {"here": True}}
    return [{"line": n, "text": line_of(source, n), **here.get(n, {})} for n in numbers]


def _source(cell: str | None, submission: Submission) -> str | None:
    if cell is None or cell == ANSWER:
        return submission.source
    return {f"cell {number}": one.source for number, one in enumerate(submission.cells, 1)}.get(cell)


def _marks_view(part: ScorePart) -> View:
    """What a person gave: the points by line of the rubric, and the comment; not who it was."""
    lines = [{"text": visible(item.text), **some(item, "points max_points")} for item in part.items]
    return some(part, "points max_points") | {"lines": lines, "comment": visible(part.comment or "", MAX_COMMENT)}


def submission_answer(outcome: Outcome) -> Json:
    """A submission as its student may see it, with the output that a notebook keeps; null while it is not judged."""
    view = None if outcome.judgement is None else outcome_view(outcome)
    return {
        "submission": _submission_facts(outcome),
        "judgement": view,
        "bundle": None if view is None else bundle(view),
        "exercise": outcome.standing.as_json(),
    }


def _submission_facts(outcome: Outcome) -> Json:
    """What is known of a submission before it is judged."""
    return some(outcome.submission, "id state kind received_at") | some(outcome, "not_before ahead")


def outcome_view(outcome: Outcome) -> Json:
    """The judgement as its student may see it now."""
    return student_view(
        outcome.judgement,
        outcome.submission,
        outcome.exercise,
        outcome.policy,
        limits=outcome.loaded.limits(outcome.exercise.id),
        language=outcome.loaded.head.language,
        attempts=asdict(outcome.standing.attempts) if outcome.standing.attempts else None,
        counts=outcome.counts,
        late_s=outcome.late_s,
        now=utc_now(),
    )


def judged_part(outcome: Outcome) -> Judged | None:
    """What a receipt says of the judgement: no more than its student may see now."""
    view, judged = outcome_view(outcome), outcome.judgement
    if judged is None or view["verdict"] is None:
        return None
    return Judged(judged.id, judged.judged_at, view["verdict"], view["score"], judged.score.max_points)


def judgement_message(outcome: Outcome) -> Json:
    """The same for the person's tabs; `tab` tells the one that sent."""
    sent = outcome.submission
    return {"type": "judgement", "course": sent.course, **submission_answer(outcome), "tab": sent.idempotency_key}


def bundle(view: View) -> Json:
    """The MIME bundle of the output that is kept under the answer cell."""
    text = text_plain(view)
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))
    return {JUDGEMENT_MIME: view, "text/plain": text, "text/html": f"<div>{paragraphs}</div>"}


def text_plain(view: View) -> str:
    """The judgement in words: verdict and points, the checks, a person's marks, what it costs, the notices."""
    lines = [" ".join(filter(None, (*_headline(view), _points(view))))]
    for check in view["checks"]:
        mark = {"passed": "✓", "not_run": "–"}.get(check["status"], "✗")
        hidden = " (hidden test)" if check["hidden"] else ""
        lines.append(f"{mark} {check['label']}{hidden}: {check['status'].replace('_', ' ')}")
        if check["status"] != "passed" and check.get("message"):
            lines.append(f"  {check['message']}")
    return "\n".join([*lines, *_marks_lines(view), *_closing(view), *(notice["text"] for notice in view["notices"])])


def _headline(view: View) -> Headline:
    """Verdict in words, and what happened, in one line."""
    state = view["state"]
    if state == "parked" or (state in WORDS["states"] and view["verdict"] is None):
        head, rest = WORDS["states"][state]
        return head, rest
    if view.get("shown_after"):
        return "Handed in.", f"The result is shown after {view['shown_after'][:16].replace('T', ' ')} UTC."
    if view["verdict"] is None:
        return "Handed in.", "Your answer is kept."
    if state == "awaiting_review":
        rest = f"{_share(view)}; a person marks the rest." if view["total"] else "A person marks it."
        return "Handed in, awaiting review.", rest
    if view.get("marks"):
        return "Marked.", f"{_share(view)}." if view["total"] else ""
    return _HEADLINES.get(view["verdict"], _stopped)(view)


def _points(view: View) -> str:
    """ "(1.33 of 2 points)", or nothing."""
    if view["score"] is None or view["verdict"] == "CE":
        return ""
    return f"({_of(view['score'], view['max_score'])})"


def _of(got: float, most: float) -> str:
    return f"{got:g} of {most:g} point{'' if most == 1 else 's'}"


def _marks_lines(view: View) -> Iterator[str]:
    """What a person gave by line of the rubric, and wrote; nothing where nobody marked it."""
    if found := view.get("marks"):
        yield from (f"{line['text']}: {_of(line['points'], line['max_points'])}" for line in found["lines"])
        yield from filter(None, [found["comment"]])


def _closing(view: View) -> Iterator[str]:
    """What was kept and what it costs, after the checks."""
    if hidden := view["hidden_not_run"]:
        yield f"{count_of(hidden, 'hidden test')}: run when you hand in"
    attempts = view["attempts"]
    if view["kind"] == "try" and attempts is not None:
        yield "Only tried: no attempt used."
    elif attempts is not None and view["verdict"] and Verdict(view["verdict"]).costs_attempt:
        left = "No attempts" if attempts["left"] == 0 else count_of(attempts["left"], "attempt")
        yield ("This one counts. " if view["counts"] else "") + f"{left} left."


def count_of(number: int, noun: str) -> str:
    """ "2 tests"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _share(view: View) -> str:
    """ "2 of 5 tests pass"."""
    passed, total = view["passed"], view["total"]
    noun = "sample test" if view["samples_only"] and view["hidden_not_run"] else "test"
    if total == 1:
        return f"The {noun} {'passes' if passed else 'does not pass'}"
    if passed == total:
        return f"All {total} {noun}s pass"
    number = "None" if passed == 0 else str(passed)
    return f"{number} of {count_of(total, noun)} {'passes' if passed <= 1 else 'pass'}"


def _accepted(view: View) -> Headline:
    if view.get("answer") in _WITHOUT_CODE:
        return "Right.", ""
    if view["hidden_not_run"]:
        return "Samples pass.", f"{_share(view)}." if view["total"] else "There is no sample test."
    head = "Right." if view.get("answer") in ("fill", "order") else "Accepted."
    return head, f"{_share(view)}." if view["total"] else ""


_WITHOUT_CODE = ("choice", "predict")


def _not_yet(view: View) -> Headline:
    if view.get("answer") in _WITHOUT_CODE:
        return "Not yet.", ""
    samples = [check for check in view["checks"] if not check["hidden"]]
    failed = [check for check in samples if check["status"] != "passed"]
    if failed:
        diff = failed[0].get("diff") or {}
        if diff.get("kind") == "unsupported":
            return "Not yet.", failed[0]["message"]
        more = " The first difference is below." if diff else ""
        return "Not yet.", f"{_share(view)}.{more}"
    hidden = view["total"] - view["passed"]
    if not samples:
        return "Not yet.", f"{_share(view)}."
    passing = "The sample test passes" if len(samples) == 1 else "The sample tests pass"
    return "Not yet.", f"{passing}, {count_of(hidden, 'hidden test')} {'does' if hidden == 1 else 'do'} not."


def _error(view: View) -> Headline:
    failure = view["failure"]
    if failure is None:
        return "Stopped by an error.", f"{_share(view)}."
    place = f" in line {failure['line']}" if failure["line"] else ""
    ran = any(check["status"] != "not_run" for check in view["checks"] if not check["hidden"])
    count = f" {_share(view)}." if ran or view["passed"] else ""
    return "Stopped by an error.", f"`{failure['type']}`{place}.{count}"


def _unread(view: View) -> Headline:
    if view.get("answer") in _WITHOUT_CODE:
        return "Nothing to check yet.", "No attempt used."
    failure = view["failure"] or {"line": None, "message": ""}
    words = failure["message"].rstrip(".?") or "something is not Python here"
    where = f"Line {failure['line']}: {words}" if failure["line"] else words[:1].upper() + words[1:]
    return "Python cannot read this yet.", f"{where}. No attempt used."


def _stopped(view: View) -> Headline:
    head, rest = WORDS["stopped"][view["verdict"]]
    failure = view["failure"]
    place = f", in line {failure['line']}" if failure and failure["line"] else ""
    what = view["violation"] or "reaching outside its own folder"
    network = _NETWORK if "network" in what else ""
    return head, rest.format(**view["limit"], place=place, what=what) + network


_HEADLINES = {"AC": _accepted, "WA": _not_yet, "RTE": _error, "CE": _unread}


def staff_view(
    judgement: Judgement | None,
    submission: Submission,
    exercise: Exercise,
    *,
    limits: EffectiveLimits = _DEFAULT_LIMITS,
) -> View:
    """Everything: hidden checks with their values, the finer verdicts, and what the judgement depends on."""
    view = _frame(submission, exercise, limits, "en")
    view |= {"source": submission.source.encode("utf-8", "backslashreplace").decode(), "staff": True}
    if judgement is None:
        return view
    checks = [
        _check_view(check, check.verdict, judgement, submission) | some(check, "check weight")
        for check in judgement.checks
    ]
    view |= _results(judgement, judgement.verdict, checks, judgement.notices)
    return view | {
        "score": judgement.score.points,
        "failure": _failure_view(judgement.failure, submission) if judgement.failure else None,
        "marks": _marks_view(judgement.marks) if judgement.marks is not None else None,
        **some(judgement, "stdout course_digest environment_digest seed level wall_ms"),
    }


def staff_answer(outcome: Outcome) -> Json:
    """A submission with its hidden checks, for staff."""
    limits = outcome.loaded.limits(outcome.exercise.id)
    view = staff_view(outcome.judgement, outcome.submission, outcome.exercise, limits=limits)
    facts = _submission_facts(outcome) | {"claimed_at": iso(outcome.submission.claimed_at)}
    return {"submission": facts, "judgement": view}


def batch_line(
    line: str, judgement: Judgement, submission: Submission, exercise: Exercise, *, staff: bool = False
) -> Json:
    """One line that `codegym grade` writes: what a student may see, and `wall_ms`; with `staff`, everything."""
    view = staff_view(judgement, submission, exercise) if staff else student_view(judgement, submission, exercise)
    checks = view["checks"] if staff else [{key: check.get(key, "") for key in _BATCH} for check in view["checks"]]
    result = {
        "id": line,
        "exercise": exercise.id,
        "verdict": view["verdict"],
        "score": view["score"],
        "max_score": view["max_score"],
        "checks": checks,
        "stdout": view["stdout"],
        "notices": [notice["text"] for notice in view["notices"]],
        "wall_ms": round(judgement.wall_ms, 3),
    }
    if staff:
        result |= {key: view[key] for key in "failure seed level course_digest environment_digest".split()}
    return result


_BATCH = ("label", "hidden", "verdict", "message")
