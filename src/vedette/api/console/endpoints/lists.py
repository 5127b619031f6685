"""The lists made over the API, of every kind, why those that could not be loaded could not, and those that the server's
configuration names; and which of them hold an address or a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.errors import BadRequest
from vedette.api.looking import known_to
from vedette.api.operation import Context
from vedette.engine.active_lists import KINDS, in_force
from vedette.findings.configuration import SavedList
from vedette.intel.addresses import ipv4_number
from vedette.intel.entries import DOMAIN
from vedette.intel.limits import ListKind
from vedette.intel.lookup import Intel, ListInfo, Match
from vedette.intel.special_ranges import is_public_number

_LONGEST_NAME = 253

_Held = Mapping[tuple[str, str, ListKind, bool], ListInfo]
"""Lists in force, by name, version, and what they say of what."""


class Lists(Asked, frozen=True, kw_only=True):
    """The lists of a detector's account and Region."""

    detector_id: Annotated[str, Meta(max_length=300)]


class Listed(Lists, frozen=True, kw_only=True):
    """An address or a name that may be on them."""

    value: Annotated[str, Meta(max_length=300)]


@endpoint("GET", "/lists")
def list_lists(context: Context, asked: Lists) -> dict[str, Any]:
    """Every list, by name. ``error`` is told of all kinds: GuardDuty's API tells it of entity sets only."""
    context.detector(asked.detector_id)
    held = {(one.name, one.version, one.kind, one.entities): one for one in known_to(context).intel.lists if one.custom}
    there = [one for one in context.store.configured(SavedList, context.account, context.region)
             if one.status != "DELETED"]
    return {"lists": [_shown(one, held) for one in sorted(there, key=lambda one: (one.name, one.id))],
            "everywhere": _everywhere(context)}


@endpoint("GET", "/listed")
def list_listed(context: Context, asked: Listed) -> dict[str, Any]:
    """The entries that hold an address or a name, the most specific first, and what follows from them."""
    context.detector(asked.detector_id)
    intel = known_to(context).intel
    text = asked.value.strip()
    number = ipv4_number(text)
    if number >= 0:
        return _address(intel, text, public=is_public_number(number))
    name = text.lower().removesuffix(".")
    if len(name) > _LONGEST_NAME or re.fullmatch(DOMAIN, name, re.ASCII) is None:
        raise BadRequest("The request is rejected because value is neither an IPv4 address nor a domain name: lists "
                         "hold these, and no IPv6 addresses and no hashes of files.")
    return _name(intel, name)


def _shown(saved: SavedList, held: _Held) -> dict[str, Any]:
    is_held = in_force(saved)
    info = held.get((saved.name, saved.digest, *KINDS[saved.kind])) if is_held else None
    return {
        "id": saved.id, "kind": saved.kind, "name": saved.name, "format": saved.format, "location": saved.location,
        "status": saved.status, "error": saved.error or None, "inForce": is_held, "updatedAt": saved.updated,
        "triedAgainAt": saved.again if saved.status == "ERROR" and saved.failures else None,
        "entries": info.size if info else None, "passedOver": info.ignored if info else {},
    }


def _everywhere(context: Context) -> list[dict[str, Any]]:
    """What holds for every account. Where it is read from is the server's own affair."""
    knowledge = context.running.knowledge
    there = knowledge().everywhere.intel.lists if knowledge else ()
    return [_named(one) | {"entries": one.size, "passedOver": one.ignored, "loadedAt": one.loaded_at} for one in there]


def _named(info: ListInfo) -> dict[str, Any]:
    return {"name": info.name, "trusted": info.kind is ListKind.TRUSTED, "category": info.category}


def _matched(matches: tuple[Match, ...]) -> list[dict[str, Any]]:
    return [_named(one.list) | {"entry": one.entry, "threatNames": one.threat_names} for one in matches]


def _address(intel: Intel, ip: str, *, public: bool) -> dict[str, Any]:
    return {"kind": "ip", "value": ip, "public": public, "trusted": intel.is_trusted_ip(ip),
            "matches": _matched(intel.entries_of_ip(ip)), "rank": None, "registeredAt": None}


def _name(intel: Intel, name: str) -> dict[str, Any]:
    return {"kind": "domain", "value": name, "public": True, "trusted": intel.is_trusted_domain(name),
            "matches": _matched(intel.entries_of_domain(name)), "rank": intel.rank(name) or None,
            "registeredAt": intel.registered_at(name)}
