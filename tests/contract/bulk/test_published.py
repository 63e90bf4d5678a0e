"""A class is regraded against what is published for it, unless a folder is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from contract.stored import filled, write_course
from typer.testing import CliRunner

from codegym_jlab.cli import app
from codegym_jlab.store.classes import Offering

AUTUMN = Offering("autumn", "basics", "Basics")


def say(*words: str) -> list[Any]:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_class_is_regraded_by_what_is_published_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CODEGYM_DATABASE", "")
    records, folder = tmp_path / "records.sqlite", tmp_path / "basics"
    stored = filled(records, folder, 4, offering=AUTUMN)
    beside = ("--offering", "autumn", "--records", str(records), "--json")
    none = CliRunner().invoke(app, ["regrade", *beside])
    assert none.exit_code == 2 and "nothing is published" in none.stderr
    say("publish", str(folder), "--anyway", *beside)
    write_course(folder, expected=10)
    assert say("regrade", *beside)[-1]["summary"]["submissions"] == 0, "the folder is not what the class sees"
    changed = len(stored.rising | stored.falling)
    assert say("regrade", str(folder), *beside)[-1]["summary"]["submissions"] == changed > 0
    say("publish", str(folder), "--anyway", *beside)
    write_course(folder, expected=11)
    done = say("regrade", "--apply", "--reason", "large expected 11", "--allow-lower", *beside)[-1]["summary"]
    assert done["state"] == "done" and done["recorded"] == changed
    assert say("regrade", *beside)[-1]["summary"]["submissions"] == 0


def test_without_a_folder_a_class_has_to_be_named() -> None:
    for words in (["regrade"], ["regrade", "--offering", "local:basics"]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 2 and "a class: --offering ID" in done.stderr
