"""The table of time zones that ships says what the rules of those zones say."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

DATA = Path(__file__).parents[3] / "courses" / "data-with-pandas" / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def offsets_in_2025(zone: str) -> set[float]:
    """Hours ahead of UTC, by the package tzdata, whatever the system has."""
    with files("tzdata.zoneinfo").joinpath(zone).open("rb") as file:
        rules = ZoneInfo.from_file(file)
    days = (datetime(2025, 1, 1, 12, tzinfo=rules) + timedelta(days=day) for day in range(365))
    return {offset.total_seconds() / 3600 for day in days if (offset := day.utcoffset()) is not None}


def test_each_row_says_how_the_clocks_went_in_2025() -> None:
    table = rows("zones.csv")
    assert len(table) > 300
    for row in table:
        offsets = offsets_in_2025(row["zone"])
        assert float(row["hours"]) == min(offsets), row
        assert row["summer_time"] == ("yes" if len(offsets) > 1 else "no"), row


def test_the_other_table_holds_rows_of_the_first() -> None:
    table = rows("zones.csv")
    assert all(row in table and float(row["latitude"]) < 0 for row in rows("zones-south.csv"))
