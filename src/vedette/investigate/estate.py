"""What is known of the estate, by those who may see it: the inventory that the user gave and that the logs taught."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from vedette.detectors.known import Known
from vedette.findings.store import Reader
from vedette.inventory import Inventory
from vedette.inventory.fact import Fact
from vedette.investigate.wanted import Scope


def inventory_of(store: Reader, known: Known, scope: Scope | None) -> Inventory:
    """Everything that is known; with a scope, what is known to be of the accounts that it sees."""
    inventory = Inventory()
    for facts in (list(known.inventory.facts()), store.facts()):
        inventory.apply(facts if scope is None else _seen(facts, scope))
    return inventory


def _seen(facts: Iterable[Fact], scope: Scope) -> Iterator[Fact]:
    facts = list(facts)
    told = {(one.entity, one.field): msgspec.json.decode(one.value) for one in facts
            if one.field in ("account", "region")}
    for one in facts:
        account = told.get((one.entity, "account"))
        if account == scope.account or (
                account in scope.members and told.get((one.entity, "region")) == scope.region):
            yield one
