"""Programs drawn at random answer the same in one process, in forks of it, and in another order."""

from __future__ import annotations

import os
import re
from typing import Any

from contract.sandbox.conftest import Place
from contract.sandbox.programs import Author

from codegym_jlab.sandbox import Limits

PROGRAMS = int(os.environ.get("CG_DRAWN_PROGRAMS", "25"))
FIRST = int(os.environ.get("CG_DRAWN_FIRST", "0"))


def told(given: list[Any]) -> list[str]:
    """Replies without the addresses of objects, which differ from run to run."""
    return [re.sub("[0-9a-f]{6,}", "#", repr(answer)) for answer in given]


def test_programs_answer_the_same_however_they_are_asked(place: Place) -> None:
    alike = 0
    for seed in range(FIRST, FIRST + PROGRAMS):
        cell, names, calls = Author(seed).program()
        with place.lease(*names, limits=Limits(seconds=5.0)) as lease:
            if lease.cell(cell)["status"] == "syntax":
                continue
            apart = lease.together(*calls, apart=True)
            here = lease.together(*calls)
            again = lease.together(*reversed(calls))
        assert apart.ended is here.ended is again.ended is None
        assert told(here.given) == told(apart.given), (seed, cell, calls)
        assert told(again.given[::-1]) == told(apart.given), (seed, cell, calls)
        alike += any(answer["status"] == "value" for answer in here.given)
    assert alike > PROGRAMS / 4
