"""Clients of AWS services for destinations, and what their many errors mean to a publisher.

Credentials and Region come from where every AWS client takes them, unless a Region or an endpoint is given. boto3 is
imported with the first request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from vedette.findings.chunks import batches
from vedette.publish.destination import ARRIVED, UNTRIED, Fate, Outcome, whole_or_untried

T = TypeVar("T")

_FOR_NOW = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "SlowDown", "RequestLimitExceeded", "LimitExceededException", "InternalFailure",
    "InternalError", "InternalException", "InternalServerError", "InternalServerErrorException", "ServiceUnavailable",
    "ServiceUnavailableException", "RequestTimeout", "OverLimit", "KMSThrottling", "KmsThrottled", "OperationAborted",
})
_FOR_GOOD = frozenset({
    "InvalidMessageContents", "BatchRequestTooLong", "MessageTooLong", "MalformedDetail", "EntityTooLarge",
})

_REGION = re.compile(r"(?:arn:aws[a-z-]*:[a-z]+:|https://sqs\.)([a-z]{2,}(?:-[a-z0-9]+)+)[:.]", re.ASCII)


class Refused(Exception):  # noqa: N818
    """A call that failed, with what that means for the findings in it."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.reason)


class Client:
    """A client of a service, made when first asked for: boto3 imports slowly."""

    def __init__(self, service: str, endpoint_url: str | None = None, region: str | None = None) -> None:
        self._service = service
        self._endpoint_url = endpoint_url
        self._region = region
        self._made: Any = None

    def call(self, operation: str, **members: Any) -> Any:
        """The answer to a call.

        Raises:
            Refused: there is none.
        """
        from botocore import exceptions as botocore

        try:
            if self._made is None:
                self._made = self._make()
            return getattr(self._made, operation)(**members)
        except botocore.ClientError as error:
            answer = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise Refused(refusal(str(answer.get("Code", "")), str(answer.get("Message", "")), status)) from error
        except (botocore.HTTPClientError, botocore.ConnectionError) as error:
            raise Refused(Outcome("later", f"{self._service} cannot be reached: {error}")) from error
        except botocore.BotoCoreError as error:
            raise Refused(Outcome("unable", f"{self._service} cannot be called: {error}")) from error

    def _make(self) -> Any:
        import boto3.session
        import botocore.session
        from botocore.config import Config

        own = botocore.session.get_session()
        own.register_component("data_loader", _models())
        # A destination has a thread and a backoff of its own: few attempts here.
        make: Callable[..., Any] = boto3.session.Session(botocore_session=own).client
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=10, read_timeout=30,
            # Stores that only speak S3 do not know the newer checksums.
            response_checksum_validation="when_required", request_checksum_calculation="when_required")
        try:
            return make(self._service, endpoint_url=self._endpoint_url, region_name=self._region, config=config)
        except ValueError as error:  # what botocore raises for an endpoint that is no URL
            raise Refused(Outcome("unable", f"{self._service} cannot be called: {error}")) from error


@cache
def _models() -> Any:
    """What services are like, read once: it is most of what making a client takes. Credentials are each client's."""
    from botocore.loaders import create_loader

    return create_loader()


def region_of(target: str) -> str | None:
    """The Region that an ARN or a queue's URL names; None when it names none.

    >>> region_of("arn:aws:sns:eu-west-1:111122223333:alerts")
    'eu-west-1'
    """
    found = _REGION.match(target)
    return found[1] if found else None


def refusal(code: str, message: str, status: int = 0) -> Outcome:
    """What a service's error means. What is not known to pass by itself needs somebody to look at the destination."""
    fate: Fate = "unable"
    if code in _FOR_NOW or status >= 500 or status == 429:
        fate = "later"
    elif code in _FOR_GOOD:
        fate = "never"
    told = " ".join(message.split())[:300]
    return Outcome(fate, f"{code or status}: {told}" if told else code or str(status))


def send_in_batches(
    entries: Sequence[T], size_of: Callable[[T], int], count: int, size: int,
    send: Callable[[list[T]], list[Outcome]],
) -> list[Outcome]:
    """Send ``entries`` with one call of ``send`` a batch; one outcome an entry, in their order.

    What is larger than ``size`` bytes is never sent. After a call that failed as a whole for reasons that do not lie in
    its entries, the others are not tried.
    """
    outcomes: list[Outcome] = []
    for batch in batches(entries, size_of, size, count):
        if size_of(batch[0]) > size:
            outcomes.append(Outcome("never", f"{size_of(batch[0])} bytes, and at most {size} are taken"))
            continue
        try:
            outcomes += send(batch)
        except Refused as refused:
            if refused.outcome.fate != "never":
                return outcomes + whole_or_untried(refused.outcome, len(batch), len(entries) - len(outcomes))
            # The call does not say which entry is at fault.
            outcomes += _alone(batch, send)
    return outcomes


def _alone(batch: list[T], send: Callable[[list[T]], list[Outcome]]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for place, entry in enumerate(batch):
        try:
            outcomes += send([entry])
        except Refused as refused:
            if refused.outcome.fate != "never":
                return outcomes + whole_or_untried(refused.outcome, 1, len(batch) - place)
            outcomes.append(refused.outcome)
    return outcomes


def outcomes_by_id(ids: Sequence[str], answer: Mapping[str, Any]) -> list[Outcome]:
    """The outcomes of a batch call to SQS or SNS, which says ``Successful`` or ``Failed`` of each id."""
    there = {one["Id"]: ARRIVED for one in answer.get("Successful", ())}
    for one in answer.get("Failed", ()):
        status = 400 if one.get("SenderFault", True) else 500
        there[one["Id"]] = refusal(one.get("Code", ""), one.get("Message", ""), status)
    return [there.get(one, UNTRIED) for one in ids]
