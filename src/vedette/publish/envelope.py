"""A finding in the event that EventBridge delivers for GuardDuty, and the JSON text that is sent."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from vedette.logs.times import format_time
from vedette.publish.destination import Finding

DETAIL_TYPE = "GuardDuty Finding"

AWS_SOURCE = "aws.guardduty"
"""The source of GuardDuty's own events. EventBridge refuses it from anybody but AWS."""


def event(finding: Finding, now: int, source: str = AWS_SOURCE) -> dict[str, Any]:
    """The event, dated ``now`` (ms)."""
    return {
        "version": "0",
        "id": event_id(finding),
        "detail-type": DETAIL_TYPE,
        "source": source,
        "account": finding["accountId"],
        "time": format_time(now)[:19] + "Z",
        "region": finding["region"],
        "resources": [],
        "detail": finding,
    }


def event_id(finding: Finding) -> str:
    """A UUID of what the finding says: who gets the same event twice can tell."""
    return content_id(compact_json(finding))


def content_id(text: str) -> str:
    """A UUID of a text."""
    return str(UUID(bytes=sha256(text.encode()).digest()[:16], version=4))


def compact_json(value: Any) -> str:
    """JSON on one line, in ASCII: queues and topics refuse some characters that JSON allows."""
    return json.dumps(value, separators=(",", ":"))
