"""A limit that is hit says so in the notebook; a kernel that had to be ended says so in the next one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from contract.kernels.conftest import Notebook

    made = Notebook(
        tmp_path_factory.mktemp("course"), memory_mb=200, processes=40, open_files=128, file_mb=5, temporary_mb=16
    ).start()
    yield made
    made.end()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = bytearray(900 << 20)", "may use 200 MB of memory"),
        ("import numpy; x = numpy.ones(120_000_000)", "may use 200 MB of memory"),
        ("x = []\nwhile True: x.append(bytearray(1 << 20))", "may use 200 MB of memory"),
        (
            "import os\nfor _ in range(100):\n    if not os.fork(): import time; time.sleep(5); os._exit(0)",
            "may have 40",
        ),
        (
            "import threading, time\nfor _ in range(100): threading.Thread(target=time.sleep, args=(2,)).start()",
            "have 40",
        ),
        ("f = open('big', 'wb')\nf.write(bytes(6 << 20))", "may hold 5 MB"),
        ("files = [open('/dev/null') for _ in range(200)]", "may have 128 files open"),
        ("for n in range(9):\n    with open(f'/tmp/{n}', 'wb') as f: f.write(bytes(4 << 20))", "/tmp holds 16 MB"),
    ],
)
def test_words_for_a_limit(small: Any, code: str, words: str) -> None:
    out = small.run(code)
    assert out.status == "error"
    assert words in out.lines, out.lines
    small.run("import os, glob\nx = files = f = None\nfor p in glob.glob('/tmp/[0-9]'): os.remove(p)")
    small.run("while True: os.wait()")  # a process that ended counts until it is waited for
    for _ in range(600):  # until what it started has ended
        if (
            small.run("import threading; t = threading.Thread(target=len, args=('',)); t.start(); t.join()").status
            == "ok"
        ):
            break
        time.sleep(0.2)
    assert small.value("print(6 * 7)") == "42"


def test_a_tree_that_takes_too_much_is_ended(make: Make) -> None:
    notebook = make(memory_mb=200).start()
    code = """
import os, time
for _ in range(4):
    if not os.fork():
        x = bytearray(os.urandom(1)) * (150 << 20)
        time.sleep(300)
        os._exit(0)
time.sleep(300)
"""
    notebook.client.execute(code)
    for _ in range(6000):
        if not notebook.manager.is_alive():
            break
        time.sleep(0.02)
    assert not notebook.manager.is_alive()
    notebook.manager.restart_kernel(now=True)
    notebook.connect()
    out = notebook.run("print(1)")
    assert "The kernel was ended: it and what it started took more than they may (200 MB of memory" in out.text
    assert notebook.value("print(2)") == "2"
