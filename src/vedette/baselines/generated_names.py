"""Does a registered name look as if a machine had made it up?

A name is read in pieces of three, four and five characters. Tables tell how often each piece stands in names that
people chose, and how much more often in names that malware made; with what the name is made of (length, digits, vowels,
runs of consonants, its top-level domain) they go into a small network of two layers. What comes out is the logarithm of
a likelihood ratio: how many times likelier the name is among generated ones than among chosen ones.

The weights lie beside this file. ``benchmarks/dga`` trains them; ``docs/dga-model.md`` is their card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]
Places = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]

VERSION = 1
"""Of the features below. Weights of another version are not for this code."""

SYMBOLS = 39
"""Nothing (between names), 26 letters, 10 digits, the hyphen, and all else."""
THREES = SYMBOLS**3
HASHED = 17
"""Bits of the numbers of pieces of four and five."""

ENDS = ("com", "net", "org", "info biz", "ru su", "cn cc tk pw ws top xyz")
"""Top-level domains that stand for themselves; then come others of two letters, of more, and those of two labels."""

_BLOCK = 4096
"""Names read at once: what is held of them stays in a core's cache."""
_GAP = 4


def _symbols() -> npt.NDArray[np.uint8]:
    table = np.full(256, SYMBOLS - 1, np.uint8)
    table[0] = 0
    for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz0123456789-", 1):
        table[ord(letter)] = table[ord(letter.upper())] = number
    return table


_SYMBOL = _symbols()
_VOWELS = frozenset(_SYMBOL[list(b"aeiou")].tolist())
_NOTHING, _VOWEL, _CONSONANT, _DIGIT, _OTHER = range(5)
_KIND = np.array([
    _NOTHING if symbol == 0 else _VOWEL if symbol in _VOWELS else _CONSONANT if symbol <= 26 else
    _DIGIT if symbol <= 36 else _OTHER for symbol in range(SYMBOLS)], np.uint32)
_HEX = frozenset(_SYMBOL[list(b"0123456789abcdef")].tolist())

# What is counted of a name, eight counts of a byte each in one number: no name has more than 63 characters.
_DIGITS, _OF_VOWELS, _HYPHENS, _HEXES, _CONSONANTS4, _VOWELS3, _DIGITS3, _TURNS = range(8)


def _counted_alone() -> npt.NDArray[np.uint64]:
    table = np.zeros(SYMBOLS, np.uint64)
    for symbol in range(1, SYMBOLS):
        has = {_DIGITS: _KIND[symbol] == _DIGIT, _OF_VOWELS: _KIND[symbol] == _VOWEL,
               _HYPHENS: _KIND[symbol] == _OTHER, _HEXES: symbol in _HEX}
        table[symbol] = sum(1 << (8 * place) for place, it in has.items() if it)
    return table


def _counted_together() -> npt.NDArray[np.uint64]:
    """By the kinds of four characters, of which the last is the newest."""
    table = np.zeros(5**4, np.uint64)
    for number in range(5**4):
        kinds = [number // 5**place % 5 for place in (3, 2, 1, 0)]
        has = {_CONSONANTS4: kinds == [_CONSONANT] * 4, _VOWELS3: kinds[1:] == [_VOWEL] * 3,
               _DIGITS3: kinds[1:] == [_DIGIT] * 3,
               _TURNS: _NOTHING not in kinds[2:] and (kinds[2] == _DIGIT) != (kinds[3] == _DIGIT)}
        table[number] = sum(1 << (8 * place) for place, it in has.items() if it)
    return table


_ALONE, _TOGETHER = _counted_alone(), _counted_together()
_BIT = np.array([0, *(1 << symbol for symbol in range(SYMBOLS - 1))], np.uint64)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Names in pieces. Each piece ends at a character of its name, or just behind it."""

    threes: Codes
    fours: Codes
    fives: Codes
    begins: Places
    """Where the pieces of each name begin, and where they end, in turn."""
    counts: npt.NDArray[np.uint64]
    distinct: npt.NDArray[np.uint64]
    lengths: Places
    first: npt.NDArray[np.uint8]
    """Each name's first character."""


def pieces(labels: Sequence[str]) -> Pieces:
    """The pieces of names: labels of ASCII characters, none of them empty."""
    gap = "\0" * _GAP
    text = np.frombuffer(f"{gap}{gap.join(labels)}{gap}".encode("ascii"), np.uint8)
    lengths = np.fromiter(map(len, labels), np.int64, len(labels))
    starts = np.cumsum(lengths + _GAP) - lengths
    begins = np.empty(2 * len(labels), np.int64)
    begins[0::2], begins[1::2] = starts, starts + lengths + 1
    symbol = _SYMBOL[text]
    one = symbol.astype(np.uint32)
    twos = one.copy()
    twos[1:] += one[:-1] * np.uint32(SYMBOLS)
    threes = twos.copy()
    threes[2:] += one[:-2] * np.uint32(SYMBOLS**2)
    fours = threes.copy()
    fours[3:] += one[:-3] * np.uint32(SYMBOLS**3)
    fives = fours * np.uint32(40_503)
    fives[4:] += one[:-4] * np.uint32(2_246_822_519)
    fours = (fours * np.uint32(2_654_435_761)) >> np.uint32(32 - HASHED)
    fives = ((fives ^ (fives >> np.uint32(15))) * np.uint32(2_654_435_761)) >> np.uint32(32 - HASHED)
    kind = _KIND[symbol]
    kinds = kind.copy()
    kinds[1:] += kind[:-1] * np.uint32(5)
    kinds[2:] += kind[:-2] * np.uint32(25)
    kinds[3:] += kind[:-3] * np.uint32(125)
    counted = _ALONE[symbol] + _TOGETHER[kinds]
    return Pieces(
        threes, fours, fives, begins, np.add.reduceat(counted, begins)[::2],
        np.bitwise_or.reduceat(_BIT[symbol], begins)[::2], lengths, symbol[starts])


@dataclass(frozen=True, slots=True)
class Tables:
    """What pieces tell, in 256 steps."""

    chosen3: Bytes
    """How probable the third character is in names that people chose, after the two before it."""
    chosen4: Bytes
    """How often a piece stands in those."""
    chosen5: Bytes
    ratio3: Bytes
    """How much more often a piece stands in generated names."""
    ratio4: Bytes


SUMMED = 6
"""Of each name: the sums of what the tables say, and the least of the first."""


def ends_of(suffixes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Which kind each top-level domain (``com``, ``co.uk``) is of."""
    return np.fromiter(map(_end, suffixes), np.int64, len(suffixes))


@lru_cache(maxsize=1 << 14)
def _end(suffix: str) -> int:
    alone = next((number for number, some in enumerate(ENDS) if suffix in some.split()), None)
    if alone is not None:
        return alone
    return len(ENDS) + (2 if "." in suffix else 0 if len(suffix) == 2 else 1)


FEATURES = 29 + len(ENDS)


def features(read: Pieces, ends: npt.NDArray[np.int64], tables: Tables) -> Floats:
    """What the network is told of each name."""
    begins, length = read.begins, read.lengths.astype(np.float32)
    places = length + 1
    said3 = tables.chosen3[read.threes]
    said4, said5 = tables.chosen4[read.fours], tables.chosen5[read.fives]
    out = np.zeros((len(length), FEATURES), np.float32)
    columns = iter(range(FEATURES))

    def tell(values: npt.NDArray[np.floating]) -> None:
        out[:, next(columns)] = values

    def total(values: npt.NDArray[np.generic]) -> Floats:
        return np.add.reduceat(values, begins, dtype=np.int32)[::2].astype(np.float32)

    sums = [total(said3), total(said4), total(said5), total(tables.ratio3[read.threes]),
            total(tables.ratio4[read.fours])]
    tell(length / 16)
    tell(np.log(length))
    for each in sums:
        tell(each / places / 32)
    for each in (sums[0], sums[3], sums[4]):
        tell(each / 512)
    tell(np.minimum.reduceat(said3, begins)[::2].astype(np.float32) / 32)
    tell(total(said3 < -100) / places)
    tell(total(said4 <= -127) / places)
    tell(total(said5 <= -127) / places)
    counts = read.counts[:, None].view(np.uint8).astype(np.float32)
    for place in (_DIGITS, _OF_VOWELS, _HYPHENS, _HEXES, _CONSONANTS4, _VOWELS3, _DIGITS3, _TURNS):
        tell(counts[:, place] / length)
    tell((counts[:, _HEXES] == length).astype(np.float32))
    tell(np.bitwise_count(read.distinct) / length)
    tell((read.first >= 27).astype(np.float32))
    tell((counts[:, _DIGITS] == 0).astype(np.float32))
    start = next(columns)
    out[np.arange(len(length)), start + ends] = 1
    return out


@dataclass(frozen=True, slots=True)
class Network:
    """Two layers, and the sum of the second."""

    layers: tuple[tuple[Floats, Floats], ...]

    def ratio(self, told: Floats) -> Floats:
        """The logarithm of the likelihood ratio, of each row."""
        for weights, bias in self.layers[:-1]:
            told = np.maximum(told @ weights + bias, 0)
        weights, bias = self.layers[-1]
        out: Floats = (told @ weights + bias)[:, 0]
        return out


@dataclass(frozen=True, slots=True)
class Model:
    """The trained whole."""

    tables: Tables
    network: Network

    def ratios(self, labels: Sequence[str], suffixes: Sequence[str]) -> Floats:
        """The log-likelihood ratio of each name: the label that somebody registered, and what it is registered under.

        Labels are not empty and ASCII.

        >>> model().ratios(["wikipedia", "xkqzvbtrwmp"], ["org", "com"]).round().tolist()[0] < 0
        True
        """
        out = np.empty(len(labels), np.float32)
        ends = ends_of(suffixes)
        for start in range(0, len(labels), _BLOCK):
            some = slice(start, start + _BLOCK)
            out[some] = self.network.ratio(features(pieces(labels[some]), ends[some], self.tables))
        return out


@lru_cache(maxsize=1)
def model() -> Model:
    """The model that is shipped."""
    with (files("vedette.baselines") / "generated_names.npz").open("rb") as file, np.load(file) as saved:
        if int(saved["version"]) != VERSION:
            raise ValueError(f"weights of version {saved['version']} are not for version {VERSION} of their code")
        layers = tuple((saved[f"weights{n}"].astype(np.float32), saved[f"bias{n}"]) for n in range(3))
        return Model(Tables(*(saved[name] for name in Tables.__dataclass_fields__)), Network(layers))
