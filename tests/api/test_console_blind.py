"""Which finding types are blind in an account and Region now, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.browsers import signed_in
from tests.api.serving import ACCOUNT, REGION, Served, now, serving
from vedette.detectors.catalogue import catalogue
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.fold import detector_id
from vedette.findings.rows import LAMBDA_NETWORK, S3_DATA, Usage

OTHER = "222233334444"
STOPPED, SCAN = "Stealth:IAMUser/CloudTrailLoggingDisabled", "Recon:EC2/Portscan"
TOR = "UnauthorizedAccess:IAMUser/TorIPCaller"
DAY = 86_400_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server that knows no list, with two accounts."""
    with serving(tmp_path) as server:
        with server.store.transaction() as batch:
            for account in (ACCOUNT, OTHER):
                batch.configure(DetectorSettings(account=account, region=REGION, id=detector_id(account, REGION)))
        yield server


def came(served: Served, kind: str, account: str = ACCOUNT, region: str = REGION, days_ago: int = 0) -> None:
    with served.store.transaction() as batch:
        batch.count_usage(
            [Usage(account=account, region=region, kind=kind, records=1, bytes=1)], now() - days_ago * DAY)


def test_a_type_sees_when_its_logs_came_to_the_account_and_what_it_needs_is_loaded(served: Served) -> None:
    browser = signed_in(served, role="analyst")

    def blind() -> dict[str, Any]:
        answer = browser.get(f"/vedette/v1/blind?detectorId={detector_id(ACCOUNT, REGION)}")
        return dict(answer.body["types"])

    assert blind().keys() == catalogue().types.keys()
    assert blind()[STOPPED] == [{"unread": ["cloudtrail"], "needs": []}]
    came(served, "cloudtrail", OTHER)
    came(served, "cloudtrail", region="eu-north-1")
    came(served, "cloudtrail", days_ago=30)
    assert STOPPED in blind()
    came(served, S3_DATA, days_ago=29)
    assert STOPPED not in blind()
    assert blind()[TOR] == [{"unread": [], "needs": [["feed:tor-exit"]]}]
    assert SCAN in blind()

    with served.store.transaction() as batch:
        batch.configure(Member(account=ACCOUNT, region=REGION, id=OTHER, relationship="Enabled", email="o@example.com"))
    came(served, LAMBDA_NETWORK, OTHER)
    assert SCAN not in blind()
    assert browser.get(f"/vedette/v1/blind?detectorId={detector_id(OTHER, REGION)}").status == 400
