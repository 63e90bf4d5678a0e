"""Receipts over HTTP, and what the command line says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from server.conftest import Call, answer, word
from server.test_answers import RIGHT, WRONG, sent
from typer.testing import CliRunner

from codegym_jlab.cli import app


async def saved(call: Call, tmp_path: Path, submission: str, **options: Any) -> Path:
    """As the browser saves it."""
    path = tmp_path / "receipt.json"
    path.write_bytes((await call("GET", f"submissions/{submission}/receipt", **options)).body)
    return path


def receipt(*words: object) -> Result:
    return CliRunner().invoke(app, ["receipt", "verify", *map(str, words)])


async def test_a_receipt_is_saved_and_verified(call: Call, tmp_path: Path) -> None:
    first = answer(await call("POST", "submissions", sent("add", RIGHT, "k1")))
    path = await saved(call, tmp_path, first["submission"]["id"])
    key = tmp_path / "key.pem"
    key.write_bytes((await call("GET", "receipts/key")).body)
    assert key.read_bytes() == (tmp_path / "records" / "receipts.pub.pem").read_bytes()
    claims = json.loads(path.read_text())["claims"]
    judgement = first["judgement"]
    assert (claims["score"], claims["max_score"]) == (judgement["score"], judgement["max_score"])
    assert claims["received_at"] == first["submission"]["received_at"]

    source = tmp_path / "answer.py"
    source.write_text(RIGHT)
    good = receipt(path, "--key", key, "--source", source)
    assert (good.exit_code, good.stderr) == (0, "")
    assert "Valid." in good.stdout and "proves nothing to others" in good.stdout
    told = json.loads(receipt(path, "--key", key, "--json").stdout)
    assert told["valid"] and not told["proves_to_others"] and told["claims"] == claims

    source.write_text(WRONG)
    other = receipt(path, "--key", key, "--source", source)
    assert other.exit_code == 1 and "not the one" in other.stdout
    path.write_text(path.read_text().replace(claims["received_at"], "2020-01-01T00:00:00+00:00"))
    changed = receipt(path, "--key", key, "--json")
    assert changed.exit_code == 1 and json.loads(changed.stdout)["problems"][0]["code"] == "changed"

    for words in ((tmp_path / "none.json", "--key", key), (path, "--key", source), (path, "--key", tmp_path), ()):
        wrong = receipt(*words)
        assert wrong.exit_code == 2 and wrong.stderr


class TestTwoPeople:
    """Whose it is."""

    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.ByHeader"

    async def test_only_one_s_own(self, call: Call, tmp_path: Path) -> None:
        ada, bob, prof = ({"X-Who": who} for who in ("ada", "bob", "prof"))
        mine = answer(await call("POST", "submissions", sent("add", WRONG, "k"), headers=ada))["submission"]["id"]
        await call("POST", "submissions", sent("add", WRONG, "k"), headers=bob)
        await saved(call, tmp_path, mine, headers=ada)
        for other in (bob, prof):
            refused = await call("GET", f"submissions/{mine}/receipt", headers=other)
            assert (refused.code, word(refused)) == (404, "unknown_submission")

    async def test_the_browser_s_clock_is_kept_for_staff_alone_and_decides_nothing(
        self, call: Call, session: dict[str, str]
    ) -> None:
        claimed = "2001-02-03T04:05:06+00:00"
        ada, prof = {"X-Who": "ada"}, {"X-Who": "prof", **session}
        first = answer(await call("POST", "submissions", sent("add", RIGHT, "k", claimed_at=claimed), headers=ada))
        path = f"submissions/{first['submission']['id']}"
        assert first["submission"]["received_at"] > "2025"
        for mine in (path, f"{path}/receipt"):
            assert claimed not in (await call("GET", mine, headers=ada)).body.decode()
        whole = answer(await call("GET", f"{path}/staff", headers=prof))
        assert whole["submission"]["claimed_at"] == claimed


async def test_a_key_sent_twice_is_one_attempt_and_one_receipt(call: Call, tmp_path: Path) -> None:
    """As the browser's queue does, which cannot know whether its first request arrived."""
    ids = {answer(await call("POST", "submissions", sent("add", WRONG, "k")))["submission"]["id"] for _ in range(3)}
    assert len(ids) == 1
    refused = await call("POST", "submissions", sent("add", RIGHT, "k"))
    assert (refused.code, word(refused)) == (409, "key_taken")
    assert json.loads((await saved(call, tmp_path, ids.pop())).read_text())["claims"]["kind"] == "submit"
