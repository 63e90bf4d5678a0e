"""Where a file lies: SQLite's WAL shares memory between processes, and that does not reach over a network."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")
NETWORK = frozenset(
    "nfs nfs4 cifs smb3 smbfs 9p virtiofs afs ceph lustre beegfs gpfs glusterfs"
    " fuse.sshfs fuse.glusterfs fuse.ceph fuse.juicefs fuse.s3fs fuse.rclone fuse.grpcfuse fuse.osxfs".split()
)


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
