"""A `base.Sandbox` whose processes are on a sandbox host. What a host says is read with suspicion, like a student's."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from ...runner import frames
from ..base import (
    Answers,
    ExitKind,
    ExitStatus,
    Image,
    Limits,
    Process,
    ProcessEnded,
    Sandbox,
    SandboxUnavailable,
)
from ..counted import Standing, lease_ended, leasing
from . import files, wire
from .address import HostAddress
from .link import Answer, Link, LinkLost

_PAUSES_S = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)  # between tries to connect: a host that is restarted is soon back
_AWAY_S = 1.0  # for which nobody tries again, once all of them failed; doubled each time
_LONGEST_AWAY_S = 15.0
_LEASE_S = 90.0  # a zygote that imports much
_GRACE_S = 15.0  # beyond a frame's own time, should the host be busy
_SHORT_S = 10.0
_TEXT = 500

Opener = Callable[[], Awaitable[Sandbox]]


class Remote:
    """See `base.Sandbox`. `author` is a sandbox of this machine, for what must not leave it: the teacher's text."""

    level = "remote"

    def __init__(self, address: HostAddress, author: Sandbox) -> None:
        self.author = author
        self._address = address
        self._contents = files.Contents()
        self._link: Link | None = None
        self._connecting = asyncio.Lock()
        self._away_s = _AWAY_S
        self._away_until = 0.0
        self._why_away = ""
        self._last = 0
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A process on the host. Raises SandboxUnavailable, also while the host is away."""
        self._last += 1
        number = self._last
        with leasing(self.level):
            link = await self._reached(image, {"op": "lease", "lease": number, "limits": asdict(limits)})
        return _Leased(link, number)

    async def warm(self, image: Image) -> None:
        """Start the image's zygote there."""
        await self._reached(image, {"op": "warm"})

    async def ping(self) -> float:
        """Milliseconds of a round trip. Raises SandboxUnavailable."""
        link = await self._linked()
        began = time.perf_counter()
        await _asked(link, {"op": "ping"}, _SHORT_S)
        return (time.perf_counter() - began) * 1000

    @property
    def about(self) -> dict[str, Any]:
        """What the host last said of itself: level, why, python, environment."""
        return self._link.about if self._link is not None else {}

    @property
    def environment(self) -> str:
        """What a judgement records beside the packages of the service: level and packages of the host."""
        return f"{self.level} {str(self.about.get('level'))[:_TEXT]} {str(self.about.get('environment'))[:_TEXT]}"

    async def close(self) -> None:
        """Hang up, which ends all leases, and end the author's sandbox."""
        self._closed = True
        if self._link is not None:
            await self._link.close()
        await self.author.close()

    async def _linked(self) -> Link:
        if self._link is not None and self._link.lost is None and not self._closed:
            return self._link
        async with self._connecting:
            if self._closed:
                raise SandboxUnavailable("the sandbox was closed")
            if self._link is None or self._link.lost is not None:
                await self._connect()
            assert self._link is not None
            return self._link

    async def _connect(self) -> None:
        if time.monotonic() < self._away_until:
            raise SandboxUnavailable(self._why_away)
        why = ""
        for pause in _PAUSES_S:
            await asyncio.sleep(pause)
            try:
                self._link = await Link.open(self._address)
            except wire.WrongKey as e:
                why = str(e)
                break
            except LinkLost as e:
                why = str(e)
            else:
                self._away_s, self._away_until = _AWAY_S, 0.0
                return
        self._why_away = f"the sandbox host at {self._address} cannot be used: {why}"
        self._away_until = time.monotonic() + self._away_s
        self._away_s = min(2 * self._away_s, _LONGEST_AWAY_S)
        raise SandboxUnavailable(self._why_away)

    async def _reached(self, image: Image, head: dict[str, Any]) -> Link:
        """The connection over which the host did this; a host that was started anew is found again."""
        head = {**head, "image": await self._contents.named(image)}
        for tries_left in (1, 0):
            link = await self._linked()
            try:
                await self._with_files(link, image, head)
            except BaseException as e:
                if tries_left and isinstance(e, SandboxUnavailable) and link.lost is not None:
                    continue
                if "lease" in head:
                    _tell(link, {"op": "close", "lease": head["lease"]})
                raise
            break
        return link

    async def _with_files(self, link: Link, image: Image, head: dict[str, Any]) -> dict[str, Any]:
        """Ask, and send the files that the host lacks until it has them all."""
        for _ in range(3):
            answer = await _asked(link, head, _LEASE_S)
            lacking = answer.get("lacking")
            if lacking is None:
                return answer
            for digest in lacking if isinstance(lacking, list) else ():
                await self._send_file(link, image, digest)
            head = {**head, "image": await self._contents.named(image)}
        raise SandboxUnavailable("the sandbox host does not keep the course's files")

    async def _send_file(self, link: Link, image: Image, digest: Any) -> None:
        path = self._contents.holder(image, digest)
        if path is None:  # nothing but files of this image leaves the service
            raise SandboxUnavailable("the sandbox host asks for a file that is none of the course's")
        try:
            async for at, whole, piece in files.pieces(path):
                await _asked(link, {"op": "file", "digest": digest, "at": at, "whole": whole}, _LEASE_S, piece)
        except OSError as e:
            raise SandboxUnavailable(f"a file of the course cannot be read: {e}") from e


class _Leased(Process):
    """One process on the host. See `base.Process`."""

    def __init__(self, link: Link, number: int) -> None:
        self._link, self._number = link, number
        self._status: ExitStatus | None = None
        self._asking = asyncio.Lock()
        self._closed = False

    async def ask(self, frame: dict[str, Any], *, within: float) -> dict[str, Any]:
        """Raises ProcessEnded; LOST where it was the host or the connection that ended."""
        async with self._asking:
            head = {"op": "ask", "lease": self._number, "within": within}
            answer, reply = await self._put(head, [frame], within)
            given = self._read(reply)
            if len(given) == 1:
                return given[0]
            raise self._end_of(answer)

    async def ask_all(self, checks: Sequence[dict[str, Any]], *, within: float, total: float) -> Answers:
        """In one go, or in a few where their answers are large; see `base.Process`."""
        ends = time.monotonic() + total
        answers = Answers()
        async with self._asking:
            while len(answers.given) < len(checks) and (left := ends - time.monotonic()) > 0:
                rest = checks[len(answers.given) :]
                head = {"op": "ask_all", "lease": self._number, "within": within, "total": left}
                try:
                    answer, reply = await self._put(head, rest, left)
                    given = self._read(reply)[: len(rest)]
                    answers.given += given
                    if "ended" in answer or "refused" in answer:
                        raise self._end_of(answer)
                except ProcessEnded as end:
                    answers.ended = end.status
                    break
                if not given or not answer.get("more"):
                    break
        return answers

    async def _put(self, head: dict[str, Any], asked: Sequence[dict[str, Any]], within: float) -> Answer:
        """One question with its frames, and what came back. Raises ProcessEnded."""
        if self._status is not None:
            raise ProcessEnded(self._status)
        try:
            body = b"".join(frames.pack(frame) for frame in asked)
            return await self._link.ask(head, body, within=within + _GRACE_S)
        except LinkLost as e:
            raise self._ended(ExitKind.LOST, f"the sandbox host: {e}") from None
        except TimeoutError:
            raise await self._unanswered() from None
        except ValueError as e:
            raise self._ended(ExitKind.PROTOCOL, str(e)) from None
        except asyncio.CancelledError:
            self._ended(ExitKind.KILLED, "")
            _tell(self._link, {"op": "close", "lease": self._number})
            raise

    def _read(self, reply: bytes) -> list[dict[str, Any]]:
        try:
            return wire.unpack_all(reply)
        except ValueError as e:
            raise self._ended(ExitKind.PROTOCOL, str(e)) from None

    def _end_of(self, answer: dict[str, Any]) -> ProcessEnded:
        status = _status(answer.get("ended"))
        if status is None:
            return self._ended(ExitKind.LOST, f"the sandbox host: {_text(answer.get('refused'))}")
        self._status = status
        return ProcessEnded(status)

    async def _unanswered(self) -> ProcessEnded:
        """No answer, though the host should have ended it: is it the lease that hangs, or the host?"""
        try:
            await self._link.ask({"op": "ping"}, within=_SHORT_S)
        except (LinkLost, TimeoutError):
            self._link.drop("the sandbox host does not answer")
        return self._ended(ExitKind.LOST, "the sandbox host did not answer")

    def _ended(self, kind: ExitKind, detail: str) -> ProcessEnded:
        if self._status is None:
            self._status = ExitStatus(kind, detail=detail)
        return ProcessEnded(self._status)

    async def close(self) -> None:
        """Have it killed, and wait until the host says that it is gone. May be called twice."""
        if self._closed:
            return
        self._closed = True
        lease_ended(Remote.level, self._status)
        self._ended(ExitKind.KILLED, "")
        with contextlib.suppress(LinkLost, TimeoutError):  # hung up, and so it is gone
            await self._link.ask({"op": "close", "lease": self._number}, within=_SHORT_S)


async def _asked(link: Link, head: dict[str, Any], within: float, body: bytes = b"") -> dict[str, Any]:
    """The answer to a question that is about no process. Raises SandboxUnavailable."""
    try:
        answer, _ = await link.ask(head, body, within=within)
    except LinkLost as e:
        raise SandboxUnavailable(f"the sandbox host: {e}") from None
    except TimeoutError:
        raise SandboxUnavailable("the sandbox host does not answer") from None
    if "refused" in answer:
        raise SandboxUnavailable(f"the sandbox host: {_text(answer['refused'])}")
    return answer


_telling: set[asyncio.Task[Any]] = set()


def _tell(link: Link, head: dict[str, Any]) -> None:
    """Ask without waiting for the answer."""

    async def tell() -> None:
        with contextlib.suppress(LinkLost, TimeoutError):
            await link.ask(head, within=_SHORT_S)

    if link.lost is None:
        task = asyncio.get_running_loop().create_task(tell())
        _telling.add(task)
        task.add_done_callback(_telling.discard)


def _status(given: Any) -> ExitStatus | None:
    try:
        kind, code, signal, detail = given
        kind = ExitKind(kind)
    except (TypeError, ValueError):
        return None
    return ExitStatus(kind, _small(code), _small(signal), _text(detail))


def _small(value: Any) -> int | None:
    return value if type(value) is int and -1024 < value < 1024 else None


def _text(value: Any) -> str:
    return value[:_TEXT] if isinstance(value, str) else ""


class Later:
    """A sandbox that is opened at its first use."""

    def __init__(self, level: str, opener: Opener) -> None:
        self.level = level
        self._opener = opener
        self._opened: Sandbox | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """Raises SandboxUnavailable."""
        return await (await self._open()).lease(image, limits)

    async def warm(self, image: Image) -> None:
        """Raises SandboxUnavailable."""
        await (await self._open()).warm(image)

    @property
    def standing(self) -> Standing | None:
        """Of what was opened."""
        return getattr(self._opened, "standing", None)

    async def close(self) -> None:
        """End it, if it was ever used."""
        self._closed = True
        async with self._opening:
            if self._opened is not None:
                await self._opened.close()

    async def _open(self) -> Sandbox:
        async with self._opening:
            if self._closed:
                raise SandboxUnavailable("the sandbox was closed")
            if self._opened is None:
                self._opened = await self._opener()
            return self._opened
