"""``/vedette/v1/session``: signing in, by password or by a login link, who has signed in, signing out; and below it
the change of one's own password.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec

from vedette import __version__
from vedette.api.audit import Audit, Entry
from vedette.api.console.attempts import Attempts, Counted, of_address, of_user
from vedette.api.errors import BadRequest, BusyError
from vedette.api.protocol import json_object
from vedette.api.sessions import (
    Sessions,
    UnauthorizedError,
    cookie,
    csrf_of,
    refuse_other_sites,
    token_of,
)
from vedette.api.sigv4 import Request, normal_path
from vedette.api.users import Passwords, digest_of, is_name, refuse_length
from vedette.findings.configuration import DetectorSettings
from vedette.findings.console_users import ConsoleUser, SignedIn
from vedette.findings.store import Store

T = TypeVar("T")

PATH = b"/vedette/v1/session"
PASSWORD_PATH = b"/vedette/v1/session/password"

NAMES: Mapping[tuple[str, bytes], str] = {
    ("POST", PATH): "CreateSession", ("GET", PATH): "GetSession", ("DELETE", PATH): "DeleteSession",
    ("POST", PASSWORD_PATH): "ChangePassword"}
"""What requests are called in figures and in the audit log, by method and path."""

LARGEST = 8_192
"""Bytes of a body."""

WAITING = 16
"""Tries whose password is being compared, or waits for that."""

Answer = tuple[int, bytes, list[tuple[bytes, bytes]]]
"""Status, body, headers."""


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody signs in with: name and password, or a login link's token."""

    user: str = ""
    password: str = ""
    token: str = ""


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a user changes the password with."""

    password: str
    new_password: str


class SessionInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Who has signed in."""

    user: str
    role: str
    account: str
    regions: list[str]
    """With a detector or findings of the account."""
    detectors: dict[str, str]
    """By Region, where there is one."""
    csrf: str
    """What the header X-Vedette-CSRF must be."""
    expires_at: int
    last_visit: int | None
    version: str


class Login:
    """Answers these paths. Of the thread of the event loop."""

    def __init__(self, store: Store, sessions: Sessions, audit: Audit, clock: Callable[[], int]) -> None:
        """``clock`` tells milliseconds since the epoch."""
        self._store = store
        self._sessions = sessions
        self._audit = audit
        self._clock = clock
        self._passwords: Passwords | None = None
        self._attempts = Attempts()
        self._waiting = 0

    async def answer(self, request: Request, address: str, request_id: str) -> Answer:
        """Answer a request from an address.

        Raises:
            ApiError: it is refused.
            sqlalchemy.exc.SQLAlchemyError: the database does not answer.
            StoreError: it cannot be written.
        """
        if request.method == "GET":
            found = await self._sessions.of(request)
            return 200, await self._told(token_of(request) or "", found), []
        if request.method == "DELETE":
            user = await self._sessions.checked(request)
            await self._changed(self._sessions.end, token_of(request) or "")
            self._tell("DeleteSession", user, user.name, address, request_id)
            return 204, b"", [(b"set-cookie", cookie("", tls=request.tls))]
        if normal_path(request.raw_path) == PASSWORD_PATH:
            token = await self._with_new_password(request, address, request_id)
        else:
            refuse_other_sites(request)
            token = await self._signed_in(request, _credentials(request), address, request_id)
        found = await self._sessions.of(_with_token(request, token))
        return 200, await self._told(token, found), [(b"set-cookie", cookie(token, tls=request.tls))]

    async def _signed_in(self, request: Request, given: Credentials, address: str, request_id: str) -> str:
        """The token of a new session."""
        # What is no name is nobody's, and they are counted together.
        name = given.user if is_name(given.user) else ""
        counted = [of_address(address)] if given.token else [of_user(name), of_address(address)]
        async with self._turn(counted):
            user = await self._changed(self._user, given, name)
            token = None if user is None else await self._changed(
                self._sessions.begin, user.name, token_of(request), self._clock())
        if user is None or token is None:
            self._tell("CreateSession", None, name, address, request_id, UnauthorizedError.CODE)
            raise UnauthorizedError(
                "The login link is not good any more, or never was." if given.token else
                "There is no such user, or the password is wrong.")
        self._attempts.succeeded(counted)
        self._tell("CreateSession", user, user.name, address, request_id)
        return token

    async def _with_new_password(self, request: Request, address: str, request_id: str) -> str:
        """The token of the session that is begun with it; all others of the user have ended.

        A wrong old password counts as one that somebody tries to sign in with: who has the browser guesses no faster.
        """
        user = await self._sessions.checked(request)
        given = _told_by(request, PasswordChange)
        refuse_length(given.new_password)
        if given.new_password == given.password:
            raise BadRequest("The request is rejected because the new password is the old one.")
        counted = [of_user(user.name), of_address(address)]
        async with self._turn(counted):
            right = await self._changed(self._user, Credentials(user.name, given.password), user.name)
            token = None if right is None else await self._changed(self._replace, request, given.new_password)
        if token is None:
            self._tell("ChangePassword", user, user.name, address, request_id, BadRequest.CODE)
            raise BadRequest("The request is rejected because the old password is wrong.")
        self._attempts.succeeded(counted)
        self._tell("ChangePassword", user, user.name, address, request_id)
        return token

    def _replace(self, request: Request, password: str) -> str | None:
        """As `Sessions.renew`, of the request's session."""
        before = self._store.console_session(digest_of(token_of(request) or ""))
        if before is None or self._passwords is None:
            return None
        return self._sessions.renew(before, self._passwords.hashed(password), self._clock())

    @asynccontextmanager
    async def _turn(self, counted: Sequence[Counted]) -> AsyncIterator[None]:
        """Wait for a turn to have a password compared."""
        await asyncio.sleep(self._attempts.wait(counted))
        if self._waiting >= WAITING:
            raise BusyError("Too many are signing in at this moment: try again.")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _user(self, given: Credentials, name: str) -> ConsoleUser | None:
        """Whose credentials these are."""
        if given.token:
            with self._store.transaction() as batch:
                found = batch.take_console_link(digest_of(given.token), self._clock())
                return None if found is None else batch.console_user(found)
        if self._passwords is None:
            self._passwords = Passwords()
        user = self._store.console_user(name)
        return user if self._passwords.is_right(given.password, user) else None

    async def _told(self, token: str, found: SignedIn) -> bytes:
        regions, detectors = await asyncio.to_thread(_places, self._store, found.user.account)
        return msgspec.json.encode(SessionInfo(
            user=found.user.name, role=found.user.role, account=found.user.account, regions=regions,
            detectors=detectors, csrf=csrf_of(token), expires_at=self._sessions.end_of(found.session),
            last_visit=found.session.last_visit, version=__version__))

    async def _changed(self, change: Callable[..., T], *given: Any) -> T:
        """Do it where sessions are changed, one after another: also comparing passwords takes memory."""
        return await asyncio.get_running_loop().run_in_executor(self._sessions.writer, change, *given)

    def _tell(
        self, operation: str, user: ConsoleUser | None, name: str, address: str, request_id: str,
        outcome: str = "Success",
    ) -> None:
        """Tell the audit log."""
        self._audit.tell(Entry(
            time=self._clock(), request_id=request_id, console_user=name, account=user.account if user else "",
            region="", role=user.role if user else "", operation=operation, source_address=address, parameters={},
            outcome=outcome))


def _credentials(request: Request) -> Credentials:
    given = _told_by(request, Credentials)
    if bool(given.token) == bool(given.user or given.password):
        raise BadRequest("The request is rejected because it needs user and password, or the token of a login link.")
    return given


def _told_by(request: Request, what: type[T]) -> T:
    content_type = next(iter(request.header(b"content-type")), b"none")
    try:
        return msgspec.convert(json_object(content_type, request.body), what)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The request is rejected because of its body: {str(error)[:200]}.") from None


def _with_token(request: Request, token: str) -> Request:
    """A request that the browser would send next."""
    pair = cookie(token, tls=request.tls).partition(b";")[0]
    return Request("GET", request.raw_path, b"", {b"cookie": [pair]}, tls=request.tls)


def _places(store: Store, account: str) -> tuple[list[str], dict[str, str]]:
    detectors = {one.region: one.id for one in store.configured(DetectorSettings, account)}
    return sorted(detectors.keys() | set(store.regions(account))), detectors
