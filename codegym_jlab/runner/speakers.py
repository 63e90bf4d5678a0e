"""Which speaker answers a dialogue, by the name in its first frame."""

from __future__ import annotations

from .cells import Cells
from .dialogue import Speaker
from .evaluator import Evaluator
from .examiner import Examiner
from .pupil import Pupil

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

_SPEAKERS: dict[str, type[Speaker]] = {"evaluator": Evaluator, "examiner": Examiner, "pupil": Pupil}


def made(frame: dict[str, Any], cells: Cells, names: list[str], limit: int) -> Speaker:
    """The speaker of a dialogue that `frame` opens."""
    return _SPEAKERS[frame["speaker"]](frame, cells, names, limit)
