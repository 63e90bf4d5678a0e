"""What can be said of the engine: all of it has a default, and a variable of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

LEVELS = ("docker", "docker+runsc")


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """Which engine, runtime and base image."""

    level: str = "docker"
    runtime: str = ""  #: the engine's name of an OCI runtime; "" is the engine's default
    base: str = ""  #: an image with a Python of this machine's version; "" makes one of this machine's Python
    host: str = ""  #: the engine's address; "" is $DOCKER_HOST, else its usual socket


def settings_of(level: str, environment: Mapping[str, str] = os.environ) -> DockerSettings:
    """From $CODEGYM_DOCKER_RUNTIME, $CODEGYM_DOCKER_BASE and $CODEGYM_DOCKER_HOST; `docker+runsc` names its runtime."""
    runtime = "runsc" if level == "docker+runsc" else environment.get("CODEGYM_DOCKER_RUNTIME", "")
    return DockerSettings(
        level="docker+runsc" if runtime == "runsc" else "docker",
        runtime=runtime,
        base=environment.get("CODEGYM_DOCKER_BASE", ""),
        host=environment.get("CODEGYM_DOCKER_HOST", ""),
    )
