"""How long a kernel takes from the call to its first answer, beside a plain ipykernel in the same run."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import pytest
from contract.kernels.conftest import KERNELS, NAME
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager


async def start_to_first_reply(name: str, folder: Path) -> float:
    """Milliseconds."""
    specs = KernelSpecManager(kernel_dirs=[str(KERNELS)])
    manager = AsyncKernelManager(kernel_name=name, kernel_spec_manager=specs)
    began = time.perf_counter()
    await manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels(hb=False)
    await client.execute("6 * 7", reply=True, timeout=30)
    took = time.perf_counter() - began
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)
    return took * 1000


@pytest.mark.slow
def test_start_beside_a_plain_kernel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def measure() -> tuple[list[float], list[float]]:
        await start_to_first_reply(NAME, tmp_path)  # the zygote
        ours = [await start_to_first_reply(NAME, tmp_path) for _ in range(7)]
        return ours, [await start_to_first_reply("python3", tmp_path) for _ in range(3)]

    ours, plain = asyncio.run(measure())
    with capsys.disabled():
        print(f"\nstart to first reply: {statistics.median(ours):.0f} ms, plain {statistics.median(plain):.0f} ms")
    assert statistics.median(ours) < statistics.median(plain) / 3
