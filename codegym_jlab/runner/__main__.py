"""Start of a zygote: `python -S -s -P -B .../runner/__main__.py [MODULE] FD`, FD being the host's control socket.

MODULE is the module below this folder whose `main` is called: `isolation.zygote`, unless one is named.
"""

import _frozen_importlib_external as _importing
import marshal
import os
import sys

_NAME = "codegym_runner"


def _code_of(folder: str, into: int) -> None:
    """In a process of its own: the code of all modules in `folder`, read or compiled, goes into the pipe `into`.

    With `-X keep_compiled` what was compiled is kept beside them for the next start, as by any other Python.
    """
    sys.dont_write_bytecode = "keep_compiled" not in sys._xoptions
    found = {}
    for path, _, files in os.walk(folder):
        package = _NAME + path[len(folder) :].replace("/", ".")
        for file in files:
            name, kind = os.path.splitext(file)
            if kind == ".py" and name != "__main__":
                whole = package if name == "__init__" else f"{package}.{name}"
                loader = _importing.SourceFileLoader(whole, f"{path}/{file}")
                found[whole] = loader.path, marshal.dumps(loader.get_code(whole))
    with open(into, "wb") as pipe:
        marshal.dump(found, pipe)


class Compiled:
    """Finds this package's modules in what was compiled elsewhere.

    What compiling leaves behind in a process's memory would be paid for by all that are forked from it.
    """

    def __init__(self, folder: str) -> None:
        out, into = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(out)
                _code_of(folder, into)
            finally:
                os._exit(0)
        os.close(into)
        with open(out, "rb") as pipe:
            data = pipe.read()
        os.waitpid(pid, 0)
        self._code: dict[str, tuple[str, bytes]] = marshal.loads(data) if data else {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """See importlib.abc.MetaPathFinder."""
        if name not in self._code:
            return None
        path = str(self._code[name][0])
        places = [os.path.dirname(path)] if path.endswith("/__init__.py") else None
        return _importing.spec_from_file_location(
            name,
            path,
            loader=self,  # type: ignore[arg-type]
            submodule_search_locations=places,
        )

    def create_module(self, spec: object) -> None:
        """See importlib.abc.Loader."""

    def exec_module(self, module: object) -> None:
        """See importlib.abc.Loader."""
        exec(marshal.loads(self._code.pop(vars(module)["__name__"])[1]), vars(module))  # noqa: S102

    def settle(self) -> None:
        """What was not imported by now is forgotten."""
        self._code = {}
        sys.meta_path.remove(self)  # type: ignore[arg-type]


def package() -> None:
    """From now on this folder is the package `codegym_runner`, wherever it lies and whatever `sys.path` is."""
    made = type(sys)(_NAME)
    made.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[_NAME] = made
    compiled = Compiled(made.__path__[0])
    vars(made)["settle"] = compiled.settle
    sys.meta_path.insert(0, compiled)  # type: ignore[arg-type]


if __name__ == "__main__":
    package()
    module = _NAME + "." + (sys.argv[1] if len(sys.argv) > 2 else "isolation.zygote")
    __import__(module)
    sys.modules[module].main(int(sys.argv[-1]))
