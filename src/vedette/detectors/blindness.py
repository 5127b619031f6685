"""Which finding types cannot fire now, and what their detectors lack: logs to read, or what must be loaded."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from vedette.detectors.catalogue import Catalogue
from vedette.detectors.declare import Detector
from vedette.detectors.finding_type import AWS_RANGES, GEO, INVENTORY, THREAT_LIST, FindingType, feeds
from vedette.detectors.known import Known
from vedette.intel.limits import ListKind
from vedette.logs.kinds import LogKind


class Hindrance(NamedTuple):
    """Why a detector cannot find a type."""

    unread: tuple[LogKind, ...]
    """Kinds of logs that it reads and that did not come."""
    needs: tuple[frozenset[str], ...]
    """Of each of these, as of `FindingType.needs`, nothing is loaded."""


def loaded_in(known: Known) -> frozenset[str]:
    """All that `FindingType.needs` can name and that is there."""
    threats = [info for info in known.intel.lists if info.kind is ListKind.THREAT]
    return frozenset().union(
        THREAT_LIST if any(info.custom for info in threats) else (),
        feeds(*(info.category for info in threats if info.category and not info.custom)),
        AWS_RANGES if len(known.aws) else (), INVENTORY if any(True for _ in known.inventory.facts()) else (),
        GEO if known.geo.has_places else (),
    )


def missing(kind: FindingType, loaded: frozenset[str]) -> tuple[frozenset[str], ...]:
    """What a type needs and is not loaded."""
    return tuple(need for need in kind.needs if not need & loaded)


def blind(types: Catalogue, read: Collection[LogKind], loaded: frozenset[str]) -> dict[str, list[Hindrance]]:
    """Every type that no detector can find now, by name, with what hinders each of them: one without that would do."""
    found = {
        name: [_hindrance(one, kind, read, loaded) for one in types.detectors_of(name)]
        for name, kind in types.types.items()}
    return {name: each for name, each in found.items() if all(one.unread or one.needs for one in each)}


def _hindrance(one: Detector, kind: FindingType, read: Collection[LogKind], loaded: frozenset[str]) -> Hindrance:
    return Hindrance(tuple(sorted(one.kinds - set(read))), missing(kind, loaded))
