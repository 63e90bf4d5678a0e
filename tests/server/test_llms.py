"""Who answers, over HTTP; and a model that is fetched, from a server that speaks Ollama's documented lines."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from server.conftest import Call, answer, word

HERE = "courses/demo/exercises/add/conversation"
#: As https://github.com/ollama/ollama/blob/main/docs/api.md has them.
BEFORE = [{"status": "pulling manifest"}, {"status": "pulling a80", "digest": "a80", "total": 100, "completed": 40}]
AFTER = [
    {"status": "pulling a80", "digest": "a80", "total": 100, "completed": 100},
    {"status": "verifying sha256 digest"},
    {"status": "writing manifest"},
    {"status": "success"},
]


class LikeOllama:
    """Has no model until one was fetched; a fetch waits in its middle until `goes_on`."""

    def __init__(self) -> None:
        self.goes_on, self.hangs, self.pulls = threading.Event(), threading.Event(), 0
        self.models: list[dict[str, Any]] = []
        self.last = AFTER
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if ours.hangs.is_set():
                    ours.goes_on.wait(300)
                told = {"models": ours.models if self.path == "/api/tags" else []}
                self._says([told])

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if self.path == "/api/show":
                    return self._says([{"model_info": {"qwen2.context_length": 8192}}])
                ours.pulls += 1
                self._says(BEFORE)
                ours.goes_on.wait(300)
                self._says(ours.last, head=False)
                if ours.last is AFTER:
                    ours.models = [{"name": asked["model"], "model": asked["model"], "size": 100}]

            def _says(self, lines: list[Any], head: bool = True) -> None:
                if head:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/x-ndjson")
                    self.end_headers()
                self.wfile.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.goes_on.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def ollama() -> Iterator[LikeOllama]:
    server = LikeOllama()
    yield server
    server.close()


@pytest.fixture
def settings(ollama: LikeOllama) -> dict[str, Any]:
    return {"llms": [f"ollama:{ollama.url}#qwen2.5:3b"]}


async def one(call: Call) -> Any:
    (only,) = answer(await call("GET", "llms"))["answerers"]
    return only


async def until(call: Call, state: str, share: float | None = None) -> Any:
    """As patient as a look behind the page needs."""
    for _ in range(12_000):
        now = await one(call)
        if (now["state"], now["share"]) == (state, share):
            return now
        await asyncio.sleep(0.01)
    raise AssertionError(now)


async def test_a_model_is_fetched_and_answers(call: Call, ollama: LikeOllama) -> None:
    absent = await until(call, "absent")
    assert absent["pulls"] and "codegym models pull" in absent["note"] and absent["share"] is None
    ollama.goes_on.set()
    response = await call("POST", "llms/pull", {"name": "qwen2.5:3b"})
    told = [json.loads(line) for line in response.body.splitlines()]
    assert told[-1] == {"type": "done", "stopped": False}
    assert told[-2] == {"type": "pulling", "doing": "success", "done": 100, "total": 100}
    ready = await until(call, "ready")
    assert (ready["pulls"], ready["note"], ready["share"]) == (False, None, None)
    assert answer(await call("GET", HERE))["answerers"] == [ready]


async def test_a_fetch_is_seen_by_others_and_can_be_stopped(call: Call, ollama: LikeOllama, jp_fetch: Any) -> None:
    await until(call, "absent")
    body = json.dumps({"name": "qwen2.5:3b"})
    looking = asyncio.ensure_future(
        jp_fetch("codegym/api/llms/pull", method="POST", body=body, headers={"Content-Type": "application/json"})
    )
    now = await until(call, "pulling", share=0.4)
    assert now["bytes"] == {"done": 40, "total": 100}
    assert (await call("POST", "llms/pull/stop", {"name": "qwen2.5:3b"})).code == 200
    told = [json.loads(line) for line in (await looking).body.splitlines()]
    assert told[-1] == {"type": "done", "stopped": True} and ollama.pulls == 1
    assert (await until(call, "absent"))["pulls"]


async def test_a_fetch_that_fails_says_why(call: Call, ollama: LikeOllama) -> None:
    ollama.last = [{"error": "pull model manifest: file does not exist"}]
    ollama.goes_on.set()
    response = await call("POST", "llms/pull", {"name": "qwen2.5:3b"})
    last = json.loads(response.body.splitlines()[-1])
    assert last["type"] == "error" and "file does not exist" in last["message"]
    assert "file does not exist" in (await until(call, "absent"))["note"]


async def test_a_server_that_hangs_holds_no_page_up(call: Call, ollama: LikeOllama) -> None:
    ollama.hangs.set()
    (now,) = answer(await call("GET", HERE))["answerers"]  # returns though nothing is answered until the test ends
    assert now["state"] == "unknown"
    ollama.hangs.clear()
    ollama.goes_on.set()
    await until(call, "absent")


async def test_what_is_turned_away(call: Call) -> None:
    for path in ("llms/pull", "llms/pull/stop"):
        unknown = await call("POST", path, {"name": "other"})
        assert (unknown.code, word(unknown)) == (404, "unknown_llm")


class TestAStudent:
    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.Student"

    async def test_sees_that_it_is_away_and_no_more(self, call: Call, ollama: LikeOllama) -> None:
        now = await until(call, "away")
        assert (now["note"], now["pulls"]) == (None, False)
        refused = await call("POST", "llms/pull", {"name": "qwen2.5:3b"})
        assert (refused.code, word(refused)) == (403, "forbidden") and ollama.pulls == 0
