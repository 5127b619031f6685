"""Trusted and threat lists over the API: from a bucket to ACTIVE or ERROR, and what may be done with them meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.api.accounts import Account
from vedette.api.errors import NO_SUCH_RESOURCE
from vedette.api.saved_lists import BUSY, REMEMBERED, TAKEN
from vedette.detectors.known import Known
from vedette.engine.activation import FIRST_WAIT, LONGEST_WAIT, MOST_FAILURES, Activator, fetched_location
from vedette.engine.active_lists import ActiveLists
from vedette.errors import ListError
from vedette.findings.configuration import Member, SavedList
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory

A, B = "111122223333", "444455556666"
REGION = "eu-west-1"
BAD, WORSE = "8.8.8.8", "9.9.9.9"
KINDS = {"IPSet": "IpSet", "ThreatIntelSet": "ThreatIntelSet", "TrustedEntitySet": "TrustedEntitySet",
         "ThreatEntitySet": "ThreatEntitySet"}
EVERYWHERE = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())


class World:
    """A server's store, its activator, its clock and a bucket."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, [1_790_000_000_000]
        self.activator = Activator(store, lambda: self.now[0])
        self.lists = ActiveLists(store, EVERYWHERE)
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket="lists")

    def account(self, number: str) -> Account:
        return Account(self.store, number, self.now, REGION).with_detector()

    def put(self, text: str, key: str = "bad.txt") -> str:
        self.s3.put_object(Bucket="lists", Key=key, Body=text.encode())
        return f"s3://lists/{key}"

    def activate(self) -> None:
        while self.activator.step():
            self.now[0] += 1

    def threats(self, ip: str, account: str = A, region: str = REGION) -> list[str]:
        return [match.list.name for match in self.lists.current().at(account, region).intel.threats_of_ip(ip)]

    def trusts(self, ip: str, account: str = A) -> bool:
        return self.lists.current().at(account, REGION).intel.is_trusted_ip(ip)


@pytest.fixture
def world(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield World(store)


def wire(kind: str) -> tuple[str, str]:
    """The member that names a list of a kind in answers, and in requests."""
    member = f"{KINDS[kind]}Id"
    return member, {"IPSet": "ip_set_id", "ThreatIntelSet": "threat_intel_set_id",
                    "TrustedEntitySet": "trusted_entity_set_id", "ThreatEntitySet": "threat_entity_set_id"}[kind]


def create(account: Account, kind: str, location: str, **more: Any) -> dict[str, str]:
    """Create a list; how requests name it."""
    members = {"name": "mine", "format": "TXT", "location": location, "activate": True} | more
    answer, asked = wire(kind)
    return {asked: account(f"Create{kind}", **members)[answer]}


def status(account: Account, kind: str, named: dict[str, str]) -> str:
    return str(account(f"Get{kind}", **named)["Status"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_activating_at_first_then_active_and_acts(kind: str, world: World) -> None:
    account = world.account(A)
    named = create(account, kind, world.put(f"{BAD}\n"), tags={"team": "blue"})
    shown = account(f"Get{kind}", **named)
    assert (shown["Name"], shown["Format"], shown["Location"], shown["Status"], shown["Tags"]) == (
        "mine", "TXT", "s3://lists/bad.txt", "ACTIVATING", {"team": "blue"})
    assert ("CreatedAt" in shown) == kind.endswith("EntitySet")
    assert world.threats(BAD) == []
    assert not world.trusts(BAD)
    world.activate()
    assert status(account, kind, named) == "ACTIVE"
    assert world.trusts(BAD) == (kind in ("IPSet", "TrustedEntitySet"))
    assert world.threats(BAD) == ([] if world.trusts(BAD) else ["mine"])
    assert account(f"List{kind}s")[f"{KINDS[kind]}Ids"] == list(named.values())


def test_a_list_that_is_not_to_be_activated_stays_inactive_until_it_is(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"), activate=False)
    world.activate()
    assert status(account, "ThreatIntelSet", named) == "INACTIVE"
    assert world.threats(BAD) == []
    account("UpdateThreatIntelSet", **named, activate=True)
    world.activate()
    assert status(account, "ThreatIntelSet", named) == "ACTIVE"
    assert world.threats(BAD) == ["mine"]
    account("UpdateThreatIntelSet", **named, activate=False)
    assert status(account, "ThreatIntelSet", named) == "INACTIVE"
    assert world.threats(BAD) == []


def test_a_changed_object_changes_nothing_before_it_is_activated_again(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"))
    world.activate()
    world.put(f"{WORSE}\n")
    world.activate()
    assert (world.threats(BAD), world.threats(WORSE)) == (["mine"], [])
    account("UpdateThreatIntelSet", **named, activate=True)
    assert world.threats(BAD) == ["mine"], "it acts as it was while it is loaded again"
    world.activate()
    assert (world.threats(BAD), world.threats(WORSE)) == ([], ["mine"])
    contents = [one.digest for one in world.store.configured(SavedList)]
    assert world.store.content(contents[0]) == f"{WORSE}\n".encode()


def test_what_was_replaced_is_forgotten_unless_another_list_says_the_same(world: World) -> None:
    account = world.account(A)
    first = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"))
    second = create(account, "ThreatIntelSet", "s3://lists/bad.txt", name="other")
    world.activate()
    digest = world.store.configured(SavedList)[0].digest
    account("DeleteThreatIntelSet", **first)
    assert world.store.content(digest) is not None
    assert world.threats(BAD) == ["other"]
    account("DeleteThreatIntelSet", **second)
    assert world.store.content(digest) is None
    assert world.threats(BAD) == []


@pytest.mark.parametrize(("text", "said"), [("what is this\n", "mine:1"), (None, "cannot be fetched")])
@pytest.mark.parametrize("kind", ["IPSet", "ThreatEntitySet"])
def test_what_cannot_be_loaded_ends_in_error_and_says_why_where_it_can(
    kind: str, text: str | None, said: str, world: World
) -> None:
    account = world.account(A)
    named = create(account, kind, world.put(text) if text else "s3://lists/nothing.txt")
    world.activate()
    shown = account(f"Get{kind}", **named)
    assert shown["Status"] == "ERROR"
    assert said in world.store.configured(SavedList)[0].error
    assert (said in shown.get("ErrorDetails", "")) == (kind == "ThreatEntitySet")
    world.put(f"{BAD}\n", "nothing.txt")
    account(f"Update{kind}", **named, location="s3://lists/nothing.txt", activate=True)
    world.activate()
    shown = account(f"Get{kind}", **named)
    assert shown["Status"] == "ACTIVE"
    assert "ErrorDetails" not in shown


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-7", "nonsense", "idna"])
def test_a_list_that_cannot_be_read_at_all_holds_up_nobody(encoding: str, world: World) -> None:
    first, second = world.account(A), world.account(B)
    bad = world.put(f'<?xml version="1.0" encoding="{encoding}"?><STIX_Package/>')
    odd = create(first, "ThreatIntelSet", bad, format="STIX")
    world.now[0] += 1
    good = create(second, "ThreatIntelSet", world.put(f"{BAD}\n", "good.txt"))
    world.activate()
    assert status(first, "ThreatIntelSet", odd) == "ERROR"
    assert status(second, "ThreatIntelSet", good) == "ACTIVE"


def test_a_fault_of_vedettes_own_ends_in_error_and_not_in_a_circle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"))
    monkeypatch.setattr("vedette.engine.activation.loaded_from", lambda *_: 1 // 0)
    world.activate()
    assert status(account, "ThreatIntelSet", named) == "ERROR"
    account("DeleteThreatIntelSet", **named)


def test_a_list_in_error_does_not_act_with_what_it_had(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"))
    world.activate()
    account("UpdateThreatIntelSet", **named, location=world.put("nonsense here\n", "worse.txt"))
    world.activate()
    assert status(account, "ThreatIntelSet", named) == "ERROR"
    assert world.threats(BAD) == []


def away(world: World) -> str:
    """Where there is nothing yet."""
    world.s3.delete_object(Bucket="lists", Key="away.txt")
    return "s3://lists/away.txt"


def test_a_list_that_cannot_be_had_is_tried_again_more_and_more_seldom_until_it_is_there(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatEntitySet", away(world))
    world.activate()
    shown = account("GetThreatEntitySet", **named)
    assert (shown["Status"], "cannot be fetched" in shown["ErrorDetails"]) == ("ERROR", True)
    waits = []
    for _ in range(9):
        waited = world.now[0]
        while not world.activator.step():
            world.now[0] += 30_000
        waits.append(round((world.now[0] - waited) / 60_000))
        assert status(account, "ThreatEntitySet", named) == "ERROR"
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    world.put(f"{BAD}\n", "away.txt")
    assert world.threats(BAD) == []
    world.now[0] += LONGEST_WAIT
    world.activate()
    shown = account("GetThreatEntitySet", **named)
    assert (shown["Status"], "ErrorDetails" in shown) == ("ACTIVE", False)
    assert world.threats(BAD) == ["mine"]
    world.now[0] += LONGEST_WAIT
    assert not world.activator.step()


def test_a_list_that_cannot_be_had_for_a_day_is_tried_again_only_when_it_is_asked_for(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", away(world))
    began, tried = world.now[0], 0
    while world.now[0] < began + 3 * 86_400_000:
        tried += world.activator.step()
        world.now[0] += 600_000
    assert tried == MOST_FAILURES
    world.put(f"{BAD}\n", "away.txt")
    world.activate()
    assert status(account, "ThreatIntelSet", named) == "ERROR"
    account("UpdateThreatIntelSet", **named, activate=True)
    world.activate()
    assert status(account, "ThreatIntelSet", named) == "ACTIVE"


def test_what_a_list_had_stays_in_force_while_it_cannot_be_had_again(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n", "away.txt"))
    world.activate()
    away(world)
    account("UpdateThreatIntelSet", **named, activate=True)
    world.activate()
    assert (status(account, "ThreatIntelSet", named), world.threats(BAD)) == ("ERROR", ["mine"])
    world.put(f"{WORSE}\n", "away.txt")
    world.now[0] += FIRST_WAIT
    world.activate()
    assert (status(account, "ThreatIntelSet", named), world.threats(BAD)) == ("ACTIVE", [])
    assert world.threats(WORSE) == ["mine"]
    away(world)
    account("UpdateThreatIntelSet", **named, activate=True)
    world.activate()
    account("UpdateThreatIntelSet", **named, activate=False)
    assert (status(account, "ThreatIntelSet", named), world.threats(WORSE)) == ("INACTIVE", [])
    world.now[0] += LONGEST_WAIT
    assert not world.activator.step()


def test_a_list_that_turns_out_malformed_when_it_is_tried_again_is_not_tried_any_more(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", away(world))
    world.activate()
    world.put("nonsense here\n", "away.txt")
    world.now[0] += FIRST_WAIT
    world.activate()
    world.put(f"{BAD}\n", "away.txt")
    world.now[0] += LONGEST_WAIT
    assert not world.activator.step()
    assert status(account, "ThreatIntelSet", named) == "ERROR"


def test_a_list_in_error_is_loaded_at_once_from_where_it_is_moved_to(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", away(world))
    world.activate()
    account("UpdateThreatIntelSet", **named, location=world.put(f"{BAD}\n"))
    world.activate()
    assert (status(account, "ThreatIntelSet", named), world.threats(BAD)) == ("ACTIVE", ["mine"])


def test_lists_that_are_tried_again_wait_for_those_that_are_asked_for_and_for_no_clock(world: World) -> None:
    account = world.account(A)
    one = create(account, "ThreatIntelSet", away(world))
    world.activate()
    world.put(f"{BAD}\n", "away.txt")
    world.now[0] -= 86_400_000
    other = create(account, "ThreatIntelSet", world.put(f"{WORSE}\n"), name="other")
    assert world.activator.step()
    assert (status(account, "ThreatIntelSet", one), status(account, "ThreatIntelSet", other)) == ("ERROR", "ACTIVE")
    assert world.activator.step()
    assert status(account, "ThreatIntelSet", one) == "ACTIVE"


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_is_being_activated_cannot_be_changed(kind: str, world: World) -> None:
    account = world.account(A)
    named = create(account, kind, world.put(f"{BAD}\n"))
    busy = BUSY.format(status="ACTIVATING")
    assert account.refused(f"Update{kind}", **named, name="other") == busy
    assert account.refused(f"Delete{kind}", **named) == busy
    world.activate()
    account(f"Update{kind}", **named, name="other")
    assert account(f"Get{kind}", **named)["Name"] == "other"
    account(f"Delete{kind}", **named)


def test_a_deleted_list_is_answered_for_a_while_but_neither_listed_nor_changed(world: World) -> None:
    account = world.account(A)
    named = create(account, "IPSet", world.put(f"{BAD}\n"))
    world.activate()
    account("DeleteIPSet", **named)
    assert status(account, "IPSet", named) == "DELETED"
    assert account("ListIPSets")["IpSetIds"] == []
    assert account.refused("UpdateIPSet", **named, activate=True) == NO_SUCH_RESOURCE
    assert account.refused("DeleteIPSet", **named) == NO_SUCH_RESOURCE
    world.now[0] += REMEMBERED + 1
    create(account, "IPSet", "s3://lists/bad.txt")
    assert account.refused("GetIPSet", **named) == NO_SUCH_RESOURCE


def test_names_are_unique_among_the_lists_of_a_kind(world: World) -> None:
    account, location = world.account(A), world.put(f"{BAD}\n")
    create(account, "ThreatIntelSet", location, activate=False)
    other = create(account, "ThreatIntelSet", location, activate=False, name="other")
    again = {"name": "mine", "format": "TXT", "location": location, "activate": False}
    assert account.refused("CreateThreatIntelSet", **again) == TAKEN
    assert account.refused("UpdateThreatIntelSet", **other, name="mine") == TAKEN
    create(account, "ThreatEntitySet", location, activate=False)
    create(world.account(B), "ThreatIntelSet", location, activate=False)


@pytest.mark.parametrize(("kind", "most"), [
    ("IPSet", 1), ("TrustedEntitySet", 1), ("ThreatIntelSet", 6), ("ThreatEntitySet", 6)])
def test_no_more_lists_than_guardduty_allows(kind: str, most: int, world: World) -> None:
    account, location = world.account(A), world.put(f"{BAD}\n")
    made = [create(account, kind, location, name=f"{number}", activate=False) for number in range(most)]
    one_more = {"name": "more", "format": "TXT", "location": location, "activate": False}
    assert f"has {most} of this kind" in account.refused(f"Create{kind}", **one_more)
    account(f"Delete{kind}", **made[0])
    account(f"Create{kind}", **one_more)


def test_lists_come_in_pages(world: World) -> None:
    account, location = world.account(A), world.put(f"{BAD}\n")
    ids = {create(account, "ThreatIntelSet", location, name=f"{number}", activate=False)["threat_intel_set_id"]
           for number in range(5)}
    seen: list[str] = []
    token = ""
    for size in (2, 2, 1):
        page = account("ListThreatIntelSets", max_results=2, next_token=token)
        assert len(page["ThreatIntelSetIds"]) == size
        seen += page["ThreatIntelSetIds"]
        token = page["NextToken"]
    assert not token
    assert sorted(seen) == sorted(ids)
    for bad in ("x", "eHh4", "\u00e9"):
        assert "nextToken" in account.refused("ListThreatIntelSets", next_token=bad)


def test_ids_of_one_kind_or_account_are_not_another_s(world: World) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"), activate=False)
    (number,) = named.values()
    assert account.refused("GetIPSet", ip_set_id=number) == NO_SUCH_RESOURCE
    assert world.account(B).refused("GetThreatIntelSet", **named) == NO_SUCH_RESOURCE
    assert world.account(B).refused("DeleteThreatIntelSet", **named) == NO_SUCH_RESOURCE


def test_a_member_manages_no_lists_but_sees_them(world: World) -> None:
    account = world.account(B)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"), activate=False)
    with world.store.transaction() as batch:
        batch.configure(Member(account=A, region=REGION, id=B, email="b@example.com", relationship="Enabled"))
    members = {"name": "mine", "format": "TXT", "location": "s3://lists/bad.txt", "activate": True}
    member = ("The request is rejected because the current account is a member: its administrator account manages "
              "lists.")
    assert account.refused("CreateIPSet", **members) == member
    assert account.refused("UpdateThreatIntelSet", **named, activate=True) == member
    assert account.refused("DeleteThreatIntelSet", **named) == member
    assert status(account, "ThreatIntelSet", named) == "INACTIVE"


def test_an_administrators_lists_act_on_its_enabled_members_in_its_region_alone(world: World) -> None:
    create(world.account(A), "ThreatIntelSet", world.put(f"{BAD}\n"))
    world.activate()
    assert (world.threats(BAD, A), world.threats(BAD, B), world.threats(BAD, A, "eu-west-2")) == (["mine"], [], [])
    for relationship, seen in (("Invited", []), ("Enabled", ["mine"]), ("Removed", [])):
        with world.store.transaction() as batch:
            batch.configure(Member(account=A, region=REGION, id=B, email="b@example.com", relationship=relationship))
        assert world.threats(BAD, B) == seen
        assert world.threats(BAD, B, "eu-west-2") == []


def test_nothing_is_made_anew_while_nothing_changes(world: World) -> None:
    named = create(world.account(A), "ThreatIntelSet", world.put(f"{BAD}\n"))
    world.activate()
    before = world.lists.current()
    assert world.lists.current() is before
    create(world.account(B), "ThreatIntelSet", "s3://lists/bad.txt")
    world.activate()
    after = world.lists.current()
    assert after is not before
    assert after.at(A, REGION) is before.at(A, REGION)
    world.account(A)("UpdateThreatIntelSet", **named, name="other")
    assert world.threats(BAD) == ["other"]


def test_a_killed_activation_is_done_by_the_next_activator(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account = world.account(A)
    named = create(account, "ThreatIntelSet", world.put(f"{BAD}\n"))
    with monkeypatch.context() as patched:
        patched.setattr("vedette.engine.activation.fetch", _killed)
        with pytest.raises(KeyboardInterrupt):
            world.activator.step()
    assert status(account, "ThreatIntelSet", named) == "ACTIVATING"
    assert Activator(world.store, lambda: world.now[0]).step()
    assert status(account, "ThreatIntelSet", named) == "ACTIVE"


def _killed(*_: object, **__: object) -> bytes:
    raise KeyboardInterrupt


def test_the_bucket_must_be_whose_it_is_expected_to_be(world: World) -> None:
    """The mocked buckets are of account 123456789012, and it checks no owner: what is asked of S3 is looked at."""
    asked: list[str] = []
    account, location = world.account(A), world.put(f"{BAD}\n")
    create(account, "ThreatIntelSet", location)
    create(account, "ThreatIntelSet", location, name="other", expected_bucket_owner=B)
    create(account, "ThreatEntitySet", location)
    named = create(account, "TrustedEntitySet", location, expected_bucket_owner=B)
    original = boto3.client

    def client(*given: Any, **more: Any) -> Any:
        made = original(*given, **more)
        made.meta.events.register(
            "before-call.s3.GetObject",
            lambda params, **_: asked.append(params["headers"].get("x-amz-expected-bucket-owner", "")))
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(boto3, "client", client)
        world.activate()
    assert asked == ["", B, A, B]
    assert account("GetTrustedEntitySet", **named)["ExpectedBucketOwner"] == B


def test_files_are_read_from_the_folder_that_the_server_names_and_from_nowhere_else(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "bad.txt").write_text(f"{BAD}\n")
    (tmp_path / "secret.txt").write_text("the secret\n")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    account = world.account(A)
    outside = "outside the folder"
    for number, (path, files, reason) in enumerate([
        (f"{folder}/bad.txt", folder, ""), (f"file://{folder}/bad.txt", folder, ""),
        (f"{folder}/bad.txt", None, "from no folder"), (f"{folder}/../secret.txt", folder, outside),
        (f"{folder}/link.txt", folder, outside), (f"file://{folder}/%2e%2e/secret.txt", folder, outside),
    ]):
        named = create(account, "ThreatEntitySet", path, name=f"{number}")
        assert Activator(world.store, lambda: world.now[0], files).step()
        shown = account("GetThreatEntitySet", **named)
        assert reason in shown.get("ErrorDetails", "")
        assert "the secret" not in shown.get("ErrorDetails", "")
        assert shown["Status"] == ("ERROR" if reason else "ACTIVE")
        account("DeleteThreatEntitySet", **named)


@pytest.mark.parametrize("inside", [
    "https://169.254.169.254/latest/meta-data", "https://localhost:{port}/x", "https://lists.example@127.0.0.1:{port}/a",
    "https://127.0.0.1:{port}/lists.example",
])
def test_the_server_asks_no_host_for_a_list_that_its_configuration_does_not_name(world: World, inside: str) -> None:
    account = world.account(A)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        named = create(account, "ThreatEntitySet", inside.format(port=listening.getsockname()[1]))
        assert Activator(world.store, lambda: world.now[0], hosts=["lists.example"]).step()
        with pytest.raises(BlockingIOError):
            listening.accept()
    shown = account("GetThreatEntitySet", **named)
    assert shown["Status"] == "ERROR"
    assert "host that lists are not fetched from" in shown["ErrorDetails"]


@pytest.mark.parametrize(("written", "meant"), [
    ("s3://bucket/a/b.txt", "s3://bucket/a/b.txt"),
    ("https://s3.amazonaws.com/bucket/a/b.txt", "s3://bucket/a/b.txt"),
    ("https://s3.eu-west-1.amazonaws.com/bucket/a/b.txt", "s3://bucket/a/b.txt"),
    ("https://s3-eu-west-1.amazonaws.com/bucket/a/b.txt", "s3://bucket/a/b.txt"),
    ("https://s3.dualstack.eu-west-1.amazonaws.com/bucket/b.txt", "s3://bucket/b.txt"),
    ("https://bucket.s3.amazonaws.com/a%2Fb%20c.txt", "s3://bucket/a/b c.txt"),
    ("https://my.bucket.s3.eu-west-1.amazonaws.com/b.txt", "s3://my.bucket/b.txt"),
    ("https://bucket.s3-eu-west-1.amazonaws.com/b.txt", "s3://bucket/b.txt"),
    ("https://bucket.s3.cn-north-1.amazonaws.com.cn/b.txt", "s3://bucket/b.txt"),
    ("https://intel.example/bad.txt", "https://intel.example/bad.txt"),
    ("https://s3.amazonaws.com.evil.example/bucket/b.txt", "https://s3.amazonaws.com.evil.example/bucket/b.txt"),
    ("file:///var/lib/lists/bad.txt", "/var/lib/lists/bad.txt"),
    ("/var/lib/lists/bad.txt", "/var/lib/lists/bad.txt"),
])
def test_a_location_may_be_written_in_many_ways(written: str, meant: str) -> None:
    assert fetched_location(written) == meant


@pytest.mark.parametrize("wrong", [
    "http://intel.example/bad.txt", "s3://bucket", "s3:///key", "bad.txt", "https://s3.amazonaws.com/bucket",
    "https://bucket.s3.amazonaws.com/", "file://host/share", "https://[bad/", "ftp://host/x",
    "https://bucket.s3.amazonaws.com/key?versionId=1",
])
def test_what_is_no_location_is_refused_at_once(wrong: str, world: World) -> None:
    with pytest.raises(ListError):
        fetched_location(wrong)
    members = {"name": "mine", "format": "TXT", "location": wrong, "activate": True}
    assert "location" in world.account(A).refused("CreateIPSet", **members)
