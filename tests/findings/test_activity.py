"""What people did with findings, and the status that others find them by, on both databases."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest
from sqlalchemy import func, select

from tests.findings.documents import document, put
from vedette.findings import activity, schema
from vedette.findings.activity import Person
from vedette.findings.chunks import chunks
from vedette.findings.filters import FilterError, FindingCriteria
from vedette.findings.policy import Policy
from vedette.findings.review import archive, comment, judge, triage, unarchive
from vedette.findings.rows import TriageStatus

ANN = Person(account="111122223333", name="ann")
KEY = Person(account="111122223333", name="pipeline", access_key_id="AKIAEXAMPLE")
ONE = document(1)["id"]
STATUSES = get_args(TriageStatus)


@pytest.fixture
def triaged(store):
    """Findings 1 to 4: never looked at, under review by ann, resolved, opened again."""
    with store.transaction() as batch:
        for number in range(1, 5):
            put(batch, document(number))
        triage(batch, document(2), "UNDER_REVIEW", "ann", ANN, 10)
        triage(batch, document(3), "RESOLVED", None, ANN, 10)
        triage(batch, document(4), "RESOLVED", "ann", ANN, 10)
        triage(batch, document(4), "OPEN", "", ANN, 20)
    return store


def found(store, **conditions):
    criterion = {path.replace("_", "."): condition for path, condition in conditions.items()}
    criteria = FindingCriteria.parse({"criterion": criterion})
    return {int(one, 16) for one in store.list(criteria).ids}


IS = {1: "OPEN", 2: "UNDER_REVIEW", 3: "RESOLVED", 4: "OPEN"}


def test_findings_are_found_by_every_choice_of_statuses(triaged):
    for size in (1, 2, 3):
        for some in combinations(STATUSES, size):
            assert found(triaged, triage_status={"equals": list(some)}) == {one for one in IS if IS[one] in some}
            assert found(triaged, triage_status={"notEquals": list(some)}) == {
                one for one in IS if IS[one] not in some}


def test_findings_are_found_by_who_works_on_them(triaged):
    assert found(triaged, triage_assignee={"equals": ["ann"]}) == {2}
    assert found(triaged, triage_assignee={"notEquals": ["ann"]}) == {1, 3, 4}
    both = {"equals": ["OPEN", "UNDER_REVIEW"]}
    assert found(triaged, triage_status=both, triage_assignee={"equals": ["ann"]}) == {2}


@pytest.mark.parametrize("condition", [
    {"equals": ["DONE"]}, {"equals": ["open"]}, {"matches": ["RES*"]}, {"notMatches": ["OPEN"]}])
def test_a_status_that_there_is_not_is_refused(condition):
    with pytest.raises(FilterError, match="any of OPEN, UNDER_REVIEW, RESOLVED"):
        FindingCriteria.parse({"criterion": {"triage.status": condition}})


def test_it_stays_when_the_finding_is_written_anew_archived_and_judged(triaged):
    with triaged.transaction() as batch:
        again = document(2, count=7)
        put(batch, again)
        archive(batch, Policy(), [again], ANN, 30)
        judge(batch, batch.get([again["id"]]), "USEFUL", "so it was", ANN, 40)
        unarchive(batch, Policy(), batch.get([again["id"]]), KEY, 50)
    assert found(triaged, triage_status={"equals": ["UNDER_REVIEW"]}, triage_assignee={"equals": ["ann"]}) == {2}
    handling = triaged.handling([document(2)["id"]])[document(2)["id"]]
    assert (handling.status, handling.assignee, handling.feedback) == ("UNDER_REVIEW", "ann", "USEFUL")
    assert "triage" not in triaged.get([document(2)["id"]])[0]
    done = triaged.activities(document(2)["id"], 0, 10)
    assert [(one.time, one.what, one.value, one.text, one.by) for one in done.some] == [
        (50, "UNARCHIVED", "", "", KEY), (40, "FEEDBACK", "USEFUL", "so it was", ANN), (30, "ARCHIVED", "", "", ANN),
        (10, "ASSIGNEE", "ann", "", ANN), (10, "STATUS", "UNDER_REVIEW", "", ANN)]
    assert (done.kept, done.forgotten) == (5, 0)


def test_what_is_so_already_is_not_told_again(triaged):
    with triaged.transaction() as batch:
        triage(batch, document(3), "RESOLVED", "", ANN, 30)
        archive(batch, Policy(), [document(3, archived=True)], ANN, 30)
    assert [one.time for one in triaged.activities(document(3)["id"], 0, 10).some] == [10]


def test_a_page_of_it_begins_where_it_is_asked_to(triaged):
    with triaged.transaction() as batch:
        for number in range(5):
            comment(batch, document(1), str(number), ANN, number)
    assert [one.text for one in triaged.activities(ONE, 1, 2).some] == ["3", "2"]
    assert triaged.comments([ONE, document(2)["id"]]) == {ONE: 5}


def test_of_very_much_the_oldest_is_forgotten_but_no_comment(triaged, monkeypatch):
    monkeypatch.setattr(activity, "KEPT", 4)
    with triaged.transaction() as batch:
        comment(batch, document(1), "the first", ANN, 1)
        for number in range(10):
            triage(batch, document(1), "RESOLVED" if number % 2 else "UNDER_REVIEW", None, ANN, 2 + number)
        comment(batch, document(1), "the last", ANN, 20)
    done = triaged.activities(ONE, 0, 100)
    assert [one.time for one in done.some] == [20, 11, 10, 1]
    assert (done.kept, done.forgotten) == (4, 8)


def test_nothing_of_it_comes_back_with_a_finding_that_is_made_again(triaged):
    four = document(4)["id"]
    with triaged.transaction() as batch:
        triage(batch, document(4), "RESOLVED", "ann", ANN, 30)
        batch.delete_finding(four)
    with triaged.transaction() as batch:
        put(batch, document(4))
    assert found(triaged, triage_status={"equals": ["OPEN"]}) == {1, 4}
    assert triaged.activities(four, 0, 10) == ([], 0, 0)
    assert triaged.handling([four]) == {}


def test_many_findings_are_noted_at_once(store, monkeypatch):
    monkeypatch.setattr(activity, "chunks", lambda items: chunks(items, 3))
    ids = [document(number)["id"] for number in range(1, 8)]
    with store.transaction() as batch:
        for number in range(1, 8):
            put(batch, document(number))
        archive(batch, Policy(), batch.get(ids), ANN, 5)
        batch.note(["f" * 32], activity.Activity(time=1, what="ARCHIVED", by=ANN))
    with store._connected() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.activity)) == 7
