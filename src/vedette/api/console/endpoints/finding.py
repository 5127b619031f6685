"""One finding: the records behind it, and why it was made."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta

from vedette.api.console.endpoint import endpoint
from vedette.api.console.seen import OneFinding, document_of
from vedette.api.errors import BusyError
from vedette.api.operation import Context
from vedette.detectors.catalogue import catalogue
from vedette.detectors.signal import Evidence
from vedette.engine.evidence import Raw, kept_rows, raw_evidence
from vedette.errors import HistoryError
from vedette.findings.membership import watched
from vedette.findings.rows import LedgerEntry
from vedette.findings.store import MAX_EVIDENCE
from vedette.investigate.entity import EntityKind
from vedette.investigate.finding_entities import entities_of, findings_of
from vedette.investigate.profile import line_of
from vedette.logs.kinds import LogKind
from vedette.logs.times import parse_time

SECONDS = 15.0
"""For reading a page's records from their objects."""

PATIENCE = 1.0
"""Seconds that others are waited for who read records."""

READING = 2
"""Pages whose records are read at once: each may wait for a slow store, and holds a thread of those that read."""

LONGEST = 262_144
"""Bytes of a record that are told."""

RELATED = 50
"""Findings."""

AROUND = 86_400_000
"""How long (ms) before and after a finding another one is related to it."""

_NAMES_MANY = frozenset({EntityKind.ACCOUNT, EntityKind.USER_AGENT})
"""What findings have in common that have nothing to do with each other."""

_log = structlog.get_logger(__name__)
_reading = threading.BoundedSemaphore(READING)


class EvidencePage(OneFinding, frozen=True, kw_only=True):
    """Some of its records."""

    offset: Annotated[int, Meta(ge=0, le=MAX_EVIDENCE)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_EVIDENCE)] = 50


@endpoint("GET", "/findings/{id}/evidence")
def get_evidence(context: Context, asked: EvidencePage) -> dict[str, Any]:
    """The raw records, read from the logs; where they are gone, as the event history has them."""
    context.detector(asked.detector_id)
    document_of(context, asked, context.store)
    kept = context.store.evidence(asked.id)
    page = kept[asked.offset : asked.offset + asked.limit]
    entries = context.store.ledger_of({(one.object, one.version) for one in page})

    def endpoint_of(one: Evidence) -> str | None:
        entry = entries.get((one.object, one.version))
        source = context.running.sources.get(entry.source) if entry else None
        return source.endpoint_url if source else None

    if not _reading.acquire(timeout=PATIENCE):
        raise BusyError("The request is rejected because others' records are being read: try again.")
    try:
        found = list(raw_evidence(page, endpoint_of, SECONDS))
    finally:
        _reading.release()
    logs = {one: _logs(entries.get((one.object, one.version))) for one in page}
    rows = _kept(context, {one: logs[one] for one, raw in found if raw.missing})
    return {"total": len(kept), "records": [_record(one, raw, logs[one], rows.get(one)) for one, raw in found]}


@endpoint("GET", "/findings/{id}/explanation", from_outside=False)
def get_explanation(context: Context, asked: OneFinding) -> dict[str, Any]:
    """Why it was made, what it names, and what else happened to these around that time."""
    context.detector(asked.detector_id)
    document = document_of(context, asked, context.store)
    kind = catalogue().types.get(document["type"])
    named = entities_of(document)
    return {
        "detectors": [{"name": one.name, "doc": one.doc or ""} for one in catalogue().detectors_of(document["type"])],
        "severityNote": kind.severity_note if kind else "",
        "attack": list(kind.attack) if kind else [],
        "remedy": kind.remedy if kind else "",
        "profiles": _profiles(document),
        "entities": named,
        "related": _related(context, document),
    }


def _logs(entry: LedgerEntry | None) -> tuple[LogKind, ...]:
    """The logs that an object's records are of; none, when that is not known."""
    named = entry.kind.split(",") if entry else ()
    return tuple(log for log in LogKind if log.value in named)


def _kept(context: Context, missing: Mapping[Evidence, tuple[LogKind, ...]]) -> dict[Evidence, str]:
    """What the event history has of records whose objects are gone."""
    running = context.running
    if running.history is None or not missing:
        return {}
    try:
        return kept_rows((running.history.folder, running.archive),
                         {one: logs or tuple(LogKind) for one, logs in missing.items()}, SECONDS)
    except HistoryError as error:
        _log.warning("the event history cannot be read", reason=str(error))
        return {}


def _record(one: Evidence, raw: Raw, logs: tuple[LogKind, ...], row: str | None) -> dict[str, Any]:
    text = raw.text if not raw.missing else row
    told = (text or "").encode("utf-8", "replace")
    return {
        "time": one.time, "object": one.object, "position": one.position, "version": one.version,
        "log": logs[0] if len(logs) == 1 else None,
        "text": None if text is None else told[:LONGEST].decode("utf-8", "ignore"), "truncated": len(told) > LONGEST,
        "missing": raw.missing or None}


def _profiles(document: Mapping[str, Any]) -> Any:
    text = document["service"].get("additionalInfo", {}).get("value") or "null"
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _related(context: Context, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    service = document["service"]
    since = parse_time(service["eventFirstSeen"]) - AROUND
    until = parse_time(service["eventLastSeen"]) + AROUND
    seen = watched(context.store, context.account, context.region)
    found: dict[str, dict[str, Any]] = {}
    for one in entities_of(document):
        if one.role == "other" or one.kind in _NAMES_MANY:
            continue
        for other in findings_of(context.store, one.entity, seen, since, until, RELATED + 1):
            if other["id"] != document["id"]:
                found.setdefault(other["id"], {
                    "why": f"the same {one.kind.replace('-', ' ')}: {one.value}", "finding": line_of(other)})
    newest = sorted(found.values(), key=lambda one: -one["finding"].last_seen)
    return list(islice(newest, RELATED))
