"""What goes wrong with the records, in words for whoever asked."""

from __future__ import annotations

from typing import Any


class StoreError(Exception):
    """The records cannot be used."""

    code = "store_error"

    @property
    def details(self) -> dict[str, Any]:
        """For the answer to a request: nothing of where the records lie."""
        return {}


class StoreUnavailable(StoreError):
    """The records cannot be read or written now; the text says why and what to do. Nothing was changed."""

    code = "store_unavailable"
    retry_after_s = 5.0


class StoreTooNew(StoreError):
    """The records were written by a newer CodeGYM than this one."""

    code = "store_too_new"


class KeyTaken(StoreError):
    """The same idempotency key came before, with another exercise, kind or source."""

    code = "key_taken"

    def __init__(self) -> None:
        super().__init__("This was sent before with other content. Reload the page and send it again.")
