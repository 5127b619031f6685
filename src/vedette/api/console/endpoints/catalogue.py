"""What there is to be found, what of it cannot be found now, and by what it can be sought."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.looking import known_to
from vedette.api.operation import Context
from vedette.detectors.blindness import blind, loaded_in
from vedette.detectors.catalogue import catalogue
from vedette.detectors.guardduty_types import guardduty_types
from vedette.findings.attributes import filter_paths
from vedette.findings.configuration import Member
from vedette.findings.membership import MANAGED
from vedette.findings.rows import LAMBDA_NETWORK, S3_DATA
from vedette.investigate.tactics import phases_of
from vedette.logs.kinds import LogKind

RECENT = 30
"""Days within which a log must have come, today counted."""

_DAY = 86_400_000

LOGS = {S3_DATA: LogKind.CLOUDTRAIL, LAMBDA_NETWORK: LogKind.VPC_FLOW}
"""The logs that others are counted apart of."""


class Blind(Asked, frozen=True, kw_only=True):
    """The account and Region of a detector."""

    detector_id: Annotated[str, Meta(max_length=300)]


@endpoint("GET", "/attributes")
def get_attributes(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """What finding criteria can name."""
    return {"attributes": sorted(filter_paths())}


@endpoint("GET", "/catalogue")
def get_catalogue(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """Every finding type of GuardDuty's, and those of Vedette's own; what nothing here produces says no more."""
    return {"types": _types()}


@endpoint("GET", "/blind")
def get_blind(context: Context, asked: Blind) -> dict[str, Any]:
    """What hinders the types that cannot fire now in the account and Region.

    Of each of their detectors: logs of which nothing came within `RECENT` days, and groups of which nothing is loaded.
    """
    context.detector(asked.detector_id)
    members = context.store.configured(Member, context.account, context.region)
    accounts = {context.account, *(one.id for one in members if one.relationship in MANAGED)}
    read = {LOGS.get(one.kind, one.kind) for one in context.store.usage(context.clock() // _DAY - RECENT + 1, accounts)
            if one.region == context.region}
    hindered = blind(catalogue(), [kind for kind in LogKind if kind in read], loaded_in(known_to(context)))
    return {"days": RECENT, "types": {name: [
        {"unread": one.unread, "needs": [sorted(need) for need in one.needs]} for one in dict.fromkeys(each)]
        for name, each in hindered.items()}}


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
            "tactics": phases_of(name, kind.attack) if kind else [],
            "remedy": kind.remedy if kind else "",
            "source": ", ".join(sorted({log.value for one in detectors for log in one.kinds})),
            "own": told is None,
            "built": kind is not None,
            "detectors": [{"name": one.name, "doc": one.doc or ""} for one in detectors],
        })
    return found
