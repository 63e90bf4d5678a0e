"""The frames of one lease, answered one after another, in the process in which the cells run."""

from __future__ import annotations

import _thread
import gc
import os
import resource
import select
import sys
from time import process_time

from . import (
    aside,
    checks,
    clib,
    frames,
    onlookers,
    signals,
    speakers,
    stand_ins,
    syntax,
    together,
    traceless,
    violations,
)
from .capture import discard_file
from .cells import Cells
from .dialogue import Dialogue, Speaker
from .folder import Folder
from .haste import Haste, is_late
from .kit import Kit

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_exit, _getpid, _threads = os._exit, os.getpid, _thread._count
_WARM_UPS = 20
_IDLE_MS = 25  # after which nobody seems to need a spare, nor its processor: it goes through what comes
_LITTLE_S = 0.5  # of processor time, which the kernel's limit of a process that goes on has room for
_KEPT: list[object] = []  # Python's own streams: that they go would be each session's work


def furnish(place: Any) -> Session:
    """In the zygote of that level, once its modules are imported: what every session finds, and is."""
    import builtins

    clib.unbuffer_output()
    stand_ins.install(builtins)
    return Session(place.sole, place.forks, place.folder)


def warm_up() -> None:
    """In the zygote: run what every check runs, so that its forks find bytecode specialised and caches filled."""
    _KEPT.extend((sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.stdin))
    _rehearse(_WARM_UPS)


def _rehearse(rounds: int) -> None:
    """Run what every check runs; what a process writes to for the first time, the kernel copies page by page."""
    nobody = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
    for round_ in range(rounds):
        cells = Cells()
        call = f"[{round_}, 'a', 1.5, (True, None)]"
        frame = {"op": "check", "call": call, "setup": "x = 1", "seconds": 1.0, "want": "value"}
        check = checks.Check(frame, cells, [], 1024)
        check.make_ready()
        check.answer()
        cells.run({"name": "warm", "source": "print('x')", "kind": "answer", "seconds": 1.0}, 1024)
    for apart in (True, False):
        group = [checks.Check(frame, cells, [], 1024) for _ in range(rounds)]
        together.Together(group, nobody, Folder("/dev/null"), Haste(), clib.kill_nobody, Kit(), apart=apart).run()
    os.close(nobody)


class Session:
    """What a fresh fork does for the rest of its life."""

    def __init__(self, sole: bool, forks: bool, folder: str) -> None:
        """In the zygote, ahead of all forks: each takes it over. `sole`: pid 1 of a namespace of its own.

        `forks`: a check is a fork of this process; else it runs in it, and the host asks for nothing after it.
        `folder`: the working folder of a fork, as far as it is known yet.
        """
        self._sole = sole
        self._forks = forks
        self._cells = Cells()
        self._cells.install()
        sys.meta_path.insert(0, self._cells.sources)
        self._channel = -1
        self._folder = Folder(folder, is_whole=sole)
        self._names: list[str] = []
        self._limit = 64 * 1024
        self._killed = False
        self._goes_on = True  #: the last cell ran through, and nothing of it goes on beside
        self._after: Callable[[], None] | None = None
        self._dialogue: Dialogue | None = None
        self._speaker: Speaker | None = None
        self._asides: aside.Asides | None = None
        self._haste = Haste()
        self._handlers = {
            "limits": self._limits, "begin": self._begin, "cell": self._cell, "check": self._check,
            "syntax": syntax.answer, "talk": self._talk, "more": self._more, "hush": self._hush,
            "aside": self._aside, "back": self._back,
        }  # fmt: skip

    def prepare(self, channel: int, folder: str) -> None:
        """In a fork, before anyone waits for it. `channel`: the socket to the host. `folder`: the working folder."""
        self._channel = channel
        if folder != self._folder.path:
            self._folder = Folder(folder, is_whole=self._sole)
        for number in (signals.SIGCHLD, signals.SIGPIPE, signals.SIGTERM, signals.SIGHUP, signals.SIGINT):
            signals.signal(number, signals.SIG_DFL)
        signals.set_wakeup_fd(-1)
        sys.path.append(self._folder.path)  # modules among the course's files
        violations.watch(self._folder.path, processes=self._forks)
        gc.freeze()  # what was made by now is never garbage, and looking for it would copy its pages
        gc.enable()

    def serve(self) -> None:
        """Answer frames until the host goes away. Does not return."""
        ahead = select.poll()
        ahead.register(self._channel, select.POLLIN)
        try:
            if self._sole and self._forks and not ahead.poll(_IDLE_MS):
                _rehearse(2)
                gc.freeze()
            while True:
                frame = frames.read_frame(self._channel)
                if frame["op"] == "checks":
                    self._together(frame["checks"])
                    continue
                self._tell(frame)
        except frames.Closed:
            _exit(0)

    def _tell(self, frame: dict[str, Any]) -> None:
        answer = self._answer(frame)
        if answer is not None:
            frames.write_all(self._channel, answer)
        if self._after is not None:
            after, self._after = self._after, None
            after()

    def _answer(self, frame: dict[str, Any]) -> bytes | None:
        try:
            reply = self._handlers[frame["op"]](frame)
            return reply if reply is None or isinstance(reply, bytes) else frames.pack(reply)
        except MemoryError:
            return frames.pack(checks.out_of_memory())
        except BaseException as e:  # a fault of ours, or student code's doing: said, not hidden
            return frames.pack({"fault": f"{type(e).__name__}: {e}"[:500]})

    def _limits(self, frame: dict[str, Any]) -> None:
        """What the pool sends before the first frame of its customer; nothing is answered."""
        memory = ADDRESS_SPACE + frame["memory_mb"] * 1024 * 1024
        cpu = int(frame["total_s"]) + 10
        processes = frame["processes"] if self._forks else -1  # it counts all of a user's threads
        written = frame["files_mb"] * 1024 * 1024
        values = (memory, processes, frame["open_files"], written, cpu, 0, 256, 0, 0)
        for limit, value in zip(_BOUNDS, values, strict=True):
            if value >= 0:
                _lower(limit, value)
        if "seed" in frame:  # the cells of a lease that run again draw what they drew before
            import random

            random.seed(frame["seed"])

    def _begin(self, frame: dict[str, Any]) -> dict[str, Any]:
        self._names = [str(n) for n in frame["names"]]
        self._limit = int(frame["output_kb"]) * 1024
        self._haste = Haste()
        if frame.get("shares") and self._sole and self._forks and self._asides is None:
            self._asides = aside.Asides(self._cells, self._folder)
        limits = {"output_kb": frame["output_kb"], "seconds": frame.get("seconds")}
        return {"ok": True, "limits": limits, "shares": self._asides is not None}

    def _cell(self, frame: dict[str, Any]) -> dict[str, Any]:
        self._folder.forget()
        self._goes_on = False
        if self._sole and self._killed:  # the dead still count against the limit of processes
            checks.bury(-1, wait=True)
            self._killed = False
        reply = self._cells.run(frame, self._limit)
        onlookers.note_cell()
        if self._forks and frame["kind"] == "answer" and (_threads() or aside.has_children()):
            reply["beside"] = True
        discard_file()
        if self._asides is not None:
            self._asides.look()
        self._goes_on = reply["status"] == "ok" and "beside" not in reply
        return reply

    def _aside(self, frame: dict[str, Any]) -> dict[str, Any]:
        if self._asides is None:
            return {"ok": False}
        return self._asides.part(frame["stays"], frame["name"], frame["new"])

    def _back(self, frame: dict[str, Any]) -> None:
        if self._asides is not None:
            self._asides.back()

    def _talk(self, frame: dict[str, Any]) -> bytes | dict[str, Any]:
        """A check that takes more than one frame: each further one is `more`, the last `hush`."""
        within = self._runs_within(frame)
        if not within:
            self._folder.remember()
        speaker = speakers.made(self._haste.hurried(frame), self._cells, self._names, self._limit)
        if within:
            checks.limit_cpu(speaker.seconds + process_time())
            speaker.begin(self._channel, self._channel)
            self._speaker = speaker
            return speaker.hear(frame)
        self._dialogue = Dialogue(speaker, self._sole)
        self._dialogue.start(self._channel)
        return self._more(frame)

    def _more(self, frame: dict[str, Any]) -> bytes | dict[str, Any]:
        if self._speaker is not None:
            return self._speaker.hear(frame)
        assert self._dialogue is not None, "`talk` comes first"
        reply = self._dialogue.tell(frame)
        self._haste.hear(reply)
        return reply

    def _hush(self, frame: dict[str, Any]) -> dict[str, Any]:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            self._haste.end()
            self._after = lambda: self._clean(dialogue)
        return {"ok": True}

    def _check(self, frame: dict[str, Any]) -> bytes | dict[str, Any]:
        if self._runs_within(frame):
            checks.limit_cpu(frame["seconds"] + process_time())
            alone = checks.Check(frame, self._cells, self._names, self._limit)
            alone.make_ready()
            if frame.get("within") or frame.get("apart") or not self._goes_on_after(alone):
                return alone.answer()
            garbage = onlookers.Garbage()
            garbage.watch()
            told = alone.answer()
            alone.namespace.clear()
            again = garbage.leave() and process_time() < _LITTLE_S and not is_late(told)
            return checks.with_again(told) if again else told
        self._folder.remember()
        check = checks.Check(self._haste.hurried(frame), self._cells, self._names, self._limit)
        check.make_ready()
        fork = checks.Fork(check, self._sole)
        fork.start(self._channel)
        reply = fork.collect()
        self._haste.hear(reply)
        self._haste.end()
        self._after = lambda: self._clean(fork)
        return reply

    def _goes_on_after(self, check: checks.Check) -> bool:
        """Whether the next check may run in this process too: this one leaves nothing, and nothing hears of it."""
        if self._forks or check.no_program is not None or onlookers.are_there(check.texts()):
            return False
        return traceless.Traces().leaves_none(check.codes, check.namespace, checks.BUILTINS)

    def _runs_within(self, frame: dict[str, Any]) -> bool:
        """Whether a check runs in this process: by the level, or because a fork would lack what goes on beside."""
        if not frame.get("within"):
            return not self._forks
        self._cells.kit.recording.be_deaf()
        if self._sole and _getpid() == checks.ALONE:
            violations.end_by_signal()
        return True

    def _together(self, asked: list[dict[str, Any]]) -> None:
        """Several frames, each as if it had been asked alone; checks that can be forked in one go are.

        After a cell that does not run through, or leaves something running, what follows it is not answered.
        """
        while asked and (asked[0]["op"] != "check" or asked[0].get("within")):
            frame, *asked = asked
            self._tell(frame)
            if frame["op"] == "cell" and not self._goes_on:
                return
        kinds = {(frame["op"], frame.get("seconds")) for frame in asked}
        while asked and self._forks and len(kinds) == 1 and asked[0]["op"] == "check":
            hurried = [self._haste.hurried(frame) for frame in asked]
            made = [checks.Check(frame, self._cells, self._names, self._limit) for frame in hurried]
            last = made.pop() if asked[-1].get("ends") and made[1:] and self._is_alone() else None
            kill_all = clib.kill if self._sole and _getpid() == checks.ALONE else None
            apart, kit = bool(asked[0].get("apart")), self._cells.kit
            group = together.Together(made, self._channel, self._folder, self._haste, kill_all, kit, last, apart=apart)
            self._killed = True
            try:
                group.run()
            except (OSError, MemoryError):  # no process or no memory is left; alone there is more of both
                kinds = set()
            asked = asked[group.told :]
        for frame in asked:
            self._tell(frame)

    def _is_alone(self) -> bool:
        """Whether a check that ends this session may run in it: no thread of the cells goes on beside it.

        So may the last one of a fork for the next cells: nothing but `back` comes after it, and ends it.
        """
        is_ours = _getpid() == checks.ALONE or self._asides is not None
        return self._sole and is_ours and _threads() == 0

    def _clean(self, fork: checks.Fork) -> None:
        """After the answer is out: nothing of the check stays, neither process nor file."""
        fork.end()
        self._killed = True
        discard_file()
        self._folder.restore()


#: Bytes that the zygote's own memory takes up, measured by it before it forks.
ADDRESS_SPACE = 512 * 1024 * 1024


#: Limits by their numbers, and what there is of them; macOS lacks some. The zygote's: its forks have the same.
_BOUNDS = [
    None if number is None else (number, resource.getrlimit(number)[1])
    for number in (
        getattr(resource, f"RLIMIT_{name}", None)
        for name in ("AS", "NPROC", "NOFILE", "FSIZE", "CPU", "MEMLOCK", "SIGPENDING", "MSGQUEUE", "CORE")
    )
]


def _lower(limit: tuple[int, int] | None, value: int) -> None:
    if limit is None:
        return
    number, hard = limit
    if hard >= 0:
        value = min(value, hard)
    try:
        resource.setrlimit(number, (value, value))
    except (OSError, ValueError):  # macOS has limits that cannot be set
        return
