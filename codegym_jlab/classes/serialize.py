"""A class and what is set in it, as JSON: the same on the command line and over HTTP."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from codegym_jlab.records import iso

if TYPE_CHECKING:
    from codegym_jlab.store.classes import Override, Publication, Ruling, RulingChange

    from .manager import ClassPage, Held, Names


def plain(record: Any, *but: str) -> dict[str, Any]:
    """The fields of a record as JSON has them, without `but`."""
    values = {field.name: getattr(record, field.name) for field in fields(record) if field.name not in but}
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in values.items()}


def page_json(page: ClassPage) -> dict[str, Any]:
    """At a glance."""
    sections = [{"section": name, "students": count} for name, count in page.sections.items()]
    published = page.published
    number, version = (published.number, published.version) if published else (None, None)
    held = {"people": page.roles, "sections": sections, "publication": number, "version": version}
    return {**plain(page.offering), **held}


def _scope(override: Override, names: Names) -> dict[str, Any]:
    return {
        "account": names.get(override.person) if override.person else None,
        "section": override.section or None,
        "team": names.teams.get(override.person),
        "unit": override.unit or None,
        "exercise": override.exercise or None,
    }


def ruling_json(ruling: Ruling, names: Names) -> dict[str, Any]:
    """An override that stands; accounts are null where it is for all, or where they were erased."""
    return {
        **_scope(ruling.override, names),
        "person": ruling.override.person or None,
        "fields": dict(ruling.override.fields),
        "set_by": names.get(ruling.set_by or ""),
        "set_at": iso(ruling.set_at),
        "why": ruling.why,
    }


def ruling_change_json(change: RulingChange, names: Names) -> dict[str, Any]:
    """What was set or taken away."""
    where = change.after or change.before
    assert where is not None, "one of them is there"
    return {
        **_scope(where, names),
        "person": where.person or None,
        "before": None if change.before is None else dict(change.before.fields),
        "after": None if change.after is None else dict(change.after.fields),
        "set_by": names.get(change.set_by or ""),
        "set_at": iso(change.set_at),
        "why": change.why,
    }


def held_json(held: Held) -> dict[str, Any]:
    """What holds for a person, defaults and clock filled in, and each field with the place that set it."""
    from codegym_jlab.course.policy import iso_duration

    policy = held.policy
    times = {name: iso(getattr(policy, name)) for name in ("opens", "due", "in_time_until", "closes")}
    same = ("attempts", "count", "owner", "unsubmitted", "feedback", "tutor", "time_factor")
    duration = None if policy.duration is None else iso_duration(policy.duration)
    return {
        "fields": [one.as_json() for one in held.fields],
        "opened_at": iso(held.opened_at),
        "time_zone": held.time_zone,
        "holds": {**times, **{name: getattr(policy, name) for name in same}, "duration": duration},
    }


def publication_json(publication: Publication, names: Names) -> dict[str, Any]:
    """A version that was published for a class."""
    who = names.get(publication.published_by or "")
    return {**plain(publication, "offering"), "published_by": who, "changes": list(publication.changes)}
