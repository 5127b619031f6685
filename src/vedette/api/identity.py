"""Who asks: the signature of a request and the access key it was made with, or a console session."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import msgspec

from vedette.api.errors import BadRequest
from vedette.api.keys import KeyRing, StaleKeysError
from vedette.api.operation import Role
from vedette.api.sessions import Sessions, claims_session, region_of
from vedette.api.sigv4 import (
    IncompleteSignatureError,
    InvalidSignatureError,
    Request,
    UnrecognizedClientError,
    check_claim,
    verify,
)
from vedette.findings.configuration import ApiKey

SERVICE = "guardduty"

_REGION = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,12}){1,4}", re.ASCII)


class Identity(msgspec.Struct, frozen=True):
    """A caller who is known."""

    account: str
    region: str
    role: Role
    name: str
    """For people."""
    access_key_id: str = ""
    """Of who signed; empty of a console user."""
    console_user: str = ""
    """The name of who has signed in; empty of who signs."""

    @property
    def counted(self) -> str:
        """What the caller's requests are counted by."""
        return self.access_key_id or f"user {self.console_user}"


class Gate:
    """Lets in whose signature is good; with sessions, also who has signed in to the console."""

    def __init__(self, keys: KeyRing, clock: Callable[[], int], sessions: Sessions | None = None) -> None:
        """``clock`` tells milliseconds since the epoch."""
        self._keys = keys
        self._clock = clock
        self._sessions = sessions

    async def identify(self, request: Request) -> Identity:
        """Who signed the request, or has signed in.

        Raises:
            ApiError: nobody, or not well; 403, as AWS says it, or 401 when the console must have somebody sign in.
            sqlalchemy.exc.SQLAlchemyError: the keys or the sessions cannot be read.
        """
        if self._sessions is not None and claims_session(request):
            user = await self._sessions.checked(request)
            region = region_of(request)
            if not _REGION.fullmatch(region):
                raise BadRequest(f"The request is rejected because {region[:40]!r} is no Region.")
            return Identity(user.account, region, user.role, user.name, console_user=user.name)
        try:
            return self._identity(request, self._keys.secret_of)
        except StaleKeysError:
            await asyncio.to_thread(self._keys.refresh)
            return self._identity(request, self._keys.last_secret_of)

    def identified(self, request: Request) -> Identity:
        """Who signed the request, as `identify`, for a thread that may wait for the database."""
        try:
            return self._identity(request, self._keys.secret_of)
        except StaleKeysError:
            self._keys.refresh()
            return self._identity(request, self._keys.last_secret_of)

    async def expected(self, request: Request) -> None:
        """Refuse who has no access key and no session, before the body is there.

        Raises:
            ApiError: no body makes the request's signature good.
            sqlalchemy.exc.SQLAlchemyError: the keys or the sessions cannot be read.
        """
        if self._sessions is not None and claims_session(request):
            await self._sessions.checked(request)
            return
        try:
            check_claim(request, self._clock(), self._keys.secret_of)
        except StaleKeysError:
            await asyncio.to_thread(self._keys.refresh)
            check_claim(request, self._clock(), self._keys.last_secret_of)

    def expect(self, request: Request) -> ApiKey | None:
        """As `expected`, for a thread that may wait for the database; the key that the request names."""
        try:
            signed, _ = check_claim(request, self._clock(), self._keys.secret_of)
        except StaleKeysError:
            self._keys.refresh()
            signed, _ = check_claim(request, self._clock(), self._keys.last_secret_of)
        return self._keys.key(signed.key)

    def _identity(self, request: Request, secret_of: Callable[[str], str | None]) -> Identity:
        caller = verify(request, self._clock(), secret_of)
        if caller.service != SERVICE:
            raise InvalidSignatureError(
                f"Credential should be scoped to correct service: '{SERVICE}', not {caller.service[:40]!r}.")
        if not _REGION.fullmatch(caller.region):
            raise IncompleteSignatureError(
                f"Credential should be scoped to a valid region, not {caller.region[:40]!r}.")
        if request.header(b"x-amz-security-token") or b"X-Amz-Security-Token=" in request.query:
            raise UnrecognizedClientError(
                "The security token included in the request is invalid: Vedette's access keys have none (is "
                "AWS_SESSION_TOKEN set?).")
        key = self._keys.key(caller.access_key_id)
        if key is None:
            raise UnrecognizedClientError("The security token included in the request is invalid.")
        self._keys.uses.note(key.id, self._clock())
        return Identity(key.account, caller.region, key.role, key.name or key.id, access_key_id=key.id)
