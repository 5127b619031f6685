"""An object of AWS's JSON, read with care: a wrong type is an error in a user's file, and absent in a log's record."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from vedette.logs.times import parse_time

T = TypeVar("T")

_TEXT = 2048
"""Longer texts are no names, ids or tags; AWS's longest (a tag value, an ARN) is shorter."""
_LIST = 1000
"""Items taken of a list in a log's record, each way: RunInstances and CreateTags allow 1,000."""
_DEPTH = 8
_YEAR_9999 = 253_402_300_799_000

_RENAMED = {
    "tagSet": "Tags", "groupSet": "Groups", "networkInterfaceSet": "NetworkInterfaces", "instancesSet": "Instances",
    "privateIpAddressesSet": "PrivateIpAddresses", "ipv6AddressesSet": "Ipv6Addresses", "instanceState": "State",
    "dnsName": "PublicDnsName", "ipAddress": "PublicIpAddress", "natGatewayAddressSet": "NatGatewayAddresses",
    "resourcesSet": "Resources",
}


class Misshapen(ValueError):  # noqa: N818 - it becomes an InventoryError that names the file
    """A value in a user's file is not what AWS prints there."""

    def __init__(self, place: str, wanted: str) -> None:
        super().__init__(f"{place} is not {wanted}")


class Item:
    """An object, named by ``place`` in errors. Absent, null and (unless ``strict``) misshapen values are alike."""

    __slots__ = ("_strict", "place", "value")

    def __init__(self, value: Mapping[str, Any], place: str = "", *, strict: bool = False) -> None:
        self.value = value
        self.place = place
        self._strict = strict

    def __bool__(self) -> bool:
        return bool(self.value)

    def __contains__(self, key: str) -> bool:
        return key in self.value

    def text(self, key: str) -> str:
        """A text, empty when absent."""
        value = self.value.get(key)
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= _TEXT:
            return value
        return self._wrong(key, f"a text of at most {_TEXT} characters", "")

    def known(self, key: str, pattern: re.Pattern[str], wanted: str) -> str:
        """A text of a form, such as an id."""
        value = self.text(key)
        if not value or pattern.fullmatch(value):
            return value
        return self._wrong(key, wanted, "")

    def address(self, key: str) -> str:
        """An IP address, as ``ipaddress`` writes it."""
        value = self.text(key)
        if not value:
            return ""
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            return self._wrong(key, "an IP address", "")

    def number(self, key: str) -> int | None:
        """A whole number."""
        value = self.value.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        return self._wrong(key, "a whole number", None)

    def flag(self, key: str) -> bool | None:
        """True, false or absent. CloudTrail's XML-born records hold ``"true"`` as text at times."""
        value = self.value.get(key)
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if value is None or isinstance(value, bool):
            return value
        return self._wrong(key, "true or false", None)

    def time(self, key: str) -> int | None:
        """Milliseconds, of ISO 8601 text or of a number of milliseconds, as CloudTrail writes it."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _YEAR_9999:
            return int(value)
        try:
            return parse_time(value)
        except (AttributeError, TypeError, ValueError):
            return self._wrong(key, "an ISO 8601 time", None)

    def child(self, key: str) -> Item:
        """An object; an empty one when absent."""
        value = self.value.get(key)
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            self._wrong(key, "an object", None)
            value = {}
        return Item(value, self._at(key), strict=self._strict)

    def items(self, key: str) -> list[Item]:
        """A list of objects. One object alone is a list of one, as where XML became JSON."""
        value = self.value.get(key)
        if value is None:
            return []
        if isinstance(value, Mapping) and not self._strict:
            value = [value] if value else []
        if not isinstance(value, list):
            return self._wrong(key, "a list", [])
        found = []
        for place, one in enumerate(value if self._strict else value[:_LIST]):
            if isinstance(one, Mapping):
                found.append(Item(one, f"{self._at(key)}[{place}]", strict=self._strict))
            elif self._strict:
                raise Misshapen(f"{self._at(key)}[{place}]", "an object")
        return found

    def texts(self, key: str) -> list[str]:
        """A list of texts; one text alone is a list of one."""
        value = self.value.get(key)
        if isinstance(value, str):
            value = [value]
        if value is None:
            return []
        if not isinstance(value, list):
            return self._wrong(key, "a list", [])
        return [one for one in value[:_LIST] if isinstance(one, str) and len(one) <= _TEXT]

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def _wrong(self, key: str, wanted: str, instead: T) -> T:
        if self._strict:
            raise Misshapen(self._at(key), wanted)
        return instead


def as_described(value: Any, depth: int = _DEPTH) -> Any:
    """EC2's part of a CloudTrail record in the shape that describe calls print.

    ``{"tagSet": {"items": [{"key": …}]}}`` becomes ``{"Tags": [{"Key": …}]}``. What is nested deeper than EC2 nests is
    left out.
    """
    if depth < 0:
        return None
    if isinstance(value, dict):
        for name in ("items", "item"):
            if value.keys() == {name}:
                return as_described(value[name], depth)
        return {
            _RENAMED.get(key) or key[:1].upper() + key[1:]: as_described(inner, depth - 1)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [as_described(inner, depth - 1) for inner in value[:_LIST]]
    return value
