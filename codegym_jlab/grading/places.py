"""Where an exercise stands in the catalogue as it was read last; said in the managers' words where it does not."""

from __future__ import annotations

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Unit

from .errors import CourseBroken, UnknownCourse, UnknownExercise, UnknownUnit
from .rules import Place


class Places:
    """Looks up courses, units and exercises by id."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def course(self, id: str) -> LoadedCourse:
        """Raises UnknownCourse, CourseBroken."""
        loaded = self._catalogue.courses.get(id)
        if loaded is None:
            raise UnknownCourse(id)
        if loaded.broken:
            raise CourseBroken(id)
        return loaded

    def unit(self, course: str, id: str) -> tuple[LoadedCourse, Unit]:
        """Raises UnknownUnit, and as `course` does."""
        loaded = self.course(course)
        try:
            return loaded, loaded.unit(id)
        except KeyError:
            raise UnknownUnit(id) from None

    def exercise(self, course: str, id: str) -> Place:
        """Raises UnknownExercise, and as `course` does."""
        loaded = self.course(course)
        try:
            return Place(loaded, *loaded.find(id))
        except KeyError:
            raise UnknownExercise(id) from None
