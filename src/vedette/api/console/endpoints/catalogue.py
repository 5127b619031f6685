"""What there is to be found, and by what it can be sought."""

from __future__ import annotations

from functools import cache
from typing import Any

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.operation import Context
from vedette.detectors.catalogue import catalogue
from vedette.detectors.guardduty_types import guardduty_types
from vedette.findings.attributes import filter_paths


@endpoint("GET", "/attributes")
def get_attributes(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """What finding criteria can name."""
    return {"attributes": sorted(filter_paths())}


@endpoint("GET", "/catalogue")
def get_catalogue(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """Every finding type of GuardDuty's, and those of Vedette's own; what nothing here produces says no more."""
    return {"types": _types()}


@cache
def _types() -> list[dict[str, Any]]:
    theirs = {one.type: one for one in guardduty_types()}
    ours = catalogue()
    found = []
    for name in sorted(theirs.keys() | ours.types.keys()):
        told, kind = theirs.get(name), ours.types.get(name)
        detectors = ours.detectors_of(name)
        found.append({
            "type": name,
            "plan": told.plan if told else str(kind.plan) if kind else "",
            "resource": kind.resource if kind else "",
            "severity": kind.severity if kind else None,
            "severityNote": kind.severity_note if kind else "",
            "title": kind.title if kind else "",
            "attack": list(kind.attack) if kind else [],
            "remedy": kind.remedy if kind else "",
            "source": ", ".join(sorted({log.value for one in detectors for log in one.kinds})),
            "own": told is None,
            "built": kind is not None,
            "detectors": [{"name": one.name, "doc": one.doc or ""} for one in detectors],
        })
    return found
