from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.findings.documents import document, put, row_of
from tests.findings.test_listing import criteria, emptied, estates  # noqa: F401 - emptied is a fixture
from vedette.findings import listing
from vedette.findings.filters import FindingCriteria
from vedette.findings.statistics import DAY
from vedette.logs.times import format_time, parse_time

KEYS = {
    "ACCOUNT": lambda one: (one["accountId"],),
    "DATE": lambda one: (parse_time(one["updatedAt"]) // DAY * DAY, one["severity"]),
    "FINDING_TYPE": lambda one: (one["type"],),
    "RESOURCE": lambda one: (one["accountId"], one["resource"]["resourceType"], ""),
    "SEVERITY": lambda one: (one["severity"],),
}


def counted(documents, by):
    """What the groups must be, worked out without the database: {key: (number, newest)}."""
    groups = defaultdict(list)
    for one in documents:
        groups[KEYS[by](one)].append(parse_time(one["updatedAt"]))
    return {key: (len(times), max(times)) for key, times in groups.items()}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    found=estates(), data=criteria(), by=st.sampled_from(sorted(KEYS)), few=st.sampled_from([0, 1, 2000]),
    detectors=st.sampled_from([None, ["d1"], ["d1", "d2"], []]))
def test_groups_are_what_counting_by_hand_gives(emptied, monkeypatch, found, data, by, few, detectors):  # noqa: F811
    monkeypatch.setattr(listing, "FEW", few)
    store = emptied()
    with store.transaction() as batch:
        for one in found:
            put(batch, one)
    wanted = FindingCriteria.parse(data)
    groups = store.statistics(by, wanted, detectors=detectors)
    seen = [one for one in found if wanted.matches(one)
            and (detectors is None or one["service"]["detectorId"] in detectors)]
    assert {group.key: (group.total, group.latest) for group in groups} == counted(seen, by)
    totals = [group.total for group in groups]
    if by != "DATE":
        assert totals == sorted(totals, reverse=True)
        rising = store.statistics(by, wanted, order="ASC", detectors=detectors)
        assert [group.total for group in rising] == sorted(totals)


def test_dates_come_by_themselves_one_group_a_severity(store):
    times = [(10 * DAY, 5.0), (10 * DAY + DAY - 1, 5.0), (10 * DAY + 5, 8.0), (12 * DAY, 2.0)]
    with store.transaction() as batch:
        for number, (time, severity) in enumerate(times):
            put(batch, document(number, updatedAt=format_time(time), severity=severity))
    days = store.statistics("DATE")
    assert [(group.key, group.total) for group in days] == [
        ((12 * DAY, 2.0), 1), ((10 * DAY, 5.0), 2), ((10 * DAY, 8.0), 1)]
    assert [group.key[0] for group in store.statistics("DATE", order="ASC")] == [10 * DAY, 10 * DAY, 12 * DAY]
    assert [group.key for group in store.statistics("DATE", limit=1)] == [(12 * DAY, 2.0)]


@pytest.mark.parametrize(("kind", "promoted", "name"), [
    ("Instance", {"instance_id": "i-1", "interface_id": "eni-1"}, "i-1"),
    ("Instance", {"interface_id": "eni-1"}, "eni-1"),
    ("AccessKey", {"access_key_id": "AKIA", "principal_id": "AIDA", "instance_id": "i-1"}, "AKIA"),
    ("AccessKey", {"principal_id": "AIDA"}, "AIDA"),
    ("S3Bucket", {"bucket": "b", "access_key_id": "AKIA"}, "b"),
    ("S3Object", {"bucket": "b"}, "b"),
    ("Container", {}, ""),
])
def test_a_resource_is_called_as_its_kind_is(store, kind, promoted, name):
    found = document(resource={"resourceType": kind})
    with store.transaction() as batch:
        batch.put_finding(row_of(found, **promoted), found, b"", [])
    (group,) = store.statistics("RESOURCE")
    assert group.key == (found["accountId"], kind, name)
