"""`make faults ROUNDS=200`: the long form of what tests/faults does in a few rounds."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from contract.postgres import Server
from faults.killing import kill_again_and_again
from faults.outage import away, stopped

from codegym_jlab.hub.postgresql import Missing

STUDENTS, AWAY_S = 40, 60.0


def main(rounds: int, seed: int) -> None:
    """Prints figures; raises AssertionError where a promise does not hold, and leaves the records there."""
    folder = Path(tempfile.mkdtemp(prefix="codegym-faults-"))
    say = lambda text: print(f"\r{text}", end="", flush=True)  # noqa: E731
    try:
        outages(folder)
    except Missing as problem:
        print(f"PostgreSQL away: not tried, {problem}")
    print(f"{rounds} kills, seed {seed}, in {folder}")
    figures = kill_again_and_again(folder, rounds, seed, say)
    print(f"\n{figures}")


def outages(folder: Path) -> None:
    """PostgreSQL away for a minute under a crowd, in two ways. Raises Missing."""
    postgres = Server()
    try:
        postgres.make()
        postgres.start()
        for name, how in (("stopped", stopped), ("hanging", Server.frozen)):
            print(f"PostgreSQL {name}, {STUDENTS} students, in {folder / name}")
            figures, crowd = away(folder / name, postgres, how, students=STUDENTS, away_s=AWAY_S, say=print)
            print(f"{figures}, {len(crowd.refused)} refused, an answer within {crowd.longest_s:.1f} s")
    finally:
        postgres.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
