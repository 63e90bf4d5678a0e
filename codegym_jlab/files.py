"""Files and folders that are private and whole, and digests: what writes beside the records."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def digest_of(what: str | bytes | Path) -> str:
    """SHA-256 (hex) of bytes, of a text in UTF-8, or of what is in a file. Raises OSError for that."""
    if isinstance(what, Path):
        with what.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what).hexdigest()


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
