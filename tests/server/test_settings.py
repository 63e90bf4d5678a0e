"""Settings and their defaults, the one composition root, and what Jupyter finds of the package."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

import codegym_jlab
from codegym_jlab import settings
from codegym_jlab.events.sinks import Routes
from codegym_jlab.settings import CodeGym, Settings, place_of, shipped_courses
from codegym_jlab.wiring import build, server_key

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CODEGYM_COURSES", "CODEGYM_SANDBOX", "BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_defaults(tmp_path: Path) -> None:
    settings = CodeGym().settings(tmp_path)
    assert settings.courses_dir == shipped_courses()
    assert settings.data_dir.name == "codegym"
    assert (settings.root_dir, settings.work_dir) == (tmp_path, ".")
    assert (settings.sandbox, settings.allow_unsafe_sandbox, settings.place) == ("", False, "local")


def test_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEGYM_COURSES", str(tmp_path))
    monkeypatch.setenv("CODEGYM_SANDBOX", "process")
    settings = CodeGym().settings("/")
    assert (settings.courses_dir, settings.sandbox) == (tmp_path, "process")


def test_configuration_is_stronger_than_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEGYM_SANDBOX", "process")
    given = Config({"CodeGym": {"sandbox": "namespaces", "courses_dir": "~/courses", "place": "binder"}})
    settings = CodeGym(config=given).settings("/")
    assert (settings.sandbox, settings.place) == ("namespaces", "binder")
    assert settings.courses_dir == Path.home() / "courses"


def test_where_events_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CodeGym().settings("/").events == Routes("log", "codegym.events", "", "", "", "codegym")
    monkeypatch.setenv("CODEGYM_EVENT_SINKS", "log,kafka")
    monkeypatch.setenv("CODEGYM_KAFKA_SERVERS", "a:9092,b:9092")
    events = CodeGym(config=Config({"CodeGym": {"kafka_servers": "c:9092"}})).settings("/").events
    assert (events.names, events.kafka_servers) == (("log", "kafka"), "c:9092")


@pytest.mark.parametrize("name", ["BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST"])
def test_binder_is_known_by_its_variables(name: str) -> None:
    assert place_of({name: "x"}) == "binder"
    assert place_of({"HOME": "/home/jovyan"}) == "local"
    assert place_of({"CODEGYM_PLACE": "binder"}) == "binder"
    assert place_of({"CODEGYM_PLACE": "elsewhere"}) == "local"


def test_every_setting_has_a_help_text() -> None:
    for name, trait in CodeGym.class_own_traits(config=True).items():
        assert len(trait.help) > 20, name


def test_every_setting_is_passed_on() -> None:
    events = {name.removeprefix("event_") for name in CodeGym.class_own_traits(config=True)} & set(Routes.__slots__)
    assert events == set(Routes.__slots__)
    passed_on = {*Settings.__dataclass_fields__, *events, "event_sinks", "event_topic", "trace_content"}
    assert set(CodeGym.class_own_traits(config=True)) <= passed_on


def test_the_shipped_courses_are_found() -> None:
    assert (shipped_courses() / "config.yaml").is_file()


def test_installed_courses_are_found_beside_jupyters_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "share" / "codegym" / "courses"
    installed.mkdir(parents=True)
    (installed / "config.yaml").write_text("courses: []\n")
    monkeypatch.setattr(settings, "__file__", str(tmp_path / "site-packages" / "codegym_jlab" / "settings.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert shipped_courses() == installed
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(settings, "jupyter_path", lambda: [str(tmp_path / "share" / "jupyter")])
    assert shipped_courses() == installed


@pytest.mark.parametrize(
    ("setting", "instead"),
    [
        ("database=postgresql://ana:s3cret@[::1]:1/x", "CODEGYM_DATABASE"),
        ("metrics_token=s3cret", "CODEGYM_METRICS_TOKEN"),
    ],
)
def test_a_secret_on_the_servers_command_line_is_told_of(
    setting: str, instead: str, jp_configurable_serverapp: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    jp_configurable_serverapp(argv=[f"--CodeGym.{setting}"])
    (told,) = [line for line in capsys.readouterr().err.splitlines() if f"set {instead} instead" in line]
    assert "s3cret" not in told


def test_the_key_is_made_once(tmp_path: Path) -> None:
    key = server_key(tmp_path / "records")
    assert len(key) == 32
    assert server_key(tmp_path / "records") == key
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["server.key"]


def test_a_level_that_does_not_exist_is_named(tmp_path: Path) -> None:
    async def level() -> Any:
        folders = {"courses_dir": str(HERE / "courses"), "data_dir": str(tmp_path / "records")}
        services = await build(CodeGym(sandbox="granite", **folders).settings(tmp_path))
        await services.close()
        return services.level

    found = asyncio.run(level())
    assert (found.name, found.available) == ("none", False)
    assert "granite" in found.why and "namespaces" in found.why


def test_what_jupyter_asks_the_package() -> None:
    (point,) = codegym_jlab._jupyter_server_extension_points()
    assert point["app"].name == "codegym_jlab"
    (extension,) = codegym_jlab._jupyter_labextension_paths()
    assert extension == {"src": "labextension", "dest": "codegym-jlab"}


def test_the_wheel_switches_the_extension_on() -> None:
    root = HERE.parent.parent
    given = json.loads((root / "jupyter-config/server-config/codegym_jlab.json").read_text())
    assert given == {"ServerApp": {"jpserver_extensions": {"codegym_jlab": True}}}
