"""An instance's role credentials are used from somewhere else.

*The attack.* A hole in an application gives out the credentials that the metadata service hands to the instance. The
thief uses them from a machine of his own: a laptop (OutsideAWS), or an instance in an account of his own (InsideAWS).
The session's name stays the instance's id.

*What ordinary work looks the same.* Traffic that leaves through an office, a proxy or a hub account: name its address
as one's own egress, or put it on a trusted list. After three machines (a setting) have been used from one place, that
place is taken for a shared way out, and no other machine is reported for it. What is reported of the three stays
reported: they may be one thief's.

*What is not it.* The instance's own addresses and any of its account (inventory, AllocateAddress in the log, addresses
of one's own brought to AWS); any other AWS address, as long as the inventory does not say all of the account's;
private addresses behind a VPC endpoint of the account, or the instance's own behind another's (a shared VPC, a hub of
endpoints; the inventory tells); calls that a service makes in the session's name; S3 links that the instance signed
for others; on-premises machines (``mi-…``).

*Where it is blind.* The same account, the same NAT gateway; IPv6; AWS addresses without an inventory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vedette.detectors.declare import Memory, Row, Session, calls, keyed_detector, sessions_where
from vedette.detectors.known import Known
from vedette.detectors.session_use import (
    Elsewhere,
    elsewhere,
    exfiltration_type,
    place_of,
    session_name,
    used_elsewhere,
)
from vedette.detectors.signal import Signal
from vedette.intel.special_ranges import is_public
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import Given, described, described_addresses, instance, instance_session, role_session, story
from vedette.simulate.addresses import AWS_STRANGER, INSTANCE_PUBLIC, NAT_PUBLIC, OTHER_ACCOUNT, OUTSIDE, STRANGER

# 1. The finding types.

INSTANCE_OUTSIDE = exfiltration_type("Instance", "OutsideAWS", "instance {instance}")
INSTANCE_INSIDE = exfiltration_type("Instance", "InsideAWS", "instance {instance}")

# 2. Settings.

_MOST_USERS, _MOST_PLACES, _MOST_ADDRESSES = 1000, 500, 2000
"""Remembered of an account; the oldest go first. Elastic IP addresses have a quota of 5 a Region unless raised."""

# 3. The logic. An account's instances are judged together, for the shared ways out.

_INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})$", re.ASCII | re.IGNORECASE)


class Places(Memory):
    """Of an account: from where its instances' sessions were used, and which public addresses came to it."""

    users: dict[str, list[str]] = {}
    """Place → the first instances used from there."""
    own: dict[str, int] = {}
    """Public address that was reserved → when (ms)."""
    restarted: dict[str, int] = {}
    """Instance whose public address may have changed → when (ms)."""

    def expire(self, watermark: int) -> bool:
        """Bounded by number, not by time: a way out stays one."""
        return not (self.users or self.own or self.restarted)

    def merge(self, other: Places) -> Places:
        """Of each place the first instances of both."""
        users = {place: sorted({*self.users.get(place, ()), *other.users.get(place, ())})[:_MOST_USERS]
                 for place in (*self.users, *other.users)}
        return Places(users, self.own | other.own, self.restarted | other.restarted)

    def admits(self, place: str, instance_id: str, shared_after: int) -> bool:
        """Whether this use of a place is news; remembers it. Of more than ``shared_after`` instances none is."""
        if not shared_after:
            return True
        seen = self.users.setdefault(place, [])
        if instance_id not in seen:
            if len(seen) >= min(shared_after, _MOST_USERS):
                return False
            seen.append(instance_id)
        _bound(self.users, _MOST_PLACES)
        return True


def _bound(kept: dict[str, list[str]] | dict[str, int], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]


_ADDRESS_CALLS = frozenset({"AllocateAddress", "AssociateAddress"})


def _of_instance_elsewhere(session: Session, known: Known) -> bool:
    name = session.principal_id.rpartition(":")[2]
    return _INSTANCE.match(name) is not None and place_of(session, known) is not None


def _account(call: ApiCall, known: Known) -> str | None:
    if _INSTANCE.match(session_name(call)) and elsewhere(call, known):
        return call.identity.account_id or call.account
    if call.event_source == "ec2.amazonaws.com" and call.succeeded and (
            call.event_name in _ADDRESS_CALLS or call.event_name == "StartInstances"):
        return call.account
    return None


@keyed_detector(
    INSTANCE_OUTSIDE, INSTANCE_INSIDE,
    on=[sessions_where(_of_instance_elsewhere),
        calls("ec2.amazonaws.com", "AllocateAddress", "AssociateAddress", "StartInstances")],
    key=_account, memory=Places,
)
def instance_credentials_elsewhere(rows: Sequence[Row[ApiCall]], memory: Places, known: Known) -> Iterator[Signal]:
    """An instance's role session is used from another place."""
    for row in rows:
        call = row.record
        instance_id = session_name(call)
        place = elsewhere(call, known) if _INSTANCE.match(instance_id) else None
        news = place and not _explained(call, instance_id, place, memory, known)
        if place and news and memory.admits(place.place, instance_id, known.exempt.shared_after):
            yield used_elsewhere(row, known, place, INSTANCE_OUTSIDE, INSTANCE_INSIDE, instance_id)
        if call.event_source == "ec2.amazonaws.com" and call.succeeded:
            _learn(call, row.time, memory)


def _explained(call: ApiCall, instance_id: str, place: Elsewhere, memory: Places, known: Known) -> bool:
    own = known.inventory.addresses_of_instance(instance_id)
    if place.place in memory.own or call.source_ip in own:
        return True
    # An instance's own address may be newer than the inventory. GetCallerIdentity is also how an instance shows a
    # server who it is (EKS, Vault): it signs the call and the server sends it.
    return place.unsure and (
        instance_id in memory.restarted or not own or call.event_name == "GetCallerIdentity")


def _learn(call: ApiCall, time: int, memory: Places) -> None:
    if call.event_name in _ADDRESS_CALLS:
        for given in (call.response.get("publicIp"), call.request.get("publicIp")):
            if isinstance(given, str) and is_public(given):
                memory.own[given] = time
        _bound(memory.own, _MOST_ADDRESSES)
    elif call.event_name == "StartInstances":
        started = call.request.get("instancesSet")
        items = started.get("items") if isinstance(started, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and isinstance(item.get("instanceId"), str):
                memory.restarted[item["instanceId"]] = time
        _bound(memory.restarted, _MOST_ADDRESSES)


# 4. EXAMPLES.

_web = instance("i-0f3a9c1b2d4e5f607", public_ip=INSTANCE_PUBLIC)
_app = instance("i-0aa11bb22cc33dd44", private_ip="10.0.1.6")
_thief, _private = instance_session(_web), instance_session(_app)
_OURS = Given(inventory={**described(_web, _app), **described_addresses(NAT_PUBLIC)})
_object = {"bucketName": "acme-ledger", "key": "2026/02.csv"}

EXAMPLES = [
    story(
        "an instance's credentials are tried on a laptop: denied calls count, and three are one finding",
        _thief.calls("sts", "GetCallerIdentity", ip=OUTSIDE),
        _thief.calls("iam", "ListUsers", ip=OUTSIDE, error="AccessDenied"),
        _thief.calls("s3", "GetObject", _object, ip=OUTSIDE),
    ).fires(INSTANCE_OUTSIDE, {
        "resource.instanceDetails.instanceId": "i-0f3a9c1b2d4e5f607", "resource.accessKeyDetails.userName": "web",
    }, count=3),
    story(
        "they are used through a VPC endpoint of another account",
        _thief.calls("s3", "ListObjects", {"bucketName": "acme-ledger"}, ip="10.9.0.4",
                     vpc_endpoint="vpce-0a9b8c7d6e5f40312", vpc_endpoint_account=OTHER_ACCOUNT),
    ).fires(INSTANCE_INSIDE, {"service.action.awsApiCallAction.remoteAccountDetails.accountId": OTHER_ACCOUNT}),
    story(
        "they are used on an AWS machine, and all of the account's addresses are known",
        _thief.calls("s3", "GetObject", _object, ip=AWS_STRANGER),
        given=_OURS,
    ).fires(INSTANCE_INSIDE),
    story(
        "instances call from their own address, from the NAT gateway's, and from inside",
        _thief.calls("s3", "GetObject", _object),
        _private.calls("s3", "GetObject", _object),
        _private.calls("s3", "GetObject", _object, ip="10.0.1.6", vpc_endpoint="vpce-0123456789abcdef0",
                       vpc_endpoint_account="111122223333"),
        _thief.through("cloudformation.amazonaws.com").calls("ec2", "DescribeVpcs"),
        given=_OURS,
    ).silent(),
    story(
        "an instance in a shared VPC calls through its owner's endpoint, from its own private address",
        _private.calls("s3", "GetObject", _object, ip="10.0.1.6", vpc_endpoint="vpce-0a9b8c7d6e5f40312",
                       vpc_endpoint_account=OTHER_ACCOUNT),
        given=_OURS,
    ).silent(),
    story(
        "a visitor follows a link that the instance signed; an address of one's own is brought to AWS; a proxy is "
        "trusted",
        _thief.calls("s3", "GetObject", _object, ip=OUTSIDE, additional={"AuthenticationMethod": "QueryString"}),
        role_session("network", "release-41").calls("ec2", "AllocateAddress", {"domain": "vpc"}, response={
            "publicIp": STRANGER, "allocationId": "eipalloc-0123456789abcdef0"}),
        _private.calls("s3", "GetObject", _object, ip=STRANGER),
        _private.calls("s3", "GetObject", _object, ip="9.9.4.21"),
        role_session("deploy", "mi-0123456789abcdef0", ip=OUTSIDE).calls("ssm", "UpdateInstanceInformation"),
        given=Given(trusted_ips=("9.9.4.21",)),
    ).silent(),
    story(
        "the thief uses them at the console, as records until 2020 told it",
        _thief.calls("iam", "CreateUser", {"userName": "support"}, ip=OUTSIDE, userIdentity={
            **_thief.user_identity, "invokedBy": "signin.amazonaws.com"}),
    ).fires(INSTANCE_OUTSIDE),
]
