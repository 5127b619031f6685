"""Which lists an address is on: sorted arrays that are read in place, from memory or from a mapped file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from vedette.intel.addresses import U32, U64, Flags, Ranges, RangeSeeker, block_ends
from vedette.intel.entries import ListEntries

U16 = npt.NDArray[np.uint16]
Number = TypeVar("Number", bound=np.unsignedinteger[Any])
_SHIFT = np.uint64(32)


class AddressHit(NamedTuple):
    """An entry that holds an address: which list (by number), which names (by number), which block."""

    owner: int
    names: int
    network: int
    length: int


@dataclass(frozen=True, slots=True)
class AddressRows:
    """The index as it is stored: six arrays. Addresses sorted by number, networks by (length, number)."""

    ips: U32
    ip_owner: U16
    ip_names: U32
    networks: U64
    """``length << 32 | number``"""
    network_owner: U16
    network_names: U32

    @classmethod
    def build(cls, lists: Sequence[tuple[int, ListEntries, int]]) -> AddressRows:
        """The index of (list's number, its entries, offset of its names in the common table)."""
        ips = _join([entries.ips for _, entries, _ in lists], np.uint32)
        ip_owner = _owners([(owner, len(entries.ips)) for owner, entries, _ in lists])
        ip_names = _join([shifted(entries.ip_names, base) for _, entries, base in lists], np.uint32)
        networks = _join([
            (entries.network_lengths.astype(np.uint64) << _SHIFT) | entries.networks
            for _, entries, _ in lists
        ], np.uint64)
        network_owner = _owners([(owner, len(entries.networks)) for owner, entries, _ in lists])
        network_names = _join(
            [shifted(entries.network_names, base) for _, entries, base in lists], np.uint32
        )
        # Stable, so that an address on several lists names them in the order of the lists.
        by_ip, by_network = np.argsort(ips, kind="stable"), np.argsort(networks, kind="stable")
        return cls(
            ips[by_ip], ip_owner[by_ip], ip_names[by_ip],
            networks[by_network], network_owner[by_network], network_names[by_network],
        )

    def joined(self, more: AddressRows, owners: int, names: int) -> AddressRows:
        """These rows and ``more``, whose lists are numbered from ``owners`` and whose names from ``names``.

        On the same entry, these come first.
        """
        by_ip = np.searchsorted(self.ips, more.ips, side="right")
        by_network = np.searchsorted(self.networks, more.networks, side="right")
        return AddressRows(
            np.insert(self.ips, by_ip, more.ips),
            np.insert(self.ip_owner, by_ip, more.ip_owner + np.uint16(owners)),
            np.insert(self.ip_names, by_ip, shifted(more.ip_names, names)),
            np.insert(self.networks, by_network, more.networks),
            np.insert(self.network_owner, by_network, more.network_owner + np.uint16(owners)),
            np.insert(self.network_names, by_network, shifted(more.network_names, names)),
        )

    def network_ranges(self, chosen: Flags | None = None) -> Ranges:
        """The union of the networks, or of the chosen rows' networks."""
        keys = self.networks if chosen is None else self.networks[chosen]
        first = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        lengths = (keys >> _SHIFT).astype(np.uint8)
        return Ranges.merge(first, block_ends(first, lengths))


class AddressIndex:
    """Looks addresses up in `AddressRows`: one in about a microsecond, or a column of them at once."""

    def __init__(self, rows: AddressRows) -> None:
        self.rows = rows
        self._ips = rows.ips.data
        self._networks = rows.networks.data
        self._lengths = [int(length) for length in np.unique(rows.networks >> _SHIFT)]
        self._covered: RangeSeeker = rows.network_ranges().seeker()

    def hits(self, number: int) -> Iterator[AddressHit]:
        """The entries that hold the address: itself first, then networks from the narrowest."""
        rows = self.rows
        ips = self._ips
        place = bisect_left(ips, number)
        while place < len(ips) and ips[place] == number:
            yield AddressHit(int(rows.ip_owner[place]), int(rows.ip_names[place]), number, 32)
            place += 1
        if number not in self._covered:
            return
        for length in reversed(self._lengths):
            network = number & -(1 << (32 - length))
            key = length << 32 | network
            place = bisect_left(self._networks, key)
            while place < len(self._networks) and self._networks[place] == key:
                owner, names = int(rows.network_owner[place]), int(rows.network_names[place])
                yield AddressHit(owner, names, network, length)
                place += 1

    def selection(self, owners: frozenset[int]) -> AddressSelection:
        """What is on any of those lists, for matching columns."""
        numbers = np.array(sorted(owners), np.uint16)
        return AddressSelection(
            np.unique(self.rows.ips[np.isin(self.rows.ip_owner, numbers)]),
            self.rows.network_ranges(np.isin(self.rows.network_owner, numbers)),
        )


@dataclass(frozen=True, slots=True)
class AddressSelection:
    """The addresses of some lists, without saying which."""

    ips: U32
    networks: Ranges

    def contain(self, numbers: U32) -> Flags:
        """Which of the numbers are listed. Fastest when they are sorted."""
        found = self.networks.contain(numbers)
        if len(self.ips):
            place = np.minimum(np.searchsorted(self.ips, numbers), len(self.ips) - 1)
            found |= self.ips[place] == numbers
        return found


def shifted(names: U32, base: int) -> U32:
    """Places in a list's own table of names, as places in the common one; 0 stays "none"."""
    return np.where(names == 0, names, names + np.uint32(base)).astype(np.uint32)


def _join(arrays: Sequence[npt.NDArray[Number]], dtype: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate([np.empty(0, dtype), *arrays])


def _owners(counts: Sequence[tuple[int, int]]) -> U16:
    return np.repeat(
        np.array([owner for owner, _ in counts], np.uint16),
        np.array([count for _, count in counts], np.int64),
    )
