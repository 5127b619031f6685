"""A CloudTrail record, as CloudTrail writes it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vedette.logs.times import format_time
from vedette.simulate.identifiers import bare_hex, upper_id, uuid
from vedette.simulate.principals import SESSION_AGE

_READS = re.compile(
    r"(Get|List|Describe|Head|Lookup|BatchGet|Search|Query|Scan|Select|Check|Preview|Simulate|Validate|Decode|Estimate"
    r"|Filter|View|AssumeRole|Decrypt|GenerateDataKey|Encrypt|Verify)"
)
_S3_OBJECT_CALLS = frozenset({
    "GetObject", "PutObject", "DeleteObject", "DeleteObjects", "HeadObject", "CopyObject", "ListObjects",
    "GetObjectAcl", "PutObjectAcl", "GetObjectTagging", "PutObjectTagging", "UploadPart", "UploadPartCopy",
    "CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "ListParts", "RestoreObject",
    "SelectObjectContent", "GetObjectAttributes", "HeadBucket", "ListObjectVersions", "ListMultipartUploads",
    "PutObjectLegalHold", "PutObjectRetention", "GetObjectTorrent",
})
_VERSIONS = {
    "signin": "1.08", "sts": "1.08", "ec2": "1.10", "iam": "1.10", "s3": "1.11", "cloudtrail": "1.10",
}
_EC2_ERRORS = ("UnauthorizedOperation", "DryRunOperation")
_DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"})


def record_of(fields: Mapping[str, Any], millis: int, start_ms: int, seed: str) -> dict[str, Any]:
    """The record of a call that `vedette.simulate.principals.Principal.calls` made."""
    who = fields["principal"]
    name: str = fields["name"]
    source: str = fields["service"] if "." in fields["service"] else f"{fields['service']}.amazonaws.com"
    short = source.partition(".")[0]
    data = fields["category"] == "Data" if fields["category"] else short == "s3" and name in _S3_OBJECT_CALLS
    error, message = _failure(fields, short, name, who.arn)
    by_service = "invokedBy" in who.user_identity
    read_only = fields["read_only"] if fields["read_only"] is not None else _READS.match(name) is not None
    sign_in = fields["event_type"] == "AwsConsoleSignIn"
    record: dict[str, Any] = {
        "eventVersion": "1.11" if fields["vpc_endpoint_account"] else _VERSIONS.get(short, "1.11"),
        "userIdentity": _identity(who.user_identity, start_ms),
        "eventTime": format_time(millis)[:19] + "Z", "eventSource": source, "eventName": name,
        "awsRegion": fields["region"], "sourceIPAddress": fields["ip"], "userAgent": fields["agent"],
    }
    if error:
        record["errorCode"] = error
    if message:
        record["errorMessage"] = message
    record["requestParameters"] = fields["request"]
    record["responseElements"] = None if error else fields["response"]
    additional = fields["additional"]
    if additional is None and data and short == "s3":
        additional = {
            "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader", "x-amz-id-2": f"{bare_hex(60, seed, 'id-2')}=",
            "bytesTransferredOut": 0 if error else 5216,
        }
    if additional is not None:
        record["additionalEventData"] = additional
    if not sign_in:
        record["requestID"] = upper_id("", 16, seed, "request") if short == "s3" else uuid(seed, "request")
    record["eventID"] = fields["event_id"] or uuid(seed, "event")
    record["readOnly"] = read_only
    resources = fields["resources"]
    if resources is None and data and short == "s3":
        resources = _s3_resources(fields["request"] or {}, who.recipient)
    if resources is not None:
        record["resources"] = resources
    record |= {
        "eventType": fields["event_type"], "managementEvent": not data, "recipientAccountId": who.recipient,
        "eventCategory": "Data" if data else "Management",
    }
    if fields["vpc_endpoint"]:
        record["vpcEndpointId"] = fields["vpc_endpoint"]
    if fields["vpc_endpoint_account"]:
        record["vpcEndpointAccountId"] = fields["vpc_endpoint_account"]
    if not by_service:
        record["tlsDetails"] = {
            "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": _host(short, fields["region"], fields["request"] or {}),
        }
    for key, value in fields["top_level"].items():
        if value is None:
            record.pop(key, None)
        else:
            record[key] = value
    return record


def _identity(template: Mapping[str, Any], start_ms: int) -> dict[str, Any]:
    """The caller, with the moment the session began."""
    identity = dict(template)
    context = identity.get("sessionContext")
    if context is not None:
        created = format_time(start_ms - SESSION_AGE * 1000)[:19] + "Z"
        attributes = {**context["attributes"], "creationDate": created}
        identity["sessionContext"] = {**context, "attributes": attributes}
    return identity


def _failure(fields: Mapping[str, Any], short: str, name: str, arn: str) -> tuple[str | None, str | None]:
    error, message = fields["error"], fields["error_message"]
    if error is None:
        return None, message
    if short == "ec2" and error in _EC2_ERRORS:
        error = f"Client.{error}"
    if message is None and error in _DENIALS:
        action = f"{short}:{name}"
        denied = f"User: {arn} is not authorized to perform: {action} because no identity-based policy allows"
        message = (
            f"You are not authorized to perform this operation. {denied} the action." if short == "ec2"
            else f"{denied} the {action} action"
        )
    return error, message


def _s3_resources(request: Mapping[str, Any], owner: str) -> list[dict[str, str]]:
    bucket = f"arn:aws:s3:::{request.get('bucketName', '')}"
    objects = [{"type": "AWS::S3::Object", "ARN": f"{bucket}/{request['key']}"}] if "key" in request else []
    return [*objects, {"accountId": owner, "type": "AWS::S3::Bucket", "ARN": bucket}]


def _host(short: str, region: str, request: Mapping[str, Any]) -> str:
    if short == "signin":
        return "signin.aws.amazon.com"
    if short == "s3" and "bucketName" in request:
        return f"{request['bucketName']}.s3.{region}.amazonaws.com"
    if short == "iam":
        return "iam.amazonaws.com"
    return f"{short}.{region}.amazonaws.com"
