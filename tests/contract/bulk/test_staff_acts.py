"""Each command that changes records, or exports scores or a person, is in the audit log. A new one is asked for."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.stored import Stored, write_course
from contract.test_marking_command import DRAFTS, UNIT, hand_in
from moments import NOON
from typer.main import get_command

from codegym_jlab.bulk.database import FlowDatabase
from codegym_jlab.bulk.flows import Ledger
from codegym_jlab.bulk.steps import Order
from codegym_jlab.cli import app
from codegym_jlab.course.loader import load_course
from codegym_jlab.course.notebook import unit_notebook
from codegym_jlab.records import Event, State, new_id
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import HintGiven, Step, Ticket
from codegym_jlab.store.classes import Offering

from ..store.conftest import Desk
from .conftest import Office
from .test_draft import RIGHT, said

#: Nothing is another afterwards; `mcp` does a student's work, `worker` what others ordered.
READ = {
    "author drafts", "class audit", "class hardest", "class history", "class list", "class members",
    "class policy history", "class policy show", "class progress", "class questions", "class review", "class scores",
    "class show", "class stuck", "class teams list", "class tickets", "class versions", "class withheld",
    "class wrong", "events dead", "events tail", "flows list", "flows show", "mcp", "worker",
}  # fmt: skip
#: By what their line calls it.
ACT = {
    "author accept": "accept", "author draft": "draft", "author stop": "draft", "backup": "backup",
    "class answer": "answer", "class change": "change", "class enrol": "members", "class extend": "extend",
    "class leave": "members", "class mark": "mark", "class new": "make", "class policy clear": "policy",
    "class policy set": "policy", "class teams leave": "teams", "class teams rename": "teams",
    "class teams set": "teams", "events resend": "resend", "export scores": "export", "flows cancel": "cancel",
    "flows resume": "resume", "import": "import", "parked": "retry", "person erase": "erase",
    "person export": "export", "publish": "publish", "regrade": "regrade", "restore": "restore",
    "retention": "retention",
}  # fmt: skip
ID, HERE = "basics-autumn", "local:basics"


def with_records(group: Any, *names: str) -> Iterator[str]:
    """Each command that opens records."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from with_records(command, *names, name)
        elif any(one.name == "records" for one in command.params):
            yield " ".join((*names, name))


def test_each_command_with_records_reads_or_acts() -> None:
    assert sorted(with_records(get_command(app))) == sorted([*READ, *ACT])


class Staff(Office):
    """What they type, and what stands in the audit log then."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "codegym.sqlite", Stored(write_course(folder / "basics", 10), ()))
        self.did = set[str]()

    def act(self, command: str, *words: str) -> Any:
        """It is done and leaves a line, the newest, under its name; what it said, as JSON."""
        before = self.lines() if self.did else []
        done = self.say(*command.split(), *words)
        self.did.add(command)
        new, *_ = after = self.lines()
        assert len(after) > len(before) and new["act"] == ACT[command], f"`{command}` left no line"
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.say("class", "audit", "--json").stdout.splitlines()]


async def waits_for_staff(records: Path) -> str:
    """Something is parked, an event is dead, a question is open; returns the question's id."""
    store: Store = store_at(records)
    await store.open()
    who = await store.enrol(Offering(HERE, "basics", "Basics"), "ana")
    desk = Desk(store, Offering(HERE, "basics", "Basics"), who, "double", "two")
    await desk.judged(desk.send(), step=Step(State.PARKED, desk.line()))
    event = Event("hint:1", "hint_given", who.person, HERE, NOON, {"rung": 1})
    await store.give_hint(HERE, who.person, "double", lambda before, _: (HintGiven(1, NOON), before, event))
    (*_, last) = await store.undelivered(99)
    await store.gave_up(last.place, "log", {"log"})
    asked = Ticket(new_id(), HERE, who.person, "double", NOON, "Why?", {})
    await store.add_ticket(asked)
    await store.close()
    return asked.id


@pytest.fixture
def staff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staff:
    for name, value in {"JUPYTER_DATA_DIR": tmp_path / "jupyter", "CODEGYM_COURSES": tmp_path}.items():
        monkeypatch.setenv(name, str(value))
    (tmp_path / "config.yaml").write_text("courses: [basics]\n")
    made = Staff(tmp_path)
    (made.stored.folder / "course.yaml").write_text(
        "schema: 1\nid: basics\ntitle: Basics\nunits: [one, two, essays]\n" + DRAFTS
    )
    (made.stored.folder / "essays.yaml").write_text(UNIT)
    return made


def of_a_class(staff: Staff, folder: Path) -> None:
    unit = ("--unit", "one")
    staff.act("class new", "basics", "--term", "autumn", "--time-zone", "UTC", "--instructor", "prof")
    staff.act("class change", ID, "--title", "Autumn")
    staff.act("class enrol", ID, "ana", "ben")
    staff.act("class leave", ID, "ben")
    staff.act("publish", str(staff.stored.folder), "--offering", ID, "--anyway")
    staff.act("class policy set", ID, "due=2099-12-01T18:00", *unit, "--why", "plan")
    staff.act("class policy set", ID, "attempts=3", "--why", "plan")
    staff.act("class policy clear", ID, "attempts", "--why", "plan")
    staff.act("class extend", ID, "ana", *unit, "--by", "2d", "--why", "ill")
    staff.act("class teams set", ID, "red", "ana", *unit)
    staff.act("class teams rename", ID, "red", "blue", *unit)
    staff.act("class teams leave", ID, "ana", *unit)
    staff.act("export scores", ID, "--csv", str(folder / "scores.csv"))
    (folder / "mail" / "ana").mkdir(parents=True)
    loaded = load_course(staff.stored.folder)
    (folder / "mail" / "ana" / "one.ipynb").write_text(json.dumps(unit_notebook(loaded, loaded.unit("one"))))
    staff.act("import", ID, str(folder / "mail"), "--received-at", "2026-10-27T10:00", "--reason", "by mail")


def of_answers(staff: Staff, folder: Path) -> None:
    records = folder / "codegym.sqlite"
    essay, _ = (asyncio.run(hand_in(records, staff.stored.folder, "ana", of, "x")) for of in ("note", "twice"))
    ticket = asyncio.run(waits_for_staff(records))
    staff.act("class mark", HERE, essay, "1", "--comment", "good")
    staff.act("class answer", HERE, ticket, "Look at line 2.")
    staff.act("parked", HERE, "--retry")
    staff.act("events resend")
    staff.act("regrade", str(staff.stored.folder), "--apply", "--reason", "a check was wrong", "--exercise", "twice")


def of_flows(staff: Staff, folder: Path) -> None:
    ledger = Ledger(FlowDatabase(folder / "codegym.sqlite"))
    flow = ledger.begin(Order(str(staff.stored.folder), "d", HERE, ["twice"], "nobody", "why", False))
    for command, state in (("flows cancel", "cancelled"), ("flows resume", "waiting")):
        (told,) = staff.act(command, flow, "--json")
        line = staff.lines()[0]
        assert (told["state"], line["offering"], line["what"]) == (state, HERE, {"flow": flow})
    staff.say("flows", "cancel", flow)
    before = staff.lines()
    staff.say("flows", "cancel", flow)
    assert staff.lines() == before, "it has ended: nothing is done"
    ledger.close()


def of_an_author_who_is_in_no_class(staff: Staff, folder: Path) -> None:
    script = folder / "model.yaml"
    script.write_text(json.dumps([{"say": said(RIGHT | {"id": "drafted"}), "times": 1}]))
    words = ("doubling", "--unit", "one", "--llm", f"scripted:{script}", "--json")
    *_, draft = staff.act("author draft", str(staff.stored.folder), *words)
    staff.act("author accept", draft["id"])
    staff.act("author stop", draft["id"])
    author = getpass.getuser()
    staff.act("person export", author, "-o", str(folder / "author.zip"))
    assert all((one["who"], one["offering"]) == (author, None) for one in staff.lines())
    staff.act("person erase", author, "--yes", "--reason", "asked")


def of_the_records(staff: Staff, folder: Path) -> None:
    staff.act("person export", "ana", "-o", str(folder / "ana.zip"))
    staff.act("person erase", "ana", "--yes", "--reason", "asked")
    staff.act("retention", "--apply")
    staff.act("backup", "-o", str(folder / "all.zip"))
    staff.act("restore", str(folder / "all.zip"), "--replace")


@pytest.mark.full
def test_each_act_of_staff_leaves_a_line(staff: Staff, tmp_path: Path) -> None:
    """Each goes on from the one before, so they are one test."""
    of_an_author_who_is_in_no_class(staff, tmp_path)
    of_a_class(staff, tmp_path)
    of_answers(staff, tmp_path)
    of_flows(staff, tmp_path)
    of_the_records(staff, tmp_path)
    assert staff.did == set(ACT)
