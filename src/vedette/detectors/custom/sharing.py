"""Data leaves by being shared: an image, a snapshot or a bucket is opened to another account or to everybody.

*The attack.* Nothing needs to be downloaded: an image, a volume's or a database's snapshot is shared with an account of
the thief's, or with everybody, and copied from there; a bucket's policy lets that account, or everybody, read.

*What ordinary work looks the same.* Images and snapshots shared with one's own other accounts (backup, golden images):
name these accounts as yours. Buckets that partners read. What is said is with whom.

*What is not it.* Calls that failed; what is taken back (``remove``); one's own account, and those that were named as
one's own; an organization or a part of it. Of bucket policies: services, CloudFront's identities, the accounts with
which AWS delivers load balancers' access logs, and ``*`` under a condition that names one's organization or network
(`vedette.detectors.bucket_policy`).

*Where it is blind.* Accounts behind ``CanonicalUser`` and bucket ACLs; a snapshot of a database shared with one account
(GuardDuty's rule is about everybody); images shared with another organization.
"""

from __future__ import annotations

from typing import Any

from vedette.detectors.bucket_policy import Audience, accounts_let_in, policy_audience
from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH
from vedette.detectors.record_values import inner, listed, objects
from vedette.detectors.s3_calls import bucket_of
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import ACCOUNT, OTHER_ACCOUNT, iam_user, role_session, story

# 1. The finding types.

_DISABLE = "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, "

EC2_SHARED = custom_type(
    "Exfiltration:EC2/TransferDataToCloudAccount", HIGH, ("T1537",),
    _DISABLE + "take the permission back, and regard what the image or snapshot holds as copied.")
RDS_SHARED = custom_type(
    "Exfiltration:RDS/TransferDataToCloudAccount", HIGH, ("T1537",),
    _DISABLE + "take the permission back, and regard what the snapshot holds as copied.")
S3_SHARED = custom_type(
    "Exfiltration:S3/TransferDataToCloudAccount", HIGH, ("T1537",),
    _DISABLE + "put back the bucket's policy, and look in data events for what was read.", resource="S3Bucket")

# 2. Settings.

_LOG_DELIVERY = frozenset({
    "127311923021", "033677994240", "027434742980", "797873946194", "098369216593", "754344448648", "589379963580",
    "718504428378", "383597477331", "600734575887", "114774131450", "783225319266", "582318560864", "985666609251",
    "054676820928", "156460612806", "652711504416", "635631232127", "009996457667", "897822967062", "076674570225",
    "507241528517", "048591011584", "190560391635", "638102146993", "037604701340",
})
"""Elastic Load Balancing's own accounts, one a Region: a bucket for access logs must name its Region's. Nobody else can
act as them.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""

# 3. The logic.

_EVERYBODY = "everybody"


@rule("ami-external-access", "AMIExternalAccess", EC2_SHARED, HIGH,
      on=calls("ec2.amazonaws.com", "ModifyImageAttribute"),
      where="EXISTS (SELECT 1 FROM UNNEST(requestParameters.launchPermission.add.items) p "
            "WHERE p.group = 'all' OR p.userId <> recipientAccountId)",
      says="Others can start instances from the image and read all that is on it.")
def image_shared(call: ApiCall) -> Shown | None:
    """An image was shared with another account or with everybody."""
    name = text_of(call.request.get("imageId"))
    return _shared(call, "launchPermission", thing("image", name), ("AWS::EC2::Image", name))


@rule("ebs-snapshot-external-access", "EBSSnapshotExternalAccess", EC2_SHARED, HIGH,
      on=calls("ec2.amazonaws.com", "ModifySnapshotAttribute"),
      where="EXISTS (SELECT 1 FROM UNNEST(requestParameters.createVolumePermission.add.items) p "
            "WHERE p.group = 'all' OR p.userId <> recipientAccountId)",
      says="Others can make volumes of the snapshot and read all that is on it.")
def snapshot_shared(call: ApiCall) -> Shown | None:
    """A volume's snapshot was shared with another account or with everybody."""
    name = text_of(call.request.get("snapshotId"))
    return _shared(call, "createVolumePermission", thing("snapshot", name), ("AWS::EC2::Snapshot", name))


def _shared(call: ApiCall, permission: str, what: str, affected: tuple[str, str]) -> Shown | None:
    added = objects(inner(call.request, permission, "add"))
    if any(one.get("group") == "all" for one in added):
        return Shown(f"shared {what} with {_EVERYBODY}", (affected,))
    others = tuple(sorted({text_of(one.get("userId")) for one in added} - {"", call.account}))
    return Shown(f"shared {what} with {_accounts(others)}", (affected,), accounts=others) if others else None


@rule("rds-snapshot-publicly-shared", "RDSSnapshotPubliclyShared", RDS_SHARED, HIGH,
      on=calls("rds.amazonaws.com", "ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"),
      where="requestParameters.attributeName = 'restore' AND 'all' IN requestParameters.valuesToAdd",
      says="Anybody with an AWS account can restore the database and read it.")
def database_snapshot_shared(call: ApiCall) -> Shown | None:
    """A database's snapshot was shared with everybody."""
    request = call.request
    if "all" not in listed(request.get("valuesToAdd")) or request.get("attributeName") not in ("restore", None):
        return None
    cluster = call.event_name == "ModifyDBClusterSnapshotAttribute"
    name = text_of(request.get("dBClusterSnapshotIdentifier" if cluster else "dBSnapshotIdentifier"))
    return Shown(f"shared {thing('database snapshot', name)} with {_EVERYBODY}",
                 (("AWS::RDS::DBClusterSnapshot" if cluster else "AWS::RDS::DBSnapshot", name),))


@rule("s3-bucket-policy-external-access", "S3BucketPolicyExternalAccess", S3_SHARED, HIGH,
      on=calls("s3.amazonaws.com", "PutBucketPolicy"),
      where="EXISTS (SELECT 1 FROM UNNEST(requestParameters.bucketPolicy.Statement) s WHERE s.Effect = 'Allow' "
            "AND (is_public(s) OR account_of(s.Principal) <> recipientAccountId))",
      says="What the bucket holds can be read or changed from outside of the account.")
def bucket_shared(call: ApiCall) -> Shown | None:
    """A bucket's policy now lets in everybody, or another account."""
    bucket = bucket_of(call)
    policies = [call.request.get(name) for name in ("bucketPolicy", "policy")]
    audience = max(map(policy_audience, policies))
    others = tuple(sorted(frozenset().union(*map(accounts_let_in, policies)) - _LOG_DELIVERY - {call.account}))
    if not audience and not others:
        return None
    whom = {Audience.EVERYONE: _EVERYBODY, Audience.AUTHENTICATED: "everybody with an AWS account"}.get(
        audience) or _accounts(others)
    return Shown(f"shared {thing('bucket', bucket)} with {whom}", (("AWS::S3::Bucket", bucket),),
                 (bucket,) if bucket else (), () if audience else others)


def _accounts(numbers: tuple[str, ...]) -> str:
    """``account 444455556666``, ``accounts 1… and 2…``, ``account 1… and 7 others``."""
    first, *rest = numbers
    if len(rest) > 1:
        return f"account {first} and {len(rest)} others"
    return f"accounts {first} and {rest[0]}" if rest else f"account {first}"


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_IMAGE, _SNAPSHOT = "ami-0de1fbcab6ccb03e6", "snap-041993b54a9b3af6f"


def _image(who: Any, *items: dict[str, str], how: str = "add", **more: Any) -> Any:
    return who.calls("ec2", "ModifyImageAttribute", {
        "attributeType": "launchPermission", "imageId": _IMAGE,
        "launchPermission": {how: {"items": list(items)}}}, **more)


def _snapshot(who: Any, *items: dict[str, str], how: str = "add", **more: Any) -> Any:
    return who.calls("ec2", "ModifySnapshotAttribute", {
        "attributeType": "CREATE_VOLUME_PERMISSION", "snapshotId": _SNAPSHOT,
        "createVolumePermission": {how: {"items": list(items)}}}, **more)


def _database(who: Any, *values: str, kind: str = "DBSnapshot", **more: Any) -> Any:
    return who.calls("rds", f"Modify{kind}Attribute", {
        f"d{kind[1:]}Identifier": "orders-2026", "attributeName": "restore", **(
            {"valuesToAdd": list(values)} if values else {})}, **more)


def _policy(who: Any, principal: Any, condition: dict[str, Any] | None = None, **more: Any) -> Any:
    statement = {"Effect": "Allow", "Principal": principal, "Action": ["s3:GetObject"],
                 "Resource": "arn:aws:s3:::acme-ledger/*"} | ({"Condition": condition} if condition else {})
    return who.calls("s3", "PutBucketPolicy", {
        "bucketName": "acme-ledger", "policy": "", "Host": "acme-ledger.s3.amazonaws.com",
        "bucketPolicy": {"Version": "2012-10-17", "Statement": [statement]}}, **more)


_ALL, _OTHER = {"group": "all"}, {"userId": OTHER_ACCOUNT}

EXAMPLES = [
    story("an image is shared with a stranger's account, then with everybody",
          _image(_mallory, _OTHER), _image(_mallory, _ALL)).fires(EC2_SHARED, {
              "title": f"IAM user mallory shared image {_IMAGE} with everybody.",
              "customDetectionRuleName": "AMIExternalAccess"}, count=2),
    story("so is a volume's snapshot, with several",
          _snapshot(_mallory, _ALL),
          _snapshot(_mallory, _OTHER, {"userId": ACCOUNT}, {"userId": "777788889999"}, {"userId": "999988887777"}),
          ).fires(EC2_SHARED, {"title": f"IAM user mallory shared snapshot {_SNAPSHOT} with account {OTHER_ACCOUNT} "
                                        "and 2 others.", "customDetectionRuleName": "EBSSnapshotExternalAccess"},
                  count=2),
    story("snapshots of databases are shared with everybody",
          _database(_mallory, "all"), _database(_mallory, OTHER_ACCOUNT, "all", kind="DBClusterSnapshot")).fires(
        RDS_SHARED, {"service.action.awsApiCallAction.affectedResources": {
            "AWS::RDS::DBClusterSnapshot": "orders-2026"}}, count=2),
    *(story(f"a bucket's policy lets in another account: {how}", _policy(_mallory, principal, condition)).fires(
        S3_SHARED, {"title": f"IAM user mallory shared bucket acme-ledger with account {OTHER_ACCOUNT}.",
                    "resource.s3BucketDetails.name": "acme-ledger"})
      for how, principal, condition in (
          ("all of it", {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}, None),
          ("by its number", {"AWS": [OTHER_ACCOUNT, ACCOUNT]}, None),
          ("one of its roles, in another partition", {"AWS": f"arn:aws-cn:iam::{OTHER_ACCOUNT}:role/reader"}, None),
          ("as a condition", "*", {"StringEquals": {"aws:PrincipalAccount": OTHER_ACCOUNT}}))),
    story("permissions are taken back, or given to one's own",
          _image(_mallory, _ALL, how="remove"), _image(_deployer, {"userId": ACCOUNT}),
          _image(_deployer, {"organizationArn": "arn:aws:organizations::111122223333:organization/o-a1b2c3d4e5"}),
          _snapshot(_deployer, {"userId": ACCOUNT}), _snapshot(_deployer, _ALL, how="remove"),
          _database(_deployer, ACCOUNT), _database(_deployer),
          _deployer.calls("rds", "ModifyDBSnapshotAttribute"),
          _deployer.calls("ec2", "ModifyImageAttribute", {"imageId": _IMAGE, "description": {"value": "web 41"}}),
          _policy(_deployer, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}),
          _policy(_deployer, {"AWS": "arn:aws:iam::127311923021:root"}),
          _policy(_deployer, {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2A"}),
          _policy(_deployer, {"Service": "cloudtrail.amazonaws.com"}),
          _policy(_deployer, "*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})).silent(),
    story("all of it is denied or a dry run",
          _image(_mallory, _ALL, error="UnauthorizedOperation"),
          _snapshot(_mallory, _OTHER, error="DryRunOperation", error_message="Request would have succeeded, but "
                                                                             "DryRun flag is set."),
          _database(_mallory, "all", error="AccessDenied"), _policy(_mallory, "*", error="AccessDenied")).silent(),
]
