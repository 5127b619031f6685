"""Values of OCSF records, as JSON and as Parquet have them: what is absent, or of another type, is None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vedette.logs.times import parse_time


def at(value: Any, *path: str) -> Any:
    """What stands at a path of nested objects; None where it ends early, and for ``-``."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return None if value in ("-", "") else value


def text_at(value: Any, *path: str) -> str | None:
    """The text, or the number as text."""
    found = at(value, *path)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else None


def number_at(value: Any, *path: str) -> int | None:
    """The whole number.

    Raises:
        ValueError: something else stands there.
    """
    found = at(value, *path)
    if found is None:
        return None
    try:
        told = int(found)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{'.'.join(path)} must be a number, not {str(found)[:40]!r}") from error
    if not -(2**63) <= told < 2**63:
        raise ValueError(f"{'.'.join(path)} must be a number of 64 bits")
    return told


def millis_of(value: Mapping[str, Any], *names: str) -> int | None:
    """The first of these times that is there: a number of milliseconds, a Parquet timestamp or ISO text.

    Raises:
        ValueError: it is none of these.
    """
    for name in names:
        found = value.get(name)
        if isinstance(found, datetime):
            return int(found.replace(tzinfo=found.tzinfo or UTC).timestamp() * 1000)
        if isinstance(found, str) and not found.isdigit():
            return parse_time(found)
        if found is not None:
            return number_at(value, name)
    return None


def mapping_of(value: Any) -> dict[str, Any]:
    """A JSON object, or a Parquet map (pairs of key and value)."""
    if isinstance(value, list):
        return {str(pair["key"]): pair.get("value") for pair in value if isinstance(pair, dict) and "key" in pair}
    return dict(value) if isinstance(value, Mapping) else {}


def account_of(value: Mapping[str, Any]) -> str | None:
    """The account in whose cloud it happened."""
    return text_at(value, "cloud", "account", "uid") or text_at(value, "cloud", "account_uid")


def list_of(value: Any) -> list[Any]:
    """The list; an empty one in the place of anything else."""
    return value if isinstance(value, list) else []
