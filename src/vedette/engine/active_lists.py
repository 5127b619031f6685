"""Which lists made over the API act where: those of an account and Region on its own records and its members'."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from vedette.detectors.known import Known
from vedette.engine.scoped import Place, Scopes
from vedette.errors import StoreError
from vedette.findings.configuration import ListKindName, Member, SavedList
from vedette.findings.store import Store
from vedette.intel.formats import ListFormat
from vedette.intel.limits import ListKind
from vedette.intel.lists import ListSpec, LoadedList, loaded_from

KINDS: Mapping[ListKindName, tuple[ListKind, bool]] = {
    "ipset": (ListKind.TRUSTED, False), "threatintelset": (ListKind.THREAT, False),
    "trustedentityset": (ListKind.TRUSTED, True), "threatentityset": (ListKind.THREAT, True),
}
"""What a list of each kind says of its entries, and whether these may be domains."""

_TRIES = 5

_Version = tuple[str, ...]
"""What tells a list in force from any other, and from itself as it was before."""


def spec_of(saved: SavedList) -> ListSpec:
    """The list as `vedette.intel` knows lists."""
    kind, entities = KINDS[saved.kind]
    return ListSpec(name=saved.name, location=saved.location, format=ListFormat(saved.format), kind=kind,
                    entities=entities)


def in_force(saved: SavedList) -> bool:
    """It acts: it is active, or is being loaded again or cannot be had, and still has what it had."""
    return bool(saved.digest) and saved.status in ("ACTIVE", "ACTIVATING", "ERROR")


class ActiveLists:
    """What is known everywhere, and the lists of the API on top of it, where they act.

    Each different combination of lists has an index of its own, with what is known everywhere copied into it: tenants
    with lists of their own cost memory, accounts without cost none.
    """

    def __init__(self, store: Store, everywhere: Known) -> None:
        self._store = store
        self._everywhere = everywhere
        self._lock = threading.Lock()
        self._loaded: dict[_Version, LoadedList] = {}
        self._known: dict[tuple[_Version, ...], Known] = {}
        self._rules: dict[Place, tuple[_Version, ...]] = {}
        self._scopes = Scopes(everywhere)

    def current(self) -> Scopes:
        """What is known now. The same object as long as nothing has changed; what is unchanged is not made anew.

        Raises:
            StoreError: the content of a list in force is not there.
        """
        with self._lock:
            for _ in range(_TRIES):
                saved = [one for one in self._store.configured(SavedList) if in_force(one)]
                rules = _ruling(saved, self._store.configured(Member))
                if rules == self._rules:
                    return self._scopes
                # What was replaced between two questions to the store is asked for again.
                if (loaded := self._load(saved)) is not None:
                    return self._renew(rules, loaded)
            missing = ", ".join(one.name for one in saved)
            raise StoreError("does not hold the content of every list in force", where=missing)

    def _load(self, saved: list[SavedList]) -> dict[_Version, LoadedList] | None:
        """The lists by version; None when the content of one is gone."""
        loaded: dict[_Version, LoadedList] = {}
        for one in saved:
            version = _version(one)
            held = self._loaded.get(version)
            if held is None:
                data = self._store.content(one.digest)
                if data is None:
                    return None
                held = loaded_from(spec_of(one), data, one.updated)
            loaded[version] = held
        return loaded

    def _renew(self, rules: dict[Place, tuple[_Version, ...]], loaded: dict[_Version, LoadedList]) -> Scopes:
        known: dict[tuple[_Version, ...], Known] = {}
        for ruling in rules.values():
            if ruling not in known:
                known[ruling] = self._known.get(ruling) or replace(
                    self._everywhere, intel=self._everywhere.intel.joined([loaded[version] for version in ruling]))
        self._rules, self._loaded, self._known = rules, loaded, known
        self._scopes = Scopes(self._everywhere, {place: known[ruling] for place, ruling in rules.items()})
        return self._scopes


def _version(saved: SavedList) -> _Version:
    return (saved.account, saved.region, saved.id, saved.kind, saved.name, saved.format, saved.location, saved.digest)


def _ruling(saved: list[SavedList], members: list[Member]) -> dict[Place, tuple[_Version, ...]]:
    """The lists that act in each place where any do: the place's own, then its administrator's."""
    own: dict[Place, tuple[_Version, ...]] = {}
    for one in saved:
        place = (one.account, one.region)
        own[place] = (*own.get(place, ()), _version(one))
    rules = dict(own)
    for member in members:
        if member.relationship == "Enabled" and (lists := own.get((member.account, member.region))):
            place = (member.id, member.region)
            rules[place] = (*own.get(place, ()), *lists)
    return rules
