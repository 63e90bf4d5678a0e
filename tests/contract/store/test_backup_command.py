"""`codegym backup` and `codegym restore` as they are typed: files, keys, what is told, and how they end."""

from __future__ import annotations

import errno
import getpass
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app

from .test_backup import hand_in, rows_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A server's data folder."""
    made = tmp_path / "server"
    made.mkdir()
    hand_in(made / "codegym.sqlite", "ana", "x = 1", "x = 2")
    (made / "server.key").write_bytes(b"s" * 32)
    (made / "receipts.key").write_bytes(b"pem")
    return made


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_there_and_back(folder: Path, tmp_path: Path) -> None:
    done = run("backup", "-o", tmp_path / "b.zip", "--records", folder)
    assert done.exit_code == 0, done.output
    assert "2 submissions of 1 people" in done.stdout
    assert "keys are not in it" in done.stderr
    new = tmp_path / "new"
    new.mkdir()
    seen = run("restore", tmp_path / "b.zip", "--dry-run", "--json", "--records", new / "codegym.sqlite")
    assert json.loads(seen.stdout)["rows"]["submissions"] == 2
    assert not any(new.iterdir())
    done = run("restore", tmp_path / "b.zip", "--records", new / "codegym.sqlite")
    assert done.exit_code == 0 and "restored: 2 submissions" in done.stdout
    assert restored(new / "codegym.sqlite") == {**rows_of(folder / "codegym.sqlite"), "staff_acts": []}
    assert [file.name for file in new.iterdir()] == ["codegym.sqlite"], "no keys"


def restored(place: Path) -> dict[str, Any]:
    """The rows, without the one line that says that they were restored."""
    found = rows_of(place)
    assert [row[5] for row in found.pop("staff_acts")] == ["restore"]
    return {**found, "staff_acts": []}


def test_a_backup_stands_in_the_audit_log_and_is_made_where_it_cannot(folder: Path, tmp_path: Path) -> None:
    """As where the disk is full, or the records are of an older form, which a backup leaves as it is."""
    run("backup", "-o", tmp_path / "b.zip", "--with-keys", "--records", folder)
    (line,) = (json.loads(line) for line in run("class", "audit", "--json", "--records", folder).stdout.splitlines())
    made = {"path": str(tmp_path / "b.zip"), "with_keys": True}
    assert (line["act"], line["who"], line["what"]) == ("backup", getpass.getuser(), made)
    with closing(sqlite3.connect(folder / "codegym.sqlite")) as db:
        db.execute("ALTER TABLE staff_acts RENAME TO other")
    done = run("backup", "-o", tmp_path / "c.zip", "--records", folder)
    assert done.exit_code == 0 and "the audit log has no line of this" in done.stderr, done.output
    assert run("restore", tmp_path / "c.zip", "--dry-run").exit_code == 0


def test_who_has_no_name_here_makes_a_backup(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container under any number."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 54_321)
    done = run("backup", "-o", tmp_path / "b.zip", "--records", folder)
    assert done.exit_code == 0 and "the audit log has no line of this" in done.stderr, done.output


def test_a_folder_gets_files_named_by_time(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    names = [json.loads(run("backup", "-o", kept, "--json", "--records", folder).stdout)["file"] for _ in range(2)]
    assert sorted(str(file) for file in kept.iterdir()) == sorted(names) and len(set(names)) == 2


def test_keys_of_records_in_a_database_are_in_the_data_folder(
    own_database: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line has no jupyter_server_config.py: it is told by the environment; what is not found is said."""
    monkeypatch.setenv("CODEGYM_DATABASE", own_database)
    monkeypatch.setenv("CODEGYM_DATA_DIR", str(tmp_path))
    done = run("backup", "-o", tmp_path / "without.zip", "--with-keys")
    assert done.exit_code == 0 and "not in it: receipts.key and server.key" in " ".join(done.stderr.split())
    monkeypatch.setenv("CODEGYM_DATA_DIR", str(folder))
    done = run("backup", "-o", tmp_path / "with.zip", "--with-keys", "--json")
    assert json.loads(done.stdout)["keys"] == ["receipts.key", "server.key"] and not done.stderr


def test_keys_only_where_asked_for_and_never_over_others(folder: Path, tmp_path: Path) -> None:
    run("backup", "-o", tmp_path / "b.zip", "--with-keys", "--records", folder)
    new = tmp_path / "new"
    done = run("restore", tmp_path / "b.zip", "--records", new / "codegym.sqlite")
    assert done.exit_code == 0, done.output
    assert (new / "server.key").read_bytes() == b"s" * 32 and (new / "receipts.key").read_bytes() == b"pem"
    assert (new / "server.key").stat().st_mode & 0o777 == 0o600

    (new / "receipts.key").write_bytes(b"another")
    before = rows_of(new / "codegym.sqlite")
    done = run("restore", tmp_path / "b.zip", "--records", new / "codegym.sqlite")
    assert done.exit_code == 1 and "different receipts.key" in done.stderr
    assert rows_of(new / "codegym.sqlite") == before
    done = run("restore", tmp_path / "b.zip", "--replace", "--records", new / "codegym.sqlite")
    assert done.exit_code == 0 and "are kept in" in done.stderr
    assert (new / "receipts.key").read_bytes() == b"pem"
    assert [file.read_bytes() for file in new.glob("receipts.key.before-*")] == [b"another"]
    (kept,) = (new / "backups").iterdir()
    assert json.loads(run("restore", kept, "--dry-run", "--json").stdout)["keys"] == ["receipts.key", "server.key"]


def test_keys_that_cannot_be_put_are_told_beside_records_that_were(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run("backup", "-o", tmp_path / "b.zip", "--with-keys", "--records", folder)
    new = tmp_path / "new"
    monkeypatch.setattr("codegym_jlab.cli.records.write_once", full)
    done = run("restore", tmp_path / "b.zip", "--records", new / "codegym.sqlite")
    assert done.exit_code == 1 and "the records are restored, but" in done.stderr and done.stderr.count("\n") == 1
    assert restored(new / "codegym.sqlite") == {**rows_of(folder / "codegym.sqlite"), "staff_acts": []}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("backup", "-o", "b.zip", "--records", "nowhere.sqlite"), 2, "no records found at"),
        (("backup", "-o", "no/such/folder.zip", "--records", "server"), 1, "there is no folder no/such"),
        (("restore", "nothing.zip", "--records", "new.sqlite"), 1, "There is no file"),
        (("restore", "server/codegym.sqlite", "--records", "new.sqlite"), 1, "is damaged"),
    ],
)
def test_one_plain_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(folder.parent)
    done = run(*words)
    assert done.exit_code == code
    assert done.stderr.startswith("codegym: ") and said in done.stderr and done.stderr.count("\n") == 1
