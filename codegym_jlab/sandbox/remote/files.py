"""A course's files by content: the service names them by their SHA-256, the host asks for those that it lacks."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..base import Image, SandboxUnavailable
from ..namespaces import relative
from . import protocol

MOST_FILES = 2000
_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class _Stamp:
    inode: int
    size: int
    changed_ns: int


class Contents:
    """The service's side: what each file of an image holds now. A file is read again only when its stamp changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Stamp, str]] = {}

    async def named(self, image: Image) -> dict[str, Any]:
        """The image as it travels: names, and each file's digest (null where it is not there).

        Raises ValueError for a name outside the course's folder.
        """
        files = [[relative(name), await self._digest(path)] for name, path in image.files]
        return {"preload": list(image.preload), "files": files}

    def holder(self, image: Image, digest: str) -> Path | None:
        """The file that has that content."""
        held = (path for _, path in image.files if path in self._known and self._known[path][1] == digest)
        return next(held, None)

    async def _digest(self, path: Path) -> str | None:
        try:
            info = os.stat(path)
            stamp = _Stamp(info.st_ino, info.st_size, info.st_mtime_ns)
            known = self._known.get(path)
            if known is None or known[0] != stamp:
                known = self._known[path] = (stamp, await asyncio.to_thread(_digest_of, path))
            return known[1]
        except OSError:
            self._known.pop(path, None)
            return None


def _digest_of(path: Path) -> str:
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


class Store:
    """The host's side: contents that were sent, in a folder of its own that goes with it. Only bytes, no names."""

    def __init__(self, parent: str | None, most_bytes: int) -> None:
        """`parent`: where the folder is made; None: where temporary files lie."""
        self._folder = Path(tempfile.mkdtemp(prefix="codegym-host-", dir=parent))
        self._most = most_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()  #: the one named longest ago first
        self._arriving: dict[tuple[int, str], int] = {}  #: (connection, digest) → bytes so far

    def image(self, named: Any) -> tuple[Image, list[str]]:
        """An image as it came, with the digests of what has to be sent first. Raises ValueError."""
        preload, files = _names(named.get("preload")), named.get("files")
        if not isinstance(files, list) or len(files) > MOST_FILES:
            raise ValueError("not a list of files")
        found, lacking = [], []
        for entry in files:
            name, digest = entry
            if not isinstance(name, str) or not (digest is None or _is_digest(digest)):
                raise ValueError("not a file")
            if digest in self._sizes:
                self._sizes.move_to_end(digest)
            elif digest is not None:
                lacking.append(digest)
            found.append((relative(name), self._folder / (digest or _MISSING)))
        return Image(preload=preload, files=tuple(found)), list(dict.fromkeys(lacking))

    def add(self, connection: int, digest: Any, at: Any, whole: Any, piece: bytes) -> None:
        """Take bytes from offset `at` on of a content of `whole` bytes. Raises ValueError, SandboxUnavailable."""
        if not _is_digest(digest) or type(at) is not int or type(whole) is not int:
            raise ValueError("not a piece of a file")
        if whole > self._most:
            raise SandboxUnavailable(f"a file of the course has {whole} bytes, the sandbox host takes {self._most}")
        key = (connection, digest)
        if at == 0:
            self._arriving[key] = 0
            self._part(key).write_bytes(b"")
        if self._arriving.get(key) != at or at + len(piece) > whole:
            raise ValueError("a piece is out of order")
        self._make_room(len(piece))
        with open(self._part(key), "ab") as f:
            f.write(piece)
        self._arriving[key] += len(piece)
        if self._arriving[key] == whole:
            self._complete(key, whole)

    def forget(self, connection: int) -> None:
        """Drop what that connection left half sent."""
        for key in [key for key in self._arriving if key[0] == connection]:
            del self._arriving[key]
            self._part(key).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _complete(self, key: tuple[int, str], whole: int) -> None:
        del self._arriving[key]
        part = self._part(key)
        if _digest_of(part) != key[1]:
            part.unlink()
            raise ValueError("a file changed while it was sent")
        os.chmod(part, 0o444)
        os.replace(part, self._folder / key[1])
        self._sizes[key[1]] = whole

    def _make_room(self, coming: int) -> None:
        while self._sizes and sum(self._sizes.values()) + sum(self._arriving.values()) + coming > self._most:
            digest, _ = self._sizes.popitem(last=False)
            with contextlib.suppress(OSError):  # a zygote that shows it has it open
                os.unlink(self._folder / digest)
        if sum(self._arriving.values()) + coming > self._most:
            raise SandboxUnavailable("the sandbox host has no room for the course's files")

    def _part(self, key: tuple[int, str]) -> Path:
        return self._folder / f"{key[0]}-{key[1]}"


def _names(given: Any) -> tuple[str, ...]:
    if (
        not isinstance(given, list)
        or len(given) > 200
        or not all(isinstance(n, str) and n.isprintable() for n in given)
    ):
        raise ValueError("not a list of modules")
    return tuple(given)


def _is_digest(text: Any) -> bool:
    return isinstance(text, str) and len(text) == 64 and all(c in "0123456789abcdef" for c in text)


async def pieces(path: Path) -> AsyncIterator[tuple[int, int, bytes]]:
    """(offset, size of the whole, bytes) of a file, piece by piece. Raises OSError."""
    f = await asyncio.to_thread(open, path, "rb")
    with f:
        whole, at = os.fstat(f.fileno()).st_size, 0
        while True:
            piece = await asyncio.to_thread(f.read, protocol.PIECE)
            yield at, whole, piece
            at += len(piece)
            if not piece or at >= whole:
                return
