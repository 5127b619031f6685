"""The words of this room: a log object, a source, and a source's description that processes share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Literal, Protocol

import msgspec

from vedette.errors import SourceError


class LogObject(msgspec.Struct, frozen=True, order=True):
    """A file or blob of log records, as its source lists it."""

    locator: str
    """An absolute path, ``s3://bucket/key``, or as `vedette.sources.cloudwatch` has it. A path that is no UTF-8 is
    ``file://`` and percent-encoded."""
    version: str
    """Changes when the content may have: S3's ETag, a file's ``size-mtime_ns``."""
    size: int
    """Bytes, as stored."""
    modified: int
    """Milliseconds since the epoch."""
    start: int | None = None
    """Milliseconds: no event in it should be earlier, by what its name says. None: the name does not say."""
    account: str = ""
    region: str = ""


class SourceSpec(msgspec.Struct, frozen=True):
    """Enough to open the source again, in another process."""

    kind: Literal["folder", "s3", "cloudwatch"]
    location: str
    endpoint_url: str | None = None


class Source(Protocol):
    """Where log objects come from. It lists and reads; it never parses."""

    spec: SourceSpec
    name: str
    """The location as given: what a person, the ledger and an error call it."""
    far: bool
    """Reading waits for a network, so that reading ahead pays."""

    def objects(self) -> Iterator[LogObject]:
        """All objects there are now, one by one, in an order that depends only on their names.

        Raises:
            NothingToRead: there is none.
            SourceError: it cannot be listed.
        """
        ...

    def open(self, obj: LogObject) -> BinaryIO:
        """The object's bytes, as stored, streamed.

        Raises:
            SourceError: it is gone, changed since it was listed, or cannot be read. Reading may raise it too.
        """
        ...


class NothingToRead(SourceError):  # noqa: N818 - it is a state of the world more than an error: a watch waits
    """The source is there and can be read, but holds no objects."""
