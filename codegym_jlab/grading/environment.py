"""What a judgement depends on beside course and source: Python, the packages, the sandbox level; and its seed."""

from __future__ import annotations

import hashlib
import hmac
import json
import platform
import sys
from functools import cache
from importlib import metadata


@cache
def packages() -> tuple[tuple[str, str], ...]:
    """Every installed distribution with its version, sorted. About 50 ms the first time."""
    found = {(d.metadata["Name"] or "").lower(): d.version for d in metadata.distributions()}
    return tuple(sorted(found.items()))


@cache
def environment_digest(level: str, preload: tuple[str, ...] = ()) -> str:
    """SHA-256 (hex) over the interpreter, all packages, the modules preloaded and the sandbox level."""
    body = [platform.python_implementation(), sys.version, platform.machine(), packages(), preload, level]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


def seed_of(key: bytes, version: str, source_digest: str) -> str:
    """The seed of a submission, an HMAC (hex) of exercise version and source: the same code gets the same verdict."""
    return hmac.new(key, f"{version}:{source_digest}".encode(), hashlib.sha256).hexdigest()
