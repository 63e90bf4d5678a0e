"""Where no process can be started, the locks of multiprocessing are those of threads."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from codegym_jlab.runner.isolation import confined
confined.install()
import multiprocessing, threading
from multiprocessing.pool import ThreadPool
with ThreadPool(2) as pool:
    assert pool.map(abs, [-1, 2]) == [1, 2]
lock, ready = multiprocessing.RLock(), multiprocessing.Event()
with lock, lock, multiprocessing.Semaphore(2), multiprocessing.Condition(lock):
    threading.Thread(target=ready.set).start()
    assert ready.wait(30)
inbox = multiprocessing.SimpleQueue()
inbox.put("a")
assert inbox.get() == "a"
"""


def test_threads_use_them() -> None:
    """In a process of its own: this one has multiprocessing's real ones."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=100)
