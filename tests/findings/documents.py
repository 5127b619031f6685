"""Findings to put into a store: small documents with what the store asks of each, and more as a test wants."""

from __future__ import annotations

from typing import Any

from vedette.findings.rows import FindingRow
from vedette.logs.times import format_time, parse_time

DETECTOR = "d" * 32


def document(number: int = 1, *, resource: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Finding ``number``. ``fields`` go into ``service``, or to the top where GuardDuty has them there."""
    top = {
        "id": f"{number:032x}", "accountId": "111122223333", "region": "eu-west-1", "type": "Recon:EC2/Portscan",
        "severity": 5.0, "createdAt": format_time(1_000_000), "updatedAt": format_time(2_000_000 + number),
    }
    service = {
        "detectorId": DETECTOR, "archived": False, "count": 1, "eventFirstSeen": format_time(1_000_000),
        "eventLastSeen": format_time(2_000_000),
    }
    for name, value in fields.items():
        (top if name in top else service)[name] = value
    return {**top, "resource": {"resourceType": "Instance", **(resource or {})}, "service": service}


def row_of(found: dict[str, Any], **promoted: str) -> FindingRow:
    """The row that goes with a document."""
    service = found["service"]
    return FindingRow(
        id=found["id"], detector_id=service["detectorId"], account=found["accountId"], region=found["region"],
        type=found["type"], severity=found["severity"], resource_type=found["resource"]["resourceType"],
        archived=service["archived"], count=service["count"], first_seen=parse_time(service["eventFirstSeen"]),
        last_seen=parse_time(service["eventLastSeen"]), created=parse_time(found["createdAt"]),
        updated=parse_time(found["updatedAt"]), **promoted)


def put(batch: Any, found: dict[str, Any], **promoted: str) -> None:
    """Write a document with nothing behind it."""
    batch.put_finding(row_of(found, **promoted), found, b"", [])
