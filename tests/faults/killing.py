"""The server is killed at random moments under load, again and again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from faults.audit import Figures, audit, logged, rows, settle
from faults.served import Served
from faults.students import Crowd


def kill_again_and_again(
    folder: Path, rounds: int, seed: int, say: Callable[[str], None] = lambda text: None, students: int = 4
) -> Figures:
    """`rounds` kills; then what the records say. Some kills come while the server still starts."""
    chance = random.Random(seed)
    server = Served(folder / "server", folder / "records", {"sweep_s": 0.2, "wait_s": 0.03})
    crowd = Crowd([server], students)
    try:
        server.start()
        crowd.start()
        for number in range(rounds):
            if chance.random() < 0.8:
                crowd.wait_for(1)
                time.sleep(chance.uniform(0.0, 0.5))
            else:
                time.sleep(chance.uniform(0.0, 1.5))
            _wait_for_last_tries(folder / "records")
            server.kill()
            server.launch()
            say(f"{number + 1} kills, {len(crowd.acknowledged)} acknowledged")
        crowd.wait_for(1)
        crowd.stop()
        settle(folder / "records")
    finally:
        server.kill()
    return audit(folder / "records", crowd.acknowledged, logged([server.events]))


def _wait_for_last_tries(records: Path) -> None:
    """What stopped two servers is put aside by the third's end; on a busy machine that would meet innocent ones."""
    while (records / "codegym.sqlite").exists() and rows(records, _LAST_TRIES) != [(0,)]:
        time.sleep(0.05)


_LAST_TRIES = "SELECT count(*) FROM submissions WHERE state = 'waiting' AND faults > 1"
