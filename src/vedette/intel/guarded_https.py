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
from typing import IO, Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from vedette.errors import ListError
from vedette.intel.outside import is_outside

ANY = "*"
"""Stands for all hosts that are outside."""


def opened(location: str, hosts: Collection[str] | None, timeout: float, deadline: float) -> Any:
    """The answer at a location; ``hosts`` as in `vedette.intel.fetch.fetch`, ``timeout`` and ``deadline`` in seconds.

    Raises:
        ListError: it is at none of the hosts, or is redirected to another or away from https.
        OSError: it cannot be had.
    """
    if hosts is None:
        hosts = {urlsplit(location).netloc.lower(), ANY}
    check_host(location, hosts)
    request = Request(location, headers={"User-Agent": "vedette"})  # noqa: S310 - only https gets here
    return build_opener(_OnlyHttps(hosts), GuardedHttps(hosts, deadline)).open(request, timeout=timeout)


class _OnlyHttps(HTTPRedirectHandler):
    """Follows a redirect only to another https address, at one of the hosts."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = hosts

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> Request | None:
        """The request to follow with, as urllib asks for it."""
        if urlsplit(newurl).scheme != "https":
            raise ListError(f"redirects to {newurl[:200]!r}, which is not https", where=req.full_url)
        check_host(newurl, self._hosts)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def check_host(location: str, hosts: Collection[str]) -> None:
    """Refuse a location at another host.

    Raises:
        ListError: so it is.
    """
    # The whole of it is compared, so that no two readings of an odd address can differ.
    if ANY not in hosts and urlsplit(location).netloc.lower() not in hosts:
        raise ListError("is at a host that lists are not fetched from", where=location[:300])


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
