"""Wrong answers, diagnosed in a real sandbox."""

from __future__ import annotations

from contract.classroom import room as room
