"""What a stranger's request can say where a policy asks: IAM's condition operators, and who has which condition key.

A stranger is somebody of whom the policy's owner knows nothing: who does not sign the request at all, or signs it as a
principal of an account of his own. He chooses what he sends; he has addresses, accounts, networks and organizations of
his own and never those that the policy names. So for each condition key there is a small list of values that stands for
all that he could have there (`possible`), and each of them either meets a condition or does not (`met`).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network
from itertools import pairwise
from typing import NamedTuple


class Stranger(StrEnum):
    """Who asks."""

    ANONYMOUS = "anonymous"
    SIGNED = "signed"
    """With credentials of an account of his own."""


class Test(NamedTuple):
    """One key of a condition."""

    operator: str
    """In lower case."""
    key: str
    """In lower case."""
    values: tuple[str, ...]


Network = IPv4Network | IPv6Network
Value = str | None
"""Of a key in a request; None: it is not there."""

BROADEST_V4, BROADEST_V6 = 8, 32
"""Prefix lengths that AWS still takes for a network of somebody's; broader is the Internet."""
_MOST_VALUES = 200
"""Values of a key that are tried; a policy of 20 KB names few hundred."""
_LONGEST = 2048
"""Characters of a pattern; an ARN's limit."""

_SPECIAL = tuple(ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    "::/3", "2001::/23", "2001:db8::/32", "2002::/16", "4000::/2", "8000::/1", "3fff::/20", "5f00::/16",
))
"""Ranges in which nobody's public address is."""

# Operators.

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda one, other: one == other, "notequals": lambda one, other: one != other,
    "lessthan": lambda one, other: one < other, "lessthanequals": lambda one, other: one <= other,
    "greaterthan": lambda one, other: one > other, "greaterthanequals": lambda one, other: one >= other,
}
_NEGATED = frozenset({
    "stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "notipaddress",
    "numericnotequals",
})
_DECIDED = re.compile(
    r"(?:(?:forallvalues|foranyvalue):)?(?:null|(?:string(?:not)?(?:equals(?:ignorecase)?|like)|arn(?:not)?(?:equals|like)"
    r"|(?:not)?ipaddress|bool|binaryequals|numeric(?:(?:not)?equals|(?:less|greater)than(?:equals)?))(?:ifexists)?)",
    re.ASCII,
)


def is_decided(operator: str) -> bool:
    """Whether the operator is known here. Those of dates are not: what is let in at some time is let in."""
    return _DECIDED.fullmatch(operator) is not None


def met(test: Test, value: Value) -> bool:
    """Whether a request with this value of the key meets the test. The operator must be a decided one."""
    quantifier, _, operator = test.operator.rpartition(":")
    optional = operator.endswith("ifexists")
    operator = operator.removesuffix("ifexists")
    if operator == "null":
        return any((one.lower() == "true") == (value is None) for one in test.values)
    negated = operator in _NEGATED
    if value is None:
        return optional or quantifier == "forallvalues" or (negated and quantifier != "foranyvalue")
    matched = any(_matches(operator, one, value) for one in test.values)
    return matched != negated


def _matches(operator: str, wanted: str, value: str) -> bool:
    """As the operator would match without its negation."""
    if operator.endswith("ipaddress"):
        network, address = network_of(wanted), _address(value)
        return network is not None and address is not None and address.version == network.version and (
            address in network)
    if operator.startswith("numeric"):
        compare = _COMPARED[operator.removeprefix("numeric").replace("notequals", "equals")]
        left, right = _number(value), _number(wanted)
        return left is not None and right is not None and compare(left, right)
    if operator == "bool" or operator.endswith("ignorecase"):
        return value.lower() == wanted.lower()
    if operator.startswith("arn"):
        parts, patterns = value.split(":", 5), wanted.split(":", 5)
        return wanted == "*" or (len(parts) == len(patterns) == 6 and all(map(fits, patterns, parts)))
    return fits(wanted, value) if operator.endswith("like") else value == wanted


def fits(pattern: str, text: str) -> bool:
    """``*`` is any text, ``?`` one character. A pattern fits another when all that the other fits is fitted by it.

    Steps are bounded by the product of the lengths.
    """
    if len(pattern) > _LONGEST or len(text) > _LONGEST:
        return pattern in (text, "*")
    at = place = 0
    star, resumed = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resumed = at, place
            at += 1
        elif at < len(pattern) and (pattern[at] == text[place] or (pattern[at] == "?" and text[place] != "*")):
            at, place = at + 1, place + 1
        elif star >= 0:
            resumed += 1
            at, place = star + 1, resumed
        else:
            return False
    return pattern[at:].strip("*") == ""


@lru_cache(4096)
def network_of(text: str) -> Network | None:
    """The network; None where the text is none, so that no address is in it."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


# Keys.

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_RESOURCE_VARIABLE = re.compile(r"\$\{(?:aws|s3):resource[^}]{1,100}\}", re.IGNORECASE)


def _is_fixed(text: str) -> bool:
    return text != "" and not any(mark in text for mark in ("*", "?", "${"))


def _fixes_arn(text: str) -> bool:
    """It names an account, or a bucket, whose ARN has none."""
    part = text.split(":", 5)
    if part[0] != "arn" or len(part) < 6:
        return _is_fixed(text)
    return _ACCOUNT.fullmatch(part[4]) is not None or (_is_fixed(part[4])) or (
        part[4] == "" and _is_fixed(part[5].partition("/")[0]))


_SOMEBODYS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys((
        "aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "aws:vpceaccount", "s3:dataaccesspointaccount",
        "aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid", "aws:sourcevpc", "aws:sourcevpce",
        "aws:ec2instancesourcevpc"), _is_fixed),
    **dict.fromkeys((
        "aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn", "s3:dataaccesspointarn", "ec2:sourceinstancearn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id"), _fixes_arn),
    **dict.fromkeys(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"),
                    lambda text: _is_fixed(text.partition("/")[0])),
    "aws:userid": lambda text: text.lower() != "anonymous" and _is_fixed(text.partition(":")[0]),
}
"""Keys whose values belong to somebody → whether a pattern fits nothing but what is somebody's whom it names."""
_SIGNED = frozenset(_SOMEBODYS) | {
    "aws:assumedroot", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:federatedprovider",
    "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principaltag", "aws:sourceidentity",
    "aws:tokenissuetime", "aws:username", "aws:viaawsservice", "s3:accesspointnetworkorigin", "s3:authtype",
    "s3:signatureage", "s3:signatureversion",
}
"""Keys that an unsigned request from the Internet lacks."""
_ALWAYS = frozenset({"aws:principalarn", "aws:principalaccount", "aws:userid"})
"""Keys that every signed request has."""
_TYPES = ("User", "AssumedRole", "Account", "FederatedUser")
_FRESH: dict[str, tuple[str, ...]] = {
    "aws:principalarn": ("arn:aws:iam::000000000000:role/stranger", "arn:aws:iam::000000000000:user/stranger"),
    "aws:sourcearn": ("arn:aws:sns:us-east-1:000000000000:stranger", "arn:aws:s3:::stranger"),
    "aws:userid": ("AROASTRANGERSTRANGER:stranger", "AIDASTRANGERSTRANGER"),
    **dict.fromkeys(("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"), ("o-stranger00",)),
    **dict.fromkeys(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"), ("o-stranger00/r-0000/",)),
    **dict.fromkeys(("aws:sourcevpc", "aws:ec2instancesourcevpc"), ("vpc-00000000000000000",)),
    "aws:sourcevpce": ("vpce-00000000000000000",),
}
"""A stranger's own value, as it really looks."""
_NEW = ("000000000000",)
"""A value that no policy names; as an account's number it is nobody's."""


def possible(key: str, tests: Sequence[Test], denied: Sequence[Test], who: Stranger) -> list[Value]:
    """Values that stand for all that a stranger's request can have for a key.

    ``tests`` are those that are to be met, ``denied`` those of Deny statements; all of that key.
    """
    name = key.partition("/")[0]
    signed = who is Stranger.SIGNED
    if name == "aws:sourceip":
        return list(_addresses(tests, denied))
    if name == "aws:principalisawsservice":
        return ["false"]
    if name in ("aws:principalservicename", "aws:principalservicenameslist"):
        return [None]
    if name == "aws:principaltype":
        return list(_TYPES) if signed else ["Anonymous"]
    if name == "aws:userid" and not signed:
        return ["anonymous"]
    if name == "aws:securetransport":
        return ["true", "false"]
    if name in _SIGNED and not signed:
        return [None]
    somebodys = _SOMEBODYS.get(name)
    asked = [value for test in (*tests, *denied) for value in test.values]
    had = [value for value in dict.fromkeys(asked) if not somebodys or not somebodys(
        _RESOURCE_VARIABLE.sub("owner", value[:_LONGEST]))]
    fresh = _FRESH.get(name, _NEW)
    # What is fresh fits "*" as well, and looks as it must.
    made = [one for value in had[:_MOST_VALUES] if value != "*" for one in instances(value)]
    absent: list[Value] = [] if name in _ALWAYS else [None]
    return [*absent, *fresh, *made]


def is_free(key: str) -> bool:
    """A stranger writes there what he likes."""
    name = key.partition("/")[0]
    return name not in _SIGNED and name not in (
        "aws:sourceip", "aws:principalisawsservice", "aws:principalservicename", "aws:principalservicenameslist",
        "aws:principaltype", "aws:securetransport")


def instances(pattern: str) -> Iterator[str]:
    """Texts that a pattern fits; of a number, also those beside it."""
    yield pattern.replace("*", "stranger").replace("?", "0")
    if "*" in pattern:
        yield pattern.replace("*", "").replace("?", "0")
    number = _number(pattern)
    if number is not None and abs(number) < 1e12:
        yield from (str(number - 1), str(number + 1))
    if pattern.lower() in ("true", "false"):
        yield "false" if pattern.lower() == "true" else "true"


def _addresses(tests: Iterable[Test], denied: Iterable[Test]) -> Iterator[str]:
    """A public address from each stretch between the networks that are named, unless a network is somebody's own."""
    named = {test: [network for value in test.values if (network := network_of(value))]
             for test in {*tests, *denied}}
    owned: list[Network] = []
    for test, networks in named.items():
        # A condition that lets these in (a Deny lets in whom its negation names) says whose they are.
        if ("notipaddress" in test.operator) == (test in denied):
            owned += [network for network in joined(networks) if not is_broad(network)]
    every = [network for networks in named.values() for network in networks]
    for version, start, bits in ((4, "1.0.0.0", 32), (6, "2000::", 128)):
        edges = {int(ip_address(start))}
        for network in every:
            if network.version == version:
                edges |= {int(network.network_address), int(network.broadcast_address) + 1}
        for first, following in pairwise([*sorted(edges)[:2 * _MOST_VALUES], 1 << bits]):
            found = _public_between(first, following, version)
            if found is not None and not any(found in network for network in owned if network.version == version):
                yield str(found)


def _public_between(first: int, following: int, version: int) -> IPv4Address | IPv6Address | None:
    """A public address of a stretch: its first, or the first after the special ranges that it begins with."""
    kind = IPv4Address if version == 4 else IPv6Address
    at = first
    while at < following and not kind(at).is_global:
        inside = next((one for one in _SPECIAL if one.version == version and kind(at) in one), None)
        if inside is None:
            return None
        at = int(inside.broadcast_address) + 1
    return kind(at) if at < following else None


def joined(networks: Iterable[Network]) -> Iterator[Network]:
    """The same addresses in as few networks as can be: two halves of the Internet are all of it."""
    for version in (4, 6):
        yield from collapse_addresses(  # type: ignore[type-var]
            network for network in networks if network.version == version)


def is_broad(network: Network) -> bool:
    """So broad that it is nobody's."""
    least = BROADEST_V4 if isinstance(network, IPv4Network) else BROADEST_V6
    return network.prefixlen < least and not network.is_private
