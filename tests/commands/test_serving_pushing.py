"""Who may push: known before the body comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vedette.api.identity import Gate
from vedette.api.keys import KeyRing, Sealer, create
from vedette.commands.serving.pushing import with_pushes
from vedette.findings.store import Store
from vedette.sources.push import PushFeed


@pytest.mark.parametrize(("role", "awaited"), [("analyst", False), ("ingest", True)])
def test_a_key_that_may_not_deliver_logs_is_refused_before_its_body(role: Any, awaited: bool, tmp_path: Path) -> None:
    def now() -> int:
        return int(time.time() * 1000)

    with Store.open(tmp_path / "state") as store:
        key, _ = create(store, Sealer(tmp_path / "state" / "vedette.key"), "111122223333", role, "", now())
        gate = Gate(KeyRing(store, tmp_path / "state" / "vedette.key"), now)
        app = with_pushes([PushFeed("agents", tmp_path / "pushed")], gate, _nobody)
        at = datetime.now(UTC)
        signed = (f"AWS4-HMAC-SHA256 Credential={key.id}/{at:%Y%m%d}/eu-west-1/guardduty/aws4_request, "
                  f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}")
        scope = {"type": "http", "method": "POST", "path": "/ingest/agents", "raw_path": b"/ingest/agents",
                 "query_string": b"", "headers": [(b"host", b"x"), (b"x-amz-date", f"{at:%Y%m%dT%H%M%SZ}".encode()),
                                                  (b"authorization", signed.encode())]}
        asked: list[bool] = []
        said: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            asked.append(True)
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            said.append(message)

        asyncio.run(app(scope, receive, send))
    assert said[0]["status"] == 403
    assert bool(asked) == awaited


async def _nobody(*_: Any) -> None:
    raise AssertionError("it is not for the sources")
