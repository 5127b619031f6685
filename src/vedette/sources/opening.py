"""From what a user or another process names, to a source or an object's bytes."""

from __future__ import annotations

import re
from typing import BinaryIO

from vedette.errors import SourceError
from vedette.sources.cloudwatch import GroupSource, open_events
from vedette.sources.folder import FolderSource, open_file
from vedette.sources.log_object import Source, SourceSpec
from vedette.sources.s3 import S3Source, open_key

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def open_source(location: str, *, endpoint_url: str | None = None) -> Source:
    """The source a user names: a file, a folder, a glob pattern, ``s3://bucket/prefix``. Nothing is read yet.

    Args:
        location: what to read. An S3 prefix is taken as S3 does: ``s3://logs/a`` also holds ``ab/…``.
        endpoint_url: another S3 than Amazon's; also ``AWS_ENDPOINT_URL_S3`` and AWS's configuration files.

    Raises:
        SourceError: the location is none of these.
    """
    if not location:
        raise SourceError("a location is empty: give a file, a folder, a glob pattern or s3://bucket/prefix")
    if "\0" in location:
        raise SourceError("a location holds a NUL character, which no path or key can")
    scheme = _SCHEME.match(location)
    if scheme is None:
        return FolderSource(location)
    if scheme[1].lower() == "s3":
        return S3Source(location, endpoint_url)
    raise SourceError(
        "cannot be read: give a file, a folder, a glob pattern or s3://bucket/prefix"
        " (another S3 is given by its endpoint URL)", where=location)


def open_spec(spec: SourceSpec) -> Source:
    """The source that ``source.spec`` describes, in this process."""
    if spec.kind == "folder":
        return FolderSource(spec.location)
    if spec.kind == "cloudwatch":
        return GroupSource(spec.location, spec.endpoint_url)
    return S3Source(spec.location, spec.endpoint_url)


def reopen(locator: str, *, endpoint_url: str | None = None) -> BinaryIO:
    """An object's bytes by its locator alone, to show the records behind a finding.

    Raises:
        SourceError: it is gone or cannot be read.
    """
    if locator.startswith("s3://"):
        return open_key(locator, endpoint_url)
    if locator.startswith("cloudwatch://"):
        return open_events(locator, endpoint_url)
    return open_file(locator)
