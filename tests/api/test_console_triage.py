"""Triage of findings and their known times over real HTTP, with sessions and with signatures, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.browsers import Browser, make_user, signed_in
from tests.api.serving import ACCOUNT, REGION, Served, now, serving
from tests.api.test_asgi import ask
from tests.findings.documents import document, put, row_of
from vedette.api.keys import create, revoke
from vedette.detectors.signal import Evidence
from vedette.findings import activity
from vedette.findings.activity import COMMENTS
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.fold import detector_id

OTHER, MEMBER = "444455556666", "777788889999"
DETECTOR, THEIRS, MEMBERS = (detector_id(one, REGION) for one in (ACCOUNT, OTHER, MEMBER))
ONE, STRANGE, OF_MEMBER = (document(number)["id"] for number in (1, 2, 3))
ROOT = "/vedette/v1"
TRIAGE, COMMENT = f"{ROOT}/findings/{ONE}/triage", f"{ROOT}/findings/{ONE}/comments"
SOME = f"{ROOT}/triage/changes"


@pytest.fixture
def served(tmp_path: Path, location: str) -> Iterator[Served]:
    """A finding of the account's own, another account's, and a member's."""
    with serving(tmp_path, state=location) as server:
        with server.store.transaction() as batch:
            for account in (ACCOUNT, OTHER, MEMBER):
                batch.configure(DetectorSettings(account=account, region=REGION, id=detector_id(account, REGION)))
            batch.configure(Member(account=ACCOUNT, region=REGION, id=MEMBER, email="m@example.com",
                                   relationship="Enabled"))
            put(batch, document(1, detectorId=DETECTOR))
            put(batch, document(2, detectorId=THEIRS))
            put(batch, document(3, detectorId=MEMBERS))
        yield server


def read(browser: Browser, finding: str = ONE, detector: str = DETECTOR, **query: int) -> Any:
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    answer = browser.get(f"{ROOT}/findings/{finding}/triage?detectorId={detector}{asked}")
    assert answer.status == 200, answer
    return answer.body


def test_an_analyst_triages_and_everybody_sees_who_it_was(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    assert read(ann) == {"status": "OPEN", "assignee": "", "suppressedBy": "", "activity": [], "total": 0,
                         "forgotten": 0}
    before = now()
    assert ann.post(TRIAGE, {"detectorId": DETECTOR, "status": "UNDER_REVIEW", "assignee": "ann"}).status == 200
    assert ann.post(COMMENT, {"detectorId": DETECTOR, "text": "  <b>ours?</b>\n"}).status == 200
    admin = served.client()
    admin.archive_findings(DetectorId=DETECTOR, FindingIds=[ONE])
    admin.update_findings_feedback(DetectorId=DETECTOR, FindingIds=[ONE], Feedback="NOT_USEFUL", Comments="a test")
    told = read(ann)
    assert (told["status"], told["assignee"], told["total"]) == ("UNDER_REVIEW", "ann", 5)
    assert all(before <= one.pop("time") <= now() for one in told["activity"])
    key_id, _ = served.key()
    by_key = {"account": ACCOUNT, "by": "admin", "accessKeyId": key_id}
    by_ann = {"account": ACCOUNT, "by": "ann", "accessKeyId": ""}
    assert told["activity"] == [
        {"what": "FEEDBACK", "value": "NOT_USEFUL", "text": "a test", **by_key},
        {"what": "ARCHIVED", "value": "", "text": "", **by_key},
        {"what": "COMMENT", "value": "", "text": "<b>ours?</b>", **by_ann},
        {"what": "ASSIGNEE", "value": "ann", "text": "", **by_ann},
        {"what": "STATUS", "value": "UNDER_REVIEW", "text": "", **by_ann}]
    assert [one["what"] for one in read(ann, offset=1, limit=2)["activity"]] == ["ARCHIVED", "COMMENT"]
    assert [(one["operation"], one.get("console_user"), one["outcome"]) for one in served.audited[1:3]] == [
        ("UpdateTriage", "ann", "Success"), ("CreateComment", "ann", "Success")]
    assert "<b>ours?</b>" in json.dumps(served.audited[2]["parameters"])


def test_what_is_left_out_stays_and_a_finding_is_found_by_it(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    ann.post(TRIAGE, {"detectorId": DETECTOR, "assignee": "ann"})
    ann.post(TRIAGE, {"detectorId": DETECTOR, "status": "RESOLVED"})
    assert (read(ann)["status"], read(ann)["assignee"]) == ("RESOLVED", "ann")
    listed = served.client().list_findings(DetectorId=DETECTOR, FindingCriteria={"Criterion": {
        "triage.status": {"Equals": ["RESOLVED"]}, "triage.assignee": {"Equals": ["ann"]}}})
    assert listed["FindingIds"] == [ONE]
    opened = served.client().list_findings(
        DetectorId=DETECTOR, FindingCriteria={"Criterion": {"triage.status": {"Equals": ["OPEN"]}}})
    assert opened["FindingIds"] == [OF_MEMBER]
    ann.post(TRIAGE, {"detectorId": DETECTOR, "assignee": ""})
    assert read(ann)["assignee"] == ""
    rows = ann.post(f"{ROOT}/triage", {"detectorId": DETECTOR, "findingIds": [OF_MEMBER, STRANGE, ONE, "no such"]})
    assert rows.body == {"triage": [
        {"id": OF_MEMBER, "status": "OPEN", "assignee": "", "comments": 0},
        {"id": ONE, "status": "RESOLVED", "assignee": "", "comments": 0}]}


def test_a_finding_is_given_to_people_of_the_account_alone(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    make_user(served.store, "olga", "admin", OTHER)
    for role in ("analyst", "ingest"):
        served.key(role)
    served.key("admin", OTHER)
    gone, _ = create(served.store, served.sealer, ACCOUNT, "admin", "gone", now())
    revoke(served.store, gone.id, now())
    nameless, _ = create(served.store, served.sealer, ACCOUNT, "admin", "", now())
    assert ann.get(f"{ROOT}/assignees").body == {"assignees": sorted(["analyst", "ann", nameless.id])}
    for name in ("olga", "ingest", "gone", "nobody"):
        refused = ann.post(TRIAGE, {"detectorId": DETECTOR, "status": "RESOLVED", "assignee": name})
        assert (refused.status, refused.body["__type"]) == (400, "BadRequestException")
    assert read(ann)["total"] == 0
    assert ann.post(TRIAGE, {"detectorId": DETECTOR, "assignee": "analyst"}).status == 200


def test_keys_may_what_sessions_may(served: Served) -> None:
    body = json.dumps({"detectorId": DETECTOR, "status": "RESOLVED"}).encode()
    as_json = {"Content-Type": "application/json"}
    assert ask(served, "POST", TRIAGE, body, role="analyst", headers=as_json)[0] == 200
    assert ask(served, "POST", TRIAGE, body, role="ingest", headers=as_json)[0] == 403
    assert ask(served, "POST", TRIAGE, body, role=None, headers=as_json)[0] in (401, 403)
    status, _, told = ask(served, "GET", f"{TRIAGE}?detectorId={DETECTOR}", role="analyst")
    key_id, _ = served.key("analyst")
    assert status == 200
    assert [(one["what"], one["by"], one["accessKeyId"]) for one in told["activity"]] == [
        ("STATUS", "analyst", key_id)]


def test_an_analyst_still_changes_nothing_else(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    for path, body in (
        (f"/detector/{DETECTOR}/findings/archive", {"findingIds": [ONE]}),
        (f"/detector/{DETECTOR}/findings/feedback", {"findingIds": [ONE], "feedback": "USEFUL"}),
    ):
        assert ann.post(path, body).status == 403
    assert read(ann)["total"] == 0


def test_no_other_site_and_no_other_account_triages(served: Served) -> None:
    ann, olga = signed_in(served, "ann", "analyst"), signed_in(served, "olga", "admin", OTHER)
    said = {"detectorId": DETECTOR, "status": "RESOLVED"}
    assert ann.post(TRIAGE, said, Sec_Fetch_Site="cross-site").status == 403
    assert ann.post(TRIAGE, said, X_Vedette_CSRF="A" * 43).status == 403
    assert ann.post(COMMENT, {"detectorId": DETECTOR, "text": "x"}, X_Vedette_CSRF=None).status in (401, 403)
    for path, more in ((TRIAGE, {"status": "RESOLVED"}), (COMMENT, {"text": "x"})):
        assert olga.post(path, {"detectorId": DETECTOR, **more}).status == 400
        assert olga.post(path, {"detectorId": THEIRS, **more}).status == 404
    assert olga.get(f"{TRIAGE}?detectorId={THEIRS}").status == 404
    for path in ("triage", "times"):
        asked = olga.post(f"{ROOT}/{path}", {"detectorId": THEIRS, "findingIds": [ONE]})
        assert asked.body == {path: []}
    assert read(ann)["total"] == 0


def test_an_administrator_triages_a_members_finding_and_both_see_it(served: Served) -> None:
    ann, mel = signed_in(served, "ann", "analyst"), signed_in(served, "mel", "analyst", MEMBER)
    path = f"{ROOT}/findings/{OF_MEMBER}/comments"
    assert ann.post(path, {"detectorId": DETECTOR, "text": "is this yours?"}).status == 200
    assert mel.post(path, {"detectorId": MEMBERS, "text": "it is"}).status == 200
    told = [(one["account"], one["by"], one["text"]) for one in read(ann, OF_MEMBER)["activity"]]
    assert told == [(MEMBER, "mel", "it is"), (ACCOUNT, "ann", "is this yours?")]
    assert read(mel, OF_MEMBER, MEMBERS) == read(ann, OF_MEMBER)


def change(browser: Browser, *changes: dict[str, Any], detector: str = DETECTOR) -> Any:
    answer = browser.post(SOME, {"detectorId": detector, "changes": list(changes)})
    assert answer.status == 200, answer
    return answer.body


def test_several_are_triaged_at_once_and_those_that_cannot_be_are_named(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    ann.post(TRIAGE, {"detectorId": DETECTOR, "assignee": "ann"})
    told = change(ann, *({"id": one, "status": "UNDER_REVIEW"} for one in (ONE, STRANGE, OF_MEMBER, "no such")),
                  {"id": OF_MEMBER, "assignee": "nobody at all"})
    assert told["changed"] == [
        {"id": ONE, "before": {"status": "OPEN", "assignee": "ann"},
         "after": {"status": "UNDER_REVIEW", "assignee": "ann"}},
        {"id": OF_MEMBER, "before": {"status": "OPEN", "assignee": ""},
         "after": {"status": "UNDER_REVIEW", "assignee": ""}}]
    assert [(one["id"], phrase in one["message"]) for one, phrase in zip(
        told["failed"], ("no such resource", "no such resource", "nobody at all"), strict=True)] == [
        (STRANGE, True), ("no such", True), (OF_MEMBER, True)]
    assert [(one["what"], one["by"]) for one in read(ann, OF_MEMBER)["activity"]] == [("STATUS", "ann")]
    assert read(ann)["status"] == "UNDER_REVIEW"
    with served.store.transaction() as batch:
        assert STRANGE not in batch.handling([STRANGE])
    assert served.audited[-1]["operation"] == "UpdateTriageOfFindings"


def test_what_is_taken_back_undoes_nothing_that_came_after(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    told = change(ann, {"id": ONE, "status": "RESOLVED", "assignee": "ann"}, {"id": OF_MEMBER, "status": "RESOLVED"})
    ann.post(TRIAGE, {"detectorId": DETECTOR, "status": "UNDER_REVIEW"})
    back = change(ann, *({"id": one["id"], **one["before"], "onlyIf": one["after"]} for one in told["changed"]))
    assert [one["id"] for one in back["changed"]] == [OF_MEMBER]
    assert [(one["id"], "since" in one["message"]) for one in back["failed"]] == [(ONE, True)]
    assert (read(ann)["status"], read(ann)["assignee"]) == ("UNDER_REVIEW", "ann")
    assert (read(ann, OF_MEMBER)["status"], read(ann, OF_MEMBER)["assignee"]) == ("OPEN", "")


def test_several_are_refused_as_a_whole_when_they_cannot_be_asked_so(served: Served) -> None:
    ann, olga = signed_in(served, "ann", "analyst"), signed_in(served, "olga", "admin", OTHER)
    for changes in ([], [{"id": ONE, "status": "DONE"}], [{"id": ONE, "assignee": "x" * 301}],
                    [{"id": f"{one:032x}", "status": "OPEN"} for one in range(51)], [{"id": ONE, "text": "x"}]):
        assert ann.post(SOME, {"detectorId": DETECTOR, "changes": changes}).status == 400
    good = {"detectorId": DETECTOR, "changes": [{"id": ONE, "status": "RESOLVED"}]}
    assert ann.post(SOME, good, X_Vedette_CSRF="A" * 43).status == 403
    assert ask(served, "POST", SOME, json.dumps(good).encode(), role="ingest",
               headers={"Content-Type": "application/json"})[0] == 403
    assert olga.post(SOME, good).status == 400
    assert change(olga, {"id": ONE, "status": "RESOLVED"}, detector=THEIRS)["changed"] == []
    assert read(ann)["total"] == 0


def test_the_newest_comment_of_each_is_told(served: Served) -> None:
    ann, mel = signed_in(served, "ann", "analyst"), signed_in(served, "mel", "analyst", MEMBER)
    for browser, finding, detector, text in (
        (ann, ONE, DETECTOR, "first"), (ann, ONE, DETECTOR, "second"), (ann, OF_MEMBER, DETECTOR, "yours?"),
        (mel, OF_MEMBER, MEMBERS, "ours")):
        browser.post(f"{ROOT}/findings/{finding}/comments", {"detectorId": detector, "text": text})
    ann.post(TRIAGE, {"detectorId": DETECTOR, "status": "RESOLVED"})
    asked = {"detectorId": DETECTOR, "findingIds": [OF_MEMBER, STRANGE, ONE]}
    told = ann.post(f"{ROOT}/comments", asked).body["comments"]
    assert [(one["id"], one["text"], one["account"], one["by"]) for one in told] == [
        (OF_MEMBER, "ours", MEMBER, "mel"), (ONE, "second", ACCOUNT, "ann")]
    assert told[1]["time"] == next(one["time"] for one in read(ann)["activity"] if one["text"] == "second")
    olga = signed_in(served, "olga", "admin", OTHER)
    assert olga.post(f"{ROOT}/comments", {"detectorId": THEIRS, "findingIds": [ONE]}).body == {"comments": []}


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4097, None, 7])
def test_a_comment_says_something_and_is_bounded(served: Served, text: Any) -> None:
    ann = signed_in(served, "ann", "analyst")
    assert ann.post(COMMENT, {"detectorId": DETECTOR, "text": text}).status == 400
    assert ann.post(COMMENT, {"detectorId": DETECTOR, "text": "\0 \u202e \ud83d\ude00" + "x" * 4091}).status == 200
    assert read(ann)["activity"][0]["text"].startswith("\0 \u202e \U0001f600x")


def test_comments_are_so_many_at_most(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    by = activity.Person(account=ACCOUNT, name="ann")
    with served.store.transaction() as batch:
        for number in range(COMMENTS - 1):
            batch.note([ONE], activity.Activity(time=number, what="COMMENT", text="x", by=by))
    assert ann.post(COMMENT, {"detectorId": DETECTOR, "text": "the last"}).status == 200
    refused = ann.post(COMMENT, {"detectorId": DETECTOR, "text": "one too many"})
    assert (refused.status, str(COMMENTS) in refused.body["message"]) == (400, True)
    assert ann.post(TRIAGE, {"detectorId": DETECTOR, "status": "RESOLVED"}).status == 200


def test_the_times_of_a_findings_records_are_told_and_where_some_are_missing(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    few = [Evidence(1_500_000, "b", "o", "1", 2), Evidence(1_000_000, "a", "o", "1", 1)]
    many = [Evidence(1_000_000 + 1000 * (number if number < 25 else number + 900), str(number), "o", "1", number)
            for number in range(50)]
    with served.store.transaction() as batch:
        for number, count, records in ((1, 2, few), (3, 950, many)):
            found = document(number, detectorId=DETECTOR if number == 1 else MEMBERS, count=count)
            batch.put_finding(row_of(found), found, b"", records)
        put(batch, document(4, detectorId=DETECTOR))
    asked = ann.post(f"{ROOT}/times", {"detectorId": DETECTOR, "findingIds": [
        ONE, STRANGE, OF_MEMBER, document(4)["id"], ONE]})
    own, members, none = asked.body["times"]
    assert own == {"id": ONE, "count": 2, "firstSeen": 1_000_000, "lastSeen": 2_000_000,
                   "known": [1_000_000, 1_500_000], "gap": None}
    assert (members["id"], members["count"], len(members["known"])) == (OF_MEMBER, 950, 50)
    assert members["gap"] == {"since": 1_024_000, "until": 1_925_000}
    assert (none["known"], none["gap"]) == ([], None)
    too_many = ann.post(f"{ROOT}/times", {"detectorId": DETECTOR, "findingIds": [f"{one:032x}" for one in range(51)]})
    assert too_many.status == 400


def test_what_findings_name_is_told_with_the_tactics_of_their_types(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    found = document(1, type="Discovery:IAMUser/AnomalousBehavior", detectorId=DETECTOR, resource={
        "accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "principalId": "AIDAEXAMPLE"}})
    with served.store.transaction() as batch:
        put(batch, found)
        put(batch, document(3, detectorId=MEMBERS))
    own, members = ann.post(f"{ROOT}/named", {
        "detectorId": DETECTOR, "findingIds": [ONE, STRANGE, OF_MEMBER, ONE]}).body["named"]
    assert own["id"] == ONE
    assert {"kind": "access-key", "value": "AKIAIOSFODNN7EXAMPLE", "role": "resource"} in own["entities"]
    assert {"kind": "principal", "value": "AIDAEXAMPLE", "role": "resource"} in own["entities"]
    assert own["tactics"][0] == "Discovery"
    assert members["id"] == OF_MEMBER
    olga = signed_in(served, "olga", "admin", OTHER)
    assert olga.post(f"{ROOT}/named", {"detectorId": THEIRS, "findingIds": [ONE]}).body == {"named": []}
