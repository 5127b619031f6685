"""An SQS queue that S3 tells of new objects: directly, through an SNS topic, or by EventBridge's "Object Created".

Needs ``sqs:ReceiveMessage``, ``sqs:DeleteMessage``, ``sqs:ChangeMessageVisibility`` and ``sqs:GetQueueAttributes`` on
the queue, and ``s3:GetObject`` on the objects. A message stays invisible to others for as long as it is worked on and
is deleted when all it tells of is committed. One that cannot be understood, or whose objects cannot be read, is left:
it comes again, and the queue's redrive policy sets it aside.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_plus, urlsplit

import structlog

from vedette.errors import SourceError
from vedette.sources.aws import asked, told
from vedette.sources.delivery import promise
from vedette.sources.feed import Delivery, Outcome
from vedette.sources.log_object import LogObject
from vedette.sources.s3 import S3Source

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

VISIBILITY = 120
"""Seconds for which a message is hidden from other readers; extended while it is worked on."""

AT_ONCE = 200
"""Messages that are worked on together at most."""

_WAIT = 2
"""Seconds that a request waits at the queue for a message: a server that stops waits as long."""

_DEEP = 4
"""Envelopes in each other: a topic's, around a bus's."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class QueueFeed:
    """One queue. ``url`` is its URL; its Region is read from that, or is the one AWS's configuration says."""

    def __init__(
        self, url: str, *, endpoint_url: str | None = None, visibility: int = VISIBILITY,
    ) -> None:
        """``endpoint_url`` is that of another SQS and S3 than Amazon's; ``visibility`` is in seconds.

        Raises:
            SourceError: the URL is none.
        """
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).path.strip("/"):
            raise SourceError("is no queue's URL: write https://sqs.<region>.amazonaws.com/<account>/<name>", where=url)
        self.name = self._url = url
        self._source = S3Source("s3://of-the-queue", endpoint_url)
        self._endpoint_url = endpoint_url
        self._visibility = visibility
        self._made: SQSClient | None = None
        self._lock = threading.Lock()

    def next(self, stop: threading.Event) -> Delivery | None:
        """As `Feed.next`: what some messages tell of."""
        messages = self._receive(_WAIT)
        if not messages:
            # What a reader that was killed had taken is hidden for a while: old messages may still come.
            return None if self._drained(0) else Delivery(self._source, (), caught_up=False)
        # Those that came first must not be visible again before they are held.
        enough = time.monotonic() + self._visibility / 4
        while len(messages) < AT_ONCE and len(messages) % 10 == 0 and time.monotonic() < enough and not stop.is_set():
            more = self._receive(0)
            if not more:
                break
            messages += more
        return self._delivery(messages)

    def close(self) -> None:
        """Nothing is held open: what was received and not acknowledged is visible again after a while."""

    def _delivery(self, messages: Sequence[MessageTypeDef]) -> Delivery:
        understood: list[tuple[MessageTypeDef, list[LogObject]]] = []
        unreadable: list[tuple[LogObject, str]] = []
        for message in messages:
            try:
                understood.append((message, list(objects_of(message["Body"]))))
            except ValueError as error:
                unreadable.append((self._stand_in(message), f"a message that is no notification of S3's: {error}"))
        drained = self._drained(len(messages))
        held = _Held(self._client(), self._url, [message["ReceiptHandle"] for message in messages], self._visibility)
        objects = {(obj.locator, obj.version): obj for _, found in understood for obj in found}

        def acknowledge(outcomes: Sequence[Outcome]) -> None:
            read = {(one.object.locator, one.object.version) for one in outcomes if not one.failed}
            self._delete([message["ReceiptHandle"] for message, found in understood
                          if read.issuperset((obj.locator, obj.version) for obj in found)])

        return Delivery(self._source, list(objects.values()), drained, unreadable, acknowledge, held.release)

    def _stand_in(self, message: MessageTypeDef) -> LogObject:
        """What an unreadable message is called in the ledger and among the dead letters."""
        sent = int(message.get("Attributes", {}).get("SentTimestamp", "0"))
        queue = urlsplit(self._url).path.rpartition("/")[2]
        return LogObject(f"sqs://{queue}/{message['MessageId']}", "", len(message["Body"].encode()), sent)

    def _receive(self, wait: int) -> list[MessageTypeDef]:
        answer = _asked(self._url, lambda: self._client().receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=self._visibility,
            AttributeNames=["SentTimestamp"]))
        return list(answer.get("Messages", ()))

    def _drained(self, taken: int) -> bool:
        """No message waits but those that were just taken: none that another reader, who may be dead, holds either."""
        answer = _asked(self._url, lambda: self._client().get_queue_attributes(
            QueueUrl=self._url, AttributeNames=[
                "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]))
        return sum(map(int, answer["Attributes"].values())) <= taken

    def _delete(self, handles: Sequence[str]) -> None:
        for some in _tens(handles):
            answer = _asked(self._url, partial(
                self._client().delete_message_batch, QueueUrl=self._url, Entries=[
                    {"Id": str(place), "ReceiptHandle": one} for place, one in enumerate(some)]))
            for failed in answer.get("Failed", ()):
                # It comes again, and the ledger knows what it tells of.
                _log.warning("a message cannot be deleted", queue=self._url, reason=failed.get("Message", ""))

    def _client(self) -> SQSClient:
        with self._lock:
            if self._made is None:
                self._made = _client(self._url, self._endpoint_url)
            return self._made


def objects_of(body: str) -> Iterator[LogObject]:
    """What a message tells of: objects that were created; of none, when it tells of something else that S3 says.

    Raises:
        ValueError: it is no notification of S3's, or does not say all of an object. The text says what is missing.
    """
    message: Any = body
    for _ in range(_DEEP):
        if isinstance(message, str):
            try:
                message = json.loads(message)
            except (ValueError, RecursionError):
                raise ValueError("it is no JSON") from None
        if not isinstance(message, dict):
            raise ValueError("it is no JSON object")  # noqa: TRY004 - a message, not an argument
        if message.get("Event") == "s3:TestEvent":
            return
        if isinstance(records := message.get("Records"), list):
            yield from _direct(records)
            return
        if "detail-type" in message:
            yield from _bridged(message)
            return
        if "Message" not in message:
            break
        message = message["Message"]  # a topic's envelope
    raise ValueError("it has no Records, as S3 and SNS send them, and no detail, as EventBridge does")


def _direct(records: Sequence[Any]) -> Iterator[LogObject]:
    for record in records:
        event = str(_within(record, "eventName"))
        if event.removeprefix("s3:").startswith("ObjectCreated:"):
            yield from _object(_within(record, "s3"), "eTag", unquote_plus, str(_within(record, "eventTime")))


def _bridged(event: dict[str, Any]) -> Iterator[LogObject]:
    if event.get("source") == "aws.s3" and event["detail-type"] == "Object Created":
        # EventBridge has keys as they are; notifications have them as in a URL's query.
        yield from _object(_within(event, "detail"), "etag", str, str(_within(event, "time")))


def _object(told: Any, etag_name: str, decode: Callable[[str], str], time: str) -> Iterator[LogObject]:
    bucket, described = _within(_within(told, "bucket"), "name"), _within(told, "object")
    key, etag = decode(str(_within(described, "key"))), str(_within(described, etag_name)).strip('"')
    size = described.get("size", 0)
    if not isinstance(bucket, str) or not bucket or "/" in bucket or not etag or (
            not isinstance(size, int) or not 0 <= size < 1 << 63):
        raise ValueError("the bucket's name, the ETag or the size is not what S3 sends")
    try:
        modified = int(datetime.fromisoformat(time).timestamp() * 1000)
    except ValueError:
        raise ValueError(f"{time[:40]!r} is no time") from None
    if key.endswith("/") and not size:  # a folder, as consoles make them
        return
    account, region, start = promise(key)
    yield LogObject(f"s3://{bucket}/{key}", etag, size, modified, start, account, region)


def _within(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise ValueError(f"it has no {name}")
    return value[name]


class _Held:
    """Messages that stay invisible to other readers until they are let go."""

    def __init__(self, client: SQSClient, url: str, handles: Sequence[str], visibility: int) -> None:
        self._client = client
        self._url = url
        self._handles = handles
        self._visibility = visibility
        self._released = threading.Event()
        threading.Thread(target=self._extend, name="messages held", daemon=True).start()

    def release(self) -> None:
        self._released.set()

    def _extend(self) -> None:
        while not self._released.wait(self._visibility / 3):
            for some in _tens(self._handles):
                try:
                    # Those that were deleted meanwhile are refused one by one, which is as well.
                    _asked(self._url, partial(
                        self._client.change_message_visibility_batch, QueueUrl=self._url, Entries=[
                            {"Id": str(place), "ReceiptHandle": one, "VisibilityTimeout": self._visibility}
                            for place, one in enumerate(some)]))
                except SourceError as error:
                    _log.warning("messages cannot be held: others may read them too", reason=str(error))


def _client(url: str, endpoint_url: str | None) -> SQSClient:
    # Here, since boto3 imports slowly.
    import boto3.session
    from botocore.config import Config

    host = urlsplit(url).hostname or ""
    parts = host.split(".")
    region = parts[1] if parts[0] == "sqs" and len(parts) > 2 else None
    return boto3.session.Session().client("sqs", region_name=region, endpoint_url=endpoint_url, config=Config(
        retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=10, read_timeout=30))


def _tens(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), 10):
        yield items[start:start + 10]


def _asked(where: str, request: Callable[[], T]) -> T:
    return asked(where, request, _sentence, "is no queue's URL")


def _sentence(error: Any) -> str:
    code, said = told(error)
    if code.endswith(("NonExistentQueue", "QueueDoesNotExist")):
        return "the queue does not exist: check its URL and Region"
    if code.startswith("AccessDenied"):
        return f"access is denied: these credentials need sqs:{error.operation_name} on the queue (and kms:Decrypt)"
    return f"the queue answered {code or 'an error'}: {said}"
