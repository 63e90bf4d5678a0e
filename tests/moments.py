"""Times that tests speak of."""

from __future__ import annotations

from datetime import UTC, datetime

NOON = datetime(2026, 10, 27, 12, tzinfo=UTC)
