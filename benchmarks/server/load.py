"""A client that is quicker than what it measures: requests made and signed beforehand, bare sockets, one thread."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.server.running import REGION, Served

_RECEIVED = 1 << 18


@dataclass(slots=True)
class Answers:
    """What came back."""

    seconds: float
    cpu: float
    """Seconds of CPU that the server took meanwhile."""
    number: int = 0
    took: list[float] = field(default_factory=list)
    """Seconds from the last byte sent to the last byte received, of each."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.number / self.seconds


def signed(server: Served, method: str, path: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    request = AWSRequest(method, server.url + quote(path), data=body)
    if body:
        request.headers["Content-Type"] = "application/json"
    SigV4Auth(Credentials(server.key or "key", server.secret or "secret"), "guardduty", REGION).add_auth(request)
    lines = [f"{method} {quote(path)} HTTP/1.1", f"Host: {server.host}:{server.port}",
             *(f"{name}: {value}" for name, value in request.headers.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(server: Served, request: bytes) -> bytes:
    """The body of one answer."""
    one = _Connection(server, request)
    while not one.whole():
        one.receive()
    one.socket.close()
    return one.body


def load(server: Served, requests: Sequence[bytes], seconds: float, connections: int) -> Answers:
    """Send the requests again and again over so many connections, each waiting for its answer.

    Raises:
        RuntimeError: an answer is not a good one.
    """
    waiting: dict[int, _Connection] = {}
    poll = select.epoll()
    for number in range(connections):
        one = _Connection(server, requests[number % len(requests)])
        waiting[one.socket.fileno()] = one
        poll.register(one.socket, select.EPOLLIN)
    cpu, begun = server.cpu, time.perf_counter()
    end = begun + seconds
    answers = Answers(0.0, 0.0)
    turn = connections
    while time.perf_counter() < end:
        for number, _ in poll.poll(1.0):
            one = waiting[number]
            one.receive()
            if not one.whole():
                continue
            answers.number += 1
            answers.took.append(time.perf_counter() - one.sent)
            turn += 1
            request = requests[turn % len(requests)]
            if one.stays:
                one.send(request)
                continue
            poll.unregister(number)
            one.socket.close()
            del waiting[number]
            one = _Connection(server, request)
            waiting[one.socket.fileno()] = one
            poll.register(one.socket, select.EPOLLIN)
    answers.seconds, answers.cpu = time.perf_counter() - begun, server.cpu - cpu
    for one in waiting.values():
        one.socket.close()
    poll.close()
    return answers


class _Connection:
    """One connection, with one request under way."""

    def __init__(self, server: Served, request: bytes) -> None:
        self.socket = socket.create_connection((server.host, server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stays = True
        self.send(request)

    def send(self, request: bytes) -> None:
        """Ask, once the answer before has come."""
        self._received = b""
        self._ended = False
        self.body = b""
        self.socket.sendall(request)
        self.sent = time.perf_counter()

    def receive(self) -> None:
        """Take what is there."""
        part = self.socket.recv(_RECEIVED)
        self._received += part
        self._ended = not part

    def whole(self) -> bool:
        """The answer is there to its end; `body` then is its body, `stays` whether the connection goes on."""
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            if self._ended:
                raise RuntimeError("the server closed the connection")
            return False
        low = head.lower()
        place = low.find(b"\r\ncontent-length:")
        if place >= 0:
            length = int(low[place + 17:].split(b"\r\n", 1)[0])
            if len(rest) < length:
                if self._ended:
                    raise RuntimeError("the server closed the connection")
                return False
        elif not self._ended:
            return False
        if low[9:12] != b"200":
            raise RuntimeError(f"the server said: {self._received[:1000].decode('latin-1')}")
        self.stays = not self._ended and not low.startswith(b"http/1.0") and b"\r\nconnection: close" not in low
        self.body = rest
        return True
