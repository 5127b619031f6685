"""The two classic demonstrations, as `vedette demo` plays them."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from tests.api.browsers import Browser
from vedette.api.console.files import ConsoleFiles
from vedette.commands.demo import PING, STOLEN, demo


def test_both_demonstrations_find_what_they_must(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    out = io.StringIO()
    pages: list[tuple[int, dict[str, Any]]] = []

    def stay() -> None:
        if not ConsoleFiles().built:
            assert "The console is not built here" in out.getvalue()
            assert "/login#token=" not in out.getvalue()
            pytest.skip("the console's bundle is not built: make console")
        (link,) = [line.strip() for line in out.getvalue().splitlines() if "/login#token=" in line]
        url, _, token = link.partition("/login#token=")
        browser = Browser(url)
        pages.append(browser.post("/vedette/v1/session", {"token": token})[::2])
        pages.append(browser.post("/vedette/v1/session", {"token": token})[::2])

    assert demo(out, stay) == 0
    (status, session), (again, _) = pages
    assert (status, again) == (200, 401)
    assert (session["user"], session["role"], session["regions"]) == ("demo", "admin", ["us-east-1"])
    said = out.getvalue()
    ping, stolen = said.split("\n(b) ")
    assert ping.count(PING) == 1
    assert '"threatListName": "demo-threat-list"' in ping
    assert '"protocol": "ICMP"' in ping
    assert '"value": "victim"' in ping
    assert "on the trusted list as well, the same pings change nothing: true" in ping
    assert "create-ip-set s3://vedette-demo/lists/demo-trusted-list.txt: ACTIVE" in ping
    assert "from the instance itself: 0 findings" in stolen
    assert stolen.count(STOLEN) == 1
    assert '"userName": "web-app"' in stolen
