"""What answers expressions one after another in one fork: drawn inputs, oracles of them, and `satisfies`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..session import cells
from ..session.check import Check
from ..session.limits import Clock
from ..wire import tables, values
from ..wire.decode import decode
from .dialogue import Endpoint

_CELL = "<random>"


class Evaluator(Endpoint):
    """Frames that it answers, by `do`:

    {"do":"evaluate","names":{name: wire},"setup","call","run","stdin","want","exact"}: as a check, with constants
        ("program": what it reads may be one of them, `stdin`)
    {"do":"truth",…}: the same, the value being whether that of `call` is true
    {"do":"draw","random":[[name, expression]],"seed","count","oracle": an `evaluate` frame or null}:
        a check's reply, with "draws":[{name: wire}] and "replies":[a check's reply for each draw]
    """

    def answer(self, frame: dict[str, Any]) -> dict[str, Any]:
        """See the class."""
        if frame["do"] == "draw":
            return self._draw(frame)
        return self._evaluate(frame, frame.get("names") or {}, truth=frame["do"] == "truth")

    def _evaluate(self, frame: dict[str, Any], names: dict[str, Any], truth: bool = False) -> dict[str, Any]:
        constants = {n: decode(v, self._classes()) for n, v in names.items()}
        typed = {"stdin": str(constants["stdin"])} if frame.get("program") and "stdin" in constants else {}
        check = _Evaluation({**frame, **typed, "seconds": self.seconds}, self._cells, self._names, self._limit)
        check.prepare(constants, self.clock, truth)
        return check.run()

    def _classes(self) -> dict[str, Any]:
        space = self._cells.namespace
        return {n: space[n] for n in self._names if isinstance(space.get(n), type)}

    def _draw(self, frame: dict[str, Any]) -> dict[str, Any]:
        check = _Drawing({**frame, "call": None, "seconds": self.seconds}, self._cells, self._names, self._limit)
        check.prepare({}, self.clock, False)
        answer = check.run()
        answer["draws"], answer["replies"] = check.draws, []
        if answer["status"] == "value" and frame["oracle"]:
            answer["replies"] = [self._evaluate(frame["oracle"], names) for names in check.draws]
        return answer


class _Evaluation(Check):
    """A check with constants of its own, and the clock of its dialogue."""

    def prepare(self, names: dict[str, Any], clock: Callable[[], Clock], truth: bool) -> None:
        """Before `run`. `truth`: only whether the value is true is wanted."""
        self.constants = names
        self.make_ready()
        self.clock = clock()  # the last that is made has the signals
        self._truth = truth

    def perform(self) -> Any:
        value = self.executed(self.namespace)
        return self.on_wire(bool(value) if self._truth else value) if self.wants_value else None


class _Drawing(_Evaluation):
    """Draws the inputs of a `random` check. Each draw's names are on the wire before the next is drawn."""

    draws: list[dict[str, Any]]

    def prepare(self, names: dict[str, Any], clock: Callable[[], Clock], truth: bool) -> None:
        """See `_Evaluation`."""
        super().prepare(names, clock, truth)
        self.draws = []

    def perform(self) -> Any:
        parts = [(n, cells.translate(text.strip(), _CELL, "eval"), text) for n, text in self.frame["random"]]
        self.executed(self.namespace)
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


def _sources(seed: str, with_numpy: bool) -> dict[str, Any]:
    from random import Random

    found: dict[str, Any] = {"rng": Random(seed)}
    if with_numpy:
        import numpy as np

        found["np_rng"] = np.random.default_rng(list(seed.encode()))
    return found
