"""Reads the audit log from its end: the newest of an account's entries, and from there back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import msgspec

BLOCK = 1 << 20
"""Bytes that are read at once."""

FURTHEST = 32 << 20
"""Bytes that are looked through before it is said how far that went: others may have filled the log."""


class Told(msgspec.Struct, frozen=True):
    """A line of the log, as `vedette.api.audit.Audit` writes it: what is empty is not in it."""

    time: Annotated[datetime, msgspec.Meta(tz=True)]
    account: str = ""
    request_id: str = ""
    access_key_id: str = ""
    console_user: str = ""
    region: str = ""
    role: str = ""
    operation: str = ""
    source_address: str = ""
    parameters: dict[str, Any] = {}
    outcome: str = ""
    message: str = ""


SLACK = timedelta(hours=1)
"""How much later than its neighbours a line may be written: when the call has ended, and it tells when that began."""


class Wanted(NamedTuple):
    """Which entries are asked for; what is empty says nothing."""

    who: str = ""
    """In the console user's name or the access key's id; in whatever case."""
    what: str = ""
    """In the operation's name; in whatever case."""
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""

    def takes(self, entry: Told) -> bool:
        """It is one of those."""
        who, what = self.who.casefold(), self.what.casefold()
        return (
            (who in entry.console_user.casefold() or who in entry.access_key_id.casefold())
            and what in entry.operation.casefold()
            and (self.since is None or entry.time >= self.since) and (self.until is None or entry.time < self.until))

    def ends_at(self, entry: Told) -> bool:
        """Those before it are older than what is asked for."""
        return self.since is not None and entry.time < self.since - SLACK


class Tail(NamedTuple):
    """Some entries, the newest first."""

    entries: list[Told]
    before: int | None
    """Where to go on; None: there is nothing older."""


ALL = Wanted()
"""Every entry."""


def read_back(file: Path, account: str, before: int | None, limit: int, wanted: Wanted = ALL) -> Tail:
    """The newest entries of an account that are wanted, at most ``limit``.

    ``before``: those older than where `Tail.before` says.

    Lines that are not the log's are passed over. Where the log was moved away since, its new file is read from the end.

    Raises:
        OSError: it cannot be read.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return Tail([], None)
    found: list[Told] = []
    with os.fdopen(descriptor, "rb") as stream:
        size = os.fstat(descriptor).st_size
        end = size if before is None else min(before, size)
        for begin, line in _lines(stream, end):
            if (entry := _entry(line, account)) is not None:
                if wanted.ends_at(entry):
                    break
                if wanted.takes(entry):
                    found.append(entry)
            if begin and (len(found) == limit or end - begin >= FURTHEST):
                return Tail(found, begin)
            if len(found) == limit:
                break
    return Tail(found, None)


def _entry(line: bytes, account: str) -> Told | None:
    """The entry that a line is, if it is one of the account's."""
    if account.encode() not in line:
        return None
    try:
        entry = msgspec.json.decode(line, type=Told)
    except (msgspec.DecodeError, RecursionError):
        return None
    return entry if entry.account == account else None


def _lines(stream: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines before ``end``, the last first, and where each begins. One that has no end yet is none."""
    rest, at = b"", end
    while at:
        begin = max(0, at - BLOCK)
        stream.seek(begin)
        data = stream.read(at - begin) + rest
        # What comes first began before this block, unless the block is the first.
        cut = data.find(b"\n") + 1 if begin else 0
        rest, at = data[:cut] if cut or begin == 0 else data, begin
        if begin and not cut:
            continue
        lines = data[cut:].split(b"\n")[:-1]
        begins = accumulate((len(line) + 1 for line in lines), initial=begin + cut)
        yield from reversed(list(zip(begins, lines, strict=False)))
