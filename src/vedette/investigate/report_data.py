"""A report as the service model's structures have it, by their wire names. Times are milliseconds."""

from __future__ import annotations

from typing import Any

from vedette.investigate.report import Action, Defense, Report
from vedette.investigate.tactics import VERSION

_DEFENSES: tuple[Defense, ...] = ("Isolate", "Evict", "Restore", "Harden", "Detect")
_CATEGORIES: dict[Defense, str] = {
    "Isolate": "HARDENING", "Evict": "HARDENING", "Restore": "HARDENING", "Harden": "HARDENING", "Detect": "MONITORING"}


def summary_data(report: Report) -> dict[str, Any]:
    """``InvestigationSummaryData``."""
    narrative = " ".join([*report.risk_reasons, *report.confidence_reasons, *report.unseen])
    told: dict[str, Any] = {"keyObservations": {
        "title": report.title, "narrative": narrative, "observations": report.observations[:25]}}
    if report.kind == "FINDING":
        told |= {
            "findingType": report.finding_type, "threatAssessment": {"attackProgression": _phases(report)},
            "countermeasures": [
                {"defenseTactic": defense, "actions": [
                    _action(one) for one in report.actions if one.defense == defense][:25]}
                for defense in _DEFENSES if any(one.defense == defense for one in report.actions)]}
        return told
    told["recommendations"] = [recommendation(one) for one in report.actions[:25]]
    severities = {band: report.severities[band] for band in ("critical", "high", "medium", "low")}
    findings: dict[str, Any] = {
        "totalFindings": report.total, "severityBreakdown": {**severities, "info": 0},
        "topFindingTypes": [{"findingType": one.name, "count": one.count} for one in report.types],
        "byTimeWindow": [{"startTime": one.start, "endTime": one.end, "findingCount": one.count}
                         for one in report.weeks]}
    if report.kind == "ORGANIZATION":
        told["organizationAnalysis"] = {
            "findingsSummary": {**findings, "affectedAccountCount": len(report.accounts)},
            "accountBreakdown": [{"accountId": one.name, "findingCount": one.count} for one in report.accounts[:20]]}
        return told
    told["accountAnalysis"] = {
        "findingsSummary": findings, "tacticCoverage": [
            {"phase": phase.name,
             "findingCount": len({one for technique in phase.techniques for one in technique.findings}),
             "findingTypes": sorted({one for technique in phase.techniques for one in technique.types})[:50],
             "techniques": [
                 {"technique": {"name": one.name, "uid": one.id}, "findingCount": len(one.findings),
                  "findingTypes": one.types[:50]} for one in phase.techniques]} for phase in report.phases],
        "affectedResources": [
            {"type": kind, "identifier": name, "findingCount": count} for kind, name, count in report.resources]}
    return told


def records_of(report: Report, prompt: str, started: int, ended: int) -> list[dict[str, Any]]:
    """``InvestigationRecord``s: what was asked, each step, and how long it took."""
    asked = {"recordId": "0001", "type": "UPDATE", "title": "The investigation was asked for", "narrative": prompt,
             "createdAt": started}
    records = [asked]
    for number, step in enumerate(report.steps, 2):
        one: dict[str, Any] = {"recordId": f"{number:04}", "type": step.type, "title": step.title, "createdAt": ended}
        if step.narrative:
            one["narrative"] = step.narrative
        if step.data:
            one["supportingData"] = step.data
        records.append(one)
    records.append({
        "recordId": f"{len(records) + 1:04}", "type": "METADATA", "title": "How long it took", "createdAt": ended,
        "supportingData": {"metadata": {"totalTimeMilliseconds": max(ended - started, 0)}}})
    return records


def recommendation(action: Action) -> dict[str, Any]:
    """``Recommendation``."""
    return {"title": action.title, "rationale": action.said, "category": _CATEGORIES[action.defense],
            "priority": action.priority, "cliCommands": action.commands[:20]}


def _phases(report: Report) -> list[dict[str, Any]]:
    types = {one.id: one.type for one in report.findings}
    return [
        {"phase": phase.name,
         "description": ", ".join(sorted({one for each in phase.techniques for one in each.types})),
         "attacks": [
             {"tactic": {"name": phase.name, "uid": phase.tactic}, "technique": {"name": one.name, "uid": one.id},
              "findings": [{"uid": uid, **({"findingType": types[uid]} if uid in types else {})}
                           for uid in one.findings], "version": VERSION} for one in phase.techniques[:25]]}
        for phase in report.phases]


def _action(action: Action) -> dict[str, Any]:
    return {"title": action.title, "description": action.said, "priority": action.priority,
            "mitigates": action.mitigates[:20], "cliCommands": action.commands[:20],
            "affectedResources": [{"type": kind, "identifier": name} for kind, name in action.resources]}
