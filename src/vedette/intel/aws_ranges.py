"""AWS's own IPv4 addresses: which service and Region, from AWS's published ip-ranges.json; or a bundled snapshot."""

from __future__ import annotations

import time
from bisect import bisect_left
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import msgspec
import polars as pl

from vedette.errors import ListError
from vedette.intel.addresses import NETWORK, Ranges, ipv4_number, ipv4_text
from vedette.intel.fetch import fetch

MAX_BYTES = 32 << 20
"""AWS's file has about two megabytes."""

_SNAPSHOT = "aws_ranges_snapshot.txt"
_TAKEN = "# taken: "


class AwsPrefix(NamedTuple):
    """A block of AWS's addresses."""

    network: str
    """``3.5.140.0/22``"""
    service: str
    """``EC2``, ``S3`` …; ``AMAZON`` where AWS names no narrower one. Empty in the snapshot."""
    region: str
    """``eu-west-1``, ``GLOBAL``; empty in the snapshot."""


class _Prefix(msgspec.Struct, frozen=True):
    ip_prefix: str
    region: str
    service: str


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    sync_token: str
    create_date: str
    prefixes: list[_Prefix]


class AwsRanges:
    """AWS's addresses at one moment. Immutable."""

    def __init__(self, prefixes: list[AwsPrefix], created_at: int, location: str) -> None:
        self.created_at = created_at
        """When AWS made the data, in milliseconds since the epoch; of the snapshot, when it was copied: it is older."""
        self.location = location
        """Where it was read from, in words a person reads."""
        best: dict[int, AwsPrefix] = {}
        for prefix in prefixes:
            address, _, length = prefix.network.partition("/")
            size = 1 << (32 - int(length))
            key = int(length) << 32 | (ipv4_number(address) & ~(size - 1))
            # AWS lists a block under AMAZON and under the service that uses it: the narrower name says more.
            if key not in best or best[key].service == "AMAZON":
                best[key] = prefix
        self._keys = sorted(best)
        self._prefixes = [best[key] for key in self._keys]
        self._lengths = sorted({key >> 32 for key in self._keys}, reverse=True)
        self._seeker = Ranges.of(prefix.network for prefix in prefixes).seeker()
        self._holds = lru_cache(1 << 16)(self._is_in)
        self.find = lru_cache(1 << 16)(self._find)
        """``(ip: str) -> AwsPrefix | None``: the narrowest block that holds the address."""

    @classmethod
    def load(cls, location: str) -> AwsRanges:
        """The ranges of an ip-ranges.json: a path, ``https://`` or ``s3://``.

        Raises:
            ListError: it cannot be read, or is not AWS's document.
        """
        try:
            document = msgspec.json.decode(fetch(location, MAX_BYTES), type=_Document)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ListError(f"is not AWS's ip-ranges.json: {error}", where=location) from None
        texts = pl.Series([prefix.ip_prefix for prefix in document.prefixes], dtype=pl.String)
        wrong = texts.filter(~texts.str.contains(NETWORK))
        if len(wrong):
            raise ListError(f"{wrong[0][:60]!r} is not an IPv4 network", where=location)
        try:
            created = datetime.strptime(document.create_date, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)
        except ValueError:
            raise ListError(
                f"createDate {document.create_date[:40]!r} is not YYYY-MM-DD-hh-mm-ss", where=location
            ) from None
        prefixes = [AwsPrefix(item.ip_prefix, item.service, item.region) for item in document.prefixes]
        return cls(prefixes, int(created.timestamp() * 1000), location)

    @classmethod
    def snapshot(cls) -> AwsRanges:
        """The bundled snapshot: which addresses are AWS's, but not which service's or Region's."""
        text = resources.files("vedette.intel").joinpath(_SNAPSHOT).read_text("ascii")
        lines = text.splitlines()
        taken = next(line.removeprefix(_TAKEN) for line in lines if line.startswith(_TAKEN))
        networks = [line for line in lines if line and line[0] != "#"]
        copied = datetime.strptime(taken, "%Y-%m-%d").replace(tzinfo=UTC)
        return cls(
            [AwsPrefix(network, "", "") for network in networks], int(copied.timestamp() * 1000),
            f"the bundled snapshot, copied {taken} from a source that does not say its date",
        )

    @property
    def prefixes(self) -> list[AwsPrefix]:
        """Every block, once."""
        return self._prefixes

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, ip: str) -> bool:
        return self._holds(ip)

    def _is_in(self, ip: str) -> bool:
        number = ipv4_number(ip)
        return number >= 0 and number in self._seeker

    @property
    def age(self) -> int:
        """Milliseconds since `created_at`, by this machine's clock. For status, never for judging records."""
        return time.time_ns() // 1_000_000 - self.created_at

    def _find(self, ip: str) -> AwsPrefix | None:
        number = ipv4_number(ip)
        if number < 0 or number not in self._seeker:
            return None
        for length in self._lengths:
            key = length << 32 | (number & -(1 << (32 - length)))
            place = bisect_left(self._keys, key)
            if place < len(self._keys) and self._keys[place] == key:
                return self._prefixes[place]
        raise AssertionError(f"{ipv4_text(number)} is in a range without a prefix")
