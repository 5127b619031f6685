"""Registered domains: the part of a name that somebody bought, by the Public Suffix List."""

from __future__ import annotations

from functools import lru_cache

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=1 << 16)
def registered_domain(name: str) -> str | None:
    """The public suffix of a name and one label more; None when the name is a suffix, or no domain name.

    Private suffixes count: what is below ``github.io`` or ``s3.amazonaws.com`` belongs to different people.

    >>> registered_domain("a.b.Example.co.uk."), registered_domain("co.uk")
    ('example.co.uk', None)
    """
    plain = name.lower().removesuffix(".")
    if not plain or len(plain) > 253 or ".." in plain or plain.startswith("."):
        return None
    found: str | None = _suffixes().privatesuffix(plain)
    return found
