"""A written investigation: what a report holds. Everything in it follows from findings, their evidence and the history.

The same logs and lists give the same report; it holds no time of its making.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from vedette.investigate.entity import Entity, EntityKind, Role
from vedette.investigate.prompt import Kind

VERSION = "1"
"""Of the rules by which reports are written."""

Verdict = Literal["THREAT", "BENIGN", "NEUTRAL"]
Risk = Literal["Info", "Low", "Medium", "High", "Critical"]
Confidence = Literal["Unknown", "Low", "Medium", "High"]
Priority = Literal["IMMEDIATE", "SHORT_TERM", "STRATEGIC"]
Defense = Literal["Isolate", "Evict", "Restore", "Harden", "Detect"]
StepType = Literal["OBSERVATION", "ANALYSIS", "FETCH", "UPDATE", "METADATA"]

Indicator = tuple[Literal["IP", "DOMAIN"], str]

RISKS: tuple[Risk, ...] = ("Info", "Low", "Medium", "High", "Critical")


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that speaks for or against a threat, or for neither."""

    title: str
    narrative: str
    verdict: Verdict
    findings: list[str] = []
    """Ids of those it was read from."""


class Moment(msgspec.Struct, frozen=True, order=True):
    """Something that happened."""

    time: int
    """ms."""
    said: str
    finding: str = ""
    """The id of the finding that tells of it."""


class Involved(msgspec.Struct, frozen=True, kw_only=True):
    """Who took part."""

    kind: EntityKind
    value: str
    role: Role
    findings: int
    first_seen: int | None = None
    last_seen: int | None = None
    """In the event history; None: it was not looked up there, or is not in it."""

    @property
    def entity(self) -> Entity:
        """Itself."""
        return Entity(self.kind, self.value)


class Technique(msgspec.Struct, frozen=True, kw_only=True):
    """A technique and what shows it."""

    id: str
    name: str
    findings: list[str]
    types: list[str]


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of the attack."""

    name: str
    tactic: str
    techniques: list[Technique]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    title: str
    said: str
    priority: Priority
    defense: Defense
    mitigates: list[str] = []
    commands: list[str] = []
    resources: list[tuple[str, str]] = []
    """Kinds as the service model has them, and identifiers."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the reasoning."""

    type: StepType
    title: str
    narrative: str = ""
    data: dict[str, Any] = {}
    """``SupportingData``, by the service model's names."""


class Counted(msgspec.Struct, frozen=True):
    """How many findings there are of something."""

    name: str
    count: int


class Week(msgspec.Struct, frozen=True):
    """How many findings were last seen in a week."""

    start: int
    end: int
    count: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that was looked at."""

    id: str
    type: str
    title: str
    severity: float
    count: int
    first_seen: int
    last_seen: int
    archived: bool
    account: str
    region: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An investigation's result."""

    version: str = VERSION
    kind: Kind
    title: str
    account: str
    region: str
    finding_id: str = ""
    finding_type: str = ""
    entity: Entity | None = None
    since: int
    until: int
    """What was looked at (ms)."""
    risk: Risk
    risk_reasons: list[str]
    confidence: Confidence
    confidence_reasons: list[str]
    observations: list[str]
    unseen: list[str]
    """What could not be looked at."""
    timeline: list[Moment]
    exhibits: list[Exhibit]
    involved: list[Involved]
    phases: list[Phase]
    actions: list[Action]
    indicators: list[Indicator]
    findings: list[Line]
    """All that were looked at, the newest first."""
    total: int
    """How many there are; more than were looked at, perhaps."""
    severities: dict[str, int]
    types: list[Counted]
    resources: list[tuple[str, str, int]]
    """Kind as the service model has it, identifier, findings."""
    accounts: list[Counted]
    weeks: list[Week]
    steps: list[Step]
