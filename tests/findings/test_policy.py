from __future__ import annotations

from tests.findings.documents import document
from vedette.detectors.finding_type import Plan
from vedette.findings.configuration import Destination, DetectorSettings, Feature, Filter, Member, RuleAssociation
from vedette.findings.policy import EXPORT, Policy
from vedette.findings.rule_modes import RuleModes

ADMIN, MEMBER, REGION = "111122223333", "444455556666", "eu-west-1"


def detector(account=ADMIN, **changes):
    return DetectorSettings(account=account, region=REGION, id=account, **changes)


def rule(name, account=ADMIN, rank=1, action="ARCHIVE", **criterion):
    criterion = criterion or {"type": {"equals": ["T"]}}
    return Filter(account=account, region=REGION, id=name, rank=rank, action=action, criteria={"criterion": criterion})


def member(relationship="Enabled"):
    return Member(account=ADMIN, region=REGION, id=MEMBER, email="a@example.com", relationship=relationship)


def test_where_nothing_is_configured_everything_is_wanted_and_nothing_suppressed():
    policy = Policy()
    assert policy.wants(ADMIN, REGION, Plan.S3_DATA_EVENTS)
    assert policy.suppressor(ADMIN, REGION, document()) == ""
    assert policy.destinations(ADMIN, REGION) == []


def test_a_suspended_detector_wants_nothing_there_and_only_there():
    policy = Policy([detector(enabled=False)])
    assert not policy.wants(ADMIN, REGION, Plan.FOUNDATIONAL)
    assert policy.wants(ADMIN, "us-east-1", Plan.FOUNDATIONAL)
    assert policy.wants(MEMBER, REGION, Plan.FOUNDATIONAL)


def test_a_feature_that_is_off_silences_its_plan():
    policy = Policy([detector(features={"S3_DATA_EVENTS": Feature(enabled=False)})])
    assert not policy.wants(ADMIN, REGION, Plan.S3_DATA_EVENTS)
    assert policy.wants(ADMIN, REGION, Plan.FOUNDATIONAL)


def test_a_part_of_a_feature_is_off_unless_it_is_turned_on_with_the_whole():
    for whole, part in ((True, True), (True, False), (False, True)):
        feature = Feature(enabled=whole, additional={"RDS_DATA_RISK": part})
        policy = Policy([detector(features={"RDS_LOGIN_EVENTS": feature})])
        assert policy.wants(ADMIN, REGION, Plan.RDS_LOGIN_EVENTS) == whole
        assert policy.wants(ADMIN, REGION, Plan.RDS_DATA_RISK) == (whole and part)
    suspended = detector(enabled=False, features={
        "RDS_LOGIN_EVENTS": Feature(enabled=True, additional={"RDS_DATA_RISK": True})})
    assert not Policy([suspended]).wants(ADMIN, REGION, Plan.RDS_DATA_RISK)
    assert Policy().wants(ADMIN, REGION, Plan.RDS_DATA_RISK)
    assert not Policy([detector(features={"RDS_LOGIN_EVENTS": Feature(enabled=True)})]).wants(
        ADMIN, REGION, Plan.RDS_DATA_RISK)


def test_the_rule_first_in_rank_is_credited():
    kind = document()["type"]
    of_type = {"type": {"equals": [kind]}}
    policy = Policy(filters=[rule("late", rank=2, **of_type), rule("noop", rank=1, action="NOOP", **of_type),
                             rule("first", rank=1, **of_type), rule("other")])
    assert policy.suppressor(ADMIN, REGION, document()) == "first"
    assert policy.suppressor(MEMBER, REGION, document()) == ""
    assert policy.suppressor(ADMIN, "us-east-1", document()) == ""


def test_what_an_administrator_sets_holds_for_members_that_are_enabled():
    of_type = {"type": {"equals": [document()["type"]]}}
    export = Destination(account=ADMIN, region=REGION, id="d", arn="arn:aws:s3:::bucket")
    detectors = [detector(frequency="FIFTEEN_MINUTES"), detector(MEMBER, frequency="ONE_HOUR")]
    for relationship, ruled in (("Enabled", True), ("Disabled", False), ("Invited", False)):
        policy = Policy(detectors, [rule("r", **of_type)], [export], [member(relationship)], ["hook"])
        assert policy.suppressor(MEMBER, REGION, document()) == ("r" if ruled else "")
        assert policy.destinations(MEMBER, REGION) == ["hook", *([EXPORT + "d"] if ruled else [])]
        assert policy.period(MEMBER, REGION) == (900_000 if ruled else 3_600_000)
    assert policy.destinations(ADMIN, REGION) == ["hook", EXPORT + "d"]


def test_what_was_archived_by_hand_is_told_of_but_not_exported(store):
    export = Destination(account=ADMIN, region=REGION, id="d", arn="arn:aws:s3:::bucket")
    policy = Policy([detector(frequency="ONE_HOUR")], destinations=[export], everywhere=["hook"])
    with store.transaction() as batch:
        for number, archived in ((1, False), (2, True)):
            policy.publish(batch, document(number, archived=archived), 1_000)
    told = {name: [int(one.finding, 16) for one in store.due(name, 1_000, 9)] for name in ("hook", EXPORT + "d")}
    assert told == {"hook": [1, 2], EXPORT + "d": [1]}


def live(rule="r", account=ADMIN, mode="LIVE", **changes):
    return RuleAssociation(account=account, region=REGION, id=rule, association="a", mode=mode, **changes)


def test_a_custom_rule_is_off_until_it_is_associated_there():
    plan = Plan.CUSTOM_DETECTION_RULES
    policy = Policy(rules=RuleModes([live(), live("t", mode="DRY_RUN")]))
    assert policy.wants(ADMIN, REGION, plan, "r")
    assert not policy.tries(ADMIN, REGION, plan, "r")
    assert policy.tries(ADMIN, REGION, plan, "t")
    for place in ((MEMBER, REGION, plan, "r"), (ADMIN, "us-east-1", plan, "r"), (ADMIN, REGION, plan, "s"),
                  (ADMIN, REGION, plan, "t")):
        assert not policy.wants(*place)
        assert not Policy(rules=RuleModes()).wants(*place)
    suspended = Policy([detector(enabled=False)], rules=RuleModes([live(), live("t", mode="DRY_RUN")]))
    assert not suspended.wants(ADMIN, REGION, plan, "r")
    assert not suspended.tries(ADMIN, REGION, plan, "t")


def test_rules_that_are_live_everywhere_give_way_to_an_association():
    modes = RuleModes([live(mode="DRY_RUN"), live("s", expires=5)], now=5, everywhere={"r"})
    assert modes.mode(MEMBER, REGION, "r") == "LIVE"
    assert modes.mode(ADMIN, REGION, "r") == "DRY_RUN"
    assert modes.mode(ADMIN, REGION, "s") is None
    assert RuleModes([live("s", expires=5)], now=4).mode(ADMIN, REGION, "s") == "LIVE"
