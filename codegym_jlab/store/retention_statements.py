"""Statements that find what is old, page by page, and let go of it by its id."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, delete, exists, func, literal_column, or_, select, tuple_, update

from .tables import check_results, judgements, outbox, progress, sends, submissions, tickets, turns

P = bindparam
B, S, J, G, C = outbox.c, submissions.c, judgements.c, progress.c, check_results.c

#: In the order of commits, which is that of their age: whoever meets a young one may stop.
EVENTS = select(B.seq, B.created_at, B.delivered_at).where(B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
_delivered = and_(B.seq == P("p_id"), B.delivered_at < P("p_before"))
DROP_SENDS = delete(sends).where(sends.c.seq.in_(select(B.seq).where(_delivered)))
DROP_EVENT = delete(outbox).where(_delivered)

#: By state, not bound: see `statements.py`.
_draft = S.state == literal_column("'kept'")
_line = and_(G.offering == S.offering, G.person == S.person, G.exercise == S.exercise)
#: Who handed it in themselves: whatever times are set later, no draft is collected any more (`grading/collecting.py`).
_handed_in = exists().where(_line, G.attempts > 0)
DRAFTS = (
    select(S.offering, S.person, S.exercise, S.id, S.received_at, case((_handed_in, 1), else_=0).label("handed_in"))
    .where(_draft, tuple_(S.offering, S.person, S.exercise, S.id) > tuple_(*map(P, ("p_1", "p_2", "p_3", "p_4"))))
    .order_by(S.offering, S.person, S.exercise, S.id)
    .limit(P("p_limit"))
)
later = submissions.alias("later")
_has_later = exists().where(
    later.c.offering == S.offering,
    later.c.person == S.person,
    later.c.exercise == S.exercise,
    later.c.state == literal_column("'kept'"),
    later.c.id > S.id,
    later.c.received_at < P("p_before"),
)
#: A row stays, as in `privacy_statements.py`.
EMPTY_DRAFT = (
    update(submissions)
    .where(S.id == P("p_id"), _draft, S.received_at < P("p_before"), _has_later, _handed_in)
    .values(state="cancelled", source="", cells=[], digest="")
)

_printed = exists().where(
    C.judgement == J.id,
    or_(C.got.is_not(None), C.stdout != literal_column("''"), C.failure.is_not(None)),
)
#: Nobody has to look at it any more.
_settled = exists().where(
    S.id == J.submission, or_(S.state == literal_column("'judged'"), S.state == literal_column("'cancelled'"))
)
_holds = or_(J.stdout != literal_column("''"), J.failure.is_not(None), _printed)
OUTPUTS = (
    select(
        J.id,
        J.judged_at,
        case((_holds, 1), else_=0).label("holds"),
        case((_settled, 1), else_=0).label("settled"),
    )
    .where(J.id > P("p_after"))
    .order_by(J.id)
    .limit(P("p_limit"))
)
EMPTY_OUTPUT = (
    update(judgements).where(J.id == P("p_id"), J.judged_at < P("p_before"), _settled).values(stdout="", failure=None)
)
EMPTY_GOT = update(check_results).where(C.judgement == P("p_id")).values(got=None, diff=None, stdout="", failure=None)

_counts = exists().where(_line, or_(G.submission == S.id, G.counting_submission == S.id))
_accepted = exists().where(J.submission == func.coalesce(S.same_as, S.id), J.current, J.verdict == "AC")
#: The same source sent again leans on the judgement of this one.
again = submissions.alias("again")
_leant_on = exists().where(
    again.c.offering == S.offering,
    again.c.person == S.person,
    again.c.exercise == S.exercise,
    again.c.same_as == S.id,
)
_over = or_(S.state == literal_column("'judged'"), S.state == literal_column("'cancelled'"))
_whole = S.digest != literal_column("''")
_dispensable = and_(
    _over,
    _whole,
    S.received_at < P("p_before"),
    or_(S.kind == literal_column("'try'"), and_(~_counts, ~_accepted)),
    ~_leant_on,
)
SENT = (
    select(S.id, S.received_at, case((_dispensable, 1), else_=0).label("stale"))
    .where(S.id > P("p_after"))
    .order_by(S.id)
    .limit(P("p_limit"))
)
OWNER = select(S.person).where(S.id == P("p_id"))
EMPTY_SENT = (
    update(submissions).where(S.id == P("p_id"), _dispensable).values(source="", cells=[], digest="", claimed_at=None)
)

A, Q = turns.c, tickets.c
TURNS = select(A.id, A.asked_at).where(A.id > P("p_after")).order_by(A.id).limit(P("p_limit"))
DROP_TURN = delete(turns).where(A.id == P("p_id"), A.asked_at < P("p_before"))
#: Who waits for an answer keeps waiting.
TICKETS = select(Q.id, Q.answered_at).where(Q.id > P("p_after")).order_by(Q.id).limit(P("p_limit"))
DROP_TICKET = delete(tickets).where(Q.id == P("p_id"), Q.answered_at < P("p_before"))
