"""Learn where words point, from questions that share an answer, and tell how well unseen questions find theirs.

usage: scripts/vectors.py learn [FILE]   write the vectors (default: where the package reads them)
       scripts/vectors.py grow [FILE]    the same, from those that are there: for questions that were added, so that
                                         how near the others are changes little
       scripts/vectors.py judge          learn without each third exercise's questions, and look for theirs
Needs numpy, and half a minute. The same questions give the same vectors, byte for byte on one machine.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import yaml

from codegym_jlab.course.loader import load_course
from codegym_jlab.tutor.concepts.answers import Answers, directions, phrasings, said

ROOT = Path(__file__).parents[1]
FILE = ROOT / "codegym_jlab" / "tutor" / "concepts" / "vectors.txt"
ROUNDS, GROWTH, RATE, WARMTH, BATCH = 40, 2, 0.02, 0.07, 256
WIDTH, SEEN, SCALE = 64, 6, 0.0134  #: numbers of a vector; phrasings that a word is in, at least; of a byte
LEFT_OUT = 0.2  #: of the words of a phrasing, each time that it is looked at
TOGETHER = 24  #: answers of one exercise in a batch: those are hard to tell apart
Asked = tuple[str, list[str]]  #: an exercise (or "") and the ways to ask for one answer


def asked() -> Iterator[Asked]:
    """The questions of the courses that ship and of the library."""
    for folder in sorted(ROOT.glob("courses/*/course.yaml")):
        for exercise in load_course(folder.parent).exercises:
            yield from ((exercise.id, phrasings(one.ask)) for one in exercise.questions)
    for file in sorted(ROOT.glob("codegym_jlab/tutor/concepts/questions/*.yaml")):
        yield from (("", phrasings(one["ask"])) for one in yaml.safe_load(file.read_text("utf-8")))


def learnt(every: list[Asked], start: Mapping[str, Sequence[int]] = {}) -> dict[str, np.ndarray]:
    """A vector for each word: two phrasings of one answer point the same way, those of others another."""
    chance, order = np.random.default_rng(1), Random(1)
    read = [(name, [[*said(f"{one}?")] for one in ways]) for name, ways in every]
    often = Counter(word for _, ways in read for words in ways for word in words)
    place = {word: at for at, word in enumerate(sorted(one for one, count in often.items() if count >= SEEN))}
    rare = np.log([1 + often.total() / often[word] for word in place])
    table = chance.normal(0, WIDTH**-0.5, (len(place), WIDTH)) * (rare / rare.mean())[:, None]
    for word in start.keys() & place:
        table[place[word]] = SCALE * np.array(start[word])
    answers = defaultdict[str, list[list[np.ndarray]]](list)
    for name, ways in read:
        known = [np.array([place[one] for one in words if one in place]) for words in ways]
        if len(known := [one for one in known if len(one)]) > 1:
            answers[name].append(known)
    first, second, step = np.zeros_like(table), np.zeros_like(table), 0
    for _ in range(GROWTH if start else ROUNDS):
        for batch in _batches(answers, order):
            pairs = [order.sample(ways, 2) for ways in batch]
            change = _change(table, [[_some(one, chance) for one in side] for side in zip(*pairs, strict=True)])
            step += 1
            first, second = 0.9 * first + 0.1 * change, 0.99 * second + 0.01 * change**2
            table -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return {word: table[at] for word, at in place.items()}


def _batches(answers: dict[str, list[list[np.ndarray]]], order: Random) -> Iterator[list[list[np.ndarray]]]:
    groups = [
        group[at : at + TOGETHER]
        for group in (order.sample(one, len(one)) for one in answers.values())
        for at in range(0, len(group), TOGETHER)
    ]
    batch = list[list[np.ndarray]]()
    for group in order.sample(groups, len(groups)):
        batch += group
        if len(batch) >= BATCH:
            yield batch
            batch = []


def _some(words: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    kept = words[chance.random(len(words)) > LEFT_OUT]
    return kept if len(kept) else words


def _change(table: np.ndarray, sides: list[list[np.ndarray]]) -> np.ndarray:
    """The gradient of how badly each phrasing finds its other among all of the batch, both ways."""
    sums = [np.array([table[words].sum(0) for words in side]) for side in sides]
    lengths = [np.linalg.norm(one, axis=1, keepdims=True) + 1e-9 for one in sums]
    one, other = (total / length for total, length in zip(sums, lengths, strict=True))
    likely = np.exp((one @ other.T - 1) / WARMTH)
    wrong = likely / likely.sum(1, keepdims=True) + likely / likely.sum(0, keepdims=True) - 2 * np.eye(len(one))
    wrong /= len(one) * WARMTH
    change = np.zeros_like(table)
    for side, unit, length, pull in zip(sides, (one, other), lengths, (wrong @ other, wrong.T @ one), strict=True):
        pull = (pull - unit * (unit * pull).sum(1, keepdims=True)) / length
        for words, each in zip(side, pull, strict=True):
            change[words] += each  # a phrasing has each word once
    return change


def written(table: dict[str, np.ndarray]) -> str:
    """A word a line with its vector, a byte a number."""
    scale = 127 / max(np.abs(one).max() for one in table.values())
    rows = ((word, np.round(one * scale).astype(np.int8).tobytes()) for word, one in table.items())
    return "".join(f"{word} {b64encode(code).decode()}\n" for word, code in rows)


def judge() -> None:
    """The share of phrasings whose nearest answer, of the exercise's, is theirs, which is known by the others."""
    every, order, found = list(asked()), Random(2), list[tuple[float, bool]]()
    names = sorted({name for name, _ in every if name})[::3]
    directions().clear()
    directions().update(learnt([one for one in every if one[0] not in names]))
    for name in names:
        ways = [one for other, one in every if other == name]
        for at, own in enumerate(ways):
            left = order.choice(own)
            others = [[one for one in each if one != left] for each in ways]
            known = Answers((f"{'? '.join(one)}?", number) for number, one in enumerate(others) if one)
            number, near = next(iter(known.nearest(f"{left}?")), (-1, 0.0))
            found.append((near, number == at))
    for least in (0.0, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8):
        right = [is_right for near, is_right in found if near >= least]
        print(f"from {least:.2f}: {len(right) / len(found):.2f} of {len(found)}, right {sum(right) / len(right):.2f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["learn", *file] if len(file) < 2:
            Path(*file or [FILE]).write_text(written(learnt(list(asked()))), "utf-8")
        case ["grow", *file] if len(file) < 2:
            Path(*file or [FILE]).write_text(written(learnt(list(asked()), directions())), "utf-8")
        case ["judge"]:
            judge()
        case _:
            sys.exit(__doc__)
