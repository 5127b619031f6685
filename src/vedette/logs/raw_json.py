"""JSON that stays as it is written until somebody asks: as `msgspec.Raw` in records."""

from __future__ import annotations

from typing import Any

import msgspec

NOTHING = msgspec.Raw(b"null")


def value_of(raw: msgspec.Raw) -> Any:
    """The value; None when it is JSON that cannot be held: a number beyond 1e308, or nested a thousand deep."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def object_of(raw: msgspec.Raw) -> dict[str, Any]:
    """The object; empty when it is none, or cannot be held."""
    decoded = value_of(raw)
    return decoded if isinstance(decoded, dict) else {}


def sound_text(data: bytes) -> bytes:
    """The same, if it is UTF-8: msgspec does not look into the strings that it leaves raw.

    Raises:
        UnicodeDecodeError: it is not.
    """
    if not data.isascii():
        data.decode()
    return data
