"""Who is in findings, and in which phases of an attack they are: what the lanes of a time line are made of."""

from __future__ import annotations

from typing import Any

from vedette.api.console.endpoint import endpoint
from vedette.api.console.seen import SomeFindings, documents_of
from vedette.api.operation import Context
from vedette.investigate.case import attack
from vedette.investigate.finding_entities import entities_of
from vedette.investigate.tactics import phase_of


@endpoint("POST", "/named", from_outside=False)
def list_named(context: Context, asked: SomeFindings) -> dict[str, Any]:
    """What some findings name; ids of none that the account sees are passed over."""
    context.detector(asked.detector_id)
    found = documents_of(context, asked.finding_ids, context.store)
    return {"named": [
        {"id": one, "entities": entities_of(found[one]), "tactics": _tactics(found[one]["type"])}
        for one in dict.fromkeys(asked.finding_ids) if one in found]}


def _tactics(type_name: str) -> list[str]:
    """What a type's techniques serve, the most telling first; none, where ATT&CK has no name for it."""
    return list(dict.fromkeys(phase for one in attack(type_name) if (phase := phase_of(type_name, one))))
