"""Kubernetes audit events (``audit.k8s.io`` v1 and v1beta1), as EKS writes them to the log group of its cluster.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/. An event does not say of which cluster,
account or Region it is: the envelope of CloudWatch Logs does, or the object's path. A request shows up once for each of
its stages, with one ``auditID``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec

from vedette.logs import envelope
from vedette.logs.cloudtrail import EARLIEST, LATEST
from vedette.logs.envelope import NOWHERE, Envelope, subscribed
from vedette.logs.raw_json import NOTHING, object_of, sound_text, value_of

_GROUP = re.compile(r"(?:^|/)aws/eks/([0-9A-Za-z][0-9A-Za-z_-]{0,99})/cluster(?:/|$)", re.ASCII)
AUDIT_STREAM = "kube-apiserver-audit"
"""How the names begin of a cluster's log streams that hold audit events; others are its components' own logs."""

API_GROUP = b"audit.k8s.io/"
"""Stands in each event's ``apiVersion``."""

ANONYMOUS = "system:anonymous"

_SHORT = 1_000
"""Bytes of a list of groups that is remembered: the same are met again and again."""
_LONGEST_ID = 100
"""Characters of a request's id. API servers draw UUIDs; a client may name one, and theirs are cut at 64."""


@lru_cache(1_000)
def cluster_of(name: str) -> str:
    """The cluster whose log group this is, or in whose group's name a path has its part; empty: none."""
    found = _GROUP.search(name)
    return found[1] if found else ""


def cluster_at(locator: str) -> str:
    """The cluster in whose group's name an object's path has its part; empty: none."""
    folder, _, name = locator.rpartition("/")
    # Many objects are in few folders; but what a tool saved may have its whole path for a name.
    return _cluster_in(locator if name == "cluster" or "%" in name else folder)


@lru_cache(1_000)
def _cluster_in(path: str) -> str:
    return cluster_of(unquote(path))


def is_of_a_component(around: Envelope) -> bool:
    """What a cluster's other parts say: scheduler, controller manager, authenticator, the API server itself."""
    return bool(cluster_of(around.group)) and not around.stream.startswith(AUDIT_STREAM)


def _texts(raw: bytes) -> tuple[str, ...]:
    told = value_of(msgspec.Raw(raw))
    return tuple(told) if isinstance(told, list) and all(isinstance(one, str) for one in told) else ()


_known_texts = lru_cache(1_000)(_texts)


class KubeUser(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Somebody as the API server knows him."""

    username: str = ""
    uid: str | None = None
    raw_groups: msgspec.Raw = msgspec.field(default=NOTHING, name="groups")
    extra: dict[str, list[str]] | None = None
    """What the authenticator adds: of IAM's principals ``arn``, ``canonicalArn``, ``sessionName``, ``accessKeyId``."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that he is in; none when the event does not say them as texts."""
        raw = bytes(self.raw_groups)
        return _known_texts(raw) if len(raw) <= _SHORT else _texts(raw)

    @property
    def sessions(self) -> list[str]:
        """Names of the role session."""
        return (self.extra or {}).get("sessionName", [])


class KubeObject(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What a request is about."""

    resource: str = ""
    """In the plural: ``pods``."""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    """``exec``"""


NOBODY, NO_OBJECT = KubeUser(), KubeObject()
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class KubeStatus(msgspec.Struct, frozen=True, gc=False):
    """What the API server answered."""

    code: int = 0


class KubeCall(msgspec.Struct, dict=True, rename={
    "audit_id": "auditID", "request_uri": "requestURI", "source_ips": "sourceIPs", "user_agent": "userAgent",
    "who": "user", "about": "objectRef", "status": "responseStatus", "raw_request": "requestObject",
    "raw_response": "responseObject", "impersonated": "impersonatedUser", "received": "requestReceivedTimestamp",
    "staged": "stageTimestamp",
    "account_id": "accountId",
}):
    """One stage of a request to a cluster's API server. Objects stay raw until a detector asks."""

    audit_id: str = msgspec.field(name="auditID")
    verb: str = ""
    """``get``, ``create``, …; in lower case an HTTP method where it is about no resource."""
    stage: str = ""
    request_uri: str = ""
    who: KubeUser = NOBODY
    """Who asked; empty when the event does not say."""
    impersonated: KubeUser | None = None
    source_ips: tuple[str, ...] | None = None
    """The client's address first, then proxies': all but the last are what clients say."""
    user_agent: str | None = None
    about: KubeObject = NO_OBJECT
    """What it is about; empty when it is about no resource."""
    status: KubeStatus | None = None
    received: _Moment | None = None
    """When the request came in; the same for all its stages."""
    staged: _Moment | None = None
    timestamp: _Moment | None = None
    """As early v1beta1 has it."""
    raw_request: msgspec.Raw = NOTHING
    raw_response: msgspec.Raw = NOTHING
    account_id: str = ""
    region: str = ""
    cluster: str = ""

    @property
    def time(self) -> int:
        """When it was asked, in milliseconds since the epoch."""
        moment = self.received or self.timestamp or self.staged
        if moment is None:
            raise ValueError("it has no time")
        return _millis(moment)

    @property
    def record(self) -> str:
        """Identity of the request: its id, or a digest of all it says where that is none, or none that can be kept."""
        if 0 < len(self.audit_id) <= _LONGEST_ID:
            return self.audit_id
        return blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()

    @property
    def code(self) -> int:
        """The answer's HTTP status; 0 when there is none yet."""
        return self.status.code if self.status else 0

    @property
    def succeeded(self) -> bool:
        """It was answered, and not with an error. A session that was opened in a container is answered with 101."""
        return 100 <= self.code < 400

    @cached_property
    def request(self) -> dict[str, Any]:
        """``requestObject``, decoded: the object, or what is to be changed of it; empty when absent."""
        return object_of(self.raw_request)

    @cached_property
    def response(self) -> dict[str, Any]:
        """``responseObject``, decoded; empty when absent."""
        return object_of(self.raw_response)

    def resulting(self, member: str) -> Any:
        """A member of the object as it is then: as answered, or else as asked for. None when neither says."""
        for told in (self.response, self.request):
            if member in told:
                return told[member]
        return None


def _millis(moment: datetime) -> int:
    millis = int(moment.timestamp() * 1000)
    return millis if EARLIEST <= millis <= LATEST else min(max(millis, EARLIEST), LATEST)


_RECEIVED = attrgetter("received")
_CALL = msgspec.json.Decoder(KubeCall)


def recognise_record(value: Mapping[str, Any]) -> bool:
    """This JSON object is an audit event."""
    return "auditID" in value and ("requestURI" in value or "verb" in value)


def decode_record(data: bytes, around: Envelope = NOWHERE) -> KubeCall:
    """One event, as the envelope says where it is of.

    Raises:
        ValueError: a field is of another type, or it has no time; `msgspec.DecodeError`: it is no JSON.
    """
    text = sound_text(data)
    try:
        return _told(_CALL.decode(text), around)
    except msgspec.ValidationError:
        # Kubernetes leaves out what there is not; others may write that it is null.
        told = msgspec.json.decode(text)
        if not isinstance(told, dict) or None not in (told.get("user", 0), told.get("objectRef", 0)):
            raise
        said = msgspec.json.encode({name: one for name, one in told.items() if one is not None})
        return _told(_CALL.decode(said), around)


def decode_lines(block: bytes) -> list[KubeCall]:
    """The events of a block of JSON lines, all of them or an error; as `decode_record`."""
    calls = _CALL.decode_lines(sound_text(block))
    return calls if all(map(_RECEIVED, calls)) else [_told(call, NOWHERE) for call in calls]


def span(calls: Sequence[KubeCall]) -> tuple[int, int]:
    """The earliest and the latest time (ms) of calls: of one at least."""
    moments = list(map(_RECEIVED, calls))
    if not all(moments):
        times = [call.time for call in calls]
        return min(times), max(times)
    return _millis(min(moments)), _millis(max(moments))


def is_subscription(data: bytes) -> bool:
    """The text begins as a subscription to an EKS cluster's log group writes it."""
    return envelope.is_subscription(data, b"/aws/eks/")


def decode_subscription(data: bytes) -> tuple[list[KubeCall | None], int]:
    """The events of all documents, None for each that a cluster's other parts say, and the number of these.

    Raises:
        ValueError: a document is none of a subscription's to a cluster's group, or an event is not sound.
    """
    calls: list[KubeCall | None] = []
    passed_over = 0
    for around, messages in subscribed(data):
        if not cluster_of(around.group):
            raise ValueError("another log group")
        if is_of_a_component(around):
            calls += [None] * len(messages)
            passed_over += len(messages)
        else:
            calls += _together(messages, around)
    return calls, passed_over


def _together(messages: Sequence[str], around: Envelope) -> list[KubeCall]:
    """The events of messages, one each."""
    calls = list(map(_CALL.decode, messages))
    cluster = cluster_of(around.group)
    for call in calls:
        call.account_id, call.cluster = around.owner, cluster
    return calls if all(map(_RECEIVED, calls)) else [_told(call, around) for call in calls]


def _told(call: KubeCall, around: Envelope) -> KubeCall:
    if not (call.received or call.timestamp or call.staged):
        raise ValueError("it has no time")
    if around.owner:
        call.account_id = around.owner
    if around.group:
        call.cluster = cluster_of(around.group)
    return call

