"""Names that are not there and that nobody generated: slips of the keyboard, letters for words, numbers, leftovers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.dga.lists import Name

_NEAR = dict(zip("qwertyuiopasdfghjklzxcvbnm", ("wa", "qes", "wrd", "etf", "ryg", "tuh", "yij", "uok", "ipl", "ol",
             "qsz", "adwx", "sfec", "dgrv", "fhtb", "gjyn", "hkum", "jlin", "kop", "xas", "zcsd", "xvdf", "cbfg",
             "vnhg", "bmhj", "njk"), strict=True))


@dataclass(frozen=True, slots=True)
class Habits:
    """How ordinary names are made: other numbers for teaching than for judging."""

    slips: float
    """Of names with a slip, how many have a second."""
    letters: str
    """Which letters names of initials are of: not all are equally likely."""
    before: tuple[str, ...]
    after: tuple[str, ...]
    ends: tuple[str, ...]


TAUGHT = Habits(
    0.15, "aabccddeefgghiijkllmmnnooppqrrssttuvwxyz", ("my", "get", "the", "go", "dev-", "old-", "e", "i"),
    ("app", "labs", "hq", "-dev", "-prod", "group", "online", "2", "24", "365"),
    ("com", "com", "com", "net", "org", "de", "io", "co.uk", "fr"))
JUDGED = Habits(
    0.25, "abcdefghijklmnopqrstuvwxyz", ("try", "use", "test-", "stage-", "we", "all", "cloud", "pre-"),
    ("cloud", "media", "-staging", "-test", "online", "shop", "1", "99", "2019", "tech"),
    ("com", "com", "net", "org", "info", "nl", "it", "com.au", "eu", "ru"))


def ordinary(known: Sequence[Name], count: int, habits: Habits, rng: Random) -> list[Name]:
    """Names that might be looked up and are not there: seven in ten are slips, the others are made."""
    found = []
    for _ in range(count):
        label, end = rng.choice(known)
        drawn = rng.random()
        if drawn < 0.7:
            label = _slipped(label, rng)
            if rng.random() < habits.slips:
                label = _slipped(label, rng)
        elif drawn < 0.8:
            label = "".join(rng.choice(habits.letters) for _ in range(rng.choice((3, 3, 4, 4, 5))))
            if rng.random() < 0.4:
                label += rng.choice(habits.after)
            end = rng.choice(habits.ends)
        elif drawn < 0.9:
            label = rng.choice(habits.before) + label if rng.random() < 0.5 else label + rng.choice(habits.after)
            end = rng.choice(habits.ends)
        else:
            label = label[:12].rstrip("-") + rng.choice(("", "-")) + str(rng.randrange(10 ** rng.randint(1, 4)))
        if 2 < len(label) < 50:
            found.append((label, end))
    return found


def _slipped(label: str, rng: Random) -> str:
    place = rng.randrange(len(label))
    letter, drawn = label[place], rng.random()
    if drawn < 0.3:
        return label[:place] + label[place + 1 :]
    if drawn < 0.5:
        return label[:place] + letter + label[place:]
    if drawn < 0.75:
        return label[:place] + rng.choice(_NEAR.get(letter, letter)) + label[place + 1 :]
    return label[:place] + label[place + 1 : place + 2] + letter + label[place + 2 :]
