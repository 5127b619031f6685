"""Looking for records in the event history, and searches that are kept for everybody of an account."""

from __future__ import annotations

import threading
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.errors import NO_SUCH_RESOURCE, BadRequest, BusyError, ResourceNotFound
from vedette.api.looking import asked_entity, sources_of
from vedette.api.operation import Context
from vedette.engine.history_derived import DERIVED
from vedette.engine.history_rows import SCHEMAS
from vedette.errors import VedetteError
from vedette.findings.saved_searches import SavedSearch
from vedette.investigate.alike import DAY
from vedette.investigate.conditions import OPERATORS, Condition, holds
from vedette.investigate.entity import LONGEST
from vedette.investigate.events import kinds_of
from vedette.investigate.search import Found, Question, check, search
from vedette.logs.kinds import LogKind

SPAN = 366 * DAY
"""The longest time (ms) that is searched at once."""

SEARCHING = 2
"""Searches at once: each holds a thread of those that read, and works on all processors."""

PATIENCE = 1.0
"""Seconds that other searches are waited for."""

MOST = 100
"""Searches that are kept in an account and Region."""

_Moment = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
_Text = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
_searching = threading.BoundedSemaphore(SEARCHING)


class _Condition(Condition, frozen=True, forbid_unknown_fields=True):
    column: Annotated[str, Meta(max_length=100)]
    value: Annotated[str, Meta(max_length=LONGEST)] = ""


class _Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    value: str


class _Search(Asked, frozen=True, kw_only=True):
    since: _Moment
    until: _Moment
    log: LogKind | None = None
    conditions: Annotated[tuple[_Condition, ...], Meta(max_length=50)] = ()
    entities: Annotated[tuple[_Entity, ...], Meta(max_length=10)] = ()
    texts: Annotated[tuple[_Text, ...], Meta(max_length=10)] = ()
    facets: Annotated[tuple[str, ...], Meta(max_length=10)] = ()
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    next_token: Annotated[str, Meta(max_length=8000)] = ""


class _Nothing(Asked, frozen=True, kw_only=True):
    pass


class _Name(Asked, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=64)]


class _Saved(_Name, frozen=True, kw_only=True):
    query: Annotated[str, Meta(min_length=1, max_length=8000)]


@endpoint("POST", "/search")
def search_records(context: Context, asked: _Search) -> Found:
    """Records of the event history that meet what is asked: how many, when, and the newest."""
    if not asked.since < asked.until <= asked.since + SPAN:
        raise BadRequest("The request is rejected because until must be after since, at most 366 days.")
    question = Question(
        since=asked.since, until=asked.until, log=asked.log, conditions=asked.conditions,
        entities=[asked_entity(one.kind, one.value) for one in asked.entities], texts=asked.texts,
        facets=list(dict.fromkeys(asked.facets)), limit=asked.limit, token=asked.next_token)
    try:
        check(question)
    except VedetteError as error:
        raise BadRequest(f"The request is rejected because {error}.") from error
    sources = sources_of(context)
    if not _searching.acquire(timeout=PATIENCE):
        raise BusyError("The request is rejected because others' searches are being made: try again.")
    try:
        return search(sources, question)
    finally:
        _searching.release()


@endpoint("GET", "/search/columns", from_outside=False)
def list_columns(context: Context, asked: _Nothing) -> dict[str, Any]:  # noqa: ARG001
    """The columns of each log that conditions can name, and how each can be compared."""
    return {"operators": OPERATORS, "logs": {log: [
        {"name": name, "holds": holds(log, name), "kind": kinds_of(log).get(name), "derived": name in DERIVED[log]}
        for name in (*SCHEMAS[log], *DERIVED[log])] for log in LogKind}}


@endpoint("GET", "/searches", from_outside=False)
def list_searches(context: Context, asked: _Nothing) -> dict[str, Any]:  # noqa: ARG001
    """Searches that are kept, by name."""
    kept = context.store.configured(SavedSearch, context.account, context.region)
    return {"searches": [{"name": one.id, "query": one.query, "by": one.by, "updatedAt": one.updated}
                         for one in sorted(kept, key=lambda one: one.id)]}


@endpoint("POST", "/searches", changes=True, for_analysts=True)
def save_search(context: Context, asked: _Saved) -> dict[str, Any]:
    """Keep a search, new or in place of the one of that name."""
    now = context.clock()
    with context.store.transaction() as batch:
        there = {one.id: one for one in batch.configured(SavedSearch, context.account, context.region)}
        before = there.get(asked.name)
        if before is None and len(there) >= MOST:
            raise BadRequest(f"The request is rejected because the account has {MOST} searches, which is the most.")
        batch.configure(SavedSearch(
            account=context.account, region=context.region, id=asked.name, query=asked.query, by=context.person.name,
            created=before.created if before else now, updated=now))
    return {}


@endpoint("DELETE", "/searches/{name}", changes=True, for_analysts=True)
def delete_search(context: Context, asked: _Name) -> dict[str, Any]:
    """Keep a search no longer."""
    with context.store.transaction() as batch:
        if not batch.unconfigure(SavedSearch, context.account, context.region, asked.name):
            raise ResourceNotFound(NO_SUCH_RESOURCE)
    return {}
