"""One check: a fork of the session in which its text is run, and a parent that outlives whatever it does.

Where no process may fork, or a fork would lack threads of the cells, the check is run in the session itself, which
serves nothing after it. Of code that leaves nothing behind it is tried there first (`plain`, as the host has read it).
"""

import ctypes
import gc
import os
import sys
from contextlib import suppress
from os import WNOHANG
from resource import RLIMIT_CPU, getrlimit, setrlimit
from select import POLLIN, poll as _Poll
from signal import SIGKILL, SIGXCPU
from time import clock_gettime as _clock_gettime, monotonic as _now
from typing import Any

from ..wire import frames, tables, values
from ..wire.frames import Json, Names, crashed, ended, reply
from . import figure, ipython_stubs, traceback
from .cells import NO_PROGRAM, PRISTINE, Cells, execute, limited, translate
from .limits import Clock

_fork, _exit, _kill, _pipe, _close, _read = os.fork, os._exit, os.kill, os.pipe, os.close, os.read
_wait4, _waitpid, _waitid, _getpid = os.wait4, os.waitpid, os.waitid, os.getpid
_P_PID, _LOOK = os.P_PID, os.WEXITED | os.WNOHANG | os.WNOWAIT
_SOON_MS, _SLICE_MS = 20, 100  # it is looked at that often whether it lives
_libc = ctypes.CDLL(None)
_ALL = 0xFFFF_FFFF  # -1 to C; ctypes raises and forgets an error for what is below 0, which is some pages in each fork

_NAME = "<check>"
#: What the texts of checks find besides names of the cells.
BUILTINS = {**PRISTINE, **ipython_stubs.NAMES}
_GRACE_S = 0.5  # after the soft limit of wall time, before the kill
_CPU_GRACE_S = 0.25  # and of processor time
_TRIED_S = 0.05  # of processor time: what takes longer is run in a fork, with all of its time


class Check:
    """A check made ready by the parent, so that the fork touches as little memory as it can: each page costs."""

    def __init__(self, frame: Json, cells: Cells) -> None:
        self.frame = frame
        self.seconds: float = frame["seconds"]
        self._cells = cells
        #: without one it is the answer itself that is looked at, as a script
        self.has_action = bool(frame.get("run") or frame.get("call") or frame.get("figure"))
        self._is_program = bool(frame.get("program")) and cells.program is not None
        self.constants: Names = {}  #: names that the check itself gives

    def make_ready(self) -> None:
        """Before the fork: all that needs no student code."""
        cells, frame = self._cells, self.frame
        self.namespace = self.names_in(cells.namespace)
        self.codes, self.no_program = self._translate()
        self.wants_value = frame.get("want") == "value" and bool(frame.get("call") or frame.get("figure"))
        self.kit = cells.kit
        self.clock = self.kit.renew(self.seconds, cells.limit)

    def names_in(self, space: Names) -> Names:
        """What its texts find: what is given, and of what the answer left in `space` what the solution defines too."""
        own = {n: space[n] for n in self._cells.names if n in space}
        return {"__name__": "__main__", "__builtins__": BUILTINS, **self._cells.given, **own, **self.constants}

    def _translate(self) -> tuple[list[Any], str | None]:
        try:
            texts = [self.frame[part] for part in ("setup", "run") if self.frame.get(part)]
            codes = [translate(text, _NAME, "exec") for text in texts]
            if call := self.frame.get("call"):
                codes.append(translate(call.strip(), _NAME, "eval"))
            return codes, None
        except (*NO_PROGRAM, RecursionError) as e:
            return [], traceback.message_of(e)

    def listen(self, inward: int, outward: int) -> None:
        """In the fork: its one answer, which nobody has to ask for."""
        frames.write_all(outward, self.answer())

    def answer(self) -> bytes:
        """In the process that runs it: the frame that answers it."""
        try:
            return packed(self.run())
        except MemoryError:
            return frames.pack(out_of_memory())

    def tried(self) -> bytes | None:
        """In the session itself: the frame that answers it; None where it does not soon come to its end by itself."""
        self.make_ready()
        self.clock = Clock(_TRIED_S, 4 * _TRIED_S)
        reply = self.run()
        if reply["status"] == "value":
            return packed(reply)
        gc.collect()  # an error holds its frames, and they what they took of memory
        return packed(reply) if reply["status"] == "raised" else None

    def run(self) -> Json:
        """Run the text: the reply."""
        if self.no_program is not None:
            return ended("syntax", self.no_program)
        self.kit.type(self.frame.get("stdin") or "")
        if self._is_program:
            self.kit.stdin.echo = self.kit.recording.echo
        value, error = limited(self.clock, self.perform)
        if error is not None:
            return self._failed(error)
        recording = self.kit.recording
        text, over = recording.finish(), recording.over
        rest = {"apart": recording.apart(), "typed": recording.typed_lines()}
        return reply("output" if over else "value", text, value=None if over else value, **rest)

    def perform(self) -> Any:
        """Within its time: its value on the wire, where one is wanted."""
        value = self.executed()
        return self.on_wire(value) if self.wants_value else None

    def executed(self) -> Any:
        """Its texts, one after another; the value of the last. A program runs before an action, or is it."""
        value = None
        if self._is_program and self.has_action:
            self._cells.run_program()
            self.kit.recording.renew(self._cells.limit)
            self.namespace |= self.names_in(self._cells.namespace)
        for code in self.codes:
            value = execute(code, self.namespace, self.kit.loop)
        if self.frame.get("figure"):
            value = figure.part_of_figure(self.frame["figure"])
        if self._is_program and not self.has_action:
            self._cells.run_program()
        return value

    def on_wire(self, value: Any) -> Any:
        """A value, JSON-ready. Raises values.Unsupported."""
        tables.capture()  # should student code have imported numpy itself
        return values.encode(value, exact=bool(self.frame.get("exact")))

    def _failed(self, error: BaseException) -> Json:
        recording = self.kit.recording
        if isinstance(error, values.Unsupported):
            rest = {"unsupported": error.name, "reason": error.reason}
            return reply("unsupported", recording.finish(), **rest, apart=recording.apart())
        outcome = self._cells.outcome(error, recording)
        status, failure = outcome["status"], outcome["failure"]
        raised = None
        if status == "error":
            status = "raised"
            mro = values.type_names(type(error))[:50]
            raised = {"type": failure["type"], "mro": mro, "message": failure["message"]}
        return reply(status, outcome["stdout"], failure=failure, raised=raised, violation=outcome["violation"])


def packed(answer: Json) -> bytes:
    """A frame, or where it would be larger than one may be, one that says so."""
    try:
        return frames.pack(answer)
    except ValueError:
        return frames.pack(out_of_memory())


def out_of_memory() -> Json:
    """The reply to a frame that this process had no memory left to handle."""
    return {**ended("memory"), "module": None, "shadowed": []}


#: The session's pid where it is sole: that of the first process of its namespace, or what the level says.
ALONE = 1


class Fork:
    """The parent's side of one check."""

    def __init__(self, speaker: Any, sole: bool) -> None:
        """`speaker` has `seconds` and `listen`. `sole`: all others that this process can see may be killed."""
        self._speaker = speaker
        self._seconds: float = speaker.seconds
        self._sole = sole and _getpid() == ALONE
        self._wall = 3 * self._seconds + 1 + _GRACE_S
        self._pid = self._into = self._out = -1

    def start(self, channel: int) -> None:
        """Fork; the child hears and answers by pipes. It does not keep `channel`, the host's socket."""
        inward, into = _pipe()
        out, outward = _pipe()
        kept = random_state()
        self._pid = self._fork()
        if self._pid:
            _close(inward)
            _close(outward)
            self._into, self._out = into, out
            return
        try:
            for fd in (channel, into, out):
                _close(fd)
            restore_random(kept)
            limit_cpu(self._seconds)
            self._speaker.listen(inward, outward)
        except frames.Closed:
            _exit(0)
        except BaseException:
            _exit(70)
        _exit(0)

    def _fork(self) -> int:
        if self._sole:
            bury(-1)
        try:
            return _fork()
        except OSError:  # what the cells left running has used up the processes
            if not self._sole:
                raise
        self._kill_all()
        bury(-1, wait=True)
        return _fork()

    def collect(self) -> bytes | Json:
        """The child's next frame as it stands, or a reply that says how it died."""
        began = _now()
        data = self._await_frame(began + self._wall)
        if data is None:
            return self._died(began + self._wall)
        self._wall -= _now() - began
        return data

    def _died(self, deadline: float) -> Json:
        """How it ended; whatever is left of it is killed."""
        late = self._left(deadline) <= 0
        self._kill_all()
        _, status, usage = _wait4(self._pid, 0)
        self._pid = -1
        return _epitaph(status, late or usage.ru_utime + usage.ru_stime >= self._seconds)

    def end(self) -> None:
        """End whatever is left of it; who dies meanwhile on the other core is buried before the next check."""
        _close(self._into)
        _close(self._out)
        self._kill_all()
        if not self._sole and self._pid > 0:
            bury(self._pid, wait=True)

    def _kill_all(self) -> None:
        if self._sole:
            kill_all_others()  # what this check left, and what the cells left
        elif self._pid > 0:
            _kill(self._pid, SIGKILL)

    def _await_frame(self, deadline: float) -> bytes | None:
        """What it wrote, once that is whole; None when it died or ran out of time before."""
        poll = _Poll()
        poll.register(self._out, POLLIN)
        data = b""
        wait_ms: float = _SOON_MS
        while True:
            if poll.poll(wait_ms):
                part = _read(self._out, 1 << 16)
                data += part
                if _complete(data):
                    return data[: 4 + int.from_bytes(data[:4], "big")]  # one frame, whatever it wrote after
                if not part:
                    return None
            elif _waitid(_P_PID, self._pid, _LOOK) is not None and not poll.poll(0):
                return None  # it is dead and said no more, and something that it left holds the pipe
            left = self._left(deadline)
            if left <= 0:
                return None
            wait_ms = min(left * 1000, _SLICE_MS)

    def _left(self, deadline: float) -> float:
        """Seconds until it may be out of time: by the clock on the wall, or by its own, which runs no faster."""
        left = deadline - _now()
        try:
            used = _clock_gettime((~self._pid << 3) | 2)  # clock_getcpuclockid(3)
        except (OSError, OverflowError):
            return left
        return min(left, max(self._seconds + _CPU_GRACE_S - used, 0.0))


def kill_all_others() -> None:
    """kill(-1, SIGKILL), past the hook that tells student code off: from pid 1, all in its namespace but itself."""
    _libc.kill(_ALL, 9)


def unbuffer_output() -> None:
    """What C code prints with stdio reaches its file at once. See setvbuf(3)."""
    _libc.setvbuf(ctypes.c_void_p.in_dll(_libc, "stdout"), None, 2, ctypes.c_size_t(0))


def bury(pid: int, wait: bool = False) -> None:
    """Reap that child, or with -1 all who are dead; with `wait` also the dying."""
    try:
        while _waitpid(pid, 0 if wait else WNOHANG)[0]:
            pass
    except OSError:
        return


def _complete(data: bytes) -> bool:
    if len(data) < 4:
        return False
    size = int.from_bytes(data[:4], "big")
    return size > frames.MAX_FRAME or len(data) >= 4 + size


def _epitaph(status: int, out_of_time: bool) -> Json:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return ended("exited", f"the process ended itself with status {code}")
    return ended("timeout") if -code == SIGXCPU or out_of_time else crashed(-code)


def limit_cpu(seconds: float) -> None:
    """For code that is deaf to signals: the kernel ends this process a second later."""
    _, hard = getrlimit(RLIMIT_CPU)
    soft = int(-(-seconds // 1)) + 1
    if hard < 0 or soft + 1 < hard:
        setrlimit(RLIMIT_CPU, (soft, soft + 1))


def random_state() -> Any:
    """Python seeds `random` anew in each fork; a student's `random.seed(1)` must hold in the checks."""
    with suppress(Exception):
        return sys.modules["random"]._inst.getstate()
    return None


def restore_random(state: Any) -> None:
    """In the fork: go on where the parent's `random` was."""
    if state is not None:
        with suppress(Exception):
            sys.modules["random"]._inst.setstate(state)
