"""Adds Python itself and Debian's packages to the SBOM of Python's packages (CycloneDX): python3 sbom.py FILE.

Where there is no FILE yet, it is made of lines on standard input: PLACE NAME VERSION [MORE], as in a package URL.
"""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

file = Path(sys.argv[1])
sbom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}


def add(place: str, name: str, version: str, more: str = "", kind: str = "library") -> None:
    purl = f"pkg:{place}/{quote(name)}@{quote(version, safe=':')}{more}"
    sbom["components"].append({"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl})


def debian() -> Iterator[str]:
    """Such a line for each package that is installed here."""
    system = platform.freedesktop_os_release()
    distro = system["ID"]
    form = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
    for line in subprocess.check_output(["dpkg-query", "-W", "-f", form], text=True).splitlines():
        state, name, version, arch = line.split()
        if state == "installed":
            yield f"deb/{distro} {name} {version} ?arch={arch}&distro={distro}-{system['VERSION_ID']}"


if file.exists():
    sbom = json.loads(file.read_text("utf-8"))
    add("generic", "python", platform.python_version(), kind="platform")
for line in debian() if file.exists() else sys.stdin:
    add(*line.split())
file.write_text(json.dumps(sbom, indent=2), "utf-8")
