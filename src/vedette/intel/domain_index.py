"""Which lists a domain name is on: sorted names in one block of bytes, read in place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.intel.address_index import U16
from vedette.intel.addresses import U32, U64
from vedette.intel.domains import are_public_suffixes
from vedette.intel.entries import ListEntries

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
        rows = pl.concat(frames or [_frame(0, (), np.empty(0, np.uint32), 0, 0)])
        rows = rows.sort("name", maintain_order=True)
        text = "".join(rows["name"].to_list()).encode()
        return cls(
            np.frombuffer(text, np.uint8),
            rows["name"].str.len_bytes().cast(pl.UInt64).cum_sum().to_numpy(),
            rows["owner"].to_numpy(), rows["names"].to_numpy(), rows["scope"].to_numpy(),
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

    def selection(self, owners: frozenset[int]) -> DomainSelection:
        """What is on any of those lists, for matching columns."""
        rows = self.rows
        chosen = np.flatnonzero(np.isin(rows.owner, np.array(sorted(owners), np.uint16)))
        names = pl.Series("name", [self.name(place).decode() for place in chosen.tolist()], dtype=pl.String)
        scope = pl.Series(rows.scope[chosen], dtype=pl.UInt8)
        return DomainSelection.of(names.filter((scope & ITSELF) > 0), names.filter((scope & BELOW) > 0))


@dataclass(frozen=True, slots=True)
class DomainSelection:
    """The names of some lists, without saying which."""

    exact: pl.Series
    """Names that are listed themselves, distinct."""
    above: pl.Series
    """Names that everything below is listed of, distinct."""
    tails: pl.Series
    """The last two labels of ``above``: a name with another tail need not be walked up."""
    tops: pl.Series
    """The entries of ``above`` that are a single label."""

    @classmethod
    def of(cls, exact: pl.Series, above: pl.Series) -> DomainSelection:
        """The selection of names that are listed themselves, and names that everything below is listed of."""
        above = above.unique()
        single = ~above.str.contains(".", literal=True)
        return cls(exact.unique(), above, _tail(above.filter(~single)).unique(), above.filter(single))

    def match(self, names: pl.Series) -> pl.Series:
        """Those of the distinct names (lower case, no trailing dot) that are listed."""
        direct = names.is_in(self.exact.implode())
        walk = names.filter(_tail(names).is_in(self.tails.implode()))
        parts = [names.filter(direct)]
        if len(self.tops):
            top = names.str.extract(r"\.([^.]+)$").fill_null("")
            parts.append(names.filter(top.is_in(self.tops.implode())))
        climbing = pl.DataFrame({"name": walk, "up": walk})
        for _ in range(MAX_LABELS):
            climbing = climbing.with_columns(pl.col("up").str.replace(r"^[^.]*\.", ""))
            # A name of two labels is the tail itself: nothing above it but a top, which has been seen to.
            climbing = climbing.filter(pl.col("up").str.contains(".", literal=True))
            if climbing.is_empty():
                break
            listed = climbing["up"].is_in(self.above.implode())
            parts.append(climbing["name"].filter(listed))
            climbing = climbing.filter(~listed)
        return pl.concat(parts).unique()


def _frame(owner: int, texts: Sequence[str], names: U32, base: int, scope: int) -> pl.DataFrame:
    places = np.where(names == 0, names, names + np.uint32(base)).astype(np.uint32)
    return pl.DataFrame({"name": pl.Series(texts, dtype=pl.String), "names": places}).select(
        "name", "names", pl.lit(owner, pl.UInt16).alias("owner"), pl.lit(scope, pl.UInt8).alias("scope")
    )


def _tail(names: pl.Series) -> pl.Series:
    """The last two labels; a single label is its own."""
    return names.str.extract(r"([^.]+\.[^.]+)$").fill_null("")
