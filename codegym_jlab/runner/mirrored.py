"""What a test text puts in the place of a library's functions (`mock.patch("random.randint")`), told to the other side.

A test and an answer have a process each; what the one patches in its `random`, `time` or `os.environ`, the other must
find patched in its own.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MISSING = object()
_PATCHED = r"""patch\w*\(\s*['"]([A-Za-z_]\w*(?:\.\w+)+)['"]"""
_OF_OBJECT = r"""patch\.object\(\s*([A-Za-z_][\w.]*)\s*,\s*['"](\w+)['"]"""
_ASSIGNED = r"""(?m)^\s*([A-Za-z_][\w.]*\.\w+)\s*=[^=]"""
_OTHERWISE = ("builtins", "sys.stdin", "sys.stdout", "sys.stderr", "os.environ")  #: told in other ways
_SIGNS = ("patch", "environ", "argv", " = ")


class Mirror:
    """On the author's side: which attributes of modules the text may change, and how they are now."""

    def __init__(
        self, text: str, imported: set[str], modules: dict[str, Any], is_of_student: Callable[[str], bool]
    ) -> None:
        """`imported`: modules that the text imports.

        `modules`: of the author's solution, by its names for them; `mine.random` reaches them too.
        """
        self._watched: dict[str, Any] = {}
        self._told: dict[str, Any] = {}
        self._environ: dict[str, str] | None = None
        if not any(sign in text for sign in _SIGNS):
            return
        import re  # not in the zygote: what that holds, each fork pays for

        plain = [*re.findall(_ASSIGNED, text), *map(".".join, re.findall(_OF_OBJECT, text))]
        for path in (*re.findall(_PATCHED, text), *(p for p in plain if p.partition(".")[0] in imported)):
            self._watch(path, modules, is_of_student)
        if "environ" in text:
            self._environ = dict(__import__("os").environ)

    def _watch(self, path: str, modules: dict[str, Any], is_of_student: Callable[[str], bool]) -> None:
        place, _, name = path.rpartition(".")
        first, _, rest = place.partition(".")
        if is_of_student(first):
            if not rest:
                return  # a name of the student's own
            first, _, rest = rest.partition(".")
        known = modules.get(first)
        place = ".".join(part for part in (known.__name__ if known is not None else first, rest) if part)
        path = f"{place}.{name}"
        if path.startswith(_OTHERWISE):
            return
        try:
            __import__(place)
        except Exception:  # whatever it names, it is no module
            return
        original = getattr(sys.modules[place], name, _MISSING)
        if original is not _MISSING:
            self._watched[path] = self._told[path] = original

    def changes(self, encode: Callable[[Any], Any]) -> dict[str, Any]:
        """Since it was last asked: by path the value on the wire, or None for Python's own."""
        found = {}
        for path, original in self._watched.items():
            place, _, name = path.rpartition(".")
            now = getattr(sys.modules[place], name, _MISSING)
            if now is not self._told[path] and now is not _MISSING:
                self._told[path] = now
                found[path] = None if now is original else encode(now)
        return found

    def environment(self) -> dict[str, str | None]:
        """Variables that have changed since it was last asked; None for those that are gone."""
        if self._environ is None:
            return {}
        now = dict(__import__("os").environ)
        old, self._environ = self._environ, now
        changed: dict[str, str | None] = {name: value for name, value in now.items() if old.get(name) != value}
        return changed | dict.fromkeys(old.keys() - now.keys())


class Mirrored:
    """On the student's side."""

    def __init__(self) -> None:
        self._originals: dict[str, Any] = {}

    def change(self, changes: dict[str, Any], decode: Callable[[Any], Any]) -> None:
        """Do what `Mirror.changes` told."""
        for path, value in changes.items():
            place, _, name = path.rpartition(".")
            __import__(place)
            module = sys.modules[place]
            original = self._originals.setdefault(path, getattr(module, name, _MISSING))
            new = original if value is None else decode(value)
            if new is not _MISSING:
                setattr(module, name, new)

    def set_environment(self, changes: dict[str, str | None]) -> None:
        """Do what `Mirror.environment` told."""
        environ = __import__("os").environ
        for name, value in changes.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value
