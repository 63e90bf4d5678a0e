"""Running a class over HTTP: what `classes.manager` and `classes.publication` do, who may is said there.

And how it stands, for its staff: what `classes.reports` answers.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ..records import Json, some, utc_now
from .base import Denied, Handler, NotebookHandler, get, post, refuse_without_sandbox

if TYPE_CHECKING:
    from codegym_jlab.wiring import Services

    from ..classes.gradebook import Gradebook
    from ..classes.manager import Actor, Scope
    from ..store.base import Narrow
    from .schemas import requests

MOST_FINDINGS = 200
#: Keys that say what an override is for.
SCOPE = {"account", "section", "team", "unit", "exercise"}


@get("classes", "Classes")
async def list_classes(services: Services, actor: Actor) -> Any:
    """The classes that one is staff of; all of them for admins, who may make others."""
    return {"classes": await services.classes.offerings(actor), "admin": "admin" in actor.roles}


@post("classes", "Class", act="make")
async def make_class(services: Services, actor: Actor, body: requests.ClassRequest) -> Any:
    """A new class. For admins."""
    from codegym_jlab.store.classes import Offering

    return await services.classes.make(actor, Offering(**body.model_dump()))


@get("classes/{offering}", "ClassPage")
async def read_class(services: Services, actor: Actor, offering: str) -> Any:
    """A class at a glance. For its staff."""
    return await services.classes.page(actor, offering)


@post("classes/{offering}", "Class", act="change")
async def change_class(services: Services, actor: Actor, body: requests.ClassChangeRequest, offering: str) -> Any:
    """Change what the body names; it holds from the next request on. For instructors."""
    return await services.classes.change(actor, offering, body.model_dump(exclude_unset=True))


@get("classes/{offering}/members", "members: Member")
async def list_members(services: Services, actor: Actor, offering: str) -> Any:
    """Who is, or was, in a class. For its staff."""
    return await services.classes.members(actor, offering)


@post("classes/{offering}/members", "people: EnlistedOne", act="members")
async def enlist(services: Services, actor: Actor, body: requests.MembersRequest, offering: str) -> Any:
    """Enrol, move to another role or section, let go (role null), or take a table; all or nothing. For instructors."""
    from ..classes.rosters import joining_of, read_roster

    joinings = [j for one in body.people for j in joining_of([one.account], one.role, one.section)]
    joinings += read_roster(body.table, "roster") if body.table else []
    how = {"leave_others": body.leave_others, "dry_run": body.dry_run}
    return await services.classes.enlist(actor, offering, joinings, **how)


@get("classes/{offering}/person", "Holdings")
async def read_person(services: Services, actor: Actor, offering: str, account: str) -> Any:
    """How much is kept of a student, which erasing takes away. For instructors."""
    who = await services.classes.person(actor, offering, account)
    return await services.store.holdings(offering, who.person)


@get("classes/{offering}/person.zip", media="application/zip", act="export")
async def download_person(handler: Handler, services: Services, actor: Actor, offering: str, account: str) -> None:
    """A zip of all that is kept of a person in this class, for them. For admins."""
    from .courses import send_zip

    who = await services.classes.person(actor, offering, account, whole=True)
    packed = await services.packed(account, offering)
    await services.store.note_act(who.person)  # before any of it is sent
    await send_zip(handler, "codegym-data.zip", packed)


@post("classes/{offering}/person/erase", "Erased", act="erase")
async def erase_person(services: Services, actor: Actor, body: requests.ErasureRequest, offering: str) -> Any:
    """Erase a student: account, sources, drafts, talks. Scores stay and name nobody. No way back. For instructors."""
    from ..store.base import Erasure

    who, store = await services.classes.person(actor, offering, body.account), services.store
    holdings = asdict(await store.holdings(offering, who.person))
    await store.erase(Erasure(offering, who.person, utc_now(), actor.account, body.why.strip()))
    return {**holdings, "compacted": await store.compact()}


@get("classes/{offering}/audit", "acts: StaffAct")
async def read_audit_log(services: Services, actor: Actor, offering: str, after: str, limit: int = 100) -> Any:
    """A page of what staff did in a class, the newest first; `after`: the last id before. For instructors."""
    return await services.classes.acts(actor, offering, after, limit)


@get("classes/{offering}/policy", "overrides: Override")
async def list_overrides(services: Services, actor: Actor, offering: str) -> Any:
    """What is set in a class, by whom and why. For its staff."""
    return await services.classes.rulings(actor, offering)


@post("classes/{offering}/policy", "overrides: Override", act="policy")
async def change_policy(services: Services, actor: Actor, body: requests.PolicyRequest, offering: str) -> Any:
    """Set fields of the policy, or clear them; they hold from the next request on. For instructors."""
    scope = scope_of(body.model_dump(include=SCOPE))
    if (body.set is None) == (body.clear is None):
        raise Denied("unfit", "Say what to `set`, or what to `clear`, and not both.")
    if body.set is not None:
        await services.classes.set_policy(actor, offering, scope, body.set, body.why)
    else:
        await services.classes.clear_policy(actor, offering, scope, body.clear or (), body.why)
    return await services.classes.rulings(actor, offering)


@get("classes/{offering}/policy/history", "changes: OverrideChange")
async def read_policy_history(services: Services, actor: Actor, offering: str) -> Any:
    """What was ever set and cleared, the newest first. For its staff."""
    return await services.classes.ruling_changes(actor, offering)


@get("classes/{offering}/policy/held", "HeldPolicy")
async def read_held_policy(
    services: Services, actor: Actor, offering: str, account: str, team: str, unit: str, exercise: str
) -> Any:
    """What holds for one person in a unit or an exercise, and where each field comes from. For its staff."""
    scope = scope_of({"account": account, "team": team, "unit": unit, "exercise": exercise})
    return await services.classes.held(actor, offering, scope)


@post("classes/{offering}/extensions", "HeldPolicy", act="extend")
async def extend(services: Services, actor: Actor, body: requests.ExtensionRequest, offering: str) -> Any:
    """More time for one person; no exercise gets less. For instructors."""
    from ..classes.policy_overrides import Extension

    if not (body.account or body.team) or (body.by is None) == (body.until is None):
        raise Denied("unfit", "Say who gets more time, `account` or `team`, and how much: `by`, or `until`.")
    scope = scope_of(body.model_dump(include=SCOPE))
    await services.classes.extend(actor, offering, scope, Extension(body.by, body.until), body.why)
    return await services.classes.held(actor, offering, scope)


def scope_of(asked: dict[str, str]) -> Scope:
    """Of a person, a section or a team, in a unit or an exercise; raises what becomes 422."""
    from ..classes.manager import Scope

    if sum(bool(asked.get(name)) for name in ("account", "section", "team")) > 1:
        raise Denied("unfit", "`account`, `section` and `team` do not go together.")
    return Scope(**asked)


@get("classes/{offering}/gradebook", "GradebookPage")
async def read_gradebook(services: Services, offering: str, section: str) -> Any:
    """Every student by exercise: what counts, tries and signs. For its staff."""
    return await _gradebook(services, offering, section)


@get("classes/{offering}/gradebook.csv", media="text/csv", act="export")
async def read_gradebook_table(
    handler: Handler, services: Services, offering: str, section: str, long: str, form: str, unit: str
) -> None:
    """The same as a table: a row a student; `form`: `long`, a row for each exercise too; `moodle`, a unit a column; or
    `gradescope`, of one `unit`. For its staff.
    """
    from ..classes.gradebook import csv_text

    if form not in ("", "long", "moodle", "gradescope"):
        raise Denied("malformed", "`form` is long, moodle, gradescope, or not given.")
    rows = (await _gradebook(services, offering, section)).table(form or long and "long", unit)
    await services.store.note_act()
    handler.finish(csv_text(rows), set_content_type="text/csv; charset=utf-8")


async def _gradebook(services: Services, offering: str, section: str) -> Gradebook:
    from ..classes.gradebook import gradebook

    course = await services.classes.course(offering)
    return await gradebook(services.store, course, offering, section or None)


@get("classes/{offering}/history", "ScoreHistory")
async def read_score_history(services: Services, offering: str, account: str, exercise: str) -> Any:
    """How a student's scores came to be: each answer, judgement, set mark and team, by whom, when, why. For staff."""
    from ..classes.history import past_of

    return {"past": await past_of(services.classes, offering, account, exercise or None)}


@post("classes/{offering}/regrade", "RegradePage", act="regrade")
async def regrade(services: Services, actor: Actor, body: requests.RegradeRequest, offering: str) -> Any:
    """Judge some answers to an exercise again: what changes; with `why`, that is recorded. For instructors."""
    refuse_without_sandbox(services)
    after = (body.after[0], body.after[1]) if body.after else ("", "")
    return await services.regrades.page(
        actor, offering, body.exercise, after, why=body.why, allow_lower=body.allow_lower
    )


@post("classes/{offering}/import", "ImportPage", base=NotebookHandler, act="import")
async def import_notebooks(services: Services, actor: Actor, body: requests.ImportRequest, offering: str) -> Any:
    """Hand in students' notebooks that came another way, some of a zip at a time: what would be done; with `why`, it
    is. The same answer again adds nothing. For instructors.
    """
    from ..classes.imports.import_notebooks import upload_page

    refuse_without_sandbox(services)
    said = body.model_dump(exclude={"upload"})
    return await upload_page(services.classes, services.grader, actor, offering, io.BytesIO(body.upload), **said)


@get("classes/{offering}/parked", "answers: ParkedAnswer")
async def list_parked(services: Services, actor: Actor, offering: str) -> Any:
    """Answers that could not be judged three times, by our fault, the oldest first. For its staff."""
    return await services.regrades.parked(actor, offering)


@post("classes/{offering}/parked", "answers: ParkedAnswer", act="retry")
async def retry_parked(services: Services, actor: Actor, offering: str) -> Any:
    """Put all of them back: the server judges them again, and parks them again where that fails. For instructors."""
    refuse_without_sandbox(services)
    await services.regrades.retry(actor, offering)
    return await services.regrades.parked(actor, offering)


@get("classes/{offering}/flows", "flows: Flow")
async def list_flows(services: Services, actor: Actor, offering: str) -> Any:
    """Regrades and imports that commands began, of the newest 100 of all classes. For its staff."""
    return await _flows(services, actor, offering)


@post("classes/{offering}/flows/{flow}/stop", "flows: Flow", act="cancel")
async def stop_flow(services: Services, actor: Actor, offering: str, flow: str) -> Any:
    """No step of it is begun any more; what is recorded stays. For instructors."""
    return await _flows(services, actor, offering, stop=flow)


@post("classes/{offering}/flows/{flow}/resume", "flows: Flow", act="resume")
async def resume_flow(services: Services, actor: Actor, offering: str, flow: str) -> Any:
    """Back into the queue with one that was stopped, or has failed: `codegym worker` takes it. For instructors."""
    return await _flows(services, actor, offering, resume=flow)


async def _flows(services: Services, actor: Actor, offering: str, stop: str = "", resume: str = "") -> Any:
    """None where the extra `bulk` is not installed."""
    from ..bulk.database import FlowDatabase
    from ..classes.manager import CHANGES, READS

    await services.classes.allow(actor, offering, CHANGES if stop or resume else READS)

    def changed() -> list[Json]:
        try:
            from ..bulk.flows import Ledger
        except ImportError:
            return []
        with closing(Ledger(FlowDatabase(services.settings.records))) as ledger:
            found = ledger.all(offering)
            for one in found:
                if one.id == stop:
                    ledger.cancel(stop)
                elif one.id == resume:
                    ledger.resume(one)
            found = ledger.all(offering) if stop or resume else found
            told = "id kind state created_ms done spans why"
            return [some(one, told) | {"reason": one.order["why"]} for one in found]

    return await asyncio.to_thread(changed)


@get("classes/{offering}/versions/changes", "VersionChanges")
async def read_version_changes(services: Services, actor: Actor, offering: str, version: str) -> Any:
    """What going back to `version`, or publishing the server's folder, would change, for how many. For instructors."""
    page = await services.classes.page(actor, offering)
    folder = None if version else services.loaded(page.offering.course).root
    changes = await services.publisher.compare(actor, offering, folder, version)
    return {"changes": changes, "students": page.roles["student"]}


@get("classes/{offering}/versions", "versions: Publication", base=NotebookHandler)
async def list_versions(services: Services, actor: Actor, offering: str) -> Any:
    """What was published for a class, the newest, which is in force, first. For its staff."""
    names = await services.classes.names(actor, offering)
    return [names.publication_json(one) for one in await services.publisher.publications(actor, offering)]


@post("classes/{offering}/versions", "Publication", act="publish")
async def publish_version(services: Services, actor: Actor, body: requests.PublishRequest, offering: str) -> Any:
    """Go back to an earlier version; without `version`, check and publish the course in `files`, else in the server's
    folder. For instructors.
    """
    from ..authoring.check import shortcomings
    from ..course.loader import load_course
    from ..course.snapshot import thaw

    course = (await services.classes.page(actor, offering)).offering.course  # nothing is read for anybody else
    publisher, checked = replace(services.publisher, dry_run=body.dry_run), ""
    if body.version is not None:
        made = await publisher.go_back(actor, offering, body.version, body.note)
    else:
        with TemporaryDirectory() as place:
            if body.files:
                folder = (await asyncio.to_thread(thaw, body.files, Path(place, "course"))).root
            else:
                folder = services.loaded(course).root
            if not (body.anyway or body.dry_run) and await publisher.compare(actor, offering, folder):
                loaded = await asyncio.to_thread(load_course, folder)
                refuse_without_sandbox(services)
                if found := await shortcomings(loaded, services.sandbox):
                    text = (
                        "The check of this course finds what is to be mended. "
                        "Nothing was published; `anyway` publishes it."
                    )
                    raise Denied("falls_short", text, findings=found[:MOST_FINDINGS])
                checked = loaded.digest
            made = await publisher.publish(actor, offering, folder, body.note, checked=checked)
    return (await services.classes.names(actor, offering)).publication_json(made)


@get("classes/{offering}/teams", "teams: Team")
async def list_teams(services: Services, actor: Actor, offering: str) -> Any:
    """The teams of a class, and who is in them now. For its staff."""
    return await services.teams.teams(actor, offering)


@post("classes/{offering}/teams", "people: GroupedOne", act="teams")
async def group(services: Services, actor: Actor, body: requests.TeamsRequest, offering: str) -> Any:
    """Put students into teams of these units, or none (team null), also by a table; all or nothing. For instructors."""
    from ..classes.rosters import read_teams

    placings = {one.account: one.team for one in body.people}
    for team in placings.values():
        _refuse_unfit(team)
    placings |= read_teams(body.table, "teams") if body.table else {}
    return await services.teams.group(
        actor, offering, body.units, placings, body.why, leave_others=body.leave_others, dry_run=body.dry_run
    )


@post("classes/{offering}/teams/name", "teams: Team", act="teams")
async def rename_team(services: Services, actor: Actor, body: requests.TeamNameRequest, offering: str) -> Any:
    """Give a team another name. For instructors."""
    _refuse_unfit(body.name)
    await services.teams.rename(actor, offering, body.unit, body.team, body.name)
    return await services.teams.teams(actor, offering)


def _refuse_unfit(team: str | None) -> None:
    """Raises what becomes 422."""
    from ..classes.rosters import problem_of

    if team is not None and (problem := problem_of("team", team)):
        raise Denied("unfit", problem[0].upper() + problem[1:] + ".")


@get("classes/{offering}/reviews", "Reviews")
async def read_reviews(
    services: Services,
    actor: Actor,
    offering: str,
    unit: str,
    exercise: str,
    section: str,
    blind: str,
    after: str,
    limit: int = 100,
) -> Any:
    """A page of what awaits a person's marks, the oldest first, each with its text. For staff."""
    where = {"unit": unit, "exercise": exercise}
    found, count = await services.reviewing.waiting(actor, offering, section=section, after=after, limit=limit, **where)
    agreed = await services.reviewing.agreement(actor, offering, **where)
    return {"reviews": [one.as_json(blind=bool(blind)) for one in found], "count": count, "agreement": agreed}


@get("classes/{offering}/reviews/{submission}", "Review")
async def read_review(services: Services, actor: Actor, offering: str, submission: str) -> Any:
    """One of them, or one that was marked. For staff."""
    return await services.reviewing.review(actor, offering, submission)


@post("classes/{offering}/reviews/{submission}/draft", "Review", act="draft_marks")
async def draft_marks(services: Services, actor: Actor, offering: str, submission: str) -> Any:
    """Have a language model draft marks, where `markers.drafts` lets it; nothing is recorded. After 20 seconds it
    goes on by itself: `draft.drafting`. For staff, but not of their own work.
    """
    return await services.reviewing.draft(actor, offering, submission)


@post("classes/{offering}/reviews/{submission}", "Review", act="mark")
async def mark(
    handler: Handler, services: Services, actor: Actor, body: requests.MarksRequest, offering: str, submission: str
) -> Any:
    """Give a person's marks, or others in their place. For staff, but not of their own work."""
    from ..classes.marks import Marks

    given = body.model_dump() | {"items": {one.id: one.points for one in body.items}}
    marked = await services.reviewing.mark(actor, offering, submission, Marks(**given))
    handler.backend.tell_outcome(await services.manager.outcome(actor.account, submission, staff=True))
    return marked


@post("classes/{offering}/reviews/{submission}/undo", "Review", act="mark")
async def take_marks_back(handler: Handler, services: Services, actor: Actor, offering: str, submission: str) -> Any:
    """Take back the marks that one recorded last: what stood before stands again. For staff."""
    review = await services.reviewing.take_back(actor, offering, submission)
    handler.backend.tell_outcome(await services.manager.outcome(actor.account, submission, staff=True))
    return review


def narrow(exercise: str | None, section: str | None, since: str) -> Narrow:
    """What of the questions is looked at, by the query; raises what becomes 400."""
    from ..store.base import Narrow

    try:
        begins = datetime.fromisoformat(since.replace(" ", "+")) if since else None  # a bare + arrives as a space
    except ValueError:
        begins = datetime.min
    if begins is not None and begins.utcoffset() is None:
        raise Denied("malformed", "since must be a time such as 2025-10-24T14:03:00Z.")
    return Narrow(exercise, section, begins)


@get("classes/{offering}/progress", "ClassProgress")
async def read_class_progress(
    services: Services,
    offering: str,
    unit: str | None = None,
    section: str | None = None,
    sort: str = "name",
    offset: int = 0,
    limit: int = 100,
) -> Any:
    """Each student of a class by unit. For grader, instructor and admin."""
    from ..classes.reports import SORTS

    if sort not in SORTS:
        raise Denied("malformed", f"`sort` is one of {', '.join(SORTS)}.")
    return await services.survey.progress(offering, unit=unit, section=section, sort=sort, offset=offset, limit=limit)


@get("classes/{offering}/scores", "Spread")
async def read_class_scores(
    services: Services, offering: str, unit: str | None = None, exercise: str | None = None, section: str | None = None
) -> Any:
    """How the points of a class are spread, ten bins of equal width. For its staff."""
    return await services.survey.scores(offering, unit=unit, exercise=exercise, section=section)


@get("classes/{offering}/hardest", "checks: HardCheck")
async def read_hardest_checks(
    services: Services,
    offering: str,
    unit: str | None = None,
    section: str | None = None,
    limit: int = 20,
    least: int = 1,
) -> Any:
    """Checks by the share of people whose newest answer passes them, with hidden labels. For staff."""
    return await services.survey.hardest(offering, unit=unit, section=section, limit=limit, least=least)


@get("classes/{offering}/stuck", "students: StuckStudent")
async def read_stuck_students(
    services: Services, offering: str, section: str | None = None, sends: int = 5, hours: int = 72
) -> Any:
    """Who does not get on with the exercise that they worked at last. For staff."""
    after = timedelta(hours=hours)
    return await services.survey.stuck(offering, section=section, sends=sends, after=after)


@get("classes/{offering}/wrong", "WrongAnswers")
async def read_wrong_answers(services: Services, offering: str, exercise: str, language: str = "en") -> Any:
    """The wrong answers to an exercise by kind and place, each with a drafted misconception. For staff."""
    loaded = await services.classes.course(offering)
    return await services.tutor.clusters(loaded, offering, exercise, language)


@get("classes/{offering}/similar", "SimilarAnswers")
async def read_similar_answers(services: Services, actor: Actor, offering: str, exercise: str) -> Any:
    """Answers to an exercise that look alike, side by side: a hint to look, never a verdict. For staff."""
    from ..classes.similar import similar

    return await similar(services.classes, actor, offering, exercise)


@get("classes/{offering}/questions", "ClassQuestions")
async def read_class_questions(
    services: Services, offering: str, since: str, exercise: str | None = None, section: str | None = None
) -> Any:
    """What a class asks the tutor, by intent and exercise, and how the answers fared. For staff."""
    return await services.questions.questions(offering, narrow(exercise, section, since))


@get("classes/{offering}/withheld", "turns: WithheldTurn")
async def read_class_withheld(
    services: Services,
    offering: str,
    since: str,
    after: str,
    exercise: str | None = None,
    section: str | None = None,
    limit: int = 50,
) -> Any:
    """A page of what the tutor did not show, and why. For staff."""
    narrowed = narrow(exercise, section, since)
    return await services.questions.withheld(offering, after, limit, narrowed)
