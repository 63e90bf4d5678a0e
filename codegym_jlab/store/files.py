"""Files of records: which they are, and where they lie. SQLite's WAL does not reach over a network."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

MOUNTS = Path("/proc/mounts")
NETWORK = frozenset(
    "nfs nfs4 cifs smb3 smbfs 9p virtiofs afs ceph lustre beegfs gpfs glusterfs"
    " fuse.sshfs fuse.glusterfs fuse.ceph fuse.juicefs fuse.s3fs fuse.rclone fuse.grpcfuse fuse.osxfs".split()
)


#: What lies beside a SQLite file of records: bulk flows, and the keys of the server and of its receipts.
BESIDE = (
    "flows.sqlite*",
    "flows.lock",
    "server.key*",
    "receipts.key*",
    "erased.jsonl",
    "codegym-*.zip",
    "backups/*.zip",
)


def record_files(records: Path) -> list[Path]:
    """The SQLite file of records, its log, and what else in its folder only its owner may read; those that exist."""
    names = (f"{records.name}*", *BESIDE)
    return sorted(path for name in names for path in records.parent.glob(name) if path.is_file())


def file_system(place: Path, mounts: Path | None = None) -> str:
    """The type of the file system that holds `place`, which need not be there yet; empty where that cannot be told."""
    here = next((folder for folder in (place, *place.parents) if folder.exists()), place).resolve()
    best, kind = Path("/"), ""
    try:
        lines = (mounts or MOUNTS).read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        _, point, found = line.split()[:3]
        # a space in a name stands there as \040
        mounted = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point))
        if here.is_relative_to(mounted) and mounted.is_relative_to(best):
            best, kind = mounted, found
    return kind


def network_of(place: Path, mounts: Path | None = None) -> str:
    """The same where it is a network's; else empty."""
    kind = file_system(place, mounts)
    return kind if kind in NETWORK else ""


def keep_private(records: Path) -> None:
    """Make the file for its owner alone, unless it is there: SQLite gives its log the same rights.

    Then take from others what they may do with it and with what lies beside it, as far as these files are ours.
    """
    with suppress(OSError):  # it is there already, or whoever opens it says what is wrong
        os.close(os.open(records, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    for path in record_files(records):
        with suppress(OSError):
            about = path.stat()
            if about.st_mode & 0o077 and about.st_uid == os.geteuid():
                path.chmod(about.st_mode & 0o700)
