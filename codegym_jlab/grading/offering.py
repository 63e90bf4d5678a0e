"""Which offering a person is in: that of their class; else, on one's own computer, `local:<course id>`.

The local one of a course is made when it is first opened; a class is made by `codegym class new`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.store.base import Offering
from codegym_jlab.store.register import Membership

LOCAL = "local:"


def is_local(offering: str) -> bool:
    """True for the offering of one's own computer, which sees the course folder as it is."""
    return offering.startswith(LOCAL)


def class_in(memberships: Iterable[Membership], course: str, now: datetime) -> Membership | None:
    """The class of this course that a person is in: one that goes on now rather than another, else the newest."""
    mine = [m for m in memberships if m.offering.course == course and m.role and not is_local(m.offering.id)]
    return max(mine, key=lambda m: goes_on(m.offering, now), default=None)


def goes_on(offering: Offering, now: datetime) -> bool:
    """True between its first and last day."""
    begun = offering.begins is None or offering.begins <= now
    return begun and (offering.ends is None or now <= offering.ends)


def local_offering(loaded: LoadedCourse) -> Offering:
    """The one offering of a course on a laptop, in the laptop's time zone."""
    contact = loaded.course.contact if loaded.course else None
    return Offering(f"{LOCAL}{loaded.id}", loaded.id, loaded.title, time_zone=local_time_zone(), contact=contact)


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
