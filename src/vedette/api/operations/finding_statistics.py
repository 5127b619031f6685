"""Findings counted: by severity, or grouped as asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from vedette.api.criteria import parsed
from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operation
from vedette.findings.membership import watched
from vedette.findings.statistics import GroupBy

DEFAULT_GROUPS = 25


@operation("GetFindingsStatistics", changes=False)
def get_findings_statistics(
    context: Context, *, detector_id: str, finding_statistic_types: list[str] | None = None,
    finding_criteria: dict[str, Any] | None = None, group_by: GroupBy | None = None,
    order_by: Literal["ASC", "DESC"] | None = None, max_results: int | None = None,
) -> dict[str, Any]:
    """How many findings match, by severity (``findingStatisticTypes``) or in groups (``groupBy``): one of the two."""
    context.detector(detector_id)
    if bool(finding_statistic_types) == bool(group_by):
        raise BadRequest("The request is rejected because it needs either findingStatisticTypes or groupBy, not both.")
    if group_by is None and (order_by is not None or max_results is not None):
        raise BadRequest("The request is rejected because orderBy and maxResults go with groupBy only.")
    criteria = parsed(finding_criteria or {})
    own = watched(context.store, context.account, context.region)
    if group_by is None:
        counted = context.store.statistics("SEVERITY", criteria, detectors=own)
        return {"FindingStatistics": {"countBySeverity": {str(float(key[0])): total for key, total, _ in counted}}}
    name, said = _GROUPS[group_by]
    groups = context.store.statistics(
        group_by, criteria, order=order_by or "DESC", limit=max_results or DEFAULT_GROUPS, detectors=own)
    return {"FindingStatistics": {name: [
        {**said(*key), "lastGeneratedAt": latest, "totalFindings": total} for key, total, latest in groups]}}


def _resource(account: str, kind: str, name: str) -> dict[str, Any]:
    return {"accountId": account, "resourceType": kind, **({"resourceId": name} if name else {})}


_GROUPS: Mapping[GroupBy, tuple[str, Callable[..., dict[str, Any]]]] = {
    "ACCOUNT": ("groupedByAccount", lambda account: {"accountId": account}),
    "DATE": ("groupedByDate", lambda day, severity: {"date": day, "severity": severity}),
    "FINDING_TYPE": ("groupedByFindingType", lambda kind: {"findingType": kind}),
    "RESOURCE": ("groupedByResource", _resource),
    "SEVERITY": ("groupedBySeverity", lambda severity: {"severity": severity}),
}
"""What a group is called in the answer, and how it says its key."""
