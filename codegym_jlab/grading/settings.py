"""How the manager is set: how long things wait, how many go on at once, how large what is sent may be."""

from __future__ import annotations

from dataclasses import dataclass

from codegym_jlab.submission import Kind, Submission

from .errors import TooLarge, WrongKind


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds, sizes in characters."""

    wait_s: float = 25.0  #: how long a request waits for its judgement
    at_once: int = 0  #: submissions judged at the same time; 0: one a processor
    collect_s: float = 30.0  #: seconds between two looks for drafts to be collected
    sweep_s: float = 3.0
    lease_s: float = 10.0  #: after the death of a process, its submissions are judged by another one so much later
    max_source: int = 256 * 1024
    max_cells: int = 1024 * 1024
    fault_limit: int = 3  #: so many JE, and staff look at it

    def refuse_unfit(self, sent: Submission) -> None:
        """Raises WrongKind for a draft, and TooLarge."""
        if sent.kind is Kind.DRAFT:
            raise WrongKind
        if len(sent.source) > self.max_source:
            raise TooLarge("The answer is", self.max_source)
        if _above(sent) > self.max_cells:
            raise TooLarge("The cells above the answer are", self.max_cells)

    def may_keep(self, draft: Submission) -> bool:
        """Whether a draft is small enough."""
        return len(draft.source) + _above(draft) <= self.max_source + self.max_cells


def _above(sent: Submission) -> int:
    return sum(len(cell.source) for cell in sent.cells)
