"""Who works on flows in a database, told by the name that each holds."""

from __future__ import annotations

import psycopg
import pytest

from codegym_jlab.bulk.database import FlowDatabase


def test_a_worker_whose_connection_was_cut_holds_its_name_again(own_database: str) -> None:
    mine, others = FlowDatabase(own_database), FlowDatabase(own_database)
    name, other = mine.take(), others.take()
    assert not mine.is_gone(other) and not others.is_gone(name) and others.is_gone("nobody's")
    with psycopg.connect(own_database, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'")
    for place in (mine, others):
        with pytest.raises(psycopg.OperationalError):
            place.is_gone("nobody's")
    assert mine.is_gone(other), "it has not asked since"
    assert others.is_gone("nobody's") and not mine.is_gone(other) and not others.is_gone(name)
    for place in (mine, others):
        place.release()
