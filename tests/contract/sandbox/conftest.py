"""A sandbox of each level that this machine has, and short words for talking to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from absent import skip
from contract.sandbox_host import sandbox_host

from codegym_jlab.sandbox import Answers, Image, Limits, Process, Sandbox, SandboxUnavailable, open_sandbox

CONTAINERS = ("docker", "docker+runsc")
LEVELS = ("namespaces", "confined", "remote", *CONTAINERS)
SECRET = "cg-secret-of-the-host-71144"
#: What `make test` asks of `confined`; `make test-all` asks all that it asks of `namespaces`.
QUICK_AT_CONFINED = {
    "test_no_network",
    "test_system_is_read_only",
    "test_environment_holds_nothing_of_the_host",
    "test_the_user_of_a_lease_is_that_of_nothing_else_here",
    "test_two_leases_do_not_see_each_other",
    "test_each_finds_what_the_cells_left",
    "test_starting_a_program_is_a_violation",
}
#: What the session inside does alike wherever it runs: a container, whose start takes a second, is asked for the rest.
OF_THE_SESSION = {
    "test_error_names_line_cell_and_frames",
    "test_what_is_no_program",
    "test_syntax_error_of_its_own_making_is_an_error",
    "test_a_missing_module_is_named",
    "test_names_given_away_are_told_and_break_no_check",
    "test_given_names_are_those_of_the_given_cell",
    "test_state_grows_over_the_calls_of_one_check_alone",
    "test_dataclasses_typing_and_pickle_find_the_cells",
    "test_top_level_await",
    "test_deep_recursion_is_an_error_and_900_deep_is_fine",
    "test_raised_tells_the_classes",
    "test_an_error_whose_text_never_comes",
    "test_stdin_and_input",
    "test_output_of_one_check_is_its_own",
    "test_the_shell_is_inert",
    "test_tables_that_student_code_imports_itself",
    "test_matplotlib_draws_nowhere",
    "test_preload_that_is_missing_is_no_obstacle",
    "test_checks_that_do_not_compile",
    "test_unsupported_values_are_named",
    "test_a_wait_is_that_of_each_check",
    "test_what_is_asked_with_a_cell_is_answered_where_it_runs_through",
}
#: For what is not about time: a machine that is busy with much else ends nothing.
PATIENT = Limits(seconds=20.0)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Runs before that of tests/conftest.py, which marks the rest of `confined` as `full`."""
    for item in items:
        if _place_of(item) == "confined" and getattr(item, "originalname", "") in QUICK_AT_CONFINED:
            item.add_marker("quick")
    spared = {item for item in items if _place_of(item) in CONTAINERS and _is_of_the_session(item)}
    config.hook.pytest_deselected(items=list(spared))
    items[:] = [item for item in items if item not in spared]


def _place_of(item: pytest.Item) -> Any:
    return getattr(getattr(item, "callspec", None), "params", {}).get("place")


def _is_of_the_session(item: pytest.Item) -> bool:
    """Of the bad ends of a check, one that a signal brings is asked of containers too."""
    how = item.callspec.params.get("how", "kill")  # type: ignore[attr-defined]
    return getattr(item, "originalname", "") in OF_THE_SESSION or how != "kill"


#: Of the host: longer than any limit that the session inside holds, so that a busy machine ends nothing.
PATIENCE_S = 90.0


class Lease:
    """One leased process, asked synchronously."""

    def __init__(self, place: Place, process: Process, limits: Limits) -> None:
        self._place, self.process, self.limits = place, process, limits

    def ask(self, frame: dict[str, Any], within: float = PATIENCE_S) -> dict[str, Any]:
        return self._place.run(self.process.ask(frame, within=within))

    def begin(self, *names: str) -> Lease:
        frame = {"op": "begin", "names": names, "output_kb": self.limits.output_kb, "seconds": self.limits.seconds}
        assert self.ask(frame)["ok"] is True
        return self

    def cell(
        self, source: str, name: str = "answer", kind: str = "answer", within: float = PATIENCE_S
    ) -> dict[str, Any]:
        frame = {"op": "cell", "name": name, "source": source, "kind": kind, "seconds": self.limits.seconds}
        return self.ask(frame, within)

    def check(self, call: str | None = None, **parts: Any) -> dict[str, Any]:
        frame = {"op": "check", "name": "check", "call": call, "seconds": self.limits.seconds, "want": "value", **parts}
        return self.ask(frame)

    def together(self, *calls: str, within: float = 6, total: float = 60, **parts: Any) -> Answers:
        """Several checks, asked in one go."""
        frame = {"op": "check", "name": "check", "seconds": self.limits.seconds, "want": "value", **parts}
        checks = [{**frame, "call": call} for call in calls]
        answers: Answers = self._place.run(self.process.ask_all(checks, within=within, total=total))
        return answers


class Place:
    """A sandbox and the event loop it belongs to."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sandbox: Sandbox) -> None:
        self._loop, self.sandbox = loop, sandbox

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    @contextmanager
    def lease(self, *names: str, image: Image = Image(), limits: Limits = Limits()) -> Iterator[Lease]:  # noqa: B008
        process = self.run(self.sandbox.lease(image, limits))
        try:
            yield Lease(self, process, limits).begin(*names)
        finally:
            self.run(process.close())

    def output(self, source: str, **kinds: Any) -> str:
        """What a cell printed, which must have run through, however long that took."""
        with self.lease(**{"limits": PATIENT, **kinds}) as lease:
            reply = lease.cell(source)
        assert reply["status"] == "ok", reply
        return str(reply["stdout"])


def by_design(place: Place, levels: str | tuple[str, ...], why: str) -> None:
    """Skip what those levels do not promise; docs/understand/security.md says so too."""
    level = place.sandbox.level
    if level in ((levels,) if isinstance(levels, str) else levels):
        pytest.skip(f"{level}: {why}")


@contextmanager
def place_at(level: str) -> Iterator[Place]:
    """A sandbox of that level, opened and closed; tests skip where the machine gives none."""
    loop = asyncio.new_event_loop()
    try:
        try:
            sandbox = loop.run_until_complete(open_sandbox(level))
        except SandboxUnavailable as e:
            skip(e)
        yield Place(loop, sandbox)
        loop.run_until_complete(sandbox.close())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


@pytest.fixture(scope="session", params=LEVELS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    os.environ["CG_HOST_SECRET"] = SECRET
    if request.param in CONTAINERS:
        request.getfixturevalue("engine")
    with sandbox_host() if request.param == "remote" else nullcontext():
        with place_at(request.param) as made:
            yield made
    del os.environ["CG_HOST_SECRET"]


@pytest.fixture(scope="session")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("host") / "secret.txt"
    path.write_text(SECRET)
    return path
