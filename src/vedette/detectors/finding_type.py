"""A finding type: its name, how bad it is, what it needs and what to say about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vedette.errors import CatalogueError
from vedette.intel.categories import Category

LOW, MEDIUM, HIGH, CRITICAL = 2.0, 5.0, 8.0, 9.0
"""The values GuardDuty's findings carry for each band (Low 1–3.9, Medium 4–6.9, High 7–8.9, Critical 9–10)."""

PURPOSES = frozenset({
    "AttackSequence", "Backdoor", "Behavior", "CredentialAccess", "CryptoCurrency", "DefenseEvasion",
    "DefenseImpairment", "Discovery", "Execution", "Exfiltration", "Impact", "InitialAccess", "LateralMovement",
    "Object", "PenTest", "Persistence", "Policy", "PrivilegeEscalation", "Recon", "ResourceDevelopment", "Stealth",
    "Trojan", "UnauthorizedAccess",
})
"""GuardDuty's threat purposes. Tools that read findings sort them by these, so a type of one's own has one too."""

OWN = ".Vedette"
"""How the name of a type that GuardDuty does not have ends (before its artifact): who detects it."""

THREAT_LIST = frozenset({"threat-list"})
"""A threat list of the user's own."""
AWS_RANGES = frozenset({"aws-ranges"})
INVENTORY = frozenset({"inventory"})
"""What the user gave of instances and their tags; not what the logs teach."""
GEO = frozenset({"geo"})
"""A database of where addresses are, with coordinates."""


def feeds(*categories: Category) -> frozenset[str]:
    """A feed of any of these categories."""
    return frozenset(f"feed:{category}" for category in categories)


_NEED = re.compile(f"threat-list|aws-ranges|inventory|geo|feed:({'|'.join(Category)})")

_NAME = re.compile(r"[A-Za-z]+:[A-Za-z0-9]+/[A-Za-z0-9&]+(\.[A-Za-z0-9]+)?(![A-Za-z]+)?$")


class Plan(StrEnum):
    """The GuardDuty protection plan that a finding type belongs to."""

    FOUNDATIONAL = "FOUNDATIONAL"
    S3_DATA_EVENTS = "S3_DATA_EVENTS"
    EKS_AUDIT_LOGS = "EKS_AUDIT_LOGS"
    RDS_LOGIN_EVENTS = "RDS_LOGIN_EVENTS"
    RDS_DATA_RISK = "RDS_DATA_RISK"
    """Configured of the feature before it."""
    LAMBDA_NETWORK_LOGS = "LAMBDA_NETWORK_LOGS"
    AI_PROTECTION = "AI_PROTECTION"
    CUSTOM_DETECTION_RULES = "CUSTOM_DETECTION_RULES"
    """No feature: each rule is off until it is turned on."""


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
    needs: tuple[frozenset[str], ...] = ()
    """What must be loaded for it to fire: of each of these at least one (`THREAT_LIST`, `feeds`, …). `vedette coverage`
    calls it blind without. That a few harmless names for testing fire without a feed does not make it see."""

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise CatalogueError("is not Purpose:Resource/Family.Mechanism!Artifact", where=self.name)
        if self.name.partition(":")[0] not in PURPOSES:
            raise CatalogueError(f"begins with none of GuardDuty's purposes: {', '.join(sorted(PURPOSES))}",
                                 where=self.name)
        for need in self.needs:
            if not need or not all(_NEED.fullmatch(one) for one in need):
                raise CatalogueError("needs takes THREAT_LIST, AWS_RANGES, INVENTORY, GEO and feeds(…), in a tuple",
                                     where=self.name)
        if not 1 <= self.severity <= 10:
            raise CatalogueError(f"severity {self.severity} is not between 1 and 10", where=self.name)

    def __str__(self) -> str:
        return self.name
