"""Findings as messages of an SNS topic: each the event that EventBridge would deliver. Needs ``sns:Publish``."""

from __future__ import annotations

from collections.abc import Sequence

from vedette.publish.aws import Client, outcomes_by_id, region_of, send_in_batches
from vedette.publish.destination import Finding, Outcome
from vedette.publish.envelope import AWS_SOURCE
from vedette.publish.sqs import COUNT, SIZE, Message, fifo, message_size, messages


class Sns:
    """A topic, by ARN."""

    def __init__(
        self, topic_arn: str, *, source: str = AWS_SOURCE, endpoint_url: str | None = None, region: str | None = None,
    ) -> None:
        self._topic = topic_arn
        self._source = source
        self._client = Client("sns", endpoint_url, region or region_of(topic_arn))

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:
        """One message a finding."""
        return send_in_batches(messages(documents, now, self._source), message_size, COUNT, SIZE, self._put)

    def _put(self, batch: list[Message]) -> list[Outcome]:
        ids = [str(number) for number in range(len(batch))]
        entries = [
            {"Id": one, "Message": message.text, **fifo(self._topic, message)}
            for one, message in zip(ids, batch, strict=True)]
        return outcomes_by_id(ids, self._client.call(
            "publish_batch", TopicArn=self._topic, PublishBatchRequestEntries=entries))
