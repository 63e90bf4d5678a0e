"""`codegym regrade`, with a check that was wrong and is put right: the diff, the records, a crash, a stop."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contract.postgres import Server

from codegym_jlab.bulk.database import FlowDatabase, Taken
from codegym_jlab.bulk.flows import Ledger

from .conftest import Office, until

Make = Callable[..., Office]
WHY = ("--apply", "--reason", "large expected 11")
PEOPLE = 28  #: each with two answers: more than `codegym regrade` puts in one span
FEW = 12  #: of `Office.order`, with three answers in each, eight spans


def test_the_diff_of_twenty_submissions_is_right_and_only_what_may_change_is_recorded(office: Make) -> None:
    desk = office(10)
    points = {id: pair for _, _, id, pair in desk.stored.answers}
    assert len(points) == 20
    assert desk.regrade()[-1]["summary"]["submissions"] == 0, "the course is as it was"
    desk.put_right()
    *rows, last = desk.regrade()
    found: dict[str, Any] = {one["submission"]: one for row in rows for one in row["submissions"]}
    assert set(found) == desk.stored.rising | desk.stored.falling
    for id, one in found.items():
        assert tuple(one["score"]) == points[id] and one["lowers"] == (id in desk.stored.falling)
        verdicts = ["WA", "AC"] if id in desk.stored.rising else ["AC", "WA"]
        told = {"check": "large", "label": "a large number", "before": verdicts[0], "after": verdicts[1]}
        assert one["because"] == [told]
    summary = last["summary"]
    assert summary["graded"] == 20 and summary["unanswered"] == []
    assert summary["lowered"] == len(desk.stored.falling) and summary["scores"] == len(found)
    assert desk.superseded() == 0, "a dry run records nothing"

    *changed, last = desk.regrade(*WHY)
    result = last["summary"]
    assert changed == rows, "what was looked at and what was recorded are told alike"
    counted = set(summary) & set(result)
    assert counted == {"dry_run", "graded", "submissions", "people", "scores", "lowered", "unanswered"}
    assert {name for name in counted if summary[name] != result[name]} == {"dry_run"} and summary["dry_run"]
    assert result["state"] == "done" and result["recorded"] == len(desk.stored.rising)
    assert result["held"] == len(desk.stored.falling)
    histories = desk.histories()
    assert {id for id, history in histories.items() if len(history) > 1} == desk.stored.rising
    for id in desk.stored.rising:
        first, second = histories[id]
        assert second.current and second.why == "large expected 11" and second.who and second.cause == "regrade"
        assert first.superseded_by == second.judgement.id and second.judgement.seed == first.judgement.seed
        assert (first.judgement.score.points, second.judgement.score.points) == points[id]
    number, (_, exercise, id, _) = next(
        one for one in enumerate(desk.stored.answers) if one[1][2] in desk.stored.rising
    )
    asked = ["class", "history", "local:basics", f"person-{number // 2}", "--exercise", exercise, "--json"]
    (row,) = map(json.loads, desk.say(*asked).stdout.splitlines())
    told = row["history"]
    assert row["submission"] == id
    assert [(one["cause"], one["who"], one["why"], one["holds"]) for one in told] == [
        ("check", None, None, False),
        ("regrade", "local", "large expected 11", True),
    ]
    again = desk.regrade(*WHY, "--allow-lower", "--exercise", "twice")[-1]["summary"]
    falling = {id for _, exercise, id, _ in desk.stored.answers if exercise == "twice"} & desk.stored.falling
    assert again["recorded"] == len(falling), "what is as it should be is not recorded again"
    assert {row["exercise"] for row in desk.regrade()[:-1]} == {"double"}


def test_killed_in_the_middle_it_goes_on_and_nothing_is_doubled(office: Make) -> None:
    desk = office(PEOPLE, alike=999)
    desk.put_right()
    first = desk.start("regrade", str(desk.stored.folder), *WHY, "--allow-lower")
    try:
        until(lambda: desk.superseded() or first.poll() is not None)
    finally:
        first.kill()
        first.communicate()
    changed = len(desk.stored.rising | desk.stored.falling)
    assert 0 < desk.superseded() <= changed
    again = desk.say("regrade", str(desk.stored.folder), *WHY, "--allow-lower", "--json")
    result = json.loads(again.stdout.splitlines()[-1])["summary"]
    assert result["state"] == "done" and result["unanswered"] == []
    histories = desk.histories()
    assert {id for id, history in histories.items() if len(history) == 2} == desk.stored.rising | desk.stored.falling
    assert all(len(history) <= 2 for history in histories.values())
    assert all(times == 1 for times in desk.told().values())
    if "goes on" in again.stderr:
        assert result["recorded"] == changed, "what was recorded before the crash is counted"
        assert len(desk.say("flows", "list").stdout.splitlines()) == 1


def test_a_flow_is_stopped_between_its_spans_and_gone_on_with(office: Make) -> None:
    desk = office(PEOPLE, alike=999)
    desk.put_right()
    changed = len(desk.stored.rising | desk.stored.falling)
    assert isinstance(desk.records, Path)
    place = FlowDatabase(desk.records)
    ledger = Ledger(place)
    id = ledger.begin(desk.order())
    worker = desk.start("worker")
    try:
        until(lambda: (flow := ledger.find(id)) is not None and flow.done)
        ledger.cancel(id)
        with pytest.raises(Taken):
            place.take()
        stopped = ledger.find(id)
        assert stopped is not None and stopped.state == "cancelled" and stopped.done < stopped.spans
        desk.say("flows", "resume", id)
        until(lambda: (flow := ledger.find(id)) is not None and flow.state == "done")
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.communicate() and worker.returncode == 0
    flow = ledger.find(id)
    assert flow is not None and flow.result is not None and flow.result["recorded"] == changed
    ledger.close()
    assert desk.superseded() == changed
    assert all(len(history) <= 2 for history in desk.histories().values())


def test_two_workers_share_a_flow_and_one_takes_over_what_the_other_leaves(office: Make, own_database: str) -> None:
    desk = office(FEW, own_database, alike=999)
    desk.put_right()
    changed = len(desk.stored.rising | desk.stored.falling)
    ledger = Ledger(FlowDatabase(desk.records))
    workers = [desk.start("worker"), desk.start("worker")]
    try:
        for worker in workers:
            assert worker.stderr is not None and "works on flows" in worker.stderr.readline()
        id = ledger.begin(desk.order())
        until(desk.superseded)
        workers[0].kill()
        until(lambda: (flow := ledger.find(id)) is not None and flow.is_over)
    finally:
        for worker in workers:
            worker.terminate()
            worker.communicate()
    flow = ledger.find(id)
    assert flow is not None and flow.state == "done" and flow.result is not None, flow
    assert flow.result["recorded"] == changed
    ledger.close()
    histories = desk.histories()
    assert {id for id, history in histories.items() if len(history) == 2} == desk.stored.rising | desk.stored.falling
    assert all(len(history) <= 2 for history in histories.values())
    assert all(times == 1 for times in desk.told().values())


def test_a_flow_waits_for_a_database_that_is_away(office: Make, postgres: Server, own_database: str) -> None:
    desk = office(FEW, own_database, alike=999)
    desk.put_right()
    ledger = Ledger(FlowDatabase(desk.records))
    id = ledger.begin(desk.order())
    worker = desk.start("worker")
    try:
        until(desk.superseded)
        postgres.stop()
        time.sleep(1)
        postgres.start()
        until(lambda: (flow := ledger.find(id)) is not None and flow.is_over)
    finally:
        worker.terminate()
        worker.communicate()
    flow = ledger.find(id)
    ledger.close()
    assert flow is not None and flow.state == "done" and flow.result is not None, flow
    assert flow.result["recorded"] == len(desk.stored.rising | desk.stored.falling)


def test_wrong_use_is_told(office: Make, tmp_path: Path) -> None:
    desk = office(1)
    folder = str(desk.stored.folder)
    for words in (
        ("regrade", folder, "--apply"),
        ("regrade", folder, "--exercise", "no"),
        ("regrade", folder, "--offering", "no"),
        ("flows", "show", "no"),
        ("worker", "--records", str(tmp_path / "no")),
    ):
        assert desk.say(*words, exit_code=2).stderr.startswith("codegym: "), words
    assert "does not exist" in desk.say("regrade", str(tmp_path / "no"), exit_code=2).stderr


def test_a_course_that_was_changed_meanwhile_is_another_order(office: Make) -> None:
    desk = office(2)
    desk.put_right()
    assert isinstance(desk.records, Path)
    ledger = Ledger(FlowDatabase(desk.records))
    order = replace(desk.order(), course_digest="d" * 64)
    id = ledger.begin(order)
    assert ledger.under_way(order) is not None
    worker = desk.start("worker")
    try:
        until(lambda: (found := ledger.find(id)) is not None and found.is_over)
    finally:
        worker.terminate()
        worker.communicate()
    flow = ledger.find(id)
    assert flow is not None and flow.state == "failed" and "was changed since" in flow.why
    ledger.close()


def test_interrupted_a_dry_run_has_recorded_nothing_and_says_so(office: Make) -> None:
    desk = office(PEOPLE, alike=999)
    desk.put_right()
    running = desk.start("regrade", str(desk.stored.folder))
    until(lambda: running.poll() is not None or is_in_the_middle(running.pid))
    running.send_signal(signal.SIGINT)
    said = running.communicate()[1]
    assert desk.superseded() == 0
    if running.returncode:
        assert running.returncode == 1 and said == "codegym: stopped; nothing was recorded\n"


def is_in_the_middle(pid: int) -> bool:
    """Whether it has begun to grade: it has a zygote."""
    return bool(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
