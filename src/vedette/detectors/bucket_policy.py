"""To whom a bucket's policy or ACL opens it: everybody, everybody who has an AWS account, or people who are named.

A policy is judged by AWS's own meaning of "public": a statement for ``*`` is public unless a condition ties it to fixed
networks, accounts, organisations or resources. Further than AWS, an explicit Deny for everybody else counts. Documents
are hostile input: unexpected shapes open nothing, and the work is bounded by what a policy may hold.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from ipaddress import IPv4Network, ip_network
from typing import Any

import msgspec


class Audience(IntEnum):
    """Who is let in; the greater, the more."""

    NAMED = 0
    AUTHENTICATED = 1
    """Whoever has an AWS account."""
    EVERYONE = 2


Statement = dict[str, Any]

_NETWORK_KEYS = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_FIXED_KEYS = frozenset({
    "aws:ec2instancesourcevpc", "aws:principalaccount", "aws:principalarn", "aws:principalorgid",
    "aws:principalorgpaths", "aws:principalservicename", "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid",
    "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:userid",
    "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
})
"""Condition keys whose fixed values name somebody. Not ``aws:Referer``, ``aws:UserAgent``: callers write those "
"freely."""
_SIGNED_KEYS = frozenset({"aws:principaltype", "aws:principaltag", "aws:sourceidentity", "aws:username"}) | _FIXED_KEYS
"""Keys that an unsigned request lacks: a condition on them shuts out the anonymous at least."""
_BROADEST_V4, _BROADEST_V6 = 8, 32
"""Prefix lengths that AWS still takes for a network of somebody's; broader is the Internet."""
_FIXED_PREFIX = 8
"""Characters before a wildcard that name somebody: ``AROAEXAMPLE:*`` does, ``vpc-*`` does not."""
_ACCOUNT = re.compile(r"\d{12}$", re.ASCII)
_MAX_DOCUMENT = 64 << 10
"""Bytes; AWS's own limit on a bucket policy is 20 KB."""


def policy_audience(document: Any) -> Audience:
    """Whom a policy lets in: a decoded object, or JSON text. What is no policy lets in nobody."""
    statements = _statements(document)
    widest = Audience.NAMED
    denials = [one for one in statements if one.get("Effect") == "Deny"]
    for statement in statements:
        if statement.get("Effect") == "Allow" and ("Action" in statement or "NotAction" in statement):
            let_in = min([_allowed(statement), *(_left_by(denial, statement) for denial in denials)])
            widest = max(widest, let_in)
    return widest


def _statements(document: Any) -> list[Statement]:
    if isinstance(document, str):
        if len(document) > _MAX_DOCUMENT:
            return []
        try:
            document = msgspec.json.decode(document)
        except (msgspec.DecodeError, RecursionError):
            return []
    found = document.get("Statement") if isinstance(document, dict) else None
    return [one for one in _listed(found) if isinstance(one, dict)]


def _allowed(statement: Statement) -> Audience:
    """Whom an Allow statement lets in, seen alone."""
    if "NotPrincipal" not in statement and not _is_everybody(statement.get("Principal")):
        return Audience.NAMED
    return min([Audience.EVERYONE, *(_required(*condition) for condition in _conditions(statement))])


def _left_by(denial: Statement, allow: Statement) -> Audience:
    """Whom a Deny statement leaves of those that an Allow statement lets in."""
    if not (_covers(denial.get("Action"), allow.get("Action")) and _covers(
            denial.get("Resource"), allow.get("Resource"))):
        return Audience.EVERYONE
    if "NotPrincipal" in denial:
        return Audience.EVERYONE if _is_everybody(denial["NotPrincipal"]) else Audience.NAMED
    if not _is_everybody(denial.get("Principal")):
        return Audience.EVERYONE
    # It denies where all its conditions hold, so it leaves whoever escapes any one of them.
    return max([Audience.NAMED, *(_escaping(*condition) for condition in _conditions(denial))])


def _required(operator: str, key: str, values: list[Any]) -> Audience:
    """Whom a condition of an Allow statement lets through."""
    plain = operator.removeprefix("foranyvalue:").removesuffix("ifexists")
    optional = operator.endswith("ifexists") or operator.startswith("forallvalues:")
    if key in _NETWORK_KEYS and plain == "ipaddress":
        # Each request has a source address, so "if exists" lets nobody else through.
        return _narrow(all(_is_a_network(value) for value in values))
    if optional:
        return Audience.EVERYONE
    if key == "aws:principalisawsservice" and plain == "bool":
        return _narrow(values == ["true"] or values == [True])
    if key.partition("/")[0] not in _SIGNED_KEYS:
        return Audience.EVERYONE
    if plain == "null":
        return Audience.AUTHENTICATED if str(values).lower() in ("['false']", "[false]") else Audience.EVERYONE
    if plain.startswith(("stringequals", "stringlike", "arnequals", "arnlike")):
        fixed = key in _FIXED_KEYS and all(_is_fixed(key, value) for value in values)
        return Audience.NAMED if fixed else Audience.AUTHENTICATED
    if key == "aws:principaltype" and plain.startswith("stringnot") and "anonymous" in str(values).lower():
        return Audience.AUTHENTICATED
    return Audience.EVERYONE


def _escaping(operator: str, key: str, values: list[Any]) -> Audience:
    """Who is not met by a condition of a Deny statement."""
    plain = operator.removeprefix("foranyvalue:").removeprefix("forallvalues:").removesuffix("ifexists")
    if key in _NETWORK_KEYS and plain == "notipaddress":
        return _narrow(all(_is_a_network(value) for value in values))
    if key in _FIXED_KEYS and plain.startswith(("stringnot", "arnnot")):
        return _narrow(all(_is_fixed(key, value) for value in values))
    if key == "aws:principaltype" and plain.startswith("stringequals") and "anonymous" in str(values).lower():
        return Audience.AUTHENTICATED
    if key in _SIGNED_KEYS and plain == "null" and str(values).lower() in ("['true']", "[true]"):
        return Audience.AUTHENTICATED
    return Audience.EVERYONE


def _narrow(narrow: bool) -> Audience:
    return Audience.NAMED if narrow else Audience.EVERYONE


def _is_everybody(principal: Any) -> bool:
    if isinstance(principal, dict):
        return any("*" in _listed(named) for named in principal.values())
    return isinstance(principal, str) and principal == "*"


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[Any]]]:
    block = statement.get("Condition")
    for operator, tests in block.items() if isinstance(block, dict) else ():
        for key, values in tests.items() if isinstance(tests, dict) else ():
            yield operator.lower(), key.lower(), _listed(values)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_a_network(value: Any) -> bool:
    """The network is somebody's: private, or no broader than AWS takes for such."""
    try:
        network = ip_network(str(value), strict=False)
    except ValueError:
        return True  # matches no address at all
    narrowest = _BROADEST_V4 if isinstance(network, IPv4Network) else _BROADEST_V6
    return network.prefixlen >= narrowest or network.is_private


def _is_fixed(key: str, value: Any) -> bool:
    """The value names somebody, with a wildcard or without."""
    text = str(value)
    if text.startswith("arn:"):
        part = text.split(":", 5)
        if len(part) == 6 and part[2] == "s3":
            return part[5][:1] not in ("*", "?", "")
        return len(part) == 6 and (_ACCOUNT.match(part[4]) is not None or (
            "*" not in part[4] and "?" not in part[4] and part[4] != ""))
    fixed = len(re.split(r"[*?]", text, maxsplit=1)[0])
    return 0 < fixed == len(text) or (key != "aws:principalarn" and fixed >= _FIXED_PREFIX)


def _covers(denied: Any, allowed: Any) -> bool:
    """Every allowed action or resource is among the denied ones; a final ``*`` is the only wildcard that is read."""
    patterns = [str(one).lower() for one in _listed(denied)]
    whole = {one for one in patterns if not one.endswith("*")}
    starts = tuple(one[:-1] for one in patterns if one.endswith("*"))
    wanted = [str(one).lower() for one in _listed(allowed)]
    return bool(wanted) and all(one in whole or one.startswith(starts) for one in wanted)


_GROUPS = {
    "acs.amazonaws.com/groups/global/allusers": Audience.EVERYONE,
    "acs.amazonaws.com/groups/global/authenticatedusers": Audience.AUTHENTICATED,
}
_CANNED = {
    "public-read": Audience.EVERYONE, "public-read-write": Audience.EVERYONE,
    "authenticated-read": Audience.AUTHENTICATED,
}
_DEEPEST = 12
"""How deep an ACL nests in a record is 6; anything deeper is not one."""


def acl_audience(request: dict[str, Any]) -> Audience:
    """Whom the ACL in a request lets in: canned, as a document, or in grant headers."""
    widest = Audience.NAMED
    for key, text in _texts(request, "", _DEEPEST):
        if key == "x-amz-acl":
            widest = max(widest, _CANNED.get(text, Audience.NAMED))
        for group, audience in _GROUPS.items():
            if group in text:
                widest = max(widest, audience)
    return widest


def _texts(value: Any, key: str, depth: int) -> Iterator[tuple[str, str]]:
    """Each text in a document, in lower case, with the nearest name above it."""
    if isinstance(value, str):
        yield key, value.lower()
    elif depth and isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, str(name).lower(), depth - 1)
    elif depth and isinstance(value, list):
        for item in value:
            yield from _texts(item, key, depth - 1)
