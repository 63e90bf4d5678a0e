"""One's own data over HTTP, and a class over HTTP: who may see what, and what stands in it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from server.conftest import Call, answer, word
from server.test_answers import WRONG, sent
from server.test_secrets import SECRETS

from codegym_jlab.receipts import read_public, verify


@pytest.fixture
def settings() -> dict[str, Any]:
    """Staff have no browser here."""
    return {"staff_tokens": True}


@pytest.fixture
def identity_class() -> str:
    return "server.identities.ByHeader"


async def packed(call: Call, who: str) -> dict[str, str]:
    response = await call("GET", "personal", headers={"X-Who": who})
    assert response.code == 200 and "my-codegym-data.zip" in response.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(response.body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_all_that_is_kept_of_oneself_and_nothing_hidden(call: Call, jp_root_dir: Any) -> None:
    mine = WRONG + "\n# written by ada"
    first = answer(await call("POST", "submissions", sent("add", mine, "1"), headers={"X-Who": "ada"}))
    await call("POST", "submissions", sent("add", WRONG + "\n# written by ben", "2"), headers={"X-Who": "ben"})
    await call("POST", "courses/demo/units/one/open", headers={"X-Who": "ada"})
    await call("POST", "courses/demo/exercises/add/hints", headers={"X-Who": "ada"})
    files = await packed(call, "ada")
    everything = "\n".join(files.values())
    assert "written by ada" in everything and "written by ben" not in everything
    assert "SENTINEL_HINT_1" in everything, "the hint that was given"
    hidden = SECRETS.search(everything.replace("SENTINEL_HINT_1", "").encode())
    assert hidden is None, hidden
    (name,) = [name for name in files if name.endswith("/answer.txt")]
    assert files[name] == mine and first["submission"]["id"] in name
    told = json.loads(files[name.replace("answer.txt", "submission.json")])
    assert told["judgement"] == first["judgement"], "as it was answered"
    key = (await call("GET", "receipts/key", headers={"X-Who": "ada"})).body
    receipt = files[name.replace("answer.txt", "receipt.json")]
    assert verify(receipt, read_public(key), mine).valid
    assert json.loads(files["local-demo/openings.json"]).keys() == {"one"}
    person = json.loads(files["local-demo/person.json"])
    assert person["account"] == "ada" and person["roles"][0]["role"] == "student"
    assert "as of" in files["README.txt"]


async def test_who_is_unknown_gets_the_readme_alone(call: Call) -> None:
    assert list(await packed(call, "eve")) == ["README.txt"]


async def test_a_class_is_for_its_staff(call: Call) -> None:
    for what in ["progress", "scores", "hardest", "stuck?hours=0", "questions", "withheld"]:
        path, _, query = f"classes/local:demo/{what}".partition("?")
        params = dict(pair.split("=") for pair in query.split("&")) if query else {}
        await call("POST", "submissions", sent("add", WRONG, "1"), headers={"X-Who": "ada"})
        response = await call("GET", path, headers={"X-Who": "ada"}, params=params)
        assert (response.code, word(response)) == (403, "forbidden")
        response = await call("GET", path, headers={"X-Who": "prof"}, params=params)
        assert response.code == 200
        told = answer(response)
        if what == "progress":
            assert [row["account"] for row in told["rows"]] == ["ada"] and told["rows"][0]["units"][0]["handed_in"] == 1
        elif what == "scores":
            assert sum(told["bins"]) == 1
        elif what == "hardest":
            assert told["checks"] and all(check["people"] == 1 for check in told["checks"])
        elif what in ("questions", "withheld"):
            assert not told.get("exercises") and told["turns"] in (0, [])  # tests/contract/test_asked.py asks some
        else:
            assert [one["account"] for one in told["students"]] == ["ada"] and told["students"][0]["failed"]


async def test_what_is_not_there(call: Call) -> None:
    cases: list[tuple[str, dict[str, str], int, str]] = [
        ("classes/local:demo/progress", {"sort": "height"}, 400, "malformed"),
        ("classes/local:demo/progress", {"limit": "-1"}, 400, "malformed"),
        ("classes/local:demo/progress", {"unit": "nine"}, 404, "unknown_unit"),
        ("classes/local:demo/scores", {"exercise": "nine"}, 404, "unknown_exercise"),
        ("classes/nowhere/stuck", {}, 404, "unknown_offering"),
    ]
    for path, params, status, code in cases:
        await call("GET", "courses", headers={"X-Who": "ada"})
        response = await call("GET", path, headers={"X-Who": "prof"}, params=params)
        assert (response.code, word(response)) == (status, code), path
