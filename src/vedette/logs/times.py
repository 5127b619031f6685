"""Time as every room uses it: integer milliseconds since the epoch, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?\s*(Z|UTC|[+-]\d\d:?\d\d)?$", re.ASCII
)


def parse_time(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 time, as AWS and its exporters write them.

    Takes a space for the ``T``, up to nine digits of fraction, and a missing zone as UTC.

    >>> parse_time("2024-08-02T08:23:24Z")
    1722587004000
    >>> parse_time("2025-01-21 17:39:10.250000000")
    1737481150250

    Raises:
        ValueError: the text is no such time.
    """
    match = _ISO.match(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not an ISO 8601 time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    millis = int(moment.timestamp()) * 1000 + (int(fraction.ljust(3, "0")[:3]) if fraction else 0)
    if zone and zone[0] in "+-":
        offset = int(zone[1:3]) * 60 + int(zone[-2:])
        millis -= (offset if zone[0] == "+" else -offset) * 60_000
    return millis


def format_time(millis: int) -> str:
    """The time as a finding writes it: ISO 8601, UTC, milliseconds, ``Z``.

    >>> format_time(1722587004000)
    '2024-08-02T08:23:24.000Z'
    """
    moment = datetime.fromtimestamp(millis / 1000, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z"
