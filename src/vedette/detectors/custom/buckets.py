"""A bucket is made ready for extortion: its objects are to expire at once, or to be encrypted with a stranger's key.

*The attack.* Instead of deleting millions of objects, a lifecycle rule lets S3 expire them within a day, and a demand
for money names that day. Or objects are overwritten, encrypted with a key that only the thief has (SSE-C), for which a
bucket that blocks such keys must allow them again.

*What ordinary work looks the same.* Scratch space and caches that are emptied every day have such a rule; it is set
once, when the bucket is made. Encryption with keys of one's own is a choice of few programs.

*What is not it.* Calls that failed; rules that are switched off, later expirations, moves to other storage classes,
uploads that were never finished, former versions. Encryption settings that do not speak of customers' keys, or block
them.

*Where it is blind.* Objects that are deleted or overwritten one by one; a rule for a part of the bucket looks like one
for all of it; what the bucket had before.
"""

from __future__ import annotations

from typing import Any

from vedette.detectors.custom_rule import Shown, custom_type, rule, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH, MEDIUM
from vedette.detectors.record_values import inner, listed, number, objects
from vedette.detectors.s3_calls import bucket_of
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.times import parse_time
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

BUCKET_TOOLS = custom_type(
    "DefenseImpairment:S3/DisableOrModifyTools", HIGH, ("T1562.001", "T1486"),
    "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, block customers' keys "
    "again, and look for objects that were written with one since.", resource="S3Bucket")
DATA_DESTRUCTION = custom_type(
    "Impact:S3/DataDestruction", MEDIUM, ("T1485.001",),
    "Delete the rule at once unless it was meant: S3 expires objects once a day. Then disable the credentials, and "
    "bring back from former versions or copies what is gone.", resource="S3Bucket")

# 2. Settings.

_RAPID_DAYS = 1
"""The least that S3 takes, and GuardDuty's number: whoever keeps data for two days keeps it for something."""
_DAY = 86_400_000

# 3. The logic.


@rule("s3-lifecycle-rapid-expiration", "S3LifecycleRapidExpiration", DATA_DESTRUCTION, MEDIUM,
      on=calls("s3.amazonaws.com", "PutBucketLifecycle", "PutBucketLifecycleConfiguration"),
      where="EXISTS (SELECT 1 FROM UNNEST(requestParameters.LifecycleConfiguration.Rule) r WHERE r.Status = 'Enabled' "
            "AND (r.Expiration.Days <= 1 OR r.Expiration.Date <= eventTime + INTERVAL '1' DAY))",
      says="S3 deletes what the rule covers within a day.")
def rapid_expiration(call: ApiCall) -> Shown | None:
    """A lifecycle rule lets objects expire within a day."""
    rules = objects(inner(call.request, "LifecycleConfiguration", "Rule"))
    if not any(one.get("Status") == "Enabled" and _rapid(one.get("Expiration"), call.time) for one in rules):
        return None
    return _about(call, "lets the objects of {it} expire within a day")


def _rapid(expiration: Any, now: int) -> bool:
    days = number(inner(expiration, "Days"))
    if days is not None:
        return days <= _RAPID_DAYS
    date = inner(expiration, "Date")
    try:
        return isinstance(date, str) and parse_time(date if len(date) > 10 else f"{date}T00:00:00Z") <= (
            now + _RAPID_DAYS * _DAY)
    except ValueError:
        return False


@rule("s3-customer-provided-keys-enabled", "S3CustomerProvidedKeysEnabled", BUCKET_TOOLS, HIGH,
      on=calls("s3.amazonaws.com", "PutBucketEncryption"),
      where="requestParameters.ServerSideEncryptionConfiguration.Rule.BlockedEncryptionTypes.EncryptionType = 'NONE'",
      says="Objects can be written so that only who has the writer's key can read them.")
def customer_keys_enabled(call: ApiCall) -> Shown | None:
    """Encryption with customers' keys, which was blocked, is allowed again."""
    rules = objects(inner(call.request, "ServerSideEncryptionConfiguration", "Rule"))
    if not any("NONE" in listed(inner(one, "BlockedEncryptionTypes", "EncryptionType")) for one in rules):
        return None
    return _about(call, "allowed keys of customers in {it}")


def _about(call: ApiCall, did: str) -> Shown:
    bucket = bucket_of(call)
    return Shown(did.replace("{it}", thing("bucket", bucket)), (("AWS::S3::Bucket", bucket),),
                 (bucket,) if bucket else ())


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")


def _lifecycle(who: Any, *rules: dict[str, Any], name: str = "PutBucketLifecycle", **more: Any) -> Any:
    return who.calls("s3", name, {
        "bucketName": "acme-ledger", "lifecycle": "", "Host": "acme-ledger.s3.amazonaws.com",
        "LifecycleConfiguration": {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Rule": (
            rules[0] if len(rules) == 1 else list(rules))}}, **more)


def _expires(expiration: Any, status: str = "Enabled", **more: Any) -> dict[str, Any]:
    return {"ID": "expire", "Filter": "", "Status": status, "Expiration": expiration, **more}


def _encryption(who: Any, blocked: Any, **more: Any) -> Any:
    return who.calls("s3", "PutBucketEncryption", {
        "bucketName": "acme-ledger", "encryption": "", "Host": "acme-ledger.s3.amazonaws.com",
        "ServerSideEncryptionConfiguration": {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, **(
                {"BlockedEncryptionTypes": {"EncryptionType": blocked}} if blocked else {})}}}, **more)


EXAMPLES = [
    story("a bucket is to be empty tomorrow",
          _lifecycle(_mallory, _expires({"Days": 1}))).fires(DATA_DESTRUCTION, {
              "customDetectionRuleName": "S3LifecycleRapidExpiration", "severity": MEDIUM,
              "title": "IAM user mallory lets the objects of bucket acme-ledger expire within a day.",
              "resource.s3BucketDetails.name": "acme-ledger"}),
    story("one rule of two, with a number as text, under the API's own name",
          _lifecycle(_mallory, _expires({"Days": 730}), _expires({"Days": "1"}),
                     name="PutBucketLifecycleConfiguration")).fires(DATA_DESTRUCTION, count=1),
    story("a date that is past, and one that is today",
          _lifecycle(_mallory, _expires({"Date": "2026-03-01T00:00:00Z"})),
          _lifecycle(_mallory, _expires({"Date": "2026-03-03"}))).fires(DATA_DESTRUCTION, count=2),
    story("customers' keys are allowed again, in two spellings",
          _encryption(_mallory, "NONE"), _encryption(_mallory, ["NONE"])).fires(BUCKET_TOOLS, {
              "title": "IAM user mallory allowed keys of customers in bucket acme-ledger.", "severity": HIGH},
              count=2),
    story("ordinary settings",
          _lifecycle(_deployer, _expires({"Days": 7}), _expires({"Days": 1}, status="Disabled"), _expires("")),
          _lifecycle(_deployer, _expires({"Date": "2026-03-09T00:00:00Z"}), _expires({"Date": "soon"})),
          _lifecycle(_deployer, {"ID": "uploads", "Status": "Enabled", "Filter": "",
                                 "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                                 "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                                 "Transition": {"Days": 1, "StorageClass": "GLACIER"}}),
          _encryption(_deployer, None), _encryption(_deployer, "SSE-C"),
          _deployer.calls("s3", "PutBucketLifecycle"), _deployer.calls("s3", "PutBucketEncryption")).silent(),
    story("all of it is denied",
          _lifecycle(_mallory, _expires({"Days": 1}), error="AccessDenied"),
          _encryption(_mallory, "NONE", error="AccessDenied")).silent(),
]
