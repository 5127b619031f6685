"""The console's view of lists: all kinds together, and why one could not be loaded."""

from __future__ import annotations

from pathlib import Path

from tests.api.browsers import signed_in
from tests.api.serving import ACCOUNT, REGION, now, serving
from vedette.engine.activation import Activator
from vedette.findings.configuration import DetectorSettings
from vedette.findings.fold import detector_id

DETECTOR = detector_id(ACCOUNT, REGION)


def test_lists_of_all_kinds_are_told_with_the_reason_and_what_is_in_force(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        with served.store.transaction() as batch:
            batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=DETECTOR))
        client, browser = served.client(), signed_in(served, role="analyst")
        asked = {"DetectorId": DETECTOR, "Format": "TXT", "Activate": True}
        (tmp_path / "ours.txt").write_text("198.51.100.1\n")
        (tmp_path / "bad.txt").write_text("nobody\n")
        kept = client.create_ip_set(Name="ours", Location=str(tmp_path / "ours.txt"), **asked)["IpSetId"]
        client.create_threat_intel_set(Name="bad", Location=str(tmp_path / "bad.txt"), **asked)
        client.create_threat_entity_set(Name="waiting", Location="s3://b/k", **{**asked, "Activate": False})
        gone = client.create_trusted_entity_set(Name="gone", Location="s3://b/k", **{**asked, "Activate": False})
        client.delete_trusted_entity_set(DetectorId=DETECTOR, TrustedEntitySetId=gone["TrustedEntitySetId"])
        activator = Activator(served.store, now, tmp_path)
        while activator.step():
            pass
        (tmp_path / "ours.txt").unlink()
        client.update_ip_set(DetectorId=DETECTOR, IpSetId=kept, Activate=True)
        assert activator.step()

        path = f"/vedette/v1/lists?detectorId={DETECTOR}"
        told = {one["name"]: one for one in browser.get(path).body["lists"]}
        assert {name: (one["kind"], one["status"], one["inForce"]) for name, one in told.items()} == {
            "bad": ("threatintelset", "ERROR", False), "ours": ("ipset", "ERROR", True),
            "waiting": ("threatentityset", "INACTIVE", False)}
        assert "bad:1" in told["bad"]["error"]
        assert told["ours"]["error"]
        assert told["ours"]["triedAgainAt"] > told["ours"]["updatedAt"]
        assert (told["bad"]["triedAgainAt"], told["waiting"]["error"]) == (None, None)
        assert signed_in(served, "olga", account="222233334444").get(path).status == 400
