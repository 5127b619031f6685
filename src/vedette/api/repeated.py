"""Requests that come twice with the same clientToken are one request, with one answer.

Within one process the second waits for the first. Of two processes that get the two at once on one database, the one
that comes to write second undoes what it did, and answers what the other has answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from vedette.api.errors import ApiError, BadRequest
from vedette.api.operation import Context
from vedette.findings.configuration import ClientToken
from vedette.findings.configured import ConfigurationReader
from vedette.findings.store import Store

REMEMBERED = 86_400_000
"""How long (ms) a token is: a day. Clients try again for minutes."""

_CLEARED = 3_600_000
"""How often (ms) tokens older than that are dropped."""

_LOCKS = 64


class Repeated:
    """Remembers what was answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._cleared = 0

    def once(
        self, context: Context, operation: str, token: str, arguments: Mapping[str, Any],
        make: Callable[[], dict[str, Any] | None],
    ) -> dict[str, Any] | None:
        """What ``make`` returns, or what it returned when the same was asked with the same token before.

        Args:
            context: who asks.
            operation: what for.
            token: the client's.
            arguments: all the others; with one token they must stay the same.
            make: called at most once; what it raises is not remembered. What it changed is undone when another process
                has done it meanwhile.

        Raises:
            BadRequest: the token came with other arguments before.
        """
        digest = sha256(msgspec.json.encode(arguments, order="deterministic")).hexdigest()
        place = f"{operation}/{token}"
        with self._locks[hash((context.account, context.region, place)) % _LOCKS]:
            now = context.clock()
            found = _remembered(self._store, context, place, now)
            if found is None:
                made = ClientToken(account=context.account, region=context.region, id=place, created=now, updated=now,
                                   parameters=digest, answer={})
                try:
                    return self._made(context, made, make)
                except _MadeByAnother as made_by_another:
                    found = made_by_another.token
                except ApiError:
                    # Another process may have made it since, which is why it cannot be made again.
                    found = _remembered(self._store, context, place, now)
                    if found is None:
                        raise
            if found.parameters != digest:
                raise BadRequest(
                    "The request is rejected because the parameter clientToken has an invalid value: it was used for "
                    f"another {operation} request.")
            return found.answer

    def _made(
        self, context: Context, made: ClientToken, make: Callable[[], dict[str, Any] | None],
    ) -> dict[str, Any] | None:
        # In one transaction: killed between the two, a request that comes again would be done again.
        with self._store.together():
            answer = make()
            with self._store.transaction() as batch:
                # While this transaction lasts no other process writes.
                if (found := _remembered(batch, context, made.id, made.created)) is not None:
                    raise _MadeByAnother(found)
                if made.created - self._cleared >= _CLEARED:
                    for old in batch.configured(ClientToken):
                        if old.created <= made.created - REMEMBERED:
                            batch.unconfigure(ClientToken, old.account, old.region, old.id)
                    self._cleared = made.created
                made.answer = answer or {}
                batch.configure(made)
        return answer


class _MadeByAnother(Exception):  # noqa: N818
    """Another process has met the request meanwhile."""

    def __init__(self, token: ClientToken) -> None:
        self.token = token
        super().__init__(token.id)


def _remembered(store: ConfigurationReader, context: Context, place: str, now: int) -> ClientToken | None:
    found = store.configuration(ClientToken, context.account, context.region, place)
    return found if found is not None and found.created > now - REMEMBERED else None
