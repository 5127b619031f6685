"""Tags of every kind of thing that has them."""

from __future__ import annotations

import pytest

from tests.api.accounts import NOON, REGION, Account
from vedette.api.errors import NO_SUCH_RESOURCE, UNKNOWN_DETECTOR, AccessDenied
from vedette.findings.configuration import Destination, Filter, SavedList
from vedette.findings.store import Store

LISTS = ("ipset", "threatintelset", "trustedentityset", "threatentityset")


@pytest.fixture
def account():
    with Store.in_memory() as store:
        made = Account(store, "111122223333", [NOON]).with_detector()
        here = {"account": made.id, "region": REGION}
        with store.transaction() as batch:
            batch.configure(Filter(**here, id="my.rule", criteria={"criterion": {}}, description="kept"))
            batch.configure(Destination(**here, id="d" * 32, arn="arn:aws:s3:::bucket"))
            for place, kind in enumerate(LISTS):
                batch.configure(SavedList(**here, id=str(place) * 32, kind=kind, name=kind, format="TXT", location="x"))
        yield made


def arn(account, rest="", *, owner="", region=REGION, partition="aws", detector=""):
    return (f"arn:{partition}:guardduty:{region}:{owner or account.id}:detector/"
            f"{detector or account.detector}{rest}")


PLACES = ["", "/filter/my.rule", f"/publishingDestination/{'d' * 32}",
          *(f"/{kind}/{str(place) * 32}" for place, kind in enumerate(LISTS))]


def tags(account, where):
    return account.asks("ListTagsForResource", resource_arn=where)["Tags"]


@pytest.mark.parametrize("rest", PLACES)
def test_a_resource_of_each_kind_is_tagged_and_untagged_and_no_other_is(account, rest):
    where = arn(account, rest)
    assert tags(account, where) == {}
    account.asks("TagResource", resource_arn=where, tags={"team": "blue", "cost": "1"})
    account.asks("TagResource", resource_arn=where, tags={"team": "red"})
    assert tags(account, where) == {"team": "red", "cost": "1"}
    assert all(tags(account, arn(account, other)) == {} for other in PLACES if other != rest)
    account.asks("UntagResource", resource_arn=where, tag_keys=["cost", "never-there"])
    assert tags(account, where) == {"team": "red"}


def test_tagging_changes_nothing_else(account):
    before = account("GetFilter", filter_name="my.rule")
    account.asks("TagResource", resource_arn=arn(account, "/filter/my.rule"), tags={"a": "b"})
    assert account("GetFilter", filter_name="my.rule") == {**before, "Tags": {"a": "b"}}


def test_a_detectors_tags_are_shown_with_it(account):
    account.asks("TagResource", resource_arn=arn(account), tags={"a": "b"})
    assert account("GetDetector")["Tags"] == {"a": "b"}


def test_a_resource_has_at_most_fifty_tags_counting_those_it_has(account):
    where = arn(account)
    account.asks("TagResource", resource_arn=where, tags={f"k{place}": "" for place in range(50)})
    assert "50" in account.refused("TagResource", resource_arn=where, tags={"k0": "new", "one-more": ""})
    account.asks("TagResource", resource_arn=where, tags={"k0": "new"})
    account.asks("UntagResource", resource_arn=where, tag_keys=["k1"])
    account.asks("TagResource", resource_arn=where, tags={"one-more": ""})
    assert len(tags(account, where)) == 50
    assert tags(account, where)["k0"] == "new"


@pytest.mark.parametrize("key", ["aws:created", "AWS:created"])
def test_aws_own_keys_are_refused(account, key):
    assert "aws:" in account.refused("TagResource", resource_arn=arn(account), tags={"fine": "", key: "x"})
    assert tags(account, arn(account)) == {}


OPERATIONS = {"ListTagsForResource": {}, "TagResource": {"tags": {"a": "b"}}, "UntagResource": {"tag_keys": ["a"]}}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_not_there_is_refused_in_words_that_clients_know(account, operation):
    for where, said in (
        (arn(account, detector="e" * 32), UNKNOWN_DETECTOR),
        (arn(account, "/filter/none"), NO_SUCH_RESOURCE),
        (arn(account, f"/threatintelset/{'0' * 32}"), NO_SUCH_RESOURCE),
        (arn(account, region="us-east-1"), NO_SUCH_RESOURCE),
        (arn(account, partition="aws-cn"), NO_SUCH_RESOURCE),
    ):
        assert account.refused(operation, resource_arn=where, **OPERATIONS[operation]) == said
    for rest in ("/finding/my.rule", "/filter", "/filter/my.rule/more", "/member/111122223333"):
        assert "publishingDestination" in account.refused(
            operation, resource_arn=arn(account, rest), **OPERATIONS[operation])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_accounts_resources_are_denied(account, operation):
    with pytest.raises(AccessDenied, match=f"guardduty:{operation}"):
        account.asks(operation, resource_arn=arn(account, owner="444455556666"), **OPERATIONS[operation])
