"""Policies are judged as IAM would judge every request that a stranger can make: made here one by one, and slowly."""

from __future__ import annotations

import itertools
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vedette.detectors.bucket_policy import Audience, policy_audience
from vedette.detectors.policy_conditions import fits

# What strangers can say. Account 999988887777, its organization and its networks are named by no policy here.
IPS = ["9.9.9.9", "70.1.1.1", "200.1.1.1", "2600::1"]
BOTH: dict[str, list[str | None]] = {
    "aws:SourceIp": [*IPS], "aws:SecureTransport": ["true", "false"], "aws:PrincipalIsAWSService": ["false"],
    "aws:Referer": [None, "https://www.acme.example/page", "https://evil.example/"],
    "s3:prefix": [None, "public/", "public/a", "private/a"], "aws:PrincipalServiceName": [None],
    "s3:max-keys": [None, "5", "10", "15"],
}
ANONYMOUS: dict[str, list[str | None]] = {
    **BOTH, "aws:userid": ["anonymous"], "aws:PrincipalType": ["Anonymous"], "aws:PrincipalArn": [None],
    "aws:PrincipalAccount": [None], "aws:PrincipalOrgID": [None], "aws:SourceVpce": [None], "aws:SourceArn": [None],
    "aws:PrincipalTag/team": [None], "aws:MultiFactorAuthPresent": [None], "aws:PrincipalOrgPaths": [None],
}
SIGNED: dict[str, list[str | None]] = {
    **BOTH, "aws:userid": ["AROASTRANGE:x", "AIDASTRANGE", "AROASTRANGE:deploy"],
    "aws:PrincipalType": ["User", "AssumedRole", "Account"], "aws:PrincipalAccount": ["999988887777", "555566667777"],
    "aws:PrincipalArn": ["arn:aws:iam::999988887777:role/admin", "arn:aws:iam::999988887777:user/x"],
    "aws:PrincipalOrgID": [None, "o-stranger99"], "aws:SourceVpce": [None, "vpce-0f0f0f0f0f0f0f0f0"],
    "aws:SourceArn": [None, "arn:aws:sns:us-east-1:999988887777:t", "arn:aws:s3:::strange",
                      "arn:aws:s3:::acme-strange"],
    "aws:PrincipalTag/team": [None, "blue", "red"], "aws:MultiFactorAuthPresent": [None, "true", "false"],
    "aws:PrincipalOrgPaths": [None, "o-stranger99/r-zz99/ou-1/", "o-stranger99/r-aa11/"],
}
ACTIONS = ["s3:GetObject", "s3:GetBucketAcl", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject", "s3:RestoreObject"]
RESOURCES = ["arn:aws:s3:::b", "arn:aws:s3:::b/k"]


def conditions_of(statement: dict[str, Any]) -> list[dict[str, Any]]:
    return list(statement.get("Condition", {}).values())


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def slowly(policy: dict[str, Any]) -> Audience:
    for said, audience in ((ANONYMOUS, Audience.EVERYONE), (SIGNED, Audience.AUTHENTICATED)):
        asked = sorted({key for one in policy["Statement"] for tests in conditions_of(one) for key in tests})
        for values in itertools.product(*(said[key] for key in asked)):
            request = dict(zip(asked, values, strict=True))
            for action, resource in itertools.product(ACTIONS, RESOURCES):
                effects = {one["Effect"] for one in policy["Statement"] if applies(one, request, action, resource)}
                if effects == {"Allow"}:
                    return audience
    return Audience.NAMED


def applies(statement: dict[str, Any], request: dict[str, str | None], action: str, resource: str) -> bool:
    principal = statement.get("Principal")
    if "NotPrincipal" in statement:
        if statement["NotPrincipal"] in ("*", {"AWS": "*"}):
            return False
    elif principal != "*" and "*" not in listed(principal.get("AWS")):
        return False
    for name, value in (("Action", action), ("Resource", resource)):
        if name in statement and not any(fnmatchcase(value.lower(), one.lower()) for one in listed(statement[name])):
            return False
        if f"Not{name}" in statement and any(
                fnmatchcase(value.lower(), one.lower()) for one in listed(statement[f"Not{name}"])):
            return False
    return all(holds(operator, listed(values), request[key])
               for operator, tests in statement.get("Condition", {}).items() for key, values in tests.items())


def holds(operator: str, wanted: list[str], value: str | None) -> bool:
    """One condition, by the tables of IAM's reference."""
    if operator == "Null":
        return any((value is None) == (one == "true") for one in wanted)
    if operator.endswith("IfExists"):
        return value is None or holds(operator.removesuffix("IfExists"), wanted, value)
    if operator.startswith("ForAllValues:"):
        return value is None or holds(operator.removeprefix("ForAllValues:"), wanted, value)
    if operator.startswith("ForAnyValue:"):
        return value is not None and holds(operator.removeprefix("ForAnyValue:"), wanted, value)
    if "Not" in operator:
        return value is None or not holds(operator.replace("Not", "", 1).replace("equals", "Equals"), wanted, value)
    if value is None:
        return False
    if operator.lower() == "ipaddress":
        return any(ip_address(value) in ip_network(one) for one in wanted)
    if operator.startswith("Numeric"):
        return any({"NumericLessThan": float(value) < float(one), "NumericEquals": float(value) == float(one),
                    "NumericGreaterThan": float(value) > float(one)}[operator] for one in wanted)
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        return any(fnmatchcase(value, one) for one in wanted)
    return any(value == one for one in wanted)


# Policies. Of each key the values are the owner's, nobody's in particular, or patterns of both.
VALUES: dict[str, list[Any]] = {
    "aws:PrincipalOrgID": ["o-ours111111", ["o-ours111111", "o-ours222222"], "o-*", "*"],
    "aws:PrincipalAccount": ["111122223333", "*", "9*"],
    "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/admin", "*"],
    "aws:PrincipalType": ["Anonymous", ["User", "AssumedRole"], "*"],
    "aws:PrincipalTag/team": ["blue", "*"],
    "aws:PrincipalOrgPaths": ["o-ours111111/r-ab12/*", "o-*/r-zz99/*"],
    "aws:SourceVpce": ["vpce-0123456789abcdef0", "vpce-*", ["vpce-0123456789abcdef0", "*"]],
    "aws:SourceArn": ["arn:aws:sns:us-east-1:111122223333:*", "arn:aws:s3:::acme-logs", "arn:aws:s3:::acme-*", "*"],
    "aws:userid": ["AROAOURS:*", "*:deploy", "*", "anonymous"],
    "aws:Referer": ["https://www.acme.example/*"],
    "s3:prefix": ["public/", "public/*"],
}
STRINGS = ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIfExists",
           "StringLikeIfExists", "StringNotEqualsIfExists", "ForAllValues:StringLike", "ForAnyValue:StringLike",
           "ForAnyValue:StringNotEquals", "Null"]
NETWORKS = [["81.2.69.0/24"], ["0.0.0.0/0"], ["0.0.0.0/1", "128.0.0.0/1"], ["::/0"], ["81.0.0.0/8"], ["64.0.0.0/2"],
            ["81.2.69.0/24", "10.0.0.0/8"], ["0.0.0.0/0", "::/0"], ["81.2.69.0/24", "64.0.0.0/2"]]


def _of(operator: str, key: str, value: Any) -> dict[str, Any]:
    # Equality with a pattern would be with its literal text, which nobody has: made a pattern's test.
    if operator == "Null":
        return {operator: {key: "true" if len(str(value)) % 2 else "false"}}
    if "Equals" in operator and "*" in str(value):
        operator = operator.replace("Equals", "Like")
    if key in ("aws:PrincipalArn", "aws:SourceArn") and "For" not in operator and "*" not in listed(value):
        operator = operator.replace("String", "Arn")
    return {operator: {key: value}}


TEXT = st.sampled_from(list(VALUES)).flatmap(lambda key: st.builds(
    _of, st.sampled_from(STRINGS), st.just(key), st.sampled_from(VALUES[key])))
CONDITION = st.one_of(
    TEXT, TEXT,
    st.builds(lambda operator, nets: {operator: {"aws:SourceIp": nets}},
              st.sampled_from(["IpAddress", "NotIpAddress"]), st.sampled_from(NETWORKS)),
    st.builds(lambda key, value: {"Bool": {key: value}},
              st.sampled_from(["aws:SecureTransport", "aws:PrincipalIsAWSService", "aws:MultiFactorAuthPresent"]),
              st.sampled_from(["true", "false"])),
    st.builds(lambda operator: {operator: {"s3:max-keys": "10"}},
              st.sampled_from(["NumericLessThan", "NumericEquals", "NumericGreaterThan", "NumericLessThanIfExists"])),
)


def _merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        for operator, tests in part.items():
            whole.setdefault(operator, {}).update(tests)
    return whole


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    statement |= draw(st.sampled_from([
        {"Principal": "*"}, {"Principal": "*"}, {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, {"Principal": {"Service": "*"}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}, {"NotPrincipal": "*"}]))
    statement |= draw(st.sampled_from([
        {"Action": "s3:GetObject"}, {"Action": "s3:*"}, {"Action": "s3:Get*"}, {"Action": "*"},
        {"Action": ["s3:GetObject", "s3:PutObject"]}, {"NotAction": "s3:GetObject"}, {"NotAction": ["s3:Get*"]}]))
    statement |= draw(st.sampled_from([
        {"Resource": "arn:aws:s3:::b/*"}, {"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]},
        {"Resource": "arn:aws:s3:::b*"}, {"NotResource": "arn:aws:s3:::b/*"}]))
    conditions = draw(st.lists(CONDITION, max_size=2))
    return statement | ({"Condition": _merged(conditions)} if conditions else {})


@settings(max_examples=600, deadline=None)
@given(st.lists(statements(), min_size=1, max_size=3))
def test_a_policy_lets_in_whom_a_slow_evaluation_of_requests_lets_in(drawn: list[dict[str, Any]]) -> None:
    # Of what a stranger writes freely, conditions that exclude each other are not told from those that do not.
    assume(not any(key in ("s3:prefix", "s3:max-keys", "aws:Referer") and sum(key in tests for tests in conditions) > 1
                   for conditions in map(conditions_of, drawn) for key in itertools.chain(*conditions)))
    policy = {"Version": "2012-10-17", "Statement": drawn}
    assert policy_audience(policy, "b") is slowly(policy)


@settings(max_examples=300, deadline=None)
@given(st.lists(statements(), min_size=1, max_size=4), statements())
def test_a_denial_never_opens_and_an_allowance_never_closes(drawn: list[dict[str, Any]], more: dict[str, Any]) -> None:
    before, after = (policy_audience({"Statement": one}) for one in (drawn, [*drawn, more]))
    assert after >= before if more["Effect"] == "Allow" else after <= before


@settings(max_examples=500, deadline=None)
@given(st.text("ab*?", max_size=7), st.text("ab", max_size=7))
def test_a_pattern_fits_as_fnmatch_says(pattern: str, text: str) -> None:
    assert fits(pattern, text) == fnmatchcase(text, pattern)


@pytest.mark.parametrize("document", [
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["*a" * 500 + "b"] * 30, "Resource": "a" * 1000},
                   *({"Effect": "Deny", "Principal": "*", "Action": "*a" * 500 + str(n), "Resource": "*"}
                     for n in range(15))]},
    {"Statement": [{"Effect": effect, "Principal": "*", "Action": "*", "Condition": {
        "StringLike": {"aws:PrincipalTag/a": [f"{'*a' * 8}{n}" for n in range(900)]}}}
        for effect in ("Allow", "Deny")]},
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}, *(
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"StringEquals": {f"k{n}": "v"}}}
        for n in range(250))]},
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {
        "NotIpAddress": {"aws:SourceIp": [f"{n >> 8}.{n & 255}.0.0/17" for n in range(300, 3000)]}}}]},
])
def test_a_policy_made_to_take_long_is_judged_in_this_test_s_time(document: dict[str, Any]) -> None:
    denied_to_all = len(document["Statement"]) == 2
    assert policy_audience(document) is (Audience.NAMED if denied_to_all else Audience.EVERYONE)


def test_what_s3_would_not_take_for_its_size_is_no_policy() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    assert policy_audience({"Statement": [allow] * 400}) is Audience.EVERYONE
    assert policy_audience({"Statement": [allow] * 4000}) is Audience.NAMED
    assert policy_audience({"Statement": [allow | {"Sid": "x" * 70_000}]}) is Audience.NAMED
    assert policy_audience({"Statement": [allow | {"Resource": list(range(5000))}]}) is Audience.NAMED
