"""`codegym person`: given to them, and taken away, from a class judged for real."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.stored import Stored, filled
from moments import NOON
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app
from codegym_jlab.store import store_at
from codegym_jlab.store.base import ExerciseDraft

Person = Callable[..., Result]
PEOPLE = 4


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stored]:
    folder = tmp_path_factory.mktemp("class")
    (folder / "config.yaml").write_text("courses: [basics]\n")
    return folder, filled(folder / "codegym.sqlite", folder / "basics", PEOPLE, each=2)


@pytest.fixture
def records(made: tuple[Path, Stored], tmp_path: Path) -> Path:
    """A copy, to erase from."""
    with sqlite3.connect(made[0] / "codegym.sqlite") as source, sqlite3.connect(tmp_path / "codegym.sqlite") as copy:
        source.backup(copy)
    copy.close()
    source.close()
    return tmp_path / "codegym.sqlite"


@pytest.fixture
def person(made: tuple[Path, Stored], records: Path) -> Person:
    runner = CliRunner(env={"CODEGYM_COURSES": str(made[0])})
    return lambda *words: runner.invoke(app, ["person", *words, "--records", str(records)])


def test_export_holds_what_was_sent_with_judgement_and_receipt(
    made: tuple[Path, Stored], person: Person, tmp_path: Path
) -> None:
    result = person("export", "person-1", "-o", str(tmp_path / "mine.zip"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mine.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    sources = [text for name, text in files.items() if name.endswith("/answer.txt")]
    assert len(sources) == 4 and all("# 1." in text for text in sources)
    views = [json.loads(text)["judgement"] for name, text in files.items() if name.endswith("/submission.json")]
    hidden = [check for view in views for check in view["checks"] if check["hidden"]]
    assert hidden and all(set(check) <= {"label", "hidden", "verdict", "status", "message"} for check in hidden)
    assert len([name for name in files if name.endswith("/receipt.json")]) == 4
    again = person("export", "person-1", "-o", str(tmp_path / "mine.zip"))
    assert again.exit_code == 2, "no file is written over"
    assert person("export", "nobody", "-o", str(tmp_path / "none.zip")).exit_code == 1


def test_erase_says_what_it_would_do_then_does_it_once(
    made: tuple[Path, Stored], person: Person, records: Path
) -> None:
    before = _scores(records)
    planned: dict[str, Any] = json.loads(person("erase", "person-2", "--dry-run", "--json").stdout)
    assert (planned["erased"], planned["submissions"], planned["judgements"]) == (False, 4, 4)
    assert b"# 2.0" in records.read_bytes()
    done = person("erase", "person-2", "--yes", "--reason", "asked in writing", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {**planned, "erased": True}
    raw = b"".join(file.read_bytes() for file in records.parent.glob("codegym.sqlite*"))
    assert b"# 2.0" not in raw and b"person-2" not in raw and b"# 3.0" in raw
    assert _scores(records) == before, "scores stay"
    again = person("erase", "person-2", "--yes", "--reason", "once more")
    assert again.exit_code == 0 and "nothing is kept of person-2" in again.stderr
    with sqlite3.connect(records) as db:
        told = db.execute("SELECT offering, person, why FROM erasures").fetchall()
    db.close()
    assert told == [("local:basics", planned["person"], "asked in writing")]


def _scores(records: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(records) as db:
        asked = "SELECT person, exercise, counting_score, solved, attempts FROM progress ORDER BY 1, 2"
        found = db.execute(asked).fetchall()
    db.close()
    return found


def test_an_erased_person_is_in_no_list_and_still_counts(
    made: tuple[Path, Stored], person: Person, records: Path
) -> None:
    where, runner = ["--records", str(records)], CliRunner(env={"CODEGYM_COURSES": str(made[0])})

    def ask(*words: str) -> list[Any]:
        result = runner.invoke(app, [*words, *where, "--json"])
        assert result.exit_code == 0, result.output
        return [json.loads(text) for text in result.stdout.splitlines()]

    spread, hardest = ask("class", "scores", "local:basics"), ask("class", "hardest", "local:basics")
    assert person("erase", "person-0", "--yes", "--reason", "asked").exit_code == 0
    assert ask("class", "scores", "local:basics") == spread and ask("class", "hardest", "local:basics") == hardest
    assert [row["account"] for row in ask("class", "progress", "local:basics")] == ["person-1", "person-2", "person-3"]
    text = runner.invoke(app, ["export", "scores", "local:basics", "--csv", "-", *where]).stdout
    assert text.count("person-") == PEOPLE - 1


@pytest.mark.parametrize(
    "words",
    [
        ("erase", "person-0"),
        ("erase", "person-0", "--yes"),
        ("erase", "person-0", "--yes", "--dry-run", "--reason", "x"),
        ("erase", "person-0", "--dry-run", "--offering", "nowhere"),
    ],
)
def test_wrong_use_erases_nothing(person: Person, records: Path, words: tuple[str, ...]) -> None:
    assert person(*words).exit_code == 2
    assert b"person-0" in records.read_bytes()


def test_drafts_of_exercises_are_theirs_too_also_of_an_author_in_no_class(
    person: Person, records: Path, tmp_path: Path
) -> None:
    async def draft() -> None:
        store = store_at(records)
        await store.open()
        for who in ("person-1", "an-author", "another"):
            ordered = {"topic": f"loops for {who}", "course_dir": "/srv/courses"}
            await store.add_exercise_draft(ExerciseDraft(f"d-{who}", who, ordered, NOON, [{"yaml": "id: x"}]))
        for number in range(101):
            await store.add_exercise_draft(ExerciseDraft(f"m-{number}", "busy", {"topic": "loops"}, NOON, []))
        await store.close()

    asyncio.run(draft())
    for who in ("person-1", "an-author"):
        file = tmp_path / f"{who}.zip"
        assert person("export", who, "-o", str(file)).exit_code == 0
        with zipfile.ZipFile(file) as archive:
            (told,) = json.loads(archive.read("exercise-drafts.json"))
        assert told["ordered"] == {"topic": f"loops for {who}"} and told["attempts"] == [{"yaml": "id: x"}]
        planned = person("erase", who, "--dry-run", "--json").stdout
        assert json.loads(planned)["exercise_drafts"] == 1
        assert person("erase", who, "--yes", "--reason", "asked").exit_code == 0
        assert who.encode() not in records.read_bytes()
    assert b"loops for another" in records.read_bytes()
    assert json.loads(person("erase", "busy", "--dry-run", "--json").stdout)["exercise_drafts"] == 101, "all are told"
