"""What the engine is told of a container, and what the zygote inside it is told: everything that is allowed."""

import os
from pathlib import Path

from codegym_jlab.runner.wire.frames import Json

from ...records import frozen
from ..base import Image, Limits
from ..namespaces import ENVIRONMENT, files_there, own_folders, python_paths
from .engine import LABEL, Engine

_PACKAGES = "/usr/lib/python-packages"
_SPARE_MB = 512  # for what is imported before any student's code; the runner counts exactly
_SMALLEST_MB = Limits().memory_mb
FOLDER = "/tmp"  # noqa: S108  the one writable place
_OWN_PROCESSES = 1  # beside a lease's: the first process
_RUNTIMES_PROCESSES = 1024  # gVisor's own threads count as well; there RLIMIT_NPROC bounds a lease
_OPEN_FILES = 1024
_SHARED_MB = 16  # of /dev/shm
#: The engine's own list, and what else tells of the machine.
_MASKED = """
    /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi
    /proc/sys /proc/sysrq-trigger /proc/timer_list /proc/timer_stats /sys/firmware /sys/devices/virtual/powercap
    /etc/hosts /etc/resolv.conf /etc/hostname
""".split()
_READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq")


@frozen
class Size:
    """What the engine bounds, and so must be known before a container starts."""

    memory_mb: int
    files_mb: int
    processes: int

    @classmethod
    def of(cls, limits: Limits) -> "Size":
        """That of containers that can serve these limits: their memory is rounded up, the runner counts exactly."""
        memory = _SMALLEST_MB
        while memory < limits.memory_mb:
            memory *= 2
        return cls(memory, limits.files_mb, limits.processes)


def packages() -> dict[str, str]:
    """Folders of installed packages on this machine, and where a container has them."""
    found = [path for path in python_paths() if os.path.basename(path) in ("site-packages", "dist-packages")]
    return {path: f"{_PACKAGES}/{number}" for number, path in enumerate(found)}


def configuration(image: Image) -> Json:
    """The first frame that the zygote inside is sent. Raises ValueError for a file outside the course's folder."""
    files = [name for name, _ in files_there(image)]
    python = list(packages().values())
    return {"level": "docker", "packages": python, "preload": list(image.preload), "files": files}


def container(image: Image, size: Size, runtime: str, user: int) -> Json:
    """The engine's description of a container, beside its image."""
    pids = _RUNTIMES_PROCESSES if runtime == "runsc" else size.processes + _OWN_PROCESSES
    memory = (size.memory_mb + size.files_mb + _SHARED_MB + _SPARE_MB) << 20
    masks = [f"{inside}/{name}" for path, inside in packages().items() for name in own_folders(path)]
    course = [_bound(path, f"/course/{name}") for name, path in files_there(image)]
    private = f"rw,nosuid,nodev,noexec,size={size.files_mb}m,nr_inodes=8192,mode=0700,uid={user},gid={user}"
    host = {
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Memory": memory,
        "MemorySwap": memory,
        "PidsLimit": pids,
        "Ulimits": [{"Name": n, "Soft": most, "Hard": most} for n, most in (("nofile", _OPEN_FILES), ("core", 0))],
        "ShmSize": _SHARED_MB << 20,
        "Tmpfs": {FOLDER: private, **dict.fromkeys(masks, "ro,size=4k,mode=0555")},
        "Mounts": [*(_bound(*places) for places in packages().items()), *course],
        "MaskedPaths": _MASKED,
        "ReadonlyPaths": list(_READ_ONLY),
        "LogConfig": {"Type": "none", "Config": {}},
        "IpcMode": "private",
        "AutoRemove": True,
        **({"Runtime": runtime} if runtime else {}),
    }
    streams = dict.fromkeys("AttachStdin AttachStdout AttachStderr OpenStdin StdinOnce".split(), True)
    environment = {**ENVIRONMENT, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return {
        **streams,
        "User": f"{user}:{user}",
        "Hostname": "sandbox",
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "NetworkDisabled": True,
        "Labels": {LABEL: owner()},
        "HostConfig": host,
    }


def _bound(source: str, target: str) -> Json:
    return {"Type": "bind", "Source": os.path.realpath(source), "Target": target, "ReadOnly": True}


def owner() -> str:
    """This process, as no other before or after it is named on this machine."""
    return f"{os.getpid()}-{_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def sweep(engine: Engine) -> None:
    """Remove containers that were made by processes that have died since, before they could start or end them."""
    for one in engine.api.containers(all=True, filters={"label": LABEL}):
        pid, _, started = one["Labels"][LABEL].partition("-")
        if not pid.isdigit() or _started(int(pid)) != started:
            engine.remove(one["Id"])
