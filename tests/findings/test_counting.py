"""Findings counted by postings, against the same counted one by one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.findings.documents import DETECTOR, document, put
from vedette.findings import counting, selection
from vedette.findings.counting import updated_between
from vedette.findings.filters import FilterError, FindingCriteria
from vedette.findings.store import Store
from vedette.logs.times import format_time, parse_time

DAY = 86_400_000
BEGIN = 1_789_990_000_000
"""Within a UTC day."""
OTHER = "e" * 32
COUNTRY = "service.action.networkConnectionAction.remoteIpDetails.country.countryName"
INSTANCE = "resource.instanceDetails.instanceId"
LONG = "a" * 400


def filled(store: Store, number: int = 120) -> list[dict[str, Any]]:
    draw = Random(4)
    made = []
    with store.transaction() as batch:
        for one in range(1, number + 1):
            country = draw.choice(["Chile", "Ghana", "Peru", f"{LONG}{one % 2}"])
            found = document(
                one, type=draw.choice(["Recon:EC2/Portscan", "Impact:EC2/PortSweep", "Recon:IAMUser/X"]),
                severity=draw.choice([2.0, 5.0, 8.0, 9.5]), count=one, archived=draw.random() < 0.3,
                detectorId=OTHER if draw.random() < 0.2 else DETECTOR,
                updatedAt=format_time(BEGIN + draw.randrange(10 * DAY)),
                resource={"instanceDetails": {"instanceId": f"i-{draw.randrange(40):017x}"}},
                action={"networkConnectionAction": {"remoteIpDetails": {"country": {"countryName": country}}}})
            put(batch, found)
            made.append(found)
    return made


def matching(made: list[dict[str, Any]], criteria: FindingCriteria, detectors: Any) -> list[dict[str, Any]]:
    return [one for one in made if criteria.matches(one) and (
        detectors is None or one["service"]["detectorId"] in detectors)]


CRITERIA = [
    {}, {"service.archived": {"equals": ["false"]}}, {COUNTRY: {"equals": ["Chile"]}, "severity": {"gte": 7}},
    {COUNTRY: {"notEquals": ["Chile"]}}, {INSTANCE: {"matches": ["i-*1"]}}, {COUNTRY: {"matches": ["a*1"]}},
    {"type": {"matches": ["Recon:*"]}, "service.count": {"gt": 60}}, {"accountId": {"equals": ["nobody"]}},
    {"updatedAt": {"gt": BEGIN + 3 * DAY + 5}},
]


@pytest.mark.parametrize(("asked", "detectors"), [(0, None), (0, {DETECTOR}), (300, {DETECTOR}), (0, {"f" * 32})],
                         ids=["all", "own", "own, asked one by one", "nobody's"])
def test_counts_are_those_of_the_findings_one_by_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, asked: int, detectors: Any,
) -> None:
    monkeypatch.setattr(selection, "ASKED", asked)
    made = filled(store)
    for criterion in CRITERIA:
        criteria = FindingCriteria.parse({"criterion": criterion})
        for since, until in ((BEGIN, BEGIN + 10 * DAY), (BEGIN + DAY + 7, BEGIN + 2 * DAY + 11)):
            within = updated_between(criteria, since, until)
            wanted = matching(made, within, detectors)
            assert store.by_severity(within, detectors) == Counter(one["severity"] for one in wanted), criterion
            for buckets in (1, 7, 200):
                found = store.histogram(criteria, since, until, buckets, detectors)
                assert len(found) <= buckets
                assert [found[0].start, found[-1].end] == [since, until]
                assert all(one.end == other.start for one, other in pairwise(found))
                for one in found:
                    here = [each for each in wanted if one.start <= parse_time(each["updatedAt"]) < one.end]
                    assert one.severities == Counter(each["severity"] for each in here), (criterion, buckets)


def test_many_findings_are_counted_by_whole_days(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "FEW", 10)
    filled(store)
    found = store.histogram(FindingCriteria(), BEGIN, BEGIN + 10 * DAY, 200)
    assert [one.start for one in found] == [BEGIN, *(BEGIN - BEGIN % DAY + day * DAY for day in range(1, 11))]
    assert found[-1].end == BEGIN + 10 * DAY
    assert sum(sum(one.severities.values()) for one in found) == 120


@pytest.mark.parametrize("rows", [10_000, 5], ids=["by postings", "one by one"])
def test_the_commonest_values_are_those_of_the_findings_one_by_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, rows: int,
) -> None:
    monkeypatch.setattr(selection, "ROWS", rows)
    made = filled(store)
    for criterion in CRITERIA:
        criteria = FindingCriteria.parse({"criterion": criterion})
        for detectors in (None, {DETECTOR}):
            wanted = matching(made, criteria, detectors)
            of: dict[str, Any] = {
                "type": lambda one: one["type"], "severity": lambda one: f"{one['severity']:g}",
                "service.archived": lambda one: "true" if one["service"]["archived"] else "false",
                "service.detectorId": lambda one: one["service"]["detectorId"],
                "service.count": lambda one: str(one["service"]["count"]), "id": lambda one: one["id"],
                COUNTRY: lambda one: one["service"]["action"]["networkConnectionAction"]["remoteIpDetails"][
                    "country"]["countryName"],
                INSTANCE: lambda one: one["resource"]["instanceDetails"]["instanceId"],
            }
            found = store.commonest(criteria, list(of), 10, detectors)
            for name, read in of.items():
                counts = Counter(map(read, wanted))
                assert found[name].among == len(wanted)
                assert [count for _, count in found[name].values] == sorted(counts.values(), reverse=True)[:10]
                assert all(counts[value] == count for value, count in found[name].values), (name, criterion)


def test_of_very_many_values_the_newest_findings_are_looked_at(
    store: Store, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selection, "ROWS", 5)
    monkeypatch.setattr(counting, "LOOKED_AT", 20)
    made = filled(store)
    found = store.commonest(FindingCriteria(), [INSTANCE], 50)[INSTANCE]
    assert found.among == 20
    assert dict(found.values) == Counter(one["resource"]["instanceDetails"]["instanceId"] for one in made[-20:])


def test_a_path_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(FilterError, match="is no path"):
        store.commonest(FindingCriteria(), ["service.nothing"], 5)
