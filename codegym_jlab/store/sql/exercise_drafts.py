"""Drafts of exercises, which authors have a model write: of an account, in no class."""

from collections.abc import Collection

from sqlalchemy import select, update

from ..base import ExerciseDraft
from ..engine import Aggregate, Db, Row, reads, row_of, writes
from .tables import exercise_drafts, staff_acts

D = exercise_drafts.c


def add(db: Db, draft: ExerciseDraft) -> None:
    """Keep a new one."""
    db.add(exercise_drafts, [row_of(draft)])


def find(db: Db, id: str) -> ExerciseDraft | None:
    """One of them."""
    return db.record(ExerciseDraft, exercise_drafts, id=id)


def newest(db: Db, account: str | None = None, limit: int = 100) -> list[ExerciseDraft]:
    """Of one account, or of all; the newest first."""
    found = select(exercise_drafts).order_by(D.id.desc()).limit(limit)
    return db.records(ExerciseDraft, found if account is None else found.where(D.account == account))


def change(db: Db, id: str, states: Collection[str], values: Row) -> bool:
    """Where it is in one of these states; False: it is not, and nothing is changed."""
    return bool(db.run(update(exercise_drafts).where(D.id == id, D.state.in_(states)).values(values)))


def forget(db: Db, account: str) -> int:
    """All of an account, and its name in acts of no class; how many drafts there were."""
    db.change(staff_acts, {"account": account}, account=None)
    return db.drop(exercise_drafts, account=account)


class ExerciseDrafts(Aggregate):
    """Drafts of exercises, with what each attempt came to."""

    add_exercise_draft = writes(add)
    exercise_draft = reads(find)
    exercise_drafts = reads(newest)
    change_exercise_draft = writes(change)
    forget_exercise_drafts = writes(forget)
