"""A class and what is set in it, as JSON: the same on the command line and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codegym_jlab.events.records import iso

if TYPE_CHECKING:
    from codegym_jlab.store.classes import Member, Offering, Override, Publication, Ruling, RulingChange

    from .manager import ClassPage, Held, Names


def offering_json(offering: Offering) -> dict[str, Any]:
    """One holding of a course."""
    return {
        "id": offering.id,
        "course": offering.course,
        "title": offering.title,
        "term": offering.term,
        "time_zone": offering.time_zone,
        "contact": offering.contact,
        "begins": iso(offering.begins),
        "ends": iso(offering.ends),
    }


def page_json(page: ClassPage) -> dict[str, Any]:
    """At a glance."""
    sections = [{"section": name, "students": count} for name, count in page.sections.items()]
    published = page.published
    number, version = (published.number, published.version) if published else (None, None)
    return {
        **offering_json(page.offering),
        "people": page.roles,
        "sections": sections,
        "publication": number,
        "version": version,
    }


def member_json(member: Member) -> dict[str, Any]:
    """A line of the list; the account is null where it was erased."""
    return {
        "account": member.account,
        "person": member.person,
        "role": member.role,
        "section": member.section,
        "since": iso(member.since),
        "ended_at": iso(member.ended_at),
    }


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
    return {
        "fields": [one.as_json() for one in held.fields],
        "opened_at": iso(held.opened_at),
        "time_zone": held.time_zone,
        "holds": {
            "opens": iso(policy.opens),
            "due": iso(policy.due),
            "in_time_until": iso(policy.in_time_until),
            "closes": iso(policy.closes),
            "attempts": policy.attempts,
            "count": policy.count,
            "owner": policy.owner,
            "unsubmitted": policy.unsubmitted,
            "feedback": policy.feedback,
            "tutor": policy.tutor,
            "time_factor": policy.time_factor,
            "duration": None if policy.duration is None else iso_duration(policy.duration),
        },
    }


def publication_json(publication: Publication, names: Names) -> dict[str, Any]:
    """A version that was published for a class."""
    return {
        "number": publication.number,
        "version": publication.version,
        "published_by": names.get(publication.published_by or ""),
        "published_at": iso(publication.published_at),
        "note": publication.note,
        "changes": list(publication.changes),
    }
