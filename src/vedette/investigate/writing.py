"""Writes the report of what was gathered: the risk and how sure it is, the phases, who took part, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from vedette.investigate.advice import actions_of
from vedette.investigate.case import (
    MOST,
    RELATED,
    SAMPLE,
    Case,
    attack,
    indicators,
    indicators_of,
    most,
    severities,
    weeks,
)
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.finding_entities import entities_of
from vedette.investigate.profile import line_of
from vedette.investigate.report import RISKS, Confidence, Counted, Involved, Line, Phase, Report, Risk, Technique
from vedette.investigate.report_data import recommendation
from vedette.investigate.tactics import TACTICS, TECHNIQUES, phase_of
from vedette.publish.severity import band_of


def written(case: Case) -> Report:
    """The report."""
    subject, finding = case.subject, case.findings[0] if case.subject.kind == "FINDING" else None
    exhibits = case.exhibits
    risk, risk_reasons = _risk(case)
    confidence, confidence_reasons = _confidence(case)
    phases = _phases(case.findings)
    involved = _involved(case)
    actions = actions_of(case.findings[:1] if finding else case.findings, involved, risk, case.unseen, exhibits)
    title = _title(case)
    observations = [one.narrative for one in exhibits if one.verdict != "NEUTRAL"][:25] or [
        one.narrative for one in exhibits][:25]
    case.step("ANALYSIS", "Judged the risk", " ".join(risk_reasons), analysis={
        "analysisType": "THREAT_ASSESSMENT", "threatAssessment": {"assessment": " ".join(risk_reasons)[:4096]},
        "indicators": indicators_of(case.findings[:1] if finding else case.findings)})
    case.step("OBSERVATION", "What to do", " ".join(f"{one.title}." for one in actions), observation={
        "observationType": "RECOMMENDATION", "recommendations": [
            recommendation(one) for one in actions[:25]]})
    case.step("UPDATE", "The report is written", title)
    return Report(
        kind=subject.kind, title=title, account=finding["accountId"] if finding else subject.account or case.account,
        region=finding["region"] if finding else case.region, finding_id=finding["id"] if finding else "",
        finding_type=finding["type"] if finding else "", entity=subject.entity, since=case.since, until=case.until,
        risk=risk, risk_reasons=risk_reasons, confidence=confidence, confidence_reasons=confidence_reasons,
        observations=observations, unseen=list(dict.fromkeys(case.unseen)), timeline=sorted(set(case.timeline)),
        exhibits=exhibits, involved=involved, phases=phases, actions=actions,
        indicators=indicators(case.findings),
        findings=[_line(one) for one in case.findings[:RELATED + 1]], total=case.total,
        severities=severities(case.findings),
        types=[Counted(*one) for one in most(one["type"] for one in case.findings)][:50],
        resources=_resources(case.findings),
        accounts=[Counted(*one) for one in most(one["accountId"] for one in case.findings)], weeks=weeks(case),
        steps=case.steps)


def _title(case: Case) -> str:
    subject = case.subject
    if subject.kind == "FINDING":
        return f"{case.findings[0]['type']} in account {case.findings[0]['accountId']}"
    many = f"{case.total if case.total <= MOST else f'More than {MOST}'} findings"
    if subject.entity is not None:
        return f"{many} that name {subject.entity.kind} {subject.entity.value}"[:1024]
    return f"{many} in account {subject.account}" if subject.kind == "ACCOUNT" else f"{many} in the organization"


def _risk(case: Case) -> tuple[Risk, list[str]]:
    threats = [one for one in case.exhibits if one.verdict == "THREAT"]
    benign = [one for one in case.exhibits if one.verdict == "BENIGN"]
    standing = [one for one in case.findings if not one["service"]["archived"]]
    if case.subject.kind == "FINDING":
        finding = case.findings[0]
        if finding["title"].startswith(SAMPLE):
            return "Info", ["The finding is a sample."]
        place = RISKS.index(band_of(finding["severity"]))
        reasons = [f"The finding's severity is {finding['severity']:g} ({band_of(finding['severity'])})."]
        grave = any(one.title == "Other grave findings" for one in threats)
    elif standing:
        worst = max(standing, key=lambda one: (one["severity"], one["id"]))
        place = RISKS.index(band_of(worst["severity"]))
        reasons = [(f"The gravest finding that is not archived has the severity {worst['severity']:g} "
                    f"({band_of(worst['severity'])}): {worst['type']}.")]
        grave = any(one.title.startswith("Several phases") for one in threats)
    else:
        return "Info", ["There is no finding that is not archived."]
    if grave and len(threats) > 1:
        place = min(place + 1, len(RISKS) - 1)
        reasons.append("It is raised by one, since other grave findings or several phases of an attack meet here.")
    elif benign and not threats:
        place = max(place - 1, 1)
        reasons.append(f"It is lowered by one, since nothing speaks for a threat and this against: "
                       f"{'; '.join(one.title for one in benign)}.")
    else:
        reasons.append(f"{len(threats)} exhibits speak for a threat, {len(benign)} against.")
    return RISKS[place], reasons


def _confidence(case: Case) -> tuple[Confidence, list[str]]:
    verdicts = {one.verdict for one in case.exhibits} - {"NEUTRAL"}
    reasons = []
    place = 1
    looked = [one for one in case.profiles.values() if any(log.since is not None for log in one.logs)]
    if looked and not case.unseen:
        place += 1
        reasons.append("The event history could be looked at.")
    else:
        reasons.append("Not all could be looked at." if case.unseen else "The event history was not looked at.")
    if len(verdicts) == 1 and sum(one.verdict != "NEUTRAL" for one in case.exhibits) > 1:
        place += 1
        reasons.append("All exhibits that say anything say the same.")
    elif len(verdicts) > 1:
        reasons.append("Some exhibits speak for a threat, others against.")
    else:
        reasons.append("Few exhibits say anything.")
    names: tuple[Confidence, ...] = ("Unknown", "Low", "Medium", "High")
    return names[place], reasons


def _phases(findings: Sequence[dict[str, Any]]) -> list[Phase]:
    met: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one in findings:
        for technique in attack(one["type"]):
            if phase := phase_of(one["type"], technique):
                met.setdefault(phase, {}).setdefault(technique, []).append(one)
    return [Phase(name=name, tactic=TACTICS[name], techniques=[
        Technique(id=technique, name=TECHNIQUES[technique].name, findings=[one["id"] for one in those][:100],
                  types=sorted({one["type"] for one in those})) for technique, those in sorted(met[name].items())])
        for name in TACTICS if name in met]


def _involved(case: Case) -> list[Involved]:
    counts: Counter[Entity] = Counter()
    roles: dict[Entity, Any] = {}
    for one in case.findings:
        for named in entities_of(one):
            counts[named.entity] += 1
            if roles.get(named.entity, "other") == "other":
                roles[named.entity] = named.role
    own = {named.entity for named in entities_of(case.findings[0])} if case.subject.kind == "FINDING" else set()
    order = sorted(counts, key=lambda one: (one not in own, -counts[one], one))
    return [
        Involved(kind=one.kind, value=one.value, role=roles[one], findings=counts[one],
                 first_seen=case.profiles[one].first_seen if one in case.profiles else None,
                 last_seen=case.profiles[one].last_seen if one in case.profiles else None)
        for one in order[:50]]


RESOURCE_TYPES = {
    EntityKind.INSTANCE: "EC2_INSTANCE", EntityKind.BUCKET: "S3_BUCKET", EntityKind.ACCESS_KEY: "IAM_ACCESS_KEY",
    EntityKind.FUNCTION: "LAMBDA_FUNCTION", EntityKind.CLUSTER: "EKS_CLUSTER", EntityKind.POD: "KUBERNETES_WORKLOAD",
    EntityKind.DATABASE: "RDS_INSTANCE", EntityKind.DATABASE_USER: "RDS_DB_USER",
}
"""What the service model calls those that it has a name for."""


def _resources(findings: Sequence[dict[str, Any]]) -> list[tuple[str, str, int]]:
    counts = Counter(named.entity for one in findings for named in entities_of(one) if named.role != "other"
                     and named.kind in RESOURCE_TYPES)
    return [(RESOURCE_TYPES[one.kind], one.value, count)
            for one, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:50]]


def _line(document: dict[str, Any]) -> Line:
    line = line_of(document)
    return Line(id=line.id, type=line.type, title=line.title, severity=line.severity, count=line.count,
                first_seen=line.first_seen, last_seen=line.last_seen, archived=line.archived, account=line.account_id,
                region=line.region)
