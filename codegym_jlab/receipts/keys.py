"""The key with which a server signs: made once, kept beside its other key, readable by its owner alone.

`cryptography` is imported where it is used: it takes some 50 ms that no start-up and no check should wait for.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE: Final = "receipts.key"
PUBLIC: Final = "receipts.pub.pem"


class NoKey(Exception):
    """There is no usable key; the words say why and what to do."""

    code = "store_unavailable"


def write_once(path: Path, content: bytes) -> None:
    """A whole file under its name, for its owner alone, or the one that is there: two servers may start at once."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _draft(path: Path, content: bytes) -> Path:
    """Beside it, for its owner alone, on the disk."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def server_keys(folder: Path) -> Ed25519PrivateKey:
    """This server's key, made at the first receipt; its public half lies beside it. Raises NoKey."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = folder / PRIVATE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            made = Ed25519PrivateKey.generate()
            write_once(path, made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
        key = form.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("another kind of key")
        _publish(folder / PUBLIC, public_pem(key.public_key()))
    except OSError as error:
        raise NoKey(f"The key of the receipts cannot be used ({error.strerror}). Your answer is stored.") from error
    except ValueError as error:
        raise NoKey(
            "The key of the receipts is damaged: bring it back from a backup. Your answer is stored."
        ) from error
    return key


def _publish(path: Path, pem: bytes) -> None:
    """At once under its name: others may do the same at the same time."""
    if not path.exists() or path.read_bytes() != pem:
        draft = _draft(path, pem)
        draft.chmod(0o644)
        os.replace(draft, path)


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
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
