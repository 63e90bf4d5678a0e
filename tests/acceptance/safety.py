"""What nobody may do to a class's service: every address × everybody, tokens, forged requests, floods, logs."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, product
from typing import Any
from urllib.parse import urlsplit

import httpx
from acceptance.hub import Hub, get
from jupyterhub import orm
from processes import PATIENCE_S
from server.test_denials import ID, ROUTES as TABLE
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect
from unit.hub.test_mounts import BESIDE, HERS_NO_XSRF, NO_XSRF, ON_OWN_SERVER, PREFIX, PROMETHEUS, SERVICE, Row
from visitor import Visitor

from benchmarks.hub_class import good
from codegym_jlab.handlers.base import BODY_S, ROUTES, Operation
from codegym_jlab.handlers.lifecycle import LET_GO
from codegym_jlab.handlers.routes import MOST_HEARD
from codegym_jlab.hub.demo import CLASS
from codegym_jlab.hub.service import IDLE_S, KEPT_S, NOT_HERE

API = f"{PREFIX}codegym/api/"
STAFFS = ("classes", "authoring/", "example", "llms/")
OF_INSTRUCTORS = {"classes/{class}/person", "classes/{class}/audit", "classes/{class}/versions/changes"}
OF_ADMINS = {"classes/{class}/person.zip"}
LARGE = 2**21  #: bytes, more than any answer may have
EVERYWHERE = {"ada", "tess", "gil"}
OF_NO_COURSE = {"courses", "personal", "receipts/key", "llms", "health", "openapi.yaml"}
TO_HER_SERVER = "access:servers!server=ana/"  #: the scope that her own server asks for
METRICS_TOKEN = secrets.token_hex(16)
Ask = Callable[..., httpx.Response]


def addresses(mine: str) -> Iterator[tuple[str, str, Any, Operation]]:
    """Every method of every handler that is registered, with a body that it takes."""
    for pattern, handler in ROUTES.items():
        for method in ("GET", "POST", "DELETE"):
            operation = getattr(vars(handler).get(method.lower()), "operation", None)
            if operation is not None and pattern not in NOT_HERE:
                route = next(one for one in TABLE if one.method == method and re.fullmatch(pattern, one.path))
                yield method, route.path.replace("local:demo", CLASS).replace(ID, mine), route.body, operation


def may(who: str, method: str, operation: Operation) -> bool:
    """Whether this is let in.

    Ada, an admin, Tess, a teacher by a scope of the Hub's, and Gil, a grader by one, do a student's work in any class;
    Tim, a grader by a group, in none.
    """
    path = operation.path
    staffs = path.startswith(STAFFS)
    if operation.to_anyone:
        return True
    if who.startswith("no ") or (who == NO_XSRF and method != "GET"):
        return False
    if path.endswith("/staff"):
        return who in {NO_XSRF, "prof", "tim", *EVERYWHERE}
    if not staffs:
        return who != "tim" or path in OF_NO_COURSE or path.startswith("submissions/{submission}")
    if who.endswith("'s server") or (who in ("ana", "ben") and path != "classes"):
        return False
    if path == "classes":
        return method == "GET" or who == "ada"
    if not path.startswith("classes/"):
        return who in EVERYWHERE
    if who in ("tim", "gil"):
        reads = method == "GET" and path not in OF_INSTRUCTORS | OF_ADMINS
        return reads or operation.act in ("mark", "draft_marks", "answer")
    return who == "ada" or path not in OF_ADMINS


def tokens_shown(hub: Hub, ana: Visitor, key: str) -> dict[str, str]:
    """By who shows it. `key`: of another service of the Hub."""
    revoked = token_for(ana, TO_HER_SERVER)
    take_back(ana, revoked["id"])
    shown = {"no token of this Hub": of_another_hub(hub, "ana"), "no longer a token": revoked["token"]}
    shown |= {SERVICE: key, PROMETHEUS: METRICS_TOKEN}
    return shown | {f"{name}'s server": hub.token_of(name) for name in ("ana", "ben", "prof")}


def denials(hub: Hub, people: dict[str, Visitor], shown: dict[str, str], mine: str) -> None:
    """The whole table. `people`: browsers that are logged in at the service."""
    headers = {who: {"Authorization": f"Bearer {token}"} for who, token in shown.items()} | {"no login": {}}
    headers |= {name: {"X-XSRFToken": visitor.xsrf(PREFIX)} for name, visitor in people.items()}
    headers[NO_XSRF] = {"X-XSRFToken": ""}
    direct = httpx.Client(base_url=f"http://127.0.0.1:{hub.service}", timeout=PATIENCE_S)

    def ask(who: str, method: str, path: str, body: Any, **more: str) -> httpx.Response:
        direct.cookies.clear()
        visitor = people.get(who.removesuffix(" without XSRF"))
        return asked(visitor.http if visitor else direct, method, PREFIX + path, body, headers[who] | more)

    wrong, failed = beside(ask, list(headers)), []
    for who in headers:
        for method, path, body, operation in addresses(mine):
            answer = ask(who, method, f"codegym/api/{path}", body)
            what = (who, method, path, answer.status_code)
            allowed = may(who, method, operation)
            if allowed == (answer.status_code in (401, 403)):
                wrong.append((*what, answer.text[:200]))
            if operation.path.startswith("submissions/{submission}") and who not in ("ana", "ana's server"):
                assert answer.status_code in (403, 404) or operation.path.endswith("/staff"), what  # another's
            if answer.status_code >= 500 and answer.status_code != 503:
                failed.append(what)
            frames = answer.headers["X-Frame-Options"], answer.headers["Content-Security-Policy"]
            assert frames[0] == "DENY" and "frame-ancestors 'none'" in frames[1], what
            assert answer.headers["Cache-Control"] == "no-store", what
    assert not wrong and not failed, (wrong, failed)
    assistant = BESIDE["codegym/mcp"][0]
    written = [(assistant.method, assistant.path, assistant.body)]
    written += [(method, f"codegym/api/{path}", body) for method, path, body, _ in addresses(mine)]
    for method, path, body in written:
        if method != "GET":  # a session and its XSRF token, from a page of somebody else's
            answer = ask("prof", method, path, body, Origin="http://evil.example")
            assert answer.status_code in (403, 404) and "Access-Control-Allow-Origin" not in answer.headers, path
    direct.close()


def asked(http: httpx.Client, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    """With JSON or a form; of a stream that is opened, its beginning."""
    content = body if body is None or isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json"} | headers
    while True:
        with http.stream(method, path, content=content, headers=headers, follow_redirects=False) as answer:
            if answer.status_code == 101 or b"too_many_requests" not in answer.read():
                return answer
        time.sleep(float(answer.headers["Retry-After"]))  # that limit comes first


def beside(ask: Ask, everybody: list[str]) -> list[tuple[Any, ...]]:
    """What is not as the table has it of what the service mounts beside the API; no session begins there by a token."""
    wrong = list[tuple[Any, ...]]()
    for pattern, rows in BESIDE.items():
        others = {"GET", "POST", "PUT", "PATCH", "DELETE"} - {row.method for row in rows}
        refused = [Row(method, rows[0].path, 405, 405) for method in others] if "api" not in pattern else []
        for who, row in product(everybody, [*rows, *refused]):
            answer = ask(who, row.method, row.path, row.body, **row.headers)
            wanted = row.but.get(who, row.stranger if who.startswith("no ") else row.person)
            right = (wanted, 403) if row in refused else (wanted,)
            inside = answer.headers.get("Location", PREFIX).startswith((PREFIX, "/hub/api/oauth2/authorize?"))
            session = "service-codegym=" in answer.headers.get("Set-Cookie", "")
            if answer.status_code not in right or session or not inside:
                wrong.append((who, row.method, row.path, answer.status_code, wanted, answer.headers))
    return wrong


def own_server(hub: Hub, people: dict[str, Visitor], shown: dict[str, str]) -> None:
    """Ana's own answers to her alone: to her session, and to tokens of hers that reach it, shown in a header."""
    ana = people["ana"]
    ana.open_lab()
    of_service, hers = token_for(ana), token_for(ana, TO_HER_SERVER)
    shown = shown | {"ana's token for the service": of_service["token"], "ana's token": hers["token"]}
    ways = {who: ({"Authorization": f"token {token}"}, "") for who, token in shown.items()} | {"no login": ({}, "")}
    ways |= {f"{who}, in the address": ({}, f"?token={token}") for who, token in shown.items()}
    ways |= {name: ({"X-XSRFToken": ana.xsrf("/user/ana/")}, "") for name in people} | {HERS_NO_XSRF: ({}, "")}
    wrong = list[tuple[Any, ...]]()
    for who, (headers, query) in ways.items():
        visitor = people.get(who.removesuffix(" without XSRF"))
        is_owner = visitor is ana or who in ("ana's server", "ana's token")
        if visitor and not is_owner:
            assert visitor.http.get("/user/ana/lab").status_code == 403  # at the Hub: it gives no session there
        cookies = visitor.http.cookies if visitor else None
        with httpx.Client(base_url=hub.url, cookies=cookies, timeout=PATIENCE_S) as http:
            for row in chain.from_iterable(ON_OWN_SERVER.values()):
                answer = asked(http, row.method, f"{own(ana)}{row.path}{query}", row.body, {**row.headers, **headers})
                wanted = row.but.get(who, row.person if is_owner else row.stranger)
                if answer.status_code != wanted:
                    wrong.append((who, row.method, row.path, answer.status_code, wanted))
    assert not wrong, wrong


def of_another_hub(hub: Hub, name: str) -> str:
    """What a second JupyterHub, with records of its own, gave an account of this name, and lets in."""
    (home := hub.home / "another").mkdir()
    url, config = f"sqlite:///{home}/hub.sqlite", home / "jupyterhub_config.py"
    config.write_text(f"c.JupyterHub.db_url = {url!r}\nc.Authenticator.allowed_users = {{{name!r}}}\n")
    command = [sys.executable, "-m", "jupyterhub", "token", name, "-f", str(config)]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    token = done.stdout.split()[-1]
    with contextlib.closing(orm.new_session_factory(url)()) as records:
        assert orm.APIToken.find(records, token).user.name == name
    return token


def token_for(visitor: Visitor, *more: str) -> dict[str, Any]:
    """One that reaches the service and, but for `more`, nothing else."""
    asked = {"scopes": ["access:services!service=codegym", *more], "note": "test"}
    xsrf = {"X-XSRFToken": visitor.xsrf("/hub/")}
    made: dict[str, Any] = good(visitor.http.post(f"/hub/api/users/{visitor.name}/tokens", json=asked, headers=xsrf))
    return made


def take_back(ana: Visitor, id: str) -> None:
    """Revoked."""
    xsrf = {"X-XSRFToken": ana.xsrf("/hub/")}
    assert ana.http.delete(f"/hub/api/users/ana/tokens/{id}", headers=xsrf).status_code == 204


def tokens(hub: Hub, ana: Visitor) -> None:
    """What the Hub said of one token is said of no other, and of that one for seconds."""
    made = token_for(ana)
    token, url = made["token"], f"http://127.0.0.1:{hub.service}{API}courses"
    near = [token[:-1], token[1:], f"{token}0", f"0{token}", token.swapcase(), f"{token} {token}", f"{token},x"]
    with httpx.Client(timeout=PATIENCE_S) as http:

        def status(shown: str) -> int:
            return http.get(url, headers={"Authorization": f"token {shown}"}).status_code

        for _ in range(2):  # before and after the Hub was asked for the right one
            assert [status(one) for one in near] == [403] * len(near)
            assert status(token) == 200
        take_back(ana, made["id"])
        assert KEPT_S <= 10
        while status(token) != 403:
            pass
        assert status(token) == 403


def redirects(hub: Hub, ana: Visitor) -> None:
    """Whoever logs in comes back to the service, whatever the link said."""
    away = "//evil.example/"
    state = base64.urlsafe_b64encode(json.dumps({"next_url": f"https:{away}", "cookie_name": "x"}).encode()).decode()
    for path in (f"?next={away}", f"/{away}", f"oauth_callback?code=x&state={state}", f"oauth_callback?next={away}"):
        answer = get(f"{hub.url}/services/codegym/{path}", follow_redirects=False)
        place = urlsplit(answer.headers.get("Location", ""))
        assert place.netloc in ("", urlsplit(hub.url).netloc) and not place.path.startswith("//"), (path, place)
    assert ana.http.get(f"/services/codegym/?next=https:{away}").url.host == "127.0.0.1"


def raw(port: int, text: str, patience_s: float = 60, tls: ssl.SSLContext | None = None) -> bytes:
    """All that is answered until the other side closes."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=patience_s)
    with tls.wrap_socket(plain, server_hostname="localhost") if tls else plain as s:
        s.sendall(text.encode())
        got = b""
        try:
            while chunk := s.recv(65_536):
                got += chunk
        except ConnectionResetError:
            pass
        return got


#: Heads of which two readers could think that the body ends elsewhere, and heads without an end.
FORGED = {
    "both": "Content-Length: 4\r\nTransfer-Encoding: chunked",
    "both, turned": "Transfer-Encoding: chunked\r\nContent-Length: 4",
    "two lengths": "Content-Length: 4\r\nContent-Length: 5",
    "no number": "Content-Length: +4",
    "a space": "Transfer-Encoding : chunked",
    "another coding": "Transfer-Encoding: xchunked",
    "large": f"X-Large: {'x' * 100_000}",
}


def forged(hub: Hub, ana: Visitor) -> None:
    """Refused by the service itself, by the proxy before it, and on the way through a student's server.

    What stands behind is never a request of its own.
    """
    proxy = int(hub.url.rpartition(":")[2])
    for port, api in ((hub.service, API), (proxy, API), (proxy, own(ana))):
        for name, text in forged_requests(api, ana.token):
            got = raw(port, text)
            assert got.count(b"HTTP/1.1 ") <= 1 and (not got or got.startswith(b"HTTP/1.1 4")), (port, name, got)
        got = raw(
            port, f"{begun(api, ana.token)}Content-Length: 99999999999\r\n\r\n{{"
        )  # a byte, or the proxy passes nothing on
        assert got.startswith(b"HTTP/1.1 4"), (port, api, got)
    headers = {"Authorization": f"token {ana.token}", "Content-Type": "application/json"}
    unsaid = iter([b" " * LARGE])  # in pieces, of which nobody says how many
    assert ana.http.post(f"{own(ana)}submissions", content=unsaid, headers=headers).status_code == 413


def forged_requests(api: str, token: str) -> Iterator[tuple[str, str]]:
    """By name; whoever reads one otherwise than it was passed on finds a second one in it, for `smuggled`."""
    second = f"GET {api}smuggled HTTP/1.1\r\nHost: x\r\nAuthorization: token {token}\r\n\r\n"
    for name, head in FORGED.items():
        yield name, f"{begun(api, token)}{head}\r\n\r\n0\r\n\r\n{second}"


def own(ana: Visitor) -> str:
    """The way through the person's own server."""
    return f"/user/{ana.name}/codegym/api/"


def begun(api: str, token: str) -> str:
    """The head of an answer that is handed in, but for its end."""
    head = f"POST {api}submissions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"{head}Authorization: token {token}\r\n"


#: A head without an end; nothing at all.
SLOW = (f"GET {API}courses HTTP/1.1\r\nHost: x\r\nX-Slow: ", "")


def slow(hub: Hub, text: str) -> None:
    """Who never ends a request's head is cut off; so is a connection that nothing is asked on."""
    assert raw(hub.service, text, 5 * IDLE_S) == b""


def slow_bodies(hub: Hub, ana: Visitor) -> Iterator[Callable[[], None]]:
    """So is who sends one byte of a body and no more; where the proxy stands between, it says that nobody answers."""

    def cut_off(port: int, api: str, token: str, said: bytes) -> None:
        got = raw(port, f"{begun(api, token)}Content-Length: 99\r\n\r\n{{", 3 * BODY_S)
        assert got.startswith(said) and bool(got) is bool(said), got

    yield partial(cut_off, hub.service, API, hub.token_of("ana"), b"")
    yield partial(cut_off, int(hub.url.rpartition(":")[2]), own(ana), ana.token, b"HTTP/1.1 503")


async def floods(hub: Hub, prof: Visitor) -> None:
    """Who talks on the stream is let go; no page of another site opens one by a session."""
    url = f"ws://127.0.0.1:{hub.service}{API}stream"
    stream = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {hub.token_of('ana')}"}))
    try:
        for _ in range(2 * MOST_HEARD):
            await stream.write_message("x")
    except WebSocketClosedError:
        pass
    while await asyncio.wait_for(stream.read_message(), 60) is not None:
        pass
    assert stream.close_code == LET_GO and stream.close_reason == "nothing is read here"
    stream.close()
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = base64.b64encode(secrets.token_bytes(16)).decode()
    for origin, status in ((hub.url, 101), ("http://evil.example", 403)):
        with prof.http.stream("GET", f"{API}stream", headers={**upgrade, "Origin": origin}) as answer:
            assert answer.status_code == status, origin


def no_secret_is_logged(hub: Hub, *more: str) -> None:
    """Of the Hub, its proxy, the service, the sandbox host and the servers: neither password, token nor key."""
    config = (hub.home / "jupyterhub_config.py").read_text()
    found = re.search(
        r'"database": "[^"]*:([^@"]+)@|database = .*:([^@]+)@', (hub.home / "codegym_config.py").read_text()
    )
    known = {hub.password, *(hub.token_of(name) for name in ("ana", "ben", "prof")), *more}
    known |= {part for part in (found.groups() if found else ()) if part}
    known |= set(re.findall(r"auth_token = '(\w+)'", config))
    known |= {file.read_text().strip() for file in hub.home.glob("service/*.key")}
    known |= {file.read_text().strip() for file in hub.home.glob("cookie_secret")}
    said = hub.said()
    assert len(said) > 1000 and len(known) >= 6
    assert not [secret for secret in known if secret in said]
