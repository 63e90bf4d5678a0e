"""What student code may do with an object of the test text's that it was given: use it, and not make it lie.

A stub that the text asks afterwards (a mock, a spy, the test itself) is the text's own witness.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any


def may_get(value: Any, name: str) -> bool:
    """Whether an attribute may be read: of a mock what it stands for, of a test its asserts."""
    kind = _unittest_kind(value)
    if kind == "mock":
        return name == "return_value" or not _steers(name)
    return kind is None or name.startswith(("assert", "fail"))


def may_set(value: Any, name: str) -> bool:
    """Whether an attribute may be set: none that is a method, or by which a mock is asked."""
    kind = _unittest_kind(value)
    if kind == "mock":
        return not _steers(name)
    return kind is None and not callable(getattr(type(value), name, None))


def _steers(name: str) -> bool:
    """Whether it is of mocks themselves, and not of what one stands for."""
    mock = sys.modules["unittest.mock"]
    return any(hasattr(kind, name) for kind in (mock.Mock, mock.AsyncMock))


def _unittest_kind(value: Any) -> str | None:
    modules = [base.__module__ for base in type(value).__mro__]
    if "unittest.mock" in modules:
        return "mock"
    return "test" if any(module.startswith("unittest") for module in modules) else None
