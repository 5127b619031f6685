"""Tunnels: bytes that leave in names."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.dns_exfiltration.questions import HOUR, START, Question

_WORDS = ("root:x:0:0:", "/bin/bash\n", "db_password=", "customer;", "4111 1111 ", "09/27;", "J. Doe\n", "secret ",
          "aws_access_key_id = AKIA", "select * from ", "invoice ", "\t", "true,", "null,")
_CHARACTER = re.compile(r"\\[0-7]{3}|.")


class Leak(NamedTuple):
    """A look-up, and how many bytes of the secret it carried; its second question carries none again."""

    question: Question
    size: int


def _based(alphabet: str) -> Callable[[bytes], str]:
    def encode(data: bytes) -> str:
        number, digits = int.from_bytes(b"\1" + data, "big"), []
        while number:
            number, digit = divmod(number, len(alphabet))
            digits.append(alphabet[digit])
        return "".join(reversed(digits))

    return encode


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def base32hex(data: bytes) -> str:
    return base64.b32hexencode(data).decode().rstrip("=").lower()


def octets(data: bytes) -> str:
    """As iodine's base128 looks in the log, which writes what is no letter or digit as an octal escape."""
    return "".join(f"\\{byte | 0o200:03o}" if byte % 3 == 0 else chr(97 + byte % 26) for byte in data)


base36 = _based("0123456789abcdefghijklmnopqrstuvwxyz")
base58 = _based("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
decimal = _based("0123456789")


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """One way to carry bytes out."""

    name: str
    encode: Callable[[bytes], str]
    chunk: tuple[int, int]
    """Bytes in a name: least and most."""
    label: int = 63
    kinds: tuple[str, ...] = ("TXT",)
    """Asked one after the other for each name."""
    rate: int = 40_000
    """Bytes an hour."""
    jitter: float = 0.2
    head: str = "{number:x}"
    """The label beside the data; ``{number}`` counts."""
    domain: str = "t.exfil-one.com"
    answers: bool = True
    text: bool = False
    """The secret is text and not compressed."""
    mixed: bool = False
    """The case of letters is scrambled (0x20)."""

    @property
    def slow(self) -> bool:
        return self.rate < 1_000

    def play(self, seed: int, *, most: int) -> Iterator[Leak]:
        """Until ``most`` bytes have left."""
        rng = random.Random(f"{self.name}/{seed}")
        client, sent, number = rng.randrange(1 << 20), 0, rng.randrange(200)
        time = float(START + rng.randrange(24 * HOUR))
        while sent < most:
            size = rng.randint(*self.chunk)
            data = _written(rng, size) if self.text else rng.randbytes(size)
            name = self._name(data, number)
            if self.mixed:
                name = "".join(rng.choice((letter.upper(), letter)) for letter in name)
            for place, kind in enumerate(self.kinds):
                told = _answer(rng, kind) if self.answers else ""
                yield Leak(Question(int(time) + place, client, name, kind, "NOERROR" if told else "NXDOMAIN", told),
                           0 if place else size)
            sent, number = sent + size, number + 1
            time += HOUR * size / self.rate * rng.uniform(1 - self.jitter, 1 + self.jitter)

    def _name(self, data: bytes, number: int) -> str:
        code = _CHARACTER.findall(self.encode(data))
        labels = ["".join(code[place:place + self.label]) for place in range(0, len(code), self.label)]
        head = self.head.format(number=number)
        return ".".join([*([head] if head else []), *labels, self.domain])


def _written(rng: random.Random, size: int) -> bytes:
    return "".join(f"{rng.choice(_WORDS)}{rng.randrange(100)}" for _ in range(size)).encode()[:size]


def _answer(rng: random.Random, kind: str) -> str:
    return {"A": f"9.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}",
            "AAAA": f"2001:db8::{rng.randrange(1 << 16):x}", "MX": f"10 {rng.randbytes(9).hex()}.mx.example.",
            "CNAME": f"{rng.randbytes(9).hex()}.r.example."}.get(kind, f'"{rng.randbytes(12).hex()}"')


TUNING = (
    Tunnel(name="dnscat2: hex, TXT", encode=bytes.hex, chunk=(40, 100), label=60, head="", domain="exfil-two.net"),
    Tunnel(name="iodine: base32, NULL", encode=base32, chunk=(90, 130), label=57, kinds=("NULL",), head="0ab"),
    Tunnel(name="DNSExfiltrator: base64url, TXT", encode=base64url, chunk=(100, 120), rate=20_000, text=True),
    Tunnel(name="script: hex, A", encode=bytes.hex, chunk=(30, 30), kinds=("A",), rate=60_000, text=True),
    Tunnel(name="script: base32, A", encode=base32, chunk=(30, 30), kinds=("A",), head=""),
    Tunnel(name="beacon: hex, A", encode=bytes.hex, chunk=(24, 56), label=56, kinds=("A",), rate=3_000,
           head="post.2{number:x}"),
    Tunnel(name="slow: base32, TXT", encode=base32, chunk=(24, 24), rate=233),
    Tunnel(name="slow: hex, A", encode=bytes.hex, chunk=(28, 32), kinds=("A",), rate=233),
)
HELD = (
    Tunnel(name="base64url in labels of 31, CNAME", encode=base64url, chunk=(60, 140), label=31, kinds=("CNAME",),
           rate=25_000, jitter=0.8, domain="cdn.assets-h.org"),
    Tunnel(name="base32hex, MX, mixed case", encode=base32hex, chunk=(50, 75), label=40, kinds=("MX",), rate=9_000,
           mixed=True, head="s{number}", domain="mail.held-three.io"),
    Tunnel(name="base36, A", encode=base36, chunk=(36, 44), kinds=("A",), rate=15_000, domain="held-four.co.uk"),
    Tunnel(name="hex, AAAA, 22 bytes", encode=bytes.hex, chunk=(20, 24), kinds=("AAAA",), rate=12_000, head="",
           domain="v6.held-five.dev"),
    Tunnel(name="hex by curl, A and AAAA", encode=bytes.hex, chunk=(31, 31), kinds=("A", "AAAA"), rate=30_000,
           domain="x.held-six.com", text=True),
    Tunnel(name="base58, A, one-way", encode=base58, chunk=(40, 46), kinds=("A",), rate=18_000, answers=False,
           domain="held-seven.site"),
    Tunnel(name="base64url, A, 18 bytes", encode=base64url, chunk=(18, 18), kinds=("A",), rate=10_000, head="",
           domain="a.held-eight.net"),
    Tunnel(name="base32, A, 12 bytes", encode=base32, chunk=(12, 12), kinds=("A",), rate=7_000, head="",
           domain="held-nine.xyz"),
    Tunnel(name="decimal, TXT", encode=decimal, chunk=(20, 24), rate=11_000, domain="n.held-ten.com"),
    Tunnel(name="octets, NULL", encode=octets, chunk=(60, 110), label=50, kinds=("NULL",), rate=80_000,
           head="1{number}", domain="i.held-eleven.me"),
    Tunnel(name="slow: base64url, CNAME", encode=base64url, chunk=(25, 45), kinds=("CNAME",), rate=233, jitter=0.9,
           domain="held-twelve.org"),
    Tunnel(name="slow: hex, AAAA, 16 bytes", encode=bytes.hex, chunk=(16, 16), kinds=("AAAA",), rate=233, jitter=0.5,
           head="", domain="held-thirteen.net"),
    Tunnel(name="slow: base32, A, 12 bytes", encode=base32, chunk=(12, 12), kinds=("A",), rate=233, jitter=0.5,
           head="", domain="d.held-fourteen.com"),
    Tunnel(name="slow: hex by curl, A and AAAA, 20 bytes", encode=bytes.hex, chunk=(20, 20), kinds=("A", "AAAA"),
           rate=233, jitter=0.7, domain="held-fifteen.info"),
)
