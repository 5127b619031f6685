"""What the store gives and takes: one struct a kind of row. Times are milliseconds since the epoch."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from vedette.logs.times import parse_time


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A log object that was read to its end, or that cannot be read at all."""

    source: str
    object: str
    """The log object's locator."""
    version: str
    state: Literal["done", "failed"] = "done"
    kind: str = ""
    records: int = 0
    dead: int = 0
    passed_over: int = 0
    bytes: int = 0
    first_time: int | None = None
    last_time: int | None = None
    reason: str = ""
    """Why it failed."""
    seq: int = 0
    """Order of entry, given by the store."""


class KeptLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter as the store keeps it: `vedette.logs.kinds.DeadLetter` with its object."""

    seq: int
    """Order of entry; `Store.dead_letters` goes on after it."""
    object: str
    version: str
    position: int
    reason: str
    sample: str


class KeyedState(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one key of a keyed detector between batches. The store does not look into the bytes."""

    detector: str
    key: str
    version: int = 1
    settled: bytes = b""
    pending: bytes = b""
    watermark: int = 0
    """The event time (ms) at which the key is to be looked at again, new rows or none."""


class DueKey(NamedTuple):
    """A key of a keyed detector that is to be looked at again."""

    detector: str
    key: str


S3_DATA = "s3-data"
"""The kind that S3's data events are counted as; they stand among CloudTrail's records."""
LAMBDA_NETWORK = "lambda-network"
"""The kind that Lambda functions' flow records are counted as."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was analysed of an account's and Region's logs of one kind (on a day)."""

    account: str
    region: str
    kind: str
    """A log kind, or `S3_DATA`."""
    resource: str = ""
    """The bucket that S3's data events are about; empty of the log kinds."""
    records: int
    bytes: int
    day: int = 0
    """Days since the epoch; given by the store."""


TriageStatus = Literal["OPEN", "UNDER_REVIEW", "RESOLVED"]
"""Where the work on a finding stands, in the words of other consoles. Three are enough: what the work showed, a true
alarm or a false one, the feedback says, and that nobody wants to see it, the archive."""

OPEN: TriageStatus = "OPEN"
"""The status of a finding of which nobody said anything."""


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What rules and people said of a finding."""

    suppressed_by: str = ""
    """The filter that archived it when it was new."""
    feedback: str = ""
    """USEFUL or NOT_USEFUL."""
    comments: str = ""
    """What was said with the feedback."""
    status: TriageStatus = OPEN
    assignee: str = ""
    """Who works on it; empty: nobody."""


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """The promoted columns of a finding."""

    id: str
    """32 hex digits."""
    detector_id: str
    account: str
    region: str
    type: str
    severity: float
    resource_type: str
    instance_id: str = ""
    interface_id: str = ""
    access_key_id: str = ""
    principal_id: str = ""
    bucket: str = ""
    archived: bool = False
    count: int = 1
    first_seen: int
    last_seen: int
    created: int
    updated: int

    def disagreement(self, document: dict[str, Any]) -> str:
        """The field in which ``document`` says something else than this row; empty when they agree."""
        service = document["service"]
        pairs = (
            ("id", self.id, document["id"]),
            ("accountId", self.account, document["accountId"]),
            ("region", self.region, document["region"]),
            ("type", self.type, document["type"]),
            ("severity", self.severity, document["severity"]),
            ("createdAt", self.created, parse_time(document["createdAt"])),
            ("updatedAt", self.updated, parse_time(document["updatedAt"])),
            ("resource.resourceType", self.resource_type, document["resource"]["resourceType"]),
            ("service.detectorId", self.detector_id, service["detectorId"]),
            ("service.archived", self.archived, service["archived"]),
            ("service.count", self.count, service["count"]),
            ("service.eventFirstSeen", self.first_seen, parse_time(service["eventFirstSeen"])),
            ("service.eventLastSeen", self.last_seen, parse_time(service["eventLastSeen"])),
        )
        return next((name for name, ours, theirs in pairs if ours != theirs), "")
