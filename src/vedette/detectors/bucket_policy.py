"""To whom a bucket's policy or ACL opens it: everybody, everybody who has an AWS account, or people who are named.

A policy is judged by whether it lets in a stranger: is there a request, unsigned or signed with credentials of an
account that the policy does not name, that an Allow allows and no Deny denies? (`vedette.detectors.policy_conditions`
says what such a request can hold.) That agrees with AWS's own meaning of "public", where fixed networks, accounts,
organizations and resources are somebody's; further than AWS, it heeds Deny statements, and does not call public what a
wildcard inside a fixed account leaves. Documents are hostile input: unexpected shapes open nothing, and the work is
bounded by what a policy may hold.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple, Self

import msgspec

from vedette.detectors.policy_conditions import Stranger, Test, fits, instances, is_decided, is_free, met, possible


class Audience(IntEnum):
    """Who is let in; the greater, the more."""

    NAMED = 0
    AUTHENTICATED = 1
    """Whoever has an AWS account."""
    EVERYONE = 2


Statement = dict[str, Any]

_ACCOUNT = re.compile(r"\d{12}$", re.ASCII)
_MAX_DOCUMENT = 64 << 10
"""Characters; AWS's own limit on a bucket policy is 20 KB."""
_MAX_PARTS = 4000
"""Names, values and what holds them; one of 20 KB has fewer."""
_MOST_SETS = 64
"""Sets of escaped denials that are followed up. Real policies have some two or three denials."""
_STRANGERS = ((Stranger.ANONYMOUS, Audience.EVERYONE), (Stranger.SIGNED, Audience.AUTHENTICATED))


def policy_audience(document: Any, bucket: str = "") -> Audience:
    """Whom a policy lets in: a decoded object, or JSON text. What is no policy lets in nobody.

    ``bucket`` is the one that the policy is of: what it says of others does not count. Without, everything counts.
    """
    statements = _statements(document)
    denials = [one for one in statements if one.get("Effect") == "Deny" and _concerns_strangers(one)]
    allows = [one for one in statements if one.get("Effect") == "Allow" and _concerns_strangers(one)
              and ("Action" in one or "NotAction" in one)]
    for who, audience in _STRANGERS:
        if any(_is_open(allow, denials, who, bucket) for allow in allows):
            return audience
    return Audience.NAMED


def accounts_let_in(document: Any) -> frozenset[str]:
    """The accounts that a policy names and lets in: their numbers, whosever they are. It does not look at denials.

    Where everybody is let in on the condition of being one of an account, that account is named.
    """
    found: set[str] = set()
    for statement in _statements(document):
        if statement.get("Effect") != "Allow" or "NotPrincipal" in statement:
            continue
        principal = statement.get("Principal")
        if _is_everybody(principal):
            found.update(_account_of(value) for operator, key, values in _conditions(statement)
                         if key in ("aws:principalaccount", "aws:principalarn") and "not" not in operator
                         for value in values)
        elif isinstance(principal, dict):
            found.update(_account_of(value) for value in _listed(principal.get("AWS")))
    return frozenset(found - {""})


def _account_of(principal: Any) -> str:
    """The account of a principal's ARN, or the number itself; empty where it is of none (an AWS service's user)."""
    text = str(principal)
    part = text.split(":", 5)
    number = part[4] if len(part) == 6 and part[0] == "arn" else text
    return number if _ACCOUNT.fullmatch(number) else ""


def _statements(document: Any) -> list[Statement]:
    if isinstance(document, str):
        if len(document) > _MAX_DOCUMENT:
            return []
        try:
            document = msgspec.json.decode(document)
        except (msgspec.DecodeError, RecursionError):
            return []
    if not isinstance(document, dict) or _is_too_large(document):
        return []
    return [one for one in _listed(document.get("Statement")) if isinstance(one, dict)]


def _is_too_large(document: dict[str, Any]) -> bool:
    """Larger than any policy that S3 takes; it is not looked at further than that."""
    parts, length = 0, 0
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            length += len(value)
        parts += 1
        if parts + len(waiting) > _MAX_PARTS or length > _MAX_DOCUMENT:
            return True
    return False


def _concerns_strangers(statement: Statement) -> bool:
    """The statement speaks of everybody, or of everybody but some."""
    if "NotPrincipal" in statement:
        return not _is_everybody(statement["NotPrincipal"])
    return _is_everybody(statement.get("Principal"))


def _is_open(allow: Statement, denials: list[Statement], who: Stranger, bucket: str) -> bool:
    """A stranger can do something that the statement allows, and that nothing denies."""
    wanted = [test for test in _tests(allow) if is_decided(test.operator)]
    # Of a Deny whose conditions nobody can decide here, it is not known that it denies.
    known = [one for one in denials if all(is_decided(test.operator) for test in _tests(one))]
    sets = [{frozenset(number for number, denial in enumerate(known) if _Named.of(denial, what).have(one))
             for one in _examples(what, allow, known, bucket)} for what in ("Action", "Resource")]
    both = {of_action & of_resource for of_action in sets[0] for of_resource in sets[1]}
    return any(_passes(wanted, [_tests(known[number]) for number in sorted(against)], who)
               for against in both if not any(fewer < against for fewer in both))


def _examples(what: str, allow: Statement, denials: list[Statement], bucket: str) -> Iterator[str]:
    """Actions or resources that stand for all that the statement allows: of what any statement names, one of each."""
    allowed = _Named.of(allow, what)
    named = [allowed, *(_Named.of(denial, what) for denial in denials)]
    patterns = [one for of in named for one in (*of.patterns, *of.but)]
    if what == "Action":
        # Of all actions, only S3's can be done to a bucket.
        patterns = ["s3:*" if one == "*" else one for one in patterns]
    elif bucket:
        partitions = dict.fromkeys(["arn:aws", *(":".join(one.split(":", 2)[:2]) for one in patterns if one != "*")])
        patterns += [f"{arn}:s3:::{bucket}{key}" for arn in partitions for key in ("", "/*")]
    for pattern in dict.fromkeys(patterns):
        for one in instances(pattern):
            if allowed.have(one) and (what == "Action" or _is_of(one, bucket)):
                yield one


def _is_of(resource: str, bucket: str) -> bool:
    """The resource is the bucket, or an object in it."""
    part = resource.split(":", 5)
    return not bucket or (len(part) == 6 and part[2] == "s3" and part[5].partition("/")[0] == bucket)


def _passes(wanted: list[Test], denials: list[list[Test]], who: Stranger) -> bool:
    """Some request of a stranger meets all that is wanted, and of each denial fails some condition.

    Keys are independent of each other, so for each key it is enough to know which sets of denials its values escape.
    """
    escaped = {0}
    for key in dict.fromkeys(test.key for tests in (wanted, *denials) for test in tests):
        asked = [test for test in wanted if test.key == key]
        denied = [[test for test in tests if test.key == key] for tests in denials]
        sets = {sum(1 << number for number, tests in enumerate(denied) if not all(met(test, value) for test in tests))
                for value in possible(key, asked, [test for tests in denied for test in tests], who)
                if all(met(test, value) for test in asked)}
        if not sets and not is_free(key):
            return False
        escaped = _widest({one | other for one in escaped for other in sets or {0}})
    return (1 << len(denials)) - 1 in escaped


def _widest(sets: set[int]) -> set[int]:
    """The sets (as bits) that no other contains, the largest where there are many."""
    kept: list[int] = []
    for one in sorted(sets, key=lambda bits: (-bits.bit_count(), bits)):
        if not any(one | other == other for other in kept):
            kept.append(one)
        if len(kept) >= _MOST_SETS:
            break
    return set(kept)


class _Named(NamedTuple):
    """The actions or resources that a statement is about: those that fit a pattern, or all but those."""

    patterns: list[str]
    but: list[str]

    @classmethod
    def of(cls, statement: Statement, what: str) -> Self:
        """``what`` is ``Action`` or ``Resource``; a statement without either is about all."""
        if what in statement:
            return cls(_lower(statement[what]), [])
        return cls(["*"], _lower(statement.get(f"Not{what}")))

    def have(self, one: str) -> bool:
        """The action or resource is among these."""
        return any(fits(pattern, one) for pattern in self.patterns) and not any(
            fits(pattern, one) for pattern in self.but)


def _lower(value: Any) -> list[str]:
    return list(dict.fromkeys(str(one).lower() for one in _listed(value)))


def _tests(statement: Statement) -> list[Test]:
    return [Test(operator, key, tuple(_text(value) for value in values))
            for operator, key, values in _conditions(statement)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_everybody(principal: Any) -> bool:
    """Not ``{"Service": "*"}``: a service is no stranger."""
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in _listed(named)


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[Any]]]:
    block = statement.get("Condition")
    for operator, tests in block.items() if isinstance(block, dict) else ():
        for key, values in tests.items() if isinstance(tests, dict) else ():
            yield operator.lower(), key.lower(), _listed(values)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


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
