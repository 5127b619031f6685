"""Findings counted: over time, by what they are about, and as a rule would have taken them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.criteria import parsed, refusing
from vedette.api.errors import BadRequest
from vedette.api.operation import Context
from vedette.findings.counting import Severities, updated_between
from vedette.findings.filters import FindingCriteria
from vedette.findings.membership import watched
from vedette.investigate.profile import line_of
from vedette.publish.severity import BANDS, band_of

EXAMPLES = 10
"""Findings that a preview shows."""

RECENT = 30
"""Days in which a type's findings are recent."""

_TYPE = "type"
_TYPES = 1_000
"""More than there are."""

_DAY = 86_400_000
_Time = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
_Detector = Annotated[str, Meta(max_length=300)]
_Criteria = dict[str, Any] | None


class Histogram(Asked, frozen=True, kw_only=True):
    """Findings by when they were updated."""

    detector_id: _Detector
    finding_criteria: _Criteria = None
    since: _Time
    until: _Time
    buckets: Annotated[int, Meta(ge=1, le=200)]


class Facets(Asked, frozen=True, kw_only=True):
    """The commonest values of some attributes."""

    detector_id: _Detector
    finding_criteria: _Criteria = None
    attributes: Annotated[list[str], Meta(min_length=1, max_length=20)]
    top: Annotated[int, Meta(ge=1, le=50)] = 10


class Preview(Asked, frozen=True, kw_only=True):
    """What a rule would have taken."""

    detector_id: _Detector
    finding_criteria: dict[str, Any]
    days: Annotated[int, Meta(ge=1, le=366)] = 90


class Types(Asked, frozen=True, kw_only=True):
    """The types of the findings that are seen by a detector."""

    detector_id: _Detector


@endpoint("POST", "/histogram", from_outside=False)
def count_over_time(context: Context, asked: Histogram) -> dict[str, Any]:
    """Findings by severity and by when they were updated."""
    criteria, detectors = _wanted(context, asked.detector_id, asked.finding_criteria)
    if asked.since >= asked.until:
        raise BadRequest("The request is rejected because since is not before until.")
    found = context.store.histogram(criteria, asked.since, asked.until, asked.buckets, detectors)
    return {"buckets": [{"start": one.start, "end": one.end, **_banded(one.severities)} for one in found]}


@endpoint("POST", "/facets", from_outside=False)
def count_values(context: Context, asked: Facets) -> dict[str, Any]:
    """The commonest values of attributes, and among how many findings they were counted."""
    criteria, detectors = _wanted(context, asked.detector_id, asked.finding_criteria)
    with refusing():
        found = context.store.commonest(criteria, asked.attributes, asked.top, detectors)
    return {
        "facets": {name: [{"value": value, "count": count} for value, count in one.values]
                   for name, one in found.items()},
        "among": {name: one.among for name, one in found.items()}}


@endpoint("POST", "/preview", from_outside=False)
def preview_rule(context: Context, asked: Preview) -> dict[str, Any]:
    """How many of the findings of some days criteria match, and the newest of these."""
    criteria, detectors = _wanted(context, asked.detector_id, asked.finding_criteria)
    since = context.clock() - asked.days * _DAY
    matching = updated_between(criteria, since)
    matched = context.store.by_severity(matching, detectors)
    total = context.store.by_severity(updated_between(FindingCriteria(), since), detectors)
    newest = context.store.list(matching, limit=EXAMPLES, detectors=detectors).ids
    return {
        "matched": sum(matched.values()), "total": sum(total.values()), **_banded(matched), "days": asked.days,
        "examples": [line_of(one) for one in context.store.get(newest)]}


@endpoint("GET", "/type-counts", from_outside=False)
def count_types(context: Context, asked: Types) -> dict[str, Any]:
    """Of each type that was found: how often, also in the last `RECENT` days, when last, and what people said of it."""
    everything, detectors = _wanted(context, asked.detector_id, None)

    def counted(criteria: FindingCriteria) -> dict[str, int]:
        return dict(context.store.commonest(criteria, [_TYPE], _TYPES, detectors)[_TYPE].values)

    found = counted(everything)
    recent = counted(updated_between(everything, context.clock() - RECENT * _DAY))
    useful, not_useful = (counted(parsed({"criterion": {"service.userFeedback": {"equals": [said]}}}))
                          for said in ("USEFUL", "NOT_USEFUL"))
    newest = {name: context.store.list(
        parsed({"criterion": {_TYPE: {"equals": [name]}}}), sort=("service.eventLastSeen", "DESC"), limit=1,
        detectors=detectors).ids for name in found}
    rows = context.store.finding_row(one for ids in newest.values() for one in ids)
    return {"days": RECENT, "types": {name: {
        "findings": total, "recent": recent.get(name, 0), "useful": useful.get(name, 0),
        "notUseful": not_useful.get(name, 0), "lastSeen": max(
            (rows[one].last_seen for one in newest[name] if one in rows), default=None),
    } for name, total in found.items()}}


def _wanted(context: Context, detector: str, criteria: Mapping[str, Any] | None) -> tuple[
        FindingCriteria, frozenset[str]]:
    context.detector(detector)
    return parsed(criteria or {}), watched(context.store, context.account, context.region)


def _banded(severities: Severities) -> dict[str, int]:
    found = {band.lower(): 0 for _, band in reversed(BANDS)}
    for severity, count in severities.items():
        found[band_of(severity).lower()] += count
    return found
