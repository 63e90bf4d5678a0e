"""Opening a unit again: what the course changed comes in, and not a character of the student's is lost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from server.conftest import Call, answer, word

from codegym_jlab.grading.workspace import ChangedMeanwhile, Folder

OPEN = "courses/demo/units/one/open"
MINE = "def add(a, b):\n    return a + b  # mine: ä, 🐍"


class Desk:
    """The student's folder and the author's, side by side."""

    def __init__(self, call: Call, root: Path, courses: Path) -> None:
        self.call = call
        self.folder = root / "demo"
        self.course = courses / "demo"
        self.path = self.folder / "one.ipynb"

    async def open(self, **more: Any) -> dict[str, Any]:
        """Open unit one; the answer."""
        response = await self.call("POST", OPEN, **more)
        assert response.code == 200, response.body
        opened: dict[str, Any] = answer(response)
        return opened

    @property
    def notebook(self) -> dict[str, Any]:
        """As it is on disk."""
        loaded: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return loaded

    def source(self, cell: str) -> str:
        """The text of one cell on disk."""
        return "".join(next(c["source"] for c in self.notebook["cells"] if c.get("id") == cell))

    def edit(self, cell: str, source: str) -> None:
        """The student writes into a cell and saves."""
        notebook = self.notebook
        next(c for c in notebook["cells"] if c["id"] == cell)["source"] = source
        self.path.write_text(json.dumps(notebook), "utf-8")

    def author(self, old: str, new: str, file: str = "one.yaml") -> None:
        """The author changes the course."""
        path = self.course / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    @property
    def copies(self) -> list[Path]:
        """Backups, oldest first."""
        return sorted((self.folder / "backups").glob("*"))


@pytest.fixture
def desk(call: Call, jp_root_dir: Path, courses_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("codegym_jlab.handlers.lifecycle.LOOK_S", 0)
    return Desk(call, jp_root_dir, courses_dir)


def codes(opened: dict[str, Any]) -> list[str]:
    return [notice["code"] for notice in opened["notices"]]


async def test_a_new_statement_comes_in_and_the_answer_stays(desk: Desk) -> None:
    await desk.open()
    desk.edit("add-answer", MINE)
    before = desk.path.read_bytes()
    desk.author("Write `add(a, b)`.", "Write `add(a, b)`, the sum.")
    opened = await desk.open()
    assert codes(opened) == ["statement_changed", "copy_kept"]
    assert "the sum" in desk.source("add-statement")
    assert desk.source("add-answer") == MINE
    assert [copy.read_bytes() for copy in desk.copies] == [before]
    assert opened["notices"][-1]["args"]["path"] == f"demo/backups/{desk.copies[0].name}"
    after = desk.path.read_bytes()
    assert codes(await desk.open()) == []
    assert desk.path.read_bytes() == after
    assert len(desk.copies) == 1


def given(notebook: dict[str, Any]) -> list[str]:
    """Texts of the cells that are not of an exercise."""
    return ["".join(c["source"]) for c in notebook["cells"] if c["metadata"].get("codegym", {}).get("role") == "given"]


async def test_a_given_cell_that_changed_takes_the_place_of_the_old_one(desk: Desk) -> None:
    await desk.open()
    before = given(desk.notebook)
    desk.author("numbers = [3, 1, 2]", "numbers = [3, 1, 4]")
    assert codes(await desk.open()) == ["cell_changed", "copy_kept"]
    assert given(desk.notebook) == [text.replace("1, 2]", "1, 4]") for text in before]
    assert len(desk.notebook["cells"]) == len(before) + 2 * len(
        [c for c in desk.notebook["cells"] if c["metadata"]["codegym"]["role"] == "answer"]
    )
    assert codes(await desk.open()) == []


async def test_a_given_cell_that_changed_while_the_notebook_was_open_is_known_again(desk: Desk, call: Call) -> None:
    await desk.open()
    desk.author("numbers = [3, 1, 2]", "numbers = [3, 1, 4]")
    sent = desk.notebook
    mended = answer(await call("POST", "notebooks/repair", {"notebook": sent}))
    assert "numbers = [3, 1, 2]" in given(mended["notebook"]), "its mark is what the next opening knows it by"


async def test_a_given_cell_that_both_changed_is_kept_beside_the_new_one(desk: Desk) -> None:
    await desk.open()
    name = next(c["id"] for c in desk.notebook["cells"] if "numbers" in "".join(c["source"]))
    desk.edit(name, "numbers = [3, 1, 2]  # mine")
    desk.author("numbers = [3, 1, 2]", "numbers = [3, 1, 4]")
    assert codes(await desk.open()) == ["kept_as_yours", "cell_new", "copy_kept"]
    texts = ["".join(c["source"]) for c in desk.notebook["cells"]]
    assert "numbers = [3, 1, 2]  # mine" in texts and "numbers = [3, 1, 4]" in texts


async def test_a_changed_hidden_check_changes_nothing_that_a_student_sees(desk: Desk) -> None:
    await desk.open()
    desk.edit("add-answer", MINE)
    before = desk.notebook
    desk.author("add(987001, 0)", "add(987002, 0)")
    desk.author("equals: 987001", "equals: 987002")
    assert codes(await desk.open()) == []
    after = desk.notebook
    assert desk.source("add-answer") == MINE
    assert before["metadata"].pop("codegym") != after["metadata"].pop("codegym")
    assert before["metadata"] == after["metadata"]
    assert desk.copies == []


async def test_a_notebook_of_an_older_format_is_put_right(desk: Desk) -> None:
    await desk.open()
    desk.edit("add-answer", MINE)
    notebook = desk.notebook
    for cell in notebook["cells"]:
        del cell["id"]
    notebook |= {"nbformat_minor": 0}
    desk.path.write_text(json.dumps(notebook))
    opened = await desk.open()
    assert "copy_kept" in codes(opened)
    assert desk.notebook["nbformat_minor"] == 5
    assert desk.source("add-answer") == MINE
    assert codes(await desk.open()) == []


async def test_what_is_no_notebook_is_set_aside(desk: Desk) -> None:
    await desk.open()
    for content in [b"", b"{", b"\xff\xfe\x00", b"[]", b'{"a": ' * 100_000, b"null"]:
        desk.path.write_bytes(content)
        opened = await desk.open()
        assert (opened["created"], codes(opened)) == (True, ["unreadable_kept"])
        (copy,) = desk.copies
        assert copy.read_bytes() == content
        copy.unlink()
        assert desk.source("add-answer") == "def add(a, b):\n    ..."


async def test_half_a_character_is_kept(desk: Desk) -> None:
    await desk.open()
    desk.edit("add-answer", "x = '\ud800'")
    desk.author("Write `add(a, b)`.", "Add.")
    await desk.open()
    assert desk.source("add-answer") == "x = '\ud800'"


async def test_a_renamed_notebook_is_found(desk: Desk) -> None:
    opened = await desk.open()
    desk.edit("add-answer", MINE)
    desk.path.rename(desk.folder / "My first unit.ipynb")
    again = await desk.open()
    assert again == {**opened, "created": False, "path": "demo/My first unit.ipynb"}
    assert not desk.path.exists()


async def test_data_files(desk: Desk) -> None:
    await desk.open()
    data = desk.folder / "data" / "rain.csv"
    desk.author("Mon,3", "Mon,4", "data/rain.csv")
    assert codes(await desk.open()) == []
    assert "Mon,4" in data.read_text()
    data.write_text("mine")
    desk.author("Mon,4", "Mon,5", "data/rain.csv")
    assert codes(await desk.open()) == ["file_kept"]
    assert data.read_text() == "mine"
    data.unlink()
    assert codes(await desk.open()) == []
    assert "Mon,5" in data.read_text()


async def test_two_tabs_open_it_at_once(desk: Desk) -> None:
    opened = await asyncio.gather(*(desk.open() for _ in range(5)))
    assert sorted(one["created"] for one in opened) == [False, False, False, False, True]


async def test_a_save_in_between_is_merged_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.open()
    desk.author("Write `add(a, b)`.", "Add.")
    write, saved = Folder.write, []

    def saved_in_between(self: Folder, path: Path, *args: Any, **named: Any) -> None:
        if path == desk.path and not saved:
            saved.append(True)
            desk.edit("add-answer", MINE)
        write(self, path, *args, **named)

    monkeypatch.setattr(Folder, "write", saved_in_between)
    await desk.open()
    assert desk.source("add-answer") == MINE
    assert "Add." in desk.source("add-statement")


async def test_a_file_that_is_always_being_saved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.open()
    desk.author("Write `add(a, b)`.", "Add.")
    before = desk.path.read_bytes()

    def busy(*_: Any, **__: Any) -> None:
        raise ChangedMeanwhile

    monkeypatch.setattr(Folder, "write", busy)
    monkeypatch.setattr(Folder, "keep_copy", lambda self, path, *_: path)
    response = await desk.call("POST", OPEN)
    assert (response.code, word(response)) == (409, "file_busy")
    assert desk.path.read_bytes() == before


async def test_a_link_out_of_the_folder(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    desk.folder.symlink_to(tmp_path / "elsewhere")
    response = await desk.call("POST", OPEN)
    assert (response.code, word(response)) == (409, "outside_folder")
    assert not any((tmp_path / "elsewhere").iterdir())  # noqa: ASYNC240


async def test_a_folder_that_cannot_be_written(desk: Desk) -> None:
    desk.folder.write_text("a file of this name")
    response = await desk.call("POST", OPEN)
    assert (response.code, word(response)) == (409, "cannot_write")
