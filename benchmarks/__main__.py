"""`python -m benchmarks`: times of this machine, each beside a floor or a peer taken in the same run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import PARTS
from benchmarks.output import tell
from codegym_jlab.cli.output import AsJson, err, out, wrong_use


def main(
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only this part; may be given more than once.", show_default="all but peers"),
    ] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="nbgrader and Otter too, in environments of their own.")
    ] = False,
    rounds: Annotated[
        int, typer.Option(min=20, help="Times that each figure is taken; below 200 classes are smaller.")
    ] = 200,
    page: Annotated[
        Path | None, typer.Option(help="Folder whose README.md and performance.png are written anew.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Time a check on this machine, from the sandbox to HTTP, each beside its floor or a peer in the same run."""

    if unknown := [name for name in only or [] if name not in PARTS]:
        wrong_use(f"there is no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    parts = [name for name in PARTS if (name in only if only else name != "peers") or (peers and name == "peers")]
    asyncio.run(tell(parts, rounds, page, as_json=as_json, out=out, err=err))


if __name__ == "__main__":
    typer.run(main)
