"""The first check after a unit was opened finds everything ready: counted in a process that has done nothing before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, gc, json, sys
from pathlib import Path

from codegym_jlab.config import Settings, build
from codegym_jlab.submission import Kind


async def main(courses, scratch):
    services = await build(Settings(courses, scratch / "records", scratch, warm_kernels=False))
    await services.start()
    try:
        enrolment = await services.manager.enrol("ada", "demo")
        await services.workspace.open_unit(enrolment, "one")
        from codegym_jlab.store.sqlite import WORDING

        before = len(WORDING)
        services.warm(enrolment)
        services.warm(enrolment)
        await asyncio.wait(services._warming)
        print(json.dumps({"ahead": len(WORDING) - before, **await checked(services, enrolment)}))
    finally:
        await services.close()


async def checked(services, enrolment):
    from codegym_jlab.store.sqlite import WORDING

    modules, worded, zygotes = set(sys.modules), len(WORDING), services.sandbox.standing.zygotes
    source = "def add(a, b):\\n    return a + b\\n"
    sent = {"kind": Kind.SUBMIT, "source": source, "idempotency_key": "first-check-of-ada"}
    outcome = await services.manager.submit(enrolment, "add", **sent)
    return {
        "verdict": outcome.judgement and outcome.judgement.verdict,
        "modules": sorted(set(sys.modules) - modules),
        "worded": len(WORDING) - worded,
        "zygotes": services.sandbox.standing.zygotes - zygotes,
        "switch": sys.getswitchinterval(),
        "collects": gc.isenabled(),
        "walked": any(one is sys.modules["codegym_jlab.tutor.triage.lexicon"] for one in gc.get_objects()),
    }


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_the_first_check_after_opening_reads_nothing_and_words_nothing(courses_dir: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(courses_dir), str(tmp_path)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found.pop("ahead") > 5, "before anybody asked nothing was done"
    assert (found.pop("collects"), found.pop("walked")) == (True, False), "the collector leaves what was read"
    assert found == {"verdict": "AC", "modules": [], "worded": 0, "zygotes": 0, "switch": 0.005}
