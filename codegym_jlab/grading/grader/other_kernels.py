"""Answers in other languages: cells and checks run in that language's Jupyter kernel, in the sandbox.

Each check has a kernel of its own, in which the cells up to the answer have run: what one check does, no other sees.
What is expected stays here, and so do the other checks' inputs. That takes seconds, so a submission's kernels start at
the same time. An error without a name is an exit status, as shells have it, and decides nothing: what is printed does.
"""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.records import Failure, Json, end_tasks
from codegym_jlab.sandbox.base import Limits, SandboxUnavailable, SandboxUnfit
from codegym_jlab.sandbox.other_kernels import OtherKernel, OtherKernels, Spec

from ..checker.responses import FORGED, Reply, ended, exceeded, violated, visible
from ..checker.verdict import Decision, decide, stated
from .plan import ANSWER, Task

LEVEL = "namespaces"  #: the sandbox level that has such kernels
STARTUP_S = 60  #: until a kernel answers, on a busy machine
GRACE_S, CPU_GRACE_S = 2.0, 0.7
MOST_AT_ONCE = 4  #: kernels for each processor; they sleep while they start
LONGEST_MESSAGE = 4 << 20


@dataclass(slots=True)
class KernelRun:
    """What the cells up to an answer, and one check, did."""

    answer: Reply = field(default_factory=lambda: Reply("exited", failure=Failure("Exit", "")))
    above: dict[str, Reply] = field(default_factory=dict)
    skipped: dict[str, Reply] = field(default_factory=dict)
    check: Reply | None = None


class KernelGrader:
    """Judges answers in other languages. Belongs to the event loop that first uses it."""

    def __init__(self) -> None:
        self._kernels = OtherKernels()
        self._gate = asyncio.Semaphore(MOST_AT_ONCE * len(os.sched_getaffinity(0)))

    async def judged(self, task: Task, level: str) -> tuple[KernelRun, list[Decision]]:
        """The run of the answer, and the word on each check, in their order; none where the answer did not run through.

        Raises SandboxUnavailable, or SandboxUnfit where waiting is in vain, in words for staff.
        """
        if level != LEVEL:
            where = f"at the sandbox level {LEVEL} alone; here it is {level}"
            raise SandboxUnfit(f"answers for the kernel `{task.kernel}` are checked {where}")
        spec = await asyncio.to_thread(spec_of, task.kernel)
        wanted: list[Check | None] = [*task.checks] or [None]
        runs: list[KernelRun] = []
        for run in await asyncio.gather(*(self._run(task, spec, one) for one in wanted), return_exceptions=True):
            if isinstance(run, BaseException):  # raised only now: none is left running
                raise run
            runs.append(run)
        if runs[0].answer.status != "ok":
            return runs[0], []
        return runs[0], [_word_on(check, run) for check, run in zip(task.checks, runs, strict=False)]

    async def close(self) -> None:
        """End what is left."""
        await self._kernels.close()

    async def _run(self, task: Task, spec: Spec, check: Check | None) -> KernelRun:
        run, dropped = KernelRun(), set[str]()
        async with self._gate:
            while not await self._reached(task, spec, check, run, dropped):
                pass
        return run

    async def _reached(self, task: Task, spec: Spec, check: Check | None, run: KernelRun, dropped: set[str]) -> bool:
        """Run all in a new kernel. False where a cell above the answer ended it: it is left out the next time."""
        async with _kernel(self._kernels, spec, task) as kernel:
            for cell in task.plan:
                if cell.name in dropped:
                    continue
                reply = await kernel.run(cell.text)
                if cell.name == ANSWER:
                    run.answer = reply
                elif reply.status == "ok":
                    run.above[cell.name] = reply
                else:
                    run.skipped.setdefault(cell.name, reply)
                if cell.name != ANSWER and not kernel.lives:
                    dropped.add(cell.name)
                    return False
            if check is not None and run.answer.status == "ok":
                prepared = await kernel.run(check.setup or "")
                run.check = prepared if prepared.status != "ok" else await kernel.run(check.run or "")
        return True


def spec_of(kernel: str) -> Spec:
    """The program of that kernel. Raises SandboxUnfit where it is not installed."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        found = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        raise SandboxUnfit(
            f"the kernel `{kernel}` is not installed here (`jupyter kernelspec list` names those that are); "
            "install it, or change `kernel:` in the course"
        ) from None
    return Spec(tuple(found.argv), {name: str(value) for name, value in found.env.items()})


def _word_on(check: Check, run: KernelRun) -> Decision:
    """The word on one check. Its own kernel ran the answer again, so that may have failed there."""
    expected = stated(check)
    assert expected is not None, "a check of another kernel says what is printed"
    return decide(expected, run.check or run.answer)


class _Kernel:
    """One kernel, and a client for it."""

    def __init__(self, process: OtherKernel, limits: Limits) -> None:
        import zmq.asyncio
        from jupyter_client.asynchronous.client import AsyncKernelClient

        self._process, self._limits = process, limits
        self._context = zmq.asyncio.Context()
        self._context.setsockopt(zmq.MAXMSGSIZE, LONGEST_MESSAGE)
        self._client = AsyncKernelClient(context=self._context)
        self._client.load_connection_info(process.connection)  # type: ignore[arg-type]  # a plain dict of the same keys
        self._client.start_channels(hb=False)
        self._gone = asyncio.ensure_future(process.gone())
        self._until = time.monotonic() + STARTUP_S
        self.lives = True

    async def ready(self) -> None:
        """Wait until it answers. Raises SandboxUnavailable."""
        asking = asyncio.ensure_future(self._client.wait_for_ready(timeout=STARTUP_S))
        try:
            await asyncio.wait({asking, self._gone}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise SandboxUnavailable(f"the kernel ended while it started ({self._gone.result().kind})")
            if asking.exception() is not None:
                raise SandboxUnavailable(f"the kernel does not answer: {asking.exception()}")
        finally:
            await end_tasks(asking)
        self._until = time.monotonic() + self._limits.total_s

    async def run(self, text: str) -> Reply:
        """What a cell did. Its kernel has ended where it outran a limit."""
        if not text.strip():
            return Reply("ok")
        if not self.lives:
            return violated("ending the kernel")
        within = min(self._limits.wall_s + GRACE_S, self._until - time.monotonic())
        self._process.limit_cpu(self._limits.seconds + CPU_GRACE_S)
        running = asyncio.ensure_future(self._execute(text))
        try:
            waited = {running, self._gone}
            await asyncio.wait(waited, timeout=max(0.0, within), return_when=asyncio.FIRST_COMPLETED)
            if self._gone.done():
                return self._end(ended(self._gone.result()))
            return running.result() if running.done() else self._end(exceeded("timeout"))
        finally:
            await end_tasks(running)

    async def _execute(self, text: str) -> Reply:
        """What the kernel shows until it is idle again; it may send anything."""
        sent, left = self._client.execute(text), self._limits.output_kb * 1024
        texts: list[str] = []
        failure = None
        try:
            while True:
                message: Json = await self._client.get_iopub_msg()
                kind, content = message["msg_type"], message["content"]
                if message["parent_header"].get("msg_id") != sent:
                    continue
                left -= _size(content)
                if left < 0:
                    return self._end(exceeded("output"))
                if kind == "stream" and content["name"] == "stdout":
                    texts.append(str(content["text"]))
                elif kind == "clear_output":
                    texts.clear()
                elif kind == "error" and content["ename"]:
                    failure = Failure(visible(str(content["ename"]), 120), visible(str(content["evalue"]), 2000))
                elif kind == "status" and content["execution_state"] == "idle":
                    return Reply("ok" if failure is None else "error", "".join(texts), failure)
        except (KeyError, TypeError, AttributeError, ValueError):
            return self._end(violated(FORGED))

    def _end(self, reply: Reply) -> Reply:
        self.lives = False
        return reply

    def hang_up(self) -> None:
        """Close the sockets."""
        self._gone.cancel()
        self._client.stop_channels()
        self._context.destroy(linger=0)


@contextlib.asynccontextmanager
async def _kernel(kernels: OtherKernels, spec: Spec, task: Task) -> AsyncIterator[_Kernel]:
    process = await kernels.start(spec, task.image, task.limits, secrets.token_hex(16))
    kernel = _Kernel(process, task.limits)
    try:
        await kernel.ready()
        yield kernel
    finally:
        kernel.hang_up()
        await process.close()


def _size(content: Any) -> int:
    """Characters of what a message shows."""
    if not isinstance(content, dict):
        return 0
    shown = [content.get("text"), *(content.get("data") or {}).values(), *(content.get("traceback") or [])]
    return sum(len(part) if isinstance(part, str) else 100 for part in shown if part)
