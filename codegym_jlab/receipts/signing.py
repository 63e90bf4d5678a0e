"""Signing what the records hold. Called by the handlers, in a thread: reading and making the key touches the disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from . import keys
from .paper import Acknowledged, Receipt, claims_of, signed_bytes, write

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass
class Signer:
    """Signs with the key in `folder`. `local`: its owner is its user, so that it proves nothing to others."""

    folder: Path
    local: bool = True
    _key: Ed25519PrivateKey | None = field(default=None, repr=False)

    async def receipt(self, told: Acknowledged) -> str:
        """The receipt of a submission, as the text of its file. Raises keys.NoKey."""
        return write(await asyncio.to_thread(self.sign, told))

    async def public_key(self) -> bytes:
        """The key by which anyone can verify, as PEM. Raises keys.NoKey."""
        return await asyncio.to_thread(lambda: keys.public_pem(self._own().public_key()))

    def sign(self, told: Acknowledged) -> Receipt:
        """The same, at once."""
        key = self._own()
        name = keys.key_id(key.public_key())
        claims = claims_of(told, key=name, local=self.local, now=datetime.now(UTC))
        return Receipt(claims, key.sign(signed_bytes(claims)).hex())

    def _own(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = keys.server_keys(self.folder)
        return self._key
