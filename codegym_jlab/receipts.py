"""A receipt: its claims in one canonical form, the signature over them, how one is made, read and verified.

What is signed is the claims as RFC 8785 writes JSON (members in order, no blanks, UTF-8). The file itself is written
in one way too, so that every byte of it is either as it was saved or a sign that it was changed.

The key with which a server signs is made once and lies beside its other key, readable by its owner alone.
`cryptography` is imported where it is used: it takes some 50 ms that no start-up and no check should wait for.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .files import private_folder, whole
from .records import Json, Submission, digest_of, frozen, is_local, iso, some, utc_now

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


KIND = "codegym-receipt"
VERSION = 1
SENT_BY = 2  #: the version of what another than its owner sent, as one of a team does: it says who, too
ALGORITHM = "Ed25519"
MOST = 100_000  #: characters of a file that can be a receipt
LOCAL = "Signed by a server on its user's own computer, who holds its key: this proves nothing to others."
CLASS = "Signed by the server of the class."

PRIVATE = "receipts.key"
PUBLIC = "receipts.pub.pem"

Claims = dict[str, Any]

#: What a receipt of this version says, no more and no less.
NAMES = frozenset(
    "type version about server key issued_at submission offering course exercise person kind state source_sha256 "
    "cells_sha256 received_at judgement judged_at verdict score max_score".split()
)
_SAYS = {VERSION: NAMES, SENT_BY: NAMES | {"submitter"}}


class NoReceipt(Exception):
    """The text is no receipt; the words say what is wrong with it."""


@frozen
class Judged:
    """What the student may know of the judgement; points and verdict are None where they are not shown (yet)."""

    judgement: str | None = None
    judged_at: datetime | None = None
    verdict: str | None = None
    score: float | None = None
    max_score: float | None = None


@frozen
class Receipt:
    """Claims, and what was signed over them."""

    claims: Claims
    signature: str  #: 128 lowercase hex digits


def claims_of(sent: Submission, judged: Judged | None, key: str) -> Claims:
    """What is signed. `key`: the id of the key."""
    told, local = judged or Judged(), is_local(sent.offering)
    sender = {} if sent.submitter == sent.person else {"submitter": sent.submitter}
    return {
        "type": KIND,
        "version": SENT_BY if sender else VERSION,
        "about": LOCAL if local else CLASS,
        "server": "local" if local else "class",
        "key": key,
        "issued_at": iso(utc_now()),
        "submission": sent.id,
        **some(sent, "offering course exercise person kind state received_at"),
        **sender,
        "source_sha256": digest_of(sent.source),
        "cells_sha256": sent.digest,
        **some(told, "judgement judged_at verdict"),
        "score": _points(told.score),
        "max_score": _points(told.max_score),
    }


def signed_bytes(claims: Mapping[str, Any]) -> bytes:
    """What the signature is over."""
    text = json.dumps(claims, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def write(receipt: Receipt) -> str:
    """The file's text: for people to read, and always the same for the same receipt."""
    body = {"claims": receipt.claims, "signature": {"algorithm": ALGORITHM, "value": receipt.signature}}
    return json.dumps(body, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read(text: str) -> Receipt:
    """The receipt in a file's text. Raises NoReceipt; whether it is true is not looked at."""
    if len(text) > MOST:
        raise NoReceipt("it is too long for a receipt")
    try:
        receipt = _receipt_of(json.loads(text, object_pairs_hook=_once))
        write(receipt)  # Python reads numbers that JSON has not: NaN, 1e999
    except (ValueError, RecursionError) as error:
        raise NoReceipt(f"it cannot be read: {error}") from None
    claims = receipt.claims
    if claims.get("type") != KIND:
        raise NoReceipt("it does not say that it is a receipt of CodeGYM")
    version = claims.get("version")
    if type(version) is not int or version not in _SAYS:
        raise NoReceipt(f"it is of version {version!r}, and this CodeGYM reads versions {VERSION} and {SENT_BY}")
    if claims.keys() != _SAYS[version] or any(isinstance(said, dict | list) for said in claims.values()):
        raise NoReceipt("what a receipt says is not all there, or there is more")
    return receipt


def _receipt_of(document: Any) -> Receipt:
    match document:
        case {"claims": dict(claims), "signature": {"algorithm": "Ed25519", "value": str(value), **more}, **rest}:
            if not more and not rest and len(value) == 128 and not set(value) - set("0123456789abcdef"):
                return Receipt(claims, value)
    raise NoReceipt("it does not have the form of a receipt")


def _once(pairs: list[tuple[str, Any]]) -> Json:
    """A name that comes twice would let two readers see two things."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def _points(points: float | None) -> float | int | None:
    """A whole number without its fraction, as RFC 8785 has it."""
    return int(points) if points is not None and points == int(points) else points


@dataclass
class Signer:
    """Signs with the key in `folder`. In an offering of one's own computer that proves nothing to others."""

    folder: Path

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """The private one. Raises NoKey."""
        return server_keys(self.folder)

    async def receipt(self, sent: Submission, judged: Judged | None) -> str:
        """The receipt of a submission that the records hold, as the text of its file. Raises NoKey."""
        return write(await asyncio.to_thread(self.sign, sent, judged))

    async def public_key(self) -> bytes:
        """The key by which anyone can verify, as PEM. Raises NoKey."""
        return await asyncio.to_thread(lambda: public_pem(self.key.public_key()))

    def sign(self, sent: Submission, judged: Judged | None) -> Receipt:
        """The same, at once."""
        claims = claims_of(sent, judged, key_id(self.key.public_key()))
        return Receipt(claims, self.key.sign(signed_bytes(claims)).hex())


@frozen
class Problem:
    """Why a receipt is not valid: a word for programs, a sentence for people."""

    code: str
    text: str


@frozen
class Finding:
    """What was found of one receipt; without problems it is valid."""

    claims: Claims | None
    problems: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        """As the server signed it."""
        return not self.problems

    def as_json(self) -> Json:
        """For programs."""
        proves = self.valid and (self.claims or {}).get("server") == "class"
        return {"valid": self.valid, "proves_to_others": proves, **some(self, "problems claims")}


def verify(text: str, key: Ed25519PublicKey, source: str | None = None) -> Finding:
    """Whether `text` is a receipt that the holder of `key` signed, byte by byte; and of that source, where given.

    `source`: a program, or a notebook (.ipynb) that holds the answer.
    """
    try:
        receipt = read(text)
    except NoReceipt as why:
        return Finding(None, (Problem("no_receipt", f"This is no receipt: {why}."),))
    problems = _signed(receipt, key)
    # a mail program may change how lines end, and what comes after the last
    if not problems and text.replace("\r\n", "\n").rstrip() != write(receipt).rstrip():
        problems.append(Problem("rewritten", "What it says is as it was signed, but the file was written anew."))
    claims = receipt.claims
    if source is not None and claims["source_sha256"] not in map(digest_of, _readings(source, claims)):
        problems.append(Problem("other_source", "The source is not the one that this receipt is for."))
    return Finding(claims, tuple(problems))


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


def _readings(source: str, claims: Claims) -> list[str]:
    """The text itself, without what an editor adds at its end, and the exercise's answers in a notebook."""
    lines = source.replace("\r\n", "\n")
    found = [source, lines, lines.removesuffix("\n")]
    try:
        cells = json.loads(source)["cells"]
        return found + ["".join(cell["source"]) for cell in cells if _answers(cell, claims["exercise"])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return found


def _answers(cell: Any, exercise: Any) -> bool:
    mark = cell.get("metadata", {}).get("codegym", {})
    return bool(mark.get("role") == "answer" and mark.get("exercise") == exercise)


class NoKey(Exception):
    """There is no usable key; the words say why and what to do."""

    code = "store_unavailable"


def write_once(path: Path, content: bytes) -> None:
    """A whole file under its name, for its owner alone, or the one that is there: two servers may start at once."""
    with whole(path, put=_put_once) as file:
        file.write(content)


def _put_once(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        os.replace(draft, path)


def server_keys(folder: Path) -> Ed25519PrivateKey:
    """This server's key, made at the first receipt; its public half lies beside it. Raises NoKey."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = folder / PRIVATE
    try:
        private_folder(folder)
        if not path.exists():
            made = Ed25519PrivateKey.generate()
            write_once(path, made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
        key = form.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("another kind of key")
        public, pem = folder / PUBLIC, public_pem(key.public_key())
        if not public.exists() or public.read_bytes() != pem:
            with whole(public, 0o644) as file:  # others may do the same at the same time
                file.write(pem)
                os.fchmod(file.fileno(), 0o644)  # for all, whatever the umask
    except OSError as error:
        raise NoKey(f"The key of the receipts cannot be used ({error.strerror}). Your answer is stored.") from error
    except ValueError as error:
        raise NoKey(
            "The key of the receipts is damaged: bring it back from a backup. Your answer is stored."
        ) from error
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The public key as a PEM file (RFC 8410)."""
    from cryptography.hazmat.primitives import serialization as form

    return key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def read_public(pem: bytes) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises NoKey."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = form.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise NoKey("it holds no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NoKey("it holds another kind of key than receipts are signed with (Ed25519)")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """A key's name: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    return digest_of(key.public_bytes_raw())[:16]
