"""Which addresses an interface in a VPC can have privately: told from the text alone, a whole column at once."""

from __future__ import annotations

import polars as pl

_PRIVATE = (
    r"^(?:10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|198\.1[89]\.|"
    r"[fF][cCdD][0-9a-fA-F]{2}:)"
)
"""RFC 1918, carrier-grade NAT and benchmarking space (AWS lets VPCs use both), and IPv6 unique local addresses.

Link-local, loopback and multicast are left out: an interface talks to those, it does not have them.
"""


def private(address: pl.Expr) -> pl.Expr:
    """Whether a string column's address is private, as a VPC's own are. A null gives false."""
    return address.str.contains(_PRIVATE).fill_null(value=False)
