"""How CloudTrail writes what a call was given: lists, truth values and numbers, in the ways of different services."""

from __future__ import annotations

from typing import Any


def listed(value: Any) -> list[Any]:
    """A list's members: ``[…]``, EC2's ``{"items": […]}``, or a single member, which stands for itself. Empty: none.

    >>> listed({"items": [1, 2]}), listed([1]), listed({"a": 1}), listed({}), listed(""), listed(None)
    ([1, 2], [1], [{'a': 1}], [], [], [])
    """
    if isinstance(value, dict) and "items" in value:
        value = value["items"]
    if isinstance(value, list):
        return value
    return [] if value in (None, "", {}) else [value]


def objects(value: Any) -> list[dict[str, Any]]:
    """The members of a list (`listed`) that are objects."""
    return [one for one in listed(value) if isinstance(one, dict)]


def inner(value: Any, *names: str) -> Any:
    """What is found by following ``names`` through objects; None where there is no such thing.

    >>> inner({"a": {"b": 1}}, "a", "b"), inner({"a": ""}, "a", "b")
    (1, None)
    """
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def is_true(value: Any) -> bool:
    """``true``, ``"true"``, or EC2's ``{"value": true}``.

    >>> [is_true(one) for one in (True, "True", {"value": True}, {"value": "false"}, None, 1)]
    [True, True, True, False, False, False]
    """
    return _truth(value) == "true"


def is_false(value: Any) -> bool:
    """``false`` in the same ways: said, not only absent.

    >>> [is_false(one) for one in (False, "false", {"value": False}, None, 0)]
    [True, True, True, False, False]
    """
    return _truth(value) == "false"


def number(value: Any) -> int | None:
    """A whole number, or the digits of one; None for anything else.

    >>> [number(one) for one in (22, "22", "-1", True, 1.0, "x", None, "9" * 50)]
    [22, 22, -1, None, 1, None, None, None]
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        return int(value) if len(value) <= 18 and value.removeprefix("-").isascii() and (
            value.removeprefix("-").isdigit()) else None
    return value if isinstance(value, int) else None


def _truth(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("value")
    return str(value).lower() if isinstance(value, bool | str) else ""
