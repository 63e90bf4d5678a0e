"""Ids that sort in the order in which they were given out, also while the clock is set back."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = 4096  #: of a millisecond, as many as rand_a tells apart
_UUID7 = re.compile(r"([0-9a-f]{12})7([0-9a-f]{3})")
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """32 lowercase hex digits that sort by time: UUIDv7 (RFC 9562 §5.7) with the millisecond's fraction in rand_a.

    Each is greater than every one before it in this process (§6.2, method 3): a clock that goes back reorders nothing.
    """
    global _last
    with _lock:
        _last = max(time.time_ns() * _TICKS // 1_000_000, _last + 1)
        ms, fraction = divmod(_last, _TICKS)
    return _uuid7(ms, fraction, secrets.randbits(62))


def id_at(moment: datetime, what: str) -> str:
    """For what came before it is written down: it sorts among the ids of then, and is the same for the same `what`."""
    us = (moment - _EPOCH) // timedelta(microseconds=1)
    ms, rest = divmod(max(us, 0), 1000)
    return _uuid7(ms, rest * _TICKS // 1000, int.from_bytes(hashlib.sha256(what.encode()).digest()[:8]))


def _uuid7(ms: int, fraction: int, bits: int) -> str:
    return f"{ms:012x}7{fraction:03x}{0x8000 | bits & 0x3FFF:04x}{bits >> 14 & 0xFFFFFFFFFFFF:012x}"


def id_of(key: str) -> str:
    """A new id whose end tells `key`: the same for the same key, and no other's; see `mark_of`."""
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return f"{new_id()[:16]}{(digest & (2**62 - 1)) | (2 << 62):016x}"


def mark_of(id: str) -> str:
    """The end of an id, by which `id_of` of the same key is known again."""
    return id[16:]


def go_on_after(newest: str | None) -> None:
    """Ids of this process sort after `newest`: called when the records are opened, whose clock may have been ahead."""
    global _last
    found = _UUID7.match(newest or "")
    if found is not None:
        with _lock:
            _last = max(_last, int(found[1], 16) * _TICKS + int(found[2], 16))
