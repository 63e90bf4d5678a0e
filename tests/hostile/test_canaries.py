"""The canaries themselves: where a place is taken, nothing of them stays behind."""

from __future__ import annotations

import gc
import os
import socket
import warnings
from pathlib import Path

import pytest
from hostile import canaries
from hostile.canaries import Canaries


@pytest.mark.parametrize(
    ("kind", "port"), [(socket.SOCK_STREAM, "TCP_PORT"), (socket.SOCK_DGRAM, "UDP_PORT")], ids=["tcp", "udp"]
)
def test_a_port_that_is_taken_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: socket.SocketKind, port: str
) -> None:
    names = {name: tmp_path / name for name in ("CANARY", "SECRET_FILE", "UNIX")}
    for name, value in {**names, "_OURS": set(names.values()), "ENV_NAME": "CG_OF_A_TEST", "ABSTRACT": ""}.items():
        monkeypatch.setattr(canaries, name, value)
    for name in ("TCP_PORT", "UDP_PORT"):
        monkeypatch.setattr(canaries, name, 0)
    gc.collect()
    with socket.socket(socket.AF_INET, kind) as other, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        monkeypatch.setattr(canaries, port, other.getsockname()[1])
        laid = Canaries()
        with pytest.raises(OSError, match="in use"):
            laid.lay_out()
        laid.clear()
        del laid
        gc.collect()
    assert not [str(one.message) for one in told], "a socket was left to the garbage"
    assert not list(tmp_path.iterdir()) and "CG_OF_A_TEST" not in os.environ
