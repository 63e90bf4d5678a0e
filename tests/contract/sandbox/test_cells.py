"""Cells and checks: what a notebook's code expects to find, and how its ends are told."""

from __future__ import annotations

from typing import Any

import pytest

from codegym_jlab.sandbox import ExitKind, Image, Limits, ProcessEnded

TABLES = Image(preload=("numpy", "pandas"))


def test_error_names_line_cell_and_frames(place: Any) -> None:
    with place.lease() as lease:
        lease.cell("def mean(xs):\n    return sum(xs) / len(xs)\n", name="cell 1", kind="student")
        reply = lease.cell("x = 1\nmean([])")
    failure = reply["failure"]
    assert reply["status"] == "error"
    assert (failure["type"], failure["message"], failure["line"], failure["cell"]) == (
        "ZeroDivisionError",
        "division by zero",
        2,
        "cell 1",
    )
    assert [(f["cell"], f["line"], f["function"]) for f in failure["frames"]] == [
        ("answer", 2, "<module>"),
        ("cell 1", 2, "mean"),
    ]


@pytest.mark.parametrize(
    "source", ["def f(:\n  pass", "x = 1\n  y = 2", "a\0b", "return 5", "(" * 300, "-" * 100_000 + "1", "x = '\ud800"]
)
def test_what_is_no_program(place: Any, source: str) -> None:
    with place.lease() as lease:
        reply = lease.cell(source)
        assert reply["status"] == "syntax", reply
        assert reply["failure"]["type"].endswith("Error")
        assert lease.cell("print(1)")["stdout"] == "1\n"


def test_syntax_error_of_its_own_making_is_an_error(place: Any) -> None:
    with place.lease() as lease:
        assert lease.cell("compile('a b', 'x', 'exec')")["status"] == "error"


def test_a_missing_module_is_named(place: Any) -> None:
    with place.lease() as lease:
        assert lease.cell("import seaborn_of_nowhere.sub")["module"] == "seaborn_of_nowhere"


def test_names_given_away_are_told_and_break_no_check(place: Any) -> None:
    with place.lease("total") as lease:
        reply = lease.cell("x = 1\nlist = [1, 2]\ndef sum(xs):\n    return 0\ndef total(xs):\n    return 7")
        assert reply["shadowed"] == [{"name": "list", "line": 2}, {"name": "sum", "line": 3}]
        assert lease.check("[total(0), sum(list(range(4)))]")["value"] == ["list", [["int", "7"], ["int", "6"]]]


def test_replaced_builtins_break_no_check(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("import builtins\nbuiltins.sum = lambda xs: 10**9\nbuiltins.range = None\ndef f(): return 1")
        assert lease.check("sum(range(4)) + f()")["value"] == ["int", "7"]


def test_replaced_builtins_decide_nothing_about_a_check(place: Any) -> None:
    names = "all", "any", "id", "map", "range", "set", "vars"
    with place.lease("f") as lease:
        replaced = "\n".join(f"builtins.{name} = lambda *a, **k: True" for name in names)
        lease.cell(f"import builtins\nseen = []\ndef f():\n    seen.append(1)\n    return seen.count(1)\n{replaced}")
        told = lease.together("f()", "f()", "1 + 1")
        assert [answer["value"] for answer in told.given] == [["int", "1"], ["int", "1"], ["int", "2"]]


def test_given_names_are_those_of_the_given_cell(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("numbers = [3, 1, 2]\ndef helper():\n    return 5", name="cell 1", kind="given")
        lease.cell("numbers = 'mine'\nother = 1\ndef f():\n    return helper()")
        assert lease.check("numbers")["value"] == ["list", [["int", "3"], ["int", "1"], ["int", "2"]]]
        assert lease.check("f()")["value"] == ["int", "5"]
        assert lease.check("other")["raised"]["type"] == "NameError"


def test_state_grows_over_the_calls_of_one_check_alone(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("calls = []\ndef f():\n    calls.append(1)\n    return len(calls)")
        for _ in range(2):
            assert lease.check("f()", setup="f()")["value"] == ["int", "2"]


def test_dataclasses_typing_and_pickle_find_the_cells(place: Any) -> None:
    source = """
from __future__ import annotations
import inspect, pickle, sys, typing
from dataclasses import dataclass, field

@dataclass
class Account:
    balance: float = 0
    history: list[float] = field(default_factory=list)
    def more(self) -> Account: return self

print(typing.get_type_hints(Account.more), pickle.loads(pickle.dumps(Account(3))))
print(__name__, sys.modules["__main__"].Account is Account)
print(inspect.getsource(Account.more).strip())
"""
    out = place.output(source).splitlines()
    assert out[0].endswith("Account(balance=3, history=[])")
    assert out[1:] == ["__main__ True", "def more(self) -> Account: return self"]


def test_top_level_await(place: Any) -> None:
    with place.lease("double") as lease:
        source = (
            "import asyncio\nasync def double(n):\n    await asyncio.sleep(0)\n    return 2 * n\nprint(await double(4))"
        )
        assert lease.cell(source)["stdout"] == "8\n"
        assert lease.cell("task = asyncio.ensure_future(double(5))\nprint(await task)")["stdout"] == "10\n"
        assert lease.check("await double(21)")["value"] == ["int", "42"]
        assert lease.check("asyncio.run(double(1))", setup="import asyncio")["value"] == ["int", "2"]
        assert lease.cell("async def slow():\n    await asyncio.sleep(100)\nawait slow()")["status"] == "timeout"


def test_exits_are_errors(place: Any) -> None:
    with place.lease("f") as lease:
        assert lease.cell("import sys\nsys.exit(0)")["failure"]["type"] == "SystemExit"
        assert lease.cell("raise KeyboardInterrupt")["failure"]["type"] == "KeyboardInterrupt"
        assert lease.cell("class Odd(BaseException): pass\nraise Odd('x')")["failure"]["message"] == "x"
        lease.cell("import os, sys\ndef f(how):\n    return [sys.exit, os._exit, os.abort][how](*[3][:how < 2])")
        reply = lease.check("f(0)")
        assert (reply["status"], reply["raised"]["mro"]) == ("raised", ["SystemExit", "BaseException", "object"])
        assert lease.check("f(1)")["status"] == "exited"
        assert lease.check("f(2)")["status"] == "crashed"
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("os._exit(3)")
    assert (ended.value.status.kind, ended.value.status.code) == (ExitKind.EXITED, 3)


def test_stack_overflow_is_a_crash(place: Any) -> None:
    source = """
import sys
sys.setrecursionlimit(10**8)
class Deep:
    def __getattr__(self, name): return getattr(self, name)
def f(): Deep().x
"""
    with place.lease("f") as lease:
        lease.cell(source)
        assert lease.check("f()")["status"] in ("crashed", "memory")
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("f()")
    assert ended.value.status.kind in (ExitKind.SIGNALLED, ExitKind.MEMORY)


def test_deep_recursion_is_an_error_and_900_deep_is_fine(place: Any) -> None:
    source = "def deep(n): return 0 if n == 0 else 1 + deep(n - 1)"
    with place.lease("deep") as lease:
        lease.cell(source)
        assert lease.check("deep(960)")["value"] == ["int", "960"]
        reply = lease.check("deep(10**5)")
        assert reply["raised"]["type"] == "RecursionError"
        assert len(reply["failure"]["frames"]) <= 20


def test_raised_tells_the_classes(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("class Empty(ValueError):\n    pass\ndef f():\n    raise Empty('no numbers')")
        reply = lease.check("f()")
    assert reply["status"] == "raised"
    assert reply["raised"] == {
        "type": "Empty",
        "mro": ["Empty", "ValueError", "Exception", "BaseException", "object"],
        "message": "no numbers",
    }
    assert reply["failure"]["line"] == 4


def test_an_error_whose_text_never_comes(place: Any) -> None:
    source = "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E"
    with place.lease(limits=Limits(seconds=0.5)) as lease:
        assert lease.cell(source)["failure"]["type"] in ("E", "TimeLimit")
        assert lease.cell("class F(Exception):\n    def __str__(self): raise self\nraise F")["failure"]["type"] == "F"


def test_stdin_and_input(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("import sys\ndef f():\n    return input('name? '), sys.stdin.read()")
        reply = lease.check("f()", stdin="Ada\nrest\n")
        assert reply["value"] == ["tuple", [["str", "Ada"], ["str", "rest\n"]]]
        assert reply["stdout"] == "name? "
        assert lease.check("f()")["raised"]["type"] == "EOFError"
        assert lease.cell("input()")["failure"]["type"] == "EOFError"


def test_output_of_every_kind_is_kept(place: Any) -> None:
    source = """
import ctypes, os, sys
print("one")
sys.stderr.write("two\\n")
sys.stdout.buffer.write(b"three\\n")
print("four", file=sys.__stdout__)
print("\\ud800", end="\\n")
os.write(1, b"five\\n")
os.write(2, b"six\\n")
ctypes.CDLL(None).puts(b"seven")
"""
    assert place.output(source) == "one\ntwo\nthree\nfour\n\ud800\nfive\nsix\nseven\n"


def test_output_of_one_check_is_its_own(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("import os\ndef f(text):\n    print(text)\n    os.write(1, b'raw')")
        assert lease.check("f('a')")["stdout"] == "a\nraw"
        assert lease.check(run="f('b')", want="none") == {**lease.check("f('b')"), "value": None}
        assert lease.check("f('c')")["stdout"] == "c\nraw"


def test_the_shell_is_inert(place: Any) -> None:
    source = """
ip = get_ipython()
ip.events.register("pre_run_cell", print)
ip.input_transformers_post.append(lambda lines: [])
ip.set_custom_exc((Exception,), None)
ip.run_line_magic("matplotlib", "inline")
from IPython.display import HTML, Markdown, clear_output, display as show
clear_output()
show(HTML("<script>alert(1)</script>"))
display({"a": 1}, "text")
import ipywidgets as widgets
@widgets.interact(x=(0, 9))
def double(x): return 2 * x
slider = widgets.IntSlider(value=double(2))
slider.observe(print, "value")
print(widgets.interact(double, x=slider)(slider.value))
"""
    assert place.output(source) == "<IPython.core.display.HTML object>\n{'a': 1}\ntext\n8\n"


def test_seed_of_the_cells_holds_in_the_checks(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell("import random\nrandom.seed(7)\ndef f(): return random.random()")
        assert lease.check("f()")["value"] == lease.check("f()")["value"]
        again = lease.check("(random.seed(7), random.random())[1]", setup="import random")["value"]
        assert lease.check("f()")["value"] == again


def test_order_of_sets_is_the_same_in_every_lease(place: Any) -> None:
    source = "print({'a', 'b', 'c', 'd', 'e'})"
    assert len({place.output(source) for _ in range(3)}) == 1


def test_numpy_and_pandas(place: Any) -> None:
    with place.lease("f", image=TABLES) as lease:
        lease.cell(
            "import numpy as np, pandas as pd\ndef f(df):\n    return df.groupby('g', as_index=False)['v'].sum()"
        )
        setup = "import pandas as pd, numpy as np"
        reply = lease.check("f(pd.DataFrame({'g': ['b', 'a', 'b'], 'v': [1, 2, 3]}))", setup=setup)
        tag, columns, index, _, data = reply["value"]
        assert (tag, columns) == ("frame", [["str", "g"], ["str", "v"]])
        assert index == [["int", "0"], ["int", "1"]]
        assert data == [[["str", "a"], ["str", "b"]], [["int", "2"], ["int", "4"]]]
        reply = lease.check("np.array([[1.5, np.nan]])", setup=setup)
        assert reply["value"] == ["ndarray", "float64", [1, 2], [["float", (1.5).hex()], ["float", "nan"]]]
        reply = lease.check("np.ma.array([1, 2], mask=[True, False])", setup=setup)
        assert reply["value"][3] == [["masked"], ["int", "2"]]
        assert lease.check("np.int64(5)", setup=setup)["value"] == ["int", "5"]
        assert lease.check("np.int64(5)", setup=setup, exact=True)["value"] == ["typed", "numpy.int64", ["int", "5"]]


def test_tables_that_student_code_imports_itself(place: Any) -> None:
    with place.lease("f", limits=Limits(seconds=8, memory_mb=512)) as lease:
        assert lease.cell("import numpy as np\ndef f(): return np.arange(2)")["status"] == "ok"
        assert lease.check("f()")["value"][0] == "ndarray"


def test_matplotlib_draws_nowhere(place: Any) -> None:
    pytest.importorskip("matplotlib")
    image = Image(preload=("matplotlib.pyplot",))
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint(plt.gcf().axes != [])"
    assert place.output(source, image=image, limits=Limits(memory_mb=512, seconds=8)) == "True\n"


def test_preload_that_is_missing_is_no_obstacle(place: Any) -> None:
    assert place.output("print(1)", image=Image(preload=("no_such_module",))) == "1\n"


def test_checks_that_do_not_compile(place: Any) -> None:
    with place.lease() as lease:
        assert lease.check("1 +")["status"] == "syntax"
        assert lease.check("1", setup="x = (")["status"] == "syntax"


def test_unsupported_values_are_named(place: Any) -> None:
    with place.lease() as lease:
        assert lease.check("(n for n in 'ab')")["unsupported"] == "generator"
        assert lease.check("[len, print]")["unsupported"] == "builtin_function_or_method"
        reply = lease.check("a", setup="a = []\na.append({'a': a})")
        assert (reply["unsupported"], reply["reason"]) == ("list", "refers to itself")
        setup = "a = ['ha']\nfor _ in range(8):\n    a = [a] * 10"
        assert lease.check("a", setup=setup)["reason"] == "too large"
