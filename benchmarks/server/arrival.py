"""From a log file that is dropped into a folder to its finding, new or told of once more, read over the API."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.server.listing import Times
from benchmarks.server.load import ask, signed
from benchmarks.server.running import ACCOUNT, REGION, Served, now, until, vedette
from vedette.logs.times import format_time

_LOOK = 0.005
"""Seconds between two questions."""
_PATIENCE = 30.0


def arrivals(drops: int) -> Times:
    """How long (ms) each of so many files took, one after the other at random moments."""
    draw = random.Random(3)
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as told:
        folder = Path(told)
        logs = folder / "logs"
        logs.mkdir()
        with vedette(folder, f'[[source]]\nkind = "folder"\nlocation = "{logs}"\n') as server:
            at = json.loads(ask(server, signed(server, "POST", "/detector", b'{"enable":true}')))["detectorId"]
            took = []
            for number in range(drops + 1):
                time.sleep(draw.random() / 4)
                took.append(_one(server, f"/detector/{at}/findings", folder, number))
    return Times(tuple(took[1:]))  # the first waits for what is imported when it is first needed


def _one(server: Served, at: str, folder: Path, number: int) -> float:
    criterion = {"service.count": {"greaterThanOrEqual": number + 1}}
    question = signed(server, "POST", at, json.dumps({"findingCriteria": {"criterion": criterion}}).encode())
    draft = folder / f"{number}.json.gz"
    draft.write_bytes(gzip.compress(json.dumps({"Records": [_record(number)]}).encode()))
    draft.rename(folder / "logs" / draft.name)
    begun = time.perf_counter()

    def there() -> bool:
        time.sleep(_LOOK)
        return bool(json.loads(ask(server, question))["findingIds"])

    until(there, patience=_PATIENCE)
    return (time.perf_counter() - begun) * 1000


def _record(number: int) -> dict[str, Any]:
    """A call by the root user: the first makes the finding, each further one raises its count."""
    return {
        "eventVersion": "1.11", "eventTime": format_time(now() // 1000 * 1000), "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser", "awsRegion": REGION, "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli",
        "requestParameters": None, "responseElements": None, "eventID": f"00000000-0000-4000-8000-{number:012}",
        "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True, "eventCategory": "Management",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root",
                         "accountId": ACCOUNT, "accessKeyId": "ASIAROOT000000000001"}}
