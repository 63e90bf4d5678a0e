"""Drafts of exercises by a model, and reviews, over HTTP. For staff of the whole site: who may write its courses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .base import ID, Denied, Handler, get, post

if TYPE_CHECKING:
    from codegym_jlab.authoring.draft import Order
    from codegym_jlab.wiring import Services

    from ..course.loader import LoadedCourse
    from .schemas import requests

DRAFT = f"authoring/drafts/{ID}"


async def _for_authors(handler: Handler) -> Services:
    """The managers; raises what becomes 403."""
    handler.refuse_but_staff()
    return await handler.backend.services()


def _order(handler: Handler, services: Services, body: requests.DraftTerms, **more: Any) -> tuple[Order, LoadedCourse]:
    """Raises what becomes 404 or 422."""
    from codegym_jlab.authoring.draft import Order, unfit

    services.folder_of(body.course)
    loaded = services.catalogue.courses[body.course]
    units = loaded.course.units if loaded.course else ()
    own = (one.id for one in units if not body.exercise or body.exercise in {each.id for each in one.exercises})
    unit = body.unit or [units[-1].id if units else "", *own][-1]
    given = {name: getattr(body, name) for name in ("mode", "exercise", "cases", "language")}
    order = Order(str(loaded.root), unit, **given, **more, course=body.course, who=handler.person().user)
    if why := unfit(order, loaded):
        raise Denied("unfit", f"This cannot be drafted: {why}")
    return order, loaded


@get("authoring/drafts", "ExerciseDrafts")
async def list_drafts(handler: Handler) -> Any:
    """Drafts of all authors, the newest first. For staff of the whole site, as all of these."""
    services = await _for_authors(handler)
    return {"drafts": [one.as_json() for one in await services.studio.all()]}


@post("authoring/drafts", "ExerciseDraft")
async def begin_draft(handler: Handler, body: requests.NewDraftRequest) -> Any:
    """Begin a draft. Attempts are told over the stream; nothing is in the course before `accept`."""
    services = await _for_authors(handler)
    handler.refuse_without_sandbox(services)
    known = [link.shown for link in services.llm.links]
    if strange := [name for name in body.llms if name not in known]:
        raise Denied("unknown_llm", f"No model of the settings is called {strange[0]}.")
    order, _ = _order(handler, services, body, topic=body.topic, llms=body.llms or known, tries=body.tries)
    return (await services.studio.begin(order)).as_json()


@get(DRAFT, "ExerciseDraft")
async def read_draft(handler: Handler, draft: str) -> Any:
    """A draft with its attempts."""
    return (await (await _for_authors(handler)).studio.find(draft)).as_json()


@post(f"{DRAFT}/refine", "ExerciseDraft")
async def refine_draft(handler: Handler, body: requests.WishRequest, draft: str) -> Any:
    """Begin another draft from the last attempt of this one, changed as is wished."""
    from dataclasses import replace

    studio = (await _for_authors(handler)).studio
    session = await studio.find(draft)
    earlier = next((one.yaml for one in reversed(session.attempts) if one.yaml), session.order.earlier)
    order = replace(session.order, topic=body.wish, earlier=earlier, who=handler.person().user)
    return (await studio.begin(order)).as_json()


@post(f"{DRAFT}/stop", "ExerciseDraft")
async def stop_draft(handler: Handler, body: requests.Nothing, draft: str) -> Any:
    """No attempt more; what is done stays."""
    return (await (await _for_authors(handler)).studio.stop(draft)).as_json()


@post(f"{DRAFT}/resume", "ExerciseDraft")
async def resume_draft(handler: Handler, body: requests.Nothing, draft: str) -> Any:
    """Go on with a draft that was stopped, or that a restart interrupted."""
    return (await (await _for_authors(handler)).studio.resume(draft)).as_json()


@post(f"{DRAFT}/accept", "AcceptedDraft")
async def accept_draft(handler: Handler, body: requests.Nothing, draft: str) -> Any:
    """Put what passes into the unit's YAML; it is checked once more. Students see it once it is published."""
    services = await _for_authors(handler)
    session = await services.studio.find(draft)
    placed = await services.studio.drafter.accept(session.order, session.passed)
    await asyncio.to_thread(services.catalogue.refresh)
    return {"file": placed.file, "line": placed.begin, "lines": placed.end - placed.begin}


@post("authoring/validate", "DraftAttempt")
async def validate_draft(handler: Handler, body: requests.ValidateRequest) -> Any:
    """What the loader, the check and the cases say of an exercise that somebody wrote. Nothing is kept."""
    from dataclasses import asdict

    services = await _for_authors(handler)
    handler.refuse_without_sandbox(services)
    order, loaded = _order(handler, services, body, topic="", llms=["you"])
    return asdict(await services.studio.drafter.validate(body.yaml, order, loaded))


@post("authoring/review", "ExerciseReviews")
async def review_exercises(handler: Handler, body: requests.ReviewRequest) -> Any:
    """Marks in parts, each with its reasons, of an exercise, a course or code: style (PEP 8), complexity, coverage …"""
    from codegym_jlab.authoring.review import review_code

    services = await _for_authors(handler)
    if (body.code is None) == (body.course is None):
        raise Denied("unfit", "Name a course, or send code.", key="code")
    if body.code is not None:
        found = [await asyncio.to_thread(review_code, body.code)]
    else:
        handler.refuse_without_sandbox(services)
        services.folder_of(str(body.course))
        loaded = services.catalogue.courses[str(body.course)]
        try:
            found = [one async for one in services.studio.drafter.reviews(loaded, body.exercise)]
        except KeyError:
            raise Denied("unknown_exercise", "This course has no such exercise.") from None
    return {"reviews": [_only(one.as_json(), body.parts) for one in found]}


def _only(review: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    return review | {"parts": [one for one in review["parts"] if not parts or one["name"] in parts]}


@get("authoring/stats", "DraftStats")
async def read_draft_stats(handler: Handler) -> Any:
    """Figures of the newest 100 drafts: states, attempts a draft, tokens, seconds, by model."""
    return await (await _for_authors(handler)).studio.stats()


@get("authoring/health", "DraftHealth")
async def read_draft_health(handler: Handler) -> Any:
    """Whether anything can be drafted here now, and by which models."""
    from importlib.util import find_spec

    services = await _for_authors(handler)
    llms = [link.shown for link in services.llm.links]
    reasons = {
        "no sandbox works here": services.level.available,
        "a package is missing: pip install 'codegym-jlab[bulk]'": find_spec("dbos") is not None,
        "no language model is set up": bool(llms),
    }
    why = "; ".join(text for text, holds in reasons.items() if not holds)
    return {"ready": not why, "why": why, "llms": llms}
