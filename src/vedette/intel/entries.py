"""A list's entries, sorted out: addresses, networks, domains and wildcards, and what was passed over.

Every format's reader makes the same rows (line, value, names); here each value is looked at, all at once by
column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Network

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.errors import ListError
from vedette.intel.addresses import IPV4, NETWORK, U32, block_ends, ipv4_numbers, ipv4_text
from vedette.intel.special_ranges import overlaps_public, public_numbers

U8 = npt.NDArray[np.uint8]

NAME_SEPARATOR = "\x1f"
"""Stands between an entry's threat names in a row's ``names``."""
NAME_LENGTH = 100
"""A threat name is cut at so many characters: a comment can be an essay."""

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
DOMAIN = rf"^(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})$"
"""A domain name of two labels or more, in lower case."""
_WILDCARD = rf"^\*\.(?:{_LABEL}\.)*(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{1,59}})$"
_IPV6_LIKE = r"^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:/[0-9]{1,3})?$"

NOT_PUBLIC = "not a public address"
IPV6 = "IPv6"
DUPLICATE = "repeated"
IN_IP_SET = "domain in an IP set"

ROWS = {"line": pl.Int64, "value": pl.String, "names": pl.String}
"""The columns that a format's reader fills. ``names`` is null where the format has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntries:
    """What a list says, without repeats, each kind sorted.

    The ``…_names`` arrays run beside the entries and index ``names``; index 0 is "none given".
    """

    ips: U32
    ip_names: U32
    networks: U32
    network_lengths: U8
    network_names: U32
    domains: tuple[str, ...]
    """Lower case, no trailing dot."""
    domain_names: U32
    wildcards: tuple[str, ...]
    """What stands after ``*.``"""
    wildcard_names: U32
    names: tuple[tuple[str, ...], ...]
    ignored: dict[str, int]
    """Why an entry was passed over -> how many were."""

    @classmethod
    def none(cls, ignored: dict[str, int]) -> ListEntries:
        """No entries."""
        none = np.empty(0, np.uint32)
        return cls(
            ips=none, ip_names=none, networks=none, network_lengths=np.empty(0, np.uint8), network_names=none,
            domains=(), domain_names=none, wildcards=(), wildcard_names=none, names=((),), ignored=ignored,
        )

    @property
    def size(self) -> int:
        """How many entries can match."""
        return len(self.ips) + len(self.networks) + len(self.domains) + len(self.wildcards)

    def texts(self) -> Iterator[str]:
        """Every entry as a list would write it."""
        yield from (ipv4_text(number) for number in self.ips.tolist())
        for number, length in zip(self.networks.tolist(), self.network_lengths.tolist(), strict=True):
            yield f"{ipv4_text(number)}/{length}"
        yield from self.domains
        yield from (f"*.{name}" for name in self.wildcards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How strictly a list's values are read."""

    name: str
    """The list's name, for errors."""
    entities: bool
    """Domains are entries too."""
    max_entries: int
    mixed: bool = False
    """The format says what a value is, so that a domain in an IP set is passed over, not an error."""
    lenient: bool = False
    """An unreadable value is counted, not an error, as long as most values are readable (open feeds)."""


def sort_out(rows: pl.DataFrame, rules: Rules, ignored: dict[str, int] | None = None) -> ListEntries:
    """The entries of a list's rows (`ROWS`, in file order); ``ignored``: what its reader passed over.

    Raises:
        ListError: too many entries, or a value that is none; ``where`` is the list's name and the line.
    """
    passed = dict(ignored or {})
    if rows.height > rules.max_entries:
        line = rows["line"][rules.max_entries]
        raise ListError(
            f"has {rows.height:,} entries, and at most {rules.max_entries:,} are allowed",
            where=f"{rules.name}:{line}",
        )
    names, rows = _number_names(rows)
    rows = rows.with_columns(pl.col("value").str.strip_suffix("/32"))
    rows = rows.with_columns(
        pl.when(pl.col("value").str.contains(IPV4)).then(pl.lit("ip"))
        .when(pl.col("value").str.contains(NETWORK)).then(pl.lit("network"))
        .otherwise(pl.lit("other")).alias("kind")
    )
    ips, ip_names = _addresses(rows, passed)
    networks, lengths, network_names = _networks(rows, passed)
    named = _named(rows, rules, passed)
    domains = _unique(named.filter(~pl.col("wild")).select("value", "name"), passed)
    wildcards = _unique(
        named.filter("wild").select(pl.col("value").str.strip_prefix("*."), "name"), passed
    )
    return ListEntries(
        ips=ips, ip_names=ip_names, networks=networks, network_lengths=lengths, network_names=network_names,
        domains=tuple(domains["value"].to_list()), domain_names=_u32(domains["name"]),
        wildcards=tuple(wildcards["value"].to_list()), wildcard_names=_u32(wildcards["name"]),
        names=names, ignored={reason: count for reason, count in sorted(passed.items()) if count},
    )


def _number_names(rows: pl.DataFrame) -> tuple[tuple[tuple[str, ...], ...], pl.DataFrame]:
    """The table of distinct threat names, and the rows with their place in it as ``name``."""
    distinct = rows["names"].drop_nulls().unique().sort()
    distinct = distinct.filter(distinct != "")
    table: list[tuple[str, ...]] = [()]
    table.extend(
        tuple(part.strip()[:NAME_LENGTH] for part in text.split(NAME_SEPARATOR) if part.strip())
        for text in distinct.to_list()
    )
    places = pl.DataFrame({"names": distinct, "name": np.arange(1, len(distinct) + 1, dtype=np.uint32)})
    numbered = rows.join(places, on="names", how="left", maintain_order="left")
    return tuple(table), numbered.select("line", "value", pl.col("name").fill_null(0))


def _addresses(rows: pl.DataFrame, passed: dict[str, int]) -> tuple[U32, U32]:
    found = rows.filter(pl.col("kind") == "ip")
    numbers, names = ipv4_numbers(found["value"]), _u32(found["name"])
    public = public_numbers(numbers)
    _count(passed, NOT_PUBLIC, int((~public).sum()))
    numbers, names = numbers[public], names[public]
    numbers, first = np.unique(numbers, return_index=True)
    _count(passed, DUPLICATE, len(names) - len(numbers))
    return numbers, names[first]


def _networks(rows: pl.DataFrame, passed: dict[str, int]) -> tuple[U32, U8, U32]:
    found = rows.filter(pl.col("kind") == "network")
    parts = found.select(pl.col("value").str.split_exact("/", 1)).unnest("value")
    lengths = parts["field_1"].cast(pl.UInt8).to_numpy()
    ends = block_ends(np.zeros(len(lengths), np.uint32), lengths)  # the host bits, all set
    numbers = ipv4_numbers(parts["field_0"]) & ~ends
    public = overlaps_public(numbers, numbers | ends)
    _count(passed, NOT_PUBLIC, int((~public).sum()))
    numbers, lengths, names = numbers[public], lengths[public], _u32(found["name"])[public]
    keys, first = np.unique((lengths.astype(np.uint64) << np.uint64(32)) | numbers, return_index=True)
    _count(passed, DUPLICATE, len(names) - len(keys))
    return numbers[first], lengths[first], names[first]


def _named(rows: pl.DataFrame, rules: Rules, passed: dict[str, int]) -> pl.DataFrame:
    """The rows that are domains and wildcards; what is neither is passed over or an error."""
    other = rows.filter(pl.col("kind") == "other").with_columns(
        text=pl.col("value"), value=pl.col("value").str.to_lowercase().str.strip_suffix(".")
    )
    other = other.with_columns(
        wild=pl.col("value").str.contains(_WILDCARD),
        named=pl.col("value").str.contains(f"{DOMAIN}|{_WILDCARD}")
        & (pl.col("value").str.len_bytes() <= 253),
        six=pl.col("value").str.contains(_IPV6_LIKE),
    )
    six = other.filter(pl.col("six"))
    valid = pl.Series([_is_ipv6(text) for text in six["text"].to_list()], dtype=pl.Boolean)
    _count(passed, IPV6, int(valid.sum()))
    wrong = pl.concat([six.filter(~valid), other.filter(~pl.col("six") & ~pl.col("named"))]).sort("line")
    if rules.lenient:
        _refuse_mostly_wrong(rows, wrong, rules)
        _count(passed, "unreadable", wrong.height)
    elif wrong.height:
        expected = "an address, a network or a domain" if rules.entities else "an IPv4 address or network"
        raise _refusal(wrong, rules, f"is not {expected}")
    named = other.filter(pl.col("named"))
    if named.height and not rules.entities:
        if not rules.mixed:
            raise _refusal(named, rules, "is a domain, and an IP set holds only IPv4 addresses and networks")
        _count(passed, IN_IP_SET, named.height)
        return named.clear()
    return named


def _refuse_mostly_wrong(rows: pl.DataFrame, wrong: pl.DataFrame, rules: Rules) -> None:
    if wrong.height * 2 > rows.height:
        others = f"and {wrong.height - 1:,} more of {rows.height:,} entries cannot be read"
        raise _refusal(wrong, rules, others)


def _refusal(rows: pl.DataFrame, rules: Rules, what: str) -> ListError:
    first = rows.row(0, named=True)
    return ListError(f"{first['text'][:80]!r} {what}", where=f"{rules.name}:{first['line']}")


def _unique(named: pl.DataFrame, passed: dict[str, int]) -> pl.DataFrame:
    distinct = named.unique("value", keep="first", maintain_order=True).sort("value")
    _count(passed, DUPLICATE, named.height - distinct.height)
    return distinct


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Network(text, strict=False)
    except ValueError:
        return False
    return True


def _u32(column: pl.Series) -> U32:
    return column.cast(pl.UInt32).to_numpy()


def _count(passed: dict[str, int], reason: str, number: int) -> None:
    if number:
        passed[reason] = passed.get(reason, 0) + number
