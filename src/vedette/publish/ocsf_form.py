"""OCSF in place of GuardDuty's own form, for the destinations that take either: buckets and webhooks."""

from __future__ import annotations

from typing import Any

from vedette.detectors.catalogue import catalogue
from vedette.publish.destination import Finding
from vedette.publish.ocsf import ocsf

FOLDER = "VedetteOCSF"
"""What stands in a bucket's keys in place of ``GuardDuty``."""


def ocsf_line(finding: Finding) -> dict[str, Any]:
    """The finding as an OCSF Detection Finding, for `S3Export`."""
    known = catalogue().types.get(finding["type"])
    return ocsf(finding, known.attack if known else ())


def ocsf_post(finding: Finding, now: int) -> dict[str, Any]:  # noqa: ARG001
    """The same, for `Webhook`."""
    return ocsf_line(finding)
