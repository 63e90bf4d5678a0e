"""The frames of one lease, answered one after another, in the process in which the cells run."""

import _thread
import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import Any, NoReturn

from ..isolation import violations
from ..testcode.author_endpoint import AuthorEndpoint
from ..testcode.dialogue import Dialogue, Endpoint, Evaluator
from ..testcode.student_endpoint import StudentEndpoint
from ..wire import frames
from ..wire.frames import Json
from . import check, ipython_stubs, syntax_facts, variants
from .capture import discard_file
from .cells import Cells
from .limits import lower
from .workdir import Folder

_exit, _getpid, _threads, _waitid = os._exit, os.getpid, _thread._count, os.waitid
_P_ALL, _LOOK = os.P_ALL, os.WEXITED | os.WNOHANG | os.WNOWAIT
#: Who answers a dialogue, by the name in its first frame.
_ENDPOINTS: dict[str, type[Endpoint]] = {"evaluator": Evaluator, "author": AuthorEndpoint, "student": StudentEndpoint}


class Session:
    """What a fresh fork does for the rest of its life."""

    _killed = False
    _goes_on = True  #: the last cell ran through, and nothing of it goes on beside
    _after: Callable[[], None] | None = None
    _dialogue: Dialogue | None = None
    _speaker: Endpoint | None = None

    def __init__(self, sole: bool, forks: bool) -> None:
        """In the zygote, ahead of all forks: each takes it over. `sole`: pid 1 of a namespace of its own.

        `forks`: a check is a fork of this process; else it runs in it, and the host asks for nothing after it.
        """
        self._sole = sole
        self._forks = forks
        self._kept = sys.stdout, sys.stderr, sys.stdin  # Python's own: where they went, they would close their files
        self._cells = Cells()
        self._handlers: dict[str, Callable[[Json], Any]] = {
            "limits": self._limits, "begin": self._begin, "cell": self._cell,
            "syntax": syntax_facts.answer, "talk": self._talk, "more": self._more, "hush": self._hush,
            "check": lambda frame: self._forked(check.Check, frame),
            "variants": lambda frame: self._forked(variants.Variants, frame),
        }  # fmt: skip

    def prepare(self, channel: int, folder: str) -> None:
        """In a fork, before anyone waits for it. `channel`: the socket to the host. `folder`: the working folder."""
        self._channel = channel
        self._folder = Folder(folder)
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        sys.path.append(folder)  # modules among the course's files
        violations.watch(folder, processes=self._forks)
        gc.freeze()  # what was made by now is never garbage, and looking for it would copy its pages

    def serve(self) -> NoReturn:
        """Answer frames until the host goes away. Does not return."""
        try:
            while True:
                frame = frames.read_frame(self._channel)
                # several frames are answered each as if it had been asked alone; what follows a cell that does not run
                # through, or leaves something running, is not answered
                for one in frame["checks"] if frame["op"] == "checks" else [frame]:
                    self._tell(one)
                    if one["op"] == "cell" and not self._goes_on:
                        break
        except frames.Closed:
            _exit(0)

    def _tell(self, frame: Json) -> None:
        answer = self._answer(frame)
        if answer is not None:
            frames.write_all(self._channel, answer)
        if self._after is not None:
            after, self._after = self._after, None
            after()

    def _answer(self, frame: Json) -> bytes | None:
        try:
            reply = self._handlers[frame["op"]](frame)
            return reply if reply is None or isinstance(reply, bytes) else frames.pack(reply)
        except MemoryError:
            return frames.pack(check.out_of_memory())
        except BaseException as e:  # a fault of ours, or student code's doing: said, not hidden
            return frames.pack({"fault": f"{type(e).__name__}: {e}"[:500]})

    def _limits(self, frame: Json) -> None:
        """What the pool sends before the first frame of its customer; nothing is answered."""
        memory = ADDRESS_SPACE + frame["memory_mb"] * 1024 * 1024
        cpu = int(frame["total_s"]) + 10
        processes = frame["processes"] if self._forks else -1  # it counts all of a user's threads
        written = frame["files_mb"] * 1024 * 1024
        bounds = {"AS": memory, "NPROC": processes, "NOFILE": frame["open_files"], "FSIZE": written, "CPU": cpu}
        for name, most in {**bounds, "MEMLOCK": 0, "SIGPENDING": 256, "MSGQUEUE": 0, "CORE": 0}.items():
            if most >= 0:
                with suppress(OSError, ValueError):  # gVisor has limits that cannot be set
                    lower(name, most)
        if "seed" in frame:  # the cells of a lease that run again draw what they drew before
            import random

            random.seed(frame["seed"])

    def _begin(self, frame: Json) -> Json:
        self._cells.names = [str(n) for n in frame["names"]]
        self._cells.limit = int(frame["output_kb"]) * 1024
        return {"ok": True}

    def _cell(self, frame: Json) -> Json:
        self._folder.forget()
        self._goes_on = False
        if self._sole and self._killed:  # the dead still count against the limit of processes
            check.bury(-1, wait=True)
            self._killed = False
        reply = self._cells.run(frame)
        if self._forks and frame["kind"] == "answer" and (_threads() or _has_children()):
            reply["beside"] = True
        discard_file()
        self._goes_on = reply["status"] == "ok" and "beside" not in reply
        return reply

    def _talk(self, frame: Json) -> bytes | Json:
        """A check that takes more than one frame: each further one is `more`, the last `hush`."""
        within = self._runs_within(frame)
        if not within:
            self._folder.remember()
        speaker = _ENDPOINTS[frame["speaker"]](frame, self._cells)
        if within:
            speaker.begin(self._channel, self._channel)
            self._speaker = speaker
            return speaker.hear(frame)
        self._dialogue = Dialogue(speaker, self._sole)
        self._dialogue.start(self._channel)
        return self._more(frame)

    def _more(self, frame: Json) -> bytes | Json:
        if self._speaker is not None:
            return self._speaker.hear(frame)
        assert self._dialogue is not None, "`talk` comes first"
        return self._dialogue.tell(frame)

    def _hush(self, frame: Json) -> Json:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            self._after = lambda: self._clean(dialogue)
        return {"ok": True}

    def _forked(self, kind: type[check.Check], frame: Json) -> bytes | Json:
        """What a check of that kind answers in a fork of this process."""
        one = kind(frame, self._cells)
        if self._runs_within(frame):
            one.make_ready()
            return one.answer()
        if frame.get("plain") and (answer := one.tried()) is not None:
            return answer
        self._folder.remember()
        one.make_ready()
        fork = check.Fork(one, self._sole)
        fork.start(self._channel)
        reply = fork.collect()
        self._after = lambda: self._clean(fork)
        return reply

    def _runs_within(self, frame: Json) -> bool:
        """Whether a check runs in this process: by the level, or because a fork would lack what goes on beside."""
        if frame.get("within"):
            self._cells.kit.recording.be_deaf()
            if self._sole and _getpid() == check.ALONE:
                violations.end_by_signal()
        elif self._forks:
            return False
        check.limit_cpu(frame["seconds"] + process_time())
        return True

    def _clean(self, fork: check.Fork) -> None:
        """After the answer is out: nothing of the check stays, neither process nor file."""
        fork.end()
        self._killed = True
        discard_file()
        self._folder.restore()


def _has_children() -> bool:
    """Whether this process has started others that it has not waited for, alive or dead."""
    try:
        _waitid(_P_ALL, 0, _LOOK)
    except ChildProcessError:
        return False
    return True


#: Bytes that the zygote's own memory takes up, measured by it before it forks.
ADDRESS_SPACE = 512 * 1024 * 1024


def furnish(place: Any) -> Session:
    """In the zygote of that level, once its modules are imported: what every session finds, and is."""
    import builtins

    check.unbuffer_output()
    ipython_stubs.install(builtins)
    return Session(place.sole, place.forks)
