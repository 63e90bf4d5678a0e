"""`compose.yaml`: held against the specification; `make test-compose` starts a class by it."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from absent import part_of
from jsonschema import Draft7Validator

ROOT = Path(__file__).parents[2]
OWN = {"service", "sandbox", "singleuser", "hub"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_yaml_is_what_the_specification_says(compose: Any) -> None:
    """With every field known, so that a misspelt one is found."""
    schema = json.loads((part_of("compose-spec") / "compose-spec.json").read_text())
    validator = Draft7Validator(schema)
    assert [error.message for error in validator.iter_errors(compose)] == []
    misspelt = copy.deepcopy(compose)
    misspelt["services"]["hub"]["read_onyl"] = misspelt["services"]["hub"].pop("read_only")
    assert not validator.is_valid(misspelt)


def test_compose_yaml_starts_what_is_built_here_and_fences_it(compose: Any) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "docker/Dockerfile").read_text(), re.MULTILINE))
    assert targets >= OWN
    images = {name: service["image"] for name, service in compose["services"].items()}
    images["students"] = compose["services"]["hub"]["environment"]["CODEGYM_SINGLEUSER"]
    known = {f"codegym/{name}:${{CODEGYM_TAG:-{version}}}" for name in OWN | {"others"}}
    assert set(images.values()) == known
    for name, service in compose["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["mem_limit"], name
        assert service["security_opt"] == ["no-new-privileges:true"] and service["pids_limit"] <= 4000, name
        assert "privileged" not in service and "network_mode" not in service, name
    world = {name for name, service in compose["services"].items() if "ports" in service}
    assert world == {"traefik", "prometheus"}
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["prometheus"]["ports"])
    assert {name for name, network in compose["networks"].items() if not network.get("internal")} == {"front"}
    hosts = [compose["services"][name] for name in ("sandbox-1", "sandbox-2")]
    assert all((host["networks"], host["secrets"]) == (["sandboxes"], ["sandbox-key"]) for host in hosts)
    assert all("volumes" not in host and "environment" not in host for host in hosts)


def test_no_secret_is_in_the_repository(compose: Any, tmp_path: Path) -> None:
    """What compose.yaml names as one is made by the script, and the folder where it makes them is not tracked."""
    command = [str(ROOT / "docker/compose/make-secrets.sh"), str(tmp_path / "secrets"), "ana"]
    subprocess.run(command, check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(compose["secrets"])
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    subprocess.run([*command, "ben"], check=True)  # a second time: what is there stays
    again = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    people = made.pop("people")
    assert again.pop("people").startswith(people) and again == made
    for name, secret in compose["secrets"].items():
        assert secret["file"] == f"${{CODEGYM_SECRETS:-./docker/compose/secrets}}/{name}"
    private = ["docker/compose/secrets/people", ".env"]
    told = subprocess.run(["git", "check-ignore", *private], cwd=ROOT, capture_output=True, text=True)
    assert told.stdout.split() == private
