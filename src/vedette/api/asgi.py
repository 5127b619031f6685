"""The API as an ASGI application: a request comes in, is who sent it allowed to, the operation runs, an answer goes.

Everything a client can do wrong is told with GuardDuty's or AWS's own code; what is Vedette's own fault is logged with
its traceback, and the client learns the request id.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
import structlog
from sqlalchemy.exc import OperationalError

from vedette.api import routes
from vedette.api.answers import Answer, Answers, Question
from vedette.api.audit import Audit, Entry
from vedette.api.console.attempts import TooManyAttemptsError
from vedette.api.console.endpoint import Endpoint
from vedette.api.console.files import over_tls
from vedette.api.console.login import LARGEST, Login
from vedette.api.console.login import Answer as LoginAnswer
from vedette.api.errors import AccessDenied, ApiError, BadRequest
from vedette.api.identity import Gate, Identity
from vedette.api.keys import KeyRing
from vedette.api.operation import Access, Context, Operation, Running, operations
from vedette.api.protocol import Route
from vedette.api.repeated import Repeated
from vedette.api.sessions import Sessions
from vedette.api.sigv4 import Request, headers_of
from vedette.api.throttling import Limits, Throttle, in_time
from vedette.errors import StoreError, VedetteError
from vedette.findings.activity import Person
from vedette.findings.database import sentence
from vedette.findings.store import Store

T = TypeVar("T")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1_048_576
"""Bytes."""

DISCARDED = 16_777_216
"""Bytes of a body that are awaited, and dropped: a client that is not heard to the end never reads the refusal."""

PATIENCE = 20.0
"""Seconds that a client may take to send its body."""

READERS, WRITERS = 6, 4
"""Threads for operations that change nothing, and for those that do: these may wait for the engine's batch, and nobody
else must wait behind them."""

_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
           (b"cross-origin-resource-policy", b"same-origin"))
"""Headers of every answer: no cache keeps it, and no page of another site has it."""

_log = structlog.get_logger(__name__)


class UnknownOperationError(ApiError):
    """There is no such operation."""

    CODE = "UnknownOperationException"
    STATUS = 404


class TooLargeError(ApiError):
    """The body is larger than any operation needs."""

    CODE = "RequestEntityTooLargeException"
    STATUS = 413


class TooSlowError(ApiError):
    """The body did not come."""

    CODE = "RequestTimeoutException"
    STATUS = 408


class InternalError(ApiError):
    """It is not the client's fault."""


class ClientGoneError(Exception):
    """The client did not wait for its own body to arrive."""


class _Call(msgspec.Struct, frozen=True):
    """The request of a known caller for an operation that there is."""

    identity: Identity
    route: Route | Endpoint
    labels: Sequence[bytes]
    request: Request
    request_id: str
    source_address: str
    asked: int


class _Clock:
    """The time, and whether it was asked for."""

    __slots__ = ("_clock", "asked")

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self.asked = False

    def __call__(self) -> int:
        self.asked = True
        return self._clock()


class Api:
    """GuardDuty's API over a store, and the console's endpoints."""

    def __init__(
        self, store: Store, keys: KeyRing, clock: Callable[[], int], audit: Audit, others: ASGIApp | None = None, *,
        destinations: tuple[str, ...] = (), management_account: str = "", limits: Limits = Limits(),  # noqa: B008
        running: Running = Running(),  # noqa: B008
    ) -> None:
        """What it needs.

        Args:
            store: what is asked and changed.
            keys: who may.
            clock: milliseconds since the epoch.
            audit: where calls that are to change something are told.
            others: serves the paths that are neither GuardDuty's nor the console's endpoints, to anybody.
            destinations: as `Context.destinations`.
            management_account: as `Context.management_account`.
            limits: how much a key may ask.
            running: as `Context.running`.
        """
        self._store = store
        self._clock = clock
        self._audit = audit
        self._others = others
        self._destinations = destinations
        self._management_account = management_account
        self._running = running
        self._access = Access(keys.uses.last, audit.file)
        self._sessions = Sessions(store, clock)
        self._login = Login(store, self._sessions, audit, clock)
        self._gate = Gate(keys, clock, self._sessions)
        self._limits = limits
        self._throttle = Throttle(limits)
        self._operations = operations()
        self._repeated = Repeated(store)
        self._changes = store.changes()
        self._answers = Answers(self._changes.version)
        self._readers = ThreadPoolExecutor(READERS, "vedette-api-read")
        self._writers = ThreadPoolExecutor(WRITERS, "vedette-api-write")

    def close(self) -> None:
        """Wait for what is under way, then end the threads."""
        self._readers.shutdown()
        self._writers.shutdown()
        self._sessions.close()
        self._changes.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served")
        if self._others is not None and not routes.is_served(scope["raw_path"]):
            await self._others(scope, receive, send)
            return
        request_id = _request_id()
        headers: Sequence[tuple[bytes, bytes]] = ()
        try:
            if routes.signs_in(scope["method"], scope["raw_path"]):
                status, body, headers = await self._session(scope, receive, request_id)
            else:
                status, body, _ = await self._answer(scope, receive, request_id)
        except ClientGoneError:
            return
        except ApiError as error:
            status, body, headers = error.STATUS, _error_body(error), _error_headers(error)
        await _send(send, status, body, request_id, headers)

    async def _session(self, scope: Scope, receive: Receive, request_id: str) -> LoginAnswer:
        request = _request(scope)
        if _has_body(request):
            request = msgspec.structs.replace(request, body=await _body(receive, _anybody, LARGEST))
        return await self._asked(self._login.answer(request, _address(scope), request_id), request_id)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                await asyncio.to_thread(self.close)
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> Answer:
        request = head = _request(scope)
        if _has_body(head):
            request = msgspec.structs.replace(head, body=await _body(
                receive, lambda: self._asked(self._gate.expected(head), request_id), LARGEST_BODY))
        identity = await self._asked(self._gate.identify(request), request_id)
        self._throttle.spend(identity.counted)
        found = routes.find(request.method, request.raw_path)
        if found is None:
            raise UnknownOperationError(
                f"GuardDuty has no operation {request.method[:10]} {request.raw_path[:100].decode('latin-1')}")
        call = _Call(identity, *found, request, request_id, _address(scope), self._clock())
        route = call.route
        operation = route.operation if isinstance(route, Endpoint) else self._operations.get(route.name)
        if operation is not None and operation.changes:
            return await _working(self._writers, self._audited, call, operation)
        question = Question(
            identity.account, identity.region, identity.role, request.method, request.raw_path, request.query,
            _content_type(request), request.body)
        version = self._answers.version()
        answer = self._answers.find(question)
        if answer is None:
            answer = await _working(self._readers, self._run, call, operation)
            self._answers.keep(version, question, answer)
        return answer

    async def _asked(self, gate: Awaitable[T], request_id: str) -> T:
        """What the gate says."""
        try:
            return await gate
        except ApiError:
            raise
        except Exception as error:
            raise _not_the_clients(error, request_id, "") from error

    def _audited(self, call: _Call, operation: Operation | None, arguments: dict[str, Any]) -> Answer:
        """Run it, and tell the audit log how it went."""
        outcome, message = "Success", ""
        try:
            return self._run(call, operation, arguments)
        except ApiError as error:
            outcome, message = error.CODE, str(error)
            raise
        finally:
            caller = call.identity
            entry = Entry(
                time=call.asked, request_id=call.request_id, access_key_id=caller.access_key_id,
                console_user=caller.console_user, account=caller.account, region=caller.region, role=caller.role,
                operation=call.route.name, source_address=call.source_address, parameters=arguments, outcome=outcome,
                message=message)
            try:
                self._audit.tell(entry)
            except OSError as error:
                _log.critical("the audit log cannot be written", reason=str(error), **msgspec.structs.asdict(entry))
                raise InternalError(
                    f"The call ended with {outcome}, but the audit log could not be written.") from error

    def _run(self, call: _Call, operation: Operation | None, arguments: dict[str, Any]) -> Answer:
        """Run it; ``arguments`` is filled with what was asked for, when it can be read."""
        caller, route = call.identity, call.route
        clock = _Clock(self._clock)
        try:
            wanted = _read(call, operation, arguments)
            person = Person(account=caller.account, name=caller.name, access_key_id=caller.access_key_id)
            context = Context(caller.account, caller.region, caller.role, self._store, clock, self._destinations,
                              self._management_account, self._running, person, self._access)
            with in_time(0 if wanted.changes else self._limits.read_seconds):
                body = route.write(self._made(context, route, wanted, arguments))
            return Answer(route.status, body, lasting=not clock.asked and not wanted.from_outside)
        except ApiError:
            raise
        except Exception as error:
            raise _not_the_clients(error, call.request_id, route.name) from error

    def _made(
        self, context: Context, route: Route | Endpoint, operation: Operation, arguments: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        token = arguments.get(route.token) if route.token is not None else None
        if not token or not operation.changes:
            return operation.handler(context, **arguments)
        others = {name: value for name, value in arguments.items() if name != route.token}
        return self._repeated.once(
            context, route.name, token, others, lambda: operation.handler(context, **arguments))


def _working(
    threads: ThreadPoolExecutor, work: Callable[[_Call, Operation | None, dict[str, Any]], Answer], call: _Call,
    operation: Operation | None,
) -> Awaitable[Answer]:
    return asyncio.get_running_loop().run_in_executor(threads, work, call, operation, {})


def _request_id() -> str:
    """A random UUID (version 4), as `uuid.uuid4` makes them, in a third of the time."""
    drawn = os.urandom(16).hex()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{'89ab'[int(drawn[16], 16) & 3]}{drawn[17:20]}-{drawn[20:]}"


def _content_type(request: Request) -> bytes | None:
    return next(iter(request.header(b"content-type")), None)


def _read(call: _Call, operation: Operation | None, arguments: dict[str, Any]) -> Operation:
    """Read what was asked for into ``arguments``; the operation, which the caller may have.

    Raises:
        AccessDenied: the caller may not, and is not told what else is wrong with the request.
        BadRequest: it is not as the model says, or there is no such operation yet.
    """
    request, refused = call.request, _refusal(call, operation)
    try:
        arguments.update(call.route.read(call.labels, request.query, _content_type(request), request.body))
    except BadRequest:
        if refused is None:
            raise
    if refused is not None:
        raise refused
    if operation is None:
        raise BadRequest(f"The request is rejected because {call.route.name} is not enabled in this build.")
    return operation


def _refusal(call: _Call, operation: Operation | None) -> AccessDenied | None:
    """Why the caller's role may not; None: it may."""
    caller = call.identity
    if caller.role == "ingest":
        why = "for delivering logs only"
    elif caller.role == "analyst" and operation is not None and operation.changes and not operation.for_analysts:
        why = "an analyst's, which triages findings and changes nothing else"
    elif caller.role == "analyst" and operation is not None and operation.admins_only:
        why = "an analyst's, which sees what is the account's only"
    else:
        return None
    return AccessDenied(
        f"User: arn:aws:iam::{caller.account}:user/{caller.name} is not authorized to perform: "
        f"{'vedette' if isinstance(call.route, Endpoint) else 'guardduty'}:{call.route.name} because the "
        f"{'access key' if caller.access_key_id else 'role'} is {why}")


def _not_the_clients(error: Exception, request_id: str, operation: str) -> ApiError:
    """What the client is told of an exception that is no `ApiError`."""
    if isinstance(error, StoreError | OperationalError):
        _log.warning("the database does not serve", operation=operation, request_id=request_id,
                     reason=sentence(error))
        return InternalError("The database is busy or away for the moment: try again.")
    if isinstance(error, VedetteError):
        return BadRequest(f"The request is rejected because {error}")
    _log.error("a request failed", operation=operation, request_id=request_id, exc_info=error)
    return InternalError(f"An internal error has occurred; the server's log tells of the request {request_id}.")


def _has_body(head: Request) -> bool:
    """A body comes after the headers (RFC 9112, section 6.3)."""
    return b"transfer-encoding" in head.headers or any(value != b"0" for value in head.header(b"content-length"))


def _request(scope: Scope) -> Request:
    """Its head."""
    return Request(scope["method"], scope["raw_path"], scope["query_string"], headers_of(scope["headers"]),
                   tls=over_tls(scope))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


async def _anybody() -> None:
    """Who signs in is not known before."""


async def _body(receive: Receive, before_more: Callable[[], Awaitable[None]], largest: int) -> bytes:
    """The body, of ``largest`` bytes at most; ``before_more`` raises if it is not worth waiting for."""
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(PATIENCE):
            while more and size <= DISCARDED:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                part = message.get("body", b"")
                size += len(part)
                if size <= largest:
                    parts.append(part)
                more = message.get("more_body", False)
                if more and len(parts) == 1:
                    await before_more()
    except TimeoutError:
        raise TooSlowError(f"The request's body did not arrive within {PATIENCE:.0f} seconds.") from None
    if size > largest:
        raise TooLargeError(f"The request's body is larger than {largest} bytes.")
    return b"".join(parts)


def _error_body(error: ApiError) -> bytes:
    return msgspec.json.encode({"message": str(error), "__type": error.CODE})


def _error_headers(error: ApiError) -> list[tuple[bytes, bytes]]:
    headers = [(b"x-amzn-errortype", error.CODE.encode())]
    if error.STATUS in (TooLargeError.STATUS, TooSlowError.STATUS):
        # The rest of the body may still be on its way.
        headers.append((b"connection", b"close"))
    if isinstance(error, TooManyAttemptsError):
        headers.append((b"retry-after", str(error.seconds).encode()))
    return headers


async def _send(
    send: Send, status: int, body: bytes, request_id: str, more: Sequence[tuple[bytes, bytes]],
) -> None:
    headers = [(b"x-amzn-requestid", request_id.encode()), *_ALWAYS, *more]
    if status != 204:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
