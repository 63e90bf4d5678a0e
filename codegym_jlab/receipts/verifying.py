"""Is a receipt true? Needs the server's public key and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .keys import key_id
from .paper import Claims, NoReceipt, Receipt, read, signed_bytes, source_hash, write

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a receipt is not valid: a word for programs, a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one receipt; without problems it is valid."""

    claims: Claims | None
    problems: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        """As the server signed it."""
        return not self.problems

    @property
    def local(self) -> bool:
        """It says itself that it proves nothing to others."""
        return self.claims is not None and self.claims.get("server") == "local"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        problems = [{"code": problem.code, "text": problem.text} for problem in self.problems]
        proves = self.valid and not self.local
        return {"valid": self.valid, "proves_to_others": proves, "problems": problems, "claims": self.claims}


def verify(text: str, key: Ed25519PublicKey, source: str | None = None) -> Finding:
    """Whether `text` is a receipt that the holder of `key` signed, byte by byte; and of that source, where given.

    `source`: a program, or a notebook (.ipynb) that holds the answer.
    """
    try:
        receipt = read(text)
    except NoReceipt as why:
        return Finding(None, (Problem("no_receipt", f"This is no receipt: {why}."),))
    problems = [*_signed(receipt, key)]
    if not problems and _plain(text) != write(receipt).rstrip():
        problems.append(Problem("rewritten", "What it says is as it was signed, but the file was written anew."))
    if source is not None and not _holds(source, receipt.claims):
        problems.append(Problem("other_source", "The source is not the one that this receipt is for."))
    return Finding(receipt.claims, tuple(problems))


def _signed(receipt: Receipt, key: Ed25519PublicKey) -> list[Problem]:
    from cryptography.exceptions import InvalidSignature

    own, named = key_id(key), receipt.claims.get("key")
    if named != own:
        text = f"It names another key than the one given ({named!r}, not {own!r}). Get its server's."
        return [Problem("other_key", text)]
    try:
        key.verify(bytes.fromhex(receipt.signature), signed_bytes(receipt.claims))
    except InvalidSignature:
        return [Problem("changed", "It was changed after it was signed, or the server never signed it.")]
    return []


def _plain(text: str) -> str:
    """A mail program may change how lines end, and what comes after the last."""
    return text.replace("\r\n", "\n").rstrip()


def _holds(source: str, claims: Claims) -> bool:
    wanted = claims.get("source_sha256")
    return any(source_hash(text) == wanted for text in _readings(source, claims.get("exercise")))


def _readings(source: str, exercise: Any) -> list[str]:
    """The text itself, without what an editor adds at its end, and the exercise's answers in a notebook."""
    lines = source.replace("\r\n", "\n")
    found = [source, lines, lines.removesuffix("\n")]
    try:
        cells = json.loads(source)["cells"]
        return found + ["".join(cell["source"]) for cell in cells if _answers(cell, exercise)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return found


def _answers(cell: Any, exercise: Any) -> bool:
    mark = cell.get("metadata", {}).get("codegym", {})
    return bool(mark.get("role") == "answer" and mark.get("exercise") == exercise)
