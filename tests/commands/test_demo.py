"""The two classic demonstrations, as `vedette demo` plays them."""

from __future__ import annotations

import io
import os

import pytest

from vedette.commands.demo import PING, STOLEN, demo


def test_both_demonstrations_find_what_they_must(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    out = io.StringIO()
    assert demo(out) == 0
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
