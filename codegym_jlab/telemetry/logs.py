"""Logs: what is said, with the ids of what it is about. One line of JSON a record, or Jupyter's plain lines.

No name, mail, source or hidden value is written: records hold ids and words of ours; of an exception that others
raised, its type and our own lines are told, and not its text, which may hold anything that a student sent.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, get_args

from .traces import bound_ids

Format = Literal["", "plain", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
LEVELS = ("", "DEBUG", "INFO", "WARNING", "ERROR")
ROOT = "codegym"

#: Modules whose errors' texts hold no values.
_PLAIN = ("codegym_jlab", "sqlite3")

log = logging.getLogger(ROOT)


def set_up(server: logging.Logger, format: str, level: str = "") -> Callable[[], None]:
    """Our records go where a Jupyter server's do, in this form; with `json`, its own records are JSON too.

    Returns what undoes it. As Jupyter does with tornado's, our logger becomes a child of the server's.
    """
    former, own = log.parent, log.level
    formatters = [(handler, handler.formatter) for handler in server.handlers]
    for handler, formatter in formatters:
        handler.setFormatter(JsonLines() if format == "json" else Plain(formatter or logging.Formatter()))
    log.parent = server
    log.setLevel(level or server.getEffectiveLevel())

    def undo() -> None:
        for handler, formatter in formatters:
            handler.setFormatter(formatter)
        log.parent = former
        log.setLevel(own)

    return undo


def to_stderr(format: str = "", level: str = "") -> None:
    """For a command that serves. Default: $CODEGYM_LOG_FORMAT, $CODEGYM_LOG_LEVEL."""
    format = format or os.environ.get("CODEGYM_LOG_FORMAT", "")
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("[%(levelname)1.1s %(asctime)s %(name)s] %(message)s", "%Y-%m-%d %H:%M:%S")
    handler.setFormatter(JsonLines() if format == "json" else Plain(plain))
    logging.getLogger().handlers[:] = [handler]
    log.setLevel(level or os.environ.get("CODEGYM_LOG_LEVEL", "") or "INFO")


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message", …ids, "error"}`, one line each."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **bound_ids(),
        }
        if error := _told(record):
            told["error"] = error
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)


class Plain(logging.Formatter):
    """As another formatter has it, with the ids behind the message of our own records."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        if not _is_ours(record):
            return self._inner.format(record)
        own = logging.makeLogRecord(record.__dict__)
        ids = " ".join(f"{name}={id}" for name, id in bound_ids().items())
        own.msg, own.args = record.getMessage() + (f" [{ids}]" if ids else ""), ()
        if error := _told(record):
            own.exc_text = error
        return self._inner.format(own)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == ROOT or record.name.startswith(f"{ROOT}.")


def _told(record: logging.LogRecord) -> str:
    """The error that came with it; empty where none did."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return ""
    return error_text(error) if _is_ours(record) else "".join(traceback.format_exception(error)).rstrip()


def error_text(error: BaseException) -> str:
    """Where it was raised and what it was, and what it came of; no text that may hold what a student sent."""
    parts, seen = [], set[int]()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        parts.append("".join(traceback.format_tb(at.__traceback__)) + _text(at))
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\nCame of:\n".join(parts)


def _text(error: BaseException) -> str:
    kind = type(error)
    named = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    if isinstance(error, OSError) and error.strerror:
        return f"{named}: {error.strerror}"
    if kind.__module__.partition(".")[0] in _PLAIN:
        return f"{named}: {error}"
    state = getattr(error, "sqlstate", None)  # PostgreSQL's text may quote a row
    return f"{named} ({state})" if state else named
