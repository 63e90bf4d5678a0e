"""A folder of courses → the catalogue, read again as files change."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from .loader import LoadedCourse, OutsideTheCourse, decoded, load_course, refuse_outside
from .units import report_troubles
from .validation import CourseError, Fitting, Model, Report, Words, free_name
from .yaml_source import Unreadable, read_yaml


class CatalogueFile(Model):
    """`config.yaml` beside the courses."""

    courses: tuple[Words, ...]


@dataclass
class Catalogue:
    """The courses of a folder, read when they are first asked for. `errors` are config.yaml's own."""

    folder: Path
    errors: tuple[CourseError, ...] = ()

    @cached_property
    def courses(self) -> dict[str, LoadedCourse]:
        """By id, those that cannot be read among them."""
        return self._read({})

    def refresh(self) -> tuple[str, ...]:
        """Read again what changed; of other courses only stamps are read. Returns ids that changed, came or went."""
        before = self.courses
        self.courses = now = self._read({loaded.root: loaded for loaded in before.values()})
        return tuple(i for i in dict.fromkeys([*before, *now]) if before.get(i) != now.get(i))

    def _read(self, by_folder: dict[Path, LoadedCourse]) -> dict[str, LoadedCourse]:
        found = dict[str, LoadedCourse]()
        for folder in self._folders():
            old = by_folder.get(folder)
            _add(found, old if old is not None and not old.has_changed() else load_course(folder))
        return found

    def _folders(self) -> list[Path]:
        if (self.folder / "course.yaml").is_file():
            return [self.folder]
        config = self.folder / "config.yaml"
        named, self.errors = _read_config(config) if config.is_file() else (None, ())
        if named is not None:
            return [self.folder / name for name in named]
        paths = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return [path for path in paths if not path.name.startswith(".") and (path / "course.yaml").is_file()]


def load_catalogue(folder: Path) -> Catalogue:
    """What config.yaml in `folder` lists; without it each subfolder with a course.yaml, or the folder itself."""
    catalogue = Catalogue(Path(folder))
    catalogue.courses = catalogue._read({})
    return catalogue


def _add(courses: dict[str, LoadedCourse], loaded: LoadedCourse) -> None:
    """Under its id; a second course of the same id is listed as broken, under its folder's name."""
    if loaded.id not in courses:
        courses[loaded.id] = loaded
        return
    problem = f"the course id `{loaded.id}` is taken by {courses[loaded.id].root.name}"
    error = CourseError("course.yaml", 1, None, problem, "give it another")
    name = free_name(loaded.root.name, courses)
    courses[name] = replace(loaded, id=name, course=None, errors=(error, *loaded.errors))


def _read_config(config: Path) -> tuple[tuple[str, ...] | None, tuple[CourseError, ...]]:
    """The names listed, None where the file cannot say; and its errors."""
    report = Report("config.yaml")
    try:
        root = read_yaml(decoded(config.read_bytes()))
    except Unreadable as error:
        report.error(error.line, error.problem, error.mend)
        return None, report.in_order()
    report_troubles(root, report)
    if not root.is_mapping:
        report.error(1, "this file is no catalogue", "write `courses:` and the courses' folders below it")
        return None, report.in_order()
    read = Fitting(root, report).fit(CatalogueFile, root.plain(), {"courses": []})
    names = []
    for i, name in enumerate(read.courses if read else ()):
        try:
            refuse_outside(name)
            names.append(name)
        except OutsideTheCourse as error:
            report.error(root.line_of(("courses", i)), f"`{name}` {error}", "name a folder beside this file")
    return (tuple(dict.fromkeys(names)) or None), report.in_order()
