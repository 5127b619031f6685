"""Reads the lists of names that training and judging are given, and splits them.

A list is text with a name a line, a CSV with ``domain,label`` (0: chosen by people, 1: generated), either of them
gzipped or not, or the ``hstspreload.bin`` of the Python package of that name.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.dga.families import FAMILIES, Family, names_of
from vedette.intel.domains import registration

Name = tuple[str, str]
"""The label that was registered, and the public suffix it is under."""

JUDGED = 2
"""Of ten parts of the chosen names, those by whose digest they are for judging only."""


def names(path: Path, label: str = "0") -> list[Name]:
    """The registered names of a list, each once. ``label``: of a CSV, the rows with this label."""
    return registered(_hsts(path.read_bytes()) if path.suffix == ".bin" else _lines(path, label))


def registered(full: Iterable[str]) -> list[Name]:
    """Of each name its registered label and suffix; those below private suffixes, and IDNs, are left out."""
    found: dict[Name, None] = {}
    for name in full:
        parts = registration(name)
        if parts and len(parts[0]) > 2 and not parts[0].startswith("xn--") and parts[0].isascii():
            found[parts] = None
    return list(found)


def _lines(path: Path, label: str) -> list[str]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode()
    rows = [line.replace("\x01", ",").split(",") for line in text.splitlines() if line and not line.startswith("#")]
    return [row[0] for row in rows if len(row) == 1 or row[-1] == label]


def _hsts(data: bytes) -> list[str]:
    place, found = 0, []
    while place < len(data):
        length = data[place + 1]
        name = data[place + 2 : place + 2 + length].decode()
        if "." in name:
            found.append(name)
        place += 2 + length
    return found


def part(name: Name) -> int:
    """One of ten, by the label's digest: the same label is always in the same part, under whatever suffix."""
    return hashlib.blake2b(name[0].encode(), digest_size=2).digest()[0] % 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """Names that people chose."""

    taught: list[Name]
    held: list[Name]
    """The same list's, for judging only."""
    other: list[Name]
    """Of a list that nothing is taught from."""


def chosen(taught: Path, other: Path) -> Chosen:
    """Split the first list; of the second, all names are for judging, and none of their labels is taught."""
    apart = names(other)
    labels = {label for label, _ in apart}
    some = [name for name in names(taught) if name[0] not in labels]
    return Chosen([one for one in some if part(one) >= JUDGED], [one for one in some if part(one) < JUDGED], apart)


def words(path: Path) -> list[str]:
    """Plain words of four to nine letters, in an order of their own."""
    found = sorted({line for line in path.read_text(encoding="utf-8").splitlines()
                    if line.isascii() and line.isalpha() and line.islower() and 4 <= len(line) <= 9})
    Random("words").shuffle(found)
    return found


def words_of(family: Family, every: Sequence[str]) -> Sequence[str]:
    """A family's own words; no other family, and none that is invented, has them."""
    start = 0
    for one in FAMILIES:
        if one is family:
            return every[start : start + one.words * 8 if one.words < 10 else start + one.words]
        start += one.words * 8 if one.words < 10 else one.words
    raise ValueError(f"{family.name} is not in the table")


def words_of_none(every: Sequence[str]) -> Sequence[str]:
    """The words that no family has."""
    return every[sum(one.words * 8 if one.words < 10 else one.words for one in FAMILIES) :]


def generated(family: Family, count: int, rng: Random, every: Sequence[str]) -> list[Name]:
    """Names of a family."""
    return registered(names_of(family, count, rng, words_of(family, every)))
