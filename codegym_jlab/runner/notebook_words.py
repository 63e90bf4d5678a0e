"""Plain words in the notebook for a limit that was hit, or a wall."""

from __future__ import annotations

import errno
import sys

from . import violations

#: The end of a path: IPython writes `~` for what lies below the home folder.
_REFUSING = "/".join(violations.__file__.split("/")[-3:])

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Words:
    """A line below a traceback that names the limit which was hit, or the wall."""

    def __init__(self, frame: dict[str, Any]) -> None:
        self._memory_mb, self._processes = frame["memory_mb"], frame["processes"]
        self._file_mb, self._open_files = frame["file_mb"], frame["open_files"]
        self._temporary_mb = frame["temporary_mb"]
        self._notice = frame["notice"]

    def install(self, shell: Any) -> None:
        """From now on the shell says it."""
        show = shell._showtraceback

        def with_words(kind: type[BaseException], value: BaseException, lines: list[str]) -> None:
            words = self.of(value)
            lines = [line for line in lines if _REFUSING not in line]  # the frame that refused
            show(kind, value, [*lines, words] if words else lines)

        shell._showtraceback = with_words
        if self._notice:
            shell.events.register("pre_run_cell", self._tell)
            self._shell = shell

    def of(self, error: BaseException) -> str | None:
        """The line for that error."""
        if isinstance(error, MemoryError):
            return f"This notebook may use {self._memory_mb} MB of memory, and this cell needed more."
        if isinstance(error, violations.SandboxViolation):
            return "This notebook runs in a sandbox, which does not allow that."
        if isinstance(error, RuntimeError) and "start new thread" in str(error):
            return self._too_many()
        return self._of_number(error.errno) if isinstance(error, OSError) else None

    def _of_number(self, number: int | None) -> str | None:
        words = {
            errno.EAGAIN: self._too_many(),
            errno.EFBIG: f"A file of this notebook may hold {self._file_mb} MB.",
            errno.EMFILE: f"This notebook may have {self._open_files} files open at a time.",
            errno.ENOMEM: f"This notebook may use {self._memory_mb} MB of memory.",
            errno.ENOSPC: f"The folder /tmp holds {self._temporary_mb} MB here; the notebook's own folder holds more.",
        }
        return words.get(number) if number is not None else None

    def _too_many(self) -> str:
        return f"This notebook may have {self._processes} processes and threads at a time."

    def _tell(self, info: Any) -> None:
        """Once, above the first output after a restart that a limit brought about."""
        self._shell.events.unregister("pre_run_cell", self._tell)
        print(self._notice, file=sys.stderr, flush=True)
