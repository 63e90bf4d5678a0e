"""One check: a fork of the session in which its text is run, and a parent that outlives whatever it does."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from io import StringIO
from resource import RLIMIT_CPU, getrlimit, setrlimit
from typing import Any

from . import execution, failures, frames, stand_ins, wire
from .capture import Recording
from .cells import PRISTINE, Cells
from .clock import Clock

_fork, _exit, _kill, _pipe, _close, _read = os.fork, os._exit, os.kill, os.pipe, os.close, os.read
_wait4, _getpid, _now, _Poll = os.wait4, os.getpid, time.monotonic, select.poll
_pidfd_open = getattr(os, "pidfd_open", None)

_NAME = "<check>"
_GRACE_S = 0.5  # after the soft limit of wall time, before the kill
_CPU_GRACE_S = 1


def evaluate(frame: dict[str, Any], cells: Cells, names: list[str], limit: int) -> dict[str, Any]:
    """In the fork: run a check's text and answer its frame."""
    namespace = {"__name__": "__main__", "__builtins__": {**PRISTINE, **stand_ins.NAMES}, **cells.given}
    namespace |= {n: cells.namespace[n] for n in names if n in cells.namespace}
    cells.loop.forget()
    recording = Recording(limit)
    recording.install()
    sys.stdin = StringIO(frame.get("stdin") or "")
    seconds = frame["seconds"]
    clock = Clock(seconds, 3 * seconds + 1)
    value, error = execution.limited(clock, lambda: _perform(frame, namespace, cells))
    if isinstance(error, wire.Unsupported):
        return _reply("unsupported", recording.finish(), unsupported=error.name, reason=error.reason)
    if error is not None:
        return _raised(error, cells, recording)
    text = recording.finish()
    return _reply("output" if recording.over else "value", text, value=None if recording.over else value)


def _perform(frame: dict[str, Any], namespace: dict[str, Any], cells: Cells) -> Any:
    for part in ("setup", "run"):
        if frame.get(part):
            execution.execute(_translated(frame[part], "exec"), namespace, cells.loop)
    if not frame.get("call"):
        return None
    value = execution.execute(_translated(frame["call"].strip(), "eval"), namespace, cells.loop)
    return wire.encode(value, exact=bool(frame.get("exact"))) if frame.get("want") == "value" else None


class _NoProgram(Exception):
    """The check's own text does not compile."""


def _translated(text: str, mode: str) -> Any:
    try:
        return execution.translate(text, _NAME, mode)
    except execution.NO_PROGRAM as e:
        raise _NoProgram(failures.message_of(e)) from None


def _raised(error: BaseException, cells: Cells, recording: Recording) -> dict[str, Any]:
    outcome = cells.outcome(error, recording)
    status, failure = outcome["status"], outcome["failure"]
    if isinstance(error, _NoProgram):
        return _reply("syntax", outcome["stdout"], failure=failure)
    raised = None
    if status == "error":
        status = "raised"
        raised = {"type": failure["type"], "mro": failures.type_names(type(error)), "message": failure["message"]}
    return _reply(status, outcome["stdout"], failure=failure, raised=raised, violation=outcome["violation"])


def _reply(status: str, stdout: str, **rest: Any) -> dict[str, Any]:
    keys = ("value", "unsupported", "reason", "failure", "raised", "violation")
    return {"status": status, "stdout": stdout, **dict.fromkeys(keys), **rest}


class Fork:
    """The parent's side of one check."""

    def __init__(self, frame: dict[str, Any], sole: bool) -> None:
        """`sole`: this process is pid 1 of a namespace of its own, so all others there may be killed."""
        self._frame = frame
        self._sole = sole and _getpid() == 1
        self._pid = -1
        self._out = -1

    def start(self, work: Any, channel: int) -> None:
        """Fork; in the child, write what `work()` answers and end."""
        out, into = _pipe()
        kept = _random_state()
        self._pid = _fork()
        if self._pid:
            _close(into)
            self._out = out
            return
        try:
            _close(out)
            _close(channel)
            _restore_random(kept)
            _limit_cpu(self._frame["seconds"])
            frames.write_all(into, frames.pack(work()))
        except BaseException:
            _exit(70)
        _exit(0)

    def collect(self) -> bytes | dict[str, Any]:
        """The child's frame as it stands, or a reply that says how it died. Nothing of it is left afterwards."""
        seconds = self._frame["seconds"]
        deadline = _now() + 3 * seconds + 1 + _GRACE_S
        data = self._receive(deadline)
        late = data is None and _now() >= deadline
        status, cpu = self._end(late or data is not None)
        if data is not None:
            return data
        return _epitaph(status, late or cpu >= seconds)

    def _receive(self, deadline: float) -> bytes | None:
        poll = _Poll()
        poll.register(self._out, select.POLLIN)
        gone = _pidfd_open(self._pid) if _pidfd_open else -1
        if gone >= 0:
            poll.register(gone, select.POLLIN)
        data = bytearray()
        try:
            while True:
                left = deadline - _now()
                if left <= 0:
                    return None
                ready = poll.poll(min(left, 0.1 if gone < 0 else left) * 1000)
                if (self._out, select.POLLIN) in ready or any(fd == self._out for fd, _ in ready):
                    part = _read(self._out, 1 << 20)
                    data += part
                    if _complete(data):
                        return bytes(data)
                    if not part:
                        return None
                elif ready:
                    return None
        finally:
            _close(self._out)
            if gone >= 0:
                _close(gone)

    def _end(self, kill: bool) -> tuple[int, float]:
        if self._sole:
            try:
                _kill(-1, signal.SIGKILL)  # from pid 1: everything that this check and the cells left, and not itself
            except OSError:
                pass
        elif kill:
            _kill(self._pid, signal.SIGKILL)
        _, status, usage = _wait4(self._pid, 0)
        while self._sole:
            try:
                if _wait4(-1, 0)[0] == 0:
                    break
            except OSError:
                break
        return status, usage.ru_utime + usage.ru_stime


def _complete(data: bytearray) -> bool:
    if len(data) < 4:
        return False
    size = int.from_bytes(data[:4], "big")
    return size > frames.MAX_FRAME or len(data) >= 4 + size


def _epitaph(status: int, out_of_time: bool) -> dict[str, Any]:
    if os.WIFEXITED(status):
        code = os.WEXITSTATUS(status)
        message = f"the process ended itself with status {code}"
        return _reply("exited", "", failure=_death("exit", message))
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU or out_of_time:
        return _reply("timeout", "", failure=_death("TLE", ""))
    name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
    return _reply("crashed", "", failure=_death(name, f"the process was ended by {name}"))


def _death(kind: str, message: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "line": None, "cell": None, "frames": []}


def _limit_cpu(seconds: float) -> None:
    """For code that is deaf to signals: the kernel ends this process a second later."""
    _, hard = getrlimit(RLIMIT_CPU)
    soft = int(-(-seconds // 1)) + _CPU_GRACE_S
    if hard < 0 or soft + 1 < hard:
        setrlimit(RLIMIT_CPU, (soft, soft + 1))


def _random_state() -> Any:
    """Python seeds `random` anew in each fork; a student's `random.seed(1)` must hold in the checks."""
    module = sys.modules.get("random")
    try:
        return module._inst.getstate() if module is not None else None
    except Exception:
        return None


def _restore_random(state: Any) -> None:
    if state is not None:
        try:
            sys.modules["random"]._inst.setstate(state)
        except Exception:
            return
