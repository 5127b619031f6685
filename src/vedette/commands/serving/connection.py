"""A connection to the server, of a client that may be slow on purpose: uvicorn's, with bounds on the request's head.

uvicorn waits for a request's line and headers for ever, and keeps as much of them as comes; strangers need no access
key for either.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 15.0
"""From the connection, or the first byte of a further request, until its headers are all there."""

LARGEST_HEAD = 65_536
"""Bytes of a request's line and headers; what the last read brings besides them is not counted."""


HELD = 65_536
"""Bytes of a response that wait for what comes after them."""


class _Gathered:
    """A transport that sends in one go what is written in one go: the head of a response with its body."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """As `asyncio.Transport.write`."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)
        self._size += len(data)
        if self._size > HELD:
            self._send()

    def close(self) -> None:
        """As `asyncio.Transport.close`."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """As `asyncio.Transport.abort`."""
        self._held, self._size = [], 0
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        if self._held:
            held, self._held, self._size = self._held, [], 0
            self._transport.write(b"".join(held))


class Connection(HttpToolsProtocol):
    """Closes the connection when the head of a request is too slow or too large."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._due: asyncio.TimerHandle | None = None
        self._begun = False
        """A further request has begun, of which the head is not all there."""
        self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request."""
        super().connection_made(_Gathered(transport, self.loop))  # type: ignore[arg-type]
        self._await_head()

    def on_message_begin(self) -> None:
        """A request has begun."""
        super().on_message_begin()
        self._begun = True

    def on_headers_complete(self) -> None:
        """The head is all there."""
        self._begun = False
        self._end_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Answered: what is left of the body is not awaited for ever."""
        answered = self.cycle
        super().on_response_complete()
        if answered is not None and answered.more_body:
            self.loop.call_later(HEAD_SECONDS, self._end_body, answered)

    def _end_body(self, answered: Any) -> None:
        if answered.more_body:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        super().data_received(data)
        if self._begun and self._due is None:
            self._await_head()
        if self._due is not None:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._end_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head = 0
        self._due = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _end_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        self._end_waiting()
        # At once: closing in order would wait for a client that does not read.
        self.transport.abort()
