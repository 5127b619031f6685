"""What those who run the server ask it: does it live, is it ready, what are its figures. None of it is signed.

``GET /healthz``: 200 while the process answers. ``GET /readyz``: 200, or 503 and why in a line each. ``GET /metrics``:
for Prometheus, with a bearer token where one is set.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from vedette.errors import StoreError
from vedette.findings.store import Store

PATIENCE = 5.0
"""Seconds that the database has to answer."""

_PATHS = ("/healthz", "/readyz", "/metrics")
_TEXT = "text/plain; charset=utf-8"

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


class Operating:
    """The ASGI app of these paths; the others are for another app, or 404."""

    def __init__(
        self, store: Store, registry: CollectorRegistry, *, stopping: Callable[[], bool],
        dead: Callable[[], Mapping[str, str]], token: str | None, exposed: bool, others: Any = None,
    ) -> None:
        """``dead`` names threads that have died and why; ``exposed``: other machines can ask."""
        self._store = store
        self._registry = registry
        self._stopping = stopping
        self._dead = dead
        self._token = token.encode() if token is not None else None
        self._exposed = exposed
        self._others = others
        self._question: asyncio.Task[str] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if self._others is not None and scope["path"] not in _PATHS:
            await self._others(scope, receive, send)
            return
        status, kind, body = await self._answer(scope)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()),
                   (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Any) -> Answer:
        path = scope["path"]
        if path not in _PATHS:
            return 404, _TEXT, b"there is nothing at this path\n"
        if scope["method"] not in ("GET", "HEAD"):
            return 405, _TEXT, b"only GET is served here\n"
        if path == "/healthz":
            return 200, _TEXT, b"alive\n"
        if path == "/readyz":
            reasons = await self._reasons()
            return 503 if reasons else 200, _TEXT, ("\n".join(reasons or ["ready"]) + "\n").encode()
        return await self._metrics(scope)

    async def _reasons(self) -> list[str]:
        """Why the server is not ready."""
        reasons = ["the server is stopping"] if self._stopping() else []
        reasons += [f"{name}: {reason}" for name, reason in sorted(self._dead().items())]
        if trouble := await self._trouble():
            reasons.append(trouble)
        return reasons

    async def _trouble(self) -> str:
        """What is wrong with the database; empty when it answers."""
        # One question at a time: a database that hangs must not collect a thread a request.
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(asyncio.to_thread(self._asked))
        done, _ = await asyncio.wait({self._question}, timeout=PATIENCE)
        return self._question.result() if done else f"the database has not answered for {PATIENCE:g} seconds"

    def _asked(self) -> str:
        try:
            self._store.meta("ready")
        except (StoreError, SQLAlchemyError) as error:
            # The message may hold the address, which is not for strangers.
            return f"the database does not answer ({type(error).__name__})"
        # Asking is no proof: on a full disk, and while another process keeps it, a database still answers.
        return "" if self._store.writable else "the database cannot be written: the server's log says why"

    async def _metrics(self, scope: Any) -> Answer:
        if self._token is None and self._exposed:
            return 403, _TEXT, b"metrics are shown beyond this machine only with a token: set [server] metrics_token\n"
        if self._token is not None and not any(
            hmac.compare_digest(given, b"Bearer " + self._token) for given in _authorizations(scope)
        ):
            return 401, _TEXT, b"send the metrics token: Authorization: Bearer TOKEN\n"
        return 200, CONTENT_TYPE_LATEST, await asyncio.to_thread(generate_latest, self._registry)


def _authorizations(scope: Any) -> Iterator[bytes]:
    return (value for name, value in scope["headers"] if name == b"authorization")
