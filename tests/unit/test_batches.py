"""A command's file of lines: a file, a pipe, standard input."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import typer

from codegym_jlab.cli.output import lines_in


def test_a_pipe_is_read_as_a_file_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("one\ntwo\n",))
    writer.start()
    with lines_in(pipe) as lines:
        assert list(lines) == ["one\n", "two\n"]
    writer.join()


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_what_is_no_file_is_wrong_use(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((typer.Exit, SystemExit)), lines_in(tmp_path / name):
        pass
    assert "there is no file" in capsys.readouterr().err
