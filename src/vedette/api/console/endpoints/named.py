"""Who is in findings, and in which phases of an attack they are: what the lanes of a time line are made of."""

from __future__ import annotations

from typing import Any

from vedette.api.console.endpoint import endpoint
from vedette.api.console.seen import SomeFindings, documents_of
from vedette.api.operation import Context
from vedette.investigate.case import attack
from vedette.investigate.finding_entities import entities_of
from vedette.investigate.tactics import phases_of


@endpoint("POST", "/named", from_outside=False)
def list_named(context: Context, asked: SomeFindings) -> dict[str, Any]:
    """What some findings name; ids of none that the account sees are passed over."""
    context.detector(asked.detector_id)
    found = documents_of(context, asked.finding_ids, context.store)
    return {"named": [
        {"id": one, "entities": entities_of(found[one]), "tactics": phases_of(name, attack(name))}
        for one in dict.fromkeys(asked.finding_ids) if one in found for name in [found[one]["type"]]]}
