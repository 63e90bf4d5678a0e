"""Start of a zygote: `python -S -s -P -B .../runner/__main__.py FD`, FD being the control socket from the host."""

import importlib
import importlib.util
import os
import sys


def load() -> None:
    """Make this folder the package `codegym_runner`, wherever it lies and whatever `sys.path` is."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "codegym_runner", os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["codegym_runner"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load()
    importlib.import_module("codegym_runner.zygote").main(int(sys.argv[1]))
