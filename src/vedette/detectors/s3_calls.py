"""What a CloudTrail record says of S3: whether it is about the data, which bucket and object, what the call does."""

from __future__ import annotations

from enum import StrEnum

from vedette.logs.cloudtrail import ApiCall

_SOURCES = frozenset({"s3.amazonaws.com", "s3express.amazonaws.com"})
_DATA_CALLS = frozenset({
    "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject",
    "DeleteObjects", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes",
    "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "HeadBucket", "HeadObject",
    "ListMultipartUploads", "ListObjects", "ListObjectVersions", "ListParts", "PutObject", "PutObjectAcl",
    "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "RestoreObject", "SelectObjectContent",
    "UploadPart", "UploadPartCopy",
})
"""What CloudTrail logs as S3 data events, for records of versions that do not say (before 1.07)."""
_READS = frozenset({"CopyObject", "GetObject", "GetObjectTorrent", "SelectObjectContent", "UploadPartCopy"})
_LOOKS = ("List", "Head", "Get", "PreflightRequest", "CreateSession")
"""Nothing is changed by what a browser asks before a request (CORS), nor by a session with a directory bucket."""
_NOBODY = frozenset({"ANONYMOUS_PRINCIPAL", "anonymous"})
"""What stands for the account of an unsigned request: S3 writes the second in newer records."""


class S3Act(StrEnum):
    """What a data event does, as GuardDuty groups its S3 types."""

    DISCOVERY = "discovery"
    EXFILTRATION = "exfiltration"
    IMPACT = "impact"


def is_s3_data(call: ApiCall) -> bool:
    """The call is an S3 data event: about objects, not about a bucket's configuration."""
    if call.event_source not in _SOURCES:
        return False
    if call.event_category is not None:
        return call.event_category == "Data"
    if call.management_event is not None:
        return not call.management_event
    return call.event_name in _DATA_CALLS


def s3_act(call: ApiCall) -> S3Act:
    """What an S3 data event does: reads content, looks around, or changes something."""
    if call.event_name in _READS:
        return S3Act.EXFILTRATION
    return S3Act.DISCOVERY if call.event_name.startswith(_LOOKS) else S3Act.IMPACT


def is_anonymous(call: ApiCall) -> bool:
    """Nobody signed the request: a public object's reader, or an application's user who signs in at Cognito."""
    who = call.identity
    if _NOBODY.intersection((who.account_id, who.principal_id)):
        return True
    return (call.event_source in ("cognito-idp.amazonaws.com", "cognito-identity.amazonaws.com")
            and who.type in (None, "Unknown", "Anonymous") and not who.access_key_id)


def bucket_of(call: ApiCall) -> str:
    """The bucket that the call names; empty when it names none."""
    name = call.request.get("bucketName")
    if isinstance(name, str) and name:
        return name
    for resource in call.resources:
        arn = resource.get("ARN")
        if resource.get("type") == "AWS::S3::Bucket" and isinstance(arn, str):
            return arn.rpartition(":")[2]
    return ""


def objects_of(call: ApiCall) -> tuple[tuple[str, str], ...]:
    """The (bucket, key) of the object that the call names."""
    key = call.request.get("key")
    bucket = bucket_of(call)
    return ((bucket, key),) if bucket and isinstance(key, str) and key else ()
