"""The proof as one page that needs nothing beside it: for a browser, light or dark, and for paper."""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from .course import Converted
from .proof import GRADERS, KINDS, MUTANTS, Proof, Row

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --page: #fff; --line: #767676; --soft: #f2f2f2; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --page: #161616; --line: #8c8c8c; --soft: #262626; } }
body { color: var(--ink); background: var(--page); font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--soft); padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .3rem; }
@media print { body { max-width: none; margin: 0; font-size: 10pt; } h2 { break-after: avoid; }
  tr, pre { break-inside: avoid; } :root { --ink: #000; --page: #fff; --soft: #f2f2f2; } }
"""


def percent(part: int, of: int) -> str:
    """Rounded down to a tenth, so that 100 means all of them."""
    return f"{int(1000 * part / of) / 10:g} %" if of else "–"


def page(title: str, proof: Proof, moved: Sequence[Converted]) -> str:
    """The whole document. It holds solutions: it is for staff."""
    old, different = GRADERS[proof.grader], [row for row in proof.rows if not row.is_same]
    notebooks = [(one.notebook, one.exercises, f"{one.points:g}", one.tests, one.moved) for one in moved]
    parts = [
        f"<h1>{escape(title)}: {old} and CodeGYM give the same points?</h1>",
        f"<p>{date.today().isoformat()}. For staff: this page holds solutions.</p>",
        *_summary(proof, moved, old, len(different)),
        *_method(old),
        _table("Notebooks", ("notebook", "exercises", "points", "tests", "moved"), notebooks),
        f"<h2>Differences ({len(different)})</h2>",
        *([_difference(row, old) for row in different] or ["<p>There is none.</p>"]),
        *_not_moved(proof, moved, old),
    ]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    name = f"<title>{escape(title)}: proof</title>"
    return f'<!doctype html>\n<html lang="en"><head>{head}{name}</head><body><main>\n{body}\n</main></body></html>\n'


def _summary(proof: Proof, moved: Sequence[Converted], old: str, different: int) -> Iterator[str]:
    tests, kept = sum(one.tests for one in moved), sum(one.moved for one in moved)
    yield f"<p><strong>{kept} of {tests} tests were moved ({percent(kept, tests)}).</strong> "
    same = len(proof.rows) - different
    yield f"Of {len(proof.rows)} comparisons, {same} gave the same points ({percent(same, len(proof.rows))}).</p>"
    heads = ("answer", "tests", "same points", "", f"more than {old}", f"less than {old}")
    rows = [
        (KINDS[kind], n["tests"], n["same"], percent(n["same"], n["tests"]), n["more"], n["less"])
        for kind, n in proof.totals().items()
    ]
    yield _table("Test by test", heads, rows)


def _method(old: str) -> Iterator[str]:
    yield "<h2>How this was found</h2>"
    yield (
        f"<p>Whole notebooks were handed in, and graded twice: by the real {old}, installed as its makers give it, and "
        f"by CodeGYM. Their answers were {', '.join([*KINDS.values()][:-1])}, and "
        f"{KINDS['mutant']} (up to {MUTANTS} of each, made by one rule for all). Each test was compared by its "
        "points. A test that its own solution does not pass in the old grader, or that has no points, is not "
        "compared.</p>"
    )


def _difference(row: Row, old: str) -> str:
    head = f"{escape(row.notebook)}: {escape(row.test)}, {KINDS[row.kind]}"
    points = f"{old} {row.old:g}, CodeGYM {row.ours:g} of {row.most:g} points"
    said = f"<p>CodeGYM says: {escape(row.said)}</p>" if row.said else ""
    texts = f"<p>The answer:</p><pre>{escape(row.answer)}</pre><p>The test:</p><pre>{escape(row.text)}</pre>"
    return f"<section><h3>{head}: {points}</h3>{said}{texts}</section>"


def _not_moved(proof: Proof, moved: Sequence[Converted], old: str) -> Iterator[str]:
    refusals = [refusal for one in moved for refusal in one.refusals]
    yield f"<h2>What was not moved ({len(refusals)})</h2>"
    rows = [(r.notebook, "" if r.cell is None else r.cell, r.what, r.why, r.mend) for r in refusals]
    yield _table("Each with its reason", ("notebook", "cell", "name", "why", "what to do"), rows)
    yield f"<h2>What {old} could not say</h2>"
    unfit = [(*one, "its own solution does not pass it there") for one in proof.unfit]
    failed = [(name, "", why) for name, why in proof.failed.items()]
    yield _table("Not compared", ("notebook", "test", "why"), [*unfit, *failed])


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return f"<p>{caption}: none.</p>"
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "\n".join(f"<tr>{''.join(map(_cell, enumerate(row)))}</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(told: tuple[int, object]) -> str:
    place, value = told
    if place == 0:
        return f'<th scope="row">{escape(str(value))}</th>'
    return f'<td class="n">{value}</td>' if isinstance(value, int) else f"<td>{escape(str(value))}</td>"
