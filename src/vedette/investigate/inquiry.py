"""Looks into a finding, an account or something that findings name, by rules, and writes the report.

Each rule reads findings, their evidence, the event history or the lists, and says what it found as an exhibit with a
verdict. What cannot be looked at is said, and speaks neither for nor against a threat.
"""

from __future__ import annotations

from typing import Any

from vedette.detectors.catalogue import catalogue
from vedette.errors import VedetteError
from vedette.findings.filters import FindingCriteria
from vedette.investigate.account_rules import judge_account
from vedette.investigate.alike import DAY
from vedette.investigate.case import LINKING, MOST, RELATED, Case
from vedette.investigate.finding_entities import entities_of, findings_of
from vedette.investigate.finding_rules import judge_finding
from vedette.investigate.profile import Sources
from vedette.investigate.prompt import Subject
from vedette.investigate.report import Report
from vedette.investigate.writing import written
from vedette.publish.severity import band_of

LOOKED_BACK = 90 * DAY
"""How long before it is asked for (ms)."""


class NotThereError(VedetteError):
    """What was to be looked into is not there any more."""


def investigate(sources: Sources, subject: Subject, account: str, region: str, asked: int) -> Report:
    """Look into a subject as of ``asked`` (ms).

    Args:
        sources: what may be looked at.
        subject: what is looked into.
        account: who asks.
        region: where.
        asked: when.

    Raises:
        NotThereError: the finding is not there any more.
        HistoryError: the event history cannot be read.
    """
    since = asked - LOOKED_BACK
    if subject.kind == "FINDING":
        case = _finding_case(sources, subject, account, region, since, asked)
    else:
        case = _account_case(sources, subject, account, region, since, asked)
    _tell_of_history(case)
    if subject.kind == "FINDING":
        judge_finding(case)
    else:
        judge_account(case)
    return written(case)


def _finding_case(
    sources: Sources, subject: Subject, account: str, region: str, since: int, until: int
) -> Case:
    found = [one for one in sources.store.get([subject.finding_id])
             if sources.detectors is None or one["service"]["detectorId"] in sources.detectors]
    if not found:
        raise NotThereError("the finding is not there any more", where=subject.finding_id)
    finding = found[0]
    related = {one["id"]: one for named in entities_of(finding) if named.kind in LINKING
               for one in findings_of(sources.store, named.entity, sources.detectors, since, until, RELATED)}
    related.pop(finding["id"], None)
    newest = sorted(related.values(), key=lambda one: (one["service"]["eventLastSeen"], one["id"]), reverse=True)
    case = Case(sources, subject, account, region, since, until, [finding, *newest[:RELATED]], 1 + len(related))
    case.step("FETCH", "Read the finding", f"{finding['type']}: {finding['title']}", fetch={
        "fetchType": "FINDINGS", "query": {"findingId": finding["id"]},
        "result": {"itemIds": [finding["id"]], "totalCount": 1}})
    kind = catalogue().types.get(finding["type"])
    if kind is not None:
        case.step("FETCH", "Read what is known of the finding's type", kind.remedy, fetch={
            "fetchType": "FINDING_TYPE_DOCUMENTATION", "query": {"findingType": finding["type"][:100]},
            "result": {"documentation": {"severity": band_of(kind.severity), "feature": str(kind.plan),
                                         "remediation": kind.remedy[:4096]}}})
    case.step("FETCH", "Looked for findings that name the same", (
        f"{len(related)} other findings of the 90 days before name something that this finding names."), fetch={
            "fetchType": "FINDINGS", "query": {"criteria": [
                {"field": "service.eventLastSeen", "condition": "GREATER_THAN_OR_EQUAL", "values": [str(since)]}]},
            "result": {"itemIds": sorted(related)[:50], "totalCount": len(related)}})
    return case


def _account_case(
    sources: Sources, subject: Subject, account: str, region: str, since: int, until: int
) -> Case:
    if subject.entity is not None:
        documents = findings_of(sources.store, subject.entity, sources.detectors, since, until, MOST)
        total, said = len(documents), f"{subject.entity.kind} {subject.entity.value}"
    else:
        criterion: dict[str, Any] = {"service.eventLastSeen": {"greaterThanOrEqual": since},
                                     "service.eventFirstSeen": {"lessThan": until}}
        if subject.kind == "ACCOUNT":
            criterion["accountId"] = {"equals": [subject.account]}
        criteria = FindingCriteria.parse({"criterion": criterion})
        ids = sources.store.list(
            criteria, ("service.eventLastSeen", "DESC"), MOST + 1, detectors=sources.detectors).ids
        documents, total = sources.store.get(ids[:MOST]), len(ids)
        said = f"account {subject.account}" if subject.kind == "ACCOUNT" else "all accounts"
    case = Case(sources, subject, account, region, since, until, documents, total)
    many = f"{total}" if total <= MOST else f"more than {MOST}"
    case.step("FETCH", "Read the findings", f"{many} findings of 90 days are of {said}.", fetch={
        "fetchType": "FINDINGS", "query": {"criteria": [
            {"field": "service.eventLastSeen", "condition": "GREATER_THAN_OR_EQUAL", "values": [str(since)]}]},
        "result": {"itemIds": [one["id"] for one in documents[:50]], "totalCount": total}})
    if total > MOST:
        case.unseen.append(f"There are more than {MOST} findings; the newest {MOST} were looked at.")
    return case


def _tell_of_history(case: Case) -> None:
    if case.sources.past is None:
        case.unseen.append("No event history is kept: what was usual before, and what else was done, is not known.")
