"""What of each finding type was found, when last, and what people said of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.browsers import signed_in
from tests.api.serving import ACCOUNT, REGION, Served, now, serving
from tests.findings.documents import document, put
from vedette.findings.configuration import DetectorSettings
from vedette.findings.fold import detector_id
from vedette.logs.times import format_time, parse_time

OTHER = "999999999999"
OWN, OTHERS = detector_id(ACCOUNT, REGION), detector_id(OTHER, REGION)
SCAN, KEY = "Recon:EC2/Portscan", "Persistence:IAMUser/AnomalousBehavior"
DAY = 86_400_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        with server.store.transaction() as batch:
            for account, one in ((ACCOUNT, OWN), (OTHER, OTHERS)):
                batch.configure(DetectorSettings(account=account, region=REGION, id=one))
        yield server


def found(served: Served, number: int, kind: str, days_ago: int, **fields: Any) -> int:
    """A finding that was seen and updated so many days ago; when (ms)."""
    then = format_time(now() - days_ago * DAY)
    with served.store.transaction() as batch:
        put(batch, document(number, type=kind, updatedAt=then, eventLastSeen=then, **{"detectorId": OWN, **fields}))
    return parse_time(then)


def test_a_type_tells_its_findings_the_recent_ones_its_last_and_the_feedback(served: Served) -> None:
    found(served, 1, SCAN, 40)
    found(served, 2, SCAN, 29, userFeedback="NOT_USEFUL")
    last = found(served, 3, SCAN, 2, archived=True, userFeedback="USEFUL")
    key = found(served, 4, KEY, 31, userFeedback="USEFUL")
    found(served, 5, KEY, 1, detectorId=OTHERS, accountId=OTHER)
    answer = signed_in(served, role="analyst").get(f"/vedette/v1/type-counts?detectorId={OWN}")
    assert answer.body == {"days": 30, "types": {
        SCAN: {"findings": 3, "recent": 2, "lastSeen": last, "useful": 1, "notUseful": 1},
        KEY: {"findings": 1, "recent": 0, "lastSeen": key, "useful": 1, "notUseful": 0}}}
    other = signed_in(served, "olga", account=OTHER)
    assert other.get(f"/vedette/v1/type-counts?detectorId={OTHERS}").body["types"].keys() == {KEY}
    assert other.get(f"/vedette/v1/type-counts?detectorId={OWN}").status == 400
