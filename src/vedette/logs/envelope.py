"""What CloudWatch Logs says around the events that it passes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec


class Envelope(NamedTuple):
    """Whose log group and stream an event is of; empty where nobody says."""

    owner: str = ""
    """The account."""
    group: str = ""
    stream: str = ""


NOWHERE = Envelope()


class _Message(msgspec.Struct):
    message: str


class _Subscription(msgspec.Struct, rename="camel"):
    """What a subscription of CloudWatch Logs passes on."""

    owner: str
    log_group: str
    log_stream: str
    log_events: list[_Message]


_SUBSCRIPTIONS = msgspec.json.Decoder(_Subscription)
_SEAM = re.compile(rb'\}\s*\{"messageType"')
_BEGINNING = re.compile(
    rb'\s*\{"messageType":"\w+","owner":"\d+","logGroup":"[^"\\]{1,512}","logStream":"[^"\\]{1,512}",'
    rb'"subscriptionFilters":\[[^\[\]\\]{0,1024}\],"logEvents":\[', re.ASCII)


def begins_subscription(data: bytes) -> bool:
    """The text begins with a document as a subscription writes it, up to its list of events."""
    return _BEGINNING.match(data) is not None


def is_subscription(data: bytes, group: bytes) -> bool:
    """The text begins as a subscription writes it to a log group whose name begins so."""
    head = data[:1024]
    return head.lstrip()[:15] == b'{"messageType":' and b'"logGroup":"' + group in head


def subscribed(data: bytes) -> Iterator[tuple[Envelope, list[str]]]:
    """Of each document its envelope and its messages.

    Raises:
        ValueError: a document is none of a subscription's.
    """
    try:
        documents = [_SUBSCRIPTIONS.decode(data)]
    except msgspec.DecodeError:
        # Firehose puts documents next to each other. A message's own quotes are escaped: no seam is in one.
        documents = _SUBSCRIPTIONS.decode_lines(_SEAM.sub(b'}\n{"messageType"', data))
    for document in documents:
        yield Envelope(document.owner, document.log_group, document.log_stream), [
            one.message for one in document.log_events]
