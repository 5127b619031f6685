"""Whom policies and ACLs let in: a table of documents, and anything at all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.detectors.bucket_policy import Audience, acl_audience, policy_audience

NAMED, AUTHENTICATED, EVERYONE = Audience.NAMED, Audience.AUTHENTICATED, Audience.EVERYONE
OBJECTS = "arn:aws:s3:::acme/*"


def allow(condition: Any = None, principal: Any = "*", **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": OBJECTS, **more}
    return statement | ({"Condition": condition} if condition else {})


def deny(condition: Any = None, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::acme", OBJECTS],
            **({"Condition": condition} if condition else {}), **more}


ONE = [
    (EVERYONE, allow()),
    (EVERYONE, allow(principal={"AWS": "*"})),
    (EVERYONE, allow(principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]})),
    (EVERYONE, allow(principal=None) | {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/ann"}}),
    (NAMED, allow(principal={"AWS": "arn:aws:iam::111122223333:root"})),
    (NAMED, allow(principal={"Service": "cloudtrail.amazonaws.com"})),
    (NAMED, allow(principal="arn:aws:iam::111122223333:root")),
    (NAMED, {"Effect": "Allow", "Principal": "*", "Resource": OBJECTS}),
    (NAMED, deny()),
    # Networks
    (NAMED, allow({"IpAddress": {"aws:SourceIp": "81.2.69.0/24"}})),
    (NAMED, allow({"IpAddress": {"aws:SourceIp": ["81.2.69.0/24", "10.0.0.0/8", "2001:db8::/48"]}})),
    (NAMED, allow({"IpAddressIfExists": {"AWS:sourceip": "81.2.69.160"}})),
    (EVERYONE, allow({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
    (EVERYONE, allow({"IpAddress": {"aws:SourceIp": ["81.2.69.0/24", "::/0"]}})),
    (EVERYONE, allow({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}})),
    (EVERYONE, allow({"NotIpAddress": {"aws:SourceIp": "81.2.69.0/24"}})),
    # Organisations, accounts, resources, endpoints
    (NAMED, allow({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
    (NAMED, allow({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}})),
    (NAMED, allow({"StringEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}})),
    (NAMED, allow({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*"}})),
    (NAMED, allow({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:*"}})),
    (NAMED, allow({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}})),
    (NAMED, allow({"StringLike": {"aws:userid": "AROAEXAMPLEROLEID:*"}})),
    (NAMED, allow({"Bool": {"aws:PrincipalIsAWSService": "true"}})),
    (AUTHENTICATED, allow({"StringLike": {"aws:SourceVpce": "vpce-*"}})),
    (AUTHENTICATED, allow({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}})),
    (AUTHENTICATED, allow({"StringLike": {"aws:PrincipalArn": "*"}})),
    (AUTHENTICATED, allow({"StringNotEquals": {"aws:PrincipalType": "Anonymous"}})),
    (AUTHENTICATED, allow({"Null": {"aws:PrincipalArn": "false"}})),
    (AUTHENTICATED, allow({"StringEquals": {"aws:PrincipalTag/team": "blue"}})),
    (EVERYONE, allow({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
    (EVERYONE, allow({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/"}})),
    (EVERYONE, allow({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
    # What callers write themselves, or what all can have
    (EVERYONE, allow({"StringLike": {"aws:Referer": "https://www.acme.example/*"}})),
    (EVERYONE, allow({"Bool": {"aws:SecureTransport": "true"}})),
    (EVERYONE, allow({"StringEquals": {"aws:UserAgent": "secret"}})),
    (EVERYONE, allow({"StringEquals": {"s3:prefix": "public/"}})),
    # What AWS's own services and distributions need
    (NAMED, allow({"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/E1"}},
                  {"Service": "cloudfront.amazonaws.com"})),
    (NAMED, allow(principal={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"})),
    (NAMED, allow(principal={"CanonicalUser": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"})),
    (NAMED, allow({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-ledger"},
                   "StringEquals": {"aws:SourceAccount": "111122223333"}}, {"Service": "s3.amazonaws.com"})),
    (NAMED, allow({"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}})),
    (NAMED, allow({"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/*"}})),
    # What only looks narrow
    (AUTHENTICATED, allow({"StringLike": {"aws:SourceVpc": "vpc-*"}})),
    (AUTHENTICATED, allow({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::acme-*"}})),
    (AUTHENTICATED, allow({"StringLike": {"s3:DataAccessPointAccount": "*"}})),
    (AUTHENTICATED, allow({"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
    (EVERYONE, allow({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
    (EVERYONE, allow({"StringLike": {"aws:userid": "*"}})),
    (EVERYONE, allow({"StringEquals": {"aws:PrincipalType": "Anonymous"}})),
    (EVERYONE, allow({"Null": {"aws:PrincipalOrgID": "true"}})),
    (EVERYONE, allow({"IpAddress": {"aws:SourceIp": [f"{n}.0.0.0/8" for n in range(128)]}})),
    (EVERYONE, allow({"IpAddress": {"aws:SourceIp": "64.0.0.0/7"}})),
    (EVERYONE, allow({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}})),
    (EVERYONE, allow({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})),
    (NAMED, allow(principal={"Service": "*"})),
    # Several conditions must all hold
    (NAMED, allow({"StringLike": {"aws:SourceVpc": "vpc-*"}, "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
]

SEVERAL = [
    (EVERYONE, [allow({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), allow()]),
    (NAMED, [allow(), deny()]),
    (NAMED, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "81.2.69.0/24"}})]),
    (NAMED, [allow(), deny({"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}})]),
    (NAMED, [allow(), deny({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})]),
    # Either will do to escape this denial, and both name somebody.
    (NAMED, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "81.2.69.0/24"},
                            "StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}})]),
    (EVERYONE, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "81.2.69.0/24"},
                               "Bool": {"aws:SecureTransport": "false"}})]),
    (NAMED, [allow(), deny() | {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}]),
    (AUTHENTICATED, [allow(), deny({"StringEquals": {"aws:PrincipalType": "Anonymous"}})]),
    (EVERYONE, [allow(), deny({"Bool": {"aws:SecureTransport": "false"}})]),
    (EVERYONE, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "81.2.69.0/24"}}, Action="s3:DeleteObject")]),
    (EVERYONE, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "81.2.69.0/24"}}, Resource="arn:aws:s3:::acme")]),
    (EVERYONE, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}})]),
    (EVERYONE, [allow(), deny() | {"Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}}]),
    (NAMED, [allow(Action="*"), deny()]),
    (NAMED, [allow(Action=["s3:GetObject", "s3:PutObject"]), deny(Action="s3:Get*"), deny(Action="s3:PutObject")]),
    (EVERYONE, [allow(Action=["s3:GetObject", "s3:PutObject"]), deny(Action="s3:Get*")]),
    (NAMED, [allow(), {key: value for key, value in deny(NotAction="s3:ListBucket").items() if key != "Action"}]),
    (EVERYONE, [allow(), deny({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})]),
    (EVERYONE, [allow({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
                deny({"IpAddress": {"aws:SourceIp": "9.0.0.0/8"}})]),
    # Each denial leaves somebody, and nobody is left by both.
    (NAMED, [allow(), deny({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/1"}}),
             deny({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}})]),
]


@pytest.mark.parametrize(("audience", "statement"), ONE)
def test_a_statement_lets_in(audience: Audience, statement: dict[str, Any]) -> None:
    assert policy_audience({"Version": "2012-10-17", "Statement": [statement]}) is audience


@pytest.mark.parametrize(("audience", "statements"), SEVERAL)
def test_statements_together_let_in(audience: Audience, statements: list[dict[str, Any]]) -> None:
    assert policy_audience({"Statement": statements}) is audience
    assert policy_audience({"Statement": statements[::-1]}) is audience


def test_a_policy_may_be_text_and_a_lone_statement_need_not_be_in_a_list() -> None:
    text = msgspec.json.encode({"Statement": allow()}).decode()
    assert policy_audience(text) is EVERYONE
    assert policy_audience("invalid-json-policy") is NAMED
    assert policy_audience(text + " " * (1 << 17)) is NAMED


GROUP = "http://acs.amazonaws.com/groups/global/"


@pytest.mark.parametrize(("audience", "request_parameters"), [
    (NAMED, {"x-amz-acl": ["private"], "acl": [""]}),
    (NAMED, {"x-amz-acl": "bucket-owner-full-control"}),
    (NAMED, {"x-amz-grant-write": 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"'}),
    (EVERYONE, {"x-amz-acl": ["public-read"]}),
    (EVERYONE, {"x-amz-acl": "public-read-write"}),
    (AUTHENTICATED, {"x-amz-acl": "authenticated-read"}),
    (EVERYONE, {"accessControlList": {"x-amz-grant-read": f'id="75aa", uri="{GROUP}AllUsers"'}}),
    (AUTHENTICATED, {"x-amz-grant-full-control": f"uri={GROUP}AuthenticatedUsers"}),
    (EVERYONE, {"AccessControlPolicy": {"AccessControlList": {"Grant": {
        "Grantee": {"URI": f"{GROUP}AllUsers"}, "Permission": "READ_ACP"}}}}),
    (EVERYONE, {"AccessControlPolicy": {"AccessControlList": {"Grant": [
        {"Grantee": {"URI": f"{GROUP}AuthenticatedUsers"}, "Permission": "READ"},
        {"Grantee": {"URI": f"{GROUP}AllUsers"}, "Permission": "WRITE"}]}}}),
    (NAMED, {"bucketName": "public-read"}),
])
def test_an_acl_lets_in(audience: Audience, request_parameters: dict[str, Any]) -> None:
    assert acl_audience(request_parameters) is audience


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12)
    | st.sampled_from(["*", "Allow", "Deny", "s3:*", "[*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "Statement", "Effect", "Principal", "NotPrincipal", "Action", "Resource", "Condition", "AWS", "IpAddress",
        "Null", "StringLike", "aws:SourceIp", "aws:PrincipalArn", "x-amz-acl"]), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(_ANYTHING)
def test_any_shape_is_judged_without_an_error(document: Any) -> None:
    assert policy_audience(document) in Audience
    assert policy_audience({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": document},
                                          {"Effect": "Deny", "Principal": document, "Action": document}]}) in Audience
    assert acl_audience({"acl": document}) in Audience
