"""What docker/Dockerfile puts into the images."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_images_have_what_the_package_names_in_known_versions() -> None:
    """Each extra that is for a server is given to one of them, and all that the package asks for has a version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "docker/Dockerfile").read_text()
    extras = {extra for found in re.findall(r"codegym-jlab\[([\w,]+)\]", text) for extra in found.split(",")}
    assert extras == set(project["optional-dependencies"]) - {"test", "docker"}
    wanted = [*project["dependencies"], *(name for extra in extras for name in project["optional-dependencies"][extra])]
    lines = (ROOT / "docker/constraints.txt").read_text().splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    pinned = {canonical(line.partition("==")[0]) for line in lines}
    assert {canonical(re.split(r"[^\w.-]", name)[0]) for name in wanted} - pinned == set()


def test_each_base_image_is_pinned_by_a_digest() -> None:
    for name in ("Dockerfile", "others.Dockerfile"):
        text = (ROOT / "docker" / name).read_text()
        args = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
        bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - set(re.findall(r"^FROM .* AS (\S+)$", text, re.M))
        assert bases == {f"${{{name}}}" for name in args}
        assert [image for image in args.values() if not re.fullmatch(r".+:.+@sha256:[0-9a-f]{64}", image)] == []


def health_checks() -> dict[str, list[str]]:
    """Image → the command by which it says that it is well."""
    text = (ROOT / "docker/Dockerfile").read_text().replace("\\\n", "")
    stages = re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", text, re.MULTILINE | re.DOTALL)
    found = {name: re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", stage, re.MULTILINE) for name, stage in stages}
    return {name: json.loads(check[1]) for name, check in found.items() if check}


def test_each_image_says_whether_it_is_well() -> None:
    """Those of `hub` and `singleuser` are asked in test_hub."""
    assert set(health_checks()) == {"sandbox", "singleuser", "service", "hub"}


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="this is no Debian")
def test_debians_packages_stand_in_the_sbom_beside_pythons(tmp_path: Path) -> None:
    """In the versions of dpkg, as a package URL names them; tests/compose asks the images."""
    httpx = {"type": "library", "name": "httpx", "version": "0.28.1", "purl": "pkg:pypi/httpx@0.28.1"}
    (file := tmp_path / "sbom.json").write_text(json.dumps({"bomFormat": "CycloneDX", "components": [httpx]}))
    subprocess.run([sys.executable, ROOT / "docker/sbom.py", file], check=True)
    sbom = json.loads(file.read_text())
    found = {one["name"]: one for one in sbom["components"]}
    assert sbom["bomFormat"] == "CycloneDX" and found["httpx"] == httpx
    form = "${Version} ${Architecture}\n"
    told = subprocess.run(["dpkg-query", "-W", "-f", form, "libc6"], capture_output=True, text=True, check=True).stdout
    version, arch = told.splitlines()[0].split()
    assert found["libc6"]["version"] == version
    name = rf"pkg:deb/\w+/libc6@{re.escape(version.replace('+', '%2B'))}\?arch={arch}&distro=\w+-[\d.]+"
    assert re.fullmatch(name, found["libc6"]["purl"]), found["libc6"]
    assert len({one["purl"] for one in sbom["components"]}) == len(sbom["components"])


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="this is no Debian")
def test_the_image_of_others_has_an_sbom_too(tmp_path: Path) -> None:
    """Its build with an engine that runs here what it would run there; tests/compose asks the image."""
    for folder in ("docker", "libs", "bin"):
        (tmp_path / folder).mkdir()
    for name in ("build.sh", "sbom.py"):
        shutil.copy(ROOT / "docker" / name, tmp_path / "docker")
    for name in ("kafka_2.13-4.2.0.jar", "kafka-clients-4.2.0.jar", "NOTICE"):
        (tmp_path / "libs" / name).touch()
    here = f'sh -euc "$(printf %s "$last" | sed s,/opt/kafka,{tmp_path},)"'
    engine = f'[ "$1" != run ] || {{ for last; do :; done; {here}; }}'
    for name, does in {"docker": engine, "traefik": 'printf "Version:      3.6.12\\nCodename: x\\n"'}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    (wheel := tmp_path / "codegym_jlab-1.whl").touch()
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "IMAGES": "others", "WHEEL": str(wheel)}
    subprocess.run(["bash", tmp_path / "docker/build.sh", "test"], env=env, check=True)
    sbom = json.loads((tmp_path / "dist/sbom-others.json").read_text())
    purls = {one["purl"] for one in sbom["components"] if one["type"] == "library"}
    own = {"traefik@3.6.12", "kafka_2.13@4.2.0", "kafka-clients@4.2.0"}
    assert {purl for purl in purls if purl.startswith("pkg:generic/")} == {f"pkg:generic/{name}" for name in own}
    form = "${db:Status-Status} ${Package}\n"
    told = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True, check=True).stdout
    packages = {line.removeprefix("installed ") for line in told.splitlines() if line.startswith("installed ")}
    assert {one["name"] for one in sbom["components"] if one["purl"].startswith("pkg:deb/debian/")} == packages
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
