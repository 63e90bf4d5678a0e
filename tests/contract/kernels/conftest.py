"""A real kernel of *Python 3 (CodeGYM)*, driven through jupyter_client as a notebook drives it."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from absent import skip
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from codegym_jlab.provisioner import KernelRefused
from codegym_jlab.sandbox.kernels import close_shared

KERNELS = Path(__file__).parents[3] / "kernels"
NAME = "codegym-python3"
SECRET = "cg-secret-of-the-host-90417"
TIMEOUT = 120
STUDENT = (1234, 4321)  #: user and group of a folder that root does not own


@dataclass
class Outcome:
    """What one cell did."""

    status: str = ""
    text: str = ""  #: stdout and stderr
    shown: list[dict[str, Any]] = field(default_factory=list)  #: display data and values
    error: str = ""  #: name of the exception
    lines: str = ""  #: its traceback


class Notebook:
    """One kernel and a client of it."""

    def __init__(self, folder: Path, level: str = "namespaces", **config: Any) -> None:
        """`level`: of the sandbox, whatever the environment says; empty: what the provisioner takes."""
        self.folder = folder
        if level == "confined" and os.getuid() == 0 and folder.stat().st_uid == 0:
            os.chown(folder, *STUDENT)
        config |= {"level": level} if level else {}
        specs = KernelSpecManager(kernel_dirs=[str(KERNELS)], ensure_native_kernel=False)
        self.manager = KernelManager(kernel_name=NAME, kernel_spec_manager=specs)
        spec = self.manager.kernel_spec
        assert spec is not None
        spec.metadata["kernel_provisioner"]["config"] = {"preload": ["numpy"], **config}
        self.client: BlockingKernelClient | None = None

    def start(self) -> Notebook:
        self.manager.start_kernel(cwd=str(self.folder))
        self.connect()
        return self

    def connect(self) -> None:
        self.hang_up()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def hang_up(self) -> None:
        if self.client is not None:
            self.client.stop_channels()
            self.client = None

    def run(self, code: str, answer: Callable[[str], str] | None = None) -> Outcome:
        assert self.client is not None
        out = Outcome()

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                out.text += content["text"]
            elif message["msg_type"] in ("display_data", "execute_result"):
                out.shown.append(content["data"])
            elif message["msg_type"] == "error":
                out.error, out.lines = content["ename"], "\n".join(content["traceback"])

        def ask(message: dict[str, Any]) -> None:
            assert self.client is not None and answer is not None
            self.client.input(answer(message["content"]["prompt"]))

        reply = self.client.execute_interactive(
            code, timeout=TIMEOUT, output_hook=hear, stdin_hook=ask if answer else None, allow_stdin=answer is not None
        )
        out.status = reply["content"]["status"]
        return out

    def value(self, code: str) -> str:
        """What the cell printed; it must have run through."""
        out = self.run(code)
        assert out.status == "ok", out.lines
        return out.text.rstrip("\n")

    def begin(self, code: str) -> str:
        """Send a cell and wait until it prints `begun`; returns its message id.

        One that is to be interrupted prints it unflushed, and goes on in short steps: a thread sends it soon after.
        In the flush itself an interrupt becomes an error of threading's locks, and one that comes between Python's
        last look for it and the call of a long sleep is seen after the sleep, as in a kernel without a sandbox.
        """
        assert self.client is not None
        sent = self.client.execute(code, stop_on_error=False)
        while True:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["msg_type"] == "stream" and "begun" in message["content"]["text"]:
                return str(sent)

    def reply(self, sent: str) -> dict[str, Any]:
        assert self.client is not None
        while True:
            message = self.client.get_shell_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == sent:
                while True:  # what it showed is no part of the next cell
                    try:
                        self.client.get_iopub_msg(timeout=0.2)
                    except queue.Empty:
                        return dict(message["content"])

    def sockets(self) -> Path:
        return Path(self.manager.ip).parent

    def end(self) -> None:
        self.hang_up()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.context.destroy(linger=0)


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CG_KERNEL_SECRET", "JPY_API_TOKEN", "JUPYTERHUB_API_TOKEN"):
            patch.setenv(name, SECRET)
        patch.delenv("CODEGYM_SANDBOX", raising=False)
        yield
    close_shared()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Notebook]]:
    """Notebooks that are ended after the test."""
    made: list[Notebook] = []

    def new(folder: Path | None = None, **config: Any) -> Notebook:
        made.append(Notebook(folder or tmp_path, **config))
        return made[-1]

    yield new
    for notebook in made:
        notebook.end()


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """One kernel for the tests of a file that leave it as it was."""
    made = Notebook(tmp_path_factory.mktemp("course"))
    try:
        made.start()
    except KernelRefused as e:
        made.end()
        skip(e)
    yield made
    made.end()
