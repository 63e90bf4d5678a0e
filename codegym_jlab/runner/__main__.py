"""Start of a zygote: `python -S -s -P -B .../runner/__main__.py [MODULE] FD`, FD being the host's control socket."""

import os
import sys

if __name__ == "__main__":
    # this folder becomes the package `codegym_runner`, wherever it lies and whatever `sys.path` is
    package = type(sys)("codegym_runner")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules["codegym_runner"] = package
    module = "codegym_runner." + (sys.argv[1] if len(sys.argv) > 2 else "zygote")
    __import__(module)
    sys.modules[module].main(int(sys.argv[-1]))
