"""A class added up in SQL. A part of `sql.SqlStore`; what each method promises stands in `survey.py`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from . import rows
from . import statements as sql
from . import survey_statements as surveys
from .base import Progress
from .driver import Db, Transactions
from .survey import ExerciseTally, Shared, Standstill, Tally


class SurveyingStore:
    """What `survey.py` asks of a store."""

    _reader: Transactions

    async def tallies(
        self, offering: str, units: Mapping[str, str], section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Tally]:
        asked = {**_class(offering, section, shared), "p_units": json.dumps(dict(units))}
        found = await self._reader.run(
            lambda db: db.all(surveys.tallies(db.dialect.name, section is not None, bool(shared)), asked),
        )
        return [Tally(**row) for row in found]

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


def _exercise_tallies(db: Db, offering: str, section: str | None, shared: Shared | None) -> list[ExerciseTally]:
    asked, terms = _class(offering, section, shared), (db.dialect.name, section is not None, bool(shared))
    failed: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.all(surveys.failures(*terms), asked):
        failed[row["exercise"]][row["check"]] = row["people"]
    return [
        ExerciseTally(**row, failed=failed.get(row["exercise"], {})) for row in db.all(surveys.exercises(*terms), asked)
    ]
