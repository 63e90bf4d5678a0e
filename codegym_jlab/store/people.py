"""Where an account meets the random id by which the records know a person in a class."""

from datetime import UTC, datetime

from sqlalchemy import select

from ..records import new_id
from .engine import Db
from .sql.tables import people


def find_person(db: Db, offering: str, user: str) -> str | None:
    """The random id of `user` in this offering."""
    found: str | None = db.scalar(select(people.c.id).filter_by(offering=offering, account=user))
    return found


def make_person(db: Db, offering: str, user: str) -> str:
    """The random id of `user` in an offering that is there, made where there is none: enrolled as nothing."""
    row = {"id": new_id(), "offering": offering, "kind": "person", "account": user, "created_at": datetime.now(UTC)}
    db.ensure(people, row)
    known = find_person(db, offering, user)  # another server may have made them before
    assert known is not None
    return known
