"""What a prompt asks to be looked into: a finding, something that findings name, an account, or all accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Literal

import msgspec

from vedette.investigate.entity import Entity, EntityKind, entity_of

Kind = Literal["FINDING", "ACCOUNT", "ORGANIZATION"]

_FINDING = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", re.ASCII)
_ACCOUNT = re.compile(r"(?<![\w:/-])\d{12}(?![\w:/-])", re.ASCII)
_ORGANIZATION = re.compile(r"\borgani[sz]ation\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s\"'`<>,;()\[\]{}]+")
_NAMED: tuple[tuple[EntityKind, re.Pattern[str]], ...] = (
    (EntityKind.ROLE_SESSION, re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/[^/]+/.+", re.ASCII)),
    (EntityKind.PRINCIPAL, re.compile(r"arn:[a-z-]+:iam::\d{12}:(?:user/.+|role/.+|root)", re.ASCII)),
    (EntityKind.FUNCTION, re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:.+", re.ASCII)),
    (EntityKind.BUCKET, re.compile(r"arn:[a-z-]+:s3:::.+", re.ASCII)),
    (EntityKind.ACCESS_KEY, re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,124}", re.ASCII)),
    (EntityKind.PRINCIPAL, re.compile(r"(?:AIDA|AROA)[A-Z0-9]{12,124}", re.ASCII)),
    (EntityKind.INSTANCE, re.compile(r"i-(?:[0-9a-f]{17}|[0-9a-f]{8})", re.ASCII)),
    (EntityKind.INTERFACE, re.compile(r"eni-(?:[0-9a-f]{17}|[0-9a-f]{8})", re.ASCII)),
)
_SAID = re.compile(
    rf"(?<![\w-])({'|'.join(sorted(EntityKind, key=len, reverse=True))}) +([^\s\"'`<>,;()\[\]{{}}]+)", re.IGNORECASE)
"""``bucket logs``, ``database orders``."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked into."""

    kind: Kind
    """Of an entity: ACCOUNT, of which only what names the entity is looked at."""
    finding_id: str = ""
    account: str = ""
    entity: Entity | None = None


def subject_of(prompt: str, account: str, is_finding: Callable[[str], bool]) -> Subject | None:
    """What a prompt asks for; None: nothing that is recognised.

    Args:
        prompt: free text.
        account: whose prompt it is.
        is_finding: whether a finding of this id is there to be looked into.
    """
    for found in _FINDING.findall(prompt):
        if is_finding(found):
            return Subject(kind="FINDING", finding_id=found)
    if _FINDING.search(prompt):
        return None
    for entity in _entities(prompt):
        return Subject(kind="ACCOUNT", account=account, entity=entity)
    if named := _ACCOUNT.search(prompt):
        return Subject(kind="ACCOUNT", account=named[0])
    if _ORGANIZATION.search(prompt):
        return Subject(kind="ORGANIZATION", account=account)
    if re.search(r"\b(?:this|my) account\b", prompt, re.IGNORECASE):
        return Subject(kind="ACCOUNT", account=account)
    return None


def _entities(prompt: str) -> Iterator[Entity]:
    for word in _WORD.findall(prompt):
        told = word.rstrip(".:!?")
        for kind, pattern in _NAMED:
            if pattern.fullmatch(told):
                yield entity_of(kind, told)
                break
        else:
            if "." in told or ":" in told:
                try:
                    yield entity_of(EntityKind.IP, str(ip_address(told)))
                except ValueError:
                    continue
    for kind_name, value in _SAID.findall(prompt):
        kind = EntityKind(kind_name.lower())
        if kind not in (EntityKind.ACCOUNT, EntityKind.IP):
            yield entity_of(kind, value.rstrip(".:!?") or value)
