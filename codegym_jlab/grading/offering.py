"""Which offering a person is in: locally each course has one, `local:<course id>`, made when it is first opened."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.store.base import Offering


def local_offering(loaded: LoadedCourse) -> Offering:
    """The one offering of a course on a laptop, in the laptop's time zone."""
    contact = loaded.course.contact if loaded.course else None
    return Offering(f"local:{loaded.id}", loaded.id, loaded.title, time_zone=local_time_zone(), contact=contact)


@cache
def local_time_zone() -> str:
    """The IANA name of this machine's time zone; UTC where it does not say."""
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        if name and _is_zone(name):
            return name
    return "UTC"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
