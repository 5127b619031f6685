"""Which addresses are on the Internet, and which inside a network or this machine's own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")
_INSIDE = (ip_network("fec0::/10"), ip_network("64:ff9b:1::/48"), ip_network("::/96"), ip_network("::ffff:0:0:0/96"))
"""Site-local, local NAT64, and IPv4 written in two more ways: Python takes these for global."""
_PLATFORM = frozenset({IPv4Address("168.63.129.16")})
"""Public by its number, but answered by the cloud underneath the machine (Azure)."""


def is_outside(address: str) -> bool:
    """The address is somebody's on the Internet: not this machine's, a private network's or a cloud's metadata.

    >>> [is_outside(one) for one in ("8.8.8.8", "127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254")]
    [True, False, False, False, False, False]
    >>> [is_outside(one) for one in ("fec0::1", "64:ff9b:1::a00:1", "::127.0.0.1", "::ffff:0:127.0.0.1")]
    [False, False, False, False]
    >>> [is_outside(one) for one in ("::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::", "2600::1")]
    [False, False, False, True]
    """
    number = ip_address(address.partition("%")[0])
    if isinstance(number, IPv6Address) and (inside := _embedded(number)) is not None:
        return is_outside(str(inside))
    if any(number in network for network in _INSIDE):
        return False
    return number.is_global and not number.is_multicast and number not in _PLATFORM


def _embedded(number: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is asked in truth."""
    if number in _NAT64:
        return IPv4Address(int(number) & 0xFFFFFFFF)
    return number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)


def is_loopback(host: str) -> bool:
    """Only this machine reaches the host, an address or a name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
