"""A class added up in SQL. A part of `sql.SqlStore`; what each method promises stands in `survey.py`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import rows
from . import statements as sql
from . import survey_statements as surveys
from .base import Progress
from .driver import Db, Row, Transactions
from .survey import ExerciseTally, Shared, Standstill, Tally


class SurveyingStore:
    """What `survey.py` asks of a store."""

    _reader: Transactions

    async def tallies(
        self, offering: str, units: Mapping[str, str], section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Tally]:
        of_teams = {exercise: unit for exercise, unit in (shared or {}).items() if exercise in units}
        own = {exercise: unit for exercise, unit in units.items() if exercise not in of_teams}
        asked = {**_class(offering, section, of_teams), "p_units": json.dumps(own)}
        theirs = asked | {"p_units": json.dumps({exercise: units[exercise] for exercise in of_teams})}

        def found(db: Db) -> list[Tally]:
            terms = db.dialect.name, section is not None
            rows = db.all(surveys.tallies(*terms), asked)
            return _joined([*rows, *(db.all(surveys.tallies(*terms, True), theirs) if of_teams else ())])

        return await self._reader.run(found)

    async def exercise_tallies(
        self, offering: str, section: str | None = None, shared: Shared | None = None
    ) -> Sequence[ExerciseTally]:
        return await self._reader.run(lambda db: _exercise_tallies(db, offering, section, shared))

    async def standstills(
        self, offering: str, section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Standstill]:
        asked = _class(offering, section, shared)
        found = await self._reader.run(
            lambda db: db.all(surveys.standstills(db.dialect.name, section is not None, bool(shared)), asked)
        )
        return [Standstill(**row | {"failed": tuple(row["failed"] or ())}) for row in found]

    async def lines(self, offering: str, after: tuple[str, str], limit: int) -> Sequence[Progress]:
        where = {"p_offering": offering, "p_person": after[0], "p_exercise": after[1], "p_limit": limit}
        return [rows.progress_of(row) for row in await self._reader.run(lambda db: db.all(sql.LINES, where))]


def _class(offering: str, section: str | None, shared: Shared | None) -> dict[str, Any]:
    of_teams = {"p_shared": json.dumps(dict(shared))} if shared else {}
    return {"p_offering": offering} | ({} if section is None else {"p_section": section}) | of_teams


def _joined(rows: Iterable[Row]) -> list[Tally]:
    """One of each student and unit: of their own lines, and of their teams'."""
    found: dict[tuple[str, str], Tally] = {}
    for row in rows:
        one = Tally(**row)
        before = found.get((one.person, one.unit))
        found[one.person, one.unit] = one if before is None else before.plus(one)
    return list(found.values())


def _exercise_tallies(db: Db, offering: str, section: str | None, shared: Shared | None) -> list[ExerciseTally]:
    own = _of_exercises(db, _class(offering, section, None), section is not None, False)
    if not shared:
        return own
    theirs = _of_exercises(db, _class(offering, section, shared), section is not None, True)
    return [*(one for one in own if one.exercise not in shared), *theirs]


def _of_exercises(db: Db, asked: Mapping[str, Any], by_section: bool, shared: bool) -> list[ExerciseTally]:
    terms = db.dialect.name, by_section, shared
    failed: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.all(surveys.failures(*terms), asked):
        failed[row["exercise"]][row["check"]] = row["people"]
    return [
        ExerciseTally(**row, failed=failed.get(row["exercise"], {})) for row in db.all(surveys.exercises(*terms), asked)
    ]
