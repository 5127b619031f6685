"""Families of malware that generate names, written anew from what analysts have published of each.

Some follow the published algorithm step by step (Banjori, Ramnit, Dyre, Bamital, Murofet, the new Gameover Zeus);
of the others the shape is kept: alphabet, lengths, how letters follow each other, top-level domains. Seeds and dates
are not those of any campaign. Of families with word lists the words come from a list that the user names; each family
has words of its own, so that one that is held out shares none with those that are learned.

Families that live below dynamic DNS providers alone (Symmi, CoreBot, the old Kraken) are left out: see the detector.
"""

from __future__ import annotations

import base64
import hashlib
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

AZ = string.ascii_lowercase
AY = AZ[:25]
"""``'a' + random % 25``, a slip that many authors share."""
ALNUM = AZ + string.digits
HEX = "0123456789abcdef"
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxz"

Make = Callable[[Random, Sequence[str]], str]
"""One name, by a source of chance and the family's words."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a family makes its names."""

    name: str
    kind: str
    """``letters``, ``digits`` (letters and digits), ``spoken`` (syllables) or ``words``."""
    make: Make
    words: int = 0
    """How many words it draws from; 0 where it needs none."""
    twin: str = ""
    """Families of one twin are held out together."""

    @property
    def group(self) -> str:
        """What is held out as one."""
        return self.twin or self.name


def _drawn(rng: Random, alphabet: str, low: int, high: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def _random(alphabet: str, low: int, high: int, tlds: str, prefix: str = "") -> Make:
    ends = tlds.split()
    return lambda rng, _: f"{prefix}{_drawn(rng, alphabet, low, high)}.{rng.choice(ends)}"


def _banjori(rng: Random, words: Sequence[str]) -> str:
    """The first four letters move on, each by the others; the rest is a fixed tail of words."""
    tail = "".join(words[:3])[4:22]
    a, b, c, d = (rng.randrange(26) for _ in range(4))
    for _ in range(rng.randint(1, 50)):
        a = (a + d) % 26
        b = (a + 2 * b) % 26
        c = (a + c - 1) % 26
        d = (b + c + d) % 26
    return f"{AZ[a]}{AZ[b]}{AZ[c]}{AZ[d]}{tail}.com"


def _ramnit(rng: Random, _: Sequence[str]) -> str:
    """A Lehmer generator with Schrage's method, 8 to 19 letters."""
    seed = rng.randrange(1, 1 << 31)

    def below(modulus: int) -> int:
        nonlocal seed
        high, low = divmod(seed, 127_773)
        seed = (16_807 * low - 2_836 * high) & 0xFFFFFFFF
        return seed % modulus

    length = below(12) + 8
    return "".join(AZ[below(25)] for _ in range(length)) + ".com"


def _dyre(rng: Random, _: Sequence[str]) -> str:
    number = rng.randrange(1000)
    digest = hashlib.sha256(f"{_day(rng)}{number:06}".encode()).hexdigest()
    return f"{AZ[number % 26]}{digest[3:36]}.{('cc', 'ws', 'to', 'in', 'hk', 'cn', 'tk', 'so')[number % 8]}"


def _bamital(rng: Random, _: Sequence[str]) -> str:
    digest = hashlib.md5(f"{_day(rng)}{rng.randrange(100)}".encode()).hexdigest()
    return f"{digest}.{rng.choice(('info', 'org', 'co.cc', 'cz.cc'))}"


def _murofet(rng: Random, _: Sequence[str]) -> str:
    """The bytes of an MD5 as sums of their two halves, of which those that are letters stay."""
    name = ""
    while len(name) < 8:
        digest = hashlib.md5(f"{_day(rng)}{rng.randrange(2000)}".encode()).digest()
        name = "".join(AZ[one] for one in ((byte & 0x0F) + (byte >> 4) for byte in digest) if one < 26)
    return f"{name}.{rng.choice(('ru', 'com', 'biz', 'info', 'org', 'net'))}"


def _murofet_late(rng: Random, _: Sequence[str]) -> str:
    """Pairs of a letter and, now and then, two digits: 32 to 47 characters."""
    text = ""
    while len(text) < 32:
        text += rng.choice(AZ) + (f"{rng.randrange(10, 70)}" if rng.random() < 0.5 else rng.choice(AZ))
    return f"{text[:rng.randint(32, 47)]}.{rng.choice(('com', 'net', 'org', 'info', 'biz', 'ru'))}"


def _new_gameover(rng: Random, _: Sequence[str]) -> str:
    """Each quarter of an MD5 in base 36."""
    digest = hashlib.md5(f"{_day(rng)}{rng.randrange(1000)}".encode()).digest()
    text = ""
    for start in range(0, 16, 4):
        number = int.from_bytes(digest[start : start + 4], "little")
        part = ""
        while number:
            number, rest = divmod(number, 36)
            part = (string.digits + AZ)[rest] + part
        text += part
    return f"{text}.{rng.choice(('com', 'net', 'org', 'biz'))}"


def _day(rng: Random) -> str:
    return f"{rng.randint(2010, 2026)}-{rng.randint(1, 12)}-{rng.randint(1, 28)}"


def _spoken(
    pairs: tuple[int, int], tlds: str, *, consonants: str = CONSONANTS, vowels: str = VOWELS, odd: float = 0.0,
    tails: str = "",
) -> Make:
    """Consonant and vowel in turn; ``odd``: how often a further letter comes in."""
    ends, after = tlds.split(), tails.split() or [""]

    def make(rng: Random, _words: Sequence[str]) -> str:
        text = ""
        for _ in range(rng.randint(*pairs)):
            text += rng.choice(consonants) + rng.choice(vowels)
            if rng.random() < odd:
                text += rng.choice(AZ)
        return f"{text}{rng.choice(after)}.{rng.choice(ends)}"

    return make


def _vawtrak(rng: Random, _words: Sequence[str]) -> str:
    parts = ("ag", "ar", "bi", "co", "cu", "de", "do", "em", "er", "fi", "ge", "ho", "in", "it", "ku", "lo", "me", "ni",
             "ow", "pi", "ro", "se", "te", "ur", "ve", "wi")
    text = "".join(rng.choice(parts) for _ in range(rng.randint(3, 6)))
    return f"{text}{rng.choice(('', *AZ))}.{rng.choice(('com', 'top'))}"


def _pykspa(rng: Random, _words: Sequence[str]) -> str:
    """Runs of one or two consonants and one or two vowels; it takes odd ones as gladly as common ones."""
    text, vowel = "", rng.random() < 0.4
    for _ in range(rng.randint(3, 7)):
        text += "".join(rng.choice("aeiouy" if vowel else CONSONANTS) for _ in range(rng.choice((1, 1, 2))))
        vowel = not vowel
    return f"{text[:12]}.{rng.choice(('com', 'net', 'org', 'info', 'cc', 'biz'))}"


def _tofsee(rng: Random, _: Sequence[str]) -> str:
    half = _drawn(rng, AZ, 3, 3)
    return f"{half}{half[:2]}{rng.choice('abcdefghij')}{rng.choice(('', half[0]))}.{rng.choice(('biz', 'com'))}"


def _sisron(rng: Random, _: Sequence[str]) -> str:
    """A date in base 64, whose padding became a letter."""
    day = f"{rng.randint(1, 28):02}{rng.randint(1, 12):02}{rng.randint(2010, 2026)}"
    text = base64.b64encode(day.encode()).decode()
    return f"{text.lower().replace('=', rng.choice('abcdef'))}.{rng.choice(('com', 'org', 'net', 'info'))}"


def _volatile_cedar(rng: Random, words: Sequence[str]) -> str:
    """One name, its letters in another order."""
    letters = list("".join(words[:2])[:14])
    rng.shuffle(letters)
    return f"{''.join(letters)}.info"


def _monero(rng: Random, _: Sequence[str]) -> str:
    digest = hashlib.md5(f"{_day(rng)}{rng.randrange(1000)}".encode()).hexdigest()
    return f"{digest[:rng.choice((13, 14))]}.{rng.choice(('org', 'tickets', 'blackfriday', 'hosting', 'feedback'))}"


def _joined(counts: tuple[int, int], tlds: str, *, between: Sequence[str] = ("",), longest: int = 40) -> Make:
    ends = tlds.split()

    def make(rng: Random, words: Sequence[str]) -> str:
        text = rng.choice(between).join(rng.choice(words) for _ in range(rng.randint(*counts)))
        return f"{text[:longest].strip('-')}.{rng.choice(ends)}"

    return make


def _matsnu(rng: Random, words: Sequence[str]) -> str:
    text = ""
    while len(text) < 18:
        text += ("-" if text and rng.random() < 0.3 else "") + rng.choice(words)
    return f"{text[:24].strip('-')}.com"


def _gozi(rng: Random, words: Sequence[str]) -> str:
    """Words of a text, some cut short, until a length is reached."""
    length, text = rng.randint(12, 23), ""
    while len(text) < length:
        word = rng.choice(words)
        text += word if rng.random() < 0.5 else word[: max(len(word) // 2, 1)]
    return f"{text[:length]}.{rng.choice(('com', 'ru', 'net', 'biz', 'in'))}"


def _bigviktor(rng: Random, words: Sequence[str]) -> str:
    text = "".join(rng.choice(words) for _ in range(3))
    return f"{text}.{rng.choice(('art', 'click', 'club', 'com', 'fans', 'futbol', 'in', 'info', 'link', 'net', 'nl'))}"


def _ngioweb(rng: Random, words: Sequence[str]) -> str:
    before = rng.choice(("", "anti", "de", "dis", "em", "en", "ex", "fore", "in", "inter", "mid", "mis", "non", "over",
                         "pre", "re", "semi", "sub", "super", "trans", "un", "under"))
    after = rng.choice((
        "able", "al", "ance", "ary", "en", "er", "ful", "ible", "ify", "ing", "ish", "ist", "ity", "ive",
                        "less", "ly", "ment", "ness", "or", "ship", "sion", "ty"))
    text = before + rng.choice(words)[:5] + after + rng.choice(("", "-"))
    text += rng.choice(("", rng.choice(words)[:6] + "ation"))
    return f"{text.strip('-')}.{rng.choice(('biz', 'com', 'info', 'name', 'net', 'org'))}"


_OLD = "com net org info biz"
_NECURS = (
    "ac bit bz cc cm co com cx de eu ga im in info ir jp kg ki la me mn ms mu mx name net nf nu org pro pw ru sc sh so "
    "su sx tj to tv tw ug us xxx")

FAMILIES: tuple[Family, ...] = (
    Family("conficker-a", "letters", _random(AZ, 5, 11, _OLD), twin="conficker"),
    Family("conficker-b", "letters", _random(AZ, 5, 11, f"{_OLD} ws cn cc"), twin="conficker"),
    Family("conficker-c", "letters", _random(AZ, 4, 9, "ac ae ag am as at be bo bz ca cl cx dk dm ec es fr gd gs hk hn "
                                             "ie im in ir is kn kz la lc li lu lv ly md me mn ms mu mw my nf nl no pe "
                                             "ph pk pl ps ro ru sc sg sh sk su tc tj tl tn to tw us vc vn"),
           twin="conficker"),
    Family("necurs", "letters", _random(AY, 7, 21, _NECURS)),
    Family("ramnit", "letters", _ramnit),
    Family("qakbot", "letters", _random(AZ, 8, 25, _OLD)),
    Family("cryptolocker", "letters", _random(AY, 12, 15, "com net biz ru org co.uk info")),
    Family("gameover-p2p", "letters", _random(AZ, 11, 32, "com net org biz info ru")),
    Family("tinba", "letters", _random(AY, 12, 12, "com net in ru space pw")),
    Family("ranbyus", "letters", _random(AY, 14, 14, "in me cc su tw net com pw org")),
    Family("locky", "letters", _random(AY, 5, 17, "ru pw eu in yt pm us fr de it be uk nl tf info click biz xyz work")),
    Family("dircrypt", "letters", _random(AZ, 8, 20, "com")),
    Family("tempedreve", "letters", _random(AZ, 7, 11, "com net org info")),
    Family("fobber-1", "letters", _random(AZ, 17, 17, "net"), twin="fobber"),
    Family("fobber-2", "letters", _random(AZ, 10, 10, "com"), twin="fobber"),
    Family("proslikefan-like", "letters", _random(AZ, 6, 12, "eu biz se info com net org ru in name co cc")),
    Family("nymaim", "letters", _random(AZ, 5, 12, "ru net in com xyz info")),
    Family("emotet", "letters", _random(AY, 16, 16, "eu")),
    Family("feodo", "letters", _random(AZ, 16, 18, "ru")),
    Family("sphinx", "letters", _random(AZ, 16, 16, "com")),
    Family("blackhole", "letters", _random(AZ, 16, 16, "ru")),
    Family("shifu", "letters", _random(AY, 7, 7, "info")),
    Family("flubot", "letters", _random(AY, 15, 15, "com ru cn su shop top xyz")),
    Family("mirai", "letters", _random("abcdefghijklmnopqrstuvwxy"[:22], 12, 12, "online tech support")),
    Family("mydoom", "letters", _random("qwersdapnmh", 10, 10, "com biz us net org ws info in")),
    Family("padcrypt", "letters", _random("abcdefklmno", 16, 24, "com co.uk de org net eu info online co cc website")),
    Family("hesperbot", "letters", _random(AZ, 8, 24, "com")),
    Family("pushdo-tid", "letters", _random(AZ, 10, 10, "ru com net")),
    Family("virut", "letters", _random(AZ, 6, 6, "com")),
    Family("vidro-like", "letters", _random(AY, 7, 12, "com net")),
    Family("murofet", "letters", _murofet),
    Family("murofet-late", "digits", _murofet_late),
    Family("new-gameover", "digits", _new_gameover),
    Family("dyre", "digits", _dyre),
    Family("bamital", "digits", _bamital),
    Family("chinad", "digits", _random(ALNUM, 16, 16, "com org net biz info ru cn")),
    Family("shiotob", "digits", _random("qwertyuiopasdfghjklzxcvbnm123945678", 10, 15, "net com")),
    Family("qadars", "digits", _random(ALNUM, 12, 12, "com org net")),
    Family("rovnix", "digits", _random("abcdefghijklmnopqrstuvwxyz12345678", 18, 18, "com ru net biz cn")),
    Family("madmax", "digits", _random(ALNUM, 10, 10, "com org info net")),
    Family("dromedan-like", "digits", _random(ALNUM, 8, 10, "ru")),
    Family("gspy", "digits", _random(HEX, 16, 16, "com net org info biz")),
    Family("pandabanker", "digits", _random(HEX, 12, 12, "com net org")),
    Family("bedep", "digits", lambda rng, _: f"{_drawn(rng, AZ, 9, 14)}{_drawn(rng, string.digits + AZ, 2, 4)}.com"),
    Family("ccleaner", "digits", _random(HEX, 8, 13, "com", "ab")),
    Family("xxhex", "digits", _random(HEX, 8, 8, "kr cn com", "xx")),
    Family("wd", "digits", _random(HEX, 32, 32, "win pro", "wd")),
    Family("monero-downloader", "digits", _monero),
    Family("sisron", "digits", _sisron),
    Family("bumblebee", "digits", _random(ALNUM, 11, 11, "life")),
    Family("reconyc", "digits", _random(ALNUM, 6, 14, "com cn ru net")),
    Family("simda", "spoken", _spoken((3, 6), "com info eu")),
    Family("pushdo", "spoken", _spoken((4, 6), "kz com", consonants="bcdfgjklmnpqrstvxz")),
    Family("pykspa", "spoken", _pykspa),
    Family("kraken", "spoken", _spoken(
        (2, 5), "com net cc tv", odd=0.35, tails="able ance dom ful hood ing ize ly ment ness")),
    Family("vawtrak", "spoken", _vawtrak),
    Family("tofsee", "spoken", _tofsee),
    Family("banjori", "words", _banjori, words=3),
    Family("volatile-cedar", "letters", _volatile_cedar, words=2),
    Family("suppobox", "words", _joined((2, 2), "net ru"), words=384, twin="two-words"),
    Family("pizd", "words", _joined((2, 2), "net"), words=384, twin="two-words"),
    Family("nymaim-words", "words", _joined((2, 2), "com net org biz info me top sc", between=("", "-")), words=2400),
    Family("matsnu", "words", _matsnu, words=900),
    Family("gozi", "words", _gozi, words=1200),
    Family("bigviktor", "words", _bigviktor, words=600),
    Family("ngioweb", "words", _ngioweb, words=500),
)


def names_of(family: Family, count: int, rng: Random, words: Sequence[str]) -> list[str]:
    """Different names of a family, ``count`` if it has so many. ``words``: its own."""
    # A family that puts few words into all its names has several campaigns, each with some of the words.
    campaigns = [words[start : start + family.words] for start in range(0, len(words), family.words or 1)] or [words]
    found: dict[str, None] = {}
    for _ in range(2 * count):
        found[family.make(rng, rng.choice(campaigns))] = None
        if len(found) == count:
            break
    return list(found)


_SOLD = (
    "com", "com", "com", "net", "net", "org", "org", "info", "biz", "ru", "cn", "cc", "in", "eu", "me", "pw", "top",
    "xyz", "tk", "us", "co", "de", "uk", "nl", "kz", "su", "tv", "ws", "online", "site", "club", "click", "work",
    "link", "win", "life", "shop")


def invented(rng: Random, words: Sequence[str]) -> Make:
    """A family that nobody has written: chance chooses its alphabet, its lengths, its syllables, its top-level domains.

    Training with many of these keeps the model from learning the families that are known by heart.
    """
    ends = rng.sample(_SOLD, rng.randint(1, 5))
    low = rng.randint(5, 20)
    high = low if rng.random() < 0.4 else low + rng.randint(1, 8)
    shape = rng.random()
    if shape < 0.35:
        alphabet = "".join(rng.sample(AZ, rng.choice((26, 26, 25, 22, 16, 11))))
        return _random(alphabet, max(low, 6), max(high, 6), " ".join(ends))
    if shape < 0.55:
        alphabet = rng.choice((ALNUM, ALNUM, HEX, AZ + "2345678", "".join(rng.sample(ALNUM, 20))))
        before = rng.choice(("", "", "", _drawn(rng, AZ, 1, 2)))
        return _random(alphabet, max(low, 8), max(high, 8), " ".join(ends), before)
    if shape < 0.8:
        return _spoken((rng.randint(3, 4), rng.randint(4, 7)), " ".join(ends), odd=rng.choice((0.0, 0.2, 0.4)),
                       consonants="".join(rng.sample(CONSONANTS, rng.choice((20, 18, 14)))),
                       vowels=rng.choice((VOWELS, "aeiouy", "aeio")))
    own = rng.sample(words, rng.choice((60, 300, 1000)))
    cut = rng.choice((40, 40, 20, 6))
    inner = _joined((2, rng.choice((2, 2, 3))), " ".join(ends), between=rng.choice((("",), ("", "-"))), longest=36)
    return lambda again, _: inner(again, [word[:cut] for word in own])
