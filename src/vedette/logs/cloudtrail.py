"""CloudTrail: API calls, console logins, insights, as S3 delivers them and as people pass them on.

Formats: ``{"Records": […]}`` (S3 delivery), JSON lines, a JSON array, a single record, the EventBridge envelope
(``detail``), what ``lookup-events`` prints (``CloudTrailEvent`` holds the record as a string), and exports of Splunk
(``_raw``) and of Elasticsearch (``_source``, ``event.original``). Fields:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from types import NoneType
from typing import Annotated, Any, get_args

import msgspec

from vedette.logs.raw_json import NOTHING, object_of, sound_text, value_of
from vedette.logs.times import parse_time

EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999
"""Years 1 to 9999 in UTC, in milliseconds: a zone can lead out of them."""


ASSUMED = re.compile(r"(arn:[^:]*:sts::[^:]*:assumed-role/([^/]+))/[^/]+")
"""``arn:aws:sts::111122223333:assumed-role/deploy/jane``: a role, and the session of it."""
_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})", re.ASCII | re.IGNORECASE)


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


class UserIdentity(msgspec.Struct, rename={
    "principal_id": "principalId", "account_id": "accountId", "access_key_id": "accessKeyId", "user_name": "userName",
    "invoked_by": "invokedBy", "raw_session": "sessionContext", "identity_provider": "identityProvider",
    "in_scope_of": "inScopeOf",
}, eq=False, dict=True):
    """Who called. Where a session comes from, half of what a record says of its caller, few detectors ask.

    Most records of a caller share one, so it is equal to itself alone, and can be looked up at little cost.
    """

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    invoked_by: str | None = None
    raw_session: msgspec.Raw = NOTHING
    identity_provider: str | None = None
    in_scope_of: InScopeOf | None = None

    @cached_property
    def session_context(self) -> SessionContext | None:
        """``sessionContext``, decoded as `from_json` decodes a record; None when absent."""
        return _session(self.raw_session)

    @cached_property
    def instance(self) -> str:
        """The id of the instance whose role session this is; empty for any other caller.

        A session that an instance's metadata service handed out is named after the instance.
        """
        name = (self.principal_id or "").rpartition(":")[2]
        return name if self.type == "AssumedRole" and _INSTANCE_ID.fullmatch(name) else ""

    @cached_property
    def principal(self) -> str:
        """What stays the same when credentials rotate: the user's or the role's ARN, else the principal id or account.

        For a role, the session's name counts only where it is an instance: people and jobs choose theirs freely.
        """
        issuer = self.session_context.session_issuer if self.session_context else None
        session = ASSUMED.fullmatch(self.arn or "")
        role = issuer.arn if issuer and issuer.arn else session[1] if session else ""
        if self.type == "AssumedRole" and role:
            return f"{role}/{self.instance}"
        return self.arn or self.principal_id or self.access_key_id or self.account_id or self.invoked_by or ""


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

    @property
    def time(self) -> int:
        """When the call was made, in milliseconds since the epoch."""
        return min(max(int(self.event_time.timestamp() * 1000), EARLIEST), LATEST)

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
        return object_of(self.raw_request)

    @cached_property
    def response(self) -> dict[str, Any]:
        """``responseElements``, decoded; empty when absent."""
        return object_of(self.raw_response)

    @cached_property
    def additional(self) -> dict[str, Any]:
        """``additionalEventData``, decoded; empty when absent."""
        return object_of(self.raw_additional)

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """``resources``, decoded; empty when absent."""
        decoded = value_of(self.raw_resources)
        return [item for item in decoded if isinstance(item, dict)] if isinstance(decoded, list) else []


_NOBODY = UserIdentity()
_SESSION: msgspec.json.Decoder[SessionContext | None] = msgspec.json.Decoder(SessionContext | None)


def _session(raw: msgspec.Raw) -> SessionContext | None:
    """As it stands; else what of it fits; None when there is none, or it cannot be held (as in `value_of`)."""
    try:
        return _SESSION.decode(raw)
    except msgspec.ValidationError:
        found = _nearest(SessionContext, raw)
        return found if isinstance(found, SessionContext) else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _Sketch(ApiCall):
    """A record of which the caller is left as it is written."""

    user_identity: msgspec.Raw = NOTHING  # type: ignore[assignment]


class _Document(msgspec.Struct):
    records: list[_Sketch] = msgspec.field(name="Records")


_DOCUMENT = msgspec.json.Decoder(_Document)
_ARRAY = msgspec.json.Decoder(list[_Sketch])
_RECORD = msgspec.json.Decoder(_Sketch)
_SHALLOW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_DIGEST_KEYS = frozenset({"digestStartTime", "digestS3Object"})


def decode_document(data: bytes) -> list[ApiCall]:
    """The records of an S3 delivery file.

    Raises:
        ValueError: it is broken, or one record has a field of another type: take records one by one. So for the others
            (`msgspec.DecodeError` and `UnicodeDecodeError` are such; deep nesting is a `RecursionError`).
    """
    return _whole(_DOCUMENT.decode(sound_text(data)).records)


def decode_array(data: bytes) -> list[ApiCall]:
    """The records of a JSON array, all of them or an error; as `decode_document`."""
    return _whole(_ARRAY.decode(sound_text(data)))


def decode_lines(block: bytes) -> list[ApiCall]:
    """The records of a block of JSON lines, all of them or an error; as `decode_document`."""
    return _whole(_RECORD.decode_lines(sound_text(block)))


def decode_record(data: bytes) -> ApiCall:
    """One record that is as it should be, or an error; as `decode_document`."""
    return _whole([_RECORD.decode(sound_text(data))])[0]


def decode_written(data: bytes) -> ApiCall:
    """A record as msgspec writes an `ApiCall`: nothing in it needs to be looked at again."""
    return _whole([_RECORD.decode(data)])[0]


class _Callers(dict[bytes, UserIdentity | None]):
    """Who called, by how it is written: a few callers make most calls, and each is decoded once.

    Some megabytes at most: all are forgotten when there are too many, and long ones are not remembered.
    """

    def __missing__(self, written: bytes) -> UserIdentity | None:
        if len(self) >= _MOST_CALLERS:
            self.clear()
        identity = _by_itself(_CALLER.decode(written))
        if len(written) <= _LONGEST_CALLER:
            self[written] = identity
        return identity


def _by_itself(identity: UserIdentity | None) -> UserIdentity | None:
    """It outlives its record, whose text it does not hold."""
    if identity is not None:
        identity.raw_session = identity.raw_session.copy()
    return identity


_MOST_CALLERS, _LONGEST_CALLER = 5_000, 4_096
_CALLER: msgspec.json.Decoder[UserIdentity | None] = msgspec.json.Decoder(UserIdentity | None)
_callers = _Callers()


def _whole(sketches: Sequence[_Sketch]) -> list[ApiCall]:
    """Sketches, which become calls. Those of one caller share who that is."""
    callers = _callers
    for call in sketches:
        call.user_identity = callers[bytes(call.user_identity)]  # type: ignore[assignment]
    return list(sketches)


def is_record(value: Mapping[str, Any]) -> bool:
    """This JSON object is a CloudTrail record."""
    return "eventTime" in value and ("eventSource" in value or "insightDetails" in value)


def is_digest(value: Mapping[str, Any]) -> bool:
    """This JSON object is a CloudTrail digest file: signatures, no records."""
    return value.keys() >= _DIGEST_KEYS


def from_object(value: Mapping[str, Any]) -> ApiCall:
    """As `from_json`, of a decoded JSON object."""
    return from_json(msgspec.json.encode(value))


def from_json(data: bytes) -> ApiCall:
    """One record; a known field of an unexpected type is read as text or left out.

    An insight event says in its ``insightDetails`` alone which service it is about; its ``event_name`` stays empty, as
    nobody called anything.

    Raises:
        ValueError: it lacks what makes it a record, or its time cannot be read.
    """
    fields = _SHALLOW.decode(data)
    told = _mended(ApiCall, {name: raw for name, raw in fields.items() if name != "eventTime"})
    told["user_identity"] = _by_itself(told.get("user_identity"))
    told["event_time"] = datetime.fromtimestamp(parse_time(_scalar(fields.get("eventTime", NOTHING)) or "") / 1000, UTC)
    if "event_source" not in told:
        about = object_of(fields.get("insightDetails", NOTHING)).get("eventSource")
        if not isinstance(about, str):
            raise ValueError("eventSource is missing")
        told["event_source"] = about
    return ApiCall(**told)


def _mended(kind: type[msgspec.Struct], fields: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    """Attributes of a struct: the fields whose types fit, numbers and such as text where text is expected."""
    mended: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        raw = fields.get(field.encode_name)
        if raw is None:
            continue
        try:
            mended[field.name] = msgspec.json.decode(raw, type=field.type, strict=False)
        except msgspec.ValidationError:
            value = _nearest(field.type, raw)
            if value is not None:
                mended[field.name] = value
    return mended


def _nearest(kind: Any, raw: msgspec.Raw) -> Any:
    """What of a value of another type fits ``kind``, or None."""
    kinds = get_args(kind) or (kind,)
    inner = next((one for one in kinds if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)
    if inner is None:
        return _scalar(raw) if str in kinds else None
    try:
        return inner(**_mended(inner, _SHALLOW.decode(raw)))
    except (msgspec.ValidationError, RecursionError):
        return None


def _scalar(raw: msgspec.Raw) -> str | None:
    """A string, or a number or truth value as it is written."""
    value = value_of(raw)
    if isinstance(value, str | NoneType):
        return value
    return bytes(raw).decode().strip() if isinstance(value, bool | int | float) else None
