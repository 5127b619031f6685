"""What is known of an address or a name: all lists in force, as one immutable thing to ask.

The rules are GuardDuty's. Only public IPv4 addresses match. What is trusted has no threats. An entity set's
domain matches itself alone and its ``*.name`` only the names below; a feed's domain also covers the names
below it, since feeds name what is bad, not each host in it. IP sets say nothing of domains, so that they do
not act on DNS.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from vedette.errors import ListError
from vedette.intel.address_index import AddressIndex, AddressRows
from vedette.intel.addresses import IPV4, U32, Flags, Ranges, block_ends, ipv4_number, ipv4_numbers, ipv4_text
from vedette.intel.categories import STANDING, Category
from vedette.intel.domain_index import DomainIndex, DomainRows, DomainSelection, Reach
from vedette.intel.domains import registered_domain
from vedette.intel.limits import ListKind
from vedette.intel.lists import LoadedList
from vedette.intel.special_ranges import is_public_number, public_numbers
from vedette.intel.standing import DAY

MEMO = 1 << 16
"""Answers that are remembered, of addresses and of names each."""

_LAYOUT = 4
"""The version of the files that `Intel.save` writes."""


class ListInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A list as a match, and ``vedette intel status``, names it."""

    name: str
    kind: ListKind
    category: Category | None
    custom: bool
    entities: bool
    version: str
    """SHA-256 of the list's content."""
    size: int
    """Entries that can match."""
    loaded_at: int
    """Milliseconds since the epoch."""
    location: str
    ignored: dict[str, int] = {}
    """Why an entry was passed over -> how many were."""


class Match(msgspec.Struct, frozen=True):
    """An entry of a list that holds what was asked about."""

    list: ListInfo
    entry: str
    """As a list would write it: ``198.51.100.7``, ``198.51.100.0/24``, ``bad.example``, ``*.bad.example``."""
    threat_names: tuple[str, ...] = ()


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved beside the arrays."""

    layout: int
    lists: tuple[ListInfo, ...]
    names: tuple[tuple[str, ...], ...]
    trusted_domains: tuple[str, ...]
    trusted_wildcards: tuple[str, ...]


class Rows(NamedTuple):
    """The entries of some lists."""

    addresses: AddressRows
    domains: DomainRows

    def joined(self, more: Rows, owners: int, names: int) -> Rows:
        """As `AddressRows.joined`."""
        return Rows(
            self.addresses.joined(more.addresses, owners, names), self.domains.joined(more.domains, owners, names))


class Intel:
    """Every list in force. Built once, then only asked; `save` and `open` share it with other processes."""

    def __init__(
        self, saved: _Saved, threats: Rows, standings: DomainRows, trusting: Rows, trusted: Ranges
    ) -> None:
        self._saved = saved
        self._addresses = AddressIndex(threats.addresses)
        self._domains = DomainIndex(threats.domains)
        self._standings = DomainIndex(standings)
        self._trusting = trusting
        self._trusted = trusted
        self._trusted_seeker = trusted.seeker()
        self._trusted_domains = frozenset(saved.trusted_domains)
        self._trusted_wildcards = frozenset(saved.trusted_wildcards)
        self.threats_of_ip = lru_cache(MEMO)(self._threats_of_ip)
        """``(ip: str) -> tuple[Match, ...]``: the threat entries that hold the address, the narrowest first.

        Nothing for what is trusted, private, IPv6 or no address (CloudTrail also writes service names).
        """
        self.threats_of_domain = lru_cache(MEMO)(self._threats_of_domain)
        """``(name: str) -> tuple[Match, ...]``: the entries that cover the name, the most specific first.

        Case and a trailing dot make no difference. Nothing for what is trusted.
        """
        self._address_selection = lru_cache(64)(self._addresses.selection)
        self._domain_selection = lru_cache(64)(self._domains.selection)
        self._standing_selection = lru_cache(4)(self._standings.selection)

    @classmethod
    def of(cls, lists: Sequence[LoadedList]) -> Intel:
        """All that the lists say. Their order is the order of matches on the same entry."""
        return cls(*_arranged(lists))

    def joined(self, lists: Sequence[LoadedList]) -> Intel:
        """What `of` makes of these lists with ``lists`` after them. It shares nothing with this one."""
        saved, threats, standings, trusting, trusted = _arranged(lists)
        here, owners, names = self._saved, len(self._saved.lists), len(self._saved.names) - 1
        return Intel(
            _Saved(
                layout=_LAYOUT, lists=here.lists + saved.lists, names=here.names + saved.names[1:],
                trusted_domains=tuple(sorted({*here.trusted_domains, *saved.trusted_domains})),
                trusted_wildcards=tuple(sorted({*here.trusted_wildcards, *saved.trusted_wildcards})),
            ),
            Rows(self._addresses.rows, self._domains.rows).joined(threats, owners, names),
            self._standings.rows.joined(standings, owners, 0),
            self._trusting.joined(trusting, owners, names),
            Ranges.merge(
                np.concatenate([self._trusted.first, trusted.first]),
                np.concatenate([self._trusted.last, trusted.last])),
        )

    @property
    def lists(self) -> tuple[ListInfo, ...]:
        """Every list in force."""
        return self._saved.lists

    def has(self, *categories: Category, custom: bool = False) -> bool:
        """Whether a feed of one of these categories, or with ``custom`` any list of the user's, is loaded."""
        return bool(self._chosen(categories, custom=custom) or self._telling(*categories))

    def is_trusted_ip(self, ip: str) -> bool:
        """Whether the address is public and on a trusted list."""
        number = ipv4_number(ip)
        return number >= 0 and number in self._trusted_seeker and is_public_number(number)

    def is_trusted_domain(self, name: str) -> bool:
        """Whether a trusted entity set has the name, or a wildcard above it."""
        return self._trusts(_plain(name))

    def entries_of_ip(self, ip: str) -> tuple[Match, ...]:
        """Every entry that holds the address, of threat lists and then of trusted ones, the narrowest first.

        For people who ask what stands where: `threats_of_ip` says what counts.
        """
        number = ipv4_number(ip)
        if number < 0 or not is_public_number(number):
            return ()
        return tuple(
            self._match(hit.owner, _block(hit.network, hit.length), hit.names)
            for index in (self._addresses, AddressIndex(self._trusting.addresses)) for hit in index.hits(number))

    def entries_of_domain(self, name: str) -> tuple[Match, ...]:
        """Every entry that covers the name, likewise."""
        return tuple(
            self._match(hit.owner, hit.entry, hit.names)
            for index in (self._domains, DomainIndex(self._trusting.domains)) for hit in index.hits(_plain(name)))

    def listed_ips(
        self, frame: pl.LazyFrame, column: str, categories: Collection[Category] | None = None, *,
        custom: bool | None = None,
    ) -> pl.LazyFrame:
        """The rows whose ``column`` (a string) is an address on a threat list and not trusted.

        ``categories`` narrows to feeds of these; ``custom`` True to the user's own lists, False to feeds.
        Both given: feeds of these categories, or the user's own when ``custom`` is True. Each distinct
        value is looked at once. The frame keeps its columns, and stays lazy.
        """
        owners = self._chosen(categories, custom=custom)
        if not owners:
            return frame.filter(pl.lit(value=False))
        return frame.filter(_asked(column, partial(self._listed_addresses, owners=owners)))

    def listed_domains(
        self, frame: pl.LazyFrame, column: str, categories: Collection[Category] | None = None, *,
        custom: bool | None = None,
    ) -> pl.LazyFrame:
        """The rows whose ``column`` is a name that a threat list covers, not trusted; as `listed_ips`."""
        owners = self._chosen(categories, custom=custom)
        if not owners or not self._domain_selection(owners):
            return frame.filter(pl.lit(value=False))
        return frame.filter(_asked(column, partial(self._listed_names, owners=owners)))

    def listed_answers(
        self, frame: pl.LazyFrame, column: str, categories: Collection[Category] | None = None, *,
        custom: bool | None = None, addresses: Collection[Category] = (),
    ) -> pl.LazyFrame:
        """The rows of whose ``column`` (lists of strings) one is a name that is listed, as of `listed_domains`.

        Or an address that is on a feed of the categories ``addresses``.
        """
        named, numbered = self._chosen(categories, custom=custom), self._chosen(addresses, custom=None)
        named = named if self._domain_selection(named) else frozenset()
        if not named and not numbered:
            return frame.filter(pl.lit(value=False))
        return frame.filter(_asked(column, partial(self._listed_in_lists, named=named, numbered=numbered)))

    def aged_domains(self, frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
        """The rows whose ``column`` is a name of which a list tells when its domain was registered."""
        owners = self._telling(Category.DOMAIN_AGE)
        if not owners:
            return frame.filter(pl.lit(value=False))
        return frame.filter(_asked(column, partial(self._aged_names, owners=owners)))

    def rank(self, name: str) -> int:
        """The best rank that a popularity list gives the name, or one above it up to its registered domain; or 0.

        What is above the registered domain is shared by strangers: that ``duckdns.org`` is popular says nothing of
        ``home.duckdns.org``.
        """
        return min(self._told(name, Category.POPULAR_DOMAIN), default=0)

    def registered_at(self, name: str) -> int | None:
        """When the name's registered domain was registered, the last time that a list tells of (ms); else None."""
        days = self._told(name, Category.DOMAIN_AGE)
        return max(days) * DAY if days else None

    def save(self, folder: Path) -> None:
        """Write everything into a folder, for `open` to map. The folder must be of no other use."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in self._arrays().items():
            np.save(folder / f"{name}.npy", array)
        # Last, so that a folder with it is whole.
        (folder / "intel.msgpack").write_bytes(msgspec.msgpack.encode(self._saved))

    @classmethod
    def open(cls, folder: Path) -> Intel:
        """What `save` wrote. The arrays are mapped: processes that open the same folder share their pages.

        Raises:
            ListError: the folder is not of `save`, or of another version.
        """
        try:
            saved = msgspec.msgpack.decode((folder / "intel.msgpack").read_bytes(), type=_Saved)
            if saved.layout != _LAYOUT:
                raise ListError(
                    f"is of layout {saved.layout}, not {_LAYOUT}: save it again", where=str(folder)
                )

            def mapped(name: str) -> Any:
                return _mapped(folder / f"{name}.npy")

            def addresses(prefix: str) -> AddressRows:
                return AddressRows(*(mapped(f"{prefix}_{name}") for name in AddressRows.__dataclass_fields__))

            def domains(prefix: str) -> DomainRows:
                return DomainRows(*(mapped(f"{prefix}_{name}") for name in DomainRows.__dataclass_fields__))

            return cls(
                saved, Rows(addresses("address"), domains("domain")), domains("standing"),
                Rows(addresses("trusting_address"), domains("trusting_domain")),
                Ranges(mapped("trusted_first"), mapped("trusted_last")),
            )
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise ListError(f"is not a folder of saved lists: {error}", where=str(folder)) from None

    def _arrays(self) -> dict[str, Any]:
        rows: dict[str, AddressRows | DomainRows] = {
            "address": self._addresses.rows, "domain": self._domains.rows, "standing": self._standings.rows,
            "trusting_address": self._trusting.addresses, "trusting_domain": self._trusting.domains,
        }
        return {
            **{f"{prefix}_{name}": getattr(part, name)
               for prefix, part in rows.items() for name in part.__dataclass_fields__},
            "trusted_first": self._trusted.first, "trusted_last": self._trusted.last,
        }

    def _match(self, owner: int, entry: str, names: int) -> Match:
        return Match(self._saved.lists[owner], entry, self._saved.names[names])

    def _threats_of_ip(self, ip: str) -> tuple[Match, ...]:
        number = ipv4_number(ip)
        if number < 0:
            return ()
        hits = list(self._addresses.hits(number))
        if not hits or number in self._trusted_seeker or not is_public_number(number):
            return ()
        return tuple(self._match(hit.owner, _block(hit.network, hit.length), hit.names) for hit in hits)

    def _threats_of_domain(self, name: str) -> tuple[Match, ...]:
        plain = _plain(name)
        hits = list(self._domains.hits(plain))
        if not hits or self._trusts(plain):
            return ()
        return tuple(self._match(hit.owner, hit.entry, hit.names) for hit in hits)

    def _trusts(self, plain: str) -> bool:
        if plain in self._trusted_domains:
            return True
        if not self._trusted_wildcards:
            return False
        above = plain.partition(".")[2]
        while above:
            if above in self._trusted_wildcards:
                return True
            above = above.partition(".")[2]
        return False

    def _chosen(self, categories: Collection[Category] | None, *, custom: bool | None) -> frozenset[int]:
        """The numbers of the threat lists that are meant."""
        return frozenset(
            place for place, info in enumerate(self._saved.lists)
            if _threatens(info) and _is_meant(info, categories, custom)
        )

    def _telling(self, *categories: Category) -> frozenset[int]:
        """The numbers of the lists of these categories that tell how popular or how old names are."""
        return frozenset(place for place, info in enumerate(self._saved.lists)
                         if info.category in STANDING and info.category in categories)

    def _told(self, name: str, category: Category) -> list[int]:
        """The numbers that lists of the category tell of a name, or of what is above it and still its owner's."""
        owners = self._telling(category)
        if not owners:
            return []
        plain = _plain(name)
        owned = len(registered_domain(plain) or plain)
        return [hit.names for hit in self._standings.hits(plain) if hit.owner in owners and len(hit.entry) >= owned]

    def _aged_names(self, values: pl.Series, owners: frozenset[int]) -> pl.Series:
        raw = values.unique().drop_nulls()
        plain = raw.str.to_lowercase().str.strip_suffix(".")
        aged = self._standing_selection(owners).match(plain.unique())
        return values.is_in(raw.filter(plain.is_in(aged.implode())).implode()).fill_null(value=False)

    def _listed_in_lists(self, values: pl.Series, named: frozenset[int], numbered: frozenset[int]) -> pl.Series:
        answers = pl.DataFrame({"row": pl.Series(range(len(values)), dtype=pl.UInt32), "one": values}).explode("one")
        one = answers["one"]
        listed = self._listed_names(one, named) if named else pl.Series(np.zeros(len(one), np.bool_))
        if numbered:
            listed |= self._listed_addresses(one, numbered)
        return pl.Series(range(len(values)), dtype=pl.UInt32).is_in(answers["row"].filter(listed).implode())

    def _listed_addresses(self, values: pl.Series, owners: frozenset[int]) -> pl.Series:
        distinct = values.unique()
        texts = distinct.filter(distinct.str.contains(IPV4).fill_null(value=False))
        numbers: U32 = ipv4_numbers(texts)
        order = np.argsort(numbers)
        found = np.empty(len(numbers), np.bool_)
        found[order] = self._address_selection(owners).contain(numbers[order])
        hits = np.flatnonzero(found)
        good: Flags = public_numbers(numbers[hits]) & ~self._trusted.contain(numbers[hits])
        listed = texts.gather(hits[good])
        return values.is_in(listed.implode()).fill_null(value=False)

    def _listed_names(self, values: pl.Series, owners: frozenset[int]) -> pl.Series:
        raw = values.unique().drop_nulls()
        plain = raw.str.to_lowercase().str.strip_suffix(".")
        selection: DomainSelection = self._domain_selection(owners)
        listed = pl.Series([
            name for name in selection.match(plain.unique()).to_list()
            if self._domains.covered(name, owners) and not self._trusts(name)], dtype=pl.String)
        return values.is_in(raw.filter(plain.is_in(listed.implode())).implode()).fill_null(value=False)


def _arranged(lists: Sequence[LoadedList]) -> tuple[_Saved, Rows, DomainRows, Rows, Ranges]:
    """What an `Intel` of the lists is made of."""
    infos = tuple(_info(loaded) for loaded in lists)
    names: list[tuple[str, ...]] = [()]
    bases = []
    for loaded in lists:
        bases.append(len(names) - 1)
        names += loaded.entries.names[1:]
    threats = [place for place, info in enumerate(infos) if _threatens(info)]
    trusting = [place for place, info in enumerate(infos) if info.kind is ListKind.TRUSTED]
    trusted = [lists[place].entries for place in trusting]
    saved = _Saved(
        layout=_LAYOUT, lists=infos, names=tuple(names),
        trusted_domains=tuple(sorted({name for entries in trusted for name in entries.domains})),
        trusted_wildcards=tuple(sorted({name for entries in trusted for name in entries.wildcards})),
    )
    none = np.empty(0, np.uint32)
    first = np.concatenate([none, *(e.ips for e in trusted), *(e.networks for e in trusted)])
    last = np.concatenate([
        none, *(e.ips for e in trusted), *(block_ends(e.networks, e.network_lengths) for e in trusted)
    ])

    def rows(places: Sequence[int]) -> Rows:
        return Rows(
            AddressRows.build([(place, lists[place].entries, bases[place]) for place in places]),
            DomainRows.build([(place, lists[place].entries, bases[place], _reach(infos[place])) for place in places]))

    return (
        saved, rows(threats),
        DomainRows.of_numbers([
            (place, lists[place].standing) for place, info in enumerate(infos) if info.category in STANDING]),
        rows(trusting), Ranges.merge(first, last),
    )


def _asked(column: str, judge: Callable[[pl.Series], pl.Series]) -> pl.Expr:
    """The expression that asks ``judge`` about a column, part by part."""
    return pl.col(column).map_batches(judge, return_dtype=pl.Boolean, is_elementwise=True)


def _threatens(info: ListInfo) -> bool:
    return info.kind is ListKind.THREAT and info.category not in STANDING


def _is_meant(info: ListInfo, categories: Collection[Category] | None, custom: bool | None) -> bool:
    if info.custom:
        return custom if custom is not None else categories is None
    return info.category in categories if categories is not None else not custom


def _reach(info: ListInfo) -> Reach:
    """A feed's entry covers what is below it, but whoever abuses free hosting does not speak for its other users."""
    if info.custom:
        return Reach.ITSELF
    return Reach.BELOW if info.category is Category.ABUSED_DOMAIN else Reach.OWNED


def _info(loaded: LoadedList) -> ListInfo:
    spec = loaded.spec
    return ListInfo(
        name=spec.name, kind=spec.kind, category=spec.category, custom=spec.custom, entities=spec.entities,
        version=loaded.version, size=loaded.size, loaded_at=loaded.loaded_at, location=spec.location,
        ignored=loaded.entries.ignored,
    )


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


def _block(network: int, length: int) -> str:
    return ipv4_text(network) if length == 32 else f"{ipv4_text(network)}/{length}"


def _mapped(path: Path) -> Any:
    """An array on disk. An empty one cannot be mapped."""
    array = np.load(path, mmap_mode=None if path.stat().st_size <= 128 else "r", allow_pickle=False)
    return np.asarray(array)
