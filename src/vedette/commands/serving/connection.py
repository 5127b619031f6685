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


class Connection(HttpToolsProtocol):
    """Closes the connection when the head of a request is too slow or too large."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._due: asyncio.TimerHandle | None = None
        self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """A request has begun."""
        super().on_message_begin()
        if self._due is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is all there."""
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
