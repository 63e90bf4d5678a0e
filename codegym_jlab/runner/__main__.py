"""Start of a zygote: `python -S -s -P -B .../runner/__main__.py [MODULE] FD`, FD being the host's control socket."""

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
    for file in os.listdir(folder):
        name, kind = os.path.splitext(file)
        if kind == ".py" and name != "__main__":
            loader = _importing.SourceFileLoader(f"{_NAME}.{name}", f"{folder}/{file}")
            found[loader.name] = loader.path, marshal.dumps(loader.get_code(loader.name))
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
        self._code = marshal.loads(data) if data else {}

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """See importlib.abc.MetaPathFinder."""
        if name not in self._code:
            return None
        return _importing.spec_from_file_location(name, self._code[name][0], loader=self)  # type: ignore[arg-type]

    def create_module(self, spec: object) -> None:
        """See importlib.abc.Loader."""

    def exec_module(self, module: object) -> None:
        """See importlib.abc.Loader."""
        exec(marshal.loads(self._code.pop(vars(module)["__name__"])[1]), vars(module))  # noqa: S102

    def settle(self) -> None:
        """What was not imported by now is forgotten."""
        self._code = {}
        sys.meta_path.remove(self)  # type: ignore[arg-type]


if __name__ == "__main__":
    # this folder becomes the package `codegym_runner`, wherever it lies and whatever `sys.path` is
    package = type(sys)(_NAME)
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[_NAME] = package
    compiled = Compiled(package.__path__[0])
    vars(package)["settle"] = compiled.settle
    sys.meta_path.insert(0, compiled)  # type: ignore[arg-type]
    module = _NAME + "." + (sys.argv[1] if len(sys.argv) > 2 else "zygote")
    __import__(module)
    sys.modules[module].main(int(sys.argv[-1]))
