"""What the handlers need of the storeys below; `config.build` makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from ..course.catalogue import Catalogue
from ..grading.classroom import ClassManager
from ..grading.manager import GradingManager
from ..grading.publishing import Publisher
from ..grading.reviewing import Reviewing
from ..grading.survey import Survey
from ..grading.teamwork import TeamManager
from ..grading.workspace import Workspace
from ..llm.glance import Glance
from ..receipts.signing import Signer
from ..sandbox.base import Sandbox
from ..store.base import Enrolment, Store
from ..tutor.asked import QuestionSurvey
from ..tutor.human import HumanDesk
from ..tutor.manager import TutorManager
from ..watch import Watch


class Services(Protocol):
    """The managers behind the addresses."""

    @property
    def catalogue(self) -> Catalogue:
        """All courses, broken ones too."""
        ...

    @property
    def manager(self) -> GradingManager:
        """Attempts, dates, policy, judgements."""
        ...

    @property
    def tutor(self) -> TutorManager:
        """The hints."""
        ...

    @property
    def sandbox(self) -> Sandbox:
        """Where answers run, and solutions while a course is checked."""
        ...

    @property
    def workspace(self) -> Workspace:
        """The student's folder."""
        ...

    @property
    def receipts(self) -> Signer:
        """What signs receipts."""
        ...

    @property
    def store(self) -> Store:
        """The records, for what a person asks of their own."""
        ...

    @property
    def survey(self) -> Survey:
        """Classes as their staff see them."""
        ...

    @property
    def questions(self) -> QuestionSurvey:
        """What classes ask the tutor, as their staff see it."""
        ...

    @property
    def human(self) -> HumanDesk:
        """Questions to a person."""
        ...

    @property
    def glance(self) -> Glance:
        """The models, in the order in which they are asked, as they are now."""
        ...

    @property
    def watch(self) -> Watch:
        """Is it ready, and what do its gauges show."""
        ...

    @property
    def classes(self) -> ClassManager:
        """People and policy of classes."""
        ...

    @property
    def teams(self) -> TeamManager:
        """Who answers together."""
        ...

    @property
    def reviewing(self) -> Reviewing:
        """What a person marks."""
        ...

    @property
    def publisher(self) -> Publisher:
        """What classes see."""
        ...

    def folder_of(self, course: str) -> Path:
        """The folder of a course on this server; raises what becomes 404."""
        ...

    @property
    def about(self) -> dict[str, Any]:
        """Sandbox level and why, place, version: what the catalogue page says below the courses."""
        ...

    def kernel_of(self, course: str) -> dict[str, str]:
        """Name of the kernel for this course's notebooks, and why where it is the plain one."""
        ...

    def refuse_without_sandbox(self) -> None:
        """Raises what becomes 503 where nothing can be checked."""
        ...

    def warm(self, enrolment: Enrolment, exercise: str | None = None) -> None:
        """Someone looks at their course, or at a conversation: make ready for the first check and question; at once."""
        ...

    async def close(self) -> None:
        """End everything that was begun."""
        ...
