"""Credentials that the user knows to be exposed: access keys, users and roles, by name or by digest.

A list is text, an entry a line: an access key's id, a principal's id (``AIDA…``, ``AROA…``), the ARN of a user or role,
or the SHA-256 of one of these in hex, so that a list need not tell what it holds. ``#`` begins a comment. Only digests
are kept, here and in what worker processes are handed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

from vedette.errors import ListError
from vedette.intel.fetch import fetch

MAX_BYTES = 35 << 20
MAX_ENTRIES = 250_000
"""As of GuardDuty's threat lists."""
_MEMO = 1 << 16

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII | re.IGNORECASE)
_ENTRY = re.compile(
    r"(?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA|AGPA)[A-Z0-9]{12,124}"
    r"|arn:aws[a-z-]{0,20}:(?:iam|sts)::\d{12}:(?:root|(?:user|role|federated-user)/[\x21-\x7e]{1,600})",
    re.ASCII,
)


class ExposedList(msgspec.Struct, frozen=True):
    """One list, as it was read."""

    name: str
    location: str
    digests: frozenset[bytes]
    """SHA-256 of each entry."""


class ExposedKeys:
    """All lists of exposed credentials, to be asked. Immutable."""

    def __init__(self, lists: Sequence[ExposedList] = ()) -> None:
        self.lists = tuple(lists)
        self.naming = lru_cache(_MEMO)(self._naming)
        """``(text: str) -> tuple[str, ...]``: the names of the lists that have this id or ARN."""

    def __bool__(self) -> bool:
        return any(one.digests for one in self.lists)

    def _naming(self, text: str) -> tuple[str, ...]:
        if not text:
            return ()
        digest = sha256(text.encode()).digest()
        return tuple(one.name for one in self.lists if digest in one.digests)


def load_exposed(locations: Iterable[str]) -> ExposedKeys:
    """Read lists from paths, ``https://`` addresses or ``s3://`` objects.

    Raises:
        ListError: one cannot be had, or a line of it is no entry; ``where`` is ``name:line``.
    """
    return ExposedKeys([_read(fetch(location, MAX_BYTES), location) for location in locations])


def _read(data: bytes, location: str) -> ExposedList:
    name = PurePosixPath(urlsplit(location).path if "://" in location else location).name or location
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ListError("is not UTF-8 text", where=name) from None
    digests: set[bytes] = set()
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        digests.add(_digest(entry, f"{name}:{number}"))
        if len(digests) > MAX_ENTRIES:
            raise ListError(f"is one too many: a list may have {MAX_ENTRIES:,} entries", where=f"{name}:{number}")
    if not digests:
        raise ListError("has no entry", where=name)
    return ExposedList(name.partition(".")[0] or name, location, frozenset(digests))


def _digest(entry: str, where: str) -> bytes:
    # What is refused is not repeated: it may be the secret itself.
    if told := _DIGEST.fullmatch(entry):
        return bytes.fromhex(told[1])
    if not _ENTRY.fullmatch(entry):
        raise ListError(
            "is not an access key id (AKIA…), a principal id (AIDA…, AROA…), the ARN of a user or role, or the "
            "SHA-256 of one in hex; secret keys do not belong here", where=where)
    return sha256(entry.encode()).digest()
