"""Somebody who calls operations: an account with a detector in a Region."""

from __future__ import annotations

from typing import Any

from botocore import xform_name

from vedette.api.operation import Context, operations
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.fold import detector_id
from vedette.findings.store import Store

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
NOON, HOUR = 1_790_000_000_000, 3_600_000


class Caller:
    """``caller("GetFilter", filter_name="x")`` asks about the caller's detector, at the caller's time ``now``."""

    def __init__(self, store: Store, account: str = ACCOUNT, region: str = REGION) -> None:
        self.store, self.account, self.region, self.now = store, account, region, NOON
        self.detector = detector_id(account, region)
        with store.transaction() as batch:
            batch.configure(DetectorSettings(account=account, region=region, id=self.detector))

    def __call__(self, operation: str, /, *, detector: str = "", **members: Any) -> Any:
        context = Context(self.account, self.region, "admin", self.store, lambda: self.now, ("hook",))
        assert all(member == xform_name(member) for member in members)
        return operations()[operation].handler(context, detector_id=detector or self.detector, **members)

    def takes_in(self, member: str, relationship: str = "Enabled") -> None:
        """Make an account the caller's member."""
        with self.store.transaction() as batch:
            batch.configure(Member(account=self.account, region=self.region, id=member, email="a@example.com",
                                   relationship=relationship))  # type: ignore[arg-type]
