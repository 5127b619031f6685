"""The rules by which the findings of an account, of all accounts, or of something that they name are judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from vedette.investigate.case import (
    LINKING,
    NAMED,
    RELATED,
    Case,
    attack,
    counted,
    moment,
    severities,
    shown,
    shown_counts,
    weeks,
)
from vedette.investigate.entity import Entity
from vedette.investigate.finding_entities import entities_of
from vedette.investigate.report import Moment
from vedette.investigate.tactics import TACTICS, phase_of
from vedette.publish.severity import band_of


def judge_account(case: Case) -> None:
    """Say what speaks for and against a threat, and what happened when."""
    standing = [one for one in case.findings if not one["service"]["archived"]]
    archived = len(case.findings) - len(standing)
    bands = Counter(band_of(one["severity"]) for one in standing)
    for band in ("Critical", "High"):
        mine = [one for one in standing if band_of(one["severity"]) == band]
        if mine:
            case.exhibit(f"{band} findings", (
                f"{len(mine)} findings that are not archived are of {band.lower()} severity: "
                f"{shown(one['type'] for one in mine)}."), "THREAT", [one["id"] for one in mine])
    if standing and not bands["Critical"] and not bands["High"]:
        case.exhibit("No grave findings", f"None of the {len(standing)} findings that are not archived is of high or "
                     "critical severity.", "NEUTRAL", [one["id"] for one in standing[:100]])
    if archived:
        case.exhibit("Archived findings", f"{archived} findings are archived, by rules or by people.", "BENIGN",
                     [one["id"] for one in case.findings if one["service"]["archived"]][:100])
    if not case.findings:
        case.exhibit("No findings", "There is no finding of the last 90 days.", "BENIGN")
    _gathered(case, standing)
    if case.subject.entity is not None:
        _entity_history(case, case.subject.entity)
    case.began(case.findings[:RELATED])
    case.step("OBSERVATION", "Findings by severity", shown_counts(bands.most_common()) or "There are none.",
              observation={"observationType": "DISTRIBUTION", "distribution": {
                  "dimension": "SEVERITY", "totalFindings": len(case.findings),
                  "severityBreakdown": severities(case.findings)}})
    case.step("OBSERVATION", "Archived and not archived", f"{archived} are archived, {len(standing)} are not.",
              observation={"observationType": "DISTRIBUTION", "distribution": {
                  "dimension": "ARCHIVE", "totalFindings": len(case.findings), "archive": {
                      "archivedCount": archived, "unarchivedCount": len(standing)}}})
    told = weeks(case)
    case.step("ANALYSIS", "Findings by week", shown_counts(
        [(moment(week.start)[:10], week.count) for week in told if week.count]) or "There are none.", analysis={
            "analysisType": "TREND", "accountAnalysis": {"trend": {
                "granularity": "WEEK", "startTime": case.since, "endTime": case.until,
                "totalFindings": len(case.findings), "byTimeWindow": [
                    {"startTime": week.start, "endTime": week.end, "findingCount": week.count} for week in told]}}})


def _gathered(case: Case, standing: Sequence[dict[str, Any]]) -> None:
    """Things on which findings of several phases meet."""
    met: dict[Entity, dict[str, list[str]]] = {}
    for one in standing:
        phases = {phase for technique in attack(one["type"]) if (phase := phase_of(one["type"], technique))}
        for entity in {named.entity for named in entities_of(one) if named.kind in LINKING}:
            for phase in phases:
                met.setdefault(entity, {}).setdefault(phase, []).append(one["id"])
    worst = sorted(((entity, phases) for entity, phases in met.items() if len(phases) >= 3),
                   key=lambda one: (-len(one[1]), one[0]))
    for entity, those in worst[:NAMED]:
        ordered = [name for name in TACTICS if name in those]
        case.exhibit(f"Several phases meet on {entity.kind} {entity.value}", (
            f"Findings of {len(those)} phases of an attack name it: {', '.join(ordered)}."), "THREAT",
            {one for ids in those.values() for one in ids})


def _entity_history(case: Case, entity: Entity) -> None:
    told = case.profile(entity, case.since, case.until)
    if told is None:
        return
    if told.first_seen is None:
        missing = [str(one.log) for one in told.logs if one.since is None]
        case.unseen += [f"Nothing was received of {', '.join(missing)}, which could name it."] if missing else []
        case.exhibit("Not in the history", f"No record of the event history names {entity.kind} {entity.value}.",
                     "NEUTRAL")
        return
    case.read_records("Read its records", told, f"{counted(told)} records of 90 days name it.")
    case.timeline.append(Moment(told.first_seen, f"{entity.kind} {entity.value} was first seen in the history"))
    case.timeline.append(Moment(told.last_seen or told.first_seen,
                                f"{entity.kind} {entity.value} was last seen in the history"))
    failed = sum(one.failed for one in told.calls)
    case.exhibit("What it did", (
        f"{counted(told)} records of 90 days name it; {len(told.calls)} different calls are among them, "
        f"{failed} of which failed; {len(told.peers)} others are named together with it."), "NEUTRAL")
