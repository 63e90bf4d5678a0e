"""Which programs of a reply may share a process."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor.guard.sharing import is_tame


@pytest.mark.parametrize(
    "program",
    [
        "def dry(days):\n    return max(days, default=0)",
        "import math\n\ndef area(r):\n    return math.pi * r ** 2",
        "import pandas as pd\n\ndef top(df):\n    df = df.set_index('a')\n    df.index = df.index + 1\n    return df",
        "class Node:\n    def __init__(self, value):\n        self.value = value\n        self.next = None",
    ],
)
def test_what_only_defines_may_share(program: str) -> None:
    assert is_tame(program)


@pytest.mark.parametrize(
    "program",
    [
        "import builtins\nbuiltins.max = min",
        "import math\nmath.pi = 3",
        "import numpy as np, math as m\nm.pi = 3",
        "import sys\nsys.setrecursionlimit(50)",
        "__builtins__['max'] = min",
        "from os import *",
        "import pandas as pd\npd.set_option('mode.copy_on_write', True)",
        "setattr(int, 'x', 1)",
        "name = input()",
        "exec('x = 1')",
    ],
)
def test_what_could_change_the_process_runs_alone(program: str) -> None:
    assert not is_tame(program)
