"""Somebody calls AWS in a way that is unusual for him, for his peers and for the account: eight types, one model.

*The attack.* Credentials are stolen: a key from a repository, a session from a laptop, a role from a server. Whoever
has them looks around, takes secrets, makes himself users and keys, gives himself rights, turns logs off, copies
snapshots, starts machines. Each call is one that somebody somewhere makes every day. That *this* identity makes them,
from there, with that program, all within an hour, is what nobody saw before.

*How it is told.* Of every principal it is known on how many days it called which API, from which networks, with which
programs, in which Regions, and how often it does anything new at all (`vedette.baselines.habits`). Its peers are those
of its kind: users, roles, machines, a permission set; and, within these, those whose tags name the same department
(`vedette.detectors.departments`). What is new to it, closely spaced, is weighed. For a thief speak: that it seldom does
anything new, that its peers do not do this either, that it is refused, that the network and the program are new, that
intruders are known to call these APIs, that it was long known. Against one: that it also does what serves nobody but
who works. A day is learned when it is over. A finding also tells a country that is new, a session that was begun
without a second factor as none was before, and far more different calls than on any day before: none is weighed, as
people travel, many sign in now with it and now without, and to weigh how much is called found nothing more.

*What ordinary work looks the same.* An administrator's first week with a new service; an audit; an incident, in which
people use what they never used; a new pipeline. They are told by what they share with others: peers who do the same,
networks and programs that the account knows, a principal that does new things weekly. A new employee is judged by what
the colleagues do.

*Where it is blind.* In the first 14 days of an account. What a principal does every week, done by somebody else from
the same network and with the same program. A machine of Amazon's is one network like another. Without a database of
networks (MMDB), the first half of an IPv4 address stands for the network, and no country is known. How often the same
is called, and data events. Whether IAM Identity Center asked for a second factor: its sessions do not say. Who may tag
principals can make one of another department. Records without an account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache

from vedette.baselines.habits import WITHIN, Habits
from vedette.detectors.api_tactics import Tactic, is_reported, short_name, tactic_of
from vedette.detectors.declare import Row, calls_unlike, keyed_detector
from vedette.detectors.departments import TAGGING, Departments, department_of, is_tagging, joined, learn, without
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.detectors.traits import (
    DAY_MS,
    identified,
    is_denied,
    is_somebody,
    part_of_week,
    short,
    where_and_how,
)
from vedette.detectors.unusual import CONTEXT, AccountHabits, Burst, Scale, listed, noticed, profiles, sentence
from vedette.detectors.weighing import ELSEWHERE, caller_weighed
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import (
    OUTSIDE,
    Event,
    every,
    iam_user,
    instance,
    instance_session,
    role_session,
    sso_session,
    story,
)

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

ENOUGH = 12.0
"""Nats: what must speak for a thief. See `python -m benchmarks.habits` for what other values give.

What follows, and `vedette.detectors.weighing`, was fitted to companies that are made up, and rounded: see
docs/habits.md."""
NEWS = {"api": 0.5}
"""What a nat counts of how seldom somebody calls any new API. New Regions and refusals say no more."""
STRANGE, ORDINARY = 0.3, 2.0
"""What a nat counts of how seldom the gravest of the new APIs is called; less than so many say nothing."""
REFUSED, REFUSALS = 1.2, 3
"""Nats for each new refusal, of which so many count: a thief tries what he may not."""
REPORTED, REPORTS = 0.9, 4
"""Nats for each new API that intruders are known to have called, of which so many count."""
WORK, WORKS = -2.5, 2
"""Nats for each new API that serves nobody but who works, of which so many count: more would let a thief hide behind
them."""

KINDS = ("api", "denied", "volume", "network", "country", "program", "mfa", "region", "time")
"""Of traits, in the order in which they are told."""
UNWEIGHED = CONTEXT | {"volume"}
"""Kinds that are told and make no burst."""
_DIFFERENT = "different calls"
LEAST = {_DIFFERENT: 16}
"""Unit → the first level of a volume. Calls are counted of which those that are alike come once in a part of the day;
a level is told when not even the level below it was reached before: from 64 on."""

# 3. What a call shows.

_GLOBAL = frozenset({
    "account", "artifact", "billing", "budgets", "ce", "cloudfront", "cur", "globalaccelerator", "health", "iam",
    "organizations", "payments", "route53", "route53domains", "shield", "signin", "sso", "sts", "support",
    "trustedadvisor", "waf",
})
"""Services without Regions: where their calls are logged says nothing of who calls."""


def alike(call: ApiCall, known: Known) -> tuple[str, ...] | None:
    """What is the same of calls of which one is enough; None: not judged, or one that comes with what it says of tags.
    """
    return None if is_tagging(call) else like(call, known)


def like(call: ApiCall, known: Known) -> tuple[str, ...] | None:
    """What a call is like; None: it is not judged, since it is a service's or nobody's, or a data event."""
    if call.management_event is False or not is_somebody(call):
        return None
    name, _ = identified(call)
    return None if "/aws-service-role/" in name else (call.account, call.region, name, *_traits(call, known))


def _traits(call: ApiCall, known: Known) -> list[str]:
    api = short_name(call.event_source, call.event_name)
    traits = [f"api:{api}", *where_and_how(call, known)]
    if api.partition(":")[0] not in _GLOBAL:
        traits.append(f"region:{call.region}")
    if is_denied(call):
        traits.append(f"denied:{api}")
    return list(map(short, traits))


def _weight(kind: str, value: str, said: Collection[str]) -> float:
    if kind == "network":
        return ELSEWHERE
    return STRANGE if kind == "api" and tactic_of(value) not in (None, Tactic.DISCOVERY) else 0.0


SCALE = Scale(expected=dict.fromkeys(KINDS, 0.0) | {"api": ORDINARY}, deeds=frozenset(), weight=_weight,
              least=LEAST)

# 4. The logic.


def weighed(habits: Habits, who: str, burst: Burst) -> dict[str, float]:
    """What speaks for a thief, and what against (nats), by what it is."""
    apis = [trait[4:] for trait in burst.odd if trait.startswith("api:")]
    works = sum(tactic_of(api) is None and not is_reported(api) for api in apis)
    return caller_weighed(habits, who, burst, NEWS, habits.profiles[who].active) | {
        "gravest API": max((burst.odd[f"api:{api}"].weighs for api in apis), default=0.0),
        "refusals": REFUSED * min(burst.kinds()["denied"], REFUSALS),
        "reported APIs": REPORTED * min(sum(map(is_reported, apis)), REPORTS),
        "APIs of work": WORK * min(works, WORKS),
    }


def suspicion(habits: Habits, who: str, burst: Burst) -> float:
    """How much speaks for a thief (nats). One new thing is no burst, whatever it is."""
    return sum(weighed(habits, who, burst).values()) if burst.is_several(UNWEIGHED) else 0.0


def _account(call: ApiCall, known: Known) -> str | None:
    return call.account


class CallHabits(AccountHabits):
    """What calls are normal in an account, and whose colleague each principal is."""

    BYTES = 4 << 20
    """With the departments of as many principals."""

    departments: Departments = {}

    def forget_principal(self, name: str) -> bool:
        """As before, and its department."""
        known = super().forget_principal(name)
        if known:
            self.departments = without(self.departments, name)
        return known

    def merge(self, other: AccountHabits) -> CallHabits:
        """Of both."""
        both = super().merge(other)
        theirs = other.departments if isinstance(other, CallHabits) else {}
        return CallHabits(**{name: getattr(both, name) for name in both.__struct_fields__},
                          departments=joined(self.departments, theirs))


@keyed_detector(*TYPES.values(), on=(calls_unlike(alike), *TAGGING), key=_account, memory=CallHabits)
def unusual_calls(rows: Sequence[Row[ApiCall]], memory: CallHabits, known: Known) -> Iterator[Signal]:
    """A principal does much that is new to it, and unlikely for its kind."""
    for row in rows:
        call, (who, peers), traits = row.record, identified(row.record), _traits(row.record, known)
        if is_tagging(call):
            learn(memory.departments, call, known)
            if like(call, known) is None:
                continue
        traits.append(part_of_week(row.time))
        if memory.is_told(row.time, "\0".join((call.region, who, *traits))):
            continue
        if department := department_of(memory.departments, who, known):
            peers = short(f"{peers}{WITHIN}{department}")
        if not memory.tells_again:
            traits += memory.reached(row.time, who, "all", _DIFFERENT, 1, SCALE)
        api = short(short_name(call.event_source, call.event_name))
        found = noticed(memory, row, who, peers, traits, (api, call.succeeded), SCALE)
        if found is None:
            continue
        burst, odd = found
        if odd and (tactic := tactic_served(burst)) and (
                suspicion(memory.habits, who, burst) >= ENOUGH and _more(burst, tactic)):
            yield _said(call, memory, who, burst, tactic)


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


def _said(call: ApiCall, memory: CallHabits, who: str, burst: Burst, tactic: Tactic) -> Signal:
    by_kind = burst.by_kind(KINDS)
    burst.said[tactic] = max(1, len(by_kind["api"]))
    evidence = burst.evidence()
    apis = sorted(by_kind["api"] or burst.apis,
                  key=lambda api: tactic_of(api) is not tactic)
    return about_call(
        call, TYPES[tactic], identity=(who,), evidence=evidence, first_seen=evidence[0].time,
        additional=profiles(memory.habits, who, burst, by_kind) | {
            "weighed": {what: round(nats, 1) for what, nats in weighed(memory.habits, who, burst).items() if nats}},
        words={"apis": listed(apis), "unusual": sentence(by_kind)},
    )


# 5. EXAMPLES.

_LOOKS = ("ListUsers", "ListRoles", "ListAttachedUserPolicies", "GetAccountAuthorizationDetails")
_bea, _cleo, _gil = map(iam_user, ("bea", "cleo", "gil"))
_ann, _bob, *_looking = map(iam_user, ("ann", "bob", *(f"looks{number}" for number in range(20))))
_dan, _flo = (sso_session(f"{name}@acme.example", "Developer") for name in ("dan", "flo"))
_role = instance_session(instance("i-0b1ff00dba5e00015"), "orders")
_hal, _hal_without_a_factor = (role_session("operations", "hal", mfa=mfa) for mfa in (True, False))
_tool = "Boto3/1.26.0 Python/3.10.6 Windows/10 Botocore/1.29.0"


@cache
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


def _works_with_gil(day: int) -> list[Event]:
    """The same, and somebody begins on the fourteenth."""
    return [*_works(day), *([_gil.calls("ec2", "DescribeInstances", after=60)] if day >= 13 else [])]


def _works_with_hal(day: int) -> list[Event]:
    """The same, and somebody takes a role with a second factor."""
    return [*_works(day), _hal.calls("rds", "DescribeDBInstances", after=60), _hal.calls("ec2", "DescribeVolumes")]


def _works_in(department: str) -> list[Event]:
    """Days on which ann, of payments, reads secrets, and bob, of a department, looks at instances as twenty others."""
    tags = [_cleo.calls("iam", "TagUser", {"userName": name, "tags": [{"key": "Department", "value": value}]})
            for name, value in (("ann", "payments"), ("bob", department))]
    work = [_ann.calls("secretsmanager", name, after=60) for name in ("ListSecrets", "GetSecretValue")] + [
        one.calls("ec2", "DescribeInstances", after=60) for one in (_bob, *_looking)]
    return [*tags, *every(DAY_MS / 1000, 16, lambda _: work)]


_bob_reads_secrets = [_bob.calls("secretsmanager", "ListSecrets", after=DAY_MS / 1000 - 1500),
                      _bob.calls("secretsmanager", "GetSecretValue", after=20)]


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
        "a key asks for users and keys, and is refused",
        _then(*[_bea.calls("iam", name, after=20, error="AccessDenied") for name in (
            "ListUsers", "GetUser", "ListAccessKeys")]),
    ).fires(TYPES[Tactic.DISCOVERY]),
    story(
        "a key does what it does every day, from elsewhere and with another tool",
        _then(*[_bea.calls(service, name, ip=OUTSIDE, agent=_tool, after=20) for service, name in (
            ("ec2", "DescribeInstances"), ("s3", "ListBuckets"))]),
    ).fires(TYPES[Tactic.DISCOVERY]),
    story(
        "a role that was only ever taken with a second factor is taken with a stolen key alone",
        every(DAY_MS / 1000, 16, _works_with_hal),
        _hal_without_a_factor.calls("rds", "DescribeDBSnapshots", ip=OUTSIDE, agent=_tool, after=DAY_MS / 1000 - 1500),
        *[_hal_without_a_factor.calls("rds", name, ip=OUTSIDE, agent=_tool, after=20) for name in (
            "CreateDBSnapshot", "ModifyDBSnapshotAttribute")],
    ).fires(TYPES[Tactic.DISCOVERY]).fires(TYPES[Tactic.EXFILTRATION]),
    story(
        "whoever takes that role works on as ever, but without the second factor, from a hotel and at night",
        every(DAY_MS / 1000, 30, _works_with_hal),
        _hal_without_a_factor.calls("rds", "DescribeDBInstances", ip=OUTSIDE, after=1.5 * DAY_MS / 1000),
        _hal_without_a_factor.calls("ec2", "DescribeVolumes", ip=OUTSIDE, after=20),
    ).silent(),
    story(
        "somebody of the web's department reads secrets, as only somebody of payments does",
        _works_in("web"), _bob_reads_secrets,
    ).fires(TYPES[Tactic.CREDENTIAL_ACCESS], {"resource.accessKeyDetails.userName": "bob"}),
    story(
        "somebody of payments does so, as a colleague does every day",
        _works_in("payments"), _bob_reads_secrets,
    ).silent(),
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
        "somebody builds with services that are new to her, with rights for it: some calls serve only who works",
        _then(*[_bea.calls(service, name, after=20) for service, name in (
            ("kafka", "TagResource"), ("lambda", "PutFunctionConcurrency"), ("iam", "ListRoles"),
            ("iam", "AttachRolePolicy"), ("iam", "DeleteRolePolicy"), ("lambda", "CreateFunction20150331"))]),
    ).silent(),
    story(
        "somebody who began three days before does much that is new to her",
        every(DAY_MS / 1000, 16, _works_with_gil),
        _gil.calls("iam", "ListRoles", after=DAY_MS / 1000 - 1500),
        *[_gil.calls("iam", name, after=20) for name in ("AttachRolePolicy", "UpdateAssumeRolePolicy")],
    ).silent(),
    story(
        "one new call, a thousand times",
        _then(*[_bea.calls("ec2", "StopInstances", error="Client.UnauthorizedOperation") for _ in range(40)]),
    ).silent(),
]
