"""The level `remote` beyond the suite: the key, the connection, two clients, a host that goes, and one that lies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from contract.relay import Relay
from contract.sandbox_host import SandboxHost, sandbox_host
from processes import processes_of

from codegym_jlab.doctor import Fact, sandboxes
from codegym_jlab.runner.wire import frames
from codegym_jlab.sandbox import ExitKind, Image, Limits, Process, ProcessEnded, SandboxUnavailable, open_remote
from codegym_jlab.sandbox.levels import Wanted, opened
from codegym_jlab.sandbox.remote import HostAddress, Remote, client, protocol
from codegym_jlab.sandbox.remote.daemon import HostOptions, serve
from codegym_jlab.sandbox.remote.host import Bounds
from codegym_jlab.sandbox.remote.protocol import NotAnAddress, parse
from codegym_jlab.settings import CodeGym

pytestmark = pytest.mark.full

OTHER_KEY = b"another key, just as long as the first one is"
LOOP = "import time\nwhile True: time.sleep(0.01)"


@pytest.fixture(scope="module")
def host() -> Iterator[SandboxHost]:
    with sandbox_host("--leases", "4", "--memory-mb", "600") as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="codegym-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def relay(host: SandboxHost, folder: Path) -> Iterator[Relay]:
    made = Relay(folder / "relay.sock", host.socket)
    yield made
    made.close()


def at(path: Path, key: bytes) -> HostAddress:
    return HostAddress(path=str(path), key=key)


def with_remote(address: HostAddress, work: Callable[[Remote], Coroutine[Any, Any, Any]]) -> Any:
    """What `work` makes of a client, in an event loop of its own."""

    async def run() -> Any:
        async with asyncio.timeout(90):
            remote = await open_remote(address)
            try:
                return await work(remote)
            finally:
                await remote.close()

    return asyncio.run(run())


async def printed(remote: Any, source: str, image: Image = Image(), limits: Limits = Limits()) -> str:  # noqa: B008
    """What a cell printed, in a lease of its own."""
    process = await remote.lease(image, limits)
    try:
        return str((await cell(process, source))["stdout"])
    finally:
        await process.close()


async def cell(process: Any, source: str, seconds: float = 5) -> dict[str, Any]:
    begin = {"op": "begin", "names": ["mine"], "output_kb": 64, "seconds": seconds}
    await process.ask(begin, within=20)
    frame = {"op": "cell", "name": "a", "source": source, "kind": "answer", "seconds": seconds}
    answer: dict[str, Any] = await process.ask(frame, within=60)
    return answer


def below(pid: int) -> set[int]:
    """Living processes that come from that one."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            parents[int(name)] = int(fields[1])

    def comes(one: int) -> bool:
        return parents.get(one) == pid or (one in parents and comes(parents[one]))

    return {one for one in parents if comes(one)}


def settles(holds: Callable[[], bool], within_s: float = 120.0) -> bool:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


# ---------------------------------------------------------------- the key


def test_another_key_is_refused(host: SandboxHost) -> None:
    async def use(remote: Remote) -> None:
        with pytest.raises(SandboxUnavailable, match="another key"):
            await remote.lease(Image(), Limits())

    with_remote(at(host.socket, OTHER_KEY), use)


def test_a_handshake_that_was_heard_opens_nothing(host: SandboxHost, relay: Relay) -> None:
    with_remote(at(relay.path, host.key), lambda remote: printed(remote, "print('heard')"))
    heard = bytes(relay.up)
    assert b"proof" in heard and b"heard" in heard
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(120)
        stranger.connect(str(host.socket))
        stranger.sendall(heard)
        said = b""
        try:
            while data := stranger.recv(1 << 16):
                said += data
        except ConnectionError:  # it hung up with our bytes unread
            pass
    assert b"number" in said and b"about" not in said and b"stdout" not in said


def test_a_host_that_heard_one_is_not_believed(host: SandboxHost, relay: Relay, folder: Path) -> None:
    with_remote(at(relay.path, host.key), lambda remote: printed(remote, "print(1)"))
    heard = bytes(relay.down)

    async def parrot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(heard)
        await reader.read()

    said = asyncio.run(refusal(folder / "p.sock", host.key, parrot))
    assert "another key" in said


async def refusal(path: Path, key: bytes, act: Callable[..., Awaitable[None]]) -> str:
    """What a client says of a server that does that with each connection."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await act(reader, writer)
        except (EOFError, OSError, ValueError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_unix_server(meet, str(path))
    remote = await open_remote(at(path, key))
    try:
        async with asyncio.timeout(60):
            process = await remote.lease(Image(), Limits())
            await cell(process, "1")
        return "nothing"
    except SandboxUnavailable as e:
        return str(e)
    except ProcessEnded as e:
        return e.status.kind.value
    finally:
        await remote.close()
        server.close()


def test_what_is_larger_than_a_head_may_be_is_hung_up_on(host: SandboxHost) -> None:
    async def use(before: bool) -> bytes:
        reader, writer = await asyncio.open_unix_connection(str(host.socket))
        try:
            if before:
                await protocol.receive(reader)
            else:
                await protocol.authenticate_to_host(reader, writer, host.key)
            writer.write((protocol.MAX_HEAD + 1).to_bytes(4, "big") if not before else (5000).to_bytes(4, "big"))
            async with asyncio.timeout(120):
                return await reader.read()
        finally:
            writer.transport.abort()

    assert asyncio.run(use(before=False)) == b""
    assert asyncio.run(use(before=True)) == b""
    assert with_remote(at(host.socket, host.key), lambda remote: printed(remote, "print('here')")) == "here\n"


@pytest.mark.parametrize("head", [{"op": "shell"}, {"op": 7}, {"op": None}, {}], ids=str)
def test_what_is_no_question_is_hung_up_on_or_refused(host: SandboxHost, head: dict[str, Any]) -> None:
    async def use() -> bytes:
        reader, writer = await asyncio.open_unix_connection(str(host.socket))
        try:
            await protocol.authenticate_to_host(reader, writer, host.key)
            await protocol.send(writer, head)
            async with asyncio.timeout(120):
                return await reader.read()
        finally:
            writer.transport.abort()

    assert asyncio.run(use()) == b""


BAD = {
    "a lease of nothing": {"op": "lease"},
    "an image that is none": {"op": "lease", "image": [], "limits": {}},
    "a path that leaves": {
        "op": "lease", "limits": None,
        "image": {"preload": [], "files": [["../../etc/passwd", None]]},
    },
    "a digest that is a path": {"op": "warm", "image": {"preload": [], "files": [["x", "../../../etc/passwd"]]}},
    "a file without its digest": {"op": "file", "digest": "../key", "at": 0, "whole": 1},
    "a piece from the middle": {"op": "file", "digest": "0" * 64, "at": 7, "whole": 9},
    "a lease that is not there": {"op": "ask", "within": 1, "total": 1},
    "no time": {"op": "ask", "within": "long"},
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_question_that_makes_no_sense_is_refused_and_no_more(host: SandboxHost, what: str) -> None:
    async def use() -> None:
        reader, writer = await asyncio.open_unix_connection(str(host.socket))
        try:
            await protocol.authenticate_to_host(reader, writer, host.key)
            await protocol.send(writer, BAD[what])
            async with asyncio.timeout(120):
                answer, _ = await protocol.receive(reader)
                assert "refused" in answer
                await protocol.send(writer, {"op": "ping"})
                assert await protocol.receive(reader) == ({}, b"")
        finally:
            writer.transport.abort()

    asyncio.run(use())


# ---------------------------------------------------------------- connections


def test_a_host_that_goes_and_comes_back() -> None:
    """Killed, it takes its leases along; restarted, the next lease finds it; a server starts while it is away."""
    with sandbox_host() as host:
        assert host.process is not None
        pid = host.process.pid

        async def use(remote: Remote) -> None:
            process = await remote.lease(Image(), Limits())
            task = asyncio.ensure_future(cell(process, LOOP))
            await asyncio.sleep(0.5)
            children = below(pid)
            assert children
            await asyncio.to_thread(host.kill)
            with pytest.raises(ProcessEnded) as ended:
                await task
            assert ended.value.status.kind is ExitKind.LOST
            await process.close()
            assert await asyncio.to_thread(settles, lambda: not any(Path(f"/proc/{one}").exists() for one in children))
            with pytest.raises(SandboxUnavailable, match="cannot be used"):
                await remote.lease(Image(), Limits())
            sandbox, level = await opened(Wanted("remote", host=host.address, key_file=str(host.key_file)))
            assert (level.name, level.available) == ("remote", True)
            await asyncio.to_thread(host.start)
            await asyncio.sleep(1.1)  # for so long nobody tries again
            assert await printed(sandbox, "print('there')") == "there\n"
            await sandbox.close()
            assert await printed(remote, "print('back')") == "back\n"
            await asyncio.to_thread(host.stop)
            await asyncio.to_thread(host.start)
            assert await printed(remote, "print(2)") == "2\n"

        with_remote(at(host.socket, host.key), use)


def test_several_hosts_take_turns_and_one_that_is_away_is_passed_over(host: SandboxHost, folder: Path) -> None:
    other = SandboxHost(folder)
    other.key_file = host.key_file

    async def use() -> None:
        both = f"{host.address}, {other.address}"
        sandbox, _ = await opened(Wanted("remote", host=both, key_file=str(host.key_file)))
        leases = [await sandbox.lease(Image(), Limits()) for _ in range(2)]
        leases += await asyncio.gather(*(sandbox.lease(Image(), Limits()) for _ in range(4)))  # as before a deadline
        await asyncio.to_thread(other.kill)
        kept = [lease for lease in leases if await says_kept(lease)]
        assert len(kept) == 3
        for lease in leases:
            await lease.close()
        assert [await printed(sandbox, "print('there')") for _ in range(3)] == ["there\n"] * 3
        await sandbox.close()

    async def says_kept(lease: Process) -> bool:
        try:
            return bool((await cell(lease, "print('kept')"))["stdout"] == "kept\n")
        except ProcessEnded as ended:
            assert ended.status.kind is ExitKind.LOST
            return False

    other.start()
    try:
        asyncio.run(use())
    finally:
        if other.process:
            other.stop()


def test_a_host_that_hangs_is_passed_over_and_tried_by_one(
    host: SandboxHost, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes connections, as a machine does that stands still, and answers none."""
    monkeypatch.setattr(client, "_AVOIDED_S", 300.0)

    def tries(hanging: socket.socket, held: contextlib.ExitStack) -> int:
        number = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                held.enter_context(hanging.accept()[0])
                number += 1
        return number

    async def use(hanging: socket.socket, held: contextlib.ExitStack) -> None:
        remote = await open_remote(at(host.socket, host.key), at(folder / "hangs.sock", host.key))
        assert [await printed(remote, "print(1)") for _ in range(2)] == ["1\n"] * 2
        assert tries(hanging, held) == 1
        for one in remote._failed:  # as if that were long ago
            remote._failed[one] -= 301
        assert await asyncio.gather(*(printed(remote, "print(1)") for _ in range(8))) == ["1\n"] * 8
        assert tries(hanging, held) == 1
        await remote.close()

    with socket.socket(socket.AF_UNIX) as hanging, contextlib.ExitStack() as held:
        hanging.bind(str(folder / "hangs.sock"))
        hanging.listen(64)
        hanging.setblocking(False)
        asyncio.run(use(hanging, held))


def test_a_connection_that_is_cut_ends_its_leases_and_no_others(host: SandboxHost, relay: Relay) -> None:
    async def use(cut: Remote) -> None:
        whole = await open_remote(at(host.socket, host.key))
        try:
            kept = await whole.lease(Image(), Limits())
            lost = [await cut.lease(Image(), Limits()) for _ in range(3)]
            tasks = [asyncio.ensure_future(cell(one, LOOP)) for one in lost]
            await asyncio.sleep(0.5)
            await asyncio.to_thread(relay.cut)
            for task in tasks:
                with pytest.raises(ProcessEnded) as ended:
                    await task
                assert ended.value.status.kind is ExitKind.LOST
            # the host has room for four: three of them are free again once the cut leases are gone
            again = [await whole.lease(Image(), Limits()) for _ in range(3)]
            assert (await cell(kept, "print('kept')"))["stdout"] == "kept\n"
            for one in (*again, kept):
                await one.close()
            assert await printed(cut, "print('anew')") == "anew\n"
        finally:
            await whole.close()

    with_remote(at(relay.path, host.key), use)


def test_a_client_that_asks_before_it_is_answered_is_hung_up_on(host: SandboxHost) -> None:
    async def use() -> None:
        reader, writer = await asyncio.open_unix_connection(str(host.socket))
        try:
            await protocol.authenticate_to_host(reader, writer, host.key)
            image = {"preload": [], "files": []}
            await protocol.send(writer, {"op": "lease", "image": image, "limits": asdict(Limits())})
            await protocol.receive(reader)
            begin = {"op": "begin", "names": [], "output_kb": 64, "seconds": 5}
            await protocol.send(writer, {"op": "ask", "within": 20, "total": 20}, frames.pack(begin))
            await protocol.receive(reader)
            frame = {"op": "cell", "name": "a", "source": LOOP, "kind": "answer", "seconds": 5}
            await protocol.send(writer, {"op": "ask", "within": 20, "total": 20}, frames.pack(frame))
            await protocol.send(writer, {"op": "ping"})
            async with asyncio.timeout(120):
                assert await reader.read() == b""
        finally:
            writer.transport.abort()

    asyncio.run(use())


def test_a_client_that_closes_leaves_no_lease(host: SandboxHost) -> None:
    for _ in range(2):  # the host has room for four

        async def use(remote: Remote) -> None:
            for _ in range(4):
                await cell(await remote.lease(Image(), Limits()), "x = 1")

        with_remote(at(host.socket, host.key), use)


def test_leases_of_one_client_are_not_anothers(host: SandboxHost) -> None:
    async def use(remote: Remote) -> None:
        process = await remote.lease(Image(), Limits())
        await cell(process, "mine = 4711")
        reader, writer = await asyncio.open_unix_connection(str(host.socket))
        await protocol.authenticate_to_host(reader, writer, host.key)
        frame = {"op": "check", "name": "c", "call": "mine", "seconds": 1, "want": "value"}
        await protocol.send(writer, {"op": "ask", "within": 5, "total": 5}, frames.pack(frame))
        answer, body = await protocol.receive(reader)
        assert "has no lease" in answer["refused"] and not body
        await protocol.send(writer, {"op": "close"})
        await protocol.receive(reader)
        writer.transport.abort()
        assert (await process.ask(frame, within=9))["value"] == ["int", "4711"]
        await process.close()

    with_remote(at(host.socket, host.key), use)


def test_a_lease_that_is_cancelled_gives_its_room_back(host: SandboxHost) -> None:
    async def use(remote: Remote) -> None:
        for _ in range(6):
            task = asyncio.ensure_future(remote.lease(Image(preload=("decimal",)), Limits()))
            await asyncio.sleep(0.005)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        together = [await remote.lease(Image(), Limits()) for _ in range(4)]
        waiting = asyncio.ensure_future(remote.lease(Image(), Limits()))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await together[0].close()
        await (await waiting).close()
        for one in together:
            await one.close()

    with_remote(at(host.socket, host.key), use)


def test_more_than_the_host_gives_is_refused(host: SandboxHost) -> None:
    async def use(remote: Remote) -> None:
        with pytest.raises(SandboxUnavailable, match="memory_mb: 601 is more than its 600"):
            await remote.lease(Image(), replace(Limits(), memory_mb=601))

    with_remote(at(host.socket, host.key), use)


# ---------------------------------------------------------------- what the host has, and is sent


def test_a_course_file_is_sent_once(host: SandboxHost, relay: Relay, tmp_path: Path) -> None:
    text = "".join(f"{number},{number * number}\n" for number in range(600_000))  # more than one piece
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv").write_text(text)
    source = "print(len(open('data/t.csv').read()), open('data/t.csv').readlines()[-1])"

    async def use(remote: Remote) -> None:
        for name in ("a.csv", "b.csv"):
            image = Image(files=(("data/t.csv", tmp_path / name),))
            assert await printed(remote, source, image) == f"{len(text)} 599999,359998800001\n\n"
        (tmp_path / "b.csv").write_text("1,1\n")
        assert await printed(remote, source, image) == "4 1,1\n\n"

    with_remote(at(relay.path, host.key), use)
    assert len(text) < len(relay.up) < 1.2 * len(text)


def test_no_key_is_within_a_students_reach(host: SandboxHost) -> None:
    source = f"""
import os, sys
key = {host.key.decode()[:40]!r}
found, seen = [], 0
for folder, folders, names in os.walk("/", followlinks=False):
    folders[:] = [f for f in folders if folder != "/" or f not in ("usr", "lib", "lib64")]
    for name in names:
        path = os.path.join(folder, name)
        if name in ("kmsg", "kcore") or path.startswith("/dev/") or "python" in path:
            continue
        try:
            with open(path, "rb") as f:
                text = f.read(1 << 20)
        except OSError:
            continue
        seen += 1
        if key[:32].encode() in text and b"import os, sys" not in text:
            found.append(path)
print(found, seen > 0, [n for n in os.environ if "KEY" in n or "HOST" in n or "TOKEN" in n])
"""
    half = len(host.key) // 2
    source = source.replace(repr(host.key.decode()[:40]), f"{host.key.decode()[:half]!r}[::-1][::-1]")
    got = with_remote(at(host.socket, host.key), lambda remote: printed(remote, source, limits=Limits(seconds=20)))
    assert got == "[] True []\n"


def nobody_else_has(user: int, process: Path) -> bool:
    """Whether this id is only of that process and of what it started."""
    with pytest.raises(KeyError):
        pwd.getpwuid(user)
    pid = int(process.name)
    return user != 65534 and processes_of(user) <= {pid, *below(pid)}


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts a host that has something to give up")
def test_a_host_that_root_started_has_given_it_up(host: SandboxHost) -> None:
    assert host.process is not None
    proc = Path(f"/proc/{host.process.pid}")
    facts = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    (user,) = set(facts["Uid"].split())
    assert set(facts["Gid"].split()) == {user} and nobody_else_has(int(user), proc)
    assert not facts["Groups"].split()
    assert all(int(facts[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"))
    assert facts["NoNewPrivs"].strip() == "1"
    if "of its own" not in host.said:
        pytest.skip("this root may not mount")
    root = proc / "root"
    assert not (root / "etc/shadow").exists() and not (root / "etc/passwd").exists()
    assert {path.name for path in (root / "home").glob("*")} == set()
    devices = (proc / "net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]


def test_a_host_that_root_started_does_not_stay_root(folder: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root")
    said = wrong(SandboxHost(folder).command("--user", "0"))
    assert "does not run as root" in said


def wrong(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 2), done
    return done.stderr


def test_wrong_use_is_said_in_a_line(folder: Path) -> None:
    host = SandboxHost(folder)
    host.key_file.write_text("short")
    assert "too short" in wrong(host.command())
    host.key_file.unlink()
    with pytest.raises(NotAnAddress, match="cannot be read"):
        protocol.read_key(host.key_file)
    key = "k" * 40
    host.key_file.write_text(key)
    for listen, words in (("here", "no address"), ("unix:here", "whole path"), ("tls:localhost:1", "--certificate")):
        options = HostOptions(listen, "namespaces", host.key_file, "", "", None, None, Bounds())
        with pytest.raises(NotAnAddress, match=words):
            serve(options, print)


# ---------------------------------------------------------------- a host that lies


async def reply(reader: Any, writer: Any, answer: dict[str, Any], body: bytes = b"") -> None:
    await protocol.receive(reader)
    await protocol.send(writer, answer, body)


async def lie(reader: Any, writer: Any, how: str) -> None:
    """Answer as an honest host would, up to the lie."""
    if how == "its head is endless":
        writer.write(b"\xff\xff\xff\xff" + b"[" * 4096)
    elif how == "its head is nested deep":
        text = b'{"x":' + b"[" * 100_000
        writer.write(len(text).to_bytes(4, "big") + text)
    elif how == "its body is endless":
        await protocol.receive(reader)
        writer.write(frames.pack({"body": protocol.MAX_BODY + 1}))
    elif how == "it asks for a file that is none of the course's":
        await reply(reader, writer, {"lacking": ["0" * 64]})
    elif how == "it asks for no list":
        await reply(reader, writer, {"lacking": {"a": 1}})
        await reply(reader, writer, {"lacking": 7})
        await reply(reader, writer, {"lacking": "x"})
    else:
        await reply(reader, writer, {})
        await reply(reader, writer, *LIES[how])
    await reader.read()


LIES: dict[str, Any] = {
    "its status is none": ({"ended": ["winged", 1, 2, "x"]},),
    "its status is a number": ({"ended": 7},),
    "its status is large": ({"ended": ["exited", 10**30, [], {}]},),
    "it says nothing": ({},),
    "its frame is no object": ({}, b"\0\0\0\2[]"),
    "its frame is half": ({}, b"\0\0\1\0{}"),
    "its frame is nested deep": ({}, (60_000).to_bytes(4, "big") + b"[" * 60_000),
    "its frame is two": ({}, b"\0\0\0\2{}\0\0\0\2{}"),
}
OF_THE_LINK = (
    "its head is endless", "its head is nested deep", "its body is endless", "it asks for no list",
    "it asks for a file that is none of the course's",
)  # fmt: skip


@pytest.mark.parametrize("how", [*OF_THE_LINK, *LIES])
def test_a_host_that_lies_is_a_fault_and_no_more(folder: Path, how: str) -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await protocol.authenticate_client(reader, writer, OTHER_KEY, {"level": ["odd"], "python": {"x": 1}})
        await lie(reader, writer, how)

    said = asyncio.run(refusal(folder / "l.sock", OTHER_KEY, act))
    if how in OF_THE_LINK:
        assert "sandbox host" in said or said == "lost", said
    else:
        assert said in ("lost", "protocol", "exited")


# ---------------------------------------------------------------- other addresses, and doctor


def test_tcp(folder: Path) -> None:
    host = SandboxHost(folder)
    command = [word if word != host.address else "127.0.0.1:0" for word in host.command()]
    serve_and_use(command, host, "127.0.0.1", tls=False)


def test_tls(folder: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    certificate, private = folder / "c.pem", folder / "k.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(private), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    host = SandboxHost(folder)
    command = [word if word != host.address else "tls:127.0.0.1:0" for word in host.command()]
    command += ["--certificate", str(certificate), "--private-key", str(private)]
    serve_and_use(command, host, "localhost", tls=True, authority=str(certificate))


def serve_and_use(command: list[str], host: SandboxHost, name: str, tls: bool, authority: str = "") -> None:
    """One answer over TCP; with TLS a client that does not trust the certificate is told so."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            if "listening" not in said and not os.environ.get("CI"):
                pytest.skip("no sandbox host here")
            port = int(said.split("listening at ")[1].split(":")[0])
            address = HostAddress(host=name, port=port, tls=tls, authority=authority, key=host.key)
            assert with_remote(address, lambda remote: printed(remote, "print('far')")) == "far\n"
            if tls:

                async def doubts(remote: Remote) -> None:
                    with pytest.raises(SandboxUnavailable, match="CERTIFICATE_VERIFY_FAILED|certificate"):
                        await remote.lease(Image(), Limits())

                with_remote(replace(address, authority=""), doubts)
        finally:
            process.terminate()
            process.wait(120)


@pytest.mark.parametrize(
    ("text", "read"),
    [("unix:/a/b", "unix:/a/b"), ("box:81", "box:81"), ("tls:box:81", "tls:box:81"), ("[::1]:81", "[::1]:81")],
)
def test_addresses(text: str, read: str) -> None:
    assert str(parse(text)) == read


def test_doctor_says_whether_the_host_answers(host: SandboxHost, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEGYM_SANDBOX", "remote")
    monkeypatch.setenv("CODEGYM_SANDBOX_KEY_FILE", str(host.key_file))

    def told(address: str) -> tuple[str | None, Fact]:
        monkeypatch.setenv("CODEGYM_SANDBOX_HOST", address)
        level, facts = asyncio.run(sandboxes(CodeGym().settings(folder)))
        return level, facts[0]

    level, there = told(host.address)
    assert (level, there.name, there.good) == ("remote", "sandbox remote", True)
    assert " ms: namespaces, Python 3" in there.text
    level, away = told(f"unix:{folder}/nobody.sock")
    assert level is None and "cannot be used" in away.text
