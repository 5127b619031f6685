"""Findings as messages in an SQS queue: each the event that EventBridge would deliver. Needs ``sqs:SendMessage``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vedette.publish.aws import Client, outcomes_by_id, region_of, send_in_batches
from vedette.publish.destination import Finding, Outcome
from vedette.publish.envelope import AWS_SOURCE, compact_json, event

COUNT, SIZE = 10, 256 << 10
"""What one call takes: messages, and their bytes together."""


class Message(NamedTuple):
    """An event as text, with what FIFO queues and topics want to know."""

    text: str
    finding: str
    event: str


class Sqs:
    """A queue, by URL."""

    def __init__(
        self, queue_url: str, *, source: str = AWS_SOURCE, endpoint_url: str | None = None, region: str | None = None,
    ) -> None:
        self._queue = queue_url
        self._source = source
        self._client = Client("sqs", endpoint_url, region or region_of(queue_url))

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:
        """One message a finding."""
        return send_in_batches(messages(documents, now, self._source), message_size, COUNT, SIZE, self._put)

    def _put(self, batch: list[Message]) -> list[Outcome]:
        ids = [str(number) for number in range(len(batch))]
        entries = [
            {"Id": one, "MessageBody": message.text, **fifo(self._queue, message)}
            for one, message in zip(ids, batch, strict=True)]
        return outcomes_by_id(ids, self._client.call("send_message_batch", QueueUrl=self._queue, Entries=entries))


def messages(documents: Sequence[Finding], now: int, source: str) -> list[Message]:
    """The messages that findings are sent as at ``now`` (ms)."""
    events = [event(document, now, source) for document in documents]
    return [Message(compact_json(one), one["detail"]["id"], one["id"]) for one in events]


def message_size(message: Message) -> int:
    """In bytes: the text is ASCII."""
    return len(message.text)


def fifo(target: str, message: Message) -> dict[str, str]:
    """What a FIFO queue or topic is told besides: a finding's messages stay in order, and each counts once."""
    if not target.endswith(".fifo"):
        return {}
    return {"MessageGroupId": message.finding, "MessageDeduplicationId": message.event}
