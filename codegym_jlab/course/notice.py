"""A plain remark about a notebook; `code` is stable, `text` is for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """Shown on opening a notebook or beside a judgement."""

    code: str
    text: str
    args: dict[str, Any] = field(default_factory=dict)
