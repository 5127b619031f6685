"""Clients that are slow, large or odd on purpose, against the server's own listening."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import time
import urllib.request

import pytest
import uvicorn

from tests.commands.test_serve import certificate, serve, tls  # noqa: F401 - fixtures
from vedette.commands.serving import connection


async def _hello(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


def _with_server(test, app=_hello):
    """Run ``test(port)`` in a thread while a server listens."""

    async def main():
        server = uvicorn.Server(uvicorn.Config(
            app, http=connection.Connection, lifespan="off", ws="none", log_config=None))
        listening = socket.create_server(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve([listening]))
        try:
            return await asyncio.to_thread(test, listening.getsockname()[1])
        finally:
            server.should_exit = True
            await running

    return asyncio.run(main())


def _answered(sock: socket.socket) -> bool:
    sock.settimeout(10)
    got = b""
    while not got.endswith(b"\r\n\r\nhi") and (more := sock.recv(1000)):
        got += more
    return got.startswith(b"HTTP/1.1 200 ") and got.endswith(b"hi")


def _ended(sock: socket.socket) -> bool:
    """The server has closed the connection, within the test's patience."""
    sock.settimeout(10)
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA: b"])
def test_a_client_that_does_not_finish_its_headers_is_left(monkeypatch, said):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)

    def test(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(said)
            assert _ended(sock)

    _with_server(test)


def test_a_second_request_on_a_connection_has_its_own_time(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.5)

    def test(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            for _ in range(3):
                sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert _answered(sock)
                time.sleep(0.3)
            sock.sendall(b"GET / HT")
            assert _ended(sock)

    _with_server(test)


def test_a_slow_body_is_the_applications_affair(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)

    def test(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
            time.sleep(0.6)
            sock.sendall(b"ok")
            assert _answered(sock)

    _with_server(test)


@pytest.mark.parametrize("head", [b"GET /", b"GET / HTTP/1.1\r\nA: ", b"GET / HTTP/1.1\r\n"])
def test_headers_without_end_are_not_kept(head):
    part = b"a" * 60_000 if not head.endswith(b"\n") else b"A: b\r\n" * 10_000

    def test(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sent = 0
            try:
                sock.sendall(head)
                while sent < 50_000_000:
                    sock.sendall(part)
                    sent += len(part)
            except OSError:
                pass
            # What the network itself holds has been sent as well.
            assert sent < 20_000_000

    _with_server(test)


def test_tls_1_2_uses_authenticated_ciphers_only(serve, certificate):  # noqa: F811
    server = serve('[server]\nhost = "localhost"\nport = 0\n' + tls(certificate, "key.pem"))
    port = server.said("listening")["port"]
    old = ssl.create_default_context(cafile=str(certificate))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with urllib.request.urlopen(f"https://localhost:{port}/healthz", timeout=20, context=old) as answer:
        assert answer.status == 200
    old.set_ciphers("ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA")
    with socket.create_connection(("localhost", port)) as sock, pytest.raises(ssl.SSLError):
        old.wrap_socket(sock, server_hostname="localhost")
    assert server.stop(signal.SIGTERM) == 0


def test_a_request_for_no_path_is_no_fault_of_the_server(serve):  # noqa: F811
    server = serve()
    server.said("listening")
    with socket.create_connection(("127.0.0.1", server.said("listening")["port"])) as sock:
        sock.sendall(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.settimeout(10)
        assert sock.recv(100).startswith(b"HTTP/1.1 404 ")
    assert not [line for line in server.log() if line["level"] == "error"]


def test_who_has_no_key_that_delivers_is_told_so_before_the_body(serve):  # noqa: F811
    server = serve('[server]\nport = 0\n[[source]]\nkind = "push"\nname = "agents"\n')
    with socket.create_connection(("127.0.0.1", server.said("listening")["port"])) as sock:
        sock.sendall(b"POST /ingest/agents HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        sock.settimeout(10)
        assert sock.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_a_body_that_goes_on_after_it_was_refused_is_not_awaited_for_ever(monkeypatch):
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)

    async def refused(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no"})

    def test(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            sock.settimeout(10)
            got = b""
            while not got.endswith(b"no"):
                got += sock.recv(1000)
            sock.sendall(b"z")
            assert _ended(sock)

    _with_server(test, refused)


def test_a_response_of_many_parts_comes_whole_and_in_order():
    parts = [bytes([number]) * 9_000 for number in range(40)]

    async def app(scope, receive, send):
        length = sum(map(len, parts))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % length)]})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def ask(port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            return answer.read()

    assert _with_server(ask, app) == b"".join(parts)


class _Wire:
    """What a transport is asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        return lambda *given: self.asked.append((name, *given))


def test_what_is_written_in_one_go_is_sent_in_one_go():
    async def said(*steps):
        wire = _Wire()
        gathered = connection._Gathered(wire, asyncio.get_running_loop())
        for step in steps:
            if isinstance(step, bytes):
                gathered.write(step)
            elif step:
                getattr(gathered, step)()
            else:
                await asyncio.sleep(0)
        await asyncio.sleep(0)
        return wire.asked

    large = b"x" * connection.HELD
    for steps, asked in (
        ((b"head", b"body"), [("write", b"headbody")]),
        ((b"one", None, b"two"), [("write", b"one"), ("write", b"two")]),
        ((b"head", b"body", "close"), [("write", b"headbody"), ("close",)]),
        ((b"head", "abort"), [("abort",)]),
        ((b"head", large, b"tail"), [("write", b"head" + large), ("write", b"tail")]),
        (("pause_reading", b"head"), [("pause_reading",), ("write", b"head")]),
    ):
        assert asyncio.run(said(*steps)) == asked
