"""A browser, as far as the server can tell: it keeps cookies and sends the header that goes with a session."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.api.serving import ACCOUNT, REGION, Served, now
from vedette.api.users import create_user
from vedette.findings.store import Store

PASSWORD = "correct horse battery"


class Answer(NamedTuple):
    """Status, headers by name in small letters, and the body: decoded where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


class Browser:
    """Of one person."""

    def __init__(self, url: str, trusted: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self._trusted = trusted

    def ask(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        """One request. Names of headers are written with ``_``; None leaves one out that would be sent."""
        sent: dict[str, str | None] = {"X-Vedette-Region": REGION, "X-Vedette-CSRF": self.csrf or None}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        place = urlsplit(self.url)
        connection: http.client.HTTPConnection = (
            http.client.HTTPSConnection(place.netloc, timeout=30, context=self._trusted) if place.scheme == "https"
            else http.client.HTTPConnection(place.netloc, timeout=30))
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, {name: value for name, value in sent.items() if value is not None})
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        named = {name.lower(): value for name, value in answer.getheaders()}
        if "set-cookie" in named:
            name, _, value = named["set-cookie"].partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        is_json = named.get("content-type") == "application/json"
        return Answer(answer.status, named, json.loads(told) if is_json and told else told)

    def get(self, path: str, **headers: str | None) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str | None) -> Answer:
        return self.ask("POST", path, body, **headers)

    def sign_in(self, user: str = "alice", password: str = PASSWORD, **headers: str | None) -> Answer:
        answer = self.post("/vedette/v1/session", {"user": user, "password": password}, **headers)
        if answer.status == 200:
            self.csrf = answer.body["csrf"]
        return answer


def make_user(store: Store, name: str = "alice", role: str = "admin", account: str = ACCOUNT) -> None:
    create_user(store, name, account, role, PASSWORD, now())


def signed_in(served: Served, name: str = "alice", role: str = "admin", account: str = ACCOUNT) -> Browser:
    """A user who is made, and has signed in."""
    make_user(served.store, name, role, account)
    browser = Browser(served.url)
    assert browser.sign_in(name).status == 200
    return browser
