"""A list's bytes, from a path, an ``https://`` address or an ``s3://`` object: bounded in size and time."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from vedette.errors import ListError

TIMEOUT = 30.0
"""Seconds to wait for a server to say something."""
_PIECE = 1 << 20


def fetch(location: str, max_bytes: int) -> bytes:
    """The content at a location.

    S3 is reached with boto3's own configuration (profile, Region, ``AWS_ENDPOINT_URL``).

    Raises:
        ListError: it cannot be read, is larger than ``max_bytes``, or is of a kind that is not fetched (``http://``
            could be changed on its way).
    """
    scheme = urlsplit(location).scheme if "://" in location else ""
    if not scheme:
        return _file(Path(location), max_bytes)
    if scheme == "s3":
        return _s3(location, max_bytes)
    if scheme == "https":
        return _https(location, max_bytes)
    raise ListError(f"{scheme}:// is not fetched: give a path, https:// or s3://", where=location)


def _file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as stream:
            return _bounded(stream, str(path), max_bytes)
    except OSError as error:
        raise ListError(f"cannot be read: {error.strerror or error}", where=str(path)) from None


class _OnlyHttps(HTTPRedirectHandler):
    """Follows a redirect only to another https address."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> Request | None:
        """The request to follow with, as urllib asks for it."""
        if urlsplit(newurl).scheme != "https":
            raise ListError(f"redirects to {newurl[:200]!r}, which is not https", where=req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _https(location: str, max_bytes: int) -> bytes:
    request = Request(location, headers={"User-Agent": "vedette"})  # noqa: S310 - only https gets here
    try:
        with build_opener(_OnlyHttps).open(request, timeout=TIMEOUT) as answer:
            return _bounded(answer, location, max_bytes)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise ListError(f"cannot be fetched: {error}", where=location) from None


def _s3(location: str, max_bytes: int) -> bytes:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise ListError("is not s3://bucket/key", where=location)
    # Imported here: boto3 takes a third of a second, and most lists are files.
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = boto3.client("s3").get_object(Bucket=bucket, Key=key)
        return _bounded(answer["Body"], location, max_bytes)  # type: ignore[arg-type]
    except (BotoCoreError, ClientError, OSError) as error:
        raise ListError(f"cannot be fetched: {error}", where=location) from None


def _bounded(stream: IO[bytes], location: str, max_bytes: int) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > max_bytes:
            raise ListError(f"is larger than the {max_bytes:,} bytes that are allowed", where=location)
        pieces.append(piece)
    return b"".join(pieces)
