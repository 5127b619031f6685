"""A city database (MMDB, the MaxMind DB format 2.0) for stories that are about places.

https://maxmind.github.io/MaxMind-DB/
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

BUILT = 1_772_323_200
"""Seconds: 2026-03-01, so that the same places always make the same bytes."""


def place(
    city: str, country: str, code: str, lat: float, lon: float, *, radius: int = 20, asn: int = 0
) -> dict[str, Any]:
    """A record as MaxMind's and DB-IP's databases have it; without a ``city``, the middle of the country."""
    return {
        **({"city": {"names": {"en": city}}} if city else {}),
        "country": {"iso_code": code, "names": {"en": country}},
        "location": {"latitude": lat, "longitude": lon, "accuracy_radius": radius},
        **({"autonomous_system_number": asn} if asn else {}),
    }


def mmdb(type_name: str, places: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The database: networks that do not overlap, IPv4 or IPv6, to their records."""
    # IPv4 networks stand below ::/96 of an IPv6 tree.
    tree: list[list[int | str | None]] = [[None, None]]
    data, offsets = b"", {}
    for text, record in places.items():
        network = ip_network(text)
        offsets[text] = len(data)
        data += _encoded(record)
        bits = network.prefixlen + (96 if network.version == 4 else 0)
        node = 0
        for depth in range(bits):
            bit = int(network.network_address) >> (127 - depth) & 1
            if depth == bits - 1:
                tree[node][bit] = text
                break
            below = tree[node][bit]
            if not isinstance(below, int):
                tree.append([None, None])
                tree[node][bit] = below = len(tree) - 1
            node = below

    def pointer(entry: int | str | None) -> bytes:
        if isinstance(entry, str):
            return (len(tree) + 16 + offsets[entry]).to_bytes(4)
        return (len(tree) if entry is None else entry).to_bytes(4)

    nodes = b"".join(pointer(left) + pointer(right) for left, right in tree)
    fields = {
        "binary_format_major_version": _integer(5, 2), "binary_format_minor_version": _integer(5, 0),
        "build_epoch": _integer(9, BUILT), "database_type": _encoded(type_name),
        "description": _encoded({"en": "places of a story"}), "ip_version": _integer(5, 6),
        "languages": _encoded(["en"]), "node_count": _integer(6, len(tree)), "record_size": _integer(5, 32),
    }
    described = _control(7, len(fields)) + b"".join(_encoded(name) + value for name, value in fields.items())
    return nodes + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + described


def _encoded(value: Any) -> bytes:
    if isinstance(value, Mapping):
        return _control(7, len(value)) + b"".join(_encoded(key) + _encoded(inner) for key, inner in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, str):
        return _control(2, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    return _integer(6, value)


def _integer(kind: int, value: int) -> bytes:
    payload = value.to_bytes((value.bit_length() + 7) // 8)
    return _control(kind, len(payload)) + payload


def _control(kind: int, size: int) -> bytes:
    """A control byte: the type, and a size below 285."""
    head, extended = (kind << 5, b"") if kind < 8 else (0, bytes([kind - 7]))
    return bytes([head | size]) + extended if size < 29 else bytes([head | 29]) + extended + bytes([size - 29])
