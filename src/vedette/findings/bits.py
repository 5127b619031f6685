"""Sets of findings by their seq, as whole numbers of `PART` bits each: a million are ANDed in a fraction of a ms."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator

PART = 7168
"""Findings that one number stands for: 896 bytes and a key fit into a page of SQLite's index trees, a KiB does not."""

_BYTES = PART // 8
_SPARSE = 64
"""From so many findings on, a part is kept as its bits; fewer are kept as two bytes each."""

Bits = dict[int, int]
"""By part (seq // PART) the bits of its findings; no part is empty."""


def bits_of(seqs: Iterable[int]) -> Bits:
    """The set of these."""
    parts: dict[int, bytearray] = defaultdict(lambda: bytearray(_BYTES))
    for seq in seqs:
        part, place = divmod(seq, PART)
        parts[part][place >> 3] |= 1 << (place & 7)
    return {part: int.from_bytes(found, "little") for part, found in parts.items()}


def both(one: Bits, other: Bits) -> Bits:
    """What is in both."""
    if len(other) < len(one):
        one, other = other, one
    return {part: kept for part, bits in one.items() if (kept := bits & other.get(part, 0))}


def either(*some: Bits) -> Bits:
    """What is in any."""
    found: Bits = {}
    for one in some:
        for part, bits in one.items():
            found[part] = found.get(part, 0) | bits
    return found


def without(one: Bits, other: Bits) -> Bits:
    """What is in ``one`` alone."""
    return {part: kept for part, bits in one.items() if (kept := bits & ~other.get(part, 0))}


def size(one: Bits) -> int:
    """How many there are."""
    return sum(map(int.bit_count, one.values()))


def members(one: Bits, *, down: bool = False) -> Iterator[int]:
    """The seqs, rising, or falling when ``down``."""
    for part in sorted(one, reverse=down):
        bits, first = one[part], part * PART
        while bits:
            place = bits.bit_length() - 1 if down else (bits & -bits).bit_length() - 1
            bits ^= 1 << place
            yield first + place


def encoded(bits: int) -> bytes:
    """A part's bits, as a database keeps them."""
    if bits.bit_count() >= _SPARSE:
        return bits.to_bytes(_BYTES, "little")
    places = list(members({0: bits}))
    return struct.pack(f"<{len(places)}H", *places)


def decoded(data: bytes) -> int:
    """What `encoded` was given."""
    if len(data) == _BYTES:
        return int.from_bytes(data, "little")
    bits = 0
    for (place,) in struct.iter_unpack("<H", data):
        bits |= 1 << place
    return bits
