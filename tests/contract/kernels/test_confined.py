"""A kernel at the level `confined`: no namespaces, one process, sockets that were bound before the walls came."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from absent import skip
from contract.kernels.conftest import STUDENT, TIMEOUT, Notebook
from contract.kernels.test_walls import CALL, X86

from codegym_jlab.provisioner import KernelRefused, refusal
from codegym_jlab.sandbox.kernels import KernelOrder, close_shared, shared

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """One kernel for the tests that leave it as it was."""
    limits = {"memory_mb": 200, "processes": 40, "open_files": 128, "file_mb": 5, "temporary_mb": 16}
    made = Notebook(tmp_path_factory.mktemp("course"), "confined", **limits)
    try:
        made.start()
    except KernelRefused as e:
        made.end()
        if "no Landlock" in str(e):
            pytest.skip(str(e))
        skip(e)
    yield made
    made.end()


def test_it_works_in_the_notebooks_folder(confined: Notebook) -> None:
    process = confined.manager.provisioner.process
    assert process.level == "confined"
    assert confined.value("import os; print(os.getcwd())") == str(confined.folder) == process.folder
    (confined.folder / "data.csv").write_text("a,b\n1,2\n")
    assert confined.value("print(open('data.csv').read(), end='')") == "a,b\n1,2"
    assert confined.value("for n in '12': _ = open('new.txt', 'w').write(n)\nprint(open('new.txt').read())") == "2"
    assert (confined.folder / "new.txt").stat().st_uid == confined.folder.stat().st_uid
    confined.value("os.makedirs('a/b'); os.rename('new.txt', 'a/b/x'); os.remove('a/b/x'); os.removedirs('a/b')")
    assert not (confined.folder / "a").exists()
    assert confined.value("import shutil; print(shutil.copy2('data.csv', 'copy.csv'))") == "copy.csv"
    (confined.folder / "beside.py").write_text("answer = 42\n")
    assert confined.value("import beside; print(beside.answer)") == "42"
    resolve = confined.manager.provisioner.resolve_path
    assert resolve("data.csv") == str(confined.folder / "data.csv") and resolve("/etc/passwd") is None


def test_input_completion_inspection_and_values(confined: Notebook) -> None:
    out = confined.run("print('hello', input('name? '))", answer=lambda prompt: "Ann")
    assert out.text == "hello Ann\n"
    assert confined.client is not None
    confined.value("some_long_name = 1")
    assert confined.client.complete("some_lo", reply=True, timeout=TIMEOUT)["content"]["matches"] == ["some_long_name"]
    found = confined.client.inspect("len", reply=True, timeout=TIMEOUT)["content"]
    assert "number of items" in found["data"]["text/plain"]
    assert confined.run("6 * 7").shown[0]["text/plain"] == "42"
    assert confined.run("1 / 0").error == "ZeroDivisionError"


def test_plots_widgets_and_frames(make: Make) -> None:
    notebook = make(level="confined", preload=["numpy", "pandas", "matplotlib.pyplot"]).start()
    shown = notebook.run("import matplotlib.pyplot as plt; plt.plot([1, 3, 2]); plt.savefig('plot.png'); None").shown
    assert any("image/png" in data for data in shown)
    assert (notebook.folder / "plot.png").stat().st_size > 1000
    shown = notebook.run("import pandas as pd; t = pd.DataFrame({'total': [1, 2]}); t.to_csv('t.csv'); t").shown
    assert "<table" in shown[0]["text/html"]
    shown = notebook.run("import ipywidgets as w; b = w.Button(description='Go'); b").shown
    assert "application/vnd.jupyter.widget-view+json" in shown[0]


def test_what_it_writes_in_all_its_hours_is_not_counted(make: Make) -> None:
    notebook = make(level="confined", temporary_mb=16).start()
    many = "for _ in range(75):\n    with open('kept.txt', 'w') as file:\n        _ = file.write('x' * 4_000_000)"
    assert not notebook.run(many).error
    time.sleep(1.5)
    assert notebook.value("import os; print(os.path.getsize('kept.txt'))") == "4000000"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os; os.fork()", "SandboxViolation"),
        ("import subprocess; subprocess.run(['ls'])", "SandboxViolation"),
        ("!ls", "SandboxViolation"),
        ("import socket; socket.create_connection(('127.0.0.1', 80))", "SandboxViolation"),
        ("open('/etc/passwd').read()", "PermissionError"),
        ("open('/proc/self/environ').read()", "PermissionError"),
        ("import os; os.listdir('/')", "PermissionError"),
        ("import os; os.listdir('..')", "PermissionError"),
        ("import os; os.symlink('/etc', 'etc')", "PermissionError"),
        ("import os; os.mkfifo('pipe')", "PermissionError"),
        ("import os; os.kill(os.getppid(), 15)", "PermissionError"),
        ("import os; os.kill(1, 15)", "SandboxViolation"),
        ("import codegym_jlab.grading", "ModuleNotFoundError"),
    ],
)
def test_walls(confined: Notebook, code: str, error: str) -> None:
    out = confined.run(code)
    assert out.error == error, out


def test_no_secret_in_the_environment(confined: Notebook) -> None:
    names = confined.value("import os; print(*sorted(os.environ))").split()
    assert not [name for name in names if name.startswith(("JPY_", "JUPYTER", "CG_", "CODEGYM", "SSH", "AWS"))]


@X86
@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("call(41, 1, 1, 0)", "EPERM"),  # socket: UNIX
        ("call(41, 2, 1, 0)", "EPERM"),  # internet
        ("call(49, 5, b'x', 3)", "EPERM"),  # bind
        ("call(50, 5, 1)", "EPERM"),  # listen
        ("call(42, 5, b'x', 3)", "EPERM"),  # connect
        ("call(56, 17, 0, 0, 0, 0)", "EPERM"),  # clone: a process
        ("call(57)", "EPERM"),  # fork
        ("call(59, b'/bin/true', 0, 0)", "EPERM"),  # execve
        ("call(112)", "EPERM"),  # setsid
        ("call(101, 16, 1, 0, 0)", "EPERM"),  # ptrace
        ("call(90, b'data.csv', 0o777)", "EPERM"),  # chmod
        ("call(257, -100, b'born', os.O_CREAT | os.O_WRONLY, 0o4755)", "EPERM"),  # open, set-user-id
        ("call(85, b'born', 0o4755)", "EPERM"),  # creat
        ("call(133, b'born', 0o104755, 0)", "EPERM"),  # mknod
        ("call(437, -100, b'x', 0, 0)", "ENOSYS"),  # openat2
        ("call(317, 1, 0, 0)", "EPERM"),  # seccomp
    ],
)
def test_system_calls_that_are_refused(confined: Notebook, code: str, answer: str) -> None:
    assert confined.value(f"{CALL}\nprint({code})") == answer


@X86
def test_no_socket_of_the_host_is_reached(confined: Notebook) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0codegym-test-{os.getpid()}")
        server.listen()
        address = f"b'\\x01\\x00\\x00codegym-test-{os.getpid()}'"
        code = (
            f"{CALL}\nimport socket\na, b = socket.socketpair()\nx = {address}\nprint(call(42, a.fileno(), x, len(x)))"
        )
        assert confined.value(code) == "EPERM"


def test_another_kernels_files_are_closed(make: Make, tmp_path: Path) -> None:
    """Neither its folder, nor its private one, nor its sockets, though their names may be guessed."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (make(folder, level="confined").start() for folder in folders)
    private = one.value("import os; open('mine.txt', 'w').close(); print(os.environ['HOME'])")
    for place in (str(folders[0]), private, os.path.dirname(private), str(one.sockets())):
        assert two.run(f"import os; os.listdir({place!r})").error == "PermissionError"
    assert two.run(f"open({str(folders[0] / 'mine.txt')!r})").error == "PermissionError"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = bytearray(900 << 20)", "may use 200 MB of memory"),
        ("f = open('big', 'wb')\nf.write(bytes(6 << 20))", "may hold 5 MB"),
        ("files = [open('/dev/null') for _ in range(200)]", "may have 128 files open"),
        (
            "import threading, time\nfor _ in range(100): threading.Thread(target=time.sleep, args=(1,)).start()",
            "may have 40 processes and threads",
        ),
    ],
)
def test_words_for_a_limit(confined: Notebook, code: str, words: str) -> None:
    out = confined.run(code)
    assert words in out.lines, out
    confined.run("x = files = f = None")
    assert confined.value("print(6 * 7)") == "42"


def test_a_private_folder_that_holds_too_much_ends_it_with_words(make: Make) -> None:
    notebook = make(level="confined", temporary_mb=16).start()
    code = "import os, time\nwith open(os.environ['HOME'] + '/x', 'wb') as f: f.write(bytes(40 << 20))\ntime.sleep(60)"
    notebook.client.execute(code)
    until(lambda: not notebook.manager.is_alive())
    notebook.manager.restart_kernel(now=True)
    notebook.connect()
    assert "its folder for temporary files held more than 16 MB" in notebook.run("print(1)").text


def until(true: Callable[[], bool]) -> None:
    for _ in range(6000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come about")


def test_interrupt_restart_and_shutdown(make: Make) -> None:
    notebook = make(level="confined").start()
    sent = notebook.begin("print('begun')\nwhile True: pass")
    notebook.manager.interrupt_kernel()
    assert notebook.reply(sent)["ename"] == "KeyboardInterrupt"
    notebook.value("x = 1")
    private = notebook.value("import os; print(os.environ['HOME'])")
    notebook.manager.restart_kernel()
    notebook.connect()
    assert notebook.run("x").error == "NameError"
    until(lambda: not os.path.exists(private))
    sockets, running = notebook.sockets(), notebook.manager.provisioner.process
    notebook.hang_up()
    notebook.manager.shutdown_wait_time = 60  # a busy machine is no reason for a signal
    notebook.manager.shutdown_kernel()
    assert running.poll() == 0 and not sockets.exists()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
)
def test_a_kernel_that_dies_says_how(make: Make, code: str, status: int) -> None:
    notebook = make(level="confined").start()
    notebook.client.execute(code)
    process = notebook.manager.provisioner.process
    until(lambda: process.poll() is not None)
    assert process.poll() == status


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives folders to others")
def test_started_by_root_it_is_the_folders_owner(make: Make, tmp_path: Path) -> None:
    notebook = make(tmp_path, level="confined").start()
    assert notebook.value("import os; print(os.getuid(), os.getgid(), os.getgroups())") == "1234 4321 []"
    notebook.value("open('new.txt', 'w').close()")
    info = (tmp_path / "new.txt").stat()
    assert (info.st_uid, info.st_gid) == STUDENT


@pytest.mark.skipif(os.getuid() != 0, reason="only root has roots folders")
def test_roots_folder_is_refused_in_words(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path, "confined")
    os.chown(tmp_path, 0, 0)
    try:
        with pytest.raises(KernelRefused, match="belongs to root.*start Jupyter as an ordinary user"):
            notebook.start()
    finally:
        notebook.end()
    assert "belongs to root" in refusal(tmp_path, "confined")
    assert refusal(tmp_path, "process") and not refusal(tmp_path, "namespaces")


@pytest.mark.parametrize("level", ["namespaces", "confined"])
def test_whether_a_folder_can_be_lent_is_tried_ahead(tmp_path: Path, level: str) -> None:
    """So that a page opens its notebook on the plain kernel at once, and not on one that does not start."""
    if os.getuid() == 0:
        os.chown(tmp_path, *STUDENT)
    before = set(shared().running)
    assert asyncio.run(shared().refusal(str(tmp_path), (), (level,))) == ""
    gone = asyncio.run(shared().refusal(str(tmp_path / "gone"), (), (level,)))
    assert "gone" in gone or "folder" in gone
    assert set(shared().running) == before
    if level == "confined" and os.getuid() == 0:
        os.chown(tmp_path, 0, 0)
        assert "belongs to root" in asyncio.run(shared().refusal(str(tmp_path), (), (level,)))


@pytest.mark.parametrize("level", ["namespaces", "confined"])
def test_one_that_is_no_longer_wanted_while_it_comes_up_is_ended(tmp_path: Path, level: str) -> None:
    """Whenever that is: before the fork, amid its start, and when it is just there."""
    if os.getuid() == 0:
        os.chown(tmp_path, *STUDENT)
    ports = {f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)}
    connection = {**ports, "key": "k", "signature_scheme": "hmac-sha256"}

    async def start_and_leave(after_s: float) -> None:
        order = KernelOrder(str(tmp_path), shared().folders.make(), connection)
        task = asyncio.create_task(shared().start(order, (), (level,)))
        await asyncio.sleep(after_s)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            (await task).kill()  # it was there already

    async def all_moments() -> None:
        await shared().warm((), (level,))
        for number in range(12):
            await start_and_leave(number * 0.01)

    before = set(shared().running)
    asyncio.run(all_moments())
    until(lambda: not set(shared().running) - before)


def test_nothing_is_left_on_the_disk(make: Make) -> None:
    notebook = make(level="confined").start()
    private = notebook.value("import os; print(os.environ['HOME'])")
    assert os.path.isdir(private)
    close_shared()
    assert not os.path.exists(os.path.dirname(private))
