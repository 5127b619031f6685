"""CloudTrail: API calls, console logins, insights, as S3 delivers them and as people pass them on.

Formats: ``{"Records": […]}`` (S3 delivery), JSON lines, a JSON array, a single record, the EventBridge envelope
(``detail``), and what ``lookup-events`` prints (``CloudTrailEvent`` holds the record as a string). Fields:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

import msgspec

from vedette.logs.times import format_time, parse_time

NOTHING = msgspec.Raw(b"null")


class SessionIssuer(msgspec.Struct, rename="camel"):
    """Who issued a session: usually the role that was assumed."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    user_name: str | None = None


class SessionContext(msgspec.Struct, rename="camel"):
    """Where temporary credentials come from."""

    session_issuer: SessionIssuer | None = None
    attributes: dict[str, Any] | None = None
    ec2_role_delivery: str | None = None
    """"1.0" or "2.0", the metadata service's version, when an instance fetched the role's credentials."""
    source_identity: str | None = None
    assumed_root: bool | str | None = None


class InScopeOf(msgspec.Struct, rename="camel"):
    """The resource whose credentials these are, where AWS says so (newer records)."""

    issuer_type: str | None = None
    """``AWS::Lambda::Function``, ``AWS::EC2::Instance``, …"""
    credentials_issued_to: str | None = None
    """The resource's ARN."""


class UserIdentity(msgspec.Struct, rename="camel"):
    """Who called."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    session_context: SessionContext | None = None
    identity_provider: str | None = None
    in_scope_of: InScopeOf | None = None


class ApiCall(msgspec.Struct, rename={
    "event_id": "eventID", "source_ip": "sourceIPAddress", "region": "awsRegion", "vpc_endpoint_id": "vpcEndpointId",
    "event_time": "eventTime", "event_source": "eventSource", "event_name": "eventName", "user_agent": "userAgent",
    "error_code": "errorCode", "error_message": "errorMessage", "event_type": "eventType",
    "event_category": "eventCategory", "recipient_account_id": "recipientAccountId", "read_only": "readOnly",
    "management_event": "managementEvent", "user_identity": "userIdentity", "raw_request": "requestParameters",
    "raw_response": "responseElements", "raw_additional": "additionalEventData", "raw_resources": "resources",
    "vpc_endpoint_account_id": "vpcEndpointAccountId", "raw_insight": "insightDetails",
    "shared_event_id": "sharedEventID",
}, dict=True):
    """One CloudTrail record. What detectors seldom ask for stays raw until they do."""

    event_time: Annotated[datetime, msgspec.Meta(tz=True)]
    event_source: str
    event_name: str = ""
    event_id: str = ""
    region: str = ""
    source_ip: str = ""
    """An IP address, or a service's name, or ``AWS Internal``."""
    user_agent: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    user_identity: UserIdentity | None = None
    recipient_account_id: str | None = None
    event_type: str | None = None
    event_category: str | None = None
    read_only: bool | None = None
    management_event: bool | None = None
    vpc_endpoint_id: str | None = None
    vpc_endpoint_account_id: str | None = None
    shared_event_id: str | None = None
    raw_request: msgspec.Raw = NOTHING
    raw_response: msgspec.Raw = NOTHING
    raw_additional: msgspec.Raw = NOTHING
    raw_resources: msgspec.Raw = NOTHING
    raw_insight: msgspec.Raw = NOTHING

    @cached_property
    def time(self) -> int:
        """When the call was made, in milliseconds since the epoch."""
        return int(self.event_time.timestamp() * 1000)

    @property
    def identity(self) -> UserIdentity:
        """Who called; empty when the record does not say."""
        return self.user_identity or _NOBODY

    @property
    def account(self) -> str:
        """The account whose log this is; empty when the record does not say."""
        return self.recipient_account_id or self.identity.account_id or ""

    @property
    def succeeded(self) -> bool:
        """The call did what it asked: no error came back."""
        return not self.error_code and not self.error_message

    @cached_property
    def request(self) -> dict[str, Any]:
        """``requestParameters``, decoded; empty when absent."""
        return _object(self.raw_request)

    @cached_property
    def response(self) -> dict[str, Any]:
        """``responseElements``, decoded; empty when absent."""
        return _object(self.raw_response)

    @cached_property
    def additional(self) -> dict[str, Any]:
        """``additionalEventData``, decoded; empty when absent."""
        return _object(self.raw_additional)

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """``resources``, decoded; empty when absent."""
        decoded = msgspec.json.decode(self.raw_resources)
        return [item for item in decoded if isinstance(item, dict)] if isinstance(decoded, list) else []


_NOBODY = UserIdentity()


def _object(raw: msgspec.Raw) -> dict[str, Any]:
    decoded = msgspec.json.decode(raw)
    return decoded if isinstance(decoded, dict) else {}


class _Document(msgspec.Struct):
    records: list[ApiCall] = msgspec.field(name="Records")


_DOCUMENT = msgspec.json.Decoder(_Document)
_RECORD = msgspec.json.Decoder(ApiCall)
_FIELDS = {field.encode_name: field for field in msgspec.structs.fields(ApiCall)}
_RAW_FIELDS = frozenset(name for name, field in _FIELDS.items() if field.type is msgspec.Raw)
_DIGEST_KEYS = frozenset({"digestStartTime", "digestS3Object"})


def decode_document(data: bytes) -> list[ApiCall]:
    """The records of an S3 delivery file.

    Raises:
        msgspec.MsgspecError: it is broken, or one record has a field of another type: take records one by one.
    """
    return _DOCUMENT.decode(data).records


def decode_lines(block: bytes) -> list[ApiCall]:
    """The records of a block of JSON lines, all of them or an error; as `decode_document`."""
    return _RECORD.decode_lines(block)


def is_record(value: Mapping[str, Any]) -> bool:
    """This JSON object is a CloudTrail record."""
    return "eventSource" in value and "eventTime" in value and ("eventName" in value or "eventType" in value)


def is_digest(value: Mapping[str, Any]) -> bool:
    """This JSON object is a CloudTrail digest file: signatures, no records."""
    return value.keys() >= _DIGEST_KEYS


def from_object(value: Mapping[str, Any]) -> ApiCall:
    """One record out of a decoded JSON object; a known field of an unexpected type is read as text or left out.

    Raises:
        ValueError: it lacks what makes it a record, or its time cannot be read.
    """
    sound = {**value, "eventTime": format_time(parse_time(str(value.get("eventTime"))))}
    try:
        return _RECORD.decode(msgspec.json.encode(sound))
    except msgspec.ValidationError:
        return _RECORD.decode(msgspec.json.encode(_mended(sound)))


def _mended(value: Mapping[str, Any]) -> dict[str, Any]:
    """Only the fields whose types fit, with numbers and such written as text."""
    mended: dict[str, Any] = {}
    for name, item in value.items():
        field = _FIELDS.get(name)
        if field is None or item is None:
            continue
        if name in _RAW_FIELDS:
            mended[name] = item
            continue
        for candidate in (item, str(item)):
            try:
                msgspec.convert(candidate, field.type, strict=False)
            except msgspec.ValidationError:
                continue
            mended[name] = msgspec.to_builtins(msgspec.convert(candidate, field.type, strict=False))
            break
    return mended
