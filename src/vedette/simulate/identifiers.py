"""AWS-looking identifiers, derived from words, so that the same words always give the same identifier."""

from __future__ import annotations

from hashlib import blake2b

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def upper_id(prefix: str, length: int, *words: object) -> str:
    """``prefix`` and base-32 letters, ``length`` characters in all: ``AIDA…``, ``ASIA…``."""
    number = int.from_bytes(_digest(words, 16), "big")
    letters = []
    for _ in range(length - len(prefix)):
        number, rest = divmod(number, 32)
        letters.append(_LETTERS[rest])
    return prefix + "".join(letters)


def hex_id(prefix: str, *words: object, length: int = 17) -> str:
    """``prefix`` and ``length`` hexadecimal digits, the first of them 0 as in AWS's long ids: ``eni-0…``."""
    return f"{prefix}0{_digest(words, 32).hex()[: length - 1]}"


def bare_hex(length: int, *words: object) -> str:
    """``length`` (at most 64) hexadecimal digits."""
    return _digest(words, 32).hex()[:length]


def uuid(*words: object) -> str:
    """A version 4 UUID, as event and request ids are."""
    text = _digest(words, 16).hex()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def _digest(words: tuple[object, ...], size: int) -> bytes:
    return blake2b("\x1f".join(map(str, words)).encode(), digest_size=size).digest()
