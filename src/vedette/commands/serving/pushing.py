"""The paths under ``/ingest``: who may push, and the way to the sources that are pushed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from vedette.api.asgi import ASGIApp
from vedette.api.errors import AccessDenied, ApiError
from vedette.api.identity import Gate
from vedette.api.operation import Role
from vedette.api.sigv4 import Request, headers_of
from vedette.sources.push import Ingest, PushFeed

ROLES = ("ingest", "admin")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes."""

    account: str
    region: str


def with_pushes(feeds: Sequence[PushFeed], gate: Gate, others: ASGIApp) -> ASGIApp:
    """``others``, and the sources that are pushed to under ``/ingest``."""

    def may(account: str, name: str, role: Role) -> None:
        if role not in ROLES:
            raise AccessDenied(
                f"User: arn:aws:iam::{account}:user/{name} is not authorized to deliver logs because "
                f"the access key's role is {role}: use one of the role ingest")

    def authenticated(scope: Any, body: bytes) -> Sender:
        """Who signed it: as requests to the API are signed, by a key that may deliver logs."""
        with _there():
            identity = gate.identified(_request(scope, body))
        may(identity.account, identity.name, identity.role)
        return Sender(identity.account, identity.region)

    def expected(scope: Any) -> None:
        with _there():
            if key := gate.expect(_request(scope)):
                may(key.account, key.name or key.id, key.role)

    ingest = Ingest(feeds, authenticated, expect=expected)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        pushed = scope["type"] == "http" and scope["path"].startswith("/ingest/")
        await (ingest if pushed else others)(scope, receive, send)

    return app


def _request(scope: Any, body: bytes = b"") -> Request:
    return Request(scope["method"], scope["raw_path"], scope["query_string"], headers_of(scope["headers"]), body)


@contextmanager
def _there() -> Iterator[None]:
    """Say so when the database is away."""
    try:
        yield
    except SQLAlchemyError as error:
        raise AwayError("The access keys cannot be read now: try again later.") from error


class AwayError(ApiError):
    """The database does not answer."""

    CODE = "ServiceUnavailableException"
    STATUS = 503
