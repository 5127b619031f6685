"""Registered domains: the part of a name that somebody bought, by the Public Suffix List."""

from __future__ import annotations

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


@lru_cache(maxsize=1)
def _delegations() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


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
    return (label, suffix) if _delegations().publicsuffix(suffix, accept_unknown=False) == suffix else None


def registrations(names: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`registration` of each name (lower case, no trailing dot): labels and suffixes, null where there is none.

    Nearly all names are two labels at their end of which no rule has more than the last: those are told all at once.
    """
    ends = names.str.extract_groups(r"(?:^|\.)([^.]+)\.([^.]+)$").struct.unnest()
    label, suffix = ends.to_series(0), ends.to_series(1)
    deep = (label + "." + suffix).is_in(_deep_ends().implode())
    plain = (names.str.len_bytes() <= _LONGEST) & ~names.str.contains(r"^\.|\.\.") & ~deep & suffix.is_in(
        _top_level().implode())
    others = names.filter(~plain & names.is_not_null())
    told = {name: registration(name) or (None, None) for name in others.unique().to_list()}
    frame = pl.DataFrame({"name": list(told), "label": [one for one, _ in told.values()],
                          "suffix": [end for _, end in told.values()]}, schema=dict.fromkeys(
                              ("name", "label", "suffix"), pl.String))
    found = pl.DataFrame({"name": names}).join(frame, on="name", how="left", maintain_order="left")
    return label.zip_with(plain, found["label"]), suffix.zip_with(plain, found["suffix"])


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
def _top_level() -> pl.Series:
    """Top-level domains below which a rule's name has one label more, or none is needed."""
    icann = _delegations()
    return _rule_names().filter(~_rule_names().str.contains(".", literal=True)).filter(pl.Series([
        icann.publicsuffix(f"x.{name}", accept_unknown=False) == name
        for name in _rule_names().to_list() if "." not in name], dtype=pl.Boolean))


@lru_cache(maxsize=1)
def _deep_ends() -> pl.Series:
    """The last two labels of all rules that have so many."""
    return _rule_names().str.extract(r"([^.]+\.[^.]+)$").drop_nulls().unique()


@lru_cache(maxsize=1)
def _rule_names() -> pl.Series:
    """The names in the rules of the Public Suffix List, those of wildcard rules without their first label."""
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = {line.split()[0].removeprefix("!").removeprefix("*.") for line in lines if line and line[:2] != "//"}
    return pl.Series(sorted(rules | {rule.encode("idna").decode() for rule in rules}), dtype=pl.String)
