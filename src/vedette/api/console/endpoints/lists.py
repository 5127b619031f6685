"""The lists made over the API, of every kind, and why those that could not be loaded could not."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.operation import Context
from vedette.engine.active_lists import in_force
from vedette.findings.configuration import SavedList


class Lists(Asked, frozen=True, kw_only=True):
    """The lists of a detector's account and Region."""

    detector_id: Annotated[str, Meta(max_length=300)]


@endpoint("GET", "/lists", from_outside=False)
def list_lists(context: Context, asked: Lists) -> dict[str, Any]:
    """Every list, by name. ``error`` is told of all kinds: GuardDuty's API tells it of entity sets only."""
    context.detector(asked.detector_id)
    there = [one for one in context.store.configured(SavedList, context.account, context.region)
             if one.status != "DELETED"]
    return {"lists": [{
        "id": one.id, "kind": one.kind, "name": one.name, "format": one.format, "location": one.location,
        "status": one.status, "error": one.error or None, "inForce": in_force(one), "updatedAt": one.updated,
        "triedAgainAt": one.again if one.status == "ERROR" and one.failures else None,
    } for one in sorted(there, key=lambda one: (one.name, one.id))]}
