"""`make faults ROUNDS=200`: the long form of what tests/faults does in a few rounds. With CLASS=1 a class on JupyterHub
whose services are replaced and whose parts are killed one by one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from contract.outside import Broker
from contract.postgres import Server
from faults.killing import kill_again_and_again
from faults.on_hub import kill_each
from faults.outage import away, stopped
from faults.rollout import roll_out

from codegym_jlab.hub.postgresql import Missing

STUDENTS, AWAY_S = 40, 60.0
CLASS = 300


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


def on_hub(students: int) -> None:
    """Prints figures; raises AssertionError where a promise does not hold."""
    print(f"A class of {students} on JupyterHub; its two services are replaced, of the version before by this one's")
    try:
        _, figures, crowd = roll_out(students, print, more=students)
        said = f"{len(crowd.refused)} refused for a while, {crowd.unanswered} cut off"
        print(f"{figures}, {said}, an answer within {crowd.longest_s:.1f} s")
    except Missing as problem:
        print(f"not tried, {problem}")
    print(f"A class of {students} on JupyterHub; its parts are killed one by one")
    try:
        broker: Broker | None = Broker()
    except Missing as problem:
        broker = None
        print(f"Kafka away: not tried, {problem}")
    try:
        if broker is not None:
            broker.start()
        _, figures, crowd = kill_each(students, AWAY_S, print, broker)
    finally:
        if broker is not None:
            broker.close()
    print(f"{figures}, {len(crowd.refused)} refused for a while, an answer within {crowd.longest_s:.1f} s")


if __name__ == "__main__" and sys.argv[1] == "class":
    on_hub(int(sys.argv[2]) if len(sys.argv) > 2 else CLASS)
elif __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
