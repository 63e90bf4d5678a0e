"""Who can be asked in a class: one answer, for the form in the sidebar and for what the tutor says."""

from __future__ import annotations

from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.store.base import Enrolment, Store


async def contact_of(store: Store, grading: GradingManager, enrolment: Enrolment) -> str | None:
    """The class's own, else the course's; None where nobody is named. Raises as `Places.course` does."""
    offering = await store.offering(enrolment.offering)
    if offering is not None and offering.contact:
        return offering.contact
    course = (await grading.course(enrolment)).course
    return course.contact if course else None
