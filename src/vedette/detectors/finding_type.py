"""A finding type: its name, how bad it is, what it needs and what to say about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vedette.errors import CatalogueError

LOW, MEDIUM, HIGH, CRITICAL = 2.0, 5.0, 8.0, 9.0
"""The values GuardDuty's findings carry for each band (Low 1–3.9, Medium 4–6.9, High 7–8.9, Critical 9–10)."""

_NAME = re.compile(r"[A-Za-z]+:[A-Za-z0-9]+/[A-Za-z0-9&]+(\.[A-Za-z0-9]+)?(![A-Za-z]+)?$")


class Plan(StrEnum):
    """The GuardDuty protection plan that a finding type belongs to."""

    FOUNDATIONAL = "FOUNDATIONAL"
    S3_DATA_EVENTS = "S3_DATA_EVENTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingType:
    """Everything that is the same for each finding of a type.

    ``title`` and ``description`` are templates over the words of `vedette.findings.words`: they can name only what a
    signal carries. ``severity`` is the usual value; where the detector judges it, ``severity_note`` says how.
    """

    name: str
    severity: float
    plan: Plan
    resource: str
    title: str
    description: str
    attack: tuple[str, ...]
    """MITRE ATT&CK technique ids."""
    remedy: str
    """What to do, in a few sentences."""
    severity_note: str = ""

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise CatalogueError("is not Purpose:Resource/Family.Mechanism!Artifact", where=self.name)
        if not 1 <= self.severity <= 10:
            raise CatalogueError(f"severity {self.severity} is not between 1 and 10", where=self.name)

    def __str__(self) -> str:
        return self.name
