"""A fork that stays: it answers frame after frame, for checks that are more than one question.

The session passes the host's frames on to it and its answers back, one for one, and watches its time; the child never
holds the host's socket. The plainest of those that answer is here too: it evaluates expressions one after another, for
drawn inputs, oracles of them, and `satisfies`.
"""

from collections.abc import Callable
from contextlib import suppress
from select import POLLIN, poll as _Poll
from time import monotonic as _now, process_time as _cpu
from typing import Any, TypeVar

from ..session import cells, check
from ..session.limits import Clock
from ..wire import frames, tables, values
from ..wire.decode import decode
from ..wire.frames import Json, Names

_LEAST_S = 0.001  # a timer of no time would never strike
_CELL = "<random>"


class Endpoint:
    """What answers in the child. Made by the parent, so that the fork touches as little memory as it can."""

    def __init__(self, frame: Json, cells: cells.Cells) -> None:
        """`frame` opens it."""
        self.seconds: float = frame["seconds"]
        self._cells = cells
        self._used_wall = 0.0

    def answer(self, frame: Json) -> Json:
        """In the child: the answer to one frame."""
        raise NotImplementedError

    def listen(self, inward: int, outward: int) -> None:
        """In the child: answer until the other side goes away."""
        self.begin(inward, outward)
        while True:
            frames.write_all(outward, check.packed(self.hear(frames.read_frame(inward))))

    def begin(self, inward: int, outward: int) -> None:
        """In the process that answers, before the first frame: the files it hears and speaks by."""
        self._inward, self._outward = inward, outward
        self._used_cpu = _cpu()

    def hear(self, frame: Json) -> Json:
        """`answer`, timed."""
        self._since = _now()
        answer = self.answer(frame)
        self._used_wall += _now() - self._since
        return answer

    def limited(self, action: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        """See `cells.limited`: within what is left of its time."""
        self._clock = self.clock()
        return cells.limited(self._clock, action)

    def wait(self, question: Json) -> Json:
        """Amid what is `limited`: put a question to the host. The time until it is answered is not counted."""
        self._clock.pause()
        frames.write_all(self._outward, check.packed(question))
        self._used_wall += _now() - self._since
        frame = frames.read_frame(self._inward)
        self._since = _now()
        self._clock.resume(self.left())
        return frame

    def clock(self) -> Clock:
        """The timers of what is left of its time."""
        return Clock(max(self.seconds - (_cpu() - self._used_cpu), _LEAST_S), self.left())

    def left(self) -> float:
        """Seconds of wall time left, of those in which it answers."""
        used = self._used_wall + _now() - self._since
        return max(3 * self.seconds + 1 - used, _LEAST_S)


class Dialogue(check.Fork):
    """The parent's side."""

    over = False

    def tell(self, frame: Json) -> bytes | Json:
        """Pass a frame on: the child's answer as it stands, or a reply that says how it died."""
        if self.over:
            return frames.ended("exited", "the check was over")
        if self._speaks():
            self.over = True
            return frames.reply("violation", "", violation="writing to Check's own channel")
        with suppress(frames.Closed):  # it died; how, is asked next
            frames.write_all(self._into, frames.pack(frame))
        answer = self.collect()
        self.over = isinstance(answer, dict)
        return answer

    def _speaks(self) -> bool:
        """Whether it said something that nobody asked for."""
        poll = _Poll()
        poll.register(self._out, POLLIN)
        return any(event & POLLIN for _, event in poll.poll(0))


_C = TypeVar("_C", bound=check.Check)


class Evaluator(Endpoint):
    """Frames that it answers, by `do`:

    {"do":"evaluate","names":{name: wire},"setup","call","run","stdin","want","exact"}: as a check, with constants
        ("program": what it reads may be one of them, `stdin`)
    {"do":"truth",…}: the same, the value being whether that of `call` is true
    {"do":"draw","random":[[name, expression]],"seed","count","oracle": an `evaluate` frame or null}:
        a check's reply, with "draws":[{name: wire}] and "replies":[a check's reply for each draw]
    """

    def answer(self, frame: Json) -> Json:
        """See the class."""
        if frame["do"] == "draw":
            return self._draw(frame)
        return self._evaluate(frame, frame.get("names") or {})

    def _evaluate(self, frame: Json, names: Names) -> Json:
        space = self._cells.namespace
        classes = {n: space[n] for n in self._cells.names if isinstance(space.get(n), type)}
        constants = {n: decode(v, classes) for n, v in names.items()}
        typed = {"stdin": str(constants["stdin"])} if frame.get("program") and "stdin" in constants else {}
        return self._prepared(_Evaluation, {**frame, **typed}, constants).run()

    def _prepared(self, kind: type[_C], frame: Json, constants: Names) -> _C:
        one = kind({**frame, "seconds": self.seconds}, self._cells)
        one.constants = constants
        one.make_ready()
        one.clock = self.clock()  # the last that is made has the signals
        return one

    def _draw(self, frame: Json) -> Json:
        one = self._prepared(_Drawing, {**frame, "call": None}, {})
        answer = one.run()
        answer["draws"], answer["replies"] = one.draws, []
        if answer["status"] == "value" and frame["oracle"]:
            answer["replies"] = [self._evaluate(frame["oracle"], names) for names in one.draws]
        return answer


class _Evaluation(check.Check):
    """A check with constants of its own, and the clock of its dialogue."""

    def on_wire(self, value: Any) -> Any:
        """The value, or only whether it is true, where that is asked."""
        return super().on_wire(bool(value) if self.frame.get("do") == "truth" else value)


class _Drawing(_Evaluation):
    """Draws the inputs of a `random` check. Each draw's names are on the wire before the next is drawn."""

    def make_ready(self) -> None:
        """See `check.Check`."""
        super().make_ready()
        self.draws: list[Json] = []

    def perform(self) -> Any:
        parts = [(n, cells.translate(text.strip(), _CELL, "eval"), text) for n, text in self.frame["random"]]
        self.executed()
        sources = _sources(self.frame["seed"], any("np_rng" in text for _, _, text in parts))
        for _ in range(self.frame["count"]):
            scope = {**self.namespace, **sources}
            drawn = {}
            for name, code, _ in parts:
                scope[name] = cells.execute(code, scope, self.kit.loop)
                tables.capture()
                drawn[name] = values.encode(scope[name])
            self.draws.append(drawn)
        return None


def _sources(seed: str, with_numpy: bool) -> Names:
    from random import Random

    found: Names = {"rng": Random(seed)}
    if with_numpy:
        import numpy as np

        found["np_rng"] = np.random.default_rng(list(seed.encode()))
    return found
