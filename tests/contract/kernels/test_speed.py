"""What a kernel costs from the call to its first answer, beside a plain ipykernel in the same run."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

import pytest
from contract.kernels.conftest import KERNELS, NAME
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

SPENT = "__import__('time').process_time()"


async def spent_to_first_reply(name: str, folder: Path) -> float:
    """Milliseconds of processor that the kernel says it spent: a busy machine does not lengthen them."""
    specs = KernelSpecManager(kernel_dirs=[str(KERNELS)])
    manager = AsyncKernelManager(kernel_name=name, kernel_spec_manager=specs)
    await manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels(hb=False)
    reply = await client.execute("", user_expressions={"spent": SPENT}, reply=True, timeout=60)
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)
    return float(reply["content"]["user_expressions"]["spent"]["data"]["text/plain"]) * 1000


@pytest.mark.slow
def test_start_beside_a_plain_kernel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def measure() -> tuple[list[float], list[float]]:
        await spent_to_first_reply(NAME, tmp_path)  # the zygote
        ours = [await spent_to_first_reply(NAME, tmp_path) for _ in range(5)]
        return ours, [await spent_to_first_reply("python3", tmp_path) for _ in range(3)]

    ours, plain = asyncio.run(measure())
    with capsys.disabled():
        print(f"\nprocessor to first reply: {statistics.median(ours):.0f} ms, plain {statistics.median(plain):.0f} ms")
    assert statistics.median(ours) < statistics.median(plain) / 3
