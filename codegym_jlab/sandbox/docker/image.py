"""The image of all containers: this machine's Python and the runner, made once for each state of what goes in."""

import io
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from codegym_jlab.records import digest_of, in_parts

from ..base import SandboxUnavailable
from . import spec
from .engine import Engine

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"  #: of Python, inside and outside
_LEFT_OUT = frozenset("site-packages dist-packages test tests idlelib tkinter turtledemo ensurepip lib2to3".split())
_PASSWD = b"root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/tmp:/usr/sbin/nologin\n"
_GROUP = b"root:x:0:\nnogroup:x:65534:\n"
_FOLDERS = "usr/bin usr/local/lib etc dev proc sys course usr/lib/python-packages".split()
#: Libraries that are loaded by name, so that ldd does not tell of them.
_BY_NAME = tuple(
    "libc.so libpthread libdl libm.so libmvec librt libutil libresolv libnss_files libanl libgcc_s.so libstdc++.so "
    "libgomp.so libz.so libcrypt.so".split()
)
_AT_ONCE = 200  #: files given to one ldd
_RUNNER, _INSIDE = Path(__file__).parents[2] / "runner", "usr/lib/runner"


def digest(packages: list[str]) -> str:
    """Of all that the archive is made from; cheap, since it is asked at every start."""
    program = os.stat(os.path.realpath(sys.executable))
    found = [sys.version, sys.base_prefix, str(program.st_size), str(program.st_mtime_ns), Path(__file__).read_text()]
    found += [f"{path}\n{path.read_text()}" for path in sorted(_RUNNER.rglob("*.py"))]
    for folder in packages:
        found += sorted(name for name in os.listdir(folder) if name.endswith("-info") and "codegym" not in name)
    return digest_of("\n".join(found))[:16]


def write(target: Path, packages: list[str]) -> None:
    """Write the archive; takes some seconds. `packages`: folders whose libraries' libraries go in as well."""
    with tarfile.open(target, "w") as archive:
        folders = _Folders(archive)
        for path in _FOLDERS:
            folders.make(path)
        folders.make("tmp", 0o1777)
        _put_python(archive, folders)
        for path in sorted(_libraries(packages)):
            folders.make(os.path.dirname(path))
            archive.add(os.path.realpath(path), path.lstrip("/"), filter=_owned_by_root)
        for runner in sorted(_RUNNER.rglob("*.py")):
            path = f"{_INSIDE}/{runner.relative_to(_RUNNER)}"
            folders.make(os.path.dirname(path))
            archive.add(runner, path, filter=_owned_by_root)
        for name, text in (("etc/passwd", _PASSWD), ("etc/group", _GROUP)):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))


class _Folders:
    """Folders of the archive, each once, all of them readable. Links of a merged /usr are kept."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._made = set[str]()
        for name in ("lib", "lib64", "bin"):
            if os.path.islink(f"/{name}"):
                _link(archive, name, os.readlink(f"/{name}"))
                self._made.add(name)

    def make(self, path: str, mode: int = 0o755) -> None:
        """That folder and those above it."""
        path = path.strip("/")
        if not path or path in self._made:
            return
        self.make(os.path.dirname(path))
        self._made.add(path)
        info = tarfile.TarInfo(path)
        info.type, info.mode = tarfile.DIRTYPE, mode
        self._archive.addfile(info)


def _put_python(archive: tarfile.TarFile, folders: _Folders) -> None:
    prefix = "usr" if sys.base_prefix == "/usr" else "usr/local"
    folders.make(f"{prefix}/bin")
    archive.add(os.path.realpath(sys.executable), f"{prefix}/bin/python{VERSION}", filter=_owned_by_root)
    _link(archive, f"{prefix}/bin/python3", f"python{VERSION}")
    folders.make(f"{prefix}/lib")
    archive.add(sysconfig.get_path("stdlib"), f"{prefix}/lib/python{VERSION}", filter=_standard_library)
    if sys.base_prefix != "/usr":
        for path in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
            archive.add(path.resolve(), f"usr/local/lib/{path.name}", filter=_owned_by_root)


def _owned_by_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
    return info


def _standard_library(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = os.path.basename(info.name)
    if name in _LEFT_OUT or name.startswith("config-") or not (info.isdir() or info.isfile() or info.issym()):
        return None
    return _owned_by_root(info)


def _libraries(packages: list[str]) -> set[str]:
    """Paths of shared libraries outside Python's own folders, each where the loader looks for it."""
    stdlib = sysconfig.get_path("stdlib")
    programs = [os.path.realpath(sys.executable), *map(str, Path(stdlib, "lib-dynload").glob("*.so"))]
    for folder in packages:
        programs += [str(path) for path in Path(folder).rglob("*.so*") if path.is_file()]
    inside = tuple(f"{os.path.realpath(path)}/" for path in (sys.base_prefix, sys.prefix, stdlib, *packages))
    if sys.base_prefix == "/usr":
        inside = tuple(path for path in inside if path != "/usr/")
    named = {path for path in _named_by_ldd(programs) if not os.path.realpath(path).startswith(inside)}
    for folder in {os.path.dirname(path) for path in named if os.path.basename(path).startswith("libc.so")}:
        named |= {e.path for e in os.scandir(folder) if e.name.startswith(_BY_NAME) and ".so." in e.name}
    # through the links of a merged /usr: in the archive a file may not lie below a link
    return {os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in named}


def _named_by_ldd(programs: list[str]) -> Iterator[str]:
    for some in in_parts(programs, _AT_ONCE):
        out = subprocess.run(["ldd", *some], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607
        yield from filter(os.path.isfile, re.findall(r"^\t(?:.*? )?(/\S+)", out, re.M))


_NAME = "codegym-sandbox"
#: What a container does, as a Dockerfile says it.
_CHANGES = [
    "ENV PATH=/usr/local/bin:/usr/bin:/bin LD_LIBRARY_PATH=/usr/local/lib",
    "USER 65534:65534",
    "WORKDIR /",
    f'ENTRYPOINT ["python3", "-S", "-s", "-P", "-B", "/{_INSIDE}/__main__.py", "isolation.container", "0"]',
]


def ready_image(engine: Engine) -> str:
    """The image's name; where the engine has none of that content it is made, which takes some seconds, once."""
    packages = list(spec.packages())
    tag = digest(packages)
    name = f"{_NAME}:{tag}"
    if not _has(engine, name):
        with tempfile.TemporaryDirectory(prefix="codegym-image-") as folder:
            archive = Path(folder) / "image.tar"
            write(archive, packages)
            said = engine.api.import_image_from_file(str(archive), repository=_NAME, tag=tag, changes=_CHANGES)
        if not _has(engine, name):
            raise SandboxUnavailable(f"the image could not be made: {said[-400:]}")
    return name


def _has(engine: Engine, name: str) -> bool:
    return bool(engine.api.images(name=name, quiet=True))


def _link(archive: tarfile.TarFile, name: str, target: str) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    archive.addfile(info)
