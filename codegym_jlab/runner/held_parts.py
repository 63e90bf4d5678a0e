"""Lists, dicts and sets that a test text has read from the answer's objects, and may change: `cart.items.append(3)`.

They are copies. What the text does to one is done to the answer's own before it is asked for anything again.
"""

from __future__ import annotations

from .crossing import replace

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

    from .proxies import Link

_KINDS = (list, dict, set, bytearray)
_MOST = 1000  #: items of one that is watched
_METHODS = "append|extend|insert|pop|popitem|remove|clear|add|update|sort|reverse|setdefault|discard"
_CHANGES = rf"\.\w+(\.({_METHODS})\(|\[[^]]*\] *[-+*/]?=(?!=))"


def changes_parts(text: str) -> bool:
    """Whether a test text may change what an attribute holds."""
    if "] " not in text and "]=" not in text and not any(f".{name}(" in text for name in _METHODS.split("|")):
        return False  # most: expressions are compiled anew in each fork
    import re  # not in the zygote: what that holds, each fork pays for

    return re.search(_CHANGES, text) is not None


class HeldParts:
    """Those of one run of a test text; `watches` says whether any is looked after."""

    def __init__(self, link: Link) -> None:
        self.watches = False
        self._link = link
        self._held: dict[tuple[int, str], tuple[Any, Any]] = {}

    def read(self, number: int, name: str, value: Any) -> Any:
        """What the text gets for an attribute that was just read: the same object as long as there is one."""
        if not self.watches or type(value) not in _KINDS or len(value) > _MOST:
            return value
        known = self._held.get((number, name), (None, None))[0]
        if type(known) is type(value):
            replace(known, value)
            value = known
        self._held[number, name] = value, self._link.encode(value)
        return value

    def changed(self) -> list[tuple[int, str, Any]]:
        """Number, name and content of those that are not as they were read."""
        found = []
        for (number, name), (value, before) in self._held.items():
            now = self._link.encode(value)
            if now != before:
                self._held[number, name] = value, now
                found.append((number, name, now))
        return found
