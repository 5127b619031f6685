"""How the server does: its sources, destinations, history, and what it could not read."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.operation import Context, Running
from vedette.detectors.catalogue import catalogue
from vedette.detectors.guardduty_types import guardduty_types
from vedette.engine.history_files import begin_of, hours_of
from vedette.findings.configuration import Destination, Member
from vedette.findings.policy import EXPORT
from vedette.logs.kinds import LogKind
from vedette.sources.delivery import promise


class DeadLetters(Asked, frozen=True, kw_only=True):
    """Some of them."""

    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


@endpoint("GET", "/health")
def get_health(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """What is read, how late, what is sent, and which plans have a detector here."""
    now, running = context.clock(), context.running
    failing = running.failing()
    exports = [EXPORT + one.id for one in context.store.configured(Destination, context.account, context.region)]
    total, _ = context.store.dead_letters_of(_seen_by(context), 0)
    return {
        "sources": [{
            "name": one.source,
            "kind": running.sources[one.source].kind if one.source in running.sources else "",
            "up": not one.failure,
            "lagSeconds": one.lag(now) // 1000,
            "waitingObjects": one.waiting,
            "records": sum(one.records.values()),
            "deadLetters": one.dead_letters,
            "lastRecord": one.last_event,
            "error": one.failure or None,
        } for one in running.progress()],
        "destinations": [
            {"name": name, "up": name not in failing, "waiting": context.store.backlog(name, now).waiting}
            for name in (*context.destinations, *exports)],
        "history": {"days": running.history_days, "on": running.history is not None, "since": _since(running)},
        "deadLetters": total,
        "features": _features(),
    }


@endpoint("GET", "/dead-letters", admins_only=True)
def list_dead_letters(context: Context, asked: DeadLetters) -> dict[str, Any]:
    """What could not be read, the newest first: of objects whose names tell no account, or one that the caller sees."""
    total, found = context.store.dead_letters_of(_seen_by(context), asked.limit, asked.offset)
    entries = context.store.ledger_of({(one.object, one.version) for one in found})

    def of(place: tuple[str, str], name: str) -> Any:
        return getattr(entries[place], name) or None if place in entries else None

    return {"total": total, "deadLetters": [{
        "object": one.object, "position": None if one.position < 0 else one.position, "reason": one.reason,
        "time": of((one.object, one.version), "last_time"), "log": of((one.object, one.version), "kind"),
    } for one in found]}


def _seen_by(context: Context) -> Callable[[str], bool]:
    """Whether an object's records may be seen, by its name."""
    members = context.store.configured(Member, context.account, context.region)
    accounts = {"", context.account, *(one.id for one in members if one.relationship == "Enabled")}
    return lambda name: _account_of(name) in accounts


@lru_cache(16_384)
def _account_of(name: str) -> str:
    """The account that an object's name tells; empty when it tells none."""
    return promise(name).account


def _since(running: Running) -> int | None:
    """The hour (ms) with which the history begins; None too where it was moved to an archive."""
    if running.history is None or running.archive is not None:
        return None
    begins = (begin_of(hour) for log in LogKind for hour in hours_of(running.history.folder / log))
    return min((begin for begin in begins if begin is not None), default=None)


def _features() -> list[dict[str, Any]]:
    """GuardDuty's plans, and whether anything here belongs to them."""
    types = catalogue().types
    built: dict[str, bool] = {}
    for one in guardduty_types():
        built[one.plan] = built.get(one.plan, False) or one.type in types
    return [{"plan": plan, "built": there} for plan, there in built.items()]
