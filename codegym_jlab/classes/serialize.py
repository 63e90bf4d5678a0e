"""A class and what is set in it, as JSON: the same on the command line and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codegym_jlab.records import iso, plain

if TYPE_CHECKING:
    from codegym_jlab.store.classes import Override, Publication, Ruling, RulingChange

    from .manager import ClassPage, Held, Names


def page_json(page: ClassPage) -> dict[str, Any]:
    """At a glance."""
    sections = [{"section": name, "students": count} for name, count in page.sections.items()]
    published = page.published
    number, version = (published.number, published.version) if published else (None, None)
    held = {"people": page.roles, "sections": sections, "publication": number, "version": version}
    return {**plain(page.offering), **held}


def _set(override: Override, by: Ruling | RulingChange, names: Names) -> dict[str, Any]:
    """For whom and where something was set, by whom, when and why; an account is null where it was erased."""
    return {
        "account": names.get(override.person) if override.person else None,
        "section": override.section or None,
        "team": names.teams.get(override.person),
        "unit": override.unit or None,
        "exercise": override.exercise or None,
        "person": override.person or None,
        "set_by": names.get(by.set_by or ""),
        "set_at": iso(by.set_at),
        "why": by.why,
    }


def ruling_json(ruling: Ruling, names: Names) -> dict[str, Any]:
    """An override that stands."""
    return {**_set(ruling.override, ruling, names), "fields": dict(ruling.override.fields)}


def ruling_change_json(change: RulingChange, names: Names) -> dict[str, Any]:
    """What was set or taken away."""
    where = change.after or change.before
    assert where is not None, "one of them is there"
    before, after = (None if one is None else dict(one.fields) for one in (change.before, change.after))
    return {**_set(where, change, names), "before": before, "after": after}


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
    return {**plain(publication, "offering"), "published_by": who}
