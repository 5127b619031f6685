"""Who asks: the signature of a request and the access key it was made with."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from vedette.api.keys import KeyRing, StaleKeysError
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


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller whose signature is good."""

    key: ApiKey
    region: str


class Gate:
    """Lets in whose signature is good."""

    def __init__(self, keys: KeyRing, clock: Callable[[], int]) -> None:
        """``clock`` tells milliseconds since the epoch."""
        self._keys = keys
        self._clock = clock

    async def identify(self, request: Request) -> Identity:
        """Who signed the request.

        Raises:
            ApiError: nobody, or not well; 403, as AWS says it.
            sqlalchemy.exc.SQLAlchemyError: the keys cannot be read.
        """
        try:
            return self._identity(request, self._keys.secret_of)
        except StaleKeysError:
            await asyncio.to_thread(self._keys.refresh)
            return self._identity(request, self._keys.last_secret_of)

    def identified(self, request: Request) -> Identity:
        """As `identify`, for a thread that may wait for the database."""
        try:
            return self._identity(request, self._keys.secret_of)
        except StaleKeysError:
            self._keys.refresh()
            return self._identity(request, self._keys.last_secret_of)

    async def expected(self, request: Request) -> None:
        """Refuse who has no access key, before the body is there.

        Raises:
            ApiError: no body makes the request's signature good.
            sqlalchemy.exc.SQLAlchemyError: the keys cannot be read.
        """
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
        return Identity(key, caller.region)
