"""Somebody uses buckets in a way that is unusual for him, for his peers and for the account: five types, one model.

*The attack.* A key or a role's session is stolen. Whoever has it lists buckets it never cared for, copies them (``aws
s3 sync``), opens them to others (a policy, an ACL), or holds them for ransom: objects are read, written back encrypted,
and deleted (``aws s3 rm --recursive``). On a taken machine this is done with its own role, from its own network.

*How it is told.* Of every principal it is known on how many days it listed, read, wrote, deleted or opened which
bucket, with which calls, from which networks, with which programs, when, and how much of it
(`vedette.baselines.habits`). What is new to it within some hours is weighed, as `api/unusual_calls.py` does
(`vedette.detectors.weighing`). For a thief speak besides: that it seldom does anything new with buckets, how far the
amount is beyond what it ever came to, that it is refused. How much: of calls, one in 64 is counted, chosen by its event
ID, and large reads more often, so that bytes can be added up too. One new thing is no burst, but a volume alone is: if
a principal that is long known reads far more than it ever did, from where it always does, that is a finding.

*What ordinary work looks the same.* A new deployment with a bucket of its own, an analyst's question to a bucket he
never asked, a backfill, a clean-up. Whoever does such things does them again: that something is new says little of him.
A newcomer is expected to do what is new. An instance's peers are the others of its role, so new machines of a fleet are
known by what the fleet does.

*Where it is blind.* In the first 14 days of an account, on the first of a role's first machine, and without S3 data
events in its trail. What a principal does in a bucket every week, done by somebody else from the same network with the
same program, and no more than fourfold; the same from another network alone, as on a journey. Callers who do not sign;
what services do in somebody's name (Athena, Glue); which objects are read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cache
from itertools import count
from zlib import crc32

import msgspec

from vedette.baselines.habits import Habits
from vedette.detectors.api_tactics import short_name
from vedette.detectors.declare import Row, calls_unlike, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.s3_calls import S3Act, is_anonymous, is_s3_data, s3_act
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.detectors.traits import DAY_MS, identified, is_denied, is_somebody, part_of_week, short, where_and_how
from vedette.detectors.unusual import AccountHabits, Burst, Scale, listed, noticed, profiles, sentence, steps_beyond
from vedette.detectors.weighing import ELSEWHERE, caller_weighed
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import (
    OUTSIDE,
    Event,
    Principal,
    anonymous,
    every,
    foreign_account,
    iam_user,
    instance,
    instance_session,
    role_session,
    service,
    story,
)
from vedette.simulate.events import Happening, flatten
from vedette.simulate.identifiers import uuid
from vedette.simulate.principals import BOTO3

# 1. The finding types.


class Act(StrEnum):
    """What somebody does with a bucket, as GuardDuty's types name it; the gravest last."""

    LIST = "lists"
    WRITE = "writes"
    READ = "reads"
    OPEN = "opens"
    DELETE = "deletes"


_MEANS = {
    Act.LIST: ("Discovery:S3/AnomalousBehavior", LOW, "looked into", "T1619"),
    Act.READ: ("Exfiltration:S3/AnomalousBehavior", HIGH, "read from", "T1530"),
    Act.DELETE: ("Impact:S3/AnomalousBehavior.Delete", HIGH, "deleted from", "T1485"),
    Act.OPEN: ("Impact:S3/AnomalousBehavior.Permission", HIGH, "changed who may use", "T1222"),
    Act.WRITE: ("Impact:S3/AnomalousBehavior.Write", MEDIUM, "wrote to", "T1486"),
}

TYPES = {
    act: FindingType(
        name=name, severity=severity, plan=Plan.S3_DATA_EVENTS, resource="S3Bucket",
        title=f"{{principal}} {did} buckets ({{bucket}}) in a way unusual for it.",
        description=f"{{principal}} {did} buckets ({{bucket}}) in account {{account}}, among others with {{apis}}. "
        "Unusual: {unusual}.",
        attack=(technique,),
        remedy="Ask whoever holds these credentials whether the calls were theirs. If not, disable the credentials, "
        "end the role's sessions, and see in the data events which objects were read, written or deleted; versions "
        "that a bucket keeps can be restored. If they were, nothing is to be done: from tomorrow on it is known.",
    )
    for act, (name, severity, did, technique) in _MEANS.items()
}

# 2. Settings.

ENOUGH = 9.5
"""Nats: what must speak for a thief. See `python -m benchmarks.s3_habits` for what other values give.

What follows was fitted to companies that are made up, and rounded: see docs/s3-habits.md. What else is weighed, and how
much, is `vedette.detectors.weighing`'s."""
NEWS = {"api": 0.2, "bucket": 0.5, "denied": 0.3, "volume": 0.3}
"""By kind, what a nat counts of how seldom somebody does anything new."""
BEYOND, STEPS = 2.5, 2
"""Nats for each level that a volume lies beyond what is no news, of which so many count."""
REFUSED, REFUSALS = 0.6, 8
"""Nats for each new refusal, of which so many count: a thief tries one bucket after the other."""
SAMPLED = 64
"""Of so many calls one is counted: 256 are then about 4, which is enough to tell 256 from 1,000."""
WHOLE = 1 << 30
"""Bytes: what is read in one call of this size is always counted, and smaller ones as often as they are smaller."""
LEAST = {"calls": 256, "bytes": 4 << 30}
"""The first levels of what is done, and read, on a day: what is less is not measured."""
BATCH = 250
"""What a DeleteObjects counts: it deletes up to 1,000 objects, and its record does not say how many."""
BUCKETS = 20
"""Named in a finding: those that were new, first."""

# 3. What a call shows.

_SOURCE = "s3.amazonaws.com"
_OPENS = frozenset({
    "DeleteAccountPublicAccessBlock", "DeleteBucketOwnershipControls", "DeleteBucketPolicy",
    "DeleteBucketPublicAccessBlock", "DeletePublicAccessBlock", "PutAccessPointPolicy",
    "PutAccountPublicAccessBlock", "PutBucketAcl", "PutBucketOwnershipControls", "PutBucketPolicy",
    "PutBucketPublicAccessBlock", "PutObjectAcl", "PutPublicAccessBlock",
})
_DELETES = frozenset({"DeleteBucket", "DeleteObject", "DeleteObjects"})


class _Transfer(msgspec.Struct):
    bytes_out: float = msgspec.field(default=0.0, name="bytesTransferredOut")


_TRANSFER = msgspec.json.Decoder(_Transfer)


def act_of(call: ApiCall) -> Act | None:
    """What the call does with a bucket; None: nothing of this detector's."""
    if call.event_name in _OPENS:
        return Act.OPEN
    if call.event_name in _DELETES:
        return Act.DELETE
    if not is_s3_data(call):
        return None
    return _ACTS[s3_act(call)]


_ACTS = {S3Act.DISCOVERY: Act.LIST, S3Act.EXFILTRATION: Act.READ, S3Act.IMPACT: Act.WRITE}


def bytes_read(call: ApiCall) -> float:
    """Bytes that S3 sent to the caller, as the record says."""
    try:
        said = _TRANSFER.decode(call.raw_additional).bytes_out
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0.0
    return said if 0.0 <= said < 1e18 else 0.0


def _bucket(call: ApiCall) -> str:
    name = call.request.get("bucketName")
    return name if isinstance(name, str) else ""


def chance(call: ApiCall) -> float:
    """How likely a call like this is to be counted."""
    if call.event_name == "DeleteObjects":
        return 1.0
    return min(max(1 / SAMPLED, bytes_read(call) / WHOLE), 1.0)


def counted(call: ApiCall) -> bool:
    """The call is of the sample: that follows from its ID, which AWS draws."""
    if not call.event_id or call.management_event is True:
        return False
    lot = crc32(call.event_id.encode()) / 2**32
    return lot * SAMPLED < 1 or lot < chance(call)


def who_uses(call: ApiCall) -> tuple[str, str]:
    """Who it is, and whose ways are like his: the other machines of a machine's role, other accounts' principals."""
    who = call.identity
    if who.type == "AWSAccount":
        return short(f"{who.account_id}/{(who.principal_id or '').partition(':')[0]}"), "other accounts"
    named, peers = identified(call)
    return named, short(named.rpartition("/")[0]) if peers == "machines" else peers


def alike(call: ApiCall, known: Known) -> tuple[str, ...] | None:
    """What is the same of calls of which one is enough; None: about no bucket, a service's call, or nobody's."""
    who = call.identity
    if call.event_source != _SOURCE or is_anonymous(call) or act_of(call) is None:
        return None
    if not is_somebody(call) and not (who.type == "AWSAccount" and call.account and who.principal_id):
        return None
    named, _ = who_uses(call)
    return None if "/aws-service-role/" in named else (call.account, named, *_traits(call, known))


def _traits(call: ApiCall, known: Known) -> list[str]:
    done = f"{act_of(call)} {_bucket(call)}".rstrip()
    traits = where_and_how(call, known)
    # Who is refused has done nothing with the bucket: that he tried is one thing, not three.
    traits += [f"denied:{done}"] if is_denied(call) else [
        f"api:{short_name(call.event_source, call.event_name)}", f"bucket:{done}"]
    return list(map(short, traits))


def _volumes(row: Row[ApiCall], memory: AccountHabits, who: str) -> list[str]:
    """The levels that this call brings the day's volumes to, if it is of the sample."""
    call, act = row.record, act_of(row.record)
    if not counted(call) or not call.succeeded or act in (None, Act.OPEN):
        return []
    bucket, share = short(_bucket(call)), chance(call)
    number = BATCH if call.event_name == "DeleteObjects" else 1
    levels = memory.reached(row.time, who, f"{act} {bucket}", "calls", number / share, SCALE)
    if act is Act.READ:
        levels += memory.reached(row.time, who, f"{act} {bucket}", "bytes", bytes_read(call) / share, SCALE)
    return levels


def _weight(kind: str, value: str, said: Collection[str]) -> float:
    return ELSEWHERE if kind == "network" else 0.0


KINDS = ("api", "bucket", "denied", "volume", "network", "country", "program", "mfa", "time")
"""Of traits, in the order in which they are told."""
SCALE = Scale(expected=dict.fromkeys(KINDS, 0.0), deeds=frozenset(), weight=_weight, least=LEAST)

_ABOUT = ("bucket", "denied", "volume")
"""Kinds whose values say what was done with which bucket."""

# 4. The logic.


def weighed(habits: Habits, who: str, burst: Burst) -> dict[str, float]:
    """What speaks for a thief, and what against (nats), by what it is."""
    volumes = [steps_beyond(habits, who, trait, SCALE) for trait in burst.odd if trait.startswith("volume:")]
    return caller_weighed(habits, who, burst, NEWS, _days_known(habits, who)) | {
        "volumes": BEYOND * min(max(volumes, default=0), STEPS),
        "refusals": REFUSED * min(burst.kinds()["denied"], REFUSALS),
    }


def _days_known(habits: Habits, who: str) -> float:
    """On how many days somebody was active; for a machine, all of its role: none of them lives for long."""
    profile = habits.profiles[who]
    role = habits.groups.get(profile.peers) if profile.peers.startswith("arn:") else None
    return max(profile.active, role.days.at(habits.day) if role else 0.0)


def suspicion(habits: Habits, who: str, burst: Burst) -> float:
    """How much speaks for a thief (nats). One new thing is no burst, unless it is how much somebody does."""
    is_burst = burst.is_several() or burst.kinds()["volume"]
    return sum(weighed(habits, who, burst).values()) if is_burst else 0.0


def _account(call: ApiCall, known: Known) -> str | None:
    return call.account


@keyed_detector(*TYPES.values(), on=calls_unlike(alike, about={_SOURCE: ("bucketName",)}, counted=counted),
                key=_account, memory=AccountHabits)
def unusual_access(rows: Sequence[Row[ApiCall]], memory: AccountHabits, known: Known) -> Iterator[Signal]:
    """A principal does much with buckets that is new to it, and unlikely for its kind."""
    for row in rows:
        call, (who, peers), act = row.record, who_uses(row.record), act_of(row.record)
        if act is None:
            continue
        traits = _volumes(row, memory, who)
        shown = [*_traits(call, known), part_of_week(row.time)]
        if not memory.is_told(row.time, "\0".join((who, *shown))):
            traits += shown
        if not traits:
            continue
        deed = short(short_name(call.event_source, call.event_name)), call.succeeded
        found = noticed(memory, row, who, peers, traits, deed, SCALE)
        if found is None:
            continue
        burst, odd = found
        if odd and not _is_first_of_fleet(memory, peers) and suspicion(memory.habits, who, burst) >= ENOUGH:
            for served in acts_served(burst, act):
                if _more(burst, served):
                    yield _said(call, memory, who, burst, served)


def _is_first_of_fleet(memory: AccountHabits, peers: str) -> bool:
    """A machine of a role that no machine had before today: nothing says what it is for."""
    return peers.startswith("arn:") and peers not in memory.habits.groups


def acts_served(burst: Burst, act: Act) -> list[Act]:
    """What is unusual of what was done with buckets; if nothing of it is, what is done now, as that is not by him."""
    odd = [one for one in Act if _things(burst, one)]
    return odd or [act]


def _things(burst: Burst, act: Act) -> list[str]:
    """What is new of an act: its buckets, and how much of it."""
    return [trait for trait in burst.odd if trait.startswith(tuple(f"{kind}:{act}" for kind in _ABOUT))]


def _more(burst: Burst, act: Act) -> bool:
    """Nothing was said of this yet, or there is twice as much to tell."""
    return max(1, len(_things(burst, act))) >= 2 * burst.said.get(act, 0)


def _said(call: ApiCall, memory: AccountHabits, who: str, burst: Burst, act: Act) -> Signal:
    by_kind = burst.by_kind(KINDS)
    burst.said[act] = max(1, len(_things(burst, act)))
    evidence = burst.evidence()
    touched = [value.partition(" ")[2].rpartition(", ")[0] or value.partition(" ")[2]
               for kind in _ABOUT for value in by_kind[kind] if value.startswith(act)]
    buckets = dict.fromkeys(one for one in touched or [_bucket(call)] if one)
    said = about_call(
        call, TYPES[act], buckets=tuple(buckets)[:BUCKETS], evidence=evidence, first_seen=evidence[0].time,
        additional=profiles(memory.habits, who, burst, by_kind) | {
            "weighed": {what: round(nats, 1) for what, nats in weighed(memory.habits, who, burst).items() if nats}},
        words={"apis": listed(list(burst.apis)), "unusual": sentence(by_kind)},
    )
    # One finding, however many buckets it comes to be about.
    return msgspec.structs.replace(said, identity=(who,))


# 5. EXAMPLES.

_bea, _cleo, _gil = map(iam_user, ("bea", "cleo", "gil"))
_web = instance_session(instance("i-0b1ff00dba5e00016"), "shop")
_partner = foreign_account("444455556666")
_thieves = "aws-cli/2.9.1 Python/3.9.11 Windows/10 exe/AMD64 prompt/off command/s3.sync"
_SAFES = ("acme-payroll", "acme-contracts", "acme-backups")


def _etl(run: int) -> Principal:
    """Its sessions' names are never the same."""
    return role_session("etl", f"run-{run}", agent=BOTO3)


def _machine(number: int) -> Principal:
    return instance_session(instance(f"i-0b1ff00dba5e000{number}"), "shop")


def _does(who: Principal, name: str, bucket: str, number: int = 1, *, size: int = 5_000, after: float = 3.0,
          ip: str | None = None, agent: str | None = None, error: str | None = None) -> list[Event]:
    """Calls about objects of a bucket, or about the bucket."""
    key = {"key": "a.parquet"} if name.endswith("Object") else {}
    return number * [who.calls("s3", name, {"bucketName": bucket, **key}, ip=ip, agent=agent, error=error,
                               additional={"bytesTransferredOut": size}, after=after)]


def _many(who: Principal, name: str, bucket: str, number: int, word: str) -> list[Event]:
    """Of a great many calls those that are counted: each stands for 64."""
    lots = (uuid(word, n) for n in count())
    chosen = (one for one in lots if crc32(one.encode()) * 64 < 2**32)
    return [replace(event, fields={**event.fields, "event_id": one})
            for event, one in zip(_does(who, name, bucket, number, after=1.0), chosen, strict=False)]


@cache
def _works(day: int) -> list[Event]:
    """A day of ordinary work."""
    etl = _etl(day)
    return [
        *_does(_bea, "ListObjects", "acme-ledger"), *_does(_bea, "GetObject", "acme-ledger", 2),
        *_does(_bea, "HeadObject", "acme-ledger"),
        *_does(_cleo, "GetObject", "acme-payroll"), *_does(_cleo, "PutObject", "acme-payroll"),
        *_does(etl, "ListObjects", "acme-lake"), *_does(etl, "GetObject", "acme-lake", 2),
        *_does(etl, "PutObject", "acme-lake", 2), *_does(etl, "DeleteObjects", "acme-lake"),
        *_many(etl, "GetObject", "acme-lake", 5, f"lake {day}"),
        *_does(_web, "GetObject", "acme-images", 2), *_does(_web, "PutObject", "acme-images"),
        *_does(_partner, "GetObject", "acme-exchange"),
    ]


def _works_with_gil(day: int) -> list[Event]:
    """The same, and somebody begins on the fourteenth."""
    return [*_works(day), *(_does(_gil, "GetObject", "acme-ledger") if day >= 13 else [])]


def _then(*events: Happening, days: int = 16, apart: float = 1.0,
          work: Callable[[int], list[Event]] = _works) -> list[Event]:
    """What comes some days after days of ordinary work."""
    first, *others = flatten(events)
    return [*every(DAY_MS / 1000, days, work), replace(first, after=DAY_MS / 1000 * apart - 1500), *others]


def _stolen(name: str, bucket: str, number: int = 1) -> list[Event]:
    return _does(_bea, name, bucket, number, ip=OUTSIDE, agent=_thieves)



EXAMPLES = [
    story(
        "a stolen key copies buckets that its user never saw, from elsewhere and with another program",
        _then(*[(_stolen("ListObjects", bucket), _stolen("GetObject", bucket, 3))
                for bucket in _SAFES]),
    ).fires(TYPES[Act.LIST], {"severity": LOW}).fires(TYPES[Act.READ], {
        "resource.accessKeyDetails.userName": "bea", "severity": HIGH,
        "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4": OUTSIDE,
    }),
    story(
        "a machine's own role, on its own machine, copies buckets that it never touched",
        _then(*[(_does(_web, "ListObjects", bucket), _does(_web, "GetObject", bucket, 2)) for bucket in _SAFES],
              _many(_web, "GetObject", "acme-backups", 20, "backups")),
    ).fires(TYPES[Act.LIST]).fires(TYPES[Act.READ], {"resource.accessKeyDetails.userName": "shop"}),
    story(
        "a bucket is held for ransom: listed, read, written back and deleted",
        _then(*[_stolen(name, "acme-contracts", 2) for name in (
            "ListObjects", "GetObject", "PutObject", "DeleteObject")]),
    ).fires(TYPES[Act.LIST]).fires(TYPES[Act.READ]).fires(TYPES[Act.WRITE], {"severity": MEDIUM}).fires(
        TYPES[Act.DELETE], {"severity": HIGH, "resource.s3BucketDetails.name": "acme-contracts"}),
    story(
        "a job deletes all that it has ever written",
        _then(_does(_etl(99), "DeleteObjects", "acme-lake", 70)),
    ).fires(TYPES[Act.DELETE], {"resource.accessKeyDetails.userName": "etl"}),
    story(
        "a reader of one bucket takes terabytes of it, from elsewhere",
        _then(_does(_bea, "GetObject", "acme-ledger", 12, size=6 << 30, ip=OUTSIDE)),
    ).fires(TYPES[Act.READ]),
    story(
        "she takes as much from where she always works, with the program that she always uses",
        _then(_does(_bea, "GetObject", "acme-ledger", 12, size=6 << 30)),
    ).fires(TYPES[Act.READ], {"resource.accessKeyDetails.userName": "bea"}),
    story(
        "a job reads sixteen times what it reads every day, at a time at which it never works",
        _then(_many(_etl(96), "GetObject", "acme-lake", 80, "by night"), apart=1.3),
    ).fires(TYPES[Act.READ], {"resource.accessKeyDetails.userName": "etl"}),
    story(
        "a new machine of a known fleet copies buckets that no machine of it touched, with another program",
        _then(*[_does(_machine(18), name, bucket, agent=_thieves) for bucket in _SAFES
                for name in ("ListObjects", "GetObject")]),
    ).fires(TYPES[Act.LIST]).fires(TYPES[Act.READ], {"resource.accessKeyDetails.userName": "shop"}),
    story(
        "a stolen key changes who may use a bucket",
        _then(*[_stolen(name, "acme-payroll") for name in (
            "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketAcl")]),
    ).fires(TYPES[Act.OPEN], {"severity": HIGH, "resource.s3BucketDetails.name": "acme-payroll"}),
    story(
        "the same thief as at first, in the first two weeks",
        _then(*[(_stolen("ListObjects", bucket), _stolen("GetObject", bucket, 3))
                for bucket in _SAFES], days=10),
    ).silent(),
    story(
        "a user reads her bucket from a hotel; a job writes a new partition, ever more of it, and cleans up as always",
        _then(_does(_bea, "ListObjects", "acme-ledger", ip="9.9.60.2"),
              _does(_bea, "GetObject", "acme-ledger", 3, ip="9.9.60.2"),
              _does(_etl(98), "PutObject", "acme-lake", 9), _does(_etl(98), "DeleteObjects", "acme-lake", 3),
              _many(_etl(98), "GetObject", "acme-lake", 30, "more")),
    ).silent(),
    story(
        "a user asks a bucket that is new to her, and another is refused three",
        _then(_does(_bea, "ListObjects", "acme-weather"), _does(_bea, "GetObject", "acme-weather", 3),
              *[_does(_cleo, "ListObjects", f"acme-{name}", 2, error="AccessDenied") for name in ("tax", "hr", "law")]),
    ).silent(),
    story(
        "a job is rolled out with a bucket of its own",
        _then(_does(_etl(97), "PutObject", "acme-new"), _does(_etl(97), "GetObject", "acme-new"),
              _does(_etl(97), "DeleteObjects", "acme-new")),
    ).silent(),
    story(
        "another machine of the fleet does what the fleet does",
        _then(_does(_machine(17), "GetObject", "acme-images", 9), _does(_machine(17), "PutObject", "acme-images", 9)),
    ).silent(),
    story(
        "somebody who began three days before takes terabytes",
        _then(_does(_gil, "GetObject", "acme-ledger", 12, size=30 << 30), work=_works_with_gil),
    ).silent(),
    story(
        "he is refused one bucket after the other",
        _then(*[_does(_gil, "ListObjects", f"acme-{number}", error="AccessDenied") for number in range(14)],
              work=_works_with_gil),
    ).silent(),
    story(
        "nobody, a service, and a service in somebody's name use many buckets",
        _then(*[(_does(who, "ListObjects", bucket), _does(who, "GetObject", bucket, 2),
                 _does(who, "DeleteObject", bucket, 2)) for bucket in _SAFES for who in (
            anonymous(ip=OUTSIDE), service("config.amazonaws.com"), _bea.through("athena.amazonaws.com"))]),
    ).silent(),
]
