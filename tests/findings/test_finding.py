"""What a finding says: only what the records prove, and what the inventory and the geo databases know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detectors.test_stories import validate
from tests.intel.test_geo import write_mmdb
from tests.playing import at_path, known_in
from vedette.engine.pipeline import Street
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.simulate import OUTSIDE, Given, iam_user, instance, story
from vedette.sources import open_source

VICTIM = instance("i-0a1b2c3d4e5f60001", private_ip="10.0.1.15", public_ip="54.210.33.12", name="victim")
PING = "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom"


def scanned(folder: Path, store: Store, geo: Geo) -> list[dict]:
    street = Street(store, known_in(folder), geo)
    summary = street.run(open_source(str(folder / "logs")))
    return store.get(sorted(summary.changed))


def test_what_nobody_knows_is_not_in_the_finding(tmp_path: Path) -> None:
    story("a ping", VICTIM.pings(OUTSIDE), given=Given(threat_ips=(OUTSIDE,))).render().save(tmp_path)
    with Store.in_memory() as store:
        (found,) = scanned(tmp_path, store, Geo.open())
    assert found["resource"] == {"resourceType": "Instance", "instanceDetails": {"networkInterfaces": [
        {"networkInterfaceId": VICTIM.interface, "privateIpAddress": "10.0.1.15"}]}}
    assert at_path(found, "service.action.networkConnectionAction.remoteIpDetails") == {"ipAddressV4": OUTSIDE}
    assert VICTIM.interface in found["title"]


def test_country_city_and_network_come_from_the_users_databases(tmp_path: Path) -> None:
    write_mmdb(tmp_path / "city.mmdb", "GeoLite2-City", {f"{OUTSIDE}/32": {
        "country": {"iso_code": "CH", "names": {"en": "Switzerland"}}, "city": {"names": {"en": "Bern"}},
        "location": {"latitude": 46.9, "longitude": 7.4}}})
    write_mmdb(tmp_path / "asn.mmdb", "GeoLite2-ASN", {f"{OUTSIDE}/32": {
        "autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"}})
    story("a ping", VICTIM.pings(OUTSIDE), given=Given(threat_ips=(OUTSIDE,))).render().save(tmp_path)
    with Store.in_memory() as store:
        (found,) = scanned(tmp_path, store, Geo.open(tmp_path / "city.mmdb", tmp_path / "asn.mmdb"))
    remote = at_path(found, "service.action.networkConnectionAction.remoteIpDetails")
    assert remote["country"] == {"countryCode": "CH", "countryName": "Switzerland"}
    assert remote["city"] == {"cityName": "Bern"}
    assert remote["geoLocation"] == {"lat": 46.9, "lon": 7.4}
    assert remote["organization"] == {"asn": "64500", "asnOrg": "Example Net"}
    validate(found)


@pytest.mark.parametrize("order", [("flows", "calls"), ("calls", "flows")])
def test_a_finding_is_written_again_when_the_logs_tell_more_of_its_resource(tmp_path: Path, order) -> None:
    """The instance's tags come from CloudTrail, before or after the flow that made the finding."""
    launch = iam_user("ops").calls("ec2", "RunInstances", {}, at=-3600, response={
        "ownerId": VICTIM.account, "instancesSet": {"items": [{
            "instanceId": VICTIM.instance_id, "instanceType": "t3.small", "imageId": "ami-12345678",
            "networkInterfaceSet": {"items": [{"networkInterfaceId": VICTIM.interface,
                                               "privateIpAddress": "10.0.1.15"}]},
            "tagSet": {"items": [{"key": "Name", "value": "web-7"}]}}]}})
    told = {"flows": story("flows", VICTIM.pings(OUTSIDE), given=Given(threat_ips=(OUTSIDE,))),
            "calls": story("calls", launch)}
    for name, one in told.items():
        one.render().save(tmp_path / name)
    with Store.in_memory() as store:
        for name in order:
            Street(store, known_in(tmp_path / "flows"), Geo.open()).run(open_source(str(tmp_path / name / "logs")))
        (one,) = store.list().ids
        (found,) = store.get([one])
    details = found["resource"]["instanceDetails"]
    assert details["instanceId"] == VICTIM.instance_id
    assert details["instanceType"] == "t3.small"
    assert details["tags"] == [{"key": "Name", "value": "web-7"}]
    assert VICTIM.instance_id in found["title"]
    assert found["type"] == PING
