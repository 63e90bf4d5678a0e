"""The keys of a learning platform: kept for a while, asked for one at a time, and seldom for who invents some."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import jwt
import pytest
from acceptance.lms import Platform as Lms, lti_settings
from cryptography.hazmat.primitives.asymmetric import rsa

from codegym_jlab.events import lti
from codegym_jlab.events.lti import Platform, Tool, new_key
from codegym_jlab.events.relay import SinkUnavailable
from codegym_jlab.hub.demo import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def lms() -> Iterator[Lms]:
    with closing(Lms(free_port(), "", "", {})) as platform:
        yield platform


def signed(lms: Lms, kid: str = "platform", **claims: object) -> str:
    whole = {"iss": lms.url, "aud": "codegym-tool", "exp": int(time.time()) + 60, "sub": "u-1"} | claims
    return jwt.encode(whole, lms.key, "RS256", {"kid": kid})


def tool_of(port: int) -> Tool:
    return Tool(Platform(**lti_settings(port)), new_key())


async def test_its_keys_are_asked_for_once_and_anew_where_it_has_another(
    lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keys = tool_of(lms.port)
    for _ in range(3):
        assert (await with_keys.launched(signed(lms)))["sub"] == "u-1"
    forged = [signed(lms, kid=f"k{number}") for number in range(50)]
    told = await asyncio.gather(*map(with_keys.launched, forged), return_exceptions=True)
    assert {type(one) for one in told} == {jwt.InvalidKeyError}
    assert lms.asked == ["GET /jwks"]
    for wrong in ({"aud": "another"}, {"iss": "another"}, {"exp": 1}):
        with pytest.raises(jwt.PyJWTError):
            await with_keys.launched(signed(lms, **wrong))
    monkeypatch.setattr(lti, "KEYS_AGAIN_S", 0.0)
    lms.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(jwt.PyJWTError):  # under the name of the old one
        await with_keys.launched(signed(lms))
    with pytest.raises(jwt.PyJWTError):
        await with_keys.launched(signed(lms, kid="none of theirs"))
    assert (await with_keys.launched(signed(lms)))["sub"] == "u-1"
    await with_keys.close()


async def test_one_that_hangs_holds_up_nothing_else(monkeypatch: pytest.MonkeyPatch, lms: Lms) -> None:
    monkeypatch.setattr(lti, "TIMEOUT_S", 5.0)
    with socket.create_server(("127.0.0.1", 0)) as hangs:  # takes connections, and never a word
        tool = tool_of(hangs.getsockname()[1])
        launches = [asyncio.create_task(tool.launched(signed(lms, kid=f"k{number}"))) for number in range(40)]
        await asyncio.sleep(0.2)
        began = time.monotonic()
        assert await asyncio.to_thread(int, "1") == 1  # as drafts and notebooks are read
        assert not any(one.done() for one in launches), "it waited for one of them"
        told = await asyncio.gather(*launches, return_exceptions=True)
        assert isinstance(told[0], SinkUnavailable) and time.monotonic() - began < 60  # of 200 one after the other
        await tool.close()
