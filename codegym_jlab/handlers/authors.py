"""Over HTTP, for authors: a unit as their notebook, the check of an exercise, drafts by a model, reviews."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from functools import partial
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async

from codegym_jlab.records import Json, frozen, plain

from ..course.yaml_source import Unreadable, write_yaml
from .base import Denied, Handler, NotebookHandler, get, post, refuse_without_sandbox
from .conversation import LINES, Stoppable
from .identity import STAFF

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection
    from contextlib import AbstractAsyncContextManager

    from codegym_jlab.authoring.check import Checked
    from codegym_jlab.authoring.draft import Order
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.llm.chain import Link
    from codegym_jlab.sandbox.base import Sandbox
    from codegym_jlab.wiring import Services

    from .schemas import requests

HEAD = "course.yaml"


async def _refuse_but_authors(handler: Handler, action: str) -> None:
    """Raises what becomes 403 but for staff who may read or write the server's files."""
    person = handler.person()
    if not person.everywhere & STAFF:
        services = await handler.backend.services()
        mine = [] if person.student_only else await services.manager.classes(person.user)
        if not any(one.role in STAFF for one in mine):
            handler.refuse_but_staff()
    if not await handler.may(action, "contents"):
        raise Denied("forbidden", "You may not do this here.")


@frozen
class CourseFile:
    """A file of a course that staff may read or write. Its course is looked for on the disk: call that in a thread."""

    root: Path  #: the server's folder
    path: str  #: below that
    model: Json  #: as Jupyter's contents have it

    @property
    def place(self) -> Path:
        """On the disk."""
        return self.root / self.path

    @property
    def stem(self) -> str:
        """The id of the unit that it holds, if it holds one."""
        return PurePosixPath(self.path).stem

    @property
    def folder(self) -> Path | None:
        """Of its course; None where there is no course above it."""
        above = (self.root / parent for parent in PurePosixPath(self.path).parents)
        return next((folder for folder in above if (folder / HEAD).is_file()), None)

    def course(self, text: str | None = None) -> tuple[LoadedCourse, bool]:
        """The course that it lies in, with `text` in place of it; where none lists it the unit alone, and True."""
        from ..course.loader import load_course

        if (folder := self.folder) is not None:
            name = self.place.relative_to(folder).as_posix()
            loaded = load_course(folder, {} if text is None else {name: text})
            if name in loaded.stamps or loaded.course is None:
                return loaded, False
        head = f"schema: 1\nid: course\ntitle: Course\nunits: [{self.stem}]\n"
        own = self.place.read_text(encoding="utf-8-sig", errors="replace") if text is None else text
        return load_course(self.place.parent, {HEAD: head, f"{self.stem}.yaml": own}), True

    def kernel(self) -> str:
        """The kernel that the course names, as far as it can be read."""
        course = self.course()[0].course
        if course is None:
            return "python3"
        unit = next((unit for unit in course.units if unit.id == self.stem), None)
        return course.kernel_of(unit) if unit else course.kernel

    def kind(self) -> str | None:
        """Of which kind of a course's files it is."""
        if (folder := self.folder) is None:
            return None
        if self.place.name == HEAD:
            return "course"
        return "unit" if self.place.parent == folder or not self.course()[1] else None

    def preview(self, text: str) -> Json:
        """What is wrong with it once it holds `text`, and a unit's notebook as a student gets it."""
        from ..course.notebook import unit_notebook

        loaded, _ = self.course(text)
        file = self.place.with_suffix("")
        units = loaded.units if file.name != "course" else ()
        unit = next((unit for unit in units if unit.id == file.name), None)
        errors = [asdict(one) | {"here": (loaded.root / one.file).with_suffix("") == file} for one in loaded.errors]
        return {"errors": errors, "notebook": unit and unit_notebook(loaded, unit)}


async def _file(handler: Handler, path: str, action: str = "read") -> CourseFile:
    """What is there. Raises what becomes 403 but for staff, and 404 where it is none."""
    path = path.strip("/")
    await _refuse_but_authors(handler, action)
    if PurePosixPath(path).suffix not in (".yaml", ".yml"):
        raise Denied("unfit", f"{path} is no YAML file, and a unit is one.")
    contents: Any = handler.contents_manager
    if not await ensure_async(contents.file_exists(path)):
        raise Denied("unknown_file", f"There is no file {path}.")
    model = await ensure_async(contents.get(path, type="file", format="text"))
    return CourseFile(handler.backend.settings.root_dir, path, model)


def _about(model: Json, content: Json | None = None) -> Json:
    """What Lab asks of a document."""
    about = {key: model[key].isoformat() for key in ("created", "last_modified")}
    about |= {"name": model["name"], "path": model["path"], "writable": bool(model["writable"])}
    return {**about, "content": content}


def _unreadable(path: str, error: Any) -> Denied:
    return Denied("unfit", f"{path}, line {error.line}: {error}.", line=error.line)


@get("authoring/unit", "AuthorUnit", base=NotebookHandler)
async def read_author_unit(handler: Handler, path: str) -> Any:
    """A unit's file (`path` below the server's folder) as the author's notebook. For staff."""
    from ..authoring.unit_notebook import to_notebook

    file = await _file(handler, path)
    given = file.model["content"]
    text = given if given.strip() else f"id: {file.stem}\ntitle: {file.stem}\ncells: []\n"
    try:
        kernel = await asyncio.to_thread(file.kernel)
        return _about(file.model, await asyncio.to_thread(to_notebook, text, kernel))
    except Unreadable as error:
        raise _unreadable(file.path, error) from None


@post("authoring/unit", "AuthorUnit", act="unit")
async def write_author_unit(handler: Handler, body: requests.AuthorUnitRequest) -> Any:
    """Write the YAML of an author's notebook; what was not touched stays byte for byte. For staff. `dry_run`: say in
    `changes` how many lines would be others, and write nothing.
    """
    from ..authoring.unit_notebook import CellUnfit, to_yaml

    file = await _file(handler, body.path, "write")
    written = file.model
    try:
        text = await asyncio.to_thread(to_yaml, body.notebook)
    except (CellUnfit, Unreadable) as error:
        raise Denied("unfit", f"Nothing was written. {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise Denied("unfit", "This is no notebook of a unit. Open its file again.") from None
    if body.dry_run:
        return _about(written) | {"changes": _changed_lines(written["content"], text)}
    if text != written["content"]:
        written = await _save(handler, file.path, text)
    return _about(written)


async def _save(handler: Handler, path: str, text: str) -> Json:
    contents: Any = handler.contents_manager
    saved: Json = await ensure_async(contents.save({"type": "file", "format": "text", "content": text}, path))
    return saved


def _changed_lines(before: str, after: str) -> int:
    """How many are added, taken away or in the place of others."""
    from difflib import SequenceMatcher

    found = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in found if kind != "equal")


@post("authoring/unit/new", "AuthorUnit", act="unit")
async def make_author_unit(handler: Handler, body: requests.NewUnitRequest) -> Any:
    """An empty unit in a folder, at the end of its course; where the folder holds none, of a new one. For staff."""
    from ..course.templates import with_name

    await _refuse_but_authors(handler, "write")
    contents: Any = handler.contents_manager
    folder = body.folder.strip("/")
    if not await ensure_async(contents.dir_exists(folder)):
        raise Denied("unknown_file", f"There is no folder {folder}.")
    listed, place = await ensure_async(contents.get(folder, type="directory")), PurePosixPath(folder)
    names = {one["name"] for one in listed["content"]}
    number = next(n for n in range(1, len(names) + 2) if f"unit-{n}.yaml" not in names)
    head = f"schema: 1\nid: my-course\n{write_yaml({'title': body.course})}units:\n  - unit-{number}\n"
    try:
        if HEAD in names:
            root = handler.backend.settings.root_dir / place
            head = await asyncio.to_thread(with_name, root, "units", f"unit-{number}")
    except Unreadable as error:
        raise _unreadable(HEAD, error) from None
    unit = f"id: unit-{number}\n{write_yaml({'title': f'{body.unit} {number}'})}cells: []\n"
    made = await _save(handler, str(place / f"unit-{number}.yaml"), unit)
    await _save(handler, str(place / HEAD), head)
    return _about(made)


@post("authoring/unit/exercise", "AuthorUnit", act="unit")
async def make_author_exercise(handler: Handler, body: requests.NewExerciseRequest) -> Any:
    """A new exercise of a kind as a unit's notebook, to be put into that of the file at `path`. For staff. What a plot
    is drawn with is put under the course's `preload`; else nothing is written.
    """
    from ..authoring.unit_notebook import to_notebook
    from ..course.templates import cells_for, import_plots

    file = await _file(handler, body.path, "write")
    loaded, is_alone = await asyncio.to_thread(file.course)
    if body.kind == "plot" and not is_alone:
        await asyncio.to_thread(import_plots, loaded)
    return _about(file.model, to_notebook(f"id: new\ncells:\n{cells_for(loaded, body.kind)}"))


@get("authoring/schema", "AuthorSchema")
async def read_author_schema(handler: Handler, path: str) -> Any:
    """The JSON Schema of a file of a course (`path` below the server's folder); null where it is none. For staff."""
    file = await _file(handler, path)
    kind = await asyncio.to_thread(file.kind)
    schema = resources.files("codegym_jlab.course") / f"{kind}.schema.json"
    return {"json_schema": json.loads(schema.read_text(encoding="utf-8")) if kind else None}


@post("authoring/preview", "AuthorPreview", base=NotebookHandler)
async def preview_author_file(handler: Handler, body: requests.AuthorTextRequest) -> Any:
    """What is wrong with a file of a course once it holds `text`, and a unit's notebook as a student gets it. For
    staff. Nothing is written.
    """
    file = await _file(handler, body.path)
    return await asyncio.to_thread(file.preview, body.text)


@post("authoring/check", "CheckEvent", media=LINES, base=Stoppable)
async def check_author_exercise(handler: Stoppable, services: Services, body: requests.AuthorCheckRequest) -> None:
    """What `codegym check` says of one exercise of a unit's file, in lines of JSON; close to stop it. For staff."""
    file = await _file(handler, body.path)
    refuse_without_sandbox(services)
    loaded, alone = await asyncio.to_thread(file.course)
    _refuse_unread(loaded, file.place.name, body.exercise)
    turn = services.studio.turn(handler.person().user, "check")
    await handler.tell_lines(_checking(turn, loaded, alone, services.sandbox, body.exercise))


async def _checking(
    turn: AbstractAsyncContextManager[None], loaded: LoadedCourse, alone: bool, sandbox: Sandbox, exercise: str
) -> AsyncGenerator[Json, None]:
    """How far its mutants are, then what was found."""
    from ..authoring.check import check_exercise
    from ..authoring.inputs import MANY
    from ..authoring.survivors import MutationRun
    from ..grading.grader.grader import Grader
    from ..sandbox.base import side_of_author

    async with turn:
        grader, steps = Grader(side_of_author(sandbox)), asyncio.Queue[tuple[int, int] | None]()
        mutation = MutationRun(grader, lambda done, more: steps.put_nowait((done, more)), MANY)
        task = asyncio.create_task(check_exercise(loaded, grader, exercise, mutation))
        task.add_done_callback(lambda _: steps.put_nowait(None))
        done = total = 0
        try:
            while (step := await steps.get()) is not None:
                done, total = done + step[0], total + step[1]
                yield {"type": "mutants", "done": done, "total": total}
            yield {"type": "checked", "alone": alone, **_as_json(await task)}
        finally:
            task.cancel()
            await grader.close()


def _as_json(checked: Checked) -> Json:
    from ..authoring.check import why

    tally = checked.mutants
    told = None
    if tally:
        told = tally.as_json() | {"dead": [one.mutant.as_json() for one in tally.mutants if one.fate == "killed"]}
        for one, alive in zip(told["survivors"], tally.survivors, strict=True):
            one |= alive.search
    passed = [check.passed for check in checked.solution.checks] if checked.solution else []
    return {
        **checked.as_json(),
        "mutants": told,
        "findings": [plain(one) for one in checked.findings],
        "accepted": checked.is_accepted,
        "why": why(checked.solution) if checked.solution and not checked.is_accepted else "",
        "passed": sum(passed),
        "checks": len(passed),
        "seconds": round(checked.seconds, 2),
    }


def _refuse_unread(loaded: LoadedCourse, name: str, exercise: str) -> None:
    """Raises what becomes 422 where the exercise is not in the course as it was read, with what is wrong."""
    try:
        loaded.find(exercise)
    except KeyError:
        errors = [error for error in loaded.errors if error.exercise == exercise]
        errors = errors or [error for error in loaded.errors if error.file.endswith(name) or error.file == HEAD]
        told = "; ".join(
            f"{PurePosixPath(one.file).name}, line {one.line}: {one.problem}; {one.mend}" for one in errors[:3]
        )
        raise Denied("unfit", f"This exercise cannot be read. {told or 'Save it first'}.", exercise=exercise) from None


class ForAuthors(Handler):
    """Of an address for staff of the whole site."""

    async def refuse_strangers(self, offering: str | None) -> None:
        """Before the body is read."""
        self.refuse_but_staff()


site_get, site_post = (partial(method, base=ForAuthors) for method in (get, post))


def _order(handler: Handler, services: Services, body: requests.DraftTerms, **more: Any) -> tuple[Order, LoadedCourse]:
    """Raises what becomes 404 or 422."""
    from codegym_jlab.authoring.draft import order_for

    loaded = services.loaded(body.course)
    given = {name: getattr(body, name) for name in ("mode", "cases", "language")}
    who = handler.person().user
    return order_for(loaded, body.unit or "", body.exercise, **given, **more, who=who), loaded


@site_get("authoring/drafts", "drafts: ExerciseDraft")
async def list_drafts(services: Services) -> Any:
    """Drafts of all authors, the newest first. For staff of the whole site, as all of these."""
    return await services.studio.all()


@site_post("authoring/generate", "ExerciseDraft", act="draft")
async def begin_draft(handler: Handler, services: Services, body: requests.NewDraftRequest) -> Any:
    """Begin a draft. Attempts are told over the stream; nothing is in the course before `accept`."""
    refuse_without_sandbox(services)
    llms = [link.shown for link in _links(services, body.llms) or services.llm.links]
    order, _ = _order(handler, services, body, topic=body.topic, llms=llms, tries=body.tries)
    return await services.studio.begin(order)


def _links(services: Services, names: Collection[str]) -> list[Link]:
    """Raises what becomes 422."""
    known = {link.shown: link for link in services.llm.links}
    if strange := [name for name in names if name not in known]:
        raise Denied("unknown_llm", f"No model of the settings is called {strange[0]}.")
    return [known[name] for name in names]


@site_get("authoring/drafts/{draft}", "ExerciseDraft")
async def read_draft(services: Services, draft: str) -> Any:
    """A draft with its attempts."""
    return await services.studio.find(draft)


@site_post("authoring/refine", "ExerciseDraft", act="draft")
async def refine_draft(handler: Handler, services: Services, body: requests.WishRequest) -> Any:
    """Begin another draft from the last attempt of one, changed as is wished."""
    studio = services.studio
    session = await studio.find(body.draft)
    earlier = next((one.yaml for one in reversed(session.attempts) if one.yaml), session.order.earlier)
    order = replace(session.order, topic=body.wish, earlier=earlier, who=handler.person().user)
    return await studio.begin(order)


@site_post("authoring/drafts/{draft}/stop", "ExerciseDraft", act="draft")
async def stop_draft(services: Services, draft: str) -> Any:
    """No attempt more; what is done stays."""
    return await services.studio.stop(draft)


@site_post("authoring/drafts/{draft}/resume", "ExerciseDraft", act="draft")
async def resume_draft(services: Services, draft: str) -> Any:
    """Go on with a draft that was stopped, or that a restart interrupted."""
    return await services.studio.resume(draft)


@site_post("authoring/drafts/{draft}/accept", "AcceptedDraft", act="accept")
async def accept_draft(services: Services, draft: str) -> Any:
    """Put what passes into the unit's YAML; it is checked once more. Students see it once it is published."""
    session = await services.studio.find(draft)
    placed = await services.studio.drafter.accept(session.order, session.passed)
    await asyncio.to_thread(services.catalogue.refresh)
    return placed


@site_post("authoring/place", "AcceptedDraft", act="accept")
async def place_items(handler: Handler, services: Services, body: requests.ValidateRequest) -> Any:
    """Put an exercise, or items of the mode, that somebody wrote into the unit's YAML, where the check passes them."""
    refuse_without_sandbox(services)
    order, _ = _order(handler, services, body, topic="", llms=["you"])
    async with services.studio.turn(order.who, "place"):
        placed = await services.studio.drafter.place(order, body.yaml)
    await asyncio.to_thread(services.catalogue.refresh)
    return placed


@site_post("authoring/validate", "DraftAttempt")
async def validate_draft(handler: Handler, services: Services, body: requests.ValidateRequest) -> Any:
    """What the loader, the check and the cases say of an exercise that somebody wrote. Nothing is kept."""
    from codegym_jlab.authoring.draft import Attempt

    refuse_without_sandbox(services)
    order, loaded = _order(handler, services, body, topic="", llms=["you"])
    async with services.studio.turn(order.who, "validate"):
        return await services.studio.drafter.validate(Attempt(1, "you"), body.yaml, order, loaded)


@site_post("authoring/review", "reviews: ExerciseReview")
async def review_exercises(handler: Handler, services: Services, body: requests.ReviewRequest) -> Any:
    """Marks in parts, each with its reasons, of an exercise, a course or code: style (PEP 8), complexity, coverage …
    Prose of a model stands apart, where one is named.
    """
    return await _reviews(handler, services, body, "review", body.parts, body.llm)


@site_post("authoring/pep8", "reviews: ExerciseReview")
async def review_style(handler: Handler, services: Services, body: requests.PartRequest) -> Any:
    """The part `style` of a review alone: PEP 8 and errors."""
    return await _reviews(handler, services, body, "pep8", ["style"])


@site_post("authoring/complexity", "reviews: ExerciseReview")
async def review_complexity(handler: Handler, services: Services, body: requests.PartRequest) -> Any:
    """The part `complexity` of a review alone: the ways through a function."""
    return await _reviews(handler, services, body, "complexity", ["complexity"])


@site_post("authoring/coverage", "reviews: ExerciseReview")
async def review_coverage(handler: Handler, services: Services, body: requests.PartRequest) -> Any:
    """The part `coverage` of a review alone, of an exercise or a course: statements that no check reaches."""
    return await _reviews(handler, services, body, "coverage", ["coverage"])


async def _reviews(
    handler: Handler, services: Services, body: requests.PartRequest, route: str, parts: Collection[str], llm: str = ""
) -> Any:
    from codegym_jlab.authoring.review import PARTS, review_code, review_course

    parts, code = parts or PARTS, body.code
    if (code is None) == (body.course is None):
        raise Denied("unfit", "Name a course, or send code.", key="code")
    link = next(iter(_links(services, [llm] if llm else [])), None)
    async with services.studio.turn(handler.person().user, route):
        if code is not None:
            if {"style", "complexity"}.isdisjoint(parts):
                raise Denied("unfit", "Code alone has style and complexity; name a course for the rest.", key="code")
            return [await review_code(code, "", link, parts)]
        refuse_without_sandbox(services)
        loaded = services.classes.places.folder(str(body.course))
        try:
            each = review_course(loaded, services.studio.drafter.grader, body.exercise, link, parts)
            return [one async for one in each]
        except KeyError:
            raise Denied("unknown_exercise", "This course has no such exercise.") from None


@site_get("authoring/stats", "DraftStats")
async def read_draft_stats(services: Services) -> Any:
    """Figures of the newest 100 drafts: states, attempts a draft, tokens, seconds, by model."""
    return await services.studio.stats()


@site_get("authoring/health", "DraftHealth")
async def read_draft_health(services: Services) -> Any:
    """Whether anything can be drafted here now, and by which models."""
    llms = [link.shown for link in services.llm.links]
    reasons = {"no sandbox works here": services.level.available, "no language model is set up": bool(llms)}
    why = "; ".join(text for text, holds in reasons.items() if not holds)
    return {"ready": not why, "why": why, "llms": llms}
