"""What Terraform's AWS provider does with the API, call by call: which texts it takes for "gone", which statuses it
waits for, what it reads back and holds against what was asked for. A second apply must find nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients.conftest import BUCKET, REGION, Running, until

NOT_OWNED = "The request is rejected because the input detectorId is not owned by the current account."
NO_RESOURCE = "The request is rejected since no such resource found."
INVALID = "The request is rejected because the one or more input parameters have invalid values."

CONDITIONS = ("Equals", "NotEquals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual")
"""What the provider reads of a condition: the older names would be lost on it."""

Attributes = Mapping[str, Any]


@dataclass
class Provider:
    """The calls for one kind of resource. `read` is None for what is gone."""

    client: Any
    account: str
    detector: str = ""

    def create(self, wanted: Attributes) -> str:
        raise NotImplementedError

    def read(self, resource: str) -> Attributes | None:
        raise NotImplementedError

    def update(self, resource: str, wanted: Attributes, changed: frozenset[str]) -> None:
        raise NotImplementedError

    def delete(self, resource: str) -> None:
        raise NotImplementedError

    def arn(self, resource: str) -> str:
        raise NotImplementedError

    def found(self, gone: str, ask: Callable[[], Any]) -> Any:
        """An answer; None when the refusal's text is the one that the provider looks for."""
        try:
            return ask()
        except self.client.exceptions.BadRequestException as error:
            if gone not in str(error):
                raise
            return None

    def change_tags(self, resource: str, before: Attributes, wanted: Attributes) -> None:
        """As the provider does for every resource with tags, before it updates the rest."""
        if removed := sorted(before.keys() - wanted.keys()):
            self.client.untag_resource(ResourceArn=self.arn(resource), TagKeys=removed)
        if put := {key: value for key, value in wanted.items() if before.get(key) != value}:
            self.client.tag_resource(ResourceArn=self.arn(resource), Tags=put)
        assert self.client.list_tags_for_resource(ResourceArn=self.arn(resource))["Tags"] == wanted


class Detector(Provider):
    def create(self, wanted: Attributes) -> str:
        return str(self.client.create_detector(
            Enable=wanted["enable"], Tags=wanted["tags"], DataSources=self.sources(wanted),
            FindingPublishingFrequency=wanted["frequency"])["DetectorId"])

    def read(self, resource: str) -> Attributes | None:
        found = self.found(NOT_OWNED, lambda: self.client.get_detector(DetectorId=resource))
        if found is None:
            return None
        sources = found["DataSources"]
        on = {"s3": sources["S3Logs"]["Status"], "eks": sources["Kubernetes"]["AuditLogs"]["Status"],
              "ebs": sources["MalwareProtection"]["ScanEc2InstanceWithFindings"]["EbsVolumes"]["Status"]}
        return {"enable": found["Status"] == "ENABLED", "frequency": found["FindingPublishingFrequency"],
                "tags": found["Tags"], **{name: status == "ENABLED" for name, status in on.items()}}

    def update(self, resource: str, wanted: Attributes, changed: frozenset[str]) -> None:
        more = {"DataSources": self.sources(wanted)} if changed & {"s3", "eks", "ebs"} else {}
        self.client.update_detector(
            DetectorId=resource, Enable=wanted["enable"], FindingPublishingFrequency=wanted["frequency"], **more)

    def delete(self, resource: str) -> None:
        self.found(NOT_OWNED, lambda: self.client.delete_detector(DetectorId=resource))

    def arn(self, resource: str) -> str:
        return f"arn:aws:guardduty:{REGION}:{self.account}:detector/{resource}"

    @staticmethod
    def sources(wanted: Attributes) -> Attributes:
        return {"S3Logs": {"Enable": wanted["s3"]}, "Kubernetes": {"AuditLogs": {"Enable": wanted["eks"]}},
                "MalwareProtection": {"ScanEc2InstanceWithFindings": {"EbsVolumes": wanted["ebs"]}}}


class Filter(Provider):
    def create(self, wanted: Attributes) -> str:
        return str(self.client.create_filter(
            DetectorId=self.detector, Name=wanted["name"], Tags=wanted["tags"], **self.rest(wanted))["Name"])

    def read(self, resource: str) -> Attributes | None:
        found = self.found(NO_RESOURCE, lambda: self.client.get_filter(DetectorId=self.detector, FilterName=resource))
        return found and {
            "name": found["Name"], "action": found["Action"], "description": found["Description"],
            "rank": found["Rank"], "tags": found["Tags"], "criteria": {
                field: {name: value for name, value in condition.items() if name in CONDITIONS and value}
                for field, condition in found["FindingCriteria"]["Criterion"].items()}}

    def update(self, resource: str, wanted: Attributes, changed: frozenset[str]) -> None:
        self.client.update_filter(DetectorId=self.detector, FilterName=resource, **self.rest(wanted))

    def delete(self, resource: str) -> None:
        self.found(NO_RESOURCE, lambda: self.client.delete_filter(DetectorId=self.detector, FilterName=resource))

    def arn(self, resource: str) -> str:
        return f"arn:aws:guardduty:{REGION}:{self.account}:detector/{self.detector}/filter/{resource}"

    @staticmethod
    def rest(wanted: Attributes) -> Attributes:
        return {"Action": wanted["action"], "Description": wanted["description"], "Rank": wanted["rank"],
                "FindingCriteria": {"Criterion": wanted["criteria"]}}


class SavedList(Provider):
    """aws_guardduty_ipset and aws_guardduty_threatintelset, which are alike."""

    METHOD, MEMBER, PATH = "ip_set", "IpSetId", "ipset"

    def call(self, verb: str, resource: str = "", **members: Any) -> Any:
        named = {self.MEMBER: resource} if resource else {}
        return getattr(self.client, f"{verb}_{self.METHOD}")(DetectorId=self.detector, **named, **members)

    def wait(self, resource: str, pending: set[str], target: set[str]) -> None:
        def reached() -> bool:
            status = self.call("get", resource)["Status"]
            assert status in pending | target
            return status in target

        until(reached, f"the list is {target}")

    def create(self, wanted: Attributes) -> str:
        made = str(self.call("create", Name=wanted["name"], Format=wanted["format"], Location=wanted["location"],
                             Activate=wanted["activate"], Tags=wanted["tags"])[self.MEMBER])
        self.wait(made, {"ACTIVATING", "DEACTIVATING"}, {"ACTIVE", "INACTIVE"})
        return made

    def read(self, resource: str) -> Attributes | None:
        found = self.found(NOT_OWNED, lambda: self.call("get", resource))
        return found and {"name": found["Name"], "format": found["Format"], "location": found["Location"],
                          "activate": found["Status"] == "ACTIVE", "tags": found["Tags"]}

    def update(self, resource: str, wanted: Attributes, changed: frozenset[str]) -> None:
        names = {"name": "Name", "location": "Location", "activate": "Activate"}
        self.call("update", resource, **{names[one]: wanted[one] for one in changed})
        # The provider does not wait here; who runs it again at once sees what was meant all the same.
        self.wait(resource, {"ACTIVATING", "DEACTIVATING"}, {"ACTIVE", "INACTIVE"})

    def delete(self, resource: str) -> None:
        self.call("delete", resource)
        self.wait(resource, {"ACTIVE", "ACTIVATING", "INACTIVE", "DEACTIVATING", "DELETE_PENDING"}, {"DELETED"})

    def arn(self, resource: str) -> str:
        return f"arn:aws:guardduty:{REGION}:{self.account}:detector/{self.detector}/{self.PATH}/{resource}"


class ThreatIntelSet(SavedList):
    METHOD, MEMBER, PATH = "threat_intel_set", "ThreatIntelSetId", "threatintelset"


class PublishingDestination(Provider):
    def create(self, wanted: Attributes) -> str:
        made = str(self.client.create_publishing_destination(
            DetectorId=self.detector, DestinationType="S3", DestinationProperties=self.properties(wanted),
        )["DestinationId"])

        def publishing() -> bool:
            status = self.client.describe_publishing_destination(
                DetectorId=self.detector, DestinationId=made)["Status"]
            assert status in ("PENDING_VERIFICATION", "PUBLISHING")
            return status == "PUBLISHING"

        until(publishing, "findings are published")
        return made

    def read(self, resource: str) -> Attributes | None:
        found = self.found(INVALID, lambda: self.client.describe_publishing_destination(
            DetectorId=self.detector, DestinationId=resource))
        return found and {"type": found["DestinationType"], "arn": found["DestinationProperties"]["DestinationArn"],
                          "key": found["DestinationProperties"]["KmsKeyArn"]}

    def update(self, resource: str, wanted: Attributes, changed: frozenset[str]) -> None:
        self.client.update_publishing_destination(
            DetectorId=self.detector, DestinationId=resource, DestinationProperties=self.properties(wanted))

    def delete(self, resource: str) -> None:
        # Any bad request is taken for gone.
        self.found("", lambda: self.client.delete_publishing_destination(
            DetectorId=self.detector, DestinationId=resource))

    @staticmethod
    def properties(wanted: Attributes) -> Attributes:
        return {"DestinationArn": wanted["arn"], "KmsKeyArn": wanted["key"]}


class Member(Provider):
    def create(self, wanted: Attributes) -> str:
        made = self.client.create_members(
            DetectorId=self.detector, AccountDetails=[{"AccountId": wanted["account"], "Email": wanted["email"]}])
        assert made["UnprocessedAccounts"] == []
        if wanted["invite"]:
            self.invite(wanted["account"])
        return str(wanted["account"])

    def invite(self, resource: str) -> None:
        answer = self.client.invite_members(
            DetectorId=self.detector, AccountIds=[resource], DisableEmailNotification=False, Message="")
        assert answer["UnprocessedAccounts"] == []

        def invited() -> bool:
            status = self.client.get_members(
                DetectorId=self.detector, AccountIds=[resource])["Members"][0]["RelationshipStatus"]
            assert status in ("Created", "EmailVerificationInProgress", "Disabled", "Enabled", "Invited")
            return status not in ("Created", "EmailVerificationInProgress")

        until(invited, "the member is invited")

    def read(self, resource: str) -> Attributes | None:
        found = self.found(NOT_OWNED, lambda: self.client.get_members(DetectorId=self.detector, AccountIds=[resource]))
        if not found or not found["Members"]:
            return None
        member = found["Members"][0]
        return {"account": member["AccountId"], "email": member["Email"], "invite": member["RelationshipStatus"] in (
            "Disabled", "Enabled", "Invited", "EmailVerificationInProgress")}

    def update(self, resource: str, wanted: Attributes, changed: frozenset[str]) -> None:
        if wanted["invite"]:
            self.invite(resource)
        else:
            self.client.disassociate_members(DetectorId=self.detector, AccountIds=[resource])

    def delete(self, resource: str) -> None:
        self.client.delete_members(DetectorId=self.detector, AccountIds=[resource])


def applied(provider: Provider, resource: str, wanted: Attributes) -> list[str]:
    """Make the resource as it is wanted; the attributes that had to be changed."""
    there = provider.read(resource)
    assert there is not None
    assert there.keys() == wanted.keys()
    changed = frozenset(name for name in wanted if wanted[name] != there[name])
    if "tags" in changed:
        provider.change_tags(resource, there["tags"], wanted["tags"])
    if changed - {"tags"}:
        provider.update(resource, wanted, changed - {"tags"})
    return sorted(changed)


def lived(provider: Provider, first: Attributes, then: Attributes) -> None:
    """A resource from its creation to its end."""
    resource = provider.create(first)
    assert applied(provider, resource, first) == []
    assert applied(provider, resource, then) == sorted(name for name in then if then[name] != first[name])
    assert applied(provider, resource, then) == []
    assert applied(provider, resource, first) != []
    assert applied(provider, resource, first) == []
    provider.delete(resource)


def test_a_detector(client: Any, account: str) -> None:
    provider = Detector(client, account)
    first = {"enable": True, "frequency": "FIFTEEN_MINUTES", "tags": {"team": "blue", "env": "test"}, "s3": True,
             "eks": False, "ebs": True}
    resource = provider.create(first)
    provider.delete(resource)
    lived(provider, first, {**first, "enable": False, "frequency": "ONE_HOUR", "tags": {"team": "red"}, "s3": False,
                            "eks": True})
    assert provider.read(resource) is None
    # What is gone already is deleted without complaint.
    provider.delete(resource)
    assert client.list_detectors()["DetectorIds"] == []


def test_a_detector_with_members_is_deleted_when_they_are_gone(
    vedette: Running, client: Any, account: str, detector: str,
) -> None:
    """The provider tries again as long as the refusal has these words."""
    other = vedette.new_account()
    Member(client, account, detector).create({"account": other, "email": "m@example.com", "invite": True})
    with pytest.raises(client.exceptions.BadRequestException,
                       match="cannot delete detector while it has invited or associated members"):
        Detector(client, account).delete(detector)
    Member(client, account, detector).delete(other)
    Detector(client, account).delete(detector)
    assert Detector(client, account).read(detector) is None


def test_a_filter(client: Any, account: str, detector: str) -> None:
    provider = Filter(client, account, detector)
    first = {"name": "A.filter_1", "action": "ARCHIVE", "description": "", "rank": 1, "tags": {"a": "1"}, "criteria": {
        "region": {"Equals": [REGION]}, "service.additionalInfo.threatListName": {"NotEquals": ["x", "y"]},
        "updatedAt": {"GreaterThan": 1_570_744_740_000, "LessThan": 1_570_744_240_000},
        "severity": {"GreaterThanOrEqual": 4}}}
    lived(provider, first, {**first, "action": "NOOP", "description": "what for", "rank": 2, "tags": {}, "criteria": {
        "severity": {"GreaterThanOrEqual": 7, "LessThanOrEqual": 8}}})
    assert provider.read("A.filter_1") is None
    provider.delete("A.filter_1")


@pytest.mark.parametrize("kind", [SavedList, ThreatIntelSet])
def test_a_list(client: Any, account: str, detector: str, located: Any, kind: type[SavedList]) -> None:
    provider = kind(client, account, detector)
    first = {"name": "list", "format": "TXT", "activate": True, "tags": {"a": "1"},
             "location": f"https://s3.amazonaws.com/{located('first.txt', '198.51.100.0/24').removeprefix('s3://')}"}
    lived(provider, first, {**first, "name": "renamed", "location": located("then.txt", "203.0.113.9"),
                            "tags": {"a": "2", "b": ""}})
    lived(provider, first, {**first, "activate": False})
    Detector(client, account).delete(detector)
    assert provider.read("0" * 32) is None


def test_a_publishing_destination(vedette: Running, client: Any, account: str, detector: str) -> None:
    provider = PublishingDestination(client, account, detector)
    keys = [vedette.of_aws("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    first = {"type": "S3", "arn": f"arn:aws:s3:::{BUCKET}", "key": keys[0]}
    lived(provider, first, {**first, "arn": f"arn:aws:s3:::{BUCKET}/exported", "key": keys[1]})
    resource = provider.create(first)
    provider.delete(resource)
    assert provider.read(resource) is None
    provider.delete(resource)


def test_a_member(vedette: Running, client: Any, account: str, detector: str) -> None:
    provider = Member(client, account, detector)
    first = {"account": vedette.new_account(), "email": "member@example.com", "invite": False}
    resource = provider.create(first)
    assert applied(provider, resource, first) == []
    assert applied(provider, resource, {**first, "invite": True}) == ["invite"]
    assert applied(provider, resource, {**first, "invite": True}) == []
    provider.delete(resource)
    assert provider.read(resource) is None
    resource = provider.create({**first, "invite": True})
    assert applied(provider, resource, {**first, "invite": True}) == []
    # Given back: disassociated is not invited, and stays so.
    assert applied(provider, resource, first) == ["invite"]
    assert applied(provider, resource, first) == []
    provider.delete(resource)
    assert provider.read(resource) is None


def test_the_invited_side(vedette: Running, client: Any, account: str, detector: str) -> None:
    """aws_guardduty_invite_accepter: looks for the invitation, accepts it, and reads the administrator."""
    other = vedette.new_account()
    invited = vedette.client(other)
    of_invited = invited.create_detector(Enable=True)["DetectorId"]
    assert invited.get_administrator_account(DetectorId=of_invited).get("Administrator") is None
    Member(client, account, detector).create({"account": other, "email": "m@example.com", "invite": True})
    invitation = next(one for page in invited.get_paginator("list_invitations").paginate()
                      for one in page["Invitations"] if one["AccountId"] == account)
    invited.accept_administrator_invitation(
        DetectorId=of_invited, AdministratorId=account, InvitationId=invitation["InvitationId"])
    assert invited.get_administrator_account(DetectorId=of_invited)["Administrator"]["AccountId"] == account
    invited.disassociate_from_administrator_account(DetectorId=of_invited)
    assert invited.get_administrator_account(DetectorId=of_invited).get("Administrator") is None


def test_the_data_source_finds_the_only_detector(client: Any, detector: str) -> None:
    pages = client.get_paginator("list_detectors").paginate()
    assert [one for page in pages for one in page["DetectorIds"]] == [detector]
