"""IPv4 addresses as integers, one at a time and by the column, and sorted ranges of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from socket import AF_INET, inet_ntop, inet_pton

import numpy as np
import numpy.typing as npt
import polars as pl

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"
"""A dotted quad without leading zeros, as inet_pton takes it (RFC 6943: ``010`` is read in two ways)."""
NETWORK = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}/(?:3[0-2]|[12]?[0-9])$"
_QUAD = re.compile(IPV4, re.ASCII)


def ipv4_number(text: str) -> int:
    """The address as a number, or -1 when the text is no IPv4 address in dotted-quad form.

    >>> ipv4_number("1.2.3.4"), ipv4_number("AWS Internal"), ipv4_number("::1")
    (16909060, -1, -1)
    """
    try:
        return int.from_bytes(inet_pton(AF_INET, text))
    except (OSError, ValueError):  # ValueError: a NUL or a surrogate in the text
        return -1


def ipv4_text(number: int) -> str:
    """The dotted quad of a number from 0 to 2**32 - 1."""
    return inet_ntop(AF_INET, number.to_bytes(4))


def ipv4_numbers(column: pl.Series) -> U32:
    """The numbers of a string column whose every value matches `IPV4`."""
    if column.is_empty():
        return np.empty(0, np.uint32)
    octets = column.str.split_exact(".", 3).struct.unnest()
    number = np.zeros(len(column), np.uint32)
    for octet in octets.iter_columns():
        number = (number << np.uint32(8)) | octet.cast(pl.UInt32).to_numpy()
    return number


def cidrs(first: int, last: int) -> list[tuple[int, int]]:
    """The fewest (network, prefix length) blocks that make the range, both ends included.

    >>> cidrs(16909060, 16909063)
    [(16909060, 30)]
    """
    blocks = []
    while first <= last:
        free = 32 if first == 0 else (first & -first).bit_length() - 1
        bits = min(free, (last - first + 1).bit_length() - 1)
        blocks.append((first, 32 - bits))
        first += 1 << bits
    return blocks


@dataclass(frozen=True, slots=True)
class Ranges:
    """Disjoint sorted ranges of addresses, both ends included."""

    first: U32
    last: U32

    @classmethod
    def merge(cls, first: U32, last: U32) -> Ranges:
        """The union of ranges in any order, overlapping or not."""
        if not len(first):
            return cls(np.empty(0, np.uint32), np.empty(0, np.uint32))
        order = np.argsort(first, kind="stable")
        starts, ends = first[order], np.maximum.accumulate(last[order])
        fresh = np.ones(len(starts), np.bool_)
        fresh[1:] = starts[1:].astype(np.uint64) > ends[:-1].astype(np.uint64) + np.uint64(1)
        heads = np.flatnonzero(fresh)
        return cls(starts[heads], ends[np.append(heads[1:] - 1, len(ends) - 1)])

    @classmethod
    def of(cls, networks: Iterable[str]) -> Ranges:
        """The union of CIDR texts that are known to be well formed."""
        bounds = [_bounds(text) for text in networks]
        return cls.merge(
            np.array([low for low, _ in bounds], np.uint32), np.array([high for _, high in bounds], np.uint32)
        )

    def __len__(self) -> int:
        return len(self.first)

    def contain(self, numbers: U32) -> Flags:
        """Which of the numbers lie in a range."""
        if not len(self.first):
            return np.zeros(len(numbers), np.bool_)
        place = np.searchsorted(self.first, numbers, side="right")
        inside: Flags = (place > 0) & (numbers <= self.last[np.maximum(place, 1) - 1])
        return inside

    def seeker(self) -> RangeSeeker:
        """For asking about one address at a time."""
        return RangeSeeker(self.first.data, self.last.data)


@dataclass(frozen=True, slots=True)
class RangeSeeker:
    """The same ranges, read in place (a mapped file stays on disk) at about half a microsecond a question."""

    first: memoryview
    last: memoryview

    def __contains__(self, number: int) -> bool:
        return self.index(number) >= 0

    def index(self, number: int) -> int:
        """Which range holds the number, or -1."""
        place = bisect_right(self.first, number) - 1
        return place if place >= 0 and number <= self.last[place] else -1


def block_ends(networks: U32, lengths: npt.NDArray[np.uint8]) -> U32:
    """The last address of each block."""
    sizes = np.uint64(1) << (np.uint64(32) - lengths.astype(np.uint64))
    return (networks.astype(np.uint64) + sizes - np.uint64(1)).astype(np.uint32)


def _bounds(text: str) -> tuple[int, int]:
    address, _, length = text.partition("/")
    if not _QUAD.match(address):
        raise ValueError(f"{text!r} is not an IPv4 network")
    size = 1 << (32 - int(length or 32))
    low = ipv4_number(address) & ~(size - 1)
    return low, low + size - 1
