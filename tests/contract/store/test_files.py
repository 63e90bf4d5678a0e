"""Records are their owner's alone, whoever made the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegym_jlab.store import store_at
from codegym_jlab.store.backup import save
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.sqlite import record_files

pytestmark = pytest.mark.anyio


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in record_files(folder / "codegym.sqlite")}


async def made(folder: Path) -> None:
    store = store_at(folder / "codegym.sqlite")
    await store.open()
    await store.enrol(Offering("o", "c", "C"), "ana")
    found = modes(folder)
    assert {"codegym.sqlite", "codegym.sqlite-wal", "codegym.sqlite-shm"} <= found.keys()
    assert set(found.values()) == {0o600}
    await store.close()


async def test_in_a_folder_that_was_there_before_nobody_else_reads_them(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    before = os.umask(0o022)
    try:
        await made(tmp_path)
        save(tmp_path / "codegym.sqlite", tmp_path / "codegym-now.zip")
    finally:
        os.umask(before)
    found = modes(tmp_path)
    assert "codegym-now.zip" in found and set(found.values()) == {0o600}


async def test_what_others_could_read_before_is_tightened(tmp_path: Path) -> None:
    await made(tmp_path)
    for name in ("codegym.sqlite", "server.key", "receipts.key", "flows.sqlite-wal"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "notes.txt").chmod(0o644)
    assert 0o644 in modes(tmp_path).values()
    await made(tmp_path)
    assert (tmp_path / "notes.txt").stat().st_mode & 0o777 == 0o644
