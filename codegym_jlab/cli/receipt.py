"""`codegym receipt`: what anyone can do with a receipt that a student shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .command import settings_here
from .output import AsJson, line, out, read, wrong_use

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from codegym_jlab.receipts import Finding

receipt = typer.Typer(name="receipt", help="Receipts of what was handed in.", no_args_is_help=True)


@receipt.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt, as it was saved; - for standard input.")],
    key: Annotated[
        Path | None,
        typer.Option(metavar="PUBLIC.pem", help="The server's public key. Default: that of this computer's server."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option(help="The answer, or the notebook that holds it: is it what was handed in?")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Is a receipt true? Exit 0: valid; 1: not valid, with what is wrong; 2: wrong use."""
    from codegym_jlab.receipts import verify as examine

    public = _public_key(key)
    text = _text(file)
    answer = _text(source) if source is not None else None
    finding = examine(text, public, answer)
    if as_json:
        line(finding.as_json())
    else:
        _print_finding(finding, answer is not None)
    raise typer.Exit(0 if finding.valid else 1)


def _public_key(path: Path | None) -> Ed25519PublicKey:
    from codegym_jlab.receipts import PUBLIC, NoKey, read_public

    named = path or settings_here().data_dir / PUBLIC
    if path is None and not named.exists():
        wrong_use("this computer's own server has signed no receipt yet: name the key, --key PUBLIC.pem")
    try:
        return read_public(read(named))
    except NoKey as why:
        wrong_use(f"{named}: {why}")


def _text(path: Path) -> str:
    """As it is: whether it holds what it should is found out later."""
    return read(path).decode("utf-8", "surrogateescape")


def _print_finding(finding: Finding, compared: bool) -> None:
    if not finding.valid:
        out.print("Not valid.")
        for problem in finding.problems:
            out.print(f"- {problem.text}")
        return
    claims = finding.claims or {}
    out.print("Valid.")
    out.print("\n".join(_lines(claims, compared)))


def _lines(claims: dict[str, Any], compared: bool) -> list[str]:
    lines = [
        f"- Exercise {claims['exercise']} of {claims['course']} ({claims['offering']}), {claims['kind']}.",
        f"- Submission {claims['submission']}, received at {claims['received_at']}.",
        f"- Source: SHA-256 {claims['source_sha256']}{', as in the file given' if compared else ''}.",
    ]
    if "submitter" in claims:
        lines.append(f"- Owned by {claims['person']}, sent by {claims['submitter']}.")
    if claims["score"] is not None:
        lines.append(f"- {claims['score']} of {claims['max_score']} points; judgement {claims['judgement']}.")
    else:
        lines.append(f"- No score: {claims['state']} at {claims['issued_at']}.")
    return [*lines, f"- {claims['about']}"]
