"""The words of a judgement, as the UI has them, for where no frontend draws it: verdict first, then what happened.

Everything is said from the student's view alone (`grading.feedback`), so nothing can be said that it does not hold.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from codegym_jlab.records import JUDGEMENT_MIME

View = Mapping[str, Any]

_FAULT = "The grader had a problem. Your answer is kept, no attempt was used, and it is tried again by itself."
_NETWORK = " Answers run without network, so that they are the same everywhere."


def bundle(view: View) -> dict[str, Any]:
    """The MIME bundle of the output that is kept under the answer cell."""
    text = text_plain(view)
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))
    return {JUDGEMENT_MIME: view, "text/plain": text, "text/html": f"<div>{paragraphs}</div>"}


def text_plain(view: View) -> str:
    """The judgement in words: verdict and points, the checks, a person's marks, what it costs, the notices."""
    got = points(view)
    lines = [" ".join(part for part in (*headline(view), f"({got})" if got else "") if part)]
    for check in view["checks"]:
        mark = {"passed": "✓", "not_run": "–"}.get(check["status"], "✗")
        hidden = " (hidden test)" if check["hidden"] else ""
        lines.append(f"{mark} {check['label']}{hidden}: {check['status'].replace('_', ' ')}")
        if check["status"] != "passed" and check.get("message"):
            lines.append(f"  {check['message']}")
    return "\n".join([*lines, *marks(view), *closing(view), *(notice["text"] for notice in view["notices"])])


def headline(view: View) -> tuple[str, str]:
    """Verdict in words, and what happened, in one line."""
    state = view["state"]
    if state == "parked" or (state in _STATES and view["verdict"] is None):
        return _STATES[state]
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


_STATES = {
    "waiting": ("In the queue.", "Your answer is stored."),
    "cancelled": ("Stopped by you.", "No attempt used."),
    "parked": ("Our fault, not yours.", f"{_FAULT} Staff have been told."),
}


def points(view: View) -> str:
    """ "1.33 of 2 points", or nothing."""
    if view["score"] is None or view["verdict"] == "CE":
        return ""
    return _of(view["score"], view["max_score"])


def _of(got: float, most: float) -> str:
    return f"{got:g} of {most:g} point{'' if most == 1 else 's'}"


def marks(view: View) -> list[str]:
    """What a person gave by line of the rubric, and wrote; nothing where nobody marked it."""
    found = view.get("marks")
    if not found:
        return []
    lines = [f"{line['text']}: {_of(line['points'], line['max_points'])}" for line in found["lines"]]
    return [*lines, *([found["comment"]] if found["comment"] else [])]


def closing(view: View) -> list[str]:
    """What was kept and what it costs, after the checks."""
    lines = []
    hidden = view["hidden_not_run"]
    if hidden:
        lines.append(f"{_count(hidden, 'hidden test')}: run when you hand in")
    attempts = view["attempts"]
    if view["kind"] == "try" and attempts is not None:
        lines.append("Only tried: no attempt used.")
    elif attempts is not None and view["verdict"] not in (None, "CE", "JE"):
        left = "No attempts" if attempts["left"] == 0 else _count(attempts["left"], "attempt")
        lines.append(("This one counts. " if view["counts"] else "") + f"{left} left.")
    return lines


def _count(number: int, noun: str) -> str:
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
    return f"{number} of {_count(total, noun)} {'passes' if passed <= 1 else 'pass'}"


def _accepted(view: View) -> tuple[str, str]:
    if view.get("answer") in _WITHOUT_CODE:
        return "Right.", ""
    if view["hidden_not_run"]:
        return "Samples pass.", f"{_share(view)}." if view["total"] else "There is no sample test."
    head = "Right." if view.get("answer") in ("fill", "order") else "Accepted."
    return head, f"{_share(view)}." if view["total"] else ""


_WITHOUT_CODE = ("choice", "predict")


def _not_yet(view: View) -> tuple[str, str]:
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
    return "Not yet.", f"{passing}, {_count(hidden, 'hidden test')} {'does' if hidden == 1 else 'do'} not."


def _error(view: View) -> tuple[str, str]:
    failure = view["failure"]
    if failure is None:
        return "Stopped by an error.", f"{_share(view)}."
    place = f" in line {failure['line']}" if failure["line"] else ""
    ran = any(check["status"] != "not_run" for check in view["checks"] if not check["hidden"])
    count = f" {_share(view)}." if ran or view["passed"] else ""
    return "Stopped by an error.", f"`{failure['type']}`{place}.{count}"


def _unread(view: View) -> tuple[str, str]:
    if view.get("answer") in _WITHOUT_CODE:
        return "Nothing to check yet.", "No attempt used."
    failure = view["failure"] or {"line": None, "message": ""}
    words = failure["message"].rstrip(".?") or "something is not Python here"
    where = f"Line {failure['line']}: {words}" if failure["line"] else words[:1].upper() + words[1:]
    return "Python cannot read this yet.", f"{where}. No attempt used."


def _stopped(view: View) -> tuple[str, str]:
    head, rest = _STOPPED[view["verdict"]]
    failure = view["failure"]
    place = f", in line {failure['line']}" if failure and failure["line"] else ""
    what = view["violation"] or "reaching outside its own folder"
    network = _NETWORK if "network" in what else ""
    return head, rest.format(**view["limit"], place=place, what=what) + network


_STOPPED = {
    "TLE": ("Took too long.", "Stopped after {seconds:g} s{place}. Does the loop always come to an end?"),
    "MLE": ("Needs too much memory.", "Stopped at {memory_mb} MB{place}. Is a list growing that need not be kept?"),
    "OLE": ("Prints too much.", "Stopped after {output_kb} kB of output. Is a `print` inside a long loop?"),
    "SV": (
        "Not allowed in Check.",
        "This tried something that Check does not allow: {what}{place}. "
        "Take the line out of the answer and check again.",
    ),
    "JE": ("Our fault, not yours.", _FAULT),
}
_HEADLINES = {"AC": _accepted, "WA": _not_yet, "RTE": _error, "CE": _unread}
