"""Who a record says called: the role, not the session of it; the user, not who stands beside him."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vedette.detectors.say import caller
from vedette.logs.cloudtrail import ApiCall, decode_record

SESSION = "arn:aws:sts::111122223333:assumed-role/deploy/jane"
ROLE = "arn:aws:iam::111122223333:role/ci/deploy"
ISSUER = {"type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE, "accountId": "111122223333", "userName": "deploy"}


def by(kind: str, arn: str, issuer: dict[str, Any] | None = None, **more: Any) -> ApiCall:
    identity = {"type": kind, "arn": arn, "principalId": "AROAEXAMPLE:jane", "accountId": "111122223333", **more}
    if issuer is not None:
        identity["sessionContext"] = {"sessionIssuer": issuer}
    return decode_record(json.dumps({
        "eventTime": "2026-03-02T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
        "userIdentity": identity}).encode())


def principal(call: ApiCall) -> str:
    return call.identity.principal


@pytest.mark.parametrize("issuer", [
    ISSUER, {"arn": ROLE}, {"userName": "deploy"}, {}, None], ids=["whole", "ARN", "name", "empty", "none"])
def test_a_session_is_its_roles(issuer: dict[str, Any] | None) -> None:
    assert caller(by("AssumedRole", SESSION, issuer)).user_name == "deploy"
    one, other = (principal(by("AssumedRole", SESSION.replace("jane", name), issuer)) for name in ("jane", "joe"))
    assert one == other


def test_sessions_of_instances_are_told_apart() -> None:
    names = ("i-0f3a9c1b2d4e5f607", "i-0aa11bb22cc33dd44")
    for issuer in (ISSUER, None):
        assert len({principal(by("AssumedRole", SESSION.replace("jane", name), issuer, principalId=f"AROA:{name}"))
                    for name in names}) == 2


def test_a_user_is_himself() -> None:
    alice = "arn:aws:iam::111122223333:user/staff/Alice"
    assert caller(by("IAMUser", alice, ISSUER | {"userName": "Admin"})).user_name == "Alice"
    assert caller(by("IAMUser", alice, userName="alice")).user_name == "alice"
    assert principal(by("IAMUser", alice)) == alice


def test_a_federated_user_is_who_asked_for_him() -> None:
    issuer = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob"}
    assert caller(by("FederatedUser", "arn:aws:sts::111122223333:federated-user/guest", issuer)).user_name == "bob"
