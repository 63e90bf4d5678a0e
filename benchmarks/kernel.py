"""A sandboxed kernel from the call that starts it to its first reply, turn by turn with a plain ipykernel."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.desk import Desk
from benchmarks.figures import Figure, figure


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """The first start, which makes the zygote, is left out."""
    folder = desk.scratch("kernel")
    ours, plain = list[float](), list[float]()
    await _start_to_first_reply("codegym-python3", folder)
    for _ in range(max(5, desk.rounds // 20)):
        ours.append(await _start_to_first_reply("codegym-python3", folder))
        plain.append(await _start_to_first_reply("python3", folder))
    peer = figure("kernel", "plain ipykernel, start to first reply", plain)
    yield peer
    yield figure("kernel", "kernel: start to first reply", ours, peer)


async def _start_to_first_reply(name: str, folder: Path) -> float:
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(kernel_name=name)
    began = time.perf_counter()
    await manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels(hb=False)
    try:
        await client.execute("6 * 7", reply=True, timeout=60)
        return (time.perf_counter() - began) * 1000
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)
