"""A worker and a sandbox host tell Prometheus how they are, and nothing that is a secret."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.outside import free_ports
from contract.sandbox_host import sandbox_host
from contract.stored import filled
from processes import end_tidily
from scrape import value

from codegym_jlab.sandbox.base import Image, Limits
from codegym_jlab.sandbox.levels import open_sandbox

pytestmark = pytest.mark.anyio
SECRETS = ("person-", "# 1.", "basics", "codegym.sqlite", "127.0.0.1")


def scraped(port: int, path: str = "metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=120) as page:
        assert page.headers["Content-Type"].startswith("text/plain")
        return str(page.read().decode())


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """On records with a few people in them."""
    filled(tmp_path / "codegym.sqlite", tmp_path / "basics", 2)
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "codegym_jlab.cli", "worker", "--records", str(tmp_path / "codegym.sqlite")]
    process = subprocess.Popen([*command, "--metrics-port", str(port)], stderr=subprocess.PIPE, text=True)
    yield process, port
    end_tidily(process, lambda: "")
    assert process.stderr is not None
    process.stderr.close()


@pytest.mark.full
def test_a_worker(worker: tuple[subprocess.Popen[str], int], tmp_path: Path) -> None:
    process, port = worker
    assert process.stderr is not None
    said = [process.stderr.readline() for _ in range(2)]
    assert f"metrics at http://127.0.0.1:{port}/metrics" in "".join(said), said
    page = scraped(port)
    assert value(page, "codegym_sandbox_zygotes_started_total") + value(page, "codegym_sandbox_zygotes") > 0
    assert "codegym_queue_submissions 0.0" in page and "codegym_outbox_events" in page
    assert not [secret for secret in SECRETS if secret in page]
    with pytest.raises(urllib.error.HTTPError) as refused:
        scraped(port, "")
    assert refused.value.code == 404
    refused.value.close()
    command = [sys.executable, "-m", "codegym_jlab.cli", "worker", "--records", str(tmp_path / "codegym.sqlite")]
    second = subprocess.run([*command, "--metrics-port", str(port)], capture_output=True, text=True)
    assert second.returncode == 1 and "name another --metrics-port" in second.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0


async def test_a_sandbox_host() -> None:
    port = free_ports(1)[0]
    with sandbox_host("--metrics-port", str(port)) as host:
        before = scraped(port)
        sandbox = await open_sandbox("remote")
        process = await sandbox.lease(Image(), Limits())
        assert value(scraped(port), "codegym_sandbox_leases_open") == 1
        await process.close()
        await sandbox.close()
        page = scraped(port)
        assert host.process is not None and host.process.poll() is None
        counted = "codegym_sandbox_lease_seconds_count"
        assert value(page, counted) > value(before, counted)
        assert host.key.decode() not in page and str(host.socket) not in page and os.environ["PATH"] not in page
