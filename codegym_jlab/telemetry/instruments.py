"""What is counted and timed, by name: `metrics.py` says how. A name is for ever, since dashboards and alerts hold it.

Labels are of few values: never a person, a course or an exercise.
"""

from __future__ import annotations

from .metrics import Counter, Gauge, Histogram

#: Seconds. A check takes about 12 ms; one that waits for its turn, minutes.
QUICK = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
WHOLE = (0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)

checks = Counter(
    "codegym_checks_total",
    "Checks by how they ended: a verdict, repeated (answered from the same source before), refused, unavailable "
    "(could not be stored), put_off (no sandbox), cancelled.",
    "kind",
    "outcome",
)
check_seconds = Histogram("codegym_check_seconds", "From arrival to the judgement on the disk.", WHOLE, "kind")
check_wait_seconds = Histogram("codegym_check_wait_seconds", "From arrival until it is judged.", WHOLE, "kind")
check_judge_seconds = Histogram(
    "codegym_check_judge_seconds", "Judging: cells and checks in the sandbox, values compared.", WHOLE, "kind"
)

turns = Counter(
    "codegym_tutor_turns_total",
    "What the tutor was asked, by how that ended: given, refused, stopped (by the student), failed.",
    "kind",
    "outcome",
)
turn_seconds = Histogram("codegym_tutor_turn_seconds", "From the question to the reply.", WHOLE, "kind")

#: Seconds: a model of 3 GB on two cores may think for a minute before its first word.
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 45.0, 120.0)

llm_calls = Counter(
    "codegym_llm_calls_total",
    "Calls of language models, by how they ended: answered, stopped (nobody waited any more), away, overloaded, "
    "refused, cut off, too long, bad answer.",
    "llm",
    "outcome",
)
llm_first_seconds = Histogram("codegym_llm_first_piece_seconds", "From the call to the first word.", SLOW, "llm")
llm_seconds = Histogram("codegym_llm_call_seconds", "From the call to its end.", SLOW, "llm")
llm_tokens = Counter("codegym_llm_tokens_total", "Tokens of prompts and replies.", "llm", "kind")

leases = Counter(
    "codegym_sandbox_leases_total",
    "Sandbox leases by how they ended: closed (as they should), or as their process did: memory (out of memory), "
    "timeout, signalled, output, protocol, exited, killed, lost (our fault).",
    "level",
    "end",
)
lease_seconds = Histogram("codegym_sandbox_lease_seconds", "From asking for a sandbox to having it.", QUICK, "level")
lease_failures = Counter("codegym_sandbox_lease_failures_total", "Times that no sandbox could be had.", "level")
zygotes_started = Counter(
    "codegym_sandbox_zygotes_started_total",
    "Zygotes started, by why: first, restart (the one before died).",
    "level",
    "why",
)

transaction_seconds = Histogram(
    "codegym_store_transaction_seconds", "A transaction of the records, its commit with it.", QUICK, "lane"
)
transaction_failures = Counter(
    "codegym_store_transaction_failures_total", "Transactions that the database did not take.", "lane"
)

sends = Counter(
    "codegym_relay_sends_total", "Events offered to a sink: taken, refused, away (sent again later).", "sink", "outcome"
)

# read when they are asked for
info = Gauge("codegym_info", "Always 1; its labels say what runs.", "version", "level", "records", "place")
ready = Gauge("codegym_ready", "1 where checks can be taken, as /codegym/api/health/ready says.")
start_seconds = Gauge("codegym_start_seconds", "How long the last start of the managers took.")
queue = Gauge("codegym_queue_submissions", "Stored and not judged, of all servers on these records.")
queue_age = Gauge("codegym_queue_oldest_seconds", "Age of the oldest of them; 0 where none waits.")
parked = Gauge("codegym_parked_submissions", "Not judged three times by our fault: codegym parked.")
judging = Gauge("codegym_checks_under_way", "Judged just now, or about to be, by this server.")
outbox = Gauge("codegym_outbox_events", "Events that wait for some sink.")
outbox_age = Gauge("codegym_outbox_oldest_seconds", "Age of the oldest of them; 0 where none waits.")
dead_letters = Gauge("codegym_dead_letters", "Events that a sink refused for good: codegym events dead.")
zygotes = Gauge("codegym_sandbox_zygotes", "Zygotes alive.", "level")
spares = Gauge("codegym_sandbox_spares", "Sandboxes forked ahead of need and ready.", "level")
spares_wanted = Gauge("codegym_sandbox_spares_wanted", "As many as there should be.", "level")
leased = Gauge("codegym_sandbox_leases_open", "Sandboxes in use.", "level")
tabs = Gauge("codegym_tabs", "Open tabs that are told of what happens.")
disk_free = Gauge("codegym_disk_free_bytes", "Free on the disk of the data folder.")
