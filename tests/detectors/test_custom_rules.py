"""Custom detection rules: of records that others made, beside other detectors, and value by value."""

from __future__ import annotations

import doctest
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.playing import SHARED, known_in, play
from vedette.detectors import record_values
from vedette.detectors.bucket_policy import accounts_let_in
from vedette.detectors.catalogue import catalogue
from vedette.detectors.custom_rule import custom_rules, rule
from vedette.detectors.declare import calls
from vedette.detectors.exemptions import Exemptions
from vedette.detectors.finding_type import Plan
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.engine.local import mapped
from vedette.engine.plan import planned, tasks
from vedette.errors import CatalogueError
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall, from_object
from vedette.simulate import iam_user, root, story
from vedette.simulate.story import Story
from vedette.sources import open_source

NOTHING = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
OTHER = "444455556666"


CLOUDTRAIL_RULES = [one for one in custom_rules().values() if one.on is not None]


def fired(call: ApiCall) -> list[str]:
    """The names of the rules that say something of a record."""
    said = []
    for one in CLOUDTRAIL_RULES:
        (detector,) = (made for made in catalogue().detectors if made.name == one.detector)
        assert one.on is not None
        if call.event_source == one.on.source and call.event_name in one.on.names and detector.judge is not None:
            signal = detector.judge(call, NOTHING)
            if isinstance(signal, Signal):
                assert signal.rule == one.id
                said.append(one.name)
    return said


def records(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "eventName" in value and "eventSource" in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from records(inner)


def read(path: Path) -> list[ApiCall]:
    text = path.read_text(encoding="utf-8")
    try:
        documents = [json.loads(text)]
    except json.JSONDecodeError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [from_object(one) for one in records(documents)]


# Records that others made.

STRATUS = {
    # All its calls were denied.
    "aws.credential-access.ec2-get-password-data": {},
    "aws.defense-evasion.dns-delete-logs": {"DNSQueryLogsDeleted": 1},
    "aws.defense-evasion.organizations-leave": {"OrganizationLeaveAttempt": 1},
    "aws.defense-evasion.vpc-remove-flow-logs": {"VPCFlowLogsDeleted": 1},
    "aws.execution.ec2-user-data": {"EC2UserDataModified": 1},
    "aws.exfiltration.ec2-security-group-open-port-22-ingress": {"EC2SecurityGroupPublicSSH": 1},
    "aws.exfiltration.ec2-share-ami": {"AMIExternalAccess": 1},
    "aws.exfiltration.ec2-share-ebs-snapshot": {"EBSSnapshotExternalAccess": 1},
    # With one account: GuardDuty's rule is about everybody.
    "aws.exfiltration.rds-share-snapshot": {},
    "aws.initial-access.console-login-without-mfa": {"ConsoleLoginWithoutMFA": 1},
    "aws.lateral-movement.ec2-instance-connect": {"EC2InstanceSSHKeyPushed": 3},
    "aws.lateral-movement.ec2-serial-console-send-ssh-public-key": {"EC2InstanceSSHKeyPushed": 3},
    "aws.persistence.iam-backdoor-role": {"IAMRoleTrustPolicyModified": 1},
    "aws.persistence.iam-backdoor-user": {"IAMAccessKeyCreated": 1},
    "aws.persistence.iam-create-admin-user": {"AdminPolicyAttachedToUser": 1, "IAMAccessKeyCreated": 1},
    "aws.persistence.iam-create-backdoor-role": {"AdminPolicyAttachedToRole": 1},
    "aws.persistence.iam-create-user-login-profile": {"IAMUserLoginProfileCreated": 1},
    "aws.persistence.lambda-backdoor-function": {"LambdaFunctionPublicAccess": 1},
    "aws.persistence.rolesanywhere-create-trust-anchor": {"RolesAnywhereTrustAnchorCreated": 1},
    "aws.privilege-escalation.iam-update-user-login-profile": {"IAMUserLoginProfileUpdated": 1},
}
"""By technique; the others of that collection are about something else, and must fire nothing."""


@pytest.mark.skipif(not (SHARED / "stratus").is_dir(), reason="the shared data is not here")
def test_attack_techniques_fire_the_rules_about_them_and_no_other() -> None:
    told = {path.stem: dict(Counter(name for call in read(path) for name in fired(call)))
            for path in sorted((SHARED / "stratus").glob("*.json"))}
    assert told == {name: STRATUS.get(name, {}) for name in told}
    assert set(STRATUS) <= set(told)


@pytest.mark.skipif(not (SHARED / "traildiscover").is_dir(), reason="the shared data is not here")
def test_of_calls_that_mostly_failed_only_those_that_did_not_fire() -> None:
    seen = 0
    found: Counter[str] = Counter()
    for path in sorted((SHARED / "traildiscover").glob("*.cloudtrail")):
        for call in read(path):
            seen += 1
            names = fired(call)
            assert call.succeeded or names in ([], ["OrganizationLeaveAttempt"]), path
            found.update(set(names))
    assert seen > 500
    assert set(found) == {"RDSMasterPasswordReset", "SESProductionAccessEnabled", "OrganizationLeaveAttempt"}


PANTHER_SAYS_NO = {"AdminPolicyAttachedToUser", "IAMUserLoginProfileUpdated", "IAMAccessKeyCreated",
                   "ConsoleLoginWithoutMFA"}
"""What fires on events of which Panther's rule says no, since it asks something else: whether a user or role is made,
whether a password or key is another's than the caller's, whether a sign-in failed or is from far away."""


@pytest.mark.skipif(not (SHARED / "panther").is_dir(), reason="the shared data is not here")
def test_of_labelled_events_what_fires_is_about_them() -> None:
    yes: Counter[str] = Counter()
    no: Counter[str] = Counter()
    for line in (SHARED / "panther" / "open.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for record in records(row):
            try:
                call = from_object({"eventTime": "2026-03-02T09:00:00Z", **record})
            except ValueError:
                continue
            (yes if row["expected"] else no).update(fired(call))
    assert yes >= Counter({
        "DNSQueryLogsDeleted": 1, "EC2PasswordDataRetrieved": 1, "EC2UserDataModified": 1, "RDSMasterPasswordReset": 1,
        "RDSPubliclyAccessible": 2, "EC2SecurityGroupPublicSSH": 1, "S3LifecycleRapidExpiration": 2,
        "S3BucketPolicyExternalAccess": 1, "AdminPolicyAttachedToRole": 1})
    assert set(no) == PANTHER_SAYS_NO


# Beside other detectors.

_mallory = iam_user("mallory")
_EVERYBODY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-ledger/*"}]}
TOGETHER = [
    story("a bucket's policy lets in everybody", _mallory.calls("s3", "PutBucketPolicy", {
        "bucketName": "acme-ledger", "bucketPolicy": _EVERYBODY})).fires(
        "Exfiltration:S3/TransferDataToCloudAccount", {
            "title": "IAM user mallory shared bucket acme-ledger with everybody."}).fires(
        "Policy:S3/BucketAnonymousAccessGranted"),
    story("everybody who has an account is let in", _mallory.calls("s3", "PutBucketPolicy", {
        "bucketName": "acme-ledger", "bucketPolicy": {**_EVERYBODY, "Statement": [
            {**_EVERYBODY["Statement"][0], "Condition": {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}}]}}))
    .fires("Exfiltration:S3/TransferDataToCloudAccount", {
        "title": "IAM user mallory shared bucket acme-ledger with everybody with an AWS account."}).fires(
        "Policy:S3/BucketPublicAccessGranted"),
    story("root signs in with a password alone", root().console_login(mfa=False)).fires(
        "InitialAccess:IAM/ValidAccounts", {
            "title": "The root user signed in at the console without a second factor."}).fires(
        "Policy:IAMUser/RootCredentialUsage"),
]


@pytest.mark.parametrize("told", TOGETHER, ids=lambda one: one.title)
def test_what_other_detectors_find_as_well_is_found_by_both(told: Story, tmp_path: Path) -> None:
    told.render().save(tmp_path)
    played = play(tmp_path / "logs", known_in(tmp_path), rules=custom_rules())
    assert told.expected is not None
    assert played.types == sorted(one.type for one in told.expected)
    for one in told.expected:
        for found in played.of(one.type):
            assert {path: found[path] for path in one.details} == dict(one.details)
            assert ("customDetectionRuleName" in found) == one.type.startswith(("Exfiltration", "InitialAccess"))


@pytest.mark.parametrize("told", TOGETHER, ids=lambda one: one.title)
def test_without_being_turned_on_a_rule_finds_nothing(told: Story, tmp_path: Path) -> None:
    told.render().save(tmp_path)
    assert all(name.startswith("Policy:") for name in play(tmp_path / "logs", known_in(tmp_path)).types)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("rules", [set(), {"ec2-beaconing"}])
def test_a_rule_that_is_off_is_not_asked_and_remembers_nothing(rules: set[str], jobs: int, tmp_path: Path) -> None:
    told = next(told for module, told in catalogue().stories() if module == "custom.beacons")
    told.render().save(tmp_path)
    source = open_source(str(tmp_path / "logs"))
    plan = list(planned(source, source.objects()))
    reads = [read for _, each in mapped(source, tasks(plan, 1 << 20), NOTHING, jobs=jobs, rules=frozenset(rules))
             for read in each]
    asked = {row.detector for read in reads for row in read.rows} & {one.detector for one in custom_rules().values()}
    assert bool(asked) == bool(rules)


# The catalogue.

def test_each_rule_is_of_a_type_of_the_plan_and_each_type_has_rules() -> None:
    kinds = {name for name, kind in catalogue().types.items() if kind.plan is Plan.CUSTOM_DETECTION_RULES}
    assert {one.kind.name for one in custom_rules().values()} == kinds
    assert len({one.kind.name for one in CLOUDTRAIL_RULES}) == 25
    assert kinds - {one.kind.name for one in CLOUDTRAIL_RULES} == {"Behavior:EC2/Beaconing.Vedette"}
    names = [one.name for one in custom_rules().values()]
    assert len(names) == len(set(names)) == 36
    assert len(CLOUDTRAIL_RULES) == 35
    for kind in kinds:
        of_kind = [one.severity for one in custom_rules().values() if one.kind.name == kind]
        assert catalogue().types[kind].severity in of_kind
        assert len(set(of_kind)) == 1 or catalogue().types[kind].severity_note


def test_a_rule_whose_id_the_api_could_not_take_is_refused() -> None:
    kind = next(iter(custom_rules().values())).kind
    with pytest.raises(CatalogueError, match="hyphens"):
        rule("EC2Something", "EC2Something", kind, 5.0, on=calls("ec2.amazonaws.com", "Something"), says="It is.")


# Hostile and odd records.

@pytest.mark.parametrize("asked", [None, [], "", 1, {}, {"ipPermissions": 5}, {"ipPermissions": {"items": [None, 3]}},
                                     {"LifecycleConfiguration": {"Rule": [[], "x"]}}, {"userName": {"a": 1}},
                                     {"launchPermission": {"add": "all"}}, {"bucketPolicy": [1]},
                                     {"DeleteFlowLogsRequest": {"FlowLogId": [None, [], {"content": {}}]}}],
                         ids=str)
def test_any_request_is_borne(asked: Any) -> None:
    for one in CLOUDTRAIL_RULES:
        assert one.on is not None
        for name in one.on.names:
            for response in (None, asked):
                fired(from_object({"eventTime": "2026-03-02T09:00:00Z", "eventSource": one.on.source,
                                   "eventName": name, "requestParameters": asked, "responseElements": response,
                                   "additionalEventData": asked, "recipientAccountId": "111122223333"}))


def test_values_are_read_as_the_docs_say() -> None:
    assert doctest.testmod(record_values).failed == 0
    assert doctest.testmod(record_values).attempted >= 5


@pytest.mark.parametrize(("accounts", "principal", "more"), [
    ({OTHER}, {"AWS": f"arn:aws:iam::{OTHER}:root"}, {}),
    ({OTHER, "777788889999"}, {"AWS": [OTHER, "arn:aws-us-gov:sts::777788889999:assumed-role/r/s"]}, {}),
    ({OTHER}, "*", {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/*"}}}),
    (set(), "*", {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": OTHER}}}),
    (set(), "*", {}),
    (set(), {"Service": "s3.amazonaws.com"}, {}),
    (set(), {"AWS": "AIDAEXAMPLEEXAMPLE123"}, {}),
    (set(), {"AWS": "1111222233334"}, {}),
    (set(), {"AWS": [None, 7, {}]}, {}),
    (set(), None, {}),
    (set(), {"AWS": OTHER}, {"Effect": "Deny"}),
    (set(), {"AWS": OTHER}, {"NotPrincipal": {"AWS": OTHER}}),
])
def test_the_accounts_that_a_policy_lets_in(accounts: set[str], principal: Any, more: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*", **more}
    for document in ({"Statement": statement}, {"Statement": [statement]}, json.dumps({"Statement": [statement]})):
        assert accounts_let_in(document) == accounts


@pytest.mark.parametrize(("ours", "shared_with", "found"), [
    ({OTHER}, [{"userId": OTHER}], 0),
    ({OTHER}, [{"userId": OTHER}, {"userId": "777788889999"}], 1),
    ({"777788889999"}, [{"userId": OTHER}], 1),
    ({OTHER}, [{"userId": OTHER}, {"group": "all"}], 1),
    (set(), [{"group": "all"}], 1),
])
def test_what_is_shared_with_ones_own_accounts_alone_is_no_finding(
    ours: set[str], shared_with: list[dict[str, str]], found: int, tmp_path: Path,
) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*" if "group" in one else {
        "AWS": one["userId"]}} for one in shared_with]}
    story("shared", iam_user("ops").calls("ec2", "ModifyImageAttribute", {
        "imageId": "ami-1", "launchPermission": {"add": {"items": shared_with}}}),
        iam_user("ops").calls("s3", "PutBucketPolicy", {"bucketName": "golden", "bucketPolicy": policy}),
    ).silent().render().save(tmp_path)
    known = replace(NOTHING, exempt=Exemptions(accounts=frozenset(ours)))
    played = play(tmp_path / "logs", known, rules=["ami-external-access", "s3-bucket-policy-external-access"])
    kinds = {custom_rules()[name].kind.name for name in ("ami-external-access", "s3-bucket-policy-external-access")}
    assert [one for one in played.types if one in kinds] == sorted(kinds) * found
