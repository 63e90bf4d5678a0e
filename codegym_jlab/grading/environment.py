"""What a judgement depends on beside its source: Python, the packages, the sandbox level, what its course asks for."""

from __future__ import annotations

import hashlib
import hmac
import json
import platform
import sys
from functools import cache
from importlib import metadata

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.sandbox.base import Image, Limits


@cache
def packages() -> tuple[tuple[str, str], ...]:
    """Every installed distribution with its version, sorted. About 50 ms the first time."""
    found = {(d.metadata["Name"] or "").lower(): d.version for d in metadata.distributions()}
    return tuple(sorted(found.items()))


def read_ahead() -> None:
    """What every first judgement would wait for; for a thread."""
    from codegym_jlab.runner import wire_shapes  # noqa: F401

    packages()


@cache
def environment_digest(level: str, preload: tuple[str, ...] = ()) -> str:
    """SHA-256 (hex) over the interpreter, all packages, the modules preloaded and the sandbox level."""
    body = [platform.python_implementation(), sys.version, platform.machine(), packages(), preload, level]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def seed_of(key: bytes, version: str, source_digest: str) -> str:
    """The seed of a submission, an HMAC (hex) of exercise version and source: the same code gets the same verdict."""
    return hmac.new(key, f"{version}:{source_digest}".encode(), hashlib.sha256).hexdigest()


def image_of(loaded: LoadedCourse) -> Image:
    """The zygote that a course's submissions are forked from."""
    preload = loaded.course.preload if loaded.course is not None else ()
    # the zygote's working folder is another, so a relative path would not be found there
    files = tuple((name, path.absolute()) for name, path in loaded.data_files)
    return Image(preload=tuple(preload), files=files)


def limits_of(loaded: LoadedCourse, exercise: str) -> Limits:
    """The bounds of a submission of an exercise. Raises KeyError."""
    own = loaded.limits(exercise)
    return Limits(seconds=own.seconds, memory_mb=own.memory_mb, output_kb=own.output_kb, total_s=own.total_s)
