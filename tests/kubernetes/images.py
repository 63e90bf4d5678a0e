"""The images of this clone for a cluster, in one archive: made with an engine of our own, kept by what is in it.

`python tests/kubernetes/images.py` prints where it lies. Debian's packages and Python's are fetched once; the images
are then built without a network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from absent import CACHE, Absent, part
from contract.engine import Engine

ROOT = Path(__file__).parents[2]
HOW = "make test-kubernetes builds it, with Go"
TAG = "test"
IMAGES = [f"codegym/{name}:{TAG}" for name in ("service", "sandbox", "singleuser")]
PAUSE = "localhost/pause:1"


def key_of(*files: Path) -> str:
    """The same for the same content."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def archive() -> Path:
    """All images in one file, which `make wheel` came before. Raises Absent."""
    wheel = max((ROOT / "dist").glob("codegym_jlab-*.whl"), default=None)
    if wheel is None:
        raise Absent("there is no wheel: make wheel")
    pause = part("kubernetes", HOW) / "pause"
    docker = ROOT / "docker"
    recipe = [docker / name for name in ("Dockerfile", "constraints.txt", "sbom.py", "base.sh", "build.sh")]
    made = CACHE / f"images-{key_of(wheel, pause, *recipe)}.tar"
    if not made.exists():
        engine = Engine()
        try:
            engine.start()
            _build(engine, _wheels(wheel), pause, made)
        finally:
            engine.stop()
        _only(made)
    return made


def _only(newest: Path) -> None:
    """Nobody needs what was made of older files."""
    for old in set(CACHE.glob(f"{newest.name.partition('-')[0]}-*")) - {newest}:
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def _build(engine: Engine, wheels: Path, pause: Path, made: Path) -> None:
    client = {"DOCKER": f"docker -H {engine.address}", "DOCKER_HOST": engine.address, "DOCKER_BUILDKIT": "0"}
    environment = os.environ | client | {"BASE": "local/base"}

    def run(*command: str, cwd: Path = ROOT) -> None:
        subprocess.run(command, env=environment, cwd=cwd, check=True, stdout=sys.stderr)

    base = CACHE / f"base-{key_of(ROOT / 'docker/base.sh')}.tar"
    if base.exists():
        run("docker", "load", "-q", "-i", str(base))
    else:
        run(str(ROOT / "docker/base.sh"))
        run("docker", "save", "-o", str(base), "local/base")
        _only(base)
    context = ROOT / "docker/wheels"
    context.mkdir(exist_ok=True)
    for wheel in wheels.iterdir():
        shutil.copy(wheel, context)
    run(str(ROOT / "docker/build.sh"), TAG, "--network", "none", "--build-arg", "PIP_NO_INDEX=1")
    run("sh", "-c", f"tar -cC {pause.parent} pause | docker import -c 'ENTRYPOINT [\"/pause\"]' - {PAUSE}")
    draft = made.with_suffix(".draft")
    run("docker", "save", "-o", str(draft), *IMAGES, PAUSE)
    draft.rename(made)


def _wheels(wheel: Path) -> Path:
    """All that the images install, as docker/Dockerfile names it, in the versions of docker/constraints.txt."""
    recipe = (ROOT / "docker/Dockerfile").read_text()
    extras = sorted({extra for found in re.findall(r"codegym-jlab\[([\w,]+)\]", recipe) for extra in found.split(",")})
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(name for extra in extras for name in project["optional-dependencies"][extra])]
    wanted += ["cyclonedx-bom", "jupyterhub"]
    constraints = ROOT / "docker/constraints.txt"
    named = hashlib.sha256("\n".join([*wanted, constraints.read_text()]).encode()).hexdigest()[:16]
    folder = CACHE / f"wheels-{named}"
    if not folder.exists():
        draft = CACHE / f".wheels-{named}"
        command = [sys.executable, "-m", "pip", "download", "-q", "-d", str(draft), "-c", str(constraints), *wanted]
        subprocess.run(command, check=True, stdout=sys.stderr)
        draft.rename(folder)
        _only(folder)
    return folder


if __name__ == "__main__":
    try:
        print(archive())
    except Absent as problem:
        print(f"no images: {problem}")
