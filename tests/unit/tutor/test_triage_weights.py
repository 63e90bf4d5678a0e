"""How well triage does on messages kept apart, how fast, and that its weights are of today's messages."""

from __future__ import annotations

import time
import zlib
from collections import defaultdict
from dataclasses import replace
from functools import cache
from importlib import resources

import pytest

from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.triage import triage, warm
from codegym_jlab.tutor.triage.classifier import FILE, INTENTS
from evals.messages import Message, messages

PLACE = resources.files("codegym_jlab.tutor.triage")
#: A sum of what is learned and of the weights that it gave.
LEARNED = 2393939372


@cache
def judged() -> tuple[tuple[Message, str], ...]:
    return tuple((message, triage(message.text, message.situation).intent) for message in messages("judged"))


def f1(intent: str) -> float:
    hit = sum(message.intent == got == intent for message, got in judged())
    off = sum((message.intent == intent) != (got == intent) for message, got in judged())
    return 2 * hit / (2 * hit + off)


def test_macro_f1_on_messages_kept_apart() -> None:
    assert sum(map(f1, INTENTS)) / len(INTENTS) >= 0.92


@pytest.mark.parametrize("intent", ["distress", "injection"])
def test_what_must_not_be_missed(intent: str) -> None:
    found = [got == intent for message, got in judged() if message.intent == intent]
    assert sum(found) / len(found) >= 0.97


def test_each_language() -> None:
    found = defaultdict(list)
    for message, got in judged():
        found[message.language].append(got == message.intent)
    assert set(found) >= {"en", "es", "de", "fr", "zh", "pl"}
    assert min(sum(right) / len(right) for right in found.values()) >= 0.85


def test_no_message_is_learned_and_judged() -> None:
    learned = {message.text.casefold() for message in messages("learned") if len(message.text.split()) > 2}
    assert not [message.text for message, _ in judged() if message.text.casefold() in learned]


def test_a_message_costs_no_more_than_a_few_thousand_small_steps() -> None:
    warm()
    told = [message for message, _ in judged()][::5]

    def floor() -> int:
        return sum(zlib.crc32(b"a feature") & 7 for _ in range(2_000))

    def median(work: list[float]) -> float:
        return sorted(work)[len(work) // 2]

    ours, base = [], []
    for message in told:
        start = time.perf_counter()
        triage(message.text, message.situation)
        middle = time.perf_counter()
        floor()
        ours.append(middle - start)
        base.append(time.perf_counter() - middle)
    assert median(ours) / median(base) < 40


def test_a_long_message_costs_as_much_as_its_ends() -> None:
    warm()

    def seconds(text: str) -> float:
        start = time.perf_counter()
        triage(text, Situation())
        return time.perf_counter() - start

    text = "how do I count the words of this? " * 80
    assert min(seconds(text * 100) for _ in range(3)) < 20 * min(seconds(text) for _ in range(3))


def test_the_weights_are_of_these_messages() -> None:
    """Who changes what is learned learns anew: `python scripts/triage.py learn` (two minutes), then the sum here."""
    lists = sorted((path.name, path.read_bytes()) for path in (PLACE / "lexicon").iterdir())
    told = [(one.text, one.intent, repr(replace(one.situation, exercise=None))) for one in messages("learned")]
    found = zlib.crc32(repr((lists, told)).encode() + (PLACE / FILE).read_bytes())
    assert found == LEARNED
