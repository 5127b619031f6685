"""What logs and findings tell of an address, a principal, an instance and so on."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.errors import BadRequest
from vedette.api.looking import asked_entity, looking, sources_of
from vedette.api.operation import Context
from vedette.findings.membership import watched
from vedette.investigate.alike import DAY
from vedette.investigate.events import FURTHEST, Events, events
from vedette.investigate.finding_entities import search
from vedette.investigate.naming import logs_of
from vedette.investigate.profile import Profile, profile
from vedette.logs.kinds import LogKind

LONGEST = 366 * DAY
"""The longest time (ms) that is looked at at once."""

_Moment = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]


class _Entity(Asked, frozen=True, kw_only=True):
    kind: str
    value: str
    since: _Moment
    until: _Moment


class _Events(_Entity, frozen=True, kw_only=True):
    log: str
    offset: Annotated[int, Meta(ge=0, le=FURTHEST)] = 0
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class _Sought(Asked, frozen=True, kw_only=True):
    q: Annotated[str, Meta(min_length=1, max_length=200)]
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


@endpoint("GET", "/entities")
def list_entities(context: Context, asked: _Sought) -> dict[str, Any]:
    """Entities of findings in whose value a text stands."""
    own = watched(context.store, context.account, context.region)
    return {"entities": [
        {"kind": entity.kind, "value": entity.value, "findings": count}
        for entity, count in search(context.store, asked.q, own, asked.limit)]}


@endpoint("GET", "/profile")
def get_profile(context: Context, asked: _Entity) -> Profile:
    """An entity's profile."""
    _checked(asked)
    entity = asked_entity(asked.kind, asked.value)
    with looking():
        return profile(sources_of(context), entity, asked.since, asked.until)


@endpoint("GET", "/events")
def list_events(context: Context, asked: _Events) -> Events:
    """The records of a log that name an entity, the newest first."""
    _checked(asked)
    entity = asked_entity(asked.kind, asked.value)
    logs = logs_of(entity.kind)
    if asked.log not in logs:
        raise BadRequest(f"The request is rejected because log must be one of {', '.join(logs)}.")
    with looking():
        return events(sources_of(context), entity, LogKind(asked.log), asked.since, asked.until, asked.offset,
                      asked.limit)


def _checked(asked: _Entity) -> None:
    if not asked.since < asked.until <= asked.since + LONGEST:
        raise BadRequest("The request is rejected because until must be after since, at most 366 days.")
