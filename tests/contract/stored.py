"""Records with submissions of many people, judged for real, and a check that is changed afterwards."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from moments import NOON

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.admission import Place, local_offering, situation_for
from codegym_jlab.grading.apply_judgement import CountingRules, JudgementStep
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Kind, Submission, new_id
from codegym_jlab.sandbox.base import Sandbox
from codegym_jlab.store import Store
from codegym_jlab.store.base import Lease
from codegym_jlab.store.classes import Change, Offering, Override
from codegym_jlab.store.postgresql import PostgresStore
from codegym_jlab.store.sql.store import SqlStore

COURSE = "schema: 1\nid: basics\ntitle: Basics\nunits: [one, two]\n"
UNIT = """
id: {unit}
title: {unit}
cells:
  - exercise:
      id: {exercise}
      title: {exercise}
      points: 3
      statement: Write `{exercise}(x)`.
      solution: "def {exercise}(x): return 2 * x"
      checks:
        - call: {exercise}(1)
          equals: 2
        - call: {exercise}(5)
          equals: {expected}
          hidden: a large number
          id: large
        - random: {{x: "rng.randint(3, 99)"}}
          call: {exercise}(x)
          count: 3
          hidden: random numbers
"""
#: What is handed in → points before and after the check `large` is put right (10 in place of 11).
ANSWERS = {
    "def {e}(x): return 2 * x": (1.5, 3.0),
    "def {e}(x): return x + 1": (0.0, 0.0),
    "def {e}(x): return 2 * x if x < 5 else 2 * x + 1": (1.5, 0.0),
    "def {e}(x): return x": (0.0, 0.0),
}


@dataclass(frozen=True)
class Stored:
    """A course, and who handed in what."""

    folder: Path
    answers: tuple[tuple[str, str, str, tuple[float, float]], ...]  #: person, exercise, submission, points

    @property
    def rising(self) -> set[str]:
        """Submissions whose points rise once the check is right."""
        return {id for _, _, id, (before, after) in self.answers if after > before}

    @property
    def falling(self) -> set[str]:
        """Those whose points fall."""
        return {id for _, _, id, (before, after) in self.answers if after < before}


def write_course(folder: Path, expected: int = 11) -> Path:
    """`large` expects this of twice five."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text(COURSE)
    for unit, exercise in (("one", "twice"), ("two", "double")):
        (folder / f"{unit}.yaml").write_text(UNIT.format(unit=unit, exercise=exercise, expected=expected))
    return folder


async def fill(
    store: Store,
    sandbox: Sandbox,
    folder: Path,
    people: int,
    each: int = 1,
    alike: int = 7,
    offering: Offering | None = None,
) -> Stored:
    """Submissions of so many people to both exercises, `each` to each, the four answers in turn.

    Every `alike`-th person has the same comment in them.
    """
    loaded = load_course(write_course(folder))
    assert not loaded.errors, loaded.errors
    grader = Grader(sandbox, key=b"a key of the tests")
    kept = []
    for person in range(people):
        answers = itertools.islice(itertools.cycle(ANSWERS.items()), person, None)
        who = await store.enrol(offering or local_offering(loaded), f"person-{person}")
        for exercise in ("twice", "double"):
            for number in range(each):
                text, points = next(answers)
                source = text.format(e=exercise) + f"\n# {person % alike}.{number}\n"
                at = NOON + timedelta(minutes=number)
                sent = Submission(
                    id=new_id(),
                    offering=who.offering,
                    course=who.course,
                    exercise=exercise,
                    person=who.person,
                    submitter=who.person,
                    kind=Kind.SUBMIT,
                    source=source,
                    cells=(),
                    idempotency_key=new_id(),
                    received_at=at,
                )
                await _judged(store, grader, loaded, sent)
                kept.append((who.person, exercise, sent.id, points))
    await grader.close()
    return Stored(folder, tuple(kept))


async def _judged(store: Store, grader: Grader, loaded: LoadedCourse, sent: Submission) -> None:
    unit, exercise = loaded.find(sent.exercise)
    await store.accept(
        sent,
        unit=unit.id,
        course_digest=loaded.digest,
        admit=lambda ledger: None,
        events=(),
        lease=Lease("me", sent.received_at + timedelta(days=9999)),
    )
    judgement = await grader.judge(loaded, sent)
    enrolment = await store.enrolment(sent.offering, sent.person)
    assert enrolment is not None
    policy = (await situation_for(store, Place(loaded, unit, exercise), enrolment)).policy
    await store.record(sent, judgement, JudgementStep(sent, judgement, CountingRules(policy, sent.received_at)).step)


def filled(
    records: Path | str, folder: Path, people: int, each: int = 1, alike: int = 7, offering: Offering | None = None
) -> Stored:
    """The same, from outside an event loop."""
    from codegym_jlab.sandbox import open_sandbox
    from codegym_jlab.store import store_at

    async def run() -> Stored:
        store, sandbox = store_at(records), await open_sandbox()
        await store.open()
        try:
            return await fill(store, sandbox, folder, people, each, alike, offering)
        finally:
            await sandbox.close()
            await store.close()

    return asyncio.run(run())


def patient(place: Path | str) -> SqlStore:
    """A store that outlasts a machine that stands still for a while, for tests that are not about its patience."""
    if isinstance(place, Path):
        return SqlStore(place, busy_s=600)
    return PostgresStore(f"{place}&connect_timeout=600", patience_s=600)


def whole(override: Override) -> Change:
    """For `rule`: these fields, whatever was set there before."""
    return override, lambda _: override.fields
