"""multiprocessing's locks where no process may be started: its pools of threads, queues and locks work among threads.

The real ones are shared mappings of files, which the level `confined` refuses. Here only threads could meet at one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

_RECURSIVE = 0


class SemLock:
    """What `_multiprocessing.SemLock` is to `multiprocessing.synchronize`, over a semaphore of threads."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        """`kind`: 0 for a lock that its owner may take again, 1 for a semaphore. Raises ValueError."""
        import threading

        if not 0 <= value <= maxvalue:
            raise ValueError("invalid value")
        self.kind, self.maxvalue, self.name, self.handle = kind, maxvalue, None, id(self)
        self._ident = threading.get_ident
        self._semaphore = threading.Semaphore(value)
        self._value, self._owner, self._taken = value, 0, 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """As `threading.Lock.acquire`, but that a `timeout` of None waits for ever."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._taken += 1
            return True
        if not self._semaphore.acquire(block, max(timeout, 0.0) if block and timeout is not None else None):
            return False
        self._value -= 1
        self._taken += 1
        self._owner = self._ident()
        return True

    def release(self) -> None:
        """Raises AssertionError and ValueError where there is nothing to release."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._taken > 1:
                self._taken -= 1
                return
        elif self._value >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._taken -= 1
        self._value += 1
        self._semaphore.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: Any) -> None:
        self.release()

    def _count(self) -> int:
        return self._taken

    def _is_mine(self) -> bool:
        return self._taken > 0 and self._owner == self._ident()

    def _get_value(self) -> int:
        return self._value

    def _is_zero(self) -> bool:
        return self._value == 0

    def _after_fork(self) -> None:
        self._taken = 0


def install() -> None:
    """In the zygote, before anything imports multiprocessing."""
    module = type(sys)("_multiprocessing", "Locks of threads alone: no process can be started here.")
    vars(module).update(SemLock=SemLock, sem_unlink=_unlink, flags={})
    sys.modules["_multiprocessing"] = module


def _unlink(name: str) -> None:
    raise FileNotFoundError(name)
