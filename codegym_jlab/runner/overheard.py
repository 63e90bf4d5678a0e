"""Log records, warnings and error output of the student's side, told on the author's where a test text waits for them.

`Overheard` notes them there; `repeat` brings them about here, so that `assertLogs`, `assertWarns` and such see them.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MOST, _CHARS = 1000, 2000


def wanted(text: str) -> list[str]:
    """What a test text waits for: "logs", "warnings"."""
    words = {"logs": ("assertLogs", "assertNoLogs", "logging"), "warnings": ("arns", "warnings")}
    return [name for name, signs in words.items() if any(sign in text for sign in signs)]


class Overheard:
    """In the student's process. Nothing is noted before `listen`."""

    def __init__(self, tell: Callable[[BaseException], dict[str, Any]]) -> None:
        """`tell` puts an exception on the wire."""
        self._tell = tell
        self._noted: list[list[Any]] = []

    def listen(self, names: list[str]) -> None:
        """From now on."""
        if "logs" in names:
            self._listen_to_logs()
        if "warnings" in names:
            self._listen_to_warnings()

    def taken(self) -> list[list[Any]]:
        """What was noted since it was last asked."""
        noted, self._noted = self._noted, []
        return noted

    def _note(self, what: list[Any]) -> None:
        if len(self._noted) < _MOST:
            self._noted.append(what)

    def _listen_to_logs(self) -> None:
        import logging

        note = self._note

        class Noting(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                note(["log", record.name[:200], int(record.levelno), record.getMessage()[:_CHARS]])

        root = logging.getLogger()
        for handler in root.handlers:
            handler.setLevel(handler.level or root.level)
        root.addHandler(Noting())
        root.setLevel(1)  # which of them count, the author's side decides

    def _listen_to_warnings(self) -> None:
        import warnings

        def show(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
            error = message if isinstance(message, Warning) else category(message)
            self._note(["warning", int(lineno), self._tell(error)])

        warnings.simplefilter("always")
        warnings.showwarning = show


def repeat(noted: list[list[Any]], error_of: Callable[[dict[str, Any]], BaseException]) -> None:
    """In the author's process. Raises a warning where the test text has made errors of them."""
    for kind, *parts in noted:
        if kind == "errors":
            sys.stderr.write(parts[0])
        elif kind == "log":
            _log(*parts)
        else:
            _warn(parts[0], error_of(parts[1]))


def _log(name: str, level: int, text: str) -> None:
    import logging

    logger = logging.getLogger(name if name != "root" else None)
    if logger.isEnabledFor(level):
        logger.handle(logger.makeRecord(logger.name, level, "<answer>", 0, text, (), None))


def _warn(line: int, warning: BaseException) -> None:
    import warnings

    if isinstance(warning, Warning):
        warnings.warn_explicit(warning, type(warning), "<answer>", line, registry={})
