"""A receipt is what the server signed, byte by byte, or it is refused."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from codegym_jlab import receipts
from codegym_jlab.receipts import Finding, Judged, Signer, read, signed_bytes, verify, write
from codegym_jlab.records import Kind, State, Submission

SOURCE = "def größe(xs):\n    return len(xs)"
AT = datetime(2026, 10, 27, 12, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=1)))
SENT = Submission(
    id="0199" * 8,
    offering="local:basics",
    course="basics",
    exercise="size",
    person="p-1",
    submitter="p-1",
    kind=Kind.SUBMIT,
    source=SOURCE,
    cells=(),
    idempotency_key="k",
    received_at=AT,
    state=State.JUDGED,
)
JUDGED = Judged("j-1", AT, "WA", 1.33, 2.0)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


SIGNER = Signer(Path("/nowhere"))
SIGNER.key = KEY
RECEIPT = SIGNER.sign(SENT, JUDGED)
TEXT = write(RECEIPT)


def found(text: str, source: str | None = None) -> Finding:
    return verify(text, KEY.public_key(), source)


def codes(text: str, source: str | None = None) -> list[str]:
    return [problem.code for problem in found(text, source).problems]


def test_what_was_signed_is_valid_and_says_what_the_records_say() -> None:
    claims = found(TEXT).claims
    assert found(TEXT).valid and claims is not None
    assert claims["received_at"] == "2026-10-27T11:00:00.250000+00:00"
    assert (claims["score"], claims["max_score"], claims["verdict"], claims["judgement"]) == (1.33, 2, "WA", "j-1")
    assert (claims["submission"], claims["exercise"], claims["kind"]) == (SENT.id, "size", "submit")


def test_before_it_is_judged_there_is_a_receipt_without_a_score() -> None:
    finding = found(write(SIGNER.sign(replace(SENT, state=State.WAITING), None)))
    assert finding.valid and finding.claims is not None
    assert [finding.claims[name] for name in ("judgement", "score", "max_score", "verdict")] == [None] * 4


def test_a_local_one_says_that_it_proves_nothing_and_a_class_s_does_not() -> None:
    assert found(TEXT).valid and "proves nothing to others" in TEXT
    assert found(TEXT).as_json()["proves_to_others"] is False
    of_class = found(write(SIGNER.sign(replace(SENT, offering="basics-2026"), JUDGED)))
    assert of_class.valid and of_class.as_json()["proves_to_others"] is True


@given(place=st.integers(0, len(TEXT.encode()) - 2), byte=st.integers(0, 255))
def test_any_other_byte_is_refused(place: int, byte: int) -> None:
    changed = bytearray(TEXT.encode())
    same = changed[place] == byte
    changed[place] = byte
    assert found(changed.decode("utf-8", "surrogateescape")).valid is same


@given(st.data())
def test_a_byte_more_or_less_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 2))
    more = data.draw(st.text(min_size=1, max_size=3))
    if (longer := TEXT[:place] + more + TEXT[place:]) != TEXT:
        assert not found(longer).valid
    assert not found(TEXT[:place] + TEXT[place + 1 :]).valid


def _values() -> st.SearchStrategy[Any]:
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    return plain | st.lists(plain, max_size=2) | st.dictionaries(st.text(), plain, max_size=2)


@given(name=st.sampled_from(sorted(RECEIPT.claims)), value=_values())
def test_any_other_value_of_any_claim_is_refused(name: str, value: Any) -> None:
    claims = {**RECEIPT.claims, name: value}
    if signed_bytes(claims) != signed_bytes(RECEIPT.claims):
        assert not found(write(replace(RECEIPT, claims=claims))).valid


@pytest.mark.parametrize("name", sorted(RECEIPT.claims))
def test_a_claim_less_is_refused_even_when_signed(name: str) -> None:
    claims = {key: value for key, value in RECEIPT.claims.items() if key != name}
    signed = replace(RECEIPT, claims=claims, signature=KEY.sign(signed_bytes(claims)).hex())
    assert not found(write(signed)).valid


def _twice(text: str) -> str:
    return text.replace('"score": 1.33', '"score": 2,\n    "score": 1.33')


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_twice, "no_receipt"),
        (lambda text: text.replace("1.33", "1.330"), "rewritten"),
        (lambda text: text.replace("1.33", "2"), "changed"),
        (lambda text: text.replace("1.33", "NaN"), "no_receipt"),
        (lambda text: text.replace("1.33", "1e999"), "no_receipt"),
        (lambda text: text.replace("1.33", "[" * 300 + "]" * 300), "no_receipt"),
        (lambda text: json.dumps(json.loads(text)), "rewritten"),
        (lambda text: text.replace("Ed25519", "none"), "no_receipt"),
        (lambda text: text.replace(RECEIPT.signature, RECEIPT.signature.upper()), "no_receipt"),
        (lambda text: text.replace(RECEIPT.signature, "0" * 128), "changed"),
        (lambda text: text.replace(RECEIPT.claims["key"], "0" * 16), "other_key"),
        (lambda text: "[" * 90_000, "no_receipt"),
        (lambda text: text + "x" * 200_000, "no_receipt"),
        (lambda text: "", "no_receipt"),
    ],
)
def test_what_is_wrong_is_said(change: Callable[[str], str], code: str) -> None:
    assert codes(change(TEXT)) == [code]


def test_line_ends_of_another_system_are_no_change() -> None:
    assert found(TEXT.replace("\n", "\r\n") + "\r\n").valid


def test_another_server_s_key_is_told() -> None:
    other = Ed25519PrivateKey.generate().public_key()
    (problem,) = verify(TEXT, other).problems
    assert problem.code == "other_key" and receipts.key_id(other) in problem.text


def test_what_a_stranger_wrote_into_a_receipt_reaches_no_terminal_as_it_is() -> None:
    (problem,) = found(TEXT.replace(RECEIPT.claims["key"], "\\u001b[2J")).problems
    assert problem.code == "other_key" and problem.text.isprintable()


def test_the_source_is_compared() -> None:
    cell = {"source": SOURCE.splitlines(keepends=True), "metadata": {"codegym": {"role": "answer", "exercise": "size"}}}
    another = {"source": SOURCE, "metadata": {"codegym": {"role": "answer", "exercise": "other"}}}
    for same in (SOURCE, SOURCE + "\n", SOURCE.replace("\n", "\r\n"), json.dumps({"cells": [{}, cell]})):
        assert found(TEXT, same).valid, same
    for other in ("", SOURCE + " ", json.dumps({"cells": [another]}), json.dumps({"cells": 3}), "[1]"):
        assert codes(TEXT, other) == ["other_source"], other


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for turn in range(20):
            folder = tmp_path / f"records-{turn}"
            made = list(pool.map(lambda _, of=folder: receipts.key_id(receipts.server_keys(of).public_key()), range(8)))
            assert len(set(made)) == 1
    assert stat.S_IMODE((folder / receipts.PRIVATE).stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / receipts.PUBLIC).stat().st_mode) == 0o644
    assert receipts.key_id(receipts.read_public((folder / receipts.PUBLIC).read_bytes())) == made[0]
    assert {path.name for path in folder.iterdir()} == {receipts.PRIVATE, receipts.PUBLIC}
    assert read(write(Signer(folder).sign(SENT, JUDGED))).claims["key"] == made[0]


def test_a_public_half_that_was_lost_or_changed_comes_back(tmp_path: Path) -> None:
    receipts.server_keys(tmp_path)
    whole = (tmp_path / receipts.PUBLIC).read_bytes()
    for wrong in (b"", None):
        (tmp_path / receipts.PUBLIC).unlink() if wrong is None else (tmp_path / receipts.PUBLIC).write_bytes(wrong)
        receipts.server_keys(tmp_path)
        assert (tmp_path / receipts.PUBLIC).read_bytes() == whole


def test_a_damaged_key_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / receipts.PRIVATE).write_text("no key")
    with pytest.raises(receipts.NoKey, match="backup"):
        Signer(tmp_path).sign(SENT, JUDGED)
    assert (tmp_path / receipts.PRIVATE).read_text() == "no key"


def test_the_moment_of_signing_is_in_it() -> None:
    assert abs(datetime.now(UTC) - datetime.fromisoformat(RECEIPT.claims["issued_at"])) < timedelta(days=1)
