"""What a server says of its error, as logs and people are told it."""

from __future__ import annotations

import json

import pytest

from codegym_jlab.llm.client import said_in


@pytest.mark.parametrize(
    "body",
    [
        {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": {"content": "MINE"}}]},
        {"error": {"msg": "Field required", "body": "MINE"}},
        {"object": "error", "input": "MINE"},
    ],
)
def test_what_a_student_wrote_is_not_told_again(body: object) -> None:
    said = said_in(json.dumps(body))
    assert "MINE" not in said and said in ("Field required", "")
