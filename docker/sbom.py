"""Adds Python itself and Debian's packages to the SBOM of Python's packages (CycloneDX): python3 sbom.py FILE."""

import json
import platform
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

file = Path(sys.argv[1])
sbom = json.loads(file.read_text("utf-8"))


def add(kind: str, name: str, version: str, place: str, more: str = "") -> None:
    purl = f"pkg:{place}/{quote(name)}@{quote(version, safe=':')}{more}"
    sbom["components"].append({"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl})


add("platform", "python", platform.python_version(), "generic")
system = platform.freedesktop_os_release()
distro = system["ID"]
form = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
for line in subprocess.check_output(["dpkg-query", "-W", "-f", form], text=True).splitlines():
    state, name, version, arch = line.split()
    if state == "installed":
        add("library", name, version, f"deb/{distro}", f"?arch={arch}&distro={distro}-{system['VERSION_ID']}")
file.write_text(json.dumps(sbom, indent=2), "utf-8")
