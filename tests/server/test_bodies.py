"""Hostile and clumsy bodies: plain words and a 4xx, never a 500, and nothing that cannot be written again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from server.conftest import Call, answer, word
from server.test_denials import NOTEBOOK, SUBMISSION

from codegym_jlab.handlers import base
from codegym_jlab.handlers.schemas import requests

DEEP = 200_000


def notebook(**more: Any) -> dict[str, Any]:
    """A notebook of the course `demo`, changed."""
    return {**NOTEBOOK, **more}


MALFORMED = {
    "text": "hello",
    "half": '{"a": ',
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "deep list": "[" * DEEP,
    "deep object": '{"a":' * DEEP,
    "deep and closed": '{"notebook":' + "[" * DEEP + "]" * DEEP + "}",
    "half a character": '{"notebook": {"a": "\\ud800"}}',
    "long number": '{"notebook": ' + "9" * 100_000 + "}",
}


async def test_malformed(call: Call) -> None:
    for path in ("submissions", "drafts", "notebooks/repair", "courses/demo/units/one/open"):
        for kind, body in MALFORMED.items():
            response = await call("POST", path, body)
            assert (response.code, word(response)) == (400, "malformed"), (path, kind)
            assert len(answer(response)["error"]["message"]) < 300, (path, kind)


UNFIT = {
    "list": ([], "The body"),
    "unknown key": ({**SUBMISSION, "exercize": "add"}, "exercize"),
    "missing key": ({"course": "demo"}, "exercise"),
    "number for text": ({**SUBMISSION, "source": 3}, "source"),
    "null for text": ({**SUBMISSION, "source": None}, "source"),
    "list for id": ({**SUBMISSION, "exercise": ["add"]}, "exercise"),
    "path for id": ({**SUBMISSION, "course": "../demo"}, "course"),
    "long id": ({**SUBMISSION, "course": "d" * 300}, "course"),
    "draft as kind": ({**SUBMISSION, "kind": "draft"}, "'try' or 'submit'"),
    "dict as kind": ({**SUBMISSION, "kind": {}}, "kind"),
    "empty key": ({**SUBMISSION, "idempotency_key": ""}, "idempotency_key"),
    "key with a line": ({**SUBMISSION, "idempotency_key": "a\n"}, "idempotency_key"),
    "long source": ({**SUBMISSION, "source": "x" * 300_000}, "262144"),
    "cells no list": ({**SUBMISSION, "cells": {}}, "cells"),
    "many cells": ({**SUBMISSION, "cells": [{"source": ""}] * 2001}, "2000"),
    "cell no object": ({**SUBMISSION, "cells": ["x"]}, "cells.0"),
    "cell's key": ({**SUBMISSION, "cells": [{"source": ""}, {"source": "", "sauce": ""}]}, "cells.1.sauce"),
    "cell's role": ({**SUBMISSION, "cells": [{"source": "", "role": "solution"}]}, "'given' or 'answer'"),
    "time of no zone": ({**SUBMISSION, "claimed_at": "2025-01-01T00:00:00"}, "claimed_at"),
    "number as time": ({**SUBMISSION, "claimed_at": 5}, "claimed_at"),
}


async def test_unfit(call: Call) -> None:
    for kind, (body, told) in UNFIT.items():
        response = await call("POST", "submissions", body)
        assert (response.code, word(response)) == (422, "unfit"), kind
        assert told in answer(response)["error"]["message"], kind


NO_NOTEBOOKS = {
    "list": [],
    "text": "notebook",
    "null": None,
    "not a number": '{"notebook": {"a": NaN}}',
    "endless": '{"notebook": {"a": -Infinity}}',
    "endless number": '{"notebook": {"cells": [1e999]}}',
    "nothing": {},
    "no course": notebook(metadata={}),
    "odd course": notebook(metadata={"codegym": {"course": 3, "unit": "one"}}),
    "path as unit": notebook(metadata={"codegym": {"course": "demo", "unit": "../one"}}),
}


async def test_no_notebook(call: Call) -> None:
    for kind, sent in NO_NOTEBOOKS.items():
        body = sent if isinstance(sent, str) and sent.startswith("{") else {"notebook": sent}
        response = await call("POST", "notebooks/repair", body)
        assert response.code == 422, (kind, response.body)


ODD = {
    "nothing": {},
    "cells no list": notebook(cells={}),
    "cells of anything": notebook(cells=[None, 3, "x", [], {"cell_type": [], "source": {"a": [1]}, "id": 4}]),
    "metadata of anything": notebook(
        cells=[{"cell_type": "code", "source": ["a", None], "metadata": [], "outputs": 3}]
    ),
    "old": {"worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}], "nbformat": 3},
    "many cells": notebook(cells=[{"cell_type": "code", "source": "1", "metadata": {}, "id": "same"}] * 3000),
    "marks of anything": notebook(
        cells=[{"cell_type": "code", "source": "1", "metadata": {"codegym": {"exercise": {}, "role": []}}}]
    ),
}


async def test_odd_notebooks(call: Call) -> None:
    for kind, sent in ODD.items():
        drafts = await call("POST", "drafts", {"course": "demo", "unit": "one", "notebook": sent})
        assert drafts.code in (200, 422), (kind, drafts.body)
        sent = {**sent, "metadata": NOTEBOOK["metadata"]}
        mended = await call("POST", "notebooks/repair", {"notebook": sent}, request_timeout=60)
        assert mended.code in (200, 422), (kind, mended.body)


async def test_what_takes_nothing_refuses_anything(call: Call) -> None:
    for path in ("courses/demo/units/one/open", "courses/demo/exercises/add/hints"):
        response = await call("POST", path, {"force": True})
        assert (response.code, word(response)) == (422, "unfit")


async def test_what_people_write_is_bounded(call: Call) -> None:
    exercise = "courses/demo/exercises/add"
    for path, body, key in (
        (f"{exercise}/conversation", {"message": "x" * 4001}, "message"),
        (f"{exercise}/conversation", {"message": "x", "last_error": "x" * 20_001}, "last_error"),
        (f"{exercise}/tickets", {"question": "x" * 4001}, "question"),
        ("classes/local:demo/members", {"people": [{"account": "x" * 201, "role": "student"}]}, "people.0.account"),
        ("classes/local:demo/policy", {"clear": ["x" * 51]}, "clear.0"),
    ):
        response = await call("POST", path, body)
        assert (response.code, word(response)) == (422, "unfit"), path
        assert answer(response)["error"]["details"]["key"] == key
    response = await call("GET", "classes/local:demo/progress", params={"section": "x" * 501})
    assert (response.code, word(response)) == (400, "malformed")


def test_names() -> None:
    for bad in ("", ".", "..", "a/b", "a b", "é", "-a", "a\n", None, 3, ["a"]):
        with pytest.raises(base.Denied):
            base.read(json.dumps({"course": bad, "idempotency_key": "k"}).encode(), requests.CancelRequest)
