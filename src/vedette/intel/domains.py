"""Registered domains: the part of a name that somebody bought, by the Public Suffix List."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import polars as pl
from publicsuffixlist import PSLFILE, PublicSuffixList

_LONGEST = 253
"""Characters of a name."""


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
    if not plain or len(plain) > _LONGEST or ".." in plain or plain.startswith("."):
        return None
    found: str | None = _suffixes().privatesuffix(plain)
    return found


@lru_cache(maxsize=1 << 16)
def registration(name: str) -> tuple[str, str] | None:
    """The label that somebody registered, and what it is registered under.

    None for a suffix, for no domain name, for a top-level domain that is not there, and for what is below a private
    suffix (a cloud's, a hoster's, a dynamic DNS provider's): that was not registered, but handed out.

    >>> registration("a.b.example.co.uk"), registration("d111111abcdef8.cloudfront.net")
    (('example', 'co.uk'), None)
    """
    found = registered_domain(name)
    if found is None:
        return None
    label, _, suffix = found.partition(".")
    sold = {suffix, f"*.{suffix.partition('.')[2]}", f"!{found}"}
    return None if sold.isdisjoint(_delegated()) else (label, suffix)


def registrations(names: Sequence[str]) -> list[tuple[str, str] | None]:
    """`registration` of each name (lower case, no trailing dot).

    Nearly all names have two labels at their end of which no rule has more than the last: these are told at once.
    """
    plain, deep = _plain_ends()
    found: list[tuple[str, str] | None] = []
    for name in names:
        *_, label, end = name.rsplit(".", 2) if "." in name else ("", name)
        if label and end in plain and f"{label}.{end}" not in deep and ".." not in name and name[0] != "." and len(
                name) <= _LONGEST:
            found.append((label, end))
        else:
            found.append(registration(name))
    return found


@lru_cache(maxsize=1)
def _delegated() -> frozenset[str]:
    """The rules of the Public Suffix List for what registries sell; those of its private part are not among them."""
    text = Path(PSLFILE).read_text(encoding="utf-8").partition("===END ICANN DOMAINS===")[0]
    rules = [line.split()[0] for line in text.splitlines() if line and line[:2] != "//"]
    return frozenset(rule if rule.isascii() else rule.encode("idna").decode() for rule in rules)


@lru_cache(maxsize=1)
def _plain_ends() -> tuple[frozenset[str], frozenset[str]]:
    """Top-level domains that are sold themselves, and the last two labels of all rules that have so many."""
    deep = {".".join(rule.rsplit(".", 2)[-2:]) for rule in _rule_names().to_list() if "." in rule}
    plain = {rule for rule in _delegated() if "." not in rule and f"*.{rule}" not in _delegated()}
    return frozenset(plain), frozenset(deep)


def is_top_level(label: str) -> bool:
    """Whether a label (lower case) is a top-level domain that there is.

    >>> is_top_level("com"), is_top_level("internal")
    (True, False)
    """
    return label in _top_levels()


@lru_cache(maxsize=1)
def _top_levels() -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in _rule_names().to_list())


def are_public_suffixes(names: pl.Series) -> pl.Series:
    """Which of the names (lower case, no trailing dot) are public suffixes: what is below belongs to different people.

    Lists hold millions of names, so those that are like no rule's name are told apart first, all at once.
    """
    parents = names.str.replace(r"^[^.]*\.", "")
    rules = _rule_names().implode()
    like_one = names.is_in(rules) | parents.is_in(rules) | ~names.str.contains(".", literal=True)
    suffixes = [name for name in names.filter(like_one).to_list() if registered_domain(name) is None]
    return names.is_in(pl.Series(suffixes, dtype=pl.String).implode())


@lru_cache(maxsize=1)
def _rule_names() -> pl.Series:
    """The names in the rules of the Public Suffix List, those of wildcard rules without their first label."""
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = {line.split()[0].removeprefix("!").removeprefix("*.") for line in lines if line and line[:2] != "//"}
    return pl.Series(sorted(rules | {rule.encode("idna").decode() for rule in rules}), dtype=pl.String)
