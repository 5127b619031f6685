"""Runtime coverage: which clusters and instances have an agent. No agent reports to Vedette yet: none is covered."""

from __future__ import annotations

from typing import Any

from vedette.api.errors import BadRequest
from vedette.api.filter_criterion import refuse_incomplete
from vedette.api.operation import Context, operation
from vedette.api.single_page import refuse_token

_COUNTS = {"COUNT_BY_RESOURCE_TYPE": "countByResourceType", "COUNT_BY_COVERAGE_STATUS": "countByCoverageStatus"}


@operation("ListCoverage", changes=False)
def list_coverage(
    context: Context, *, detector_id: str, filter_criteria: dict[str, Any] | None = None,
    sort_criteria: dict[str, Any] | None = None, max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The resources that are watched from inside."""
    context.detector(detector_id)
    refuse_incomplete(filter_criteria)
    refuse_token(next_token)
    return {"Resources": []}


@operation("GetCoverageStatistics", changes=False)
def get_coverage_statistics(
    context: Context, *, detector_id: str, statistics_type: list[str], filter_criteria: dict[str, Any] | None = None
) -> dict[str, Any]:
    """How many resources there are of each sort: of what there is none is not named."""
    context.detector(detector_id)
    refuse_incomplete(filter_criteria)
    if not statistics_type:
        raise BadRequest(f"The request is rejected because statisticsType is empty: it takes {', '.join(_COUNTS)}.")
    return {"CoverageStatistics": {_COUNTS[one]: {} for one in statistics_type}}
