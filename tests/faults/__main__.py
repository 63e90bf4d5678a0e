"""`make faults ROUNDS=200`: the long form of what tests/faults does in a few rounds."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from faults.killing import kill_again_and_again


def main(rounds: int, seed: int) -> None:
    """Prints figures; raises AssertionError where a promise does not hold, and leaves the records there."""
    folder = Path(tempfile.mkdtemp(prefix="codegym-faults-"))
    print(f"{rounds} kills, seed {seed}, in {folder}")
    say = lambda text: print(f"\r{text}", end="", flush=True)  # noqa: E731
    figures = kill_again_and_again(folder, rounds, seed, say)
    print(f"\n{figures}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
