"""Wrong answers, diagnosed in a real sandbox."""

from __future__ import annotations

import pytest
from contract.classroom import room as room

from codegym_jlab.tutor.diagnosis import bench


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine finds in more time what a quiet one finds; what it cuts short may differ by itself."""
    for name in ("EACH_S", "TOTAL_S"):
        monkeypatch.setattr(bench, name, 4 * getattr(bench, name))
