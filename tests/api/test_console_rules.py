"""The console's view of custom detection rules: all there are, how each works here, and what it found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.browsers import Browser, signed_in
from tests.api.serving import ACCOUNT, REGION, Served, serving
from tests.findings.documents import document, put
from vedette.detectors.custom_rule import custom_rules
from vedette.findings.configuration import DetectorSettings, Member, OrganizationAdmin, RuleTrial
from vedette.findings.fold import detector_id

DETECTOR = detector_id(ACCOUNT, REGION)
MANAGEMENT, MEMBERS = "999900001111", ("777788889999", "777788880000")
KEY, SENDING = "iam-access-key-created", "ses-account-sending-enabled"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        with server.store.transaction() as batch:
            batch.configure(DetectorSettings(account=ACCOUNT, region=REGION, id=DETECTOR))
        yield server


def rules(browser: Browser) -> dict[str, dict[str, Any]]:
    listed = browser.get(f"/vedette/v1/custom-rules?detectorId={DETECTOR}").body["rules"]
    return {one["id"]: one for one in listed}


def test_every_rule_is_told_with_its_condition_also_those_over_other_logs(served: Served) -> None:
    told = rules(signed_in(served, role="analyst"))
    assert told.keys() == custom_rules().keys()
    for one in told.values():
        assert (one["association"], one["findings"], one["trial"]) == (None, 0, None)
        assert all(one[name] for name in ("name", "type", "finds", "says", "attack", "remedy"))
    assert (told[KEY]["source"], told["ec2-beaconing"]["source"]) == ("cloudtrail", "vpc-flow")
    assert told[KEY]["condition"].startswith("eventSource = 'iam.amazonaws.com' AND eventName = 'CreateAccessKey'")
    assert told["ec2-beaconing"]["condition"] == ""


def test_a_rule_tells_how_it_works_and_what_it_found_and_others_see_none_of_it(served: Served) -> None:
    browser = signed_in(served)
    client = served.client()
    live = client.create_custom_detection_rule_association(RuleId=KEY, Mode="LIVE")["RuleAssociation"]
    tried = client.create_custom_detection_rule_association(RuleId=SENDING, Mode="DRY_RUN")["RuleAssociation"]
    with served.store.transaction() as batch:
        batch.configure(RuleTrial(account=ACCOUNT, region=REGION, id=SENDING, created=7, matches=3))
        for number in (1, 2):
            put(batch, document(number, detectorId=DETECTOR, severity=2.0) | {
                "customDetectionRuleName": custom_rules()[KEY].name})
    told = rules(browser)
    assert told[KEY]["association"] == {
        "associationId": live["AssociationId"], "mode": "LIVE", "expires": None, "byOrganization": False,
        "since": int(live["UpdatedAt"].timestamp() * 1000)}
    assert told[SENDING]["association"]["expires"] == int(tried["ExpiresAt"].timestamp() * 1000)
    assert (told[KEY]["findings"], told[SENDING]["findings"]) == (2, 0)
    assert told[SENDING]["trial"] == {"matches": 3, "since": 7}
    found = client.list_findings(DetectorId=DETECTOR, FindingCriteria={"Criterion": {
        "customDetectionRuleName": {"Equals": [custom_rules()[KEY].name]}}})["FindingIds"]
    assert len(found) == 2

    assert all(one["organization"] is None for one in told.values())

    other = signed_in(served, "olga", account="222233334444")
    assert other.get(f"/vedette/v1/custom-rules?detectorId={DETECTOR}").status == 400


def test_the_delegated_administrator_is_told_what_the_organization_has_set(served: Served) -> None:
    browser = signed_in(served)
    with served.store.transaction() as batch:
        batch.configure(OrganizationAdmin(account=MANAGEMENT, region=REGION, id=ACCOUNT))
        for one in MEMBERS:
            batch.configure(Member(account=ACCOUNT, region=REGION, id=one, email="m@example.com",
                                   relationship="Enabled", by_organization=True))
    client = served.client()
    client.create_custom_detection_rule_org_configuration(RuleId=KEY, Mode="LIVE", ExcludeAccountIds=[MEMBERS[0]])
    client.create_custom_detection_rule_org_configuration(RuleId=KEY, Mode="DRY_RUN", IncludeAccountIds=[MEMBERS[0]])
    told = rules(browser)
    dry, live = sorted(told[KEY]["organization"], key=lambda one: one["mode"])
    assert live == {"mode": "LIVE", "include": [], "exclude": [MEMBERS[0]], "expires": None, "accounts": 2}
    (ends,) = [one["ExpiresAt"] for one in client.list_custom_detection_rule_org_configurations()["Configurations"]
               if one["Mode"] == "DRY_RUN"]
    assert dry == {"mode": "DRY_RUN", "include": [MEMBERS[0]], "exclude": [], "accounts": 1,
                   "expires": int(ends.timestamp() * 1000)}
    assert told[SENDING]["organization"] == []
    member = signed_in(served, "mel", account=MEMBERS[0])
    with served.store.transaction() as batch:
        batch.configure(DetectorSettings(account=MEMBERS[0], region=REGION, id=detector_id(MEMBERS[0], REGION)))
    theirs = member.get(f"/vedette/v1/custom-rules?detectorId={detector_id(MEMBERS[0], REGION)}").body["rules"]
    assert all(one["organization"] is None for one in theirs)
