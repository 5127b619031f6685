"""Console sessions: begun by signing in, looked up for every request of a browser, ended.

The browser keeps a token in a cookie that no script can read, and sends with each request a header that is made from
it: another site can send the cookie at most (it is SameSite=Strict), not the header. The database keeps the token's
hash.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.api.errors import AccessDenied, ApiError, BadRequest
from vedette.api.sigv4 import Request
from vedette.api.users import digest_of
from vedette.errors import StoreError
from vedette.findings.console_users import ConsoleSession, ConsoleUser, SignedIn
from vedette.findings.database import sentence
from vedette.findings.store import Store

IDLE = 43_200_000
"""A session ends (ms) when it was not used for so long: twelve hours."""

LONGEST = 604_800_000
"""A session ends (ms) so long after it was begun: a week."""

NOTED = 300_000
"""The use of a session is noted (ms) so often."""

FRESH = 1.0
"""Seconds after which a session that was ended is not good any more."""

CSRF = b"x-vedette-csrf"
"""The header that is made from the token."""

COOKIE, TLS_COOKIE = b"vedette-session", b"__Host-vedette-session"
"""The cookie's names: a browser takes the second from this very host over TLS only."""

_AT_HAND = 10_000
"""Sessions, those that there are not among them."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_READING = ("GET", "HEAD")

_log = structlog.get_logger(__name__)


class UnauthorizedError(ApiError):
    """Nobody has signed in, or the session has ended."""

    CODE = "UnauthorizedException"
    STATUS = 401


class Sessions:
    """The sessions of a store. Of the thread of the event loop, but for `begin`, `renew` and `end`."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """``clock`` tells milliseconds since the epoch."""
        self._store = store
        self._clock = clock
        self._at_hand: dict[bytes, tuple[float, SignedIn | None]] = {}
        self._noted: dict[bytes, int] = {}
        self.writer = ThreadPoolExecutor(1, "vedette-sessions")
        """Does what changes sessions, which may wait for the engine's batch."""

    async def of(self, request: Request) -> SignedIn:
        """The session that the request's cookie names.

        Raises:
            UnauthorizedError: none that is good.
            sqlalchemy.exc.SQLAlchemyError: the database does not answer.
        """
        token = token_of(request)
        if token is None:
            raise UnauthorizedError("Nobody has signed in.")
        digest = digest_of(token)
        loaded, found = self._at_hand.get(digest, (0.0, None))
        if time.monotonic() - loaded >= FRESH or not loaded:
            asked = time.monotonic()
            found = await asyncio.to_thread(self._store.console_session, digest)
            if len(self._at_hand) >= _AT_HAND:
                self._at_hand.clear()
            self._at_hand[digest] = asked, found
        now = self._clock()
        if found is None or now >= self.end_of(found.session):
            raise UnauthorizedError("The session has ended: sign in again.")
        self._note(found.session, now)
        return found

    async def checked(self, request: Request) -> ConsoleUser:
        """Who has signed in, if it is the console itself that asks.

        Raises:
            UnauthorizedError: as `of`.
            AccessDenied: another site may have sent the request.
        """
        refuse_other_sites(request)
        found = await self.of(request)
        given, right = request.header(CSRF), csrf_of(token_of(request) or "").encode()
        if len(given) != 1 or not hmac.compare_digest(given[0], right):
            raise AccessDenied("The header X-Vedette-CSRF is not the session's: GET /vedette/v1/session tells it.")
        return found.user

    def end_of(self, session: ConsoleSession) -> int:
        """When it ends (ms) if it is not used any more."""
        used = max(session.used, self._noted.get(session.digest, 0))
        return min(session.created + LONGEST, used + IDLE)

    def begin(self, name: str, replaced: str | None, now: int) -> str | None:
        """Begin a session of a user, in place of the one with the token ``replaced``. Any thread may call it.

        Returns its token, which is kept nowhere; None: there is no such user any more.

        Raises:
            StoreError: the database cannot be written.
        """
        token = secrets.token_urlsafe(32)
        with self._store.transaction() as batch:
            user = batch.console_user(name)
            if user is None:
                return None
            batch.end_console_sessions(now - LONGEST, now - IDLE)
            if replaced is not None:
                batch.end_console_session(digest_of(replaced))
            batch.start_console_session(ConsoleSession(
                digest=digest_of(token), name=name, created=now, used=now, last_visit=user.visited))
        return token

    def renew(self, before: SignedIn, password: str, now: int) -> str | None:
        """Begin a session of the user in place of all that the user has, with another hash of a password.

        Any thread may call it. Returns its token; None: the user, or the password, is another one by now.

        Raises:
            StoreError: the database cannot be written.
        """
        token = secrets.token_urlsafe(32)
        with self._store.transaction() as batch:
            user = batch.console_user(before.user.name)
            if user is None or user.password != before.user.password:
                return None
            batch.change_console_password(user.name, password)
            batch.start_console_session(ConsoleSession(
                digest=digest_of(token), name=user.name, created=now, used=now, last_visit=before.session.last_visit))
        for digest, (_, held) in list(self._at_hand.items()):
            if held is not None and held.user.name == user.name:
                self._at_hand.pop(digest, None)
        return token

    def end(self, token: str) -> None:
        """End the session with the token. Any thread may call it.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._store.transaction() as batch:
            batch.end_console_session(digest_of(token))
        self._at_hand.pop(digest_of(token), None)

    def close(self) -> None:
        """Wait for what is being written."""
        self.writer.shutdown()

    def _note(self, session: ConsoleSession, now: int) -> None:
        if now - max(session.used, self._noted.get(session.digest, 0)) < NOTED:
            return
        if len(self._noted) >= _AT_HAND:
            self._noted.clear()
        self._noted[session.digest] = now
        self.writer.submit(self._use, session, now)

    def _use(self, session: ConsoleSession, now: int) -> None:
        try:
            with self._store.transaction() as batch:
                batch.use_console_session(session.digest, session.name, now)
        except (StoreError, SQLAlchemyError) as error:
            _log.warning("the use of a console session could not be noted", user=session.name, reason=sentence(error))


def token_of(request: Request) -> str | None:
    """The token in the request's cookie. None: there is none, or there are several, of which one is not ours."""
    wanted = TLS_COOKIE if request.tls else COOKIE
    found = [value.strip() for header in request.header(b"cookie") for part in header.split(b";")
             for name, equals, value in (part.partition(b"="),) if equals and name.strip() == wanted]
    token = found[0].decode("latin-1") if len(found) == 1 else ""
    return token if _TOKEN.fullmatch(token) else None


def claims_session(request: Request) -> bool:
    """The request comes from the console, not from who signs: it is told so when nobody has signed in."""
    if request.header(b"authorization") or b"X-Amz-Signature=" in request.query:
        return False
    return bool(request.header(CSRF)) or token_of(request) is not None


def csrf_of(token: str) -> str:
    """What the header must be that goes with the cookie."""
    return urlsafe_b64encode(hmac.digest(token.encode(), b"vedette csrf", "sha256")).decode().rstrip("=")


def cookie(token: str, *, tls: bool) -> bytes:
    """The header that has the browser keep the token; drop it, when it is empty."""
    name, secure = (TLS_COOKIE.decode(), "; Secure") if tls else (COOKIE.decode(), "")
    age = LONGEST // 1000 if token else 0
    return f"{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}".encode()


def refuse_other_sites(request: Request) -> None:
    """Refuse a change that a browser sends for another site.

    Raises:
        AccessDenied: so it is, by Sec-Fetch-Site, or by Origin where a browser does not send that.
    """
    if request.method in _READING:
        return
    sites = request.header(b"sec-fetch-site")
    if sites:
        own = sites == [b"same-origin"]
    else:
        hosts = request.header(b"host")
        own = all(len(hosts) == 1 and origin.partition(b"://")[2].lower() == hosts[0].lower()
                  for origin in request.header(b"origin"))
    if not own:
        raise AccessDenied("The request comes from another site.")


def region_of(request: Request) -> str:
    """The Region that the console asks about.

    Raises:
        BadRequest: it does not say.
    """
    found = request.header(b"x-vedette-region")
    if len(found) != 1:
        raise BadRequest("The request is rejected because it names no Region: send the header X-Vedette-Region.")
    return found[0].decode("latin-1")
