"""A regrading's steps as traces, sent by the command that works on them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from contract.collector import collecting

from .conftest import Office


def test_every_step_is_a_trace(office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch) -> None:
    desk = office(4)
    desk.put_right()
    with collecting() as collector:
        monkeypatch.setenv("CODEGYM_TRACES", collector.endpoint)
        words = ("regrade", str(desk.stored.folder), "--apply", "--reason", "large expected 11", "--allow-lower")
        process = desk.start(*words, "--json")
        told, complaints = process.communicate()
        assert process.returncode == 0, complaints
        result = json.loads(told.splitlines()[-1])["summary"]
    assert result["state"] == "done"
    plan, step = (next(span for span in collector.spans if span.name == name) for name in ("plan", "regrade"))
    assert plan.known["codegym.offering"] == "local:basics" and plan.trace != step.trace
    assert step.known["codegym.flow"] == result["flow"]
    paths = collector.of(step.trace)
    assert {"regrade", "regrade/grade", "regrade/commit", "regrade/grade/cells", "regrade/grade/cells/lease"} <= {
        *paths
    }
    assert paths["regrade/commit"].known["codegym.lines"] == 8
    assert b"return 2 * x" not in collector.bytes and b"a large number" not in collector.bytes
