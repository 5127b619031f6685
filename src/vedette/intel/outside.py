"""Asking hosts that nobody here has named: only at addresses of the Internet, never at ones inside a network.

A name is looked up once, what it stands for is judged, and that same address is connected to: a name that stands for
another address the next moment changes nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.request import HTTPSHandler, Request

from vedette.errors import ListError

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


def netloc_of(host: str, port: int) -> str:
    """A host and port as `HTTPSConnection` has them, as addresses write them: without the port that is everybody's."""
    shown = f"[{host}]" if ":" in host else host
    return (shown if port == 443 else f"{shown}:{port}").lower()


class GuardedHttps(HTTPSHandler):
    """Connects to the hosts named wherever they are, and to others only where that is outside."""

    def __init__(self, named: Collection[str], deadline: float) -> None:
        """``named``: each ``host`` or ``host:port``; a connection is cut ``deadline`` seconds after it was made."""
        super().__init__()
        self._named = named
        self._deadline = deadline

    def https_open(self, req: Request) -> Any:
        """As urllib asks for it.

        Raises:
            ListError: the host is not named, and not outside.
        """
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> HTTPConnection:
        return _Connection(host, self._named, self._deadline, **options)


class _Connection(HTTPSConnection):
    def __init__(self, host: str, named: Collection[str], deadline: float, **options: Any) -> None:
        super().__init__(host, **options)
        self._named = named
        self._deadline = deadline
        self._proxied: tuple[str, int] | None = None

    def set_tunnel(self, host: str, port: int | None = None, headers: Any = None) -> None:
        """Go by a proxy, which the environment names."""
        super().set_tunnel(host, port, headers)
        name, colon, number = host.rpartition(":")
        name, number = (name, number) if colon and number.isdigit() else (host, str(port or 443))
        self._proxied = name.strip("[]"), int(number)

    def connect(self) -> None:
        """Look the name up, judge, connect."""
        host, port = self._proxied or (self.host, self.port)
        if netloc_of(host, port) not in self._named:
            if self._proxied:
                # The proxy looks the name up itself. What this machine knows of it counts; it may know nothing.
                with suppress(OSError):
                    _addresses(host, port)
            else:
                self._create_connection = _outside
        super().connect()
        # A timeout is for each read: a server that says a byte at a time in its headers, or without end behind the last
        # chunk, never meets it.
        cut = threading.Timer(self._deadline, _cut, (self.sock,))
        cut.daemon = True
        cut.start()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _outside(
    address: tuple[str, int], timeout: float | None = None, source_address: tuple[str, int] | None = None,
) -> socket.socket:
    """A connection to a host, at an address that was judged."""
    host, port = address
    failure: OSError | None = None
    for one in _addresses(host, port):
        try:
            return socket.create_connection((one, port), timeout, source_address)
        except OSError as error:
            failure = error
    raise failure or OSError(f"{host} has no address")


def _addresses(host: str, port: int) -> list[str]:
    """What a name stands for.

    Raises:
        ListError: an address of it is not outside.
        OSError: it stands for nothing.
    """
    found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    for one in found:
        if not is_outside(one):
            raise ListError(f"is at {one}, which is inside a network: name the host in [lists] api_hosts if lists may "
                            "be fetched from it", where=netloc_of(host, port))
    return found
