"""Runtime coverage while no agent reports."""

from __future__ import annotations

import pytest

from tests.api.accounts import NOON, Account
from vedette.api.errors import UNKNOWN_DETECTOR, BadRequest
from vedette.findings.store import Store

BY_TYPE = {"criterionKey": "RESOURCE_TYPE", "filterCondition": {"equals": ["EC2"]}}


@pytest.fixture
def account():
    with Store.in_memory() as store:
        yield Account(store, "111122223333", [NOON]).with_detector()


def test_nothing_is_covered(account):
    assert account("ListCoverage") == {"Resources": []}
    assert account("ListCoverage", filter_criteria={"filterCriterion": [BY_TYPE]}, max_results=1,
                   sort_criteria={"attributeName": "ISSUE", "orderBy": "ASC"}) == {"Resources": []}


def test_each_statistic_that_is_asked_for_is_answered(account):
    assert account("GetCoverageStatistics", statistics_type=["COUNT_BY_RESOURCE_TYPE"]) == {
        "CoverageStatistics": {"countByResourceType": {}}}
    both = ["COUNT_BY_COVERAGE_STATUS", "COUNT_BY_RESOURCE_TYPE"]
    assert account("GetCoverageStatistics", statistics_type=both, filter_criteria={"filterCriterion": [BY_TYPE]}) == {
        "CoverageStatistics": {"countByResourceType": {}, "countByCoverageStatus": {}}}
    assert "statisticsType" in account.refused("GetCoverageStatistics", statistics_type=[])


@pytest.mark.parametrize("missing", ["criterionKey", "filterCondition"])
def test_half_a_criterion_is_refused(account, missing):
    half = {"filterCriterion": [BY_TYPE, {name: value for name, value in BY_TYPE.items() if name != missing}]}
    assert "filterCriterion" in account.refused("ListCoverage", filter_criteria=half)
    assert "filterCriterion" in account.refused(
        "GetCoverageStatistics", statistics_type=["COUNT_BY_RESOURCE_TYPE"], filter_criteria=half)


def test_tokens_and_detectors_are_checked(account):
    assert "nextToken" in account.refused("ListCoverage", next_token="x")
    for operation, more in (("ListCoverage", {}), ("GetCoverageStatistics", {"statistics_type": ["X"]})):
        with pytest.raises(BadRequest, match=UNKNOWN_DETECTOR):
            account.asks(operation, detector_id="e" * 32, **more)
