"""Which ids a log's lines have, and what of an error is told."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from codegym_jlab.telemetry import logs, traces

log = logging.getLogger("codegym.tried")


class Told:
    """A server's log and what it wrote."""

    def __init__(self, format: str) -> None:
        self.stream = io.StringIO()
        self.server = logging.Logger("Server", logging.DEBUG)
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(logging.Formatter("[%(name)s] %(message)s"))
        self.server.addHandler(handler)
        self.undo = logs.set_up(self.server, format)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    made = Told(getattr(request, "param", "json"))
    yield made
    made.undo()


plain = pytest.mark.parametrize("told", ["plain"], indirect=True)


def test_a_line_is_json_with_time_level_logger_and_ids(told: Told) -> None:
    with traces.bind(submission="s1", offering="local:demo", request=None):
        log.warning("two\nlines of %s", "words")
    log.info("later")
    told.server.info("Jupyter's own")
    first, second, third = told.lines
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "warning",
        "logger": "codegym.tried",
        "message": "two\nlines of words",
        "submission": "s1",
        "offering": "local:demo",
    }
    assert "submission" not in second
    assert third["logger"] == "Server"


@plain
def test_plain_lines_have_the_ids_behind_the_message(told: Told) -> None:
    with traces.bind(submission="s1"):
        log.warning("100 %")
        told.server.info("Jupyter's own")
    log.info("later")
    assert told.text == "[codegym.tried] 100 % [submission=s1]\n[Server] Jupyter's own\n[codegym.tried] later\n"


def test_ids_go_along_into_tasks_and_threads_and_no_further(told: Told) -> None:
    async def work() -> None:
        traces.bind_for_good(worker="w")
        await asyncio.to_thread(log.info, "thread")

    async def begin() -> None:
        with traces.bind(submission="s1"):
            task = asyncio.create_task(work())
        await task
        log.info("after")

    asyncio.run(begin())
    first, second = told.lines
    assert (first["submission"], first["worker"]) == ("s1", "w")
    assert not {"submission", "worker"} & set(second)


def test_of_a_foreign_error_the_type_is_told_and_not_the_text(told: Told) -> None:
    secret, more = "what the student wrote", "and the rest of it"
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(more) from error
    except ValueError:
        log.exception("could not be judged")
    (line,) = told.lines
    assert secret not in told.text and more not in told.text
    assert line["error"].count("ValueError") >= 1 and "KeyError" in line["error"]
    assert "test_logs.py" in line["error"]


@plain
def test_so_it_is_in_plain_lines(told: Told) -> None:
    secret = "what the student wrote"
    try:
        raise KeyError(secret)
    except KeyError:
        log.exception("could not be judged")
    assert "KeyError" in told.text and secret not in told.text


def test_our_own_errors_and_the_systems_say_what_they_are(told: Told) -> None:
    from codegym_jlab.store.base import StoreUnavailable

    for error in (StoreUnavailable("the disk is full"), FileNotFoundError(2, "No such file", "/home/ada")):
        log.error("so", exc_info=error)
    first, second = told.lines
    assert first["error"].endswith("StoreUnavailable: the disk is full")
    assert second["error"].endswith("FileNotFoundError: No such file")


@pytest.mark.parametrize("given", ["0123456789abcdef", "a" * 64, "3f2c-77.x_1"])
def test_a_fit_request_id_is_kept(given: str) -> None:
    assert traces.request_id(given) == given


@pytest.mark.parametrize(
    "given", [None, "", "short", "a" * 65, "with space in", "ada@example.org!", "é" * 10, "-dashed--"]
)
def test_another_is_replaced(given: str | None) -> None:
    assert traces.request_id(given) != given


def test_undo_leaves_the_log_as_it_was() -> None:
    parent, level = logs.log.parent, logs.log.level
    made = Told("json")
    assert logs.log.parent is made.server
    made.undo()
    assert (logs.log.parent, logs.log.level) == (parent, level)
    made.server.info("again plain")
    assert made.text == "[Server] again plain\n"


def test_a_level_that_was_asked_for_holds() -> None:
    server = logging.Logger("Server", logging.DEBUG)
    server.addHandler(logging.StreamHandler(io.StringIO()))
    undo = logs.set_up(server, "plain", "ERROR")
    try:
        assert not log.isEnabledFor(logging.WARNING) and log.isEnabledFor(logging.ERROR)
    finally:
        undo()
