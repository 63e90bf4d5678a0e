"""A small server that speaks OpenAI's form, and says what a test gives it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Odd:
    """Answers each request with what it was given: status, headers, and chunks of a body, after which it hangs up."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, dict[str, str](), b""
        self.heard: list[tuple[dict[str, str], Any]] = []
        odd = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                told = {name.lower(): value for name, value in self.headers.items()}
                odd.heard.append((told, json.loads(self.rfile.read(length) or b"null")))
                self.send_response(odd.status)
                for name, value in odd.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(odd.body)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def says(self, body: str, media: str = "text/event-stream", status: int = 200, **headers: str) -> None:
        self.status, self.body = status, body.encode()
        self.headers = {"Content-Type": media} | {name.replace("_", "-"): value for name, value in headers.items()}

    def streams(self, *events: Any, done: bool = True) -> None:
        lines = [f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events]
        self.says("".join([*lines, "data: [DONE]\n\n" if done else ""]))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def chunk(text: str = "", finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}
