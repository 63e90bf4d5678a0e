"""Answers that look alike: found though renamed and moved about; what was given, or what everybody wrote, is not."""

from __future__ import annotations

from codegym_jlab.classes.similar import alike, fingerprints

GIVEN = """def load(path):
    rows = []
    for line in open(path):
        rows.append(line.strip().split(","))
    return rows
"""
OWN = """def average(values):
    total = 0
    for value in values:
        if value is not None and value >= 0:
            total += value * 2 // 2
    return round(total / max(len(values), 1), 2)
"""
RENAMED = (
    OWN.replace("average", "mean").replace("total", "s").replace("values", "xs").replace("value", "x")
    + "\n# all by myself\n"
)
OTHER = """import statistics
def average(values):
    kept = [v for v in values if v is not None]
    return statistics.mean(kept) if kept else 0.0
"""


def test_a_renamed_answer_is_found_and_what_was_given_is_not() -> None:
    pairs, compared = alike([GIVEN + OWN, GIVEN + OTHER, RENAMED + GIVEN], GIVEN)
    assert [pair["places"] for pair in pairs] == [(0, 2)]
    assert pairs[0]["share"] > 0.85 and compared == 3
    first, second = pairs[0]["lines"]
    assert {7, 8, 9, 10, 11} <= set(first) and {2, 3, 4, 5, 6} <= set(second)
    assert not {2, 3, 4} & set(first), "given lines are not marked"


def test_what_everybody_wrote_tells_nothing_and_a_short_answer_is_not_compared() -> None:
    assert alike([OWN] * 40, "") == ([], 0)
    short = "def f(x):\n    return x"
    assert alike([short, short], "") == ([], 0)
    assert fingerprints("") == {} == fingerprints("x = 1")


def test_a_text_counts_by_its_words() -> None:
    text = "A list can be changed after it was made, while a tuple stays as it is, so only a tuple can be a key. " * 2
    other = "Keys have to be hashable and that needs a value which never changes its mind about being equal to itself."
    (pair,), _ = alike([text, other, text.replace("while", "whereas")], "", prose=True)
    assert pair["places"] == (0, 2)
