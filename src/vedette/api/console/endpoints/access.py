"""Who may come in to an account, and what was changed by whom: for its admins, to be read and not changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.audit_reading import Tail, Told, Wanted, read_back
from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.operation import Context
from vedette.findings.configuration import EVERYWHERE, ApiKey

_Time = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]


class Audited(Asked, frozen=True, kw_only=True):
    """Some of the audit log's entries."""

    before: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    who: Annotated[str, Meta(max_length=200)] = ""
    what: Annotated[str, Meta(max_length=200)] = ""
    since: _Time | None = None
    until: _Time | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


@endpoint("GET", "/access", admins_only=True)
def get_access(context: Context, asked: Asked) -> dict[str, Any]:  # noqa: ARG001
    """The account's console users and access keys; of neither what it comes in with."""
    uses = context.access.key_uses()
    return {
        "users": [{"name": one.name, "role": one.role, "createdAt": one.created, "lastSeen": one.visited}
                  for one in context.store.console_users() if one.account == context.account],
        "keys": [{"id": one.id, "name": one.name, "role": one.role, "createdAt": one.created,
                  "revokedAt": one.revoked or None, "lastUsed": uses.get(one.id)}
                 for one in context.store.configured(ApiKey, context.account, EVERYWHERE)],
    }


@endpoint("GET", "/audit", admins_only=True)
def list_audit(context: Context, asked: Audited) -> dict[str, Any]:
    """The account's calls that were to change something, in all Regions, the newest first: those that are asked for."""
    file = context.access.audit_log
    tail = Tail([], None) if file is None else read_back(
        file, context.account, asked.before, asked.limit,
        Wanted(asked.who, asked.what, _moment(asked.since), _moment(asked.until)))
    return {"entries": [_shown(one) for one in tail.entries], "before": tail.before}


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def _shown(told: Told) -> dict[str, Any]:
    return {
        "time": round(told.time.timestamp() * 1000), "requestId": told.request_id, "consoleUser": told.console_user,
        "accessKeyId": told.access_key_id, "role": told.role, "region": told.region, "operation": told.operation,
        "sourceAddress": told.source_address, "parameters": told.parameters, "outcome": told.outcome,
        "message": told.message,
    }
