"""How the server listens: the address, TLS, and uvicorn in the main thread until a signal comes."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from uvicorn._types import ASGIApplication

from vedette.commands.serving.connection import Connection
from vedette.commands.serving.settings import ServerTable
from vedette.errors import VedetteError
from vedette.intel.outside import is_loopback

REQUESTS_GRACE = 10
"""Seconds that requests under way are given to end when the server stops."""

CONNECTIONS = 1_000
"""Beyond so many connections at a time, requests are answered with 503."""

BACKLOG = 512
"""Connections that wait to be accepted."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 are all such."""

_log = structlog.get_logger(__name__)


class ListenError(VedetteError):
    """The address cannot be listened on; ``where`` is the key that says so."""


def check_exposure(server: ServerTable) -> None:
    """Refuse to send findings over a network in the clear, unless that is wanted.

    Raises:
        ListenError: the address is another than this machine's own, there is no TLS, and nobody said that is right.
    """
    if server.tls_certificate or server.allow_plain_http_elsewhere or is_loopback(server.host):
        return
    raise ListenError(
        f"{server.host} can be reached from other machines, and there is no TLS: give tls_certificate and tls_key, or "
        "allow_plain_http_elsewhere = true if a proxy in front of it ends TLS", where="[server] host")


def check_tls(server: ServerTable) -> None:
    """Refuse a certificate or key that cannot be used, before anything is started.

    Raises:
        ListenError: so it is.
    """
    if server.tls_certificate is None or server.tls_key is None:
        return
    for key, path in (("tls_certificate", server.tls_certificate), ("tls_key", server.tls_key)):
        _check_readable(path, key)
    try:
        # An encrypted key would ask for its password on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(server.tls_certificate, server.tls_key, lambda: "")
    except (ssl.SSLError, ValueError) as error:
        raise ListenError(f"{server.tls_certificate} and {server.tls_key} are no certificate and its own key, both PEM "
                          f"and the key not encrypted: {error}", where="[server] tls_certificate") from None


def _check_readable(path: Path, key: str) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ListenError(f"{path} cannot be read: {error.strerror}", where=f"[server] {key}") from None


def bound(server: ServerTable) -> socket.socket:
    """A socket that has the address; nobody is answered yet.

    Raises:
        ListenError: the address is not this machine's, is in use, or may not be used.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            server.host, server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ListenError(f"{server.host} is no address: {error.strerror}", where="[server] host") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise ListenError(f"cannot listen on {server.host} port {server.port}: {error.strerror}",
                          where="[server]") from None
    return listening


def serve_until_signal(
    app: ASGIApplication, listening: socket.socket, server: ServerTable, told: Callable[[], None],
    hurried: threading.Event,
) -> None:
    """Answer requests in this, the main thread, until SIGTERM or SIGINT; requests under way are answered first.

    ``told`` is called when the signal comes; ``hurried`` is set by the second one, which cuts requests off. Handlers
    stay in place, so that the second signal may come later.
    """
    # What is done in a handler may come in the middle of anything, so nothing is logged there.
    config = uvicorn.Config(
        app, loop="uvloop", http=Connection, lifespan="off", ws="none", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, backlog=BACKLOG, limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=REQUESTS_GRACE, ssl_certfile=server.tls_certificate, ssl_keyfile=server.tls_key,
        ssl_ciphers=CIPHERS)
    running = _Server(config)

    def signalled(_number: int, _frame: FrameType | None) -> None:
        if running.should_exit:
            running.force_exit = True
            hurried.set()
            return
        running.should_exit = True
        told()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signalled)
    running.run(sockets=[listening])


class _Server(uvicorn.Server):
    """Leaves signals alone: uvicorn would raise them again at the end, and the process would die of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        for one in sockets or ():
            host, port = one.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            _log.info("listening", host=host, port=port,
                      url=f"{'https' if self.config.is_ssl else 'http'}://{shown}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        _log.info("stopping")
        await super().shutdown(sockets=sockets)
