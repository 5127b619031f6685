"""Findings: listed, read, archived and judged by people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import botocore.session
from botocore.model import Shape, StructureShape

from vedette.api.criteria import parsed, refusing
from vedette.api.errors import BadRequest
from vedette.api.membership import refuse_member
from vedette.api.operation import Context, operation
from vedette.findings.filters import FindingCriteria
from vedette.findings.listing import Sort
from vedette.findings.membership import watched
from vedette.findings.policy import Policy
from vedette.findings.review import archive, judge, unarchive
from vedette.findings.store import Batch

MAX_COMMENTS = 4096
"""Characters; the service model gives no bound."""



@operation("ListFindings", changes=False)
def list_findings(
    context: Context, *, detector_id: str, finding_criteria: dict[str, Any] | None = None,
    sort_criteria: dict[str, Any] | None = None, max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """The ids of findings that match, the newest first unless another order is asked for."""
    context.detector(detector_id)
    criteria = parsed(finding_criteria or {})
    with refusing():
        page = context.store.list(criteria, _sort(sort_criteria), max_results, next_token or None,
                                  watched(context.store, context.account, context.region))
    return {"FindingIds": page.ids, "NextToken": page.next_token or ""}


@operation("GetFindings", changes=False)
def get_findings(
    context: Context, *, detector_id: str, finding_ids: list[str], sort_criteria: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Whole findings, in the order of their ids or as asked; ids that are not the detector's are passed over."""
    context.detector(detector_id)
    own = watched(context.store, context.account, context.region)
    ids = list(dict.fromkeys(finding_ids))
    if sort_criteria and ids:
        wanted = FindingCriteria.parse({"criterion": {"id": {"equals": ids}}})
        with refusing():
            ids = context.store.list(wanted, _sort(sort_criteria), len(ids)).ids
    return {"Findings": [
        _in_milliseconds(document, _timed()) for document in context.store.get(ids)
        if document["service"]["detectorId"] in own]}


@operation("ArchiveFindings", changes=True)
def archive_findings(context: Context, *, detector_id: str, finding_ids: list[str]) -> dict[str, Any]:
    """Put findings away."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        refuse_member(batch, context, "does this")
        archive(batch, Policy.read(batch), _own(batch, context, finding_ids), context.person, context.clock())
    return {}


@operation("UnarchiveFindings", changes=True)
def unarchive_findings(context: Context, *, detector_id: str, finding_ids: list[str]) -> dict[str, Any]:
    """Take findings out again."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        refuse_member(batch, context, "does this")
        unarchive(batch, Policy.read(batch), _own(batch, context, finding_ids), context.person, context.clock())
    return {}


@operation("UpdateFindingsFeedback", changes=True)
def update_findings_feedback(
    context: Context, *, detector_id: str, finding_ids: list[str], feedback: Literal["USEFUL", "NOT_USEFUL"],
    comments: str = "",
) -> dict[str, Any]:
    """Say whether findings were of use."""
    context.detector(detector_id)
    if len(comments) > MAX_COMMENTS:
        raise BadRequest(f"The request is rejected because comments has more than {MAX_COMMENTS} characters.")
    with context.store.transaction() as batch:
        judge(batch, _own(batch, context, finding_ids), feedback, comments, context.person, context.clock())
    return {}


def _sort(sort_criteria: Mapping[str, Any] | None) -> Sort:
    given = sort_criteria or {}
    name = given.get("attributeName", "updatedAt")
    return name, given.get("orderBy", "ASC" if given else "DESC")


def _own(batch: Batch, context: Context, ids: list[str]) -> list[dict[str, Any]]:
    """The documents of findings that the caller may change."""
    own = watched(batch, context.account, context.region)
    documents = [one for one in batch.get(dict.fromkeys(ids)) if one["service"]["detectorId"] in own]
    if strange := set(ids) - {one["id"] for one in documents}:
        raise BadRequest("The request is rejected because findingIds names findings that are not the detector's: "
                         f"{', '.join(sorted(strange)[:5])[:200]}.")
    return documents


Timed = Mapping[str, Any]
"""The members of a structure, by wire name, that are times (None) or have such inside."""


@cache
def _timed() -> Timed:
    model = botocore.session.get_session().get_service_model("guardduty")
    return _times_in(model.shape_for("Finding"), ()) or {}


def _times_in(shape: Shape, above: tuple[str, ...]) -> Timed | None:
    if shape.type_name == "list":
        return _times_in(shape.member, above)  # type: ignore[attr-defined]
    if not isinstance(shape, StructureShape) or shape.name in above:
        return None
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        if member.type_name == "timestamp":
            found[wire] = None
        elif inner := _times_in(member, (*above, shape.name)):
            found[wire] = inner
    return found


def _in_milliseconds(value: Any, timed: Timed | None) -> Any:
    """A finding says such times in seconds, as it is written on the wire; an operation answers in milliseconds."""
    if timed is None:
        return round(value * 1000)
    if isinstance(value, list):
        return [_in_milliseconds(one, timed) for one in value]
    return {name: _in_milliseconds(one, timed[name]) if name in timed else one for name, one in value.items()}
