"""The words of a judgement, as the UI has them, for where no frontend draws it: verdict first, then what happened.

Everything is said from the student's view alone (`grading.feedback`), so nothing can be said that it does not hold.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codegym_jlab.records import JUDGEMENT_MIME

View = Mapping[str, Any]

_FAULT = "The grader had a problem. Your answer is kept, no attempt was used, and it is tried again by itself."
_NETWORK = " Answers run without network, so that they are the same everywhere."


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a judgement in words. The first has a `head`; a check's may have something `below` it."""

    text: str
    head: str = ""
    below: str = ""
    is_check: bool = False


def _lines(view: View) -> list[_Line]:
    head, rest = headline(view)
    got = points(view)
    checks = []
    for check in view["checks"]:
        mark, label, status = check_line(check)
        below = check.get("message") if check["status"] != "passed" else ""
        checks.append(_Line(f"{mark} {label}: {status}", below=below or "", is_check=True))
    rest = " ".join(part for part in (rest, f"({got})" if got else "") if part)
    others = (*marks(view), *closing(view), *(notice["text"] for notice in view["notices"]))
    return [_Line(rest, head), *checks, *map(_Line, others)]


def bundle(view: View) -> dict[str, Any]:
    """The MIME bundle of the output that is kept under the answer cell."""
    lines = _lines(view)
    return {JUDGEMENT_MIME: view, "text/plain": _plain(lines), "text/html": _html(lines)}


def text_plain(view: View) -> str:
    """The judgement in words: verdict and points, the checks, the notices."""
    return _plain(_lines(view))


def _plain(lines: list[_Line]) -> str:
    texts = []
    for line in lines:
        texts.append(f"{line.head} {line.text}".strip() if line.head else line.text)
        texts += [f"  {line.below}"] if line.below else []
    return "\n".join(texts)


def _html(lines: list[_Line]) -> str:
    first, *rest = lines
    parts = [f"<p><strong>{_escaped(first.head)}</strong> {_escaped(first.text)}</p>"]
    checks = [line for line in rest if line.is_check]
    if checks:
        below = [f"<br>{_escaped(line.below)}" if line.below else "" for line in checks]
        items = [f"<li>{html.escape(line.text)}{more}</li>" for line, more in zip(checks, below, strict=True)]
        parts.append('<ul style="list-style: none; padding-left: 0">' + "".join(items) + "</ul>")
    parts += [f"<p>{_escaped(line.text)}</p>" for line in rest if not line.is_check]
    return f"<div>{''.join(parts)}</div>"


def _escaped(text: str) -> str:
    """Escaped, with what stands in backticks as code."""
    pieces = html.escape(text).split("`")
    if len(pieces) % 2 == 0:
        return "`".join(pieces)
    return "".join(f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces))


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
    return _HEADLINES[view["verdict"]](view)


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


def check_line(check: Mapping[str, Any]) -> tuple[str, str, str]:
    """Mark, label and "passed" or "not passed" of one check."""
    mark = {"passed": "✓", "not_run": "–"}.get(check["status"], "✗")
    hidden = " (hidden test)" if check["hidden"] else ""
    return mark, check["label"] + hidden, check["status"].replace("_", " ")


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
    if view["hidden_not_run"]:
        return "Samples pass.", f"{_share(view)}." if view["total"] else "There is no sample test."
    return "Accepted.", f"{_share(view)}." if view["total"] else ""


def _not_yet(view: View) -> tuple[str, str]:
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


def _at_line(view: View, word: str) -> str:
    failure = view["failure"]
    return f", {word} line {failure['line']}" if failure and failure["line"] else ""


def _error(view: View) -> tuple[str, str]:
    failure = view["failure"]
    if failure is None:
        return "Stopped by an error.", f"{_share(view)}."
    place = f" in line {failure['line']}" if failure["line"] else ""
    ran = any(check["status"] != "not_run" for check in view["checks"] if not check["hidden"])
    count = f" {_share(view)}." if ran or view["passed"] else ""
    return "Stopped by an error.", f"`{failure['type']}`{place}.{count}"


def _unread(view: View) -> tuple[str, str]:
    failure = view["failure"] or {"line": None, "message": ""}
    words = failure["message"].rstrip(".?") or "something is not Python here"
    where = f"Line {failure['line']}: {words}" if failure["line"] else words[:1].upper() + words[1:]
    return "Python cannot read this yet.", f"{where}. No attempt used."


def _too_long(view: View) -> tuple[str, str]:
    seconds = view["limit"]["seconds"]
    spent = f"{seconds:g} second{'' if seconds == 1 else 's'}"
    return "Took too long.", f"Stopped after {spent}{_at_line(view, 'at')}. Does the loop always come to an end?"


def _too_large(view: View) -> tuple[str, str]:
    stopped = f"Stopped at {view['limit']['memory_mb']} MB{_at_line(view, 'in')}."
    return "Needs too much memory.", f"{stopped} Is a list growing that need not be kept?"


def _too_much_printed(view: View) -> tuple[str, str]:
    return (
        "Prints too much.",
        f"Stopped after {view['limit']['output_kb']} kB of output. Is a `print` inside a long loop?",
    )


def _not_allowed(view: View) -> tuple[str, str]:
    what = view["violation"] or "reaching outside its own folder"
    told = f"This tried something that Check does not allow: {what}{_at_line(view, 'in')}."
    network = _NETWORK if "network" in what else ""
    return "Not allowed in Check.", f"{told}{network} Take the line out of the answer and check again."


def _our_fault(view: View) -> tuple[str, str]:
    return "Our fault, not yours.", _FAULT


_HEADLINES = {
    "AC": _accepted,
    "WA": _not_yet,
    "RTE": _error,
    "CE": _unread,
    "TLE": _too_long,
    "MLE": _too_large,
    "OLE": _too_much_printed,
    "SV": _not_allowed,
    "JE": _our_fault,
}
