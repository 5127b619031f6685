"""Somebody calls AWS in a way that is unusual for him, for his peers and for the account: eight types, one model.

*The attack.* Credentials are stolen: a key from a repository, a session from a laptop, a role from a server. Whoever
has them looks around, takes secrets, makes himself users and keys, gives himself rights, turns logs off, copies
snapshots, starts machines. Each call is one that somebody somewhere makes every day. That *this* identity makes them,
from there, with that program, all within an hour, is what nobody saw before.

*How it is told.* Of every principal it is known on how many days it called which API, from which networks, with which
programs, in which Regions, and how often it does anything new at all (`vedette.baselines.habits`). What is new to it,
closely spaced, is added up: how seldom it does something new, and how unlikely the new thing is among its peers. The
sum is the logarithm of how unlikely it all is. A day is learned when it is over.

*What ordinary work looks the same.* An administrator's first week with a new service; an audit; an incident, in which
people use what they never used; a new pipeline. They are told by what they share with others: peers who do the same,
networks and programs that the account knows, a principal that does new things weekly. A new employee is judged by what
the colleagues do.

*Where it is blind.* In the first 14 days of an account. What a principal does every week, done by somebody else from
the same network and with the same program. A machine of Amazon's is one network like another. Without a database of
networks (MMDB), the first half of an IPv4 address stands for the network. How often something is called, and data
events. Records without an account.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from vedette.baselines.habits import Habits, Rarity
from vedette.detectors.api_tactics import Tactic, short_name, tactic_of
from vedette.detectors.declare import SPAN, Memory, Row, calls_unlike, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call, principal
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import OUTSIDE, Event, every, iam_user, instance, instance_session, sso_session, story

# 1. The finding types.

_MEANS: dict[Tactic, tuple[float, str, str]] = {
    Tactic.DISCOVERY: (LOW, "look around", "T1580"),
    Tactic.INITIAL_ACCESS: (MEDIUM, "get a session or a token", "T1078.004"),
    Tactic.CREDENTIAL_ACCESS: (MEDIUM, "take passwords, secrets and keys", "T1555.006"),
    Tactic.PERSISTENCE: (MEDIUM, "keep a way in", "T1098"),
    Tactic.DEFENSE_EVASION: (MEDIUM, "cover tracks", "T1562.008"),
    Tactic.PRIVILEGE_ESCALATION: (MEDIUM, "gain rights", "T1098.003"),
    Tactic.EXFILTRATION: (HIGH, "carry data off", "T1537"),
    Tactic.IMPACT: (HIGH, "destroy, tamper or spend", "T1485"),
}

TYPES = {
    tactic: FindingType(
        name=f"{tactic}:IAMUser/AnomalousBehavior", severity=severity, plan=Plan.FOUNDATIONAL, resource="AccessKey",
        title=f"{{principal}} called, in a way unusual for it, APIs that serve to {goal}.",
        description=f"{{principal}} called, among others, {{apis}} in account {{account}}, which serve to {goal}. "
        "Unusual: {unusual}.",
        attack=(technique,),
        remedy="Ask whoever holds these credentials whether the calls were theirs. If not, disable the credentials, "
        "end the role's sessions, and look at all that was called with them since the first of these calls. If they "
        "were, nothing is to be done: from tomorrow on it is known.",
    )
    for tactic, (severity, goal, technique) in _MEANS.items()
}

# 2. Settings.

LEARNING_DAYS = 14
"""Of an account's history before anything is said: two weeks show what is done weekly. As GuardDuty's models. On half
of the days something must have been done, and not too long ago: a few old records are no history."""
WINDOW_MS = 3 * 3_600_000
"""What is new within this time is one burst. Thieves in a hurry take minutes, careful ones some hours."""
ENOUGH = 28.0
"""Nats: what must have come together in a burst. See `python -m benchmarks.habits` for what other values give."""
EXPECTED = {"api": 5.0, "denied": 5.0, "network": 5.0, "program": 3.5, "region": 3.0, "time": 12.0}
"""Nats that a new trait of a kind ordinarily says: most new things are seldom things. Only what is more counts; of a
time of day, nothing but that it is new."""
LESS = 0.35
"""What an API counts, against others, that looks around or serves no tactic: with every new page of the console, people
call a dozen such."""
FADES = 0.8
"""What each further API counts of the one before: who rolls out a service calls fifty new ones, a thief five."""
SPREE = 6
"""More new things of a kind than these say no more of whether somebody does new things at all."""
MOST = 50
"""Traits, APIs and records remembered of a burst, and shown."""

MOST_TOLD = 20_000
"""Different calls of a part of the day that are remembered."""

LONGEST = 200
"""Characters of a trait or a name that are remembered: longer ones are cut, and told apart by their digest."""

DAY_MS = 86_400_000
_KINDS = ("api", "denied", "network", "program", "region", "time")

# 3. What a call shows.

_PROGRAM = re.compile(r"\[?\s*([A-Za-z][\w.+-]*)")
_TOOLS = re.compile(r"Terraform|Pulumi|CloudFormation|Ansible|Crossplane|Packer|CDK", re.IGNORECASE)
_SYSTEMS = (("kali", "Kali"), ("parrot", "Parrot"), ("pentoo", "Pentoo"), ("windows", "Windows"), ("darwin", "macOS"),
            ("mac os", "macOS"), ("macos", "macOS"), ("android", "Android"), ("iphone", "iOS"), ("linux", "Linux"))
_GLOBAL = frozenset({
    "account", "artifact", "billing", "budgets", "ce", "cloudfront", "cur", "globalaccelerator", "health", "iam",
    "organizations", "payments", "route53", "route53domains", "shield", "signin", "sso", "sts", "support",
    "trustedadvisor", "waf",
})
"""Services without Regions: where their calls are logged says nothing of who calls."""
_SERVICE = re.compile(r"[\w.-]+\.amazonaws\.com(?:\.cn)?|AWS Internal", re.ASCII)


@lru_cache(20_000)
def _program(agent: str) -> str:
    """The program and the system that it runs on, without versions: ``aws-cli on Linux``."""
    if _SERVICE.fullmatch(agent):
        return agent
    named = _TOOLS.search(agent) or _PROGRAM.match(agent)
    name = named[named.lastindex or 0].rstrip(".") if named else agent[:40]
    low = agent.lower()
    system = next((system for mark, system in _SYSTEMS if mark in low), "")
    return f"{name} on {system}" if system else name


def _network(call: ApiCall, known: Known) -> str:
    """Whose network the call comes from, as far as it can be told."""
    source = call.source_ip
    if call.vpc_endpoint_id:
        return f"VPC endpoint of {call.vpc_endpoint_account_id or call.account}"
    facts = known.geo.of(source)
    if source in known.aws:
        return "Amazon"
    if facts is not None and facts.asn:
        return f"AS{facts.asn}"
    if source.count(".") == 3 and source.replace(".", "").isdecimal():
        return ".".join(source.split(".")[:2]) + ".0.0/16"
    return ":".join(source.split(":")[:2]) + "::/32" if source.count(":") > 1 else source


def identified(call: ApiCall) -> tuple[str, str]:
    """Who it is: a user, a role, a machine's session; and whose ways are like his.

    Of the roles of IAM Identity Center, which many people share, each person is one.
    """
    who = call.identity
    named = principal(call)
    if who.type != "AssumedRole":
        return _short(named), _short(who.type or "")
    if "/AWSReservedSSO_" in named:
        session = (who.principal_id or "").partition(":")[2]
        permissions = named.rpartition("/AWSReservedSSO_")[2].partition("_")[0]
        return _short(named.removesuffix(session) + session), _short(permissions)
    return _short(named), "roles" if named.endswith("/") else "machines"


def _short(text: str) -> str:
    """The text, so that no record makes a memory large."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST - 17]}~{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def alike(call: ApiCall, known: Known) -> tuple[str, ...] | None:
    """What is the same of calls of which one is enough; None: a service's call, nobody's, or a data event."""
    who = call.identity
    if (not call.account or call.management_event is False or _SERVICE.fullmatch(call.source_ip)
            or who.type in (None, "AWSService", "AWSAccount") or not (who.arn or who.principal_id)):
        return None
    name, _ = identified(call)
    return None if "/aws-service-role/" in name else (call.account, call.region, name, *_traits(call, known))


def _traits(call: ApiCall, known: Known) -> list[str]:
    api = short_name(call.event_source, call.event_name)
    traits = [f"api:{api}", f"network:{_network(call, known)}", f"program:{_program(call.user_agent or '')}"]
    if api.partition(":")[0] not in _GLOBAL:
        traits.append(f"region:{call.region}")
    if call.error_code and ("Denied" in call.error_code or "Unauthorized" in call.error_code):
        traits.append(f"denied:{api}")
    return list(map(_short, traits))


def _part_of_week(time: int) -> str:
    """``weekday 06 h UTC``: the six hours in which a time (ms) lies. The first day of the epoch was a Thursday."""
    day = "weekend" if (time // DAY_MS + 3) % 7 > 4 else "weekday"
    return f"time:{day} {time // (SPAN * 1000) * SPAN // 3600 % 24:02} h UTC"


# 4. The logic.


class Oddity(msgspec.Struct, array_like=True):
    """A trait that is new to its principal."""

    time: int
    weighs: float
    """What it says beyond what anything new says (nats)."""
    seen: Rarity
    evidence: Evidence


class Burst(msgspec.Struct, array_like=True):
    """What is new to a principal, closely spaced."""

    odd: dict[str, Oddity] = {}
    apis: dict[str, bool] = {}
    """All that was called since, in the order of the first calls → whether these succeeded."""
    said: dict[str, int] = {}
    """Tactic → how many new APIs the finding of its type has told of."""


class AccountHabits(Memory):
    """What is normal in an account, and what is going on that is not."""

    LEARNS = LEARNING_DAYS * DAY_MS
    BYTES = 2 << 20
    """Of all principals of an account together; 2 kB each is typical."""

    habits: Habits = msgspec.field(default_factory=Habits)
    bursts: dict[str, Burst] = {}
    span: int = 0
    """The part of the day that is going on, counted since the epoch."""
    told: dict[int, None] = {}
    """What was told of it, as short numbers: of calls that are alike the first counts, however many are given."""

    def is_told(self, time: int, alike: str) -> bool:
        """Such a call was told in the same part of the day; and from now on it is."""
        # No checksum: a caller chooses his program's name, and could choose one that was told already.
        digest = blake2b(alike.encode("utf-8", "surrogatepass"), digest_size=7).digest()
        span, number = time // (SPAN * 1000), int.from_bytes(digest, "big")
        if span != self.span:
            self.span, self.told = span, {}
        if number in self.told:
            return True
        if len(self.told) < MOST_TOLD:
            self.told[number] = None
        return False

    def expire(self, watermark: int) -> bool:
        """Forget bursts that are over, and who has not been seen for long."""
        self.bursts = {who: burst for who, burst in self.bursts.items()
                       if any(one.time > watermark - WINDOW_MS for one in burst.odd.values())}
        return not self.habits.profiles

    def merge(self, other: AccountHabits) -> AccountHabits:
        """Of both."""
        bursts = dict(self.bursts)
        for who, theirs in other.bursts.items():
            if (ours := bursts.get(who)) is None:
                bursts[who] = theirs
                continue
            odd = dict(ours.odd)
            for trait, one in theirs.odd.items():
                odd[trait] = min(one, odd.get(trait, one), key=lambda found: found.evidence)
            apis = theirs.apis | ours.apis
            said = {tactic: max(ours.said.get(tactic, 0), theirs.said.get(tactic, 0))
                    for tactic in ours.said | theirs.said}
            bursts[who] = Burst(odd, apis, said)
        span = max(self.span, other.span)
        told = {number: None for one in (self, other) if one.span == span for number in one.told}
        return AccountHabits(self.habits.merged(other.habits), bursts, span, told)


def _account(call: ApiCall, known: Known) -> str | None:
    return call.account


@keyed_detector(*TYPES.values(), on=calls_unlike(alike), key=_account, memory=AccountHabits)
def unusual_calls(rows: Sequence[Row[ApiCall]], memory: AccountHabits, known: Known) -> Iterator[Signal]:
    """A principal does much that is new to it, and unlikely for its kind."""
    habits = memory.habits
    for row in rows:
        call, (who, peers), traits = row.record, identified(row.record), _traits(row.record, known)
        traits.append(_part_of_week(row.time))
        if memory.is_told(row.time, "\0".join((call.region, who, *traits))):
            continue
        habits.turn(row.time // DAY_MS)
        new = habits.show(who, peers, traits, row.time)
        if not habits.is_settled(LEARNING_DAYS):
            continue
        burst = memory.bursts.get(who)
        odd = [trait for trait in new if not habits.knows(who, trait)]
        if burst is None and not odd:
            continue
        burst = memory.bursts[who] = burst or Burst()
        burst.odd = {trait: one for trait, one in burst.odd.items() if one.time > row.time - WINDOW_MS}
        if not burst.odd and not odd:
            del memory.bursts[who]
            continue
        if not burst.odd:
            burst = memory.bursts[who] = Burst()
        if len(burst.apis) < MOST:
            burst.apis.setdefault(_short(short_name(call.event_source, call.event_name)), call.succeeded)
        for trait in odd:
            if len(burst.odd) < MOST:
                burst.odd[trait] = Oddity(
                    row.time, _weighs(habits, who, trait, burst), habits.rarity(who, trait), row.evidence)
        tactic = tactic_served(burst)
        if odd and tactic and unlikely(habits, who, burst) >= ENOUGH and _more(burst, tactic):
            yield _said(call, who, burst, tactic)


def _weighs(habits: Habits, who: str, trait: str, burst: Burst) -> float:
    kind, _, value = trait.partition(":")
    if kind == "denied" and f"api:{value}" in burst.odd:
        return 0.0  # that it was called at all has said it
    says = max(0.0, habits.choice(who, trait) - EXPECTED[kind])
    if kind in ("api", "denied") and tactic_of(value) in (None, Tactic.DISCOVERY):
        return says * LESS
    return says


def unlikely(habits: Habits, who: str, burst: Burst) -> float:
    """How unlikely the burst is (nats). One new thing is no burst, whatever it is; nor is a new hour."""
    kinds = Counter(trait.partition(":")[0] for trait in burst.odd)
    twice = sum(f"api:{trait[7:]}" in burst.odd for trait in burst.odd if trait.startswith("denied:"))
    if kinds.total() - kinds["time"] - twice < 2:
        return 0.0
    apis = sorted(
        (one.weighs for trait, one in burst.odd.items() if trait.startswith(("api:", "denied:"))), reverse=True)
    others = sum(one.weighs for trait, one in burst.odd.items() if not trait.startswith(("api:", "denied:")))
    return others + sum(weighs * FADES**place for place, weighs in enumerate(apis)) + sum(
        habits.novelty(who, kind, min(number, SPREE)) for kind, number in kinds.items())


def tactic_served(burst: Burst) -> Tactic | None:
    """The gravest that is served by an API that is new to the principal; else by any that it called."""
    for names in ([trait[4:] for trait in burst.odd if trait.startswith("api:")], burst.apis):
        served = {tactic for name in names if (tactic := tactic_of(name))}
        for tactic in reversed(Tactic):
            if tactic in served:
                return tactic
    return None


def _more(burst: Burst, tactic: Tactic) -> bool:
    """Nothing was said of this yet, or there is twice as much to tell."""
    number = max(1, sum(trait.startswith("api:") for trait in burst.odd))
    return number >= 2 * burst.said.get(tactic, 0)


def _said(call: ApiCall, who: str, burst: Burst, tactic: Tactic) -> Signal:
    by_kind: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for trait in burst.odd:
        kind, _, value = trait.partition(":")
        by_kind[kind].append(value)
    burst.said[tactic] = max(1, len(by_kind["api"]))
    evidence = sorted({one.evidence for one in burst.odd.values()})
    apis = sorted(by_kind["api"] or burst.apis,
                  key=lambda api: tactic_of(api) is not tactic)
    return about_call(
        call, TYPES[tactic], identity=(who,), evidence=evidence, first_seen=evidence[0].time,
        additional={
            "anomalies": {"anomalousAPIs": _by_service(burst)},
            "unusualBehavior": {
                "unusualAPIsUserIdentityProfiling": ", ".join(by_kind["api"]),
                "unusualASNsUserIdentityProfiling": ", ".join(by_kind["network"]),
                "unusualUserAgentsUserIdentityProfiling": ", ".join(by_kind["program"]),
                "unusualRegionsUserIdentityProfiling": ", ".join(by_kind["region"]),
            },
            "unusual": [_told(trait, one) for trait, one in burst.odd.items()],
        },
        words={"apis": _some(apis), "unusual": _sentence(by_kind)},
    )


def _by_service(burst: Burst) -> str:
    """``iam.amazonaws.com:[CreateUser:success], …``, as GuardDuty writes it."""
    services: dict[str, list[str]] = {}
    for api, succeeded in burst.apis.items():
        service, _, name = api.partition(":")
        services.setdefault(f"{service}.amazonaws.com", []).append(f"{name}:{'success' if succeeded else 'failure'}")
    return ", ".join(f"{service}:[{', '.join(names)}]" for service, names in services.items())


def _told(trait: str, one: Oddity) -> dict[str, Any]:
    kind, _, value = trait.partition(":")
    seen = one.seen
    return {
        kind: value, "nats": round(one.weighs, 1),
        "daysSeenWithPrincipal": round(seen.own, 1), "principalDays": round(seen.own_days, 1),
        "daysSeenWithPeers": round(seen.peers, 1), "peerDays": round(seen.peer_days, 1),
        "daysSeenInAccount": round(seen.all, 1), "accountDays": round(seen.all_days, 1),
    }


_KIND_WORDS = {"api": ("API", "APIs"), "denied": ("refusal", "refusals"), "network": ("network", "networks"),
               "program": ("program", "programs"), "region": ("Region", "Regions"), "time": ("time", "times")}


def _sentence(by_kind: dict[str, list[str]]) -> str:
    return "; ".join(f"{_KIND_WORDS[kind][len(values) > 1]} {_some(values)}"
                     for kind, values in by_kind.items() if values)


def _some(values: Sequence[str]) -> str:
    return ", ".join(values[:5]) + (f" and {len(values) - 5} more" if len(values) > 5 else "")


# 5. EXAMPLES.

_LOOKS = ("ListUsers", "ListRoles", "ListAttachedUserPolicies", "GetAccountAuthorizationDetails")
_bea, _cleo, _eve = map(iam_user, ("bea", "cleo", "eve"))
_dan, _flo = (sso_session(f"{name}@acme.example", "Developer") for name in ("dan", "flo"))
_role = instance_session(instance("i-0b1ff00dba5e00015"), "orders")
_tool = "Boto3/1.26.0 Python/3.10.6 Windows/10 Botocore/1.29.0"


def _works(_: int) -> list[Event]:
    """A day of ordinary work."""
    return [
        _bea.calls("ec2", "DescribeInstances"), _bea.calls("s3", "ListBuckets", after=60),
        _bea.calls("cloudformation", "DescribeStacks", after=60),
        _cleo.calls("iam", "ListUsers", after=60), _cleo.calls("iam", "CreateUser", after=60),
        _cleo.calls("iam", "PutUserPolicy", after=60), _cleo.calls("iam", "CreateAccessKey", after=60),
        _dan.calls("lambda", "ListFunctions20150331", after=60), _dan.calls("logs", "FilterLogEvents", after=60),
        *[_role.calls("dynamodb", "DescribeTable", after=600) for _ in range(2)],
    ]


def _then(*calls: Event, days: int = 16, apart: float = 1.0) -> list[Event]:
    """What comes some days after days of ordinary work."""
    return [*every(DAY_MS / 1000, days, _works), replace(calls[0], after=DAY_MS / 1000 * apart - 1500), *calls[1:]]


def _stolen(service: str, *names: str) -> list[Event]:
    """Calls with bea's key, from somewhere else, with another program."""
    return [_bea.calls(service, name, ip=OUTSIDE, agent=_tool, after=20) for name in names]


EXAMPLES = [
    story(
        "a key that only ever looked at instances lists users and makes one, from elsewhere and with another tool",
        _then(*_stolen("iam", *_LOOKS, "CreateUser", "CreateLoginProfile")),
    ).fires(TYPES[Tactic.DISCOVERY], {
        "resource.accessKeyDetails.userName": "bea", "severity": LOW,
    }).fires(TYPES[Tactic.PERSISTENCE], {
        "resource.accessKeyDetails.userName": "bea",
        "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4": OUTSIDE,
    }),
    story(
        "a machine's role, which describes a table all day, reads secrets and parameters from its own network",
        _then(*[_role.calls("secretsmanager", name, after=9) for name in (
                  "ListSecrets", "BatchGetSecretValue", "GetSecretValue")],
              *[_role.calls("ssm", name, after=9) for name in ("DescribeParameters", "GetParametersByPath")]),
    ).fires(TYPES[Tactic.CREDENTIAL_ACCESS], {
        "resource.accessKeyDetails.userName": "orders",
    }),
    story(
        "the machine's role looks around, from its own network, where it may not",
        _then(*[_role.calls(service, name, after=5, error="AccessDenied" if name != "GetCallerIdentity" else None)
                for service, name in (
            ("sts", "GetCallerIdentity"), ("iam", "ListRoles"), ("iam", "GetRole"), ("lambda", "ListFunctions20150331"),
            ("rds", "DescribeDBInstances"), ("eks", "ListClusters"), ("kms", "ListKeys"), ("ec2", "DescribeVpcs"))]),
    ).fires(TYPES[Tactic.DISCOVERY], {"resource.accessKeyDetails.userName": "orders"}),
    story(
        "a developer's session rewrites roles, from elsewhere",
        _then(*[_dan.calls("iam", name, ip=OUTSIDE, agent=_tool, after=9) for name in (
            "UpdateAssumeRolePolicy", "PutRolePolicy", "AttachRolePolicy")]),
    ).fires(TYPES[Tactic.PRIVILEGE_ESCALATION]),
    story(
        "a key deletes what watches",
        _then(*_stolen("ec2", "DescribeFlowLogs", "DeleteFlowLogs"), *_stolen("monitoring", "DisableAlarmActions"),
              *_stolen("wafv2", "DeleteLoggingConfiguration")),
    ).fires(TYPES[Tactic.DISCOVERY]).fires(TYPES[Tactic.DEFENSE_EVASION]),
    story(
        "a key copies disks",
        _then(*_stolen("ec2", "DescribeVolumes", "CreateSnapshot", "CopySnapshot")),
    ).fires(TYPES[Tactic.DISCOVERY]).fires(TYPES[Tactic.EXFILTRATION], {"severity": HIGH}),
    story(
        "a key starts machines",
        _then(*_stolen("ec2", "RunInstances", "CreateKeyPair", "RequestSpotInstances")),
    ).fires(TYPES[Tactic.IMPACT]),
    story(
        "a key opens sessions on machines",
        _then(*_stolen("ssm", "DescribeInstanceInformation", "StartSession", "SendCommand")),
    ).fires(TYPES[Tactic.DISCOVERY]).fires(TYPES[Tactic.INITIAL_ACCESS]),
    story(
        "the same key takes its time: four things in two hours",
        _then(*[replace(one, after=2000.0) for one in _stolen("iam", "ListRoles", "GetUser", "ListAccessKeys")],
              replace(_stolen("iam", "CreateAccessKey")[0], after=2000.0)),
    ).fires(TYPES[Tactic.DISCOVERY]).fires(TYPES[Tactic.PERSISTENCE]),
    story(
        "new things of one week, one a day",
        _then(*[_bea.calls("ec2", name, after=6 * 3600.0) for name in (
            "CreateSnapshot", "CreateKeyPair", "ModifyInstanceAttribute", "StopInstances")]),
    ).silent(),
    story(
        "the same a year after a single day of work, and after a day each month",
        _works(0), *_then(*_stolen("iam", *_LOOKS, "CreateUser", "CreateLoginProfile"), days=1, apart=365.0),
        every(DAY_MS / 1000 * 30, 5, _works),
        replace(_stolen("iam", "ListRoles")[0], after=DAY_MS / 1000 * 20), *_stolen("iam", *_LOOKS, "CreateUser"),
    ).silent(),
    story(
        "the same in the first two weeks, when nothing is known of anybody",
        _then(*_stolen("iam", *_LOOKS, "CreateUser", "CreateLoginProfile"), days=10),
    ).silent(),
    story(
        "an administrator does what she does every day, from a hotel",
        _then(*[_cleo.calls("iam", name, ip="9.9.60.2") for name in ("ListUsers", "CreateUser", "CreateAccessKey")]),
    ).silent(),
    story(
        "somebody looks at what is new to him; a colleague begins; a service calls in somebody's name",
        _then(*[_bea.calls("rds", name) for name in ("DescribeDBInstances", "DescribeDBSnapshots")],
              _flo.calls("lambda", "ListFunctions20150331"), _flo.calls("logs", "FilterLogEvents"),
              *[_bea.through("cloudformation.amazonaws.com").calls("iam", name) for name in (
                  "CreateRole", "PutRolePolicy", "CreateUser", "CreateLoginProfile")]),
    ).silent(),
    story(
        "one new call, a thousand times",
        _then(*[_bea.calls("ec2", "StopInstances", error="Client.UnauthorizedOperation") for _ in range(40)]),
    ).silent(),
]
