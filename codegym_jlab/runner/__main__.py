"""Start of a zygote: `python -S -s -P .../runner/__main__.py [MODULE] FD`, FD being the host's control socket.

MODULE is the module below this folder whose `main` is called: `isolation.zygote`, unless one is named.
"""

import os
import sys

_NAME = "codegym_runner"


def package() -> None:
    """From now on this folder is the package `codegym_runner`, wherever it lies and whatever `sys.path` is."""
    made = type(sys)(_NAME)
    made.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[_NAME] = made


if __name__ == "__main__":
    package()
    module = _NAME + "." + (sys.argv[1] if len(sys.argv) > 2 else "isolation.zygote")
    __import__(module)
    sys.dont_write_bytecode = True  # of what is imported from now on
    sys.modules[module].main(int(sys.argv[-1]))
