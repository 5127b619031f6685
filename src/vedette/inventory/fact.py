"""A fact: one thing known of one entity, and when it was seen so.

Entities: ``instance/i-…``, ``interface/eni-…``, ``attachment/eni-attach-…``, ``allocation/eipalloc-…``,
``association/eipassoc-…``, ``nat/nat-…``, ``endpoint/vpce-…``, ``bucket/<name>``, ``role/<arn>``, ``user/<arn>``,
``account/<id>``, ``cluster/<name>``, ``database/<name>``. Facts merge one by one, so what changes by itself is a field
of its own: a tag is ``tag/<key>``, and ``tags`` is all of them at once.
"""

from __future__ import annotations

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


class Fact(msgspec.Struct, frozen=True, order=True):
    """One field of one entity."""

    entity: str
    field: str
    value: str
    """JSON text; ``null``: there is no such thing any more."""
    observed: int
    """Milliseconds since the epoch: when the record was made, or the description taken."""


def fact(entity: str, field: str, value: Any, observed: int) -> Fact:
    """A fact of a value; equal values have equal text."""
    return Fact(entity, field, _ENCODER.encode(value).decode(), observed)
