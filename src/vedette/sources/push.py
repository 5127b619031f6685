"""Log records that agents and shippers send: ``POST /ingest/<source>`` with lines of JSON, or of any log, gzip or not.

A body becomes a file on disk, is read as any log object is, and is answered with 200 when all it says is committed. A
sender that hears nothing sends again, with the same ``Idempotency-Key`` (or the same body, when it gives none): what
is there already is not taken twice. When detection falls behind, senders are told to wait (503 with Retry-After).

The files are what the evidence of findings refers to. They are kept for a while, and then deleted.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

import structlog

from vedette.errors import SourceError, VedetteError
from vedette.sources.feed import Delivery, Outcome
from vedette.sources.folder import FolderSource
from vedette.sources.log_object import LogObject, NothingToRead

LARGEST = 8 << 20
"""Bytes of a body, as sent."""

LARGEST_BACKLOG = 64 << 20
"""Bytes taken and not committed, of one source, beyond which senders are told to wait."""

BODIES = 16
"""Requests of one source that are received at once: no more bodies than that are in memory."""

PATIENCE = 60.0
"""Seconds that a sender is kept waiting for its records to be committed."""

IDLE = 10.0
SLOWEST = 65_536
"""Seconds that a body may be late, and bytes a second that it comes at, at least: a key's id alone, which is no secret,
lets a stranger send one, and nobody else gets its place meanwhile."""

RETRY = 10
"""Seconds after which a sender is told to try again."""

KEPT = 7 * 86_400.0
"""Seconds for which what was committed is kept for whoever looks at the records behind a finding."""

_SWEEP = 600.0
_WAIT = 1.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PLACE = re.compile(r"[a-z0-9-]{1,32}")
_KEY_LENGTH = 200

P = ParamSpec("P")
T = TypeVar("T")

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_log = structlog.get_logger(__name__)


class Caller(Protocol):
    """Who sends: the account and Region of records that do not say their own."""

    @property
    def account(self) -> str:
        """Twelve digits."""
        ...

    @property
    def region(self) -> str:
        """As ``eu-west-1``."""
        ...


class PushFeed:
    """One source that is pushed to. What is accepted lies in ``folder``, and waits there when the server is down."""

    def __init__(
        self, name: str, folder: Path, *, kept: float = KEPT, largest_backlog: int = LARGEST_BACKLOG,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``kept`` is in seconds; ``clock`` gives seconds since the epoch.

        Raises:
            SourceError: the name cannot stand in a URL, or the folder cannot be made.
        """
        if not _NAME.fullmatch(name):
            raise SourceError("is no name of a source: use letters, digits, '.', '_' and '-', at most 64", where=name)
        self.name = f"push/{name}"
        self.path = name
        # As the files in it are named in the ledger, wherever the server is started next.
        self._folder = (folder / name).absolute()
        self._kept = kept
        self._largest_backlog = largest_backlog
        self._clock = clock
        self._swept = 0.0
        self._lock = threading.Condition()
        self._waiting: dict[str, LogObject] = {}
        """Accepted and not yet handed out, by locator."""
        self._out: dict[str, LogObject] = {}
        """Handed out and not yet acknowledged."""
        self._askers: dict[str, list[Callable[[Outcome], None]]] = {}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"cannot be made: {error.strerror}", where=str(self._folder)) from error
        self._source = FolderSource(str(self._folder))
        with contextlib.suppress(NothingToRead):
            self._waiting.update((obj.locator, obj) for obj in self._source.objects())

    def next(self, stop: threading.Event) -> Delivery | None:
        """As `Feed.next`: what has been accepted."""
        with self._lock:
            self._lock.wait_for(lambda: self._waiting or stop.is_set(), _WAIT)
            if not self._waiting or stop.is_set():
                return None
            objects = list(self._waiting.values())
            self._out.update(self._waiting)
            self._waiting.clear()
        return Delivery(self._source, objects, acknowledge=self._acknowledge, release=self._release)

    def close(self) -> None:
        """Nothing is held open: what is not committed is handed out after the next start."""

    def backlog(self) -> int:
        """Bytes accepted and not committed."""
        # Without the lock: the server's event loop asks, and must not wait for a disk.
        return sum(obj.size for held in (self._waiting, self._out) for obj in list(held.values()))

    def overloaded(self) -> bool:
        """Detection is behind: nothing more is accepted for now."""
        return self.backlog() > self._largest_backlog

    def accept(self, body: bytes, key: str, caller: Caller, answer: Callable[[Outcome], None]) -> Callable[[], None]:
        """Keep a body for good, and have ``answer`` called (in another thread) when its records are committed.

        Returns what withdraws ``answer``.

        Raises:
            PushError: the key came before, with another body.
            SourceError: it cannot be kept.
        """
        account, region = caller.account, caller.region
        if not re.fullmatch(r"\d{12}", account, re.ASCII) or not _PLACE.fullmatch(region):
            raise SourceError("a caller's account or Region cannot be in a path", where=f"{account}/{region}")
        name = hashlib.sha256(f"{account}\0{region}\0".encode() + (key.encode() if key else body)).hexdigest()[:40]
        path = self._folder / "AWSLogs" / account / "push" / region / f"{name}.log"
        self._sweep()
        with self._lock:
            try:
                if not _same(path, body):
                    _write(path, body)
                obj = self._source.at(str(path))
            except OSError as error:
                raise SourceError(f"cannot be written: {error.strerror}", where=str(path)) from error
            if obj is None:
                raise SourceError("cannot be kept: its folder is a link, or hidden", where=str(path))
            self._askers.setdefault(obj.locator, []).append(answer)
            if obj.locator not in self._out:
                # What was committed before is looked up in the ledger, and acknowledged at once.
                self._waiting[obj.locator] = obj
            self._lock.notify_all()
        return lambda: self._withdraw(obj.locator, answer)

    def _withdraw(self, locator: str, answer: Callable[[Outcome], None]) -> None:
        with self._lock:
            answers = self._askers.get(locator, [])
            if answer in answers:
                answers.remove(answer)
            if not answers:
                self._askers.pop(locator, None)

    def _acknowledge(self, outcomes: Sequence[Outcome]) -> None:
        told: list[tuple[Callable[[Outcome], None], Outcome]] = []
        with self._lock:
            for one in outcomes:
                self._out.pop(one.object.locator, None)
                told += [(answer, one) for answer in self._askers.pop(one.object.locator, ())]
        for answer, one in told:
            answer(one)

    def _release(self) -> None:
        """What was not acknowledged is handed out again."""
        with self._lock:
            for locator, obj in self._out.items():
                self._waiting.setdefault(locator, obj)
            self._out.clear()

    def _sweep(self) -> None:
        """Delete what was committed long ago."""
        now = self._clock()
        with self._lock:
            if 0 <= now - self._swept < _SWEEP:
                return
            self._swept = now
        # A week's files take minutes to list: without the lock.
        with contextlib.suppress(NothingToRead):
            for obj in self._source.objects():
                if obj.modified >= (now - self._kept) * 1000:
                    continue
                with self._lock:
                    if not (obj.locator in self._waiting or obj.locator in self._out):
                        Path(obj.locator).unlink(missing_ok=True)


class PushError(SourceError):
    """An idempotency key came with another body before."""


class Ingest:
    """The ASGI application of ``POST /ingest/<source>``, for all sources that are pushed to."""

    def __init__(
        self, feeds: Sequence[PushFeed], authenticate: Callable[[Scope, bytes], Caller], *,
        expect: Callable[[Scope], None] = lambda _: None, largest: int = LARGEST, patience: float = PATIENCE,
        idle: float = IDLE,
    ) -> None:
        """``authenticate`` says who sent the body, or raises a `VedetteError`, with ``CODE`` and ``STATUS`` as the
        API's have them; ``expect`` raises the same for whom no body will help, so that strangers do not take the places
        of senders. Both run in a thread. ``patience`` and ``idle`` are in seconds.
        """
        self._feeds = {feed.path: feed for feed in feeds}
        self._authenticate = authenticate
        self._expect = expect
        self._largest = largest
        self._patience = patience
        self._idle = idle
        self._bodies = dict.fromkeys(self._feeds, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        try:
            status, answer = await self._answered(scope, receive)
        except _Refusal as refusal:
            status, answer = refusal.status, {"__type": refusal.code, "message": refusal.message}
        body = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if status in (429, 503):
            headers.append((b"retry-after", b"%d" % RETRY))
        if status == 405:
            headers.append((b"allow", b"POST"))
        if status == 413:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        parts = str(scope["path"]).split("/")
        feed = self._feeds.get(parts[2]) if len(parts) == 3 and parts[1] == "ingest" else None
        if feed is None:
            raise _Refusal(404, "ResourceNotFoundException", "There is no source of this name to push to.")
        if scope["method"] != "POST":
            raise _Refusal(405, "MethodNotAllowedException", "Send log records with POST.")
        await _let_in(self._expect, scope)
        if feed.overloaded() or self._bodies[feed.path] >= BODIES:
            raise _Refusal(503, "ServiceUnavailableException",
                           f"More has been sent than is analysed yet: try again in {RETRY} s.")
        self._bodies[feed.path] += 1
        try:
            return await self._taken(feed, scope, receive)
        finally:
            self._bodies[feed.path] -= 1

    async def _taken(self, feed: PushFeed, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        key = headers.get(b"idempotency-key", b"").decode("latin-1")
        if len(key) > _KEY_LENGTH:
            raise _Refusal(400, "BadRequestException", f"Idempotency-Key is longer than {_KEY_LENGTH} characters.")
        if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b"gzip"):
            raise _Refusal(415, "UnsupportedMediaTypeException", "Content-Encoding must be gzip, or left out.")
        try:
            body = await asyncio.wait_for(self._body(headers, receive), self._patience)
        except TimeoutError:
            raise _Refusal(408, "RequestTimeoutException", "The body did not come in time.") from None
        caller = await _let_in(self._authenticate, scope, body)
        if not body:
            raise _Refusal(400, "BadRequestException", "The body is empty: send one record a line.")
        loop = asyncio.get_running_loop()
        committed: asyncio.Future[Outcome] = loop.create_future()

        def settle(outcome: Outcome) -> None:
            if not committed.done():
                committed.set_result(outcome)

        def answer(outcome: Outcome) -> None:
            with contextlib.suppress(RuntimeError):  # the server has stopped meanwhile
                loop.call_soon_threadsafe(settle, outcome)

        try:
            withdraw = await asyncio.to_thread(feed.accept, body, key, caller, answer)
        except PushError as error:
            raise _Refusal(409, "ConflictException", error.message) from error
        except SourceError as error:
            _log.error("what was pushed cannot be kept", source=feed.name, reason=str(error))
            raise _Refusal(503, "ServiceUnavailableException", "It cannot be kept now: try again later.") from error
        del body
        try:
            outcome = await asyncio.wait_for(committed, self._patience)
        except TimeoutError:
            raise _Refusal(503, "ServiceUnavailableException",
                           "It is kept, but not analysed yet: send it again to hear when it is.") from None
        finally:
            withdraw()
        if outcome.failed:
            raise _Refusal(503, "ServiceUnavailableException", "It cannot be read back now: try again later.")
        return 200, {"records": outcome.records, "deadLetters": outcome.dead}

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        too_large = _Refusal(413, "RequestEntityTooLargeException",
                             f"The body is larger than {self._largest} bytes: send it in parts.")
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._largest:
            raise too_large
        parts: list[bytes] = []
        size = 0
        clock = asyncio.get_running_loop().time
        due = clock() + self._idle
        while True:
            message = await asyncio.wait_for(receive(), due + size / SLOWEST - clock())
            if message["type"] == "http.disconnect":
                raise _Refusal(400, "BadRequestException", "The body ended early.")
            part = message.get("body", b"")
            size += len(part)
            if size > self._largest:
                raise too_large
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)


class _Refusal(Exception):  # noqa: N818 - an answer more than an error
    """What is answered in place of an acknowledgement."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


async def _let_in(judge: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``judge`` says of a sender, in a thread."""
    try:
        return await asyncio.to_thread(judge, *args, **kwargs)
    except VedetteError as error:
        raise _Refusal(int(getattr(error, "STATUS", 403)), str(getattr(error, "CODE", "AccessDeniedException")),
                       error.message) from error


def _same(path: Path, body: bytes) -> bool:
    """The body lies there already.

    Raises:
        PushError: another one does.
    """
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return False
    if there != body:
        raise PushError("This Idempotency-Key came before, with another body: use a new key for new records.")
    return True


def _write(path: Path, body: bytes) -> None:
    """Keep a file so that neither a kill nor a power cut leaves half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}")
    with half.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    half.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
