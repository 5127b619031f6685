"""How much encoded data the names below a domain carry, and how much of it one client has sent there lately.

A tunnel's names are made of the data they carry, so each is new and looks like nothing that a person would call a host.
A label is read both ways: as words, by how often letters follow one another, and as code, by the smallest alphabet that
has all its characters. Where code is the shorter description by far, its length times the bits of that alphabet is
what it carries; words, counters, addresses and UUIDs carry nothing.

Some of that is ordinary: hosts are named by numbers, hashes and UUIDs. So only what a name carries beyond an identifier
is *excess*. Labels that the client has asked for within a day carry nothing again.
"""

from __future__ import annotations

import math
import re
from hashlib import blake2b
from itertools import pairwise
from typing import Self

import msgspec

SLOT_MS = 600_000
"""Time is told in steps of ten minutes: as exactly as a window of an hour needs."""
HOUR, DAY = 6, 144
"""Slots."""
LABELS = 1_500
"""Labels remembered: more than a day of the slowest tunnel has; those asked for longest ago make room."""

_PAIRS = (
    "r897899aa9eaa8aa8f878bbbjeh", "6ga9ageaf9ia797gal786cdbhce", "95eef6gif6ek5df7em89d7gkgbk",
    "96gbg6hj68o89ig5fk9d7amjldh", "37fgc5fdh6gideb9gmbafbehldh", "5ad97cccgdjg9a6fbg569fcebfh",
    "97hfh68ig5ch7hh6gi7ca7iljbl", "36gkf6iba8hlbea8hn8bg9khnel", "75ffe6jhi4ifedf6fibdaajgkci",
    "89c8a9bagfic9947cja87gafgfa", "c7hdc5feh5eeece4bhfaf6hefeh", "64ghe6fgd5iecfc7emc9e7fgmck",
    "66efb5ehk5kf7gh6folaaaejl8l", "84agg5hjk5ljeae77lhbh9jilbj", "67g987c6f8gdggc8gjf76ddkkeg",
    "7ccaagdaecgb985ban6998bafcg", "76ief6gfa8lj7fg68j598aiinen", "accdcfffddff9fcdbfdab1dfffd",
    "76fba4fcj6nddbc7ekb89bchmbi", "39hah7fj88iceefaajh968hgmdh", "66hdg5hi95jldgf7gq88bbjhmbj",
    "899a99ebgaeb886c9n677iiggee", "95gdf3jfh5hhfff8dleeechjlhl", "73ieg6hk96ifbf98cia9egkfkhh",
    "59g8i7die7iieegc5gee7cii8ci", "26eccaeegbigcb989jf9bbgelhe", "74gei4iec7iefgc8fiife6iiicb",
)
"""What a letter costs after another, in halves of a bit, as digits of base 36; the first row and column are the
beginning and the end of a word. Made by ``benchmarks.dns_exfiltration.letters``."""

_LETTERS = "^abcdefghijklmnopqrstuvwxyz"
_COST = {a + b: int(cost, 36) / 2 for a, row in zip(_LETTERS, _PAIRS, strict=True)
         for b, cost in zip(_LETTERS, row, strict=True)}
_DIGIT = math.log2(10) + 1.5
"""Bits of a digit within words: that there is one more is a surprise, too."""
_TURN = 3.0
"""Bits for a change between letters and digits within a word (``web01``): seldom more than one."""
_FOREIGN = 10.0
"""Bits for a character that words do not have."""
_MARGIN = 6.0
"""Bits by which code must be the shorter description: what looks like words at 64 to 1 is taken for words."""
_ABBREVIATION = 5
"""Letters of what may be one (``svc``, ``tcp``, ``msdcs``); so few carry nothing."""
_COUNTER = 13
"""Digits of a counter, an account or a time in milliseconds."""

_ALPHABETS = tuple((re.compile(f"[{characters}]+"), math.log2(size)) for characters, size in (
    ("0-9", 10), ("0-9a-f", 16), ("a-z2-7", 32), ("0-9a-v", 32), ("0-9a-z", 36)))
"""Names are logged and compared in lower case, so base64 shows as base36 and is thought to carry a little less."""
_OCTET = 7.0
"""Bits of a character that is no ASCII (base128)."""

_NAMES_A_THING = re.compile(
    r"(?<![0-9a-z])(?:(?:[0-9]{1,3}[.-]){3}[0-9]{1,3}(?![0-9a-z])|(?:[0-9a-f]\.){16,}|"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z]))", re.ASCII)
"""Four octets, in either order; the nibbles of an IPv6 address; a UUID as they are written."""
_ESCAPED = re.compile(r"\\([0-3][0-7]{2})", re.ASCII)
_TOKEN = re.compile(r"[^\x00-/:-`{-\x7f]+")


def code_of(name: str) -> dict[str, float]:
    """The labels of a name (lower case, without its registered domain) that carry something, and how many bytes.

    >>> code_of("www.static-assets"), code_of("4.3.2.1"), round(sum(code_of("7f3a90c4d2e15b86").values()))
    ({}, {}, 8)
    """
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), _NAMES_A_THING.sub(".", name))
    bits = {label: sum(map(_bits, _TOKEN.findall(label))) for label in plain.split(".")}
    return {label: found / 8 for label, found in bits.items() if found}


def _bits(token: str) -> float:
    if len(token) <= (_COUNTER if token.isascii() and token.isdigit() else _ABBREVIATION):
        return 0.0
    code = len(token) * next((bits for every, bits in _ALPHABETS if every.fullmatch(token)), _OCTET)
    return code if _as_word(token) - code >= _MARGIN else 0.0


def _as_word(token: str) -> float:
    """What the token costs, in bits, when it is read as words and numbers."""
    return sum(_step(one, two) for one, two in pairwise(f"^{token}^"))


def _step(one: str, two: str) -> float:
    known = _COST.get(one + two)
    if known is not None:
        return known
    turn = _TURN if one.isdigit() != two.isdigit() and one != "^" and two != "^" else 0.0
    if two.isascii():
        return turn + (_DIGIT if two.isdigit() else 0.0 if two == "^" else _COST["^" + two])
    return _FOREIGN


class Sent(msgspec.Struct, array_like=True):
    """What was sent within some time."""

    excess: int = 0
    """Bytes beyond what ordinary names carry."""
    size: int = 0
    """All bytes that names carried."""
    names: int = 0
    """Names of which something was new."""
    questions: int = 0
    """Look-ups of names that carry something, new or not."""

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.excess + other.excess, self.size + other.size, self.names + other.names,
                    self.questions + other.questions)


class Sender(msgspec.Struct):
    """What one client has asked for below one domain within a day."""

    labels: dict[int, int] = {}
    """Hash of a label that carried something → the slot in which it was last asked for."""
    slots: dict[int, Sent] = {}

    def observe(self, time: int, code: dict[str, float], ordinary: float) -> bool:
        """The client asked for a name with this code, of which ``ordinary`` bytes are no excess. True: it was new."""
        slot, new = time // SLOT_MS, 0.0
        for label, size in code.items():
            number = int.from_bytes(blake2b(label.encode(), digest_size=7).digest(), "big")
            if self.labels.get(number, -DAY) <= slot - DAY:
                new += size
            self.labels[number] = slot
        if len(self.labels) > LABELS:
            self._make_room(slot)
        self.slots[slot] = self.slots.get(slot, Sent()) + Sent(
            max(round(new - ordinary), 0), round(new), int(new > 0), 1)
        return new > 0

    def within(self, slots: int, time: int) -> Sent:
        """What was sent in so many slots up to a time."""
        last = time // SLOT_MS
        return sum((sent for slot, sent in self.slots.items() if last - slots < slot <= last), Sent())

    def since(self, slots: int, time: int) -> int:
        """Slots that have gone by since the first in which something was sent, of so many up to a time."""
        last = time // SLOT_MS
        return last - min((slot for slot in self.slots if last - slots < slot <= last), default=last)

    def forget(self) -> None:
        """Count anew; labels stay known."""
        self.slots = {}

    def expire(self, time: int) -> None:
        """Drop what is older than a day."""
        oldest = time // SLOT_MS - DAY
        self.labels = {number: slot for number, slot in self.labels.items() if slot > oldest}
        self.slots = {slot: sent for slot, sent in self.slots.items() if slot > oldest}

    def _make_room(self, now: int) -> None:
        # Those that have expired go first, so that it makes no difference whether they had gone already; many at once,
        # because it takes long.
        self.labels = {number: slot for number, slot in self.labels.items() if slot > now - DAY}
        if len(self.labels) > LABELS:
            self.labels = _latest(self.labels, LABELS * 3 // 4)

    def merge(self, other: Self) -> Self:
        """What both have seen."""
        labels = {number: max(one.get(number, 0) for one in (self.labels, other.labels))
                  for number in sorted(self.labels.keys() | other.labels.keys())}
        slots = {slot: self.slots.get(slot, Sent()) + other.slots.get(slot, Sent())
                 for slot in sorted(self.slots.keys() | other.slots.keys())}
        return type(self)(_latest(labels, LABELS), slots)


def _latest(labels: dict[int, int], most: int) -> dict[int, int]:
    kept = sorted(labels, key=lambda number: (labels[number], number))[-most:]
    return {number: labels[number] for number in kept}
