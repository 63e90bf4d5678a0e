"""Learn triage's weights from the exam's messages, and tell how well it does on them.

usage: scripts/triage.py learn [FILE]    write the weights (default: where the package reads them)
       scripts/triage.py judge [PART]    the figures on `judged` (default) or `learned`, with every mistake
       scripts/triage.py cross           five-fold cross-validation on `learned`
Needs numpy. The same messages and word lists give the same weights, byte for byte on one machine.
"""

from __future__ import annotations

import sys
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from codegym_jlab.tutor.triage import classifier, triage
from codegym_jlab.tutor.triage.classifier import ROWS, rows
from codegym_jlab.tutor.triage.message import read
from evals.messages import Message, messages, situation

#: Where else a message of an intent means the same. What has up to three words is left where it was written.
ELSEWHERE = {
    "distress": ("nowhere", "open", "code", "failed", "passed", "error"),
    "injection": ("nowhere", "open", "code", "failed", "passed", "error"),
    "solution_request": ("open", "code", "failed", "error"),
    "review": ("code", "passed"),
    "hint": ("open", "failed", "code"),
    "concept": ("nowhere", "open", "code", "failed", "passed"),
    "progress": ("nowhere", "open", "passed", "failed"),
    "logistics": ("nowhere", "open", "failed", "passed", "error"),
    "off_topic": ("nowhere", "open", "failed", "passed", "error"),
}
LEVELS = 63  #: steps of a weight on each side of zero
STEPS, RATE, DECAY, SEEN = 150, 0.05, 3e-4, 2
#: The share of a message's groups that its second telling lacks: new messages hold fewer words of the lists.
LACKING = 0.5


def spread(told: Sequence[Message]) -> list[tuple[Message, float]]:
    """Each message where it was written (weight 1) and, at half the weight in all, where it means the same."""
    found = []
    for message in told:
        found.append((message, 1.0))
        if len(message.text.split()) <= 3 and message.intent not in ("distress", "injection"):
            continue
        error = message.situation.last_error
        if message.intent not in ("distress", "injection", "solution_request") and error:
            continue
        places = [at for at in ELSEWHERE.get(message.intent, ()) if situation(at, error) != message.situation]
        found += [(replace(message, situation=situation(at, error)), 0.5 / len(places)) for at in places]
    return found


def learn(told: Sequence[Message]) -> Any:
    """Weights by softmax regression with Adam: an array (ROWS, intents)."""
    examples = spread(told)
    whole, poor, chance = [], [], Random(1)
    for message, _ in examples:
        reading = read(message.text, message.situation)
        groups = classifier.found(reading)
        whole.append(np.array(rows(reading, groups)))
        poor.append(np.array(rows(reading, {group for group in sorted(groups) if chance.random() > LACKING})))
    count = np.zeros(ROWS)
    for (_, weight), row in zip(examples, whole, strict=True):
        count[row] += weight == 1.0
    features = [row[count[row] >= SEEN] for row in (*whole, *poor)]
    flat, starts = np.concatenate(features), np.cumsum([0, *map(len, features)])[:-1]
    owner = np.repeat(np.arange(len(features)), [len(row) for row in features])
    want = np.zeros((len(features), len(classifier.INTENTS)))
    want[np.arange(len(features)), [classifier.INTENTS.index(m.intent) for m, _ in examples] * 2] = 1
    share = np.array([weight for _, weight in examples] * 2)
    share = share / (want.T @ share)[want.argmax(1)] * share.sum() / want.shape[1]
    return _descend(flat, starts, owner, want, share / share.sum())


def _descend(flat: Any, starts: Any, owner: Any, want: Any, share: Any) -> Any:
    used, flat = np.unique(flat, return_inverse=True)
    width = want.shape[1]
    table = np.zeros((len(used), width))
    mean, spread_ = np.zeros_like(table), np.zeros_like(table)
    for step in range(1, STEPS + 1):
        sums = np.add.reduceat(table[flat], starts)
        grown = np.exp(sums - sums.max(1, keepdims=True))
        off = (grown / grown.sum(1, keepdims=True) - want) * share[:, None]
        slope = np.stack([np.bincount(flat, off[owner, i], len(used)) for i in range(width)], 1) + DECAY * table
        mean, spread_ = 0.9 * mean + 0.1 * slope, 0.99 * spread_ + 0.01 * slope**2
        table -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(spread_ / (1 - 0.99**step)) + 1e-7)
    whole = np.zeros((ROWS, width))
    whole[used] = table
    return whole


def packed(table: Any) -> bytes:
    """The weights as a file: the worth of a step, then a byte a weight.

    What all intents of a row have in common says nothing; most weights are zero without it, and the file is smaller.
    """
    table = table - np.median(table, axis=1, keepdims=True)
    scale = float(np.abs(table).max()) / LEVELS
    return zlib.compress(f"{scale:<16.10f}".encode() + np.round(table / scale).astype(np.int8).tobytes(), 9)


def use(table: Any) -> None:
    """Let triage use `table` in this process."""
    data = zlib.decompress(packed(table))
    made = float(data[:16]), memoryview(data)[16:].cast("b")
    classifier._table = lambda: made  # type: ignore[assignment]


def judge(told: Sequence[Message], show: bool = True) -> tuple[float, float]:
    """Macro-F1 and accuracy; `also_ok` counts as right."""
    right, tally = 0, defaultdict(lambda: [0, 0, 0])
    parts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for message in told:
        got = triage(message.text, message.situation)
        hit = got.intent == message.intent or got.intent in message.also
        gold = got.intent if hit else message.intent
        right += hit
        tally[gold][0 if hit else 1] += 1
        tally[got.intent][2] += not hit
        for part in (
            f"language {message.language}",
            "hard" if message.hard else "plain",
            "sure" if got.sure else "unsure",
        ):
            parts[part][0] += hit
            parts[part][1] += 1
        if show and not hit:
            print(f"  {message.intent:17}{got.intent:17}{'sure  ' if got.sure else 'unsure'} {message.text[:110]!r}")
    scores = [2 * tp / max(1, 2 * tp + fn + fp) for tp, fn, fp in tally.values()]
    if show:
        for intent, (tp, fn, fp) in sorted(tally.items()):
            print(
                f"  {intent:17} recall {tp / max(1, tp + fn):.3f}  precision {tp / max(1, tp + fp):.3f}  of {tp + fn}"
            )
        for part, (good, of) in sorted(parts.items()):
            print(f"  {part:13} {good / of:.3f} of {of}")
    return sum(scores) / len(scores), right / len(told)


def cross(told: Sequence[Message], folds: int = 5) -> None:
    """Every fifth message is judged by weights from the others."""
    found = []
    for fold in range(folds):
        use(learn([m for i, m in enumerate(told) if i % folds != fold]))
        found.append(judge([m for i, m in enumerate(told) if i % folds == fold], show=fold == 0))
        print(f"fold {fold}: macro-F1 {found[-1][0]:.3f} accuracy {found[-1][1]:.3f}")
    print("mean macro-F1", round(float(np.mean([f for f, _ in found])), 3))


def main() -> None:
    what, rest = (sys.argv[1:] or ["judge"])[0], sys.argv[2:]
    told = list(messages("learned"))
    if what == "learn":
        where = Path(rest[0]) if rest else Path(classifier.__file__).parent / classifier.FILE
        where.write_bytes(packed(learn(told)))
        print(where, where.stat().st_size)
    elif what == "cross":
        cross(told)
    else:
        part = list(messages("judged")) if "learned" not in rest else told
        print("macro-F1 {:.3f} accuracy {:.3f}".format(*judge(part)))


if __name__ == "__main__":
    main()
