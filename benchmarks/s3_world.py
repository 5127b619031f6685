"""A made-up company's S3 data events, ordinary ones and attacks, to judge the model of what principals do with buckets.

Every seed is another company: how many there are of each kind of principal, how many buckets, how busy, how restless.
Ordinary is meant to be hard: analysts ask buckets that they never asked, jobs are rolled out, backfilled and cleaned
up, buckets are moved by whoever is at hand, people travel and change their programs, fleets scale with ever new
machines.

``python -m benchmarks.s3_world SEED`` prints counts.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from vedette.logs.cloudtrail import ApiCall, UserIdentity
from vedette.logs.raw_json import NOTHING

_ACCOUNT = "210987654321"
_START = datetime(2026, 1, 5, tzinfo=UTC)
_CLI, _BOTO = "aws-cli/2.{0}.1 md/Botocore os/{1} lang/python#3.11", "Boto3/1.{0}.0 md/Botocore os/{1} lang/python#3.12"
_SDKS = (_BOTO, "aws-sdk-java/2.{0}.5 {1}/6.1 OpenJDK_64-Bit_Server_VM/17", "aws-sdk-go-v2/1.{0}.2 os/{1} lang/go#1.22",
         "aws-sdk-js/3.{0}.0 os/{1} lang/js md/nodejs#20", "Hadoop 3.{0}.4, aws-sdk-java/1.12 {1}/5.10")
_HOURS = (2, 1, 1, 1, 1, 1, 2, 5, 20, 30, 30, 25, 20, 28, 30, 28, 22, 15, 8, 5, 4, 4, 3, 2)
_SINGLE = ("GetObject", "PutObject", "HeadObject", "ListObjects", "DeleteObject")


class Labelled(NamedTuple):
    """A call and whether it is part of an attack."""

    call: ApiCall
    attack: str
    """Empty for ordinary; else ``<technique>#<number>``, which is one attack."""


@dataclass
class _Who:
    """Somebody or something that uses buckets."""

    name: str
    kind: str
    identity: UserIdentity
    ip: str
    agent: str
    buckets: list[str]
    other: list[str] = field(default_factory=list)
    """Where it writes."""
    busy: float = 1.0
    since: int = 0
    until: int = 10_000
    hour: int = 0


class _Deed(NamedTuple):
    """Many calls of a kind."""

    at: float
    """Seconds of the day."""
    who: _Who
    name: str
    bucket: str
    number: int
    size: float = 20_000.0
    apart: float = 0.3
    error: str | None = None
    ip: str = ""
    agent: str = ""
    attack: str = ""


TECHNIQUES = ("sync elsewhere", "sync here", "machine", "ransom", "remove here", "remove elsewhere", "open", "batches",
              "huge", "slow", "own bucket elsewhere", "refused")


def world(seed: int, days: int = 60, first_attack_day: int = 21) -> Iterator[Labelled]:
    """The company's calls, in the order of their times; an attack a day from ``first_attack_day`` on."""
    company = _Company(random.Random(seed))
    for day in range(days):
        deeds = list(company.day(day))
        if day >= first_attack_day:
            deeds += company.attack(day)
        calls = [(at, deed) for deed in deeds for at in _times(deed)]
        calls.sort(key=lambda one: one[0])
        midnight = _START + timedelta(days=day)
        for at, deed in calls:
            yield Labelled(company.call(midnight + timedelta(seconds=int(at)), deed), deed.attack)


def _times(deed: _Deed) -> Iterator[float]:
    for number in range(deed.number):
        if (at := deed.at + number * deed.apart) < 86_390:
            yield at


class _Company:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.number = 0
        self.events = rng.getrandbits(64)
        self.requests: dict[str, msgspec.Raw] = {}
        self.restless = rng.uniform(0.5, 2.0)
        self.lake = [f"acme-lake-{n}" for n in range(rng.randint(10, 40))]
        self.apps = [f"acme-app-{n}" for n in range(rng.randint(20, 60))]
        self.rest = [f"acme-{word}-{n}" for word in ("backup", "finance", "legal", "logs", "hr") for n in range(4)]
        self.offices = [f"{rng.randint(20, 200)}.{rng.randint(1, 250)}" for _ in range(rng.randint(1, 3))]
        self.homes = [f"{rng.randint(20, 200)}.{rng.randint(1, 250)}" for _ in range(40)]
        self.nat = [f"52.{rng.randint(200, 205)}.{rng.randint(1, 250)}.{rng.randint(1, 250)}" for _ in range(3)]
        self.staff: list[_Who] = []
        for kind, least, most in (("analyst", 10, 40), ("developer", 10, 30), ("admin", 2, 6), ("etl", 10, 30),
                                  ("service", 20, 60), ("fleet", 2, 6), ("backup", 1, 2), ("scanner", 1, 1),
                                  ("deploy", 2, 6), ("partner", 1, 5), ("cleaner", 1, 4), ("trainer", 2, 8)):
            for _ in range(rng.randint(least, most)):
                self.staff.append(self.hired(kind, 0))

    def hired(self, kind: str, day: int) -> _Who:
        """Somebody new."""
        rng = self.rng
        self.number += 1
        name = f"{kind}{self.number}"
        every = self.lake + self.apps + self.rest
        person = kind in ("analyst", "developer", "admin")
        agent = rng.choice((_CLI, _BOTO) if person else _SDKS).format(
            rng.randint(5, 30), rng.choice(("macos", "windows", "linux")) if person else "linux")
        agent = "[S3Console/0.4, aws-internal/3]" if person and rng.random() < 0.3 else agent
        ip = self.address(rng.choice(self.offices)) if person else rng.choice(self.nat)
        if kind == "partner":
            identity = UserIdentity(type="AWSAccount", principal_id=f"AROA{self.number:017d}:job",
                                    account_id=f"{rng.randint(10**11, 10**12 - 1)}")
            ip = self.address(rng.choice(self.homes))
        elif person and rng.random() < 0.4:
            identity = UserIdentity(type="IAMUser", principal_id=f"AIDA{self.number:017d}", account_id=_ACCOUNT,
                                    arn=f"arn:aws:iam::{_ACCOUNT}:user/{name}", access_key_id=f"AKIA{self.number:016d}")
        elif person:
            role = f"AWSReservedSSO_{kind}_{self.events & 0xffffffff:016x}"
            identity = self.session(role, f"{name}@acme.example", "aws-reserved/sso.amazonaws.com/")
        else:
            identity = self.session(name, f"run-{self.number}")
        buckets = {
            "analyst": rng.sample(self.lake, rng.randint(2, 6)), "developer": rng.sample(self.apps, rng.randint(1, 4)),
            "admin": rng.sample(every, 4), "etl": rng.sample(self.lake, rng.randint(1, 3)),
            "service": rng.sample(self.apps, rng.randint(1, 2)), "fleet": rng.sample(self.apps, 2),
            "backup": every, "scanner": every, "deploy": rng.sample(self.apps, rng.randint(3, 12)),
            "partner": [rng.choice(self.lake)], "cleaner": rng.sample(every, rng.randint(1, 4)),
            "trainer": rng.sample(self.lake, 2),
        }[kind]
        return _Who(name, kind, identity, ip, agent, list(buckets), [rng.choice(buckets)], rng.lognormvariate(0, 0.7),
                    day, day + int(rng.expovariate(1 / 200)) + 10, rng.randrange(24))

    def session(self, role: str, session: str, path: str = "") -> UserIdentity:
        """A role's session."""
        return UserIdentity(
            type="AssumedRole", principal_id=f"AROA{sum(map(ord, role)):017d}:{session}", account_id=_ACCOUNT,
            arn=f"arn:aws:sts::{_ACCOUNT}:assumed-role/{role}/{session}", raw_session=msgspec.Raw(msgspec.json.encode(
                {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{_ACCOUNT}:role/{path}{role}",
                                   "userName": role}})))

    def address(self, net: str) -> str:
        """Somewhere in a network."""
        return f"{net}.{self.rng.randint(1, 250)}.{self.rng.randint(1, 250)}"

    def day(self, day: int) -> Iterator[_Deed]:
        """What is done on an ordinary day."""
        rng, weekend = self.rng, day % 7 > 4
        self.changes(day)
        for who in self.staff:
            if who.since <= day < who.until:
                yield from self.works(who, day, weekend=weekend)
        for _ in range(_times_today(rng, 1.2 * self.restless)):
            yield from self.happening(day)

    def works(self, who: _Who, day: int, *, weekend: bool) -> Iterator[_Deed]:
        """What one of them does on an ordinary day."""
        if who.kind in ("analyst", "developer", "admin", "deploy"):
            people = {"analyst": self._analyst, "developer": self._developer, "admin": self._admin,
                      "deploy": self._deploy}
            return people[who.kind](who, weekend=weekend)
        machines = {"etl": self._etl, "service": self._service, "fleet": self._fleet, "backup": self._backup,
                    "scanner": self._scanner, "partner": self._partner, "trainer": self._trainer}
        return self._cleaner(who, day) if who.kind == "cleaner" else machines[who.kind](who)

    def changes(self, day: int) -> None:
        """Who comes, who gets another program, what is new."""
        rng = self.rng
        for who in self.staff:
            if who.kind in ("analyst", "developer", "admin") and rng.random() < 0.004 * self.restless:
                who.agent = rng.choice((_CLI, _BOTO)).format(rng.randint(5, 30), rng.choice(("macos", "linux")))
            elif rng.random() < 0.002 * self.restless:
                who.agent = rng.choice(_SDKS).format(rng.randint(5, 30), "linux")
        for kind, rate in (("analyst", 0.1), ("developer", 0.1), ("service", 0.3), ("etl", 0.2), ("trainer", 0.05)):
            if day and rng.random() < rate * self.restless:
                new = self.hired(kind, day)
                if kind in ("service", "etl") and rng.random() < 0.5:
                    made = f"acme-{'app' if kind == 'service' else 'lake'}-new{self.number}"
                    (self.apps if kind == "service" else self.lake).append(made)
                    new.buckets.append(made)
                    new.other.append(made)
                self.staff.append(new)

    def one(self, present: Sequence[_Who], kinds: Sequence[str]) -> _Who:
        """Somebody of these kinds; of any when there is none."""
        return self.rng.choice([one for one in present if one.kind in kinds] or present)

    def happening(self, day: int) -> Iterator[_Deed]:
        """Ordinary, but not every day's."""
        rng = self.rng
        present = [one for one in self.staff if one.since <= day < one.until]
        what = rng.choice(("backfill", "rollout", "clean", "move", "audit", "ask", "travel", "open", "incident"))
        at = rng.uniform(8, 17) * 3600
        if what == "backfill":
            who = self.one(present, ("etl", "trainer"))
            for bucket in who.buckets:
                yield _Deed(at, who, "GetObject", bucket, rng.randint(1_000, 6_000), 8e6)
            yield _Deed(at + 60, who, "PutObject", who.other[0], rng.randint(500, 3_000))
        elif what == "rollout":
            who = self.one(present, ("etl", "service", "fleet", "deploy"))
            bucket = rng.choice(self.lake + self.apps)
            who.buckets.append(bucket)
            if rng.random() < 0.5:
                who.other.append(bucket)
        elif what == "clean":
            who = self.one(present, ("developer", "etl", "admin", "cleaner"))
            bucket = rng.choice(who.buckets)
            yield _Deed(at, who, "ListObjects", bucket, 20)
            if rng.random() < 0.5:
                yield _Deed(at + 9, who, "DeleteObjects", bucket, rng.randint(1, 40), apart=1)
            else:
                yield _Deed(at + 9, who, "DeleteObject", bucket, rng.randint(20, 2_500))
        elif what == "move":
            who = self.one(present, ("admin", "developer"))
            source, target = rng.choice(self.apps + self.rest), f"acme-moved-{day}"
            yield _Deed(at, who, "ListObjects", source, 10)
            yield _Deed(at + 5, who, "CopyObject", target, rng.randint(100, 2_000))
            yield _Deed(at + 5, who, "HeadObject", source, rng.randint(10, 100))
        elif what == "audit":
            who = self.one(present, ("admin",))
            for bucket in rng.sample(self.apps + self.rest, 12):
                yield _Deed(at, who, "ListObjects", bucket, 2)
                yield _Deed(at, who, "GetObjectAcl", bucket, 3)
                at += 40
        elif what == "ask":
            for who in [self.one(present, ("analyst",)) for _ in range(3)]:
                bucket = rng.choice(self.lake + self.rest)
                if rng.random() < 0.5:
                    who.buckets.append(bucket)
                denied = "AccessDenied" if rng.random() < 0.3 else None
                yield _Deed(at, who, "ListObjects", bucket, 3, error=denied)
                if not denied:
                    yield _Deed(at + 30, who, "GetObject", bucket, rng.randint(5, 600), 4e6)
        elif what == "travel":
            who = self.one(present, ("analyst", "developer", "admin"))
            net = f"{rng.randint(20, 200)}.{rng.randint(1, 250)}"
            yield _Deed(at, who, "ListObjects", rng.choice(who.buckets), 4, ip=self.address(net))
            yield _Deed(at + 20, who, "GetObject", rng.choice(who.buckets), rng.randint(2, 60), ip=self.address(net))
        elif what == "open":
            who = self.one(present, ("admin", "deploy", "developer"))
            names = ("PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketAcl")
            for name in rng.sample(names, rng.randint(1, 2)):
                yield _Deed(at, who, name, rng.choice([*who.buckets, f"acme-new-{day}"]), 1)
        else:
            for who in [self.one(present, ("developer", "admin")) for _ in range(2)]:
                for bucket in rng.sample([*self.apps, "acme-logs-1"], 2):
                    yield _Deed(at, who, "ListObjects", bucket, 5)
                    yield _Deed(at + 9, who, "GetObject", bucket, rng.randint(5, 200), 1e5)

    def _person(self, who: _Who, *, weekend: bool) -> Iterator[float]:
        rng = self.rng
        if rng.random() < (0.05 if weekend else 0.75):
            for _ in range(_times_today(rng, 2.5 * who.busy) + 1):
                yield (rng.choices(range(24), _HOURS)[0] + rng.random()) * 3600

    def _where(self, who: _Who) -> str:
        return "" if self.rng.random() < 0.7 else self.address(self.homes[sum(map(ord, who.name)) % 40])

    def _analyst(self, who: _Who, *, weekend: bool) -> Iterator[_Deed]:
        for at in self._person(who, weekend=weekend):
            bucket, ip = self.rng.choice(who.buckets), self._where(who)
            yield _Deed(at, who, "ListObjects", bucket, self.rng.randint(1, 6), ip=ip)
            yield _Deed(at + 5, who, "GetObject", bucket, int(self.rng.lognormvariate(3, 1.5)) + 1, 4e6, ip=ip)
            if self.rng.random() < 0.2:
                yield _Deed(at + 60, who, "PutObject", who.other[0], self.rng.randint(1, 5), ip=ip)

    def _developer(self, who: _Who, *, weekend: bool) -> Iterator[_Deed]:
        for at in self._person(who, weekend=weekend):
            bucket, ip = self.rng.choice(who.buckets), self._where(who)
            name = self.rng.choices(_SINGLE, (5, 3, 3, 6, 0.7))[0]
            yield _Deed(at, who, name, bucket, self.rng.randint(1, 9), ip=ip,
                        error="AccessDenied" if self.rng.random() < 0.05 else None)

    def _admin(self, who: _Who, *, weekend: bool) -> Iterator[_Deed]:
        for at in self._person(who, weekend=weekend):
            name = self.rng.choices((*_SINGLE, "PutBucketPolicy", "GetObjectAcl"), (3, 2, 3, 6, 1, 0.3, 1))[0]
            bucket = self.rng.choice(who.buckets if self.rng.random() < 0.8 else self.apps + self.rest)
            yield _Deed(at, who, name, bucket, self.rng.randint(1, 4), ip=self._where(who))

    def _etl(self, who: _Who) -> Iterator[_Deed]:
        at, rng = who.hour * 3600 + self.rng.uniform(0, 1200), self.rng
        many = int(60 * who.busy * rng.lognormvariate(0, 0.4)) + 1
        for bucket in who.buckets:
            yield _Deed(at, who, "ListObjects", bucket, 3)
            yield _Deed(at + 2, who, "GetObject", bucket, many, 3e7)
        yield _Deed(at + 90, who, "PutObject", who.other[-1], many // 2 + 1)
        if rng.random() < 0.6:
            yield _Deed(at + 300, who, "DeleteObject", who.other[-1], many // 4 + 1)

    def _service(self, who: _Who) -> Iterator[_Deed]:
        for hour in range(0, 24, 3):
            name = self.rng.choices(("GetObject", "PutObject", "HeadObject"), (6, 3, 2))[0]
            yield _Deed(hour * 3600 + self.rng.uniform(0, 9000), who, name, self.rng.choice(who.buckets),
                        int(8 * who.busy * self.rng.lognormvariate(0, 0.8)) + 1, apart=7)

    def _fleet(self, who: _Who) -> Iterator[_Deed]:
        for _ in range(self.rng.randint(1, 4)):  # machines come and go
            machine = _Who(who.name, who.kind, self.session(who.name, f"i-{self.rng.getrandbits(68):017x}"),
                           who.ip, who.agent, who.buckets)
            yield from self._service(machine)

    def _backup(self, who: _Who) -> Iterator[_Deed]:
        at = who.hour * 3600.0
        for bucket in who.buckets:
            at = (at + 90) % 80_000
            yield _Deed(at, who, "ListObjects", bucket, 2)
            yield _Deed(at + 2, who, "GetObject", bucket, self.rng.randint(1, 30), 1e7)

    def _scanner(self, who: _Who) -> Iterator[_Deed]:
        for number, bucket in enumerate(who.buckets):
            yield _Deed(3000 + number * 60, who, "ListObjects", bucket, 1)
            yield _Deed(3010 + number * 60, who, "GetObjectAcl", bucket, 2)

    def _deploy(self, who: _Who, *, weekend: bool) -> Iterator[_Deed]:
        for at in self._person(who, weekend=weekend):
            bucket = self.rng.choice(who.buckets)
            yield _Deed(at, who, "ListObjects", bucket, 1)
            yield _Deed(at + 3, who, "PutObject", bucket, self.rng.randint(5, 120))
            if self.rng.random() < 0.3:
                yield _Deed(at + 50, who, "DeleteObjects", bucket, self.rng.randint(1, 2))
            if self.rng.random() < 0.05:
                yield _Deed(at + 60, who, "PutBucketPolicy", bucket, 1)

    def _partner(self, who: _Who) -> Iterator[_Deed]:
        yield _Deed(who.hour * 3600 + 60, who, "ListObjects", who.buckets[0], 1)
        yield _Deed(who.hour * 3600 + 70, who, "GetObject", who.buckets[0], self.rng.randint(1, 40), 2e7)

    def _cleaner(self, who: _Who, day: int) -> Iterator[_Deed]:
        if day % 7 == who.hour % 7 or who.hour < 12:
            for bucket in who.buckets:
                yield _Deed(who.hour * 3600, who, "ListObjects", bucket, 4)
                yield _Deed(who.hour * 3600 + 5, who, "DeleteObject", bucket, int(90 * who.busy) + 1)

    def _trainer(self, who: _Who) -> Iterator[_Deed]:
        if self.rng.random() < 0.3:
            at = self.rng.uniform(0, 70_000)
            yield _Deed(at, who, "GetObject", self.rng.choice(who.buckets), self.rng.randint(50, 1_500), 6e7)
            yield _Deed(at + 900, who, "PutObject", who.other[0], self.rng.randint(1, 30))

    def attack(self, day: int) -> Sequence[_Deed]:
        """One attack of the day."""
        rng = self.rng
        technique = TECHNIQUES[(day * 5 + rng.randrange(3)) % len(TECHNIQUES)]
        label = f"{technique}#{day}"
        victims = {"machine": ("service", "fleet", "etl"), "remove here": ("etl", "developer", "service", "deploy"),
                   "huge": ("analyst", "etl", "trainer"), "sync here": ("developer", "service", "analyst", "trainer")}
        kinds = victims.get(technique, ("analyst", "developer", "admin", "service", "etl", "deploy"))
        settled = [one for one in self.staff if one.since + 14 < day < one.until and one.kind in kinds]
        who = rng.choice(settled)
        if who.kind == "fleet":
            who = _Who(who.name, who.kind, self.session(who.name, f"i-{rng.getrandbits(68):017x}"), who.ip, who.agent,
                       who.buckets)
        at = rng.uniform(0, 78_000)
        ip = self.address(f"{rng.randint(20, 200)}.{rng.randint(1, 250)}")
        agent = rng.choice((_CLI, _BOTO)).format(rng.randint(1, 30), rng.choice(("kali", "linux", "windows", "macos")))
        unseen = [one for one in self.lake + self.apps + self.rest if one not in who.buckets]
        few = rng.sample(unseen, rng.randint(1, 4))
        own = rng.sample(who.buckets, 1)
        deeds: list[_Deed] = []

        def does(name: str, bucket: str, number: int, *, away: bool, size: float = 1e6, apart: float = 0.2,
                 error: str | None = None) -> None:
            nonlocal at
            deeds.append(_Deed(at, who, name, bucket, number, size, apart, error, ip if away else "",
                               agent if away or (technique == "machine" and rng.random() < 0.5) else "",
                               label))
            at += min(number * apart, 600) + rng.uniform(2, 60)

        if technique in ("sync elsewhere", "sync here", "machine"):
            for bucket in few:
                does("ListObjects", bucket, 3, away=technique == "sync elsewhere")
                does("GetObject", bucket, rng.randint(50, 3_000), away=technique == "sync elsewhere")
        elif technique == "ransom":
            for bucket in few[:2]:
                number = rng.randint(50, 1_500)
                for name in ("ListObjects", "GetObject", "PutObject", "DeleteObject"):
                    does(name, bucket, number if "Object" in name and name != "ListObjects" else 3, away=True)
        elif technique in ("remove here", "remove elsewhere"):
            does("ListObjects", own[0], 5, away=technique == "remove elsewhere")
            does("DeleteObject", own[0], rng.randint(1_000, 6_000), away=technique == "remove elsewhere")
        elif technique == "batches":
            does("ListObjectVersions", own[0], 9, away=True)
            does("DeleteObjects", own[0], rng.randint(10, 120), away=True)
        elif technique == "open":
            bucket = rng.choice(few + own)
            does("DeleteBucketPublicAccessBlock", bucket, 1, away=True)
            does(rng.choice(("PutBucketPolicy", "PutBucketAcl")), bucket, 1, away=True)
        elif technique == "huge":
            does("GetObject", own[0], rng.randint(100, 900), away=False, size=4e8)
        elif technique == "slow":
            does("ListObjects", few[0], 1, away=True)
            does("GetObject", few[0], 40, away=True, apart=120)
        elif technique == "own bucket elsewhere":
            does("ListObjects", own[0], 2, away=True)
            does("GetObject", own[0], rng.randint(20, 800), away=True)
        else:
            for bucket in rng.sample(unseen, 8):
                does("ListObjects", bucket, 1, away=True, error="AccessDenied")
            does("GetObject", few[0], 3, away=True)
        return deeds

    def call(self, when: datetime, deed: _Deed) -> ApiCall:
        """One record."""
        self.events = (self.events * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        who = deed.who
        request = self.requests.get(deed.bucket)
        if request is None:
            request = self.requests[deed.bucket] = msgspec.Raw(msgspec.json.encode({"bucketName": deed.bucket}))
        opens = deed.name.startswith(("PutBucket", "DeleteBucket"))
        additional = NOTHING
        if deed.name == "GetObject" and not deed.error:
            size = deed.size * (0.2 + 1.6 * (self.events >> 33) / 2**31)
            additional = msgspec.Raw(b'{"bytesTransferredOut":%d}' % size)
        return ApiCall(
            event_time=when, event_source="s3.amazonaws.com", event_name=deed.name,
            event_id=f"{self.events ^ (self.events >> 29):032x}", region="eu-central-1", source_ip=deed.ip or who.ip,
            user_agent=deed.agent or who.agent, error_code=deed.error, user_identity=who.identity,
            recipient_account_id=_ACCOUNT, management_event=opens, event_category="Management" if opens else "Data",
            raw_request=request, raw_additional=additional)


def _times_today(rng: random.Random, rate: float) -> int:
    return sum(rng.random() < rate / 10 for _ in range(10))


if __name__ == "__main__":
    told = Counter(one.attack.partition("#")[0] for one in world(int(sys.argv[1])))
    print(told.total(), told)
