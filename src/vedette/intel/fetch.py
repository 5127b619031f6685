"""A list's bytes, from a path, an ``https://`` address or an ``s3://`` object: bounded in size and time."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from vedette.errors import ListError

TIMEOUT = 30.0
"""Seconds to wait for a server to say something."""

DEADLINE = 300.0
"""Seconds for all of a list: a server that says a byte at a time must not keep those who wait behind it."""

_PIECE = 1 << 20


class AwayError(ListError):
    """A list cannot be had now, though nothing is known to be wrong with it."""


def fetch(
    location: str, max_bytes: int, *, bucket_owner: str = "", hosts: Collection[str] | None = None,
) -> bytes:
    """The content at a location.

    S3 is reached with boto3's own configuration (profile, Region, ``AWS_ENDPOINT_URL``), and refuses when the bucket is
    another account's than ``bucket_owner``, if that is given. ``hosts``, each ``host`` or ``host:port``, are the only
    ones that are asked over https, redirected or not, and wherever they are; ``*`` among them: all others too that are
    outside, on the Internet. None: the location's own host, and redirects lead outside.

    Raises:
        AwayError: it cannot be read.
        ListError: it is larger than ``max_bytes``, is at none of the hosts, or is of a kind that is not
            fetched (``http://`` could be changed on its way).
    """
    scheme = urlsplit(location).scheme if "://" in location else ""
    if not scheme:
        return _file(Path(location), max_bytes)
    if scheme == "s3":
        return _s3(location, max_bytes, bucket_owner)
    if scheme == "https":
        return _https(location, max_bytes, hosts)
    raise ListError(f"{scheme}:// is not fetched: give a path, https:// or s3://", where=location)


def _file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as stream:
            return _bounded(stream, str(path), max_bytes)
    except OSError as error:
        raise AwayError(f"cannot be read: {error.strerror or error}", where=str(path)) from None


def _https(location: str, max_bytes: int, hosts: Collection[str] | None) -> bytes:
    # Imported here, as boto3 below: most lists are files.
    from http.client import HTTPException
    from urllib.error import URLError

    from vedette.intel.guarded_https import opened

    latest = time.monotonic() + DEADLINE
    try:
        with opened(location, hosts, TIMEOUT, DEADLINE) as answer:
            content = _bounded(answer, location, max_bytes)
            if time.monotonic() > latest:  # it was cut, which may look like its end
                raise AwayError(f"is not there after {DEADLINE:g} seconds", where=location)
            if answer.length:
                raise AwayError(f"ended {answer.length:,} bytes early", where=location)
            return content
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise AwayError(f"cannot be fetched: {error}", where=location) from None


def _s3(location: str, max_bytes: int, bucket_owner: str) -> bytes:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ListError("is not s3://bucket/key", where=location)
    # Imported here: boto3 takes a third of a second.
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("s3")
        answer = client.get_object(Bucket=bucket, Key=key, ExpectedBucketOwner=bucket_owner) if bucket_owner else (
            client.get_object(Bucket=bucket, Key=key))
        return _bounded(answer["Body"], location, max_bytes)  # type: ignore[arg-type]
    except (BotoCoreError, ClientError, OSError) as error:
        raise AwayError(f"cannot be fetched: {error}", where=location) from None


def _bounded(stream: IO[bytes], location: str, max_bytes: int) -> bytes:
    pieces, size = [], 0
    # Of a server's answer, what is there already; a whole piece could take as long as the server likes.
    read = getattr(stream, "read1", stream.read)
    latest = time.monotonic() + DEADLINE
    while piece := read(_PIECE):
        if time.monotonic() > latest:
            raise AwayError(f"is not there after {DEADLINE:g} seconds", where=location)
        size += len(piece)
        if size > max_bytes:
            raise ListError(f"is larger than the {max_bytes:,} bytes that are allowed", where=location)
        pieces.append(piece)
    return b"".join(pieces)
