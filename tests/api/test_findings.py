from __future__ import annotations

import pytest

from tests.api.callers import ACCOUNT, HOUR, NOON, OTHER, REGION, Caller
from tests.findings.documents import document, put
from vedette.api.errors import UNKNOWN_DETECTOR, BadRequest
from vedette.findings.configuration import Destination, Filter
from vedette.findings.fold import detector_id
from vedette.findings.policy import EXPORT
from vedette.findings.rows import Handling

EXPORTED = EXPORT + "bucket"


def found(number, account=ACCOUNT, region=REGION, **fields):
    return document(number, accountId=account, region=region, detectorId=detector_id(account, region), **fields)


@pytest.fixture
def caller(store):
    return Caller(store)


def keep(store, *documents):
    with store.transaction() as batch:
        for one in documents:
            put(batch, one)
    return [one["id"] for one in documents]


def with_export(store):
    with store.transaction() as batch:
        batch.configure(Destination(account=ACCOUNT, region=REGION, id="bucket", arn="arn:aws:s3:::bucket"))


def due(store, destination=EXPORTED, now=NOON + 1000 * HOUR):
    return [one.finding for one in store.due(destination, now)]


def every_page(caller, **members):
    ids, token = [], ""
    while True:
        page = caller("ListFindings", next_token=token, **members)
        ids += page["FindingIds"]
        token = page["NextToken"]
        if not token:
            return ids


def test_findings_are_listed_newest_first_page_by_page(caller):
    ids = keep(caller.store, *(found(number) for number in range(1, 8)))
    assert every_page(caller, max_results=3) == ids[::-1]
    assert every_page(caller) == ids[::-1]
    ascending = {"attributeName": "updatedAt", "orderBy": "ASC"}
    assert every_page(caller, max_results=2, sort_criteria=ascending) == ids
    assert every_page(caller, sort_criteria={"attributeName": "updatedAt"}) == ids
    assert every_page(caller, sort_criteria={"orderBy": "DESC"}) == ids[::-1]


def test_criteria_choose_and_the_detector_bounds_them(caller):
    Caller(caller.store, OTHER)
    keep(caller.store, found(1, severity=8.0), found(2, severity=2.0), found(3, OTHER, severity=8.0),
         found(4, region="eu-west-1", severity=8.0))
    high = {"criterion": {"severity": {"equals": ["7", "8"]}}}
    assert caller("ListFindings", finding_criteria=high)["FindingIds"] == [found(1)["id"]]
    theirs = {"criterion": {"service.detectorId": {"equals": [detector_id(OTHER, REGION)]}}}
    assert caller("ListFindings", finding_criteria=theirs)["FindingIds"] == []


@pytest.mark.parametrize(("members", "said"), [
    ({"finding_criteria": {"criterion": {"serverity": {"equals": ["8"]}}}}, "did you mean severity"),
    ({"finding_criteria": {"criterion": {"severity": {"like": ["8"]}}}}, "'like' is no operator"),
    ({"sort_criteria": {"attributeName": "colour"}}, "colour"),
    ({"next_token": "rubbish"}, "nextToken"),
    ({"next_token": "WzFd"}, "nextToken"),
    ({"detector": "0" * 32}, UNKNOWN_DETECTOR),
    ({"detector": detector_id(OTHER, REGION)}, UNKNOWN_DETECTOR),
])
def test_what_cannot_be_listed_is_a_bad_request(caller, members, said):
    Caller(caller.store, OTHER)
    with pytest.raises(BadRequest, match=said):
        caller("ListFindings", **members)


def test_an_administrator_sees_and_changes_the_findings_of_enabled_members_in_the_region(caller):
    Caller(caller.store, OTHER)
    own, theirs, elsewhere = keep(
        caller.store, found(1), found(2, OTHER), found(3, OTHER, "eu-west-1"))
    for relationship, seen in (("Disabled", [own]), ("Invited", [own]), ("Enabled", [theirs, own])):
        caller.takes_in(OTHER, relationship)
        assert caller("ListFindings")["FindingIds"] == seen
        whole = caller("GetFindings", finding_ids=[theirs, own, elsewhere])["Findings"]
        assert [one["id"] for one in whole] == seen
    caller("ArchiveFindings", finding_ids=[theirs])
    assert caller.store.get([theirs])[0]["service"]["archived"] is True
    with pytest.raises(BadRequest, match=elsewhere):
        caller("ArchiveFindings", finding_ids=[own, elsewhere])
    assert caller.store.get([own])[0]["service"]["archived"] is False


def test_a_member_reads_its_findings_but_its_administrator_archives_them(caller):
    member = Caller(caller.store, OTHER)
    (theirs,) = keep(caller.store, found(2, OTHER))
    caller.takes_in(OTHER)
    assert member("ListFindings")["FindingIds"] == [theirs]
    for operation in ("ArchiveFindings", "UnarchiveFindings"):
        with pytest.raises(BadRequest, match="member"):
            member(operation, finding_ids=[theirs])
    assert caller.store.get([theirs])[0]["service"]["archived"] is False


def test_findings_come_in_the_order_of_their_ids_or_as_asked(caller):
    ids = keep(caller.store, found(1, severity=5.0), found(2, severity=8.0), found(3, severity=2.0), found(4, OTHER))
    asked = [ids[2], "f" * 32, ids[0], ids[3], ids[1], ids[2]]
    whole = caller("GetFindings", finding_ids=asked)["Findings"]
    assert [one["id"] for one in whole] == [ids[2], ids[0], ids[1]]
    by_severity = {"attributeName": "severity", "orderBy": "DESC"}
    whole = caller("GetFindings", finding_ids=asked, sort_criteria=by_severity)["Findings"]
    assert [one["severity"] for one in whole] == [8.0, 5.0, 2.0]
    assert caller("GetFindings", finding_ids=[], sort_criteria=by_severity) == {"Findings": []}
    with pytest.raises(BadRequest, match="colour"):
        caller("GetFindings", finding_ids=asked, sort_criteria={"attributeName": "colour"})


def test_times_that_the_model_types_as_such_are_answered_in_milliseconds(caller):
    bucket = {"name": "b", "createdAt": 1_700_000_000.25}
    (one,) = keep(caller.store, found(1, resource={"s3BucketDetails": [bucket, {"name": "c"}]}))
    (whole,) = caller("GetFindings", finding_ids=[one])["Findings"]
    assert whole["resource"]["s3BucketDetails"] == [{"name": "b", "createdAt": 1_700_000_000_250}, {"name": "c"}]
    whole["resource"]["s3BucketDetails"][0]["createdAt"] /= 1000
    assert whole == caller.store.get([one])[0]


def test_archived_findings_are_so_in_the_row_and_the_document_and_are_found_by_it(caller):
    ids = keep(caller.store, found(1), found(2))
    archived = {"criterion": {"service.archived": {"equals": ["true"]}}}
    caller("ArchiveFindings", finding_ids=[ids[0]])
    assert caller("ListFindings", finding_criteria=archived)["FindingIds"] == [ids[0]]
    row = caller.store.finding_row(ids)[ids[0]]
    (whole,) = caller.store.get([ids[0]])
    assert row.archived
    assert row.disagreement(whole) == ""
    caller("UnarchiveFindings", finding_ids=ids)
    assert caller("ListFindings", finding_criteria=archived)["FindingIds"] == []
    assert caller.store.get(ids) == [found(1), found(2)]


def test_what_is_archived_is_not_exported_but_still_told_of(caller):
    with_export(caller.store)
    one, other = keep(caller.store, found(1), found(2))
    with caller.store.transaction() as batch:
        for finding in (one, other):
            batch.publish(finding, [EXPORTED, "hook"], NOON, HOUR)
    caller("ArchiveFindings", finding_ids=[one])
    assert due(caller.store) == [other]
    assert due(caller.store, "hook") == [one, other]


def test_what_is_taken_out_of_the_archive_is_exported_again_at_the_next_interval(caller):
    with_export(caller.store)
    one, other = keep(caller.store, found(1), found(2))
    with caller.store.transaction() as batch:
        for finding in (one, other):
            batch.publish(finding, [EXPORTED, "hook"], NOON, HOUR)
        for destination in (EXPORTED, "hook"):
            batch.sent(batch.due(destination, NOON), NOON, 6 * HOUR)
    caller("ArchiveFindings", finding_ids=[one])
    caller.now += HOUR
    caller("UnarchiveFindings", finding_ids=[one, other])
    assert due(caller.store, now=NOON + 6 * HOUR - 1) == []
    assert due(caller.store, now=NOON + 6 * HOUR) == [one]
    assert due(caller.store, "hook") == []


def test_a_suppressed_finding_that_is_taken_out_is_exported_and_suppressed_no_longer(caller):
    with_export(caller.store)
    (one,) = keep(caller.store, found(1, archived=True))
    with caller.store.transaction() as batch:
        batch.handle(one, Handling(suppressed_by="noise", feedback="USEFUL", comments="c"))
    caller("UnarchiveFindings", finding_ids=[one])
    assert due(caller.store) == [one]
    assert caller.store.handling([one])[one] == Handling(feedback="USEFUL", comments="c")


def test_feedback_is_kept_with_the_finding_and_found_by_it(caller):
    ids = keep(caller.store, found(1), found(2), found(3, OTHER))
    caller("UpdateFindingsFeedback", finding_ids=ids[:2], feedback="NOT_USEFUL", comments="a scanner of ours")
    caller("UpdateFindingsFeedback", finding_ids=[ids[1]], feedback="USEFUL")
    useful = {"criterion": {"service.userFeedback": {"equals": ["USEFUL"]}}}
    assert caller("ListFindings", finding_criteria=useful)["FindingIds"] == [ids[1]]
    told = [one["service"]["userFeedback"] for one in caller("GetFindings", finding_ids=ids[:2])["Findings"]]
    assert told == ["NOT_USEFUL", "USEFUL"]
    handled = caller.store.handling(ids)
    assert handled[ids[0]] == Handling(feedback="NOT_USEFUL", comments="a scanner of ours")
    assert handled[ids[1]] == Handling(feedback="USEFUL")
    with pytest.raises(BadRequest, match=ids[2]):
        caller("UpdateFindingsFeedback", finding_ids=ids, feedback="USEFUL")
    with pytest.raises(BadRequest, match="comments"):
        caller("UpdateFindingsFeedback", finding_ids=ids[:1], feedback="USEFUL", comments="x" * 5000)


def test_feedback_leaves_who_suppressed_a_finding(caller):
    (one,) = keep(caller.store, found(1, archived=True))
    with caller.store.transaction() as batch:
        batch.configure(Filter(account=ACCOUNT, region=REGION, id="noise", criteria={}))
        batch.handle(one, Handling(suppressed_by="noise"))
    caller("UpdateFindingsFeedback", finding_ids=[one], feedback="USEFUL")
    assert caller.store.handling([one])[one].suppressed_by == "noise"
