"""Wildcard patterns of criteria: ``*`` is any run of characters, ``?`` any one; the whole text must match."""

from __future__ import annotations

import re


def tidied(pattern: str) -> str:
    """The pattern with runs of ``*`` made one, which means the same."""
    return re.sub(r"\*+", "*", pattern)


def wildcard_match(pattern: str, text: str) -> bool:
    """Whether ``pattern`` matches all of ``text``. Never takes more than their lengths multiplied.

    >>> wildcard_match("UnauthorizedAccess:EC2/*", "UnauthorizedAccess:EC2/SSHBruteForce")
    True
    >>> wildcard_match("i-0?", "i-012")
    False
    """
    at = place = 0
    star = resume = -1
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[place]):
            at += 1
            place += 1
        elif star >= 0:
            # Let the last star take one more character. Earlier stars never need to be tried again.
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(rest == "*" for rest in pattern[at:])


def as_glob(pattern: str) -> str:
    """The pattern for SQLite's GLOB, where ``[`` is special as well."""
    return pattern.replace("[", "[[]")


def as_like(pattern: str) -> str:
    r"""The pattern for LIKE with ``\`` as its escape."""
    escaped = pattern.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return escaped.replace("*", "%").replace("?", "_")
