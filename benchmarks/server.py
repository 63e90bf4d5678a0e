"""A Jupyter server of our own on a free port of this machine."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.browsers import EachBrowser
from benchmarks.desk import Desk, answer
from codegym_jlab.hub.demo import free_port

Ask = Callable[[str, str, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens."""

    connect: Callable[[], Ask]  #: a connection: ask(method, path below /codegym/api/, body) → the reply's body
    records: Path  #: the SQLite file
    port: int


@contextmanager
def server(
    desk: Desk, *, extension: bool = True, each_browser: bool = False, database: str = "", **more: str
) -> Iterator[Served]:
    """A fresh one, with records of its own; `extension`: whether this package's is switched on.

    With `each_browser` every connection is a student of its own; else all are the one owner of the server. `more`:
    settings of the package.
    """
    root = desk.scratch("server")
    token, port = secrets.token_hex(16), free_port()
    (root / "work").mkdir()
    env = {
        **environment(),
        **{f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
    }
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root / 'work'}"]
    command += [f"--ServerApp.jpserver_extensions={{'codegym_jlab': {extension}}}"]
    command += ["--ServerApp.port_retries=0", f"--CodeGym.courses_dir={desk.root / 'courses'}"]
    command += [f"--CodeGym.data_dir={root / 'records'}", f"--CodeGym.database={database}"]
    command += [f"--CodeGym.{name}={value}" for name, value in more.items()]
    if each_browser:
        command.append(f"--CodeGymApp.identity_class={EachBrowser.__module__}.{EachBrowser.__name__}")
    with open(root / "server.log", "wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        wait_for(port, process, root / "server.log")
        yield Served(lambda: connected(port, token), root / "records" / "codegym.sqlite", port)
    finally:
        process.terminate()
        process.wait(30)


def connected(port: int, token: str) -> Ask:
    """As a browser: it shows the token once, at JupyterLab's page, and from then on the cookies that it was given.

    A request goes in one piece, as a browser sends a short one, and takes the client a tenth of a millisecond.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/lab?token={token}")
    page = connection.getresponse()
    page.read()
    given = [value.partition(";")[0] for name, value in page.getheaders() if name.lower() == "set-cookie"]
    xsrf = next((cookie.partition("=")[2] for cookie in given if cookie.startswith("_xsrf=")), "")
    head = f"Host: 127.0.0.1:{port}\r\nCookie: {'; '.join(given)}\r\nX-XSRFToken: {xsrf}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: "

    def ask(method: str, path: str, body: Any) -> dict[str, Any]:
        text = "" if body is None else json.dumps(body)
        request = f"{method} /codegym/api/{path} HTTP/1.1\r\n{head}{len(text)}\r\n\r\n{text}"
        connection.sock.sendall(request.encode("ascii"))
        found: dict[str, Any] = json.loads(body_of(connection.sock.recv))
        return found

    return ask


def body_of(receive: Callable[[int], bytes]) -> bytes:
    """Of the answer that comes, whose length must be told. Raises RuntimeError where the server hangs up."""
    data, size = b"", None
    while size is None or len(data) < size:
        part = receive(65_536)
        if not part:
            raise RuntimeError("the server closed the connection amid an answer")
        data += part
        if size is None and (end := data.find(b"\r\n\r\n")) >= 0:
            told = re.search(rb"(?i)\r\nContent-Length: (\d+)", data[: end + 2])
            if told is None:
                raise RuntimeError(f"an answer of no told length: {data[:end]!r}")
            data, size = data[end + 4 :], int(told[1])
    return data


def submit(ask: Ask, course: str = "bench", source: str = "") -> None:
    """One right answer, all the way to its judgement. Raises RuntimeError when it is not accepted."""
    body = {"course": course, "exercise": "twice", "kind": "submit", "source": source or answer(), "cells": []}
    body["idempotency_key"] = secrets.token_hex(16)
    reply = ask("POST", "submissions", body)
    while reply["submission"]["state"] == "waiting":  # in a long line it was told its place
        time.sleep(0.01)
        reply = ask("GET", f"submissions/{reply['submission']['id']}", None)
    if (reply.get("judgement") or {}).get("verdict") != "AC":
        raise RuntimeError(f"a right answer was not accepted: {reply}")


def environment() -> dict[str, str]:
    """This process's own, but that compiled files are kept, as an installation has them."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it listens. Raises RuntimeError, with the end of its log, when it ends before."""
    for _ in range(3000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.01)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
