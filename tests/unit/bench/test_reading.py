"""How the benchmark's client reads an answer, however that is cut on its way."""

from __future__ import annotations

import pytest

from benchmarks.server import body_of

ANSWER = b'HTTP/1.1 200 OK\r\nX-Content-Length: 9\r\ncontent-length: 7\r\n\r\n{"a":1}'


@pytest.mark.parametrize("cut", range(len(ANSWER)))
def test_the_whole_body_and_no_more_is_read(cut: int) -> None:
    parts = [part for part in (ANSWER[:cut], ANSWER[cut:]) if part]
    assert body_of(lambda size: parts.pop(0)) == b'{"a":1}' and not parts


@pytest.mark.parametrize("said", [ANSWER[:-1], b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_what_comes_to_no_end_is_said(said: bytes) -> None:
    parts = [said, b""]
    with pytest.raises(RuntimeError):
        body_of(lambda size: parts.pop(0))
