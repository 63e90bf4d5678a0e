"""DBOS over SQLite or PostgreSQL: flows that are begun, watched, stopped, and go on after a crash.

Importing this imports DBOS. A flow cuts its work into spans, each a workflow in a queue, so that any number of workers
share it. See docs/understand/decisions/bulk.md.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import Engine, event

from codegym_jlab.records import Json, frozen, new_id, plain

from .database import FlowDatabase
from .steps import CourseChanged, ImportOrder, ImportTally, Order, SourceGone, Steps, Tally

NAME = "codegym"
#: Changed when flows under way could not go on with the new code.
FORM = "1"
FLOWS, SPANS = "codegym-flows", "codegym-spans"
_AT_ONCE = {FLOWS: 4, SPANS: 2}  #: of each in a worker
PLAN = "plan"  #: a flow's first step
KINDS = {Order.kind: Tally, ImportOrder.kind: ImportTally}
#: A sandbox or a database that is away is waited for: 2, 4, 8 … seconds, about half an hour in all.
_RETRIES: Any = {
    "retries_allowed": True,
    "interval_seconds": 2.0,
    "backoff_rate": 2.0,
    "max_attempts": 11,
    "should_retry": lambda error: not isinstance(error, (CourseChanged, SourceGone)),
}
_PLANNED: Any = {"name": PLAN, **_RETRIES}
_SPANNED: Any = {"name": "span", **_RETRIES}
_RUNNING = ("ENQUEUED", "PENDING", "DELAYED")
_STATES = {
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "cancelled",
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
}


_hand: Any = None  #: the steps of this process: flows run only where they were opened


def _flow_of(kind: str, tally_of: type[Tally | ImportTally]) -> None:
    """Known to DBOS: a flow, and the spans that it is cut into."""

    @DBOS.workflow(name=f"{kind}-span", max_recovery_attempts=1000)
    def of_span(order: Json, flow: str, span: Any) -> Json:
        done: Json = DBOS.run_step(_SPANNED, _hand.span, kind, order, flow, span)
        return done

    @DBOS.workflow(name=kind, max_recovery_attempts=1000)
    def whole(order: Json) -> Json:
        """The spans are planned once, and begun under names that follow from the flow's: so none is begun twice."""
        flow, tally = str(DBOS.workflow_id), tally_of()
        plan = DBOS.run_step(_PLANNED, _hand.plan, kind, order, flow)
        if isinstance(plan, dict):
            tally.add(plan["refused"])
        handles = []
        for number, span in enumerate(_spans_in(plan)):
            with SetWorkflowID(f"{flow}-{number:06}"):
                handles.append(DBOS.enqueue_workflow(SPANS, of_span, order, flow, span))
        for handle in handles:
            tally.add(handle.get_result())
        return tally.as_json()


for kind, tally_of in KINDS.items():
    _flow_of(kind, tally_of)


def _spans_in(plan: Any) -> Sequence[Any]:
    return (plan["spans"] if isinstance(plan, dict) else plan) or ()


@frozen
class Flow:
    """How a flow stands."""

    id: str
    kind: str  #: regrade, import
    state: str  #: waiting, running, done, failed, cancelled
    order: Json
    created_ms: int
    result: Json | None
    why: str  #: of one that failed
    spans: int  #: planned
    done: int

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return self.state in ("done", "failed", "cancelled")

    def as_json(self) -> Json:
        """For programs."""
        return {**plain(self, "result", "done"), "spans": {"done": self.done, "all": self.spans}}


class Ledger:
    """Flows as anyone may look at them and stop them, running here or not."""

    def __init__(self, place: FlowDatabase) -> None:
        _quiet()
        place.make()
        DBOS.migrate(place.url)
        self._client = DBOSClient(system_database_url=place.url, serializer=DBOSPortableJSONSerializer())

    def close(self) -> None:
        """Let go of the database."""
        self._client.destroy()

    def all(self, offering: str | None = None) -> list[Flow]:
        """The newest 100, the newest first; of them those of a class."""
        found = self._client.list_workflows(name=list(KINDS), sort_desc=True, limit=100)
        return [self._flow(one) for one in found if offering in (None, _order(one)["offering"])]

    def find(self, id: str) -> Flow | None:
        """One flow, with how far it is."""
        found = self._client.list_workflows(workflow_ids=[id], name=list(KINDS))
        return self._flow(found[0]) if found else None

    def under_way(self, order: Order | ImportOrder) -> Flow | None:
        """A flow with the same order that is not over."""
        found = self._client.list_workflows(name=order.kind, status=list(_RUNNING))
        return next((self._flow(status) for status in found if _order(status) == asdict(order)), None)

    def begin(self, order: Order | ImportOrder) -> str:
        """Put a flow into the queue; returns its id."""
        return self._enqueue(order.kind, asdict(order))

    def _enqueue(self, kind: str, order: Json) -> str:
        id = new_id()
        options: Any = {"queue_name": FLOWS, "workflow_name": kind, "workflow_id": id, "app_version": FORM}
        self._client.enqueue(options, order)
        return id

    def cancel(self, id: str) -> None:
        """No span is begun any more; one that is under way is finished, whole."""
        self._client.cancel_workflow(id, cancel_children=True)

    def resume(self, flow: Flow) -> str:
        """Go on with what was cancelled or has failed, and nothing else; returns the id under which it goes on.

        What has failed is begun anew with the same order, since DBOS ends it for good; what is done stays done.
        """
        if flow.state == "failed":
            return self._enqueue(flow.kind, flow.order)
        if flow.state == "cancelled":
            for status in self._spans(flow.id):
                if status.status != "SUCCESS":
                    self._client.resume_workflow(status.workflow_id, queue_name=SPANS)
            self._client.resume_workflow(flow.id, queue_name=FLOWS)
        return flow.id

    def _planned(self, id: str) -> int:
        """Spans, once they are planned."""
        first = self._client.list_workflow_steps(id, limit=1)
        plan = first[0]["output"] if first and first[0]["function_name"] == PLAN else None
        return len(_spans_in(plan))

    def _spans(self, id: str) -> Sequence[Any]:
        return self._client.list_workflows(workflow_id_prefix=f"{id}-", load_input=False, load_output=False)

    def _flow(self, status: Any) -> Flow:
        spans = self._spans(status.workflow_id)
        return Flow(
            status.workflow_id,
            status.name,
            _STATES.get(status.status, status.status),
            _order(status),
            status.created_at or 0,
            status.output if status.status == "SUCCESS" else None,
            str(status.error or ""),
            self._planned(status.workflow_id),
            sum(span.status == "SUCCESS" for span in spans),
        )


def _order(status: Any) -> Json:
    given: Any = (status.input or {}).get("args") or ({},)
    return dict(given[0])


class Worker:
    """This process works on flows, as long as this is open. One a process."""

    def __init__(self, place: FlowDatabase, hand: Steps) -> None:
        """Raises place.Taken where another process has the name."""
        global _hand
        self.executor = place.take()
        self._place = place
        _quiet()
        place.make()
        _hand = hand
        config: DBOSConfig = {
            "name": NAME,
            "system_database_url": place.url,
            "application_version": FORM,
            "executor_id": self.executor,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "CRITICAL",
            "notification_listener_polling_interval_sec": 0.1,
        }
        DBOS(config=config)
        DBOS.listen_queues(list(_AT_ONCE))
        DBOS.launch()
        each_s = 0.05 if place.is_file else 0.5
        for name, most in _AT_ONCE.items():
            DBOS.register_queue(name, worker_concurrency=most, polling_interval_sec=each_s, on_conflict="always_update")

    def take_over(self) -> list[str]:
        """Put what workers had that are gone back into the queue; returns their names."""
        running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        others = {str(flow.executor_id) for flow in running} - {self.executor}
        gone = [name for name in sorted(others) if self._place.is_gone(name)]
        if gone:
            DBOS._recover_pending_workflows(gone)
        return gone

    def close(self) -> None:
        """What is under way is left where it is, for the next one."""
        DBOS.destroy()
        self._place.release()


@event.listens_for(Engine, "handle_error")
def _wait_for_socket(failed: Any) -> None:
    """DBOS waits for a database that is away, but ends a flow for good where its socket is missing."""
    failed.is_disconnect |= "connection is bad" in str(failed.original_exception)


def _quiet() -> None:
    logging.getLogger("dbos").setLevel(logging.CRITICAL)
