"""Detectors: GuardDuty switched on in an account and Region, suspended, and taken away again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vedette.api.enabling import new_detector
from vedette.api.errors import UNKNOWN_DETECTOR, BadRequest
from vedette.api.features import change_features, shown_data_sources, shown_features, status
from vedette.api.operation import Context, operation
from vedette.api.relationships import Relationships
from vedette.api.single_page import refuse_token
from vedette.api.tagging import checked_tags
from vedette.engine.activation import drop_unused
from vedette.findings.configuration import (
    ClientToken,
    Configured,
    Destination,
    DetectorSettings,
    Filter,
    Frequency,
    OrganizationSettings,
    RuleAssociation,
    RuleTrial,
    SavedList,
    ScanSettings,
)
from vedette.findings.configured import ConfigurationReader
from vedette.findings.finding import partition_of
from vedette.findings.membership import ruler_of
from vedette.findings.policy import EXPORT
from vedette.findings.store import Batch
from vedette.logs.times import format_time

EXISTS = "The request is rejected because a detector already exists for the current account."

_BELONGING: tuple[type[Configured], ...] = (
    Filter, SavedList, Destination, ScanSettings, OrganizationSettings, RuleAssociation, RuleTrial, ClientToken)
"""What is configured at a detector, and goes with it."""

STILL_LEADS = ("The request is rejected because the current account cannot delete detector while it has invited or "
               "associated members")
"""Word for word: Terraform tries again as long as it is told so."""


@operation("CreateDetector", changes=True)
def create_detector(
    context: Context, *, enable: bool, finding_publishing_frequency: Frequency = "SIX_HOURS",
    data_sources: dict[str, Any] | None = None, features: Sequence[dict[str, Any]] = (),
    tags: dict[str, str] | None = None, client_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """Make the detector of the account and Region, with every feature on that is not asked to be off.

    The runtime features and AI_ANALYST are off unless asked for.
    """
    now = context.clock()
    made = new_detector(context.account, context.region, now)
    made.enabled, made.frequency, made.tags = enable, finding_publishing_frequency, checked_tags(tags)
    change_features(made, features, data_sources, now=now)
    with context.store.transaction() as batch:
        if batch.configured(DetectorSettings, context.account, context.region):
            raise BadRequest(EXISTS)
        batch.configure(made)
    return {"DetectorId": made.id}


@operation("GetDetector", changes=False)
def get_detector(context: Context, *, detector_id: str) -> dict[str, Any]:
    """What the detector is set to. A member's repeats are published as often as its administrator says."""
    found = context.detector(detector_id)
    return {
        "CreatedAt": format_time(found.created),
        "UpdatedAt": format_time(found.updated),
        "FindingPublishingFrequency": _frequency(context.store, context, found),
        "ServiceRole": _service_role(context),
        "Status": status(found.enabled),
        "DataSources": shown_data_sources(found),
        "Features": shown_features(found),
        "Tags": found.tags,
    }


@operation("UpdateDetector", changes=True)
def update_detector(
    context: Context, *, detector_id: str, enable: bool | None = None,
    finding_publishing_frequency: Frequency | None = None, data_sources: dict[str, Any] | None = None,
    features: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Change the detector; what is not named stays. Suspended (``enable`` false), it finds nothing new."""
    context.detector(detector_id)
    now = context.clock()
    with context.store.transaction() as batch:
        found = _known(batch, context, detector_id)
        if finding_publishing_frequency is not None:
            if finding_publishing_frequency != _frequency(batch, context, found):
                _refuse_member(batch, context, "set findingPublishingFrequency")
            found.frequency = finding_publishing_frequency
        if enable is not None:
            found.enabled = enable
        change_features(found, features, data_sources, now=now)
        found.updated = now
        batch.configure(found)
    return {}


@operation("DeleteDetector", changes=True)
def delete_detector(context: Context, *, detector_id: str) -> dict[str, Any]:
    """Take the detector away with its findings and all that was configured there."""
    context.detector(detector_id)
    with context.store.transaction() as batch:
        _known(batch, context, detector_id)
        _refuse_member(batch, context, "delete its detector")
        known = Relationships(batch, context.region)
        if known.leads(context.account) or known.members(context.account):
            raise BadRequest(f"{STILL_LEADS}, or is the organization's delegated administrator.")
        _take_away(batch, context)
        batch.delete_findings_of(detector_id)
        batch.unconfigure(DetectorSettings, context.account, context.region, detector_id)
    return {}


@operation("ListDetectors", changes=False)
def list_detectors(
    context: Context, *, max_results: int = 50, next_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The id of the detector of the account and Region, if there is one: there is never a second page."""
    refuse_token(next_token)
    found = context.store.configured(DetectorSettings, context.account, context.region)
    return {"DetectorIds": [one.id for one in found]}


def _known(batch: Batch, context: Context, detector_id: str) -> DetectorSettings:
    found = batch.configuration(DetectorSettings, context.account, context.region, detector_id)
    if found is None:
        raise BadRequest(UNKNOWN_DETECTOR)
    return found


def _frequency(store: ConfigurationReader, context: Context, own: DetectorSettings) -> Frequency:
    """The one that holds: as `vedette.findings.policy.Policy.period`."""
    ruler = ruler_of(store, context.account, context.region)
    if not ruler:
        return own.frequency
    ruling = store.configured(DetectorSettings, ruler, context.region)
    return ruling[0].frequency if ruling else "SIX_HOURS"


def _refuse_member(batch: Batch, context: Context, what: str) -> None:
    manager = Relationships(batch, context.region).manager(context.account)
    if manager is not None:
        raise BadRequest(f"The request is rejected because the current account is a member account and cannot {what}: "
                         f"its administrator is {manager.account}.")


def _take_away(batch: Batch, context: Context) -> None:
    for kind in _BELONGING:
        for one in batch.configured(kind, context.account, context.region):
            batch.unconfigure(kind, one.account, one.region, one.id)
            if isinstance(one, Destination):
                batch.drop_publications(destination=EXPORT + one.id)
            if isinstance(one, SavedList):
                drop_unused(batch, one.digest)


def _service_role(context: Context) -> str:
    return (f"arn:{partition_of(context.region)}:iam::{context.account}:role/aws-service-role/guardduty.amazonaws.com/"
            "AWSServiceRoleForAmazonGuardDuty")
