"""The author's side of a `code` check: runs the teacher's test text, in which the student's names are stand-ins.

The frame {"do":"test","code","setup","names":{name: wire},"prelude","objects"} begins one. The answer is the outcome,
{"status":"value","failed": null or what `testing.run` gives, "stdout"}, or a request {"status":"ask",…} for the other
side, which is answered by {"do":"reply",…}. Before that, the student's side may want something of an object that it was
given: {"do":"serve","ask":{…}}, answered by {"status":"answer","result":{…}}.
"""

import ast
import builtins
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from ..session import traceback
from ..session.capture import Recording
from ..session.cells import PRISTINE, Cells
from ..wire import frames, values
from ..wire.decode import decode
from ..wire.frames import Json, Names
from . import run_unittest
from .dialogue import Endpoint
from .interface import Interface
from .stand_ins import Garbled, Link, UnsupportedValue

_MODULE = "check"
_PATCHED = ("input", "print", "open")


class UnsupportedTest(Exception):
    """A test text uses what reaches its own process alone."""


class AuthorEndpoint(Endpoint):
    """See the module."""

    def __init__(self, frame: Json, cells: Cells) -> None:
        super().__init__(frame, cells)
        self._recording = Recording(cells.limit)
        self._recording.install()
        self._link: Link
        self._told: Names = {name: PRISTINE[name] for name in _PATCHED}
        self._stdin = sys.stdin
        self._seeds: list[Any] = []
        #: names of the text's that it deletes, or that the solution's functions read, as the other side knows them
        self._watched: Names = {}

    def answer(self, frame: Json) -> Json:
        """One run of a test text, to its outcome."""
        failed, error = self.limited(lambda: self._test(frame))
        status = traceback.status_of(error) if error is not None else (failed or {}).get("status", "value")
        if status not in ("value", "error"):
            return frames.reply(status, self._recording.finish(), failure=frames.death(status, ""))
        if error is not None:
            kind, message = type(error).__name__, traceback.message_of(error)
            raised = {"type": kind, "mro": [kind], "message": message}
            return frames.reply("raised", "", failure=frames.death(kind, message), raised=raised)
        return {"status": "value", "failed": failed, "stdout": self._recording.finish(), "opaque": self._link.opaque}

    # ------------------------------------------------------------ the text

    def _test(self, frame: Json) -> Json | None:
        cells, text = self._cells, frame["code"]
        interface = Interface(cells.namespace, self._cells.names, cells.sources.texts(), frame["objects"])
        self._link = Link(interface, self._exchange)
        self._link.awaits_stop = any("StopIteration" in known for known in (text, *cells.sources.texts()))
        if "seed" in text:
            self._note_seeds()
        module = type(sys)(_MODULE)
        sys.modules[_MODULE] = module
        self._space = space = vars(module)
        space |= {"__builtins__": builtins, "__file__": run_unittest.NAME, **cells.given}
        exec(frame.get("prelude") or "", space)
        # `patch("answer.open", …)` is a patch of the builtin: the answer has no other of that name
        text = re.sub(r"""(patch\(\s*['"])[A-Za-z_]\w*\.(open|input|print)(['"])""", r"\1builtins.\2\3", text)
        imported = run_unittest.imported_names(text)
        _refuse(text, imported, {name: cells.namespace.get(name) for name in self._cells.names})
        sys.path.append(os.getcwd())  # modules among the course's files, beside the test text
        self._lay_modules(imported)
        lent = _globals_of(cells.sources.texts()) - {*cells.namespace, *PRISTINE}
        self._watched = dict.fromkeys(lent, _NOTHING) | self._watched  # from one run to the next
        try:
            space |= self._used(f"{frame.get('setup') or ''}\n{text}")
            space |= {name: decode(value) for name, value in frame["names"].items()}
            if frame.get("setup"):
                exec(compile(frame["setup"], "<setup>", "exec", dont_inherit=True), space)
            return run_unittest.run(text, module) or self._passed_over(text)
        except BaseException as error:
            return run_unittest.failure(error, text, None)

    def _lay_modules(self, imported: set[str]) -> None:
        """A module that this environment lacks, and the text imports, holds the student's names."""
        from importlib.util import find_spec

        for name in sorted(imported):  # a package before what is in it
            top, (package, _, last) = name.partition(".")[0], name.rpartition(".")
            with suppress(ImportError, ValueError):
                if top in _NEVER or name in sys.modules or find_spec(name) is not None:
                    continue
            module: Any = _StudentModule(name)
            sys.modules[name] = module
            vars(module)["__getattr__"] = partial(self._attribute, name)  # see PEP 562
            if package:
                setattr(sys.modules[package], last, module)

    def _attribute(self, module: str, name: str) -> Any:
        """A student's name as it is now; of others, what the solution has imported."""
        own = self._cells.namespace
        if name not in self._cells.names and name in own and not name.startswith("_"):
            return own[name]
        if name == "__all__":
            return [n for n in self._cells.names if not n.startswith("_") and hasattr(sys.modules[module], n)]
        with suppress(NameError):
            if name in self._cells.names:
                return self._link.fetch(name)
        raise AttributeError(f"module '{module}' has no attribute '{name}'")

    def _note_seeds(self) -> None:
        import random

        seed = random.seed

        def seeded(a: Any = None, version: int = 2) -> None:
            seed(a, version)
            self._seeds.append(a)

        random.seed = seeded

    def _used(self, text: str) -> Names:
        """The student's values of the names that the text mentions; what the answer lacks stays undefined."""
        words = set(re.findall(r"\w+", text))
        found = {}
        for name in self._cells.names:
            if name in words:
                try:
                    found[name] = self._link.fetch(name)
                except NameError:
                    self._space.pop(name, None)  # a given cell may have made it here
        self._watched |= {name: found[name] for name in found if re.search(rf"\bdel\b.*\b{name}\b", text)}
        return found

    # ------------------------------------------------------------ the wire

    def _exchange(self, request: Json) -> Json:
        """One request to the student's side; what that wants meanwhile is served."""
        reply = self._speak({"status": "ask", **request, **self._environment()})
        while reply["do"] == "serve":
            reply = self._speak({"status": "answer", "result": self._served(reply["ask"])})
        return reply

    def _speak(self, frame: Json) -> Json:
        reply = self.wait(frame)
        text = (reply.get("ask") or reply).get("out")
        if text:
            sys.stdout.write(text)
        return reply

    def _passed_over(self, text: str) -> Json | None:
        """Where student code has swallowed a failure of the text's own that the author's would let through."""
        error = next(iter(self._link.failures.values()), None)
        if error is None or self._link.interface.swallows:
            return None
        return run_unittest.failure(error, text, None)

    def _served(self, ask: Json) -> Json:
        try:
            value = self._link.serve(ask)
            return {"status": "value", "value": self._link.encode(value)}
        except (UnsupportedValue, Garbled):
            raise
        except values.WireError as error:
            raise Garbled from error
        except BaseException as error:
            if traceback.status_of(error) != "error":
                raise
            return {"status": "raised", "raised": self._link.error_on_wire(error)}

    def _environment(self) -> Names:
        """What the text has put in the place of Python's own since the last request."""
        found: Names = {}
        for key, space, told in (("patched", vars(builtins), self._told), ("renamed", self._space, self._watched)):
            if changed := self._changed(space, told):
                found[key] = changed
        if sys.stdin is not self._stdin:
            self._stdin = sys.stdin
            found["stdin"] = sys.stdin.read() if hasattr(sys.stdin, "getvalue") else ""
        if self._seeds:
            found["seed"] = self._link.encode(self._seeds[-1])
            self._seeds.clear()
        return found

    def _changed(self, space: Names, told: Names) -> Names:
        """The names of `told` that are another thing in `space` by now; None for one that is gone, or Python's own."""
        new = {name: now for name, was in told.items() if (now := space.get(name, _NOTHING)) is not was}
        told |= new
        plain = {name for name, now in new.items() if now is _NOTHING or now is PRISTINE.get(name)}
        return {name: None if name in plain else self._link.encode(now) for name, now in new.items()}


_NOTHING = object()


def _globals_of(texts: Iterable[str]) -> set[str]:
    """What functions of these cells read of the notebook's own names."""
    import symtable

    def read(table: symtable.SymbolTable) -> Iterator[str]:
        for inner in table.get_children():
            yield from read(inner)
            yield from (one.get_name() for one in inner.get_symbols() if one.is_global() and one.is_referenced())

    found: set[str] = set()
    for text in texts:
        with suppress(SyntaxError, ValueError):
            found.update(read(symtable.symtable(text, "<cell>", "exec")))
    return found


_IMPORTS = frozenset("asyncio concurrent inspect joblib multiprocessing pickle shelve threading".split())
_WORDS = (
    r"\b(?:assertLogs|assertNoLogs|assertWarns\w*|catch_warnings|IsolatedAsyncioTestCase|AsyncMock|mock_open(?=\()|"
    r"read_pickle|np\.load|cache_info|cache_clear|__wrapped__|__annotations__|__defaults__|__cause__|__context__|"
    r"__dict__|str\.format\w*|string\b.{1,9}\bFormatter)\b|(?<![\w.])(?:(?:eval|exec|vars)(?=\s*[(,)])|dir(?=\(\w))"
)


def _refuse(text: str, imported: set[str], names: Json) -> None:
    """What a test text could do, or see, in one process alone: the answer runs in another. Raises UnsupportedTest."""
    found = [*sorted(imported & _IMPORTS), *re.findall(_WORDS, text), *_attributes_of_functions(text, imported, names)]
    for path in re.findall(r"""patch(?:\.dict)?\(\s*['"]([A-Za-z_]\w*(?:\.\w+)+)['"]""", text):
        found += [] if path.startswith(("builtins.", "sys.std", "io.")) else [f"patch of {path}"]
    for name in re.findall(r"patch\.(?:object|dict)\(\s*([A-Za-z_]\w*)", text):
        found += [f"patch of {name}"] if name in imported or name in names else []
    if found:
        raise UnsupportedTest(f"{found[0]}: a `code` check cannot do this to the answer, write a `call` check")


def _attributes_of_functions(text: str, imported: set[str], names: Json) -> list[str]:
    functions = {name for name, value in names.items() if callable(value) and not isinstance(value, type)} - imported
    nodes = [] if run_unittest.is_doctest(text) else list(ast.walk(ast.parse(text)))
    return [
        f"{node.value.id}.{node.attr}"
        for node in nodes
        if isinstance(node, ast.Attribute) and not node.attr.startswith("__")
        and isinstance(node.value, ast.Name) and node.value.id in functions
    ]  # fmt: skip


_Module: Any = type(sys)


class _StudentModule(_Module):  # type: ignore[misc]
    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__") and not isinstance(value, _Module):
            raise UnsupportedTest(f"{name}: a `code` check cannot replace a name of the answer's, write a `call` check")
        super().__setattr__(name, value)


_NEVER = frozenset(("pytest", "nose", "hypothesis"))
