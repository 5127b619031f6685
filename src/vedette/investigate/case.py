"""What is gathered about something that is looked into, and how it is told in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from vedette.detectors.catalogue import catalogue
from vedette.findings.attributes import values_of
from vedette.investigate.alike import DAY
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.finding_entities import REMOTE
from vedette.investigate.profile import Profile, Sources, line_of, profile
from vedette.investigate.prompt import Subject
from vedette.investigate.report import Exhibit, Indicator, Moment, Step, Verdict, Week
from vedette.logs.kinds import LogKind
from vedette.logs.times import format_time
from vedette.publish.severity import band_of

MOST = 2000
"""Findings of an account that are looked at, the newest first."""

RELATED = 100
"""Findings that are looked at beside the one that is investigated, the newest first."""

LINKING = (
    EntityKind.ACCESS_KEY, EntityKind.PRINCIPAL, EntityKind.ROLE_SESSION, EntityKind.INSTANCE, EntityKind.INTERFACE,
    EntityKind.IP, EntityKind.BUCKET, EntityKind.POD, EntityKind.KUBERNETES_USER, EntityKind.DATABASE,
    EntityKind.DATABASE_USER, EntityKind.FUNCTION, EntityKind.DOMAIN)
"""What makes findings that name it related. A user agent, a cluster or an account is too many's."""

NAMED = 5
"""Of several names so many are told."""

SAMPLE = "[SAMPLE] "
"""How a sample's title begins."""

_WEEK = 7 * DAY


@dataclass
class Case:
    """What is gathered about a subject."""

    sources: Sources
    subject: Subject
    account: str
    region: str
    since: int
    until: int
    findings: list[dict[str, Any]]
    """All that are looked at, the newest first."""
    total: int
    exhibits: list[Exhibit] = field(default_factory=list)
    timeline: list[Moment] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    profiles: dict[Entity, Profile] = field(default_factory=dict)

    def step(self, kind: Literal["OBSERVATION", "ANALYSIS", "FETCH", "UPDATE"], title: str, narrative: str = "",
             **data: Any) -> None:
        """A step of the reasoning; ``data`` is its `Step.data`."""
        self.steps.append(Step(type=kind, title=title[:1024], narrative=narrative[:4096], data=data))

    def exhibit(self, title: str, narrative: str, verdict: Verdict, findings: Iterable[str] = ()) -> None:
        """Something that was read from findings or the history."""
        self.exhibits.append(Exhibit(title=title, narrative=narrative, verdict=verdict, findings=sorted(findings)))

    def read_records(self, title: str, told: Profile, narrative: str) -> None:
        """The step of reading an entity's records. The service model has a name for those of CloudTrail only."""
        if {one.log for one in told.activity} == {LogKind.CLOUDTRAIL}:
            self.step("FETCH", title, narrative, fetch={
                "fetchType": "CLOUD_TRAIL_RAW_EVENTS", "query": {"accountId": self.account},
                "result": {"totalCount": counted(told)}})
        else:
            self.step("UPDATE", title, narrative)

    def began(self, findings: Iterable[dict[str, Any]]) -> None:
        """Put into the timeline when findings were first seen."""
        for one in findings:
            self.timeline.append(Moment(
                line_of(one).first_seen, f"{one['type']} was first seen: {one['title']}", one["id"]))

    def profile(self, entity: Entity, since: int, until: int) -> Profile | None:
        """What the history has of an entity; None: there is no history."""
        if self.sources.past is None:
            return None
        if entity not in self.profiles:
            self.profiles[entity] = profile(self.sources, entity, since, until)
        return self.profiles[entity]


def severities(findings: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many findings each severity has."""
    counts = Counter(band_of(one["severity"]).lower() for one in findings)
    return {band: counts[band] for band in ("critical", "high", "medium", "low")}


def weeks(case: Case) -> list[Week]:
    """How many findings were last seen in each week that is looked at."""
    counts = Counter((line_of(one).last_seen - case.since) // _WEEK for one in case.findings)
    number = -(-(case.until - case.since) // _WEEK)
    return [Week(case.since + place * _WEEK, min(case.since + (place + 1) * _WEEK, case.until), counts[place])
            for place in range(number)]


def indicators(findings: Iterable[dict[str, Any]]) -> list[Indicator]:
    """The far addresses and the names that findings tell of, the first twenty."""
    found: set[Indicator] = set()
    for one in findings:
        found.update(("IP", value[:1024]) for value in values(one, REMOTE))
        found.update(("DOMAIN", value[:1024]) for value in values(one, ("service.action.dnsRequestAction.domain",)))
    return sorted(found)[:20]


def indicators_of(findings: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """The same by the service model's names."""
    return [{"type": kind, "value": value} for kind, value in indicators(findings)]


def attack(name: str) -> tuple[str, ...]:
    """The techniques of a finding type; none when no detector makes it any more."""
    kind = catalogue().types.get(name)
    return kind.attack if kind else ()


def values(finding: dict[str, Any], paths: Iterable[str]) -> list[str]:
    """What a finding has at some paths."""
    there = values_of(finding)
    return [value for path in paths for value in there.get(path, ())]


def counted(told: Profile) -> int:
    """How many records a profile tells of."""
    return sum(bucket.count for one in told.activity for bucket in one.buckets)


def most(names: Iterable[str]) -> list[tuple[str, int]]:
    """Names and how often each comes, the most frequent first."""
    return sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))


def shown(names: Iterable[str]) -> str:
    """The most frequent of some names, in words."""
    told = most(names)
    said = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in told[:NAMED])
    return said + (" and others" if len(told) > NAMED else "")


def shown_counts(counts: Iterable[tuple[str, int]]) -> str:
    """Names and numbers, in words."""
    return ", ".join(f"{name}: {count}" for name, count in counts)


def times(count: int) -> str:
    """How often, in words."""
    return "once" if count == 1 else f"{count} times"


def moment(ms: int) -> str:
    """A time (ms), in words."""
    return format_time(ms)[:19].replace("T", " ") + " UTC"
