"""Which logs came from which account and Region, when last, and with which gaps."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.console.endpoints.catalogue import LOGS, RECENT
from vedette.api.looking import known_at
from vedette.api.operation import Context
from vedette.api.operations.usage import DAY, FEATURES
from vedette.detectors.blindness import blind, loaded_in
from vedette.detectors.catalogue import catalogue
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.receptions import HOUR, Place, Reception
from vedette.logs.kinds import LogKind


class Receptions(Asked, frozen=True, kw_only=True):
    """Some of the places of which the caller sees findings."""

    detector_id: Annotated[str, Meta(max_length=300)]
    account: Annotated[str, Meta(max_length=12)] = ""
    """How its id begins."""
    region: Annotated[str, Meta(max_length=40)] = ""
    silent_hours: Annotated[int, Meta(ge=1, le=1440)] | None = None
    """Places where a log that came before has been silent for so long."""
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


@endpoint("GET", "/receptions")
def list_receptions(context: Context, asked: Receptions) -> dict[str, Any]:
    """A page of places, by account and Region: what of each log came last, gaps, plans, how many types are blind."""
    context.detector(asked.detector_id)
    now = context.clock()
    detectors = {(one.account, one.region): one for one in context.store.configured(DetectorSettings)}
    members = {(one.id, one.region) for one in context.store.configured(Member, context.account)
               if one.relationship == "Enabled"}
    latest = {(one.account, one.region): one.since
              for one in context.store.heard_places({context.account, *(account for account, _ in members)})}
    own = {place for place in (*latest, *detectors) if place[0] == context.account}
    places = sorted(
        place for place in members | own
        if place[0].startswith(asked.account) and (not asked.region or place[1] == asked.region)
        and (asked.silent_hours is None or now - latest.get(place, now) >= asked.silent_hours * HOUR))
    shown = places[asked.offset:asked.offset + asked.limit]
    heard: dict[Place, dict[str, Reception]] = {place: {} for place in shown}
    for one in context.store.receptions(shown):
        heard[one.account, one.region][one.kind] = one
    return {
        "total": len(places),
        "regions": sorted({region for _, region in members | own}),
        "days": RECENT,
        "places": [{
            "accountId": account, "region": region,
            "blind": _blind_types(
                frozenset(LOGS.get(one.kind, one.kind) for one in logs.values() if now - one.received < RECENT * DAY),
                loaded_in(known_at(context, account, region))),
            "logs": [_told(kind, logs.get(kind), detectors.get((account, region)), now) for kind in FEATURES],
        } for (account, region), logs in heard.items()],
    }


def _told(kind: str, log: Reception | None, detector: DetectorSettings | None, now: int) -> dict[str, Any]:
    """A log of a place; what is not known of it is null."""
    return {
        "log": kind, "plan": _plan(detector, FEATURES[kind]),
        "receivedAt": log.received if log else None,
        "lastRecord": log.last_record if log else None,
        "knownSince": log.known_since if log else None,
        "gaps": [{"since": since, "until": until} for since, until in log.gaps(now)] if log else [],
    }


def _plan(detector: DetectorSettings | None, feature: str) -> str:
    """Whether what a feature finds there becomes findings that can be read."""
    if detector is None:
        return "none"
    if not detector.enabled:
        return "suspended"
    setting = detector.features.get(feature)
    return "on" if setting is None or setting.enabled else "off"


@lru_cache(256)
def _blind_types(read: frozenset[str], loaded: frozenset[str]) -> int:
    return len(blind(catalogue(), [kind for kind in LogKind if kind in read], loaded))
