"""The image of all containers: built from the Dockerfile beside this, once for each state of what goes in."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ..base import SandboxUnavailable
from . import base_image, hosting
from .engine import Engine
from .settings import DockerSettings

_NAME, _BASE = "codegym-sandbox", "codegym-base"
_HERE = Path(__file__).parent
_RUNNER = _HERE.parents[1] / "runner"


def ready_image(engine: Engine, settings: DockerSettings) -> str:
    """The image's name; where the engine has none of that content it is built, which takes some seconds, once."""
    context = _context()
    base = settings.base or f"{_BASE}:{base_image.digest(hosting.packages())}"
    name = f"{_NAME}:{hashlib.sha256(base.encode() + context).hexdigest()[:16]}"
    if _has(engine, name):
        return name
    if not settings.base and not _has(engine, base):
        _make_base(engine, base)
    _build(engine, name, base, context)
    return name


def _has(engine: Engine, name: str) -> bool:
    return bool(engine.api.images(name=name, quiet=True))


def _make_base(engine: Engine, name: str) -> None:
    repository, _, tag = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="codegym-base-") as folder:
        archive = Path(folder) / "base.tar"
        base_image.write(archive, hosting.packages())
        engine.api.import_image_from_file(str(archive), repository=repository, tag=tag)


def _context() -> bytes:
    """The Dockerfile and the runner, as the engine takes them; the same bytes for the same content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        _put(archive, "Dockerfile", (_HERE / "Dockerfile").read_bytes())
        for path in sorted(_RUNNER.glob("*.py")):
            _put(archive, f"runner/{path.name}", path.read_bytes())
    return out.getvalue()


def _put(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    archive.addfile(info, io.BytesIO(content))


def _build(engine: Engine, name: str, base: str, context: bytes) -> None:
    said: list[str] = []
    arguments: dict[str, Any] = {"BASE": base}
    lines = engine.api.build(
        fileobj=io.BytesIO(context), custom_context=True, tag=name, buildargs=arguments, rm=True, decode=True
    )
    for line in lines:  # to the end, whatever it says: a stream that is left stays open
        said.append(str(line.get("error") or line.get("stream") or ""))
    if not _has(engine, name):
        raise SandboxUnavailable(f"the image could not be built on {base}: {''.join(said)[-400:]}")
