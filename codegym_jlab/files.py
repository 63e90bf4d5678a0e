"""Files and folders that are private and whole: what is written beside the database. And tables beside a module."""

import os
import secrets
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


def table_beside(module: str, name: str) -> dict[str, Any]:
    """What a TOML file says that lies beside a module; `module`: its `__file__`."""
    return tomllib.loads(Path(module).with_name(name).read_text("utf-8"))


def private_folder(path: Path) -> None:
    """One for its owner alone, where it is not there yet. Raises OSError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def whole(path: Path, mode: int = 0o600, put: Callable[[Path, Path], None] = os.replace) -> Iterator[IO[bytes]]:
    """A file that is `put` under its name once it is on the disk; else all is as it was. Raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        put(draft, path)
    finally:
        draft.unlink(missing_ok=True)
