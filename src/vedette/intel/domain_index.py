"""Which lists a domain name is on: sorted names in one block of bytes, read in place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.intel.address_index import U16, shifted
from vedette.intel.addresses import U32, U64
from vedette.intel.domains import are_public_suffixes
from vedette.intel.entries import ListEntries
from vedette.intel.standing import NameNumbers

U8 = npt.NDArray[np.uint8]

ITSELF, BELOW = 1, 2
"""What an entry covers: its own name, the names below it; a feed's entry covers both."""


class Reach(Enum):
    """What a list's plain entries cover besides themselves."""

    ITSELF = auto()
    """Nothing: AWS's meaning, for the user's own lists."""
    OWNED = auto()
    """The names below that belong to the same owner: none below a public suffix (``github.io``, ``duckdns.org``)."""
    BELOW = auto()
    """All names below."""


MAX_LABELS = 40
"""Names with more labels are walked up this far: an entry, and so a match, never has as many."""


class DomainHit(NamedTuple):
    """An entry that covers a name."""

    owner: int
    names: int
    entry: str


@dataclass(frozen=True, slots=True)
class DomainRows:
    """The index as it is stored, sorted by the names' bytes; a name on several lists stands several times."""

    text: U8
    """The names, UTF-8, one after the other."""
    ends: U64
    """Where each name ends in ``text``."""
    owner: U16
    names: U32
    """Which of the threat names; of rows made by `of_numbers`, the number that the list tells of the name."""
    scope: U8
    """`ITSELF`, `BELOW` or both."""

    @classmethod
    def build(cls, lists: Sequence[tuple[int, ListEntries, int, Reach]]) -> DomainRows:
        """The index of (list's number, its entries, offset of its names in the common table, their reach)."""
        frames = []
        for owner, entries, base, reach in lists:
            scope = ITSELF if reach is Reach.ITSELF else ITSELF | BELOW
            frame = _frame(owner, entries.domains, entries.domain_names, base, scope)
            if reach is Reach.OWNED:
                narrow = are_public_suffixes(frame["name"])
                frame = frame.with_columns(scope=pl.when(narrow).then(pl.lit(ITSELF, pl.UInt8)).otherwise("scope"))
            frames.append(frame)
            frames.append(_frame(owner, entries.wildcards, entries.wildcard_names, base, BELOW))
        return cls._of(frames)

    @classmethod
    def of_numbers(cls, lists: Sequence[tuple[int, NameNumbers]]) -> DomainRows:
        """The index of (list's number, the names it tells a number of), each of which covers the names below it."""
        return cls._of([
            pl.DataFrame({"name": told.names, "names": told.numbers}).with_columns(
                pl.lit(owner, pl.UInt16).alias("owner"), pl.lit(ITSELF | BELOW, pl.UInt8).alias("scope"))
            for owner, told in lists])

    @classmethod
    def _of(cls, frames: Sequence[pl.DataFrame]) -> DomainRows:
        rows = pl.concat([*frames, _frame(0, (), np.empty(0, np.uint32), 0, 0)])
        rows = rows.sort("name", maintain_order=True)
        text = "".join(rows["name"].to_list()).encode()
        return cls(
            np.frombuffer(text, np.uint8),
            rows["name"].str.len_bytes().cast(pl.UInt64).cum_sum().to_numpy(),
            rows["owner"].to_numpy(), rows["names"].to_numpy(), rows["scope"].to_numpy(),
        )

    def joined(self, more: DomainRows, owners: int, names: int) -> DomainRows:
        """These rows and ``more``, whose lists are numbered from ``owners`` and whose names from ``names``.

        On the same name, these come first. ``more`` is looked up name by name: it should be the smaller one.
        """
        here, there = DomainIndex(self), DomainIndex(more)
        added = [there.name(place) for place in range(len(there))]
        places = [bisect_right(range(len(here)), name, key=here.name) for name in added]
        cuts = [int(self.ends[place - 1]) if place else 0 for place in places]
        text = self.text.data
        parts: list[bytes | memoryview] = []
        for name, cut, before in zip(added, cuts, [0, *cuts], strict=False):
            parts += (text[before:cut], name)
        parts.append(text[cuts[-1] if cuts else 0 :])
        lengths = np.insert(_lengths(self.ends), places, _lengths(more.ends))
        return DomainRows(
            np.frombuffer(b"".join(parts), np.uint8), np.cumsum(lengths, dtype=np.uint64),
            np.insert(self.owner, places, more.owner + np.uint16(owners)),
            np.insert(self.names, places, shifted(more.names, names)),
            np.insert(self.scope, places, more.scope),
        )


class DomainIndex:
    """Looks names up in `DomainRows`: one at a time, or a column of them at once.

    Names are asked for in lower case without a trailing dot.
    """

    def __init__(self, rows: DomainRows) -> None:
        self.rows = rows
        self._text = rows.text.data
        self._ends = rows.ends.data

    def __len__(self) -> int:
        return len(self.rows.ends)

    def name(self, place: int) -> bytes:
        """The entry at that place."""
        return bytes(self._text[self._ends[place - 1] if place else 0 : self._ends[place]])

    def hits(self, name: str) -> Iterator[DomainHit]:
        """The entries that cover the name, the most specific first."""
        if not len(self):
            return
        wanted, scope = name, ITSELF
        for _ in range(MAX_LABELS):
            key = wanted.encode("utf-8", "replace")
            place = bisect_left(range(len(self)), key, key=self.name)
            while place < len(self) and self.name(place) == key:
                covers = int(self.rows.scope[place])
                if covers & scope:
                    entry = wanted if covers & ITSELF else f"*.{wanted}"
                    yield DomainHit(int(self.rows.owner[place]), int(self.rows.names[place]), entry)
                place += 1
            wanted, scope = wanted.partition(".")[2], BELOW
            if not wanted:
                return

    def covered(self, name: str, owners: frozenset[int]) -> bool:
        """Whether an entry of one of these lists covers the name."""
        return any(hit.owner in owners for hit in self.hits(name))

    def selection(self, owners: frozenset[int]) -> DomainSelection:
        """What is on any of those lists, for matching columns."""
        rows = self.rows
        chosen = np.flatnonzero(np.isin(rows.owner, np.array(sorted(owners), np.uint16)))
        names = pl.Series("name", [self.name(place).decode() for place in chosen.tolist()], dtype=pl.String)
        scope = pl.Series(rows.scope[chosen], dtype=pl.UInt8)
        return DomainSelection.of(names.filter((scope & ITSELF) > 0), names.filter((scope & BELOW) > 0))


@dataclass(frozen=True, slots=True)
class DomainSelection:
    """The names of some lists, without saying which: sorted hashes, so that asking costs the same of long lists.

    Two names may have one hash, though hardly ever: what matches should be looked up in the index itself.
    """

    exact: U64
    """Names that are listed themselves."""
    above: U64
    """Names that everything below is listed of."""
    tails: U64
    """The last two labels of ``above``: a name with another tail need not be walked up."""
    tops: U64
    """The entries of ``above`` that are a single label."""

    @classmethod
    def of(cls, exact: pl.Series, above: pl.Series) -> DomainSelection:
        """The selection of names that are listed themselves, and names that everything below is listed of."""
        single = ~above.str.contains(".", literal=True)
        return cls(_hashes(exact), _hashes(above), _hashes(_tail(above.filter(~single))), _hashes(above.filter(single)))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(len(self.exact) or len(self.above))

    def match(self, names: pl.Series) -> pl.Series:
        """Those of the distinct names (lower case, no trailing dot) that are listed."""
        parts = [names.filter(_among(names, self.exact))]
        if len(self.tops):
            top = names.str.extract(r"\.([^.]+)$").fill_null("")
            parts.append(names.filter(_among(top, self.tops)))
        walk = names.filter(_among(_tail(names), self.tails))
        climbing = pl.DataFrame({"name": walk, "up": walk})
        for _ in range(MAX_LABELS):
            climbing = climbing.with_columns(pl.col("up").str.replace(r"^[^.]*\.", ""))
            # A name of two labels is the tail itself: nothing above it but a top, which has been seen to.
            climbing = climbing.filter(pl.col("up").str.contains(".", literal=True))
            if climbing.is_empty():
                break
            listed = _among(climbing["up"], self.above)
            parts.append(climbing["name"].filter(listed))
            climbing = climbing.filter(~listed)
        return pl.concat(parts).unique()


def _hashes(names: pl.Series) -> U64:
    return np.unique(names.hash(seed=_SEED).to_numpy())


def _among(names: pl.Series, hashes: U64) -> pl.Series:
    """Which of the names have one of the hashes."""
    if not len(hashes) or not len(names):
        return pl.Series(np.zeros(len(names), np.bool_))
    asked = names.hash(seed=_SEED).to_numpy()
    place = np.minimum(np.searchsorted(hashes, asked), len(hashes) - 1)
    return pl.Series(hashes[place] == asked)


_SEED = 0


def _frame(owner: int, texts: Sequence[str], names: U32, base: int, scope: int) -> pl.DataFrame:
    return pl.DataFrame({"name": pl.Series(texts, dtype=pl.String), "names": shifted(names, base)}).select(
        "name", "names", pl.lit(owner, pl.UInt16).alias("owner"), pl.lit(scope, pl.UInt8).alias("scope")
    )


def _lengths(ends: U64) -> U64:
    return np.diff(ends, prepend=np.uint64(0))


def _tail(names: pl.Series) -> pl.Series:
    """The last two labels; a single label is its own."""
    return names.str.extract(r"([^.]+\.[^.]+)$").fill_null("")
