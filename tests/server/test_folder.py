"""Files in the student's folder: whole or not at all, never over someone else's, never outside."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from codegym_jlab.grading import workspace as room
from codegym_jlab.grading.workspace import ArchiveTooLarge, ChangedMeanwhile, Folder, OutsideFolder

NOW = datetime(2025, 10, 24, 14, 3, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "root").mkdir()
    return Folder(tmp_path / "root")


def names(path: Path) -> list[str]:
    return sorted(p.name for p in path.iterdir())


def test_a_new_file(folder: Folder) -> None:
    path = folder.inside("demo/one.ipynb")
    folder.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["one.ipynb"]
    assert folder.shown(path) == "demo/one.ipynb"


def test_a_new_file_is_never_put_over_one_that_came_meanwhile(folder: Folder) -> None:
    path = folder.inside("one.ipynb")
    path.write_bytes(b"theirs")
    with pytest.raises(ChangedMeanwhile):
        folder.write(path, b"ours")
    assert path.read_bytes() == b"theirs"
    assert names(path.parent) == ["one.ipynb"]


def test_replacing_what_was_read(folder: Folder) -> None:
    path = folder.inside("one.ipynb")
    path.write_bytes(b"before")
    path.chmod(0o640)
    folder.write(path, b"after", instead_of=folder.read(path))
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("change", ["same length", "longer", "gone"])
def test_what_was_saved_meanwhile_is_not_replaced(folder: Folder, change: str) -> None:
    path = folder.inside("one.ipynb")
    path.write_bytes(b"before")
    there = folder.read(path)
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(b"saved!" if change == "same length" else b"saved by another")
    with pytest.raises(ChangedMeanwhile):
        folder.write(path, b"after", instead_of=there)
    assert not path.exists() if change == "gone" else path.read_bytes().startswith(b"saved")


def test_a_failed_write_leaves_the_file_as_it_was(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder.inside("one.ipynb")
    path.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        folder.write(path, b"after", instead_of=folder.read(path))
    assert path.read_bytes() == b"before"
    assert names(path.parent) == ["one.ipynb"]


def test_copies_of_one_second_are_all_kept(folder: Folder) -> None:
    path = folder.inside("demo/one.ipynb")
    copies = [folder.keep_copy(path, content, NOW) for content in (b"1", b"2", b"3")]
    assert [copy.read_bytes() for copy in copies] == [b"1", b"2", b"3"]
    assert names(path.parent / "backups")[0] == "one 2025-10-24 14.03.00 (2).ipynb"


@pytest.mark.parametrize("way", ["..", "../x", "/etc/passwd", "a/../../x", "link/x", "."])
def test_no_way_out(folder: Folder, way: str, tmp_path: Path) -> None:
    (folder.home / "link").symlink_to(tmp_path)
    with pytest.raises(OutsideFolder):
        folder.inside(way)


def test_a_work_folder_outside_the_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        Folder(tmp_path, "../elsewhere")


def test_a_zip_of_the_course_folders_alone(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    for name in ("demo/one.ipynb", "demo/data/rain.csv", "demo/.ipynb_checkpoints/x", "private/diary.txt"):
        path = folder.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder.home / "demo/out.txt").symlink_to(tmp_path / "secret.txt")
    (folder.home / "demo/out").symlink_to(tmp_path)
    (folder.home / "linked").symlink_to(tmp_path)
    os.mkfifo(folder.home / "demo/pipe")
    with folder.pack(["demo", "linked", "missing"]) as archive, zipfile.ZipFile(archive) as packed:
        assert sorted(packed.namelist()) == ["demo/data/rain.csv", "demo/one.ipynb"]
        assert packed.read("demo/one.ipynb") == b"demo/one.ipynb"


def test_too_much_for_one_download(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_ARCHIVE", 10)
    (folder.home / "demo").mkdir()
    (folder.home / "demo/large.bin").write_bytes(b"x" * 11)
    with pytest.raises(ArchiveTooLarge, match=r"large\.bin"):
        folder.pack(["demo"])
