"""Findings posted to a web server: each the event that EventBridge would deliver, as JSON, signed.

``Vedette-Signature`` is ``v1=`` and the hexadecimal HMAC-SHA256, under the shared secret, of the value of
``Vedette-Timestamp`` (seconds since the epoch), a full stop and the body. A receiver compares it, refuses timestamps
that are minutes old, and takes each ``Vedette-Event-Id`` once. Any answer of 200 to 299 means that it has it.
"""

from __future__ import annotations

import hmac
import http.client
import ssl
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import SplitResult, urlsplit

from vedette import __version__
from vedette.intel.outside import is_loopback
from vedette.publish.destination import ARRIVED, DestinationError, Finding, Outcome, whole_or_untried
from vedette.publish.envelope import compact_json, event, event_id

Render = Callable[[Finding, int], Any]
"""Makes of a finding and the time (ms) what is posted."""

TIMEOUT = 10.0
"""Seconds for each of: connect, send, answer."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PASSING = frozenset({408, 425, 429})
_ANSWER = 64 << 10


class Webhook:
    """A URL that takes POST requests."""

    def __init__(
        self, url: str, secret: str, *, insecure: bool = False, timeout: float = TIMEOUT, render: Render = event,
    ) -> None:
        """``insecure`` allows plain HTTP to other machines.

        Raises:
            DestinationError: the URL is none, or plain HTTP to another machine, or there is no secret.
        """
        self._url = _checked(url, insecure=insecure)
        if not secret:
            raise DestinationError("has no secret to sign with: give one", where=_shown(self._url))
        self._secret = secret.encode()
        self._timeout = timeout
        self._render = render

    def send(self, documents: Sequence[Finding], now: int) -> list[Outcome]:
        """One request a finding. When nobody answers, those that follow are not tried."""
        outcomes: list[Outcome] = []
        for document in documents:
            body = compact_json(self._render(document, now)).encode()
            try:
                outcomes.append(_meaning(*self._post(body, event_id(document), now // 1000)))
            except ssl.SSLError as error:
                failed = Outcome("unable", f"{_shown(self._url)}: the certificate or TLS is refused: {error}")
                return outcomes + whole_or_untried(failed, 1, len(documents) - len(outcomes))
            except (OSError, http.client.HTTPException) as error:
                failed = Outcome("later", f"{_shown(self._url)} cannot be reached: {error or type(error).__name__}")
                return outcomes + whole_or_untried(failed, 1, len(documents) - len(outcomes))
        return outcomes

    def _post(self, body: bytes, event_name: str, timestamp: int) -> tuple[int, str]:
        url = self._url
        connection = self._connection()
        try:
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", target, body, {
                "Content-Type": "application/json", "User-Agent": f"vedette/{__version__}", "Connection": "close",
                "Vedette-Event-Id": event_name, "Vedette-Timestamp": str(timestamp),
                "Vedette-Signature": signature(self._secret, timestamp, body)})
            answer = connection.getresponse()
            return answer.status, answer.read(_ANSWER)[:200].decode("utf-8", "replace")
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port or _DEFAULT_PORTS[self._url.scheme]
        if self._url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """The value of ``Vedette-Signature``."""
    return "v1=" + hmac.new(secret, f"{timestamp}.".encode() + body, sha256).hexdigest()


def _checked(url: str, *, insecure: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(one <= " " or one == "\x7f" for one in url):
        raise DestinationError("is no URL: write https://host/path", where=url[:200])
    if parts.username or parts.password:
        raise DestinationError("holds a password, which is not sent: receivers check the signature",
                               where=_shown(parts))
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname or ""):
        raise DestinationError("would send findings in the clear: write https://, or allow it with insecure = true",
                               where=_shown(parts))
    return parts


def _shown(url: SplitResult) -> str:
    """Without what may be secret in it."""
    return f"{url.scheme}://{url.hostname}{f':{url.port}' if url.port else ''}{url.path}"


def _meaning(status: int, told: str) -> Outcome:
    if 200 <= status < 300:
        return ARRIVED
    said = f"the receiver answered {status}: {' '.join(told.split())}".rstrip(": ")
    if 300 <= status < 400:
        return Outcome("unable", f"the receiver answered {status}: redirects are not followed, give the URL it names")
    if status >= 500 or status in _PASSING:
        return Outcome("later", said)
    return Outcome("never" if status == 413 else "unable", said)
