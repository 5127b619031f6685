"""Findings as events on an EventBridge bus. Needs ``events:PutEvents``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from vedette.publish.aws import Client, refusal, region_of, send_in_batches
from vedette.publish.destination import ARRIVED, DestinationError, Finding, Outcome
from vedette.publish.envelope import AWS_SOURCE, DETAIL_TYPE, compact_json

SOURCE = "vedette.guardduty"
"""AWS keeps ``aws.guardduty`` to itself: rules for findings name this source instead, or as well."""

_COUNT, _SIZE = 10, 256 << 10
_TIME_SIZE = 14


class EventBridge:
    """A bus, by name or ARN."""

    def __init__(
        self, bus: str = "default", *, source: str = SOURCE, endpoint_url: str | None = None, region: str | None = None,
    ) -> None:
        """The account and Region of an event are the bus's own; the finding names those it is about.

        Raises:
            DestinationError: the source is AWS's own, which real EventBridge refuses.
        """
        if source.startswith("aws.") and endpoint_url is None:
            raise DestinationError(f"{source!r} is kept for AWS: EventBridge takes another one, such as {SOURCE!r},"
                                   f" and {AWS_SOURCE!r} only at an endpoint of your own", where="source")
        self._bus = bus
        self._source = source
        self._client = Client("events", endpoint_url, region or region_of(bus))

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:
        """One event a finding."""
        entries = [self._entry(document, now) for document in documents]
        return send_in_batches(entries, _size, _COUNT, _SIZE, self._put)

    def _entry(self, document: Finding, now: int) -> dict[str, Any]:
        return {
            "Time": datetime.fromtimestamp(now // 1000, UTC), "Source": self._source, "Resources": [],
            "DetailType": DETAIL_TYPE, "Detail": compact_json(document), "EventBusName": self._bus}

    def _put(self, batch: list[dict[str, Any]]) -> list[Outcome]:
        answer = self._client.call("put_events", Entries=batch)
        return [
            refusal(one["ErrorCode"], one.get("ErrorMessage", "")) if one.get("ErrorCode") else ARRIVED
            for one in answer["Entries"]]


def _size(entry: dict[str, Any]) -> int:
    """As EventBridge counts it."""
    return _TIME_SIZE + len(entry["Source"]) + len(entry["DetailType"]) + len(entry["Detail"])
