"""`python -m benchmarks`: figures of this machine, each beside a floor or a peer timed in the same run.

No two timed answers have the same source, so that none is answered from an earlier judgement. A part is a module with
`async def figures(desk)`; it is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from importlib import import_module

from benchmarks.desk import Desk
from benchmarks.figures import Figure

__all__ = ["PARTS", "Desk", "Figure", "run"]

#: In the order in which they run: what each is about.
PARTS = {
    "sandbox": "a submission of five checks inside the sandbox, its stages, beside its floor",
    "growth": "how it grows with checks, cells and output",
    "batch": "answers a second in `codegym grade --batch`, beside the bare floor",
    "workers": "1, 2 and 4 graders side by side",
    "http": "a check over HTTP, from request to durable judgement; a class of 100",
    "class": "a class on JupyterHub before the deadline: 300 hand in at once through the proxy, one sends a flood; "
    "1, 2 and 3 sandbox hosts",
    "diagnosis": "100 wrong answers at once, each page asking for its diagnosis, beside none asking",
    "records": "a check with 10 stored submissions and with many",
    "databases": "a submission stored and judged, SQLite beside PostgreSQL (which $CODEGYM_BENCH_DATABASE names)",
    "classroom": "what staff ask of a class of 1 000 students and 200 exercises, beside reading every line of it",
    "regrade": "a dry run of regrading 10 000 submissions after a check was changed",
    "convert": "20 notebooks of nbgrader through `codegym convert`, beside as many starts of Python",
    "kernel": "a sandboxed kernel, start to first reply, beside a plain one",
    "startup": "what the extension adds to a server's start, and importing the package",
    "peers": "a notebook of three exercises, beside nbgrader and Otter in environments of their own",
}
_MODULES = {"class": "deadline"}


async def run(desk: Desk, parts: Sequence[str] = ()) -> AsyncIterator[Figure]:
    """The figures of the parts, as they are taken; all but `peers`, which fetches packages, when none is named."""
    for name in parts or [name for name in PARTS if name != "peers"]:
        desk.say(f"{PARTS[name]} …")
        async for figure in import_module(f".{_MODULES.get(name, name)}", __name__).figures(desk):
            yield figure
