"""Fit what was written to a model: report all that is wrong, leave it out, and keep the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from codegym_jlab.course.report import Report
from codegym_jlab.course.source import Node
from codegym_jlab.course.wording import Finding, findings

M = TypeVar("M", bound=BaseModel)
Path = tuple[Any, ...]


@dataclass(slots=True)
class Fitting:
    """One mapping of a file on its way to a model. `left_out` are the paths that were wrong."""

    node: Node
    report: Report
    exercise: str | None = None
    left_out: set[Path] = field(default_factory=set)
    #: by list: where its items stood at first
    _places: dict[Path, list[int]] = field(default_factory=dict)

    def fit(self, model: type[M], data: dict[str, Any], stand_ins: dict[str, Any] | None = None) -> M | None:
        """`data` as a `model`, without what is wrong in it; None where nothing whole is left.

        A required key that is missing or wrong is replaced by its stand-in, so that the other mistakes are found too.
        """
        for _ in range(len(data) + 8):
            try:
                return model.model_validate(data)
            except ValidationError as error:
                found = [self._as_written(finding) for finding in findings(error, model)]
                if not self._leave_out(data, found, stand_ins or {}):
                    return None
        return None

    @property
    def keys_left_out(self) -> set[Any]:
        """The topmost keys under which something was wrong."""
        return {path[0] for path in self.left_out if path}

    def _as_written(self, finding: Finding) -> Finding:
        path = finding.path
        for at, step in enumerate(path):
            if isinstance(step, int) and path[:at] in self._places:
                path = (*path[:at], self._places[path[:at]][step], *path[at + 1 :])
        return Finding(path, finding.problem, finding.mend, finding.meant)

    def _leave_out(self, data: dict[str, Any], found: list[Finding], stand_ins: dict[str, Any]) -> bool:
        """Report and remove; False where nothing could be removed."""
        before = len(self.left_out)
        misspelt = {(*finding.path[:-1], finding.meant) for finding in found if finding.meant}
        for finding in found:
            if finding.path in misspelt:
                continue  # what is missing is there, under a wrong name
            if not self._known(finding.path):
                self._tell(finding)
        for path in sorted({_cut(finding.path) for finding in found}, key=str, reverse=True):
            if path and path not in self.left_out:
                self._remove(data, path)
                self.left_out.add(path)
                if len(path) == 1 and path[0] in stand_ins:
                    data[path[0]] = stand_ins[path[0]]
        self.left_out |= misspelt
        return len(self.left_out) > before

    def _known(self, path: Path) -> bool:
        return any(path[: len(known)] == known for known in self.left_out)

    def _tell(self, finding: Finding) -> None:
        node: Node | None = self.node
        for step in finding.path:
            if node is not None and node.damaged:
                return
            node = node.get(step) if node is not None else None
        self.report.error(self.node.line_of(finding.path), self.exercise, finding.problem, finding.mend)

    def _remove(self, data: Any, path: Path) -> None:
        for at, step in enumerate(path[:-1]):
            if isinstance(step, int):
                step = self._places.get(path[:at], range(10**6)).index(step)
            data = data[step] if isinstance(data, list) else data.get(step)
            if data is None:
                return
        if isinstance(data, dict):
            data.pop(path[-1], None)
        elif isinstance(data, list):
            places = self._places.setdefault(path[:-1], list(range(len(data))))
            at = places.index(path[-1])
            del data[at], places[at]


def _cut(path: Path) -> Path:
    """What to leave out for a mistake at `path`: the item of a list as a whole, else the innermost key."""
    for at, step in enumerate(path):
        if isinstance(step, int):
            return path[: at + 1]
    return path
