"""The console's view of lists: all kinds together, why one could not be loaded, and which hold what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.api.browsers import Browser, signed_in
from tests.api.serving import ACCOUNT, REGION, Served, now, serving
from vedette.api.operation import Running
from vedette.detectors.known import Known
from vedette.engine.activation import Activator
from vedette.engine.active_lists import ActiveLists
from vedette.findings.configuration import DetectorSettings
from vedette.findings.fold import detector_id
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.categories import Category
from vedette.intel.feed_formats import FeedFormat
from vedette.intel.lists import ListSpec, loaded_from
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory

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


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server with a feed, a trusted and a threat list of an account's own."""
    spec = ListSpec(name="c2", location="https://feeds.example/secret", category=Category.COMMAND_AND_CONTROL,
                    custom=False, format=FeedFormat.MALTRAIL)
    feed = loaded_from(spec, b"9.9.9.9 # A bot\n10.0.0.1\nbad.example\n", 77)
    ranges, inventory = AwsRanges.snapshot(), Inventory()
    with Store.open(tmp_path / "state") as store:
        lists = ActiveLists(store, Known(intel=Intel.of([feed]), aws=ranges, inventory=inventory))
        with serving(tmp_path, running=Running(knowledge=lists.current)) as server:
            with server.store.transaction() as batch:
                for account in (ACCOUNT, "222233334444"):
                    batch.configure(DetectorSettings(account=account, region=REGION, id=detector_id(account, REGION)))
            (tmp_path / "ours.txt").write_text("9.9.0.0/16\n8.8.8.8\n8.8.8.8\n")
            (tmp_path / "mine.txt").write_text("9.9.9.9\n*.bad.example\n")
            asked = {"DetectorId": DETECTOR, "Format": "TXT", "Activate": True}
            server.client().create_ip_set(Name="ours", Location=str(tmp_path / "ours.txt"), **asked)
            server.client().create_threat_entity_set(Name="mine", Location=str(tmp_path / "mine.txt"), **asked)
            activator = Activator(server.store, now, tmp_path)
            while activator.step():
                pass
            yield server


def listed(browser: Browser, value: str, account: str = ACCOUNT) -> tuple[bool, list[tuple[str, bool, str]]]:
    told = browser.get(f"/vedette/v1/listed?detectorId={detector_id(account, REGION)}&value={quote(value)}").body
    return told["trusted"], [(one["name"], one["trusted"], one["entry"]) for one in told["matches"]]


def test_how_much_is_in_a_list_is_told_and_what_holds_for_everybody(served: Served) -> None:
    path = f"/vedette/v1/lists?detectorId={DETECTOR}"
    told = signed_in(served, role="analyst").get(path).body
    assert {one["name"]: (one["entries"], one["passedOver"]) for one in told["lists"]} == {
        "mine": (2, {}), "ours": (2, {"repeated": 1})}
    assert told["everywhere"] == [{
        "name": "c2", "trusted": False, "category": "command-and-control", "entries": 2, "loadedAt": 77,
        "passedOver": {"not a public address": 1}}]
    (mine,) = served.client().list_threat_entity_sets(DetectorId=DETECTOR)["ThreatEntitySetIds"]
    served.client().update_threat_entity_set(DetectorId=DETECTOR, ThreatEntitySetId=mine, Activate=False)
    told = signed_in(served, "bob").get(path).body
    assert {one["name"]: one["entries"] for one in told["lists"]} == {"mine": None, "ours": 2}


def test_an_address_and_a_name_are_looked_for_in_all_lists_of_the_account(served: Served) -> None:
    browser, other = signed_in(served, role="analyst"), signed_in(served, "olga", account="222233334444")
    assert listed(browser, " 9.9.9.9 ") == (
        True, [("c2", False, "9.9.9.9"), ("mine", False, "9.9.9.9"), ("ours", True, "9.9.0.0/16")])
    assert listed(browser, "X.Bad.Example.") == (
        False, [("c2", False, "bad.example"), ("mine", False, "*.bad.example")])
    assert listed(browser, "1.1.1.1") == listed(browser, "10.0.0.1") == listed(browser, "good.example") == (False, [])
    assert listed(other, "9.9.9.9", "222233334444") == (False, [("c2", False, "9.9.9.9")])
    path = f"/vedette/v1/listed?detectorId={DETECTOR}&value="
    assert browser.get(f"{path}10.0.0.1").body["public"] is False
    for nonsense in ("", "::1", "9.9.9.0/24", "a" * 64, "*.bad.example", "https://bad.example/", "x." * 130,
                     "\u00e4.example", "bad.example\n."):
        answer = browser.get(path + quote(nonsense))
        assert (answer.status, answer.body["__type"]) == (400, "BadRequestException"), nonsense
    assert other.get(f"{path}9.9.9.9").status == 400
