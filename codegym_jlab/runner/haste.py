"""How much time the next check of an answer gets: a part of it, once the first have all run out of theirs."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

_PATIENCE = 2  # checks that may run out of their whole time
_PART = 0.25
_TIMEOUT = b'{"status":"timeout"'  # how the frame of such a reply begins


def is_late(reply: bytes | dict[str, Any]) -> bool:
    """Whether a reply, as a dict or as the frame that is sent, says that a check ran out of its time."""
    return reply.get("status") == "timeout" if isinstance(reply, dict) else reply.startswith(_TIMEOUT, 4)


class Haste:
    """Of one answer. Any check that ends in time, whatever it gives, brings back the whole time for good."""

    def __init__(self) -> None:
        self._late: int | None = 0  #: checks so far, if all of them ran out of time
        self._is_late = False  #: the present one

    def hurried(self, frame: dict[str, Any]) -> dict[str, Any]:
        """The frame that opens a check, with the seconds that it gets."""
        if self._late is None or self._late < _PATIENCE:
            return frame
        return {**frame, "seconds": frame["seconds"] * _PART}

    def hear(self, reply: bytes | dict[str, Any]) -> bool:
        """A reply of the present check, as a dict or as the frame that is sent; whether it ran out of time."""
        late = is_late(reply)
        self._is_late = self._is_late or late
        return late

    def end(self) -> None:
        """The present check is over."""
        self._late = self._late + 1 if self._is_late and self._late is not None else None
        self._is_late = False
