"""What stands in the log of a real server at DEBUG: whose submission it was, throughout; no name, source or secret."""

from __future__ import annotations

import http.client
import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from faults.served import TOKEN, Served
from server.conftest import Call

pytestmark = pytest.mark.full
#: What a student is, writes and sends, and what they must not see. None of it is ever a line's business.
WHO = "ada.marker@example.org"
MARKERS = ("ada.marker", "Ada.Marker", "marker_source", "marker_key", "marker_cell", "marker_body", "marker_path")
HIDDEN = ("987001", "987,001", "1974002", "marker_label", "marker_solution", "marker_hint")
UNIT = """
id: loops
title: Loops
cells:
  - exercise:
      id: twice
      title: Twice
      statement: Write `twice(x)`.
      solution: |
        def twice(x):  # marker_solution
            return 2 * x
      hints: [marker_hint]
      checks:
        - call: twice(1)
          equals: 2
        - call: twice(987001)
          equals: 1974002
          hidden: marker_label
        - random: {x: "rng.randint(3, 99)"}
          call: twice(x)
          hidden: random
"""
HOSTILE = (
    "def twice(x):\n    return 2 * x  # marker_source\n",
    "def twice(x):\n    return 0  # marker_source\n",
    "def twice(x):\n    raise ValueError('marker_source', x)\n",
    "def twice(x) marker_source:\n",
    "print('marker_source')\nclass marker_source(Exception): pass\nraise marker_source('marker_source')\n",
    "import os\nos.write(1, b'marker_source'); os.write(2, b'marker_source'); os._exit(7)\n",
    "import sys\nsys.exit('marker_source')\n",
    "def twice(x):\n    class marker_source: pass\n    return marker_source()\n",
    "marker_source = 'x' * 10_000_000\nwhile True: print(marker_source)\n",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("logs")
    server = Served(folder / "server", folder / "records", {"log_format": "json", "log_level": "DEBUG"})
    (server.folder / "courses" / "basics" / "loops.yaml").write_text(UNIT)
    with open(server.folder / "jupyter_server_config.py", "a") as config:
        config.write('c.ServerApp.log_level = "DEBUG"\n')
    server.start()
    yield server
    server.stop()


def sent(source: str, key: str, **more: Any) -> dict[str, Any]:
    return {
        "course": "basics",
        "exercise": "twice",
        "kind": "submit",
        "source": source,
        "cells": [{"source": "marker_cell = 1"}],
        "idempotency_key": key,
        **more,
    }


@pytest.fixture(scope="module")
def told(served: Served) -> list[dict[str, Any]]:
    """All lines, after a day of a student who tries everything, and a minute without records."""
    for number, source in enumerate(HOSTILE):
        assert served.ask("POST", "submissions", sent(source, f"marker_key-{number}"), who=WHO)[0] == 200
    served.ask("POST", "courses/basics/exercises/twice/hints", {}, who=WHO)
    served.ask("POST", "submissions/cancel", {"course": "basics", "idempotency_key": "marker_key-x"}, who=WHO)
    served.ask("POST", "submissions", sent("x", "marker_key-y", kind="marker_body"), who=WHO)
    served.ask("POST", "submissions", {"marker_body": "marker_body"}, who=WHO)
    served.ask("GET", "courses/marker_path/marker_path", who=WHO)
    raw(served, b'{"marker_body": ')
    raw(served, b"marker_body \xff")
    with_records_held(served)
    lines = served.log.read_text(errors="replace").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def raw(served: Served, body: bytes) -> None:
    """What is no JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json", "X-Who": WHO}
    connection.request("POST", "/codegym/api/submissions", body, headers)
    assert connection.getresponse().status == 400
    connection.close()


def with_records_held(served: Served) -> None:
    """Another program holds them for longer than SQLite waits."""
    holder = sqlite3.connect(served.records / "codegym.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert served.ask("POST", "submissions", sent(HOSTILE[0] + "# again", "marker_key-z"), who=WHO)[0] == 503
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.full
def test_no_line_has_a_name_a_source_or_a_hidden_value(served: Served, told: list[dict[str, Any]]) -> None:
    text = served.log.read_text(errors="replace")
    assert text.count("codegym.grading") >= 2 * len(HOSTILE), "it is a log of what was done"
    assert [marker for marker in (*MARKERS, *HIDDEN) if marker in text] == []


def test_every_line_is_json_and_says_when_how_grave_and_who_says_it(told: list[dict[str, Any]]) -> None:
    for line in told:
        assert {"time", "level", "logger", "message"} <= line.keys()
        assert line["level"] in ("debug", "info", "warning", "error", "critical")


def test_a_submissions_id_is_in_every_line_of_what_is_done_for_it(told: list[dict[str, Any]]) -> None:
    by_submission = defaultdict(list)
    for line in told:
        if "submission" in line:
            by_submission[line["submission"]].append(line)
    judged = [lines for lines in by_submission.values() if any(line["message"].startswith("judged") for line in lines)]
    assert len(judged) == len(HOSTILE)
    for lines in judged:
        loggers = {line["logger"] for line in lines}
        assert {"codegym.grading", "codegym.events"} <= loggers
        own = [line for line in lines if line["logger"] == "codegym.grading"]
        assert len({line["request"] for line in own if "request" in line}) == 1
        assert {line["offering"] for line in lines} == {"local:basics"}
        assert any("worker" in line for line in lines)


def test_what_the_database_did_not_take_says_whose_it_was(told: list[dict[str, Any]]) -> None:
    refused = [line for line in told if line["logger"] == "codegym.store" and "submission" in line]
    assert refused and all("locked" in line["message"] and "request" in line for line in refused)


def test_each_answer_is_one_line_with_its_requests_id(told: list[dict[str, Any]]) -> None:
    answers = [line for line in told if line["logger"] == "codegym.http" and " ms" in line["message"]]
    assert len(answers) >= len(HOSTILE) + 8
    assert len({line["request"] for line in answers}) == len(answers)
    assert any(line["message"].startswith("404 GET (no such address)") for line in answers)


def test_the_event_log_too_names_nobody(served: Served, told: list[dict[str, Any]]) -> None:
    events = served.events.read_text()
    assert events.count("\n") > len(HOSTILE)
    assert [marker for marker in (*MARKERS, *HIDDEN) if marker in events] == []


async def test_what_stands_before_our_address_is_in_no_line(
    call: Call, jp_base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """On a Hub that is /user/NAME/."""
    caplog.set_level(logging.DEBUG)
    await call("GET", "courses")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("codegym")]
    assert [line for line in lines if "GET /codegym/api/courses " in line]
    assert not [line for line in lines if jp_base_url.strip("/") in line]
