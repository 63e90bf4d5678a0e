"""Odd programs whose checks seem to leave nothing behind, and do: each answers as it would in a fork of its own."""

from __future__ import annotations

import pytest
from contract.sandbox.conftest import Place, few_in_containers

from codegym_jlab.sandbox import Limits

TALLY = "def tally(): return list(seen)\nseen = []\n"
NAMES = "f", "g", "many", "kinds", "swept", "tally", "steps", "real"
#: What the cells do, and what is asked; `tally()` tells what lay in a list of theirs.
PROGRAMS = {
    "a function of a module's code": (
        "import types\nn = 0\nf = types.FunctionType(compile('n = n + 1\\nprint(n)', '', 'exec'), globals())",
        ("f()", "f()", "f()"),
    ),
    "globals that make what they lack": (
        "import types\nclass Kept(dict):\n    def __missing__(self, name):\n        seen.append(name)\n"
        "        return seen.append\n"
        "f = types.FunctionType((lambda x: count(x)).__code__, Kept({'__builtins__': __builtins__}))",
        ("f(1)", "tally()", "f(2)", "tally()"),
    ),
    "math with a function of the student's": (
        "import math\nroot = math.sqrt\ndef traced(x):\n    seen.append(x)\n    return root(x)\n"
        "math.sqrt = traced\ndef f(x): return math.sqrt(x)",
        ("f(4)", "tally()", "f(9)", "tally()"),
    ),
    "math with a list of the student's": (
        "import math\nmath.memory = []\ndef f(x):\n    math.memory.append(x)\n    return list(math.memory)",
        ("f(4)", "f(5)"),
    ),
    "a stream that counts": (
        "import sys\nwrite = sys.stdout.write\ndef counted(text):\n    seen.append(text)\n    return write(text)\n"
        "sys.stdout.write = counted\ndef f(x): print(x)",
        ("f(4)", "tally()", "f(5)", "tally()"),
    ),
    "a kind of stream that counts": (
        "import sys\nkind = type(sys.stdout)\nwrite = kind.write\ndef counted(self, text):\n    seen.append(text)\n"
        "    return write(self, text)\nkind.write = counted\ndef f(x): print(x)",
        ("f(4)", "tally()", "f(5)", "tally()"),
    ),
    "what cannot be encoded": (
        "import codecs\ndef replaced(error):\n    seen.append(error.start)\n    return '?', error.end\n"
        "codecs.register_error('kept', replaced)\ndef f(text): return list(text.encode('ascii', 'kept'))",
        ("f('\\u00e4')", "tally()", "f('a\\u00e4')", "tally()"),
    ),
    "what cannot be decoded": (
        "import codecs\ndef replaced(error):\n    seen.append(error.start)\n    return '?', error.end\n"
        "codecs.register_error('kept', replaced)\ndef f(): return str(b'\\xff', 'ascii', 'kept')",
        ("f()", "tally()", "f()", "tally()"),
    ),
    "a warning that is shown once": (
        "def f(x): return [1, 2] if NotImplemented else x\ndef g(x): return ~True",
        ("f(1)", "f(1)", "g(1)", "g(1)"),
    ),
    "a generator that ends late": (
        "def steps():\n    try:\n        yield 1\n    finally:\n        print('over')\n"
        "def f():\n    box = [steps()]\n    box.append(box)\n    return next(box[0])\n"
        "def many(n): return len([[i] for i in range(n)])",
        ("many(3_000)", "f()", "many(3_000)", "f()"),
    ),
    "a class made by calling type": (
        "def f():\n    kind = type('Kind', (ValueError,), {'__del__': lambda self: print('over')})\n"
        "    box = [kind()]\n    box.append(box)\n    return 1\n"
        "def many(n): return len([[i] for i in range(n)])",
        ("many(3_000)", "f()", "many(3_000)", "f()"),
    ),
    "a class made by calling type through map": (
        "def f():\n    kind, = map(type, ['Kind'], [(ValueError,)], [{}])\n    return kind.__name__\n"
        "def kinds(): return len([k for k in ValueError.__subclasses__() if k.__name__ == 'Kind'])",
        ("f()", "kinds()", "f()", "kinds()"),
    ),
    "an object that prints when it goes": (
        "class Node:\n    def __del__(self): print('gone')\nnode = Node()\nnode.me = node\ndel node\n"
        "def many(n): return len([[i] for i in range(n)])",
        ("many(3_000)", "many(3_000)", "many(3_000)"),
    ),
    "an object that is told of when it goes": (
        "import _weakref\nclass Node: pass\nnode = Node()\nnode.me = node\n"
        "told = _weakref.ref(node, lambda told: seen.append(1))\ndel node\n"
        "def many(n): return len([[i] for i in range(n)])",
        ("many(3_000)", "tally()", "many(3_000)"),
    ),
    "a generator of the cell's that ends late": (
        "def steps():\n    try:\n        yield 1\n    finally:\n        seen.append(1)\n"
        "box = [steps()]\nbox.append(box)\nnext(box[0])\ndel box\n"
        "def many(n): return len([[i] for i in range(n)])",
        ("many(3_000)", "tally()", "many(3_000)"),
    ),
    "what the collector says": (
        "import gc\ndef f():\n    box = []\n    box.append(box)\n    return 1\ndef swept(): return gc.collect()",
        ("f()", "swept()", "f()", "swept()"),
    ),
    "the collector's callbacks": (
        "import sys\nsys.modules['gc'].callbacks.append(lambda *a: seen.append(1))\n"
        "def many(n): return len([[i] for i in range(n)])",
        ("many(3_000)", "tally()", "many(3_000)", "tally()"),
    ),
    "an audit hook": (
        "import sys\nsys.addaudithook(lambda event, args: event == 'exec' and seen.append(1))\ndef f(x): return x",
        ("f(1)", "len(tally())", "f(1)", "len(tally())"),
    ),
    "a template that looks into a function": (
        "class Text:\n    def __format__(self, how):\n        seen.append(1)\n        return str(len(seen))\n"
        "text = Text()\ndef f(): return '{0.__globals__[text]}'.format(f)",
        ("f()", "f()"),
    ),
    "a timer of the student's": (
        "import signal\ndef heard(*rest): seen.append(1)\nsignal.signal(signal.SIGVTALRM, heard)\n"
        "signal.setitimer(signal.ITIMER_VIRTUAL, 0.03, 0.03)\n"
        "def f(n): return sum(i % 3 for i in range(n))",
        ("f(1_200_000)", "tally()"),
    ),
    "defaults of an odd kind": (
        "class Odd(tuple):\n    def __iter__(self):\n        seen.append(1)\n        return tuple.__iter__(self)\n"
        "def f(x=1): return x\nf.__defaults__ = Odd((seen,))\ndef g():\n    return f()",
        ("g()", "tally()", "g()", "tally()"),
    ),
    "a text's own frame": (
        "def steps(): yield 1",
        ("steps().gi_frame.f_globals.setdefault('kept', []).append(1) or 1", "len(steps().gi_frame.f_globals['kept'])"),
    ),
    "builtins that are told of": (
        "import builtins, types\nclass Told(dict):\n    def __getitem__(self, name):\n        seen.append(name)\n"
        "        return dict.__getitem__(self, name)\n"
        "f = types.FunctionType((lambda x: abs(x)).__code__, {'__builtins__': Told(vars(builtins))})",
        ("f(1)", "tally()", "f(2)", "tally()"),
    ),
    "how deep calls may go": (
        "def f(n):\n    try:\n        return f(n + 1)\n    except RecursionError:\n        return n",
        ("f(0)", "f(0)", "tally()", "f(0)"),
    ),
    "input that counts": (
        "import sys\nread = sys.stdin.readline\ndef counted():\n    seen.append(1)\n    return read()\n"
        "sys.stdin.readline = counted\ndef f(): return input()",
        ("f()", "tally()", "f()", "tally()"),
    ),
    "errors that count": (
        "import sys\nflush = sys.stderr.flush\ndef counted():\n    seen.append(1)\n    return flush()\n"
        "sys.stderr.flush = counted\ndef f(): return input()",
        ("f()", "tally()", "f()", "tally()"),
    ),
    "builtins of the student's": (
        "import builtins\nreal = abs\ndef counted(x):\n    seen.append(1)\n    return real(x)\nbuiltins.abs = counted\n"
        "def f(x): return abs(x)",
        ("f(-1)", "tally()", "f(-1)", "tally()"),
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_seems_to_leave_nothing_behind(place: Place, program: str) -> None:
    few_in_containers(place, program == next(iter(PROGRAMS)))
    cell, calls = PROGRAMS[program]
    told = []
    for apart in (True, False):
        with place.lease(*NAMES, limits=Limits(seconds=5.0)) as lease:
            assert lease.cell(TALLY + cell)["status"] == "ok"
            told.append(lease.together(*calls, apart=apart, stdin="a\nb\n"))
    each, one = told
    assert (each.ended, len(each.given)) == (None, len(calls))
    if one.ended is None:
        assert one.given == each.given
    else:  # it ended itself to be asked again, each check in a fork
        assert one.given == each.given[: len(one.given)]


GREEDY = """
def f(n):
    data = [0] * n
    try:
        raise ValueError
    except ValueError as error:
        kept = error
    return len(data)
def g(x): return len(x)
"""


@pytest.mark.parametrize("parts", ({}, {"setup": "x = [0] * 10_000_000"}))
def test_memory_that_one_took_is_there_for_the_next(place: Place, parts: dict[str, str]) -> None:
    few_in_containers(place)
    call = "g(x)" if parts else "f(10_000_000)"
    with place.lease("f", "g", limits=Limits(seconds=5.0, memory_mb=120)) as lease:
        assert lease.cell(GREEDY)["status"] == "ok"
        for _ in range(2):
            told = lease.together(call, call, call, **parts)
            assert [answer["value"] for answer in told.given] == [["int", "10000000"]] * 3
