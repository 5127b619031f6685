"""Investigations: asked for in words, made by rules, told as text, as data and step by step."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from vedette import __version__
from vedette.api.errors import AccessDenied, BadRequest
from vedette.api.investigations import accounts_seen, found_investigation
from vedette.api.operation import Context, operation
from vedette.findings.configuration import DetectorSettings
from vedette.findings.investigations import Investigation
from vedette.findings.membership import administrator_of, watched
from vedette.investigate.investigator import report_of
from vedette.investigate.prompt import Subject, subject_of
from vedette.investigate.report import RISKS
from vedette.investigate.report_data import records_of, summary_data
from vedette.investigate.report_text import text_of

A_DAY, IN_ALL = 10, 100
"""How many an account may start within 24 hours, and ever."""

_DAY = 86_400_000
_CONFIDENCES = ("Unknown", "Low", "Medium", "High")
_STATUSES = ("RUNNING", "COMPLETED", "FAILED")

T = TypeVar("T")


@operation("CreateInvestigation", changes=True)
def create_investigation(
    context: Context, *, detector_id: str, trigger_prompt: str, client_token: str = ""  # noqa: ARG001
) -> dict[str, Any]:
    """Look into what the prompt names: a finding, something that findings name, an account, or all of them."""
    settings = context.detector(detector_id)
    if administrator := administrator_of(context.store, context.account, context.region):
        raise AccessDenied(f"Only the administrator account {administrator} can create investigations.")
    _refuse_unless_enabled(settings)
    subject = _subject(context, trigger_prompt)
    now = context.clock()
    with context.store.transaction() as batch:
        there = batch.configured(Investigation, context.account, context.region)
        if sum(one.started > now - _DAY for one in there) >= A_DAY or len(there) >= IN_ALL:
            raise BadRequest(f"The request is rejected because an account can start {A_DAY} investigations within 24 "
                             f"hours, and {IN_ALL} in all, in a Region.")
        made = Investigation(
            account=context.account, region=context.region, id=secrets.token_hex(16), created=now, updated=now,
            prompt=trigger_prompt, started=now, subject=msgspec.json.encode(subject).decode())
        batch.configure(made)
    return {"InvestigationId": made.id}


@operation("GetInvestigation", changes=False)
def get_investigation(
    context: Context, *, detector_id: str, investigation_id: str, summary_format: str = "STRING"
) -> dict[str, Any]:
    """One investigation, and what it came to."""
    context.detector(detector_id)
    found = found_investigation(context, investigation_id)
    told: dict[str, Any] = {
        "investigationId": found.id, "status": found.status, "triggerPrompt": found.prompt,
        "triggeredBy": found.account, "startTime": found.started,
        "metadata": {"version": __version__, "product": {"name": "Vedette", "feature": "Investigation by rules"}}}
    if found.ended:
        told["endTime"] = found.ended
    if found.error:
        told["error"] = found.error
    report = report_of(context.store, found)
    if report is not None:
        scope: dict[str, Any] = {"investigationType": report.kind}
        if report.kind == "FINDING":
            scope["findingId"] = report.finding_id
        else:
            scope["accountId" if report.kind == "ACCOUNT" else "adminAccountId"] = report.account
            scope["queryTimeWindow"] = {"startTime": report.since, "endTime": report.until}
        told |= {
            "cloud": {"provider": "AWS", "region": report.region, "account": report.account},
            "riskLevel": report.risk, "risk": " ".join(report.risk_reasons)[:1024], "confidence": report.confidence,
            "scope": scope}
        if summary_format == "STRUCTURED":
            told["summaryData"] = summary_data(report)
        else:
            told["summary"] = text_of(report)
    return {"Investigation": told}


@operation("ListInvestigations", changes=False)
def list_investigations(
    context: Context, *, detector_id: str, filter_criteria: Mapping[str, Any] | None = None,
    sort_criteria: Mapping[str, Any] | None = None, max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """The investigations that the caller sees, the newest first unless another order is asked for."""
    context.detector(detector_id)
    criterion = (filter_criteria or {}).get("criterion") or {}
    seen = [one for account in accounts_seen(context)
            for one in context.store.configured(Investigation, account, context.region)]
    chosen = [one for one in seen if all(
        _fits(_ATTRIBUTES[name](one), condition) for name, condition in criterion.items())]
    order = sort_criteria or {}
    key = _ORDERS[order.get("attributeName", "START_TIME")]
    chosen.sort(key=lambda one: (key(one), one.id), reverse=order.get("orderBy", "DESC") == "DESC")
    page, token = _page(chosen, lambda one: one.id, max_results, next_token)
    return {"Investigations": [_summary(one) for one in page]} | token


@operation("ListInvestigationRecords", changes=False)
def list_investigation_records(
    context: Context, *, detector_id: str, investigation_id: str, record_types: Sequence[str] = (),
    max_results: int = 20, next_token: str = "",
) -> dict[str, Any]:
    """The steps of an investigation's reasoning, in their order."""
    context.detector(detector_id)
    found = found_investigation(context, investigation_id)
    report = report_of(context.store, found)
    records = [] if report is None else [
        one for one in records_of(report, found.prompt, found.started, found.ended)
        if not record_types or one["type"] in record_types]
    page, token = _page(records, lambda one: one["recordId"], max_results, next_token)
    return {"InvestigationId": found.id, "Status": found.status, "Records": page} | token


def _refuse_unless_enabled(settings: DetectorSettings) -> None:
    feature = settings.features.get("AI_ANALYST")
    if feature is None or not feature.enabled:
        raise BadRequest("The request is rejected because the feature AI_ANALYST is not enabled: enable it with "
                         "UpdateDetector. Nothing here asks a language model.")


def _subject(context: Context, prompt: str) -> Subject:
    own = watched(context.store, context.account, context.region)

    def is_finding(finding_id: str) -> bool:
        return any(one["service"]["detectorId"] in own for one in context.store.get([finding_id]))

    found = subject_of(prompt, context.account, is_finding)
    if found is None:
        raise BadRequest(
            "The request is rejected because triggerPrompt names no finding of this detector, no account and nothing "
            "that findings name: write for example \"Investigate finding ID\", \"Analyze findings in account "
            f"{context.account}\" or \"Investigate 198.51.100.7\".")
    if found.account and found.account not in accounts_seen(context):
        raise BadRequest(f"The request is rejected because {found.account} is neither this account nor one of its "
                         "members.")
    return found


def _summary(one: Investigation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "investigationId": one.id, "status": one.status, "triggerPrompt": one.prompt, "startTime": one.started,
        "accountId": one.about or one.account}
    if one.ended:
        told["endTime"] = one.ended
    if one.status == "COMPLETED":
        told |= {"riskLevel": one.risk, "confidence": one.confidence, "title": one.title[:1024],
                 "investigationType": one.kind}
        if one.finding_id:
            told["findingId"] = one.finding_id
        if one.kind == "ORGANIZATION":
            told["adminAccountId"] = one.about
    return told


_ATTRIBUTES: Mapping[str, Callable[[Investigation], str]] = {
    "STATUS": lambda one: one.status, "RISK_LEVEL": lambda one: one.risk, "CONFIDENCE": lambda one: one.confidence,
    "FINDING_ID": lambda one: one.finding_id, "INVESTIGATION_TYPE": lambda one: one.kind}

_ORDERS: Mapping[str, Callable[[Investigation], Any]] = {
    "START_TIME": lambda one: one.started, "END_TIME": lambda one: one.ended,
    "STATUS": lambda one: _STATUSES.index(one.status),
    "RISK_LEVEL": lambda one: RISKS.index(one.risk) if one.risk in RISKS else -1,
    "CONFIDENCE": lambda one: _CONFIDENCES.index(one.confidence) if one.confidence in _CONFIDENCES else -1}


def _fits(value: str, condition: Mapping[str, Any]) -> bool:
    equals, others = condition.get("equals"), condition.get("notEquals")
    return (equals is None or value in equals) and (others is None or value not in others)


def _page(things: Sequence[T], name: Callable[[T], str], most: int, token: str) -> tuple[
    list[T], dict[str, str]
]:
    """Some of the things, beginning after the one that the token names, and ``NextToken`` if there are more."""
    begin = 0
    if token:
        names = [name(one) for one in things]
        try:
            begin = names.index(urlsafe_b64decode(token.encode()).decode()) + 1
        except ValueError:
            raise BadRequest("The request is rejected because nextToken is not one that this operation has given."
                             ) from None
    page = list(things[begin : begin + most])
    if begin + most >= len(things):
        return page, {}
    return page, {"NextToken": urlsafe_b64encode(name(page[-1]).encode()).decode()}
