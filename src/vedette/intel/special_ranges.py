"""Addresses that are nobody's on the Internet: IANA's special-purpose IPv4 registry (RFC 6890, updated)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from vedette.intel.addresses import U32, Flags, Ranges, ipv4_number

SPECIAL_NETWORKS: dict[str, str] = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay, deprecated",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, and limited broadcast",
}
"""Network -> what it is for. The registry's globally reachable blocks (AS112, AMT) are public: not here."""

SPECIAL = Ranges.of(SPECIAL_NETWORKS)
_SEEKER = SPECIAL.seeker()


def is_public_number(number: int) -> bool:
    """Whether the address of that number can be somebody's on the Internet."""
    return number not in _SEEKER


@lru_cache(maxsize=1 << 16)
def is_public(ip: str) -> bool:
    """Whether the text is an IPv4 address that can be somebody's on the Internet; false for IPv6, words."""
    number = ipv4_number(ip)
    return number >= 0 and number not in _SEEKER


def public_numbers(numbers: U32) -> Flags:
    """Which of the numbers are public addresses."""
    return ~SPECIAL.contain(numbers)


def overlaps_public(first: U32, last: U32) -> Flags:
    """Which of the ranges hold at least one public address.

    A range has none exactly when one special range holds it whole: special ranges that touch are merged.
    """
    place = np.searchsorted(SPECIAL.first, first, side="right")
    whole: Flags = (place > 0) & (last <= SPECIAL.last[np.maximum(place, 1) - 1])
    return ~whole
