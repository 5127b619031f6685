"""A made-up company's CloudTrail management calls, benign ones and attacks, to judge models of principals' habits.

It shares nothing with what Vedette's developers tune on. Every seed is another company: other proportions, hours,
services, addresses, events. What is benign is meant to be hard: people join, travel, change laptops, repair things at
night with APIs they never used; pipelines roll out services; scanners, migrations, renames and rotations come and go.
Some sign in with a second factor always, some now and then, some never; of some the tags name a department.

``python -m benchmarks.habits_world SEED`` prints counts.
"""

from __future__ import annotations

import math
import random
import re
import sys
import time
from base64 import b32encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

import msgspec

from benchmarks.habits_attacks import TECHNIQUES, Api, Attack, apis, drawn
from benchmarks.habits_catalogue import (
    AWS,
    AZURE,
    COUNTRIES,
    DOMAINS,
    GCP,
    HOSTING,
    MACHINES,
    PERSONAS,
    RETURNS,
    ROLLOUTS,
    SENSITIVE,
    SHARED,
    TOOLS,
    TOR,
    UNUSED_REGIONS,
    VENDORS,
    Country,
    Persona,
)
from vedette.logs.cloudtrail import ApiCall, UserIdentity

__all__ = ["TECHNIQUES", "Labelled", "world"]

DAY = 86_400.0


class Labelled(NamedTuple):
    """A call and whether it is part of an attack."""

    call: ApiCall
    attack: str
    """Empty for benign; else ``<technique>#<number>``, which is one attack."""


def world(
    seed: int,
    days: int = 60,
    principals: int = 200,
    first_attack_day: int = 21,
    attacks_a_day: float = 1.0,
    told: dict[str, str] | None = None,
    departments: dict[str, str] | None = None,
) -> Iterator[Labelled]:
    """The company's calls in the order of their times (to the second, as CloudTrail has them).

    Args:
        seed: decides on everything.
        days: how many of them.
        principals: about so many roles and users are at work on the first day; others come and go.
        first_attack_day: the first on which an attack may start.
        attacks_a_day: on average. With 0 the benign calls are the same, event IDs apart.
        told: is filled with what each attack's label stands for.
        departments: is filled with those of people and machines, by name, whose tags name one.
    """
    company = _Company(seed, days, principals, departments if departments is not None else {})
    yield from company.calls(first_attack_day, attacks_a_day, told if told is not None else {})


Row = tuple[float, Api, UserIdentity, str, str, str, str, str | None, str]
"""Time, API, who, account, region, address, agent, error, attack."""


def _digest(text: str, size: int = 10) -> bytes:
    return blake2b(text.encode(), digest_size=size).digest()


def _identifier(prefix: str, text: str, length: int) -> str:
    return prefix + b32encode(_digest(text, 15)).decode()[: length - len(prefix)]


def _unit(text: str) -> float:
    return int.from_bytes(_digest(text, 6), "big") / 2**48


def _written(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _address(prefixes: Sequence[str], rng: random.Random) -> str:
    prefix = rng.choice(prefixes)
    return ".".join([prefix, *(str(rng.randrange(1, 255)) for _ in range(3 - prefix.count(".")))])


def _count(rate: float, rng: random.Random) -> int:
    """Poisson's, nearly."""
    if rate > 8:
        return max(0, round(rng.gauss(rate, math.sqrt(rate))))
    return sum(rng.random() < rate / 24 for _ in range(24))


@lru_cache(65_536)
def _spoken(agent: str, source: str, name: str) -> str:
    """What a command line or SDK adds to its agent about the call."""
    service = source.split(".")[0]
    if agent.endswith("command#"):
        plain = re.sub(r"20\d{6}(v\d)?$", "", name)
        return f"{agent}{service}.{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '-', plain).lower()}"
    return f"{agent}{service.replace('-', '_')}#1.{int(_unit(agent + service) * 190) + 20}.{len(service)}"


@lru_cache(1024)
def _refusal(source: str) -> str:
    if source.startswith("ec2."):
        return "Client.UnauthorizedOperation"
    return (
        "AccessDenied"
        if source.split(".")[0] in {"s3", "iam", "sts", "elasticloadbalancing", "rds"}
        else "AccessDeniedException"
    )


def _error(call: Api, rng: random.Random) -> str:
    """Why an allowed call may fail."""
    named = RETURNS.get(call.name)
    if named and rng.random() < 0.7:
        return named
    ec2 = call.source.startswith("ec2.")
    return rng.choice(
        (
            "Client.RequestLimitExceeded" if ec2 else "ThrottlingException",
            "Client.InvalidParameterValue" if ec2 else "ValidationException",
            _refusal(call.source),
            _refusal(call.source),
            "Client.DryRunOperation" if ec2 else "ResourceNotFoundException",
        )
    )


def _session(
    account: str,
    role: str,
    role_id: str,
    name: str,
    window: str,
    at: float,
    path: str = "/",
    *,
    more: str = "",
    invoked_by: str | None = None,
    mfa: bool = False,
) -> UserIdentity:
    raw = (
        f'{{"sessionIssuer":{{"type":"Role","principalId":"{role_id}","arn":"arn:aws:iam::{account}:role{path}{role}",'
        f'"accountId":"{account}","userName":"{role}"}},"attributes":{{"creationDate":"{_written(at)}",'
        f'"mfaAuthenticated":"{"true" if mfa else "false"}"}}{more}}}'
    )
    return UserIdentity(
        type="AssumedRole",
        principal_id=f"{role_id}:{name}",
        arn=f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        account_id=account,
        access_key_id=_identifier("ASIA", f"{role_id}{name}{window}", 20),
        invoked_by=invoked_by,
        raw_session=msgspec.Raw(raw.encode()),
    )


def _user(
    account: str, name: str, key: int, console_since: float | None = None, *, mfa: bool = True
) -> UserIdentity:
    raw = msgspec.Raw(b"null")
    access_key = _identifier("AKIA", f"{account}{name}{key}", 20)
    if console_since is not None:
        raw = msgspec.Raw(
            f'{{"attributes":{{"creationDate":"{_written(console_since)}",'
            f'"mfaAuthenticated":"{"true" if mfa else "false"}"}}}}'.encode()
        )
        access_key = _identifier("ASIA", f"{account}{name}{console_since}", 20)
    return UserIdentity(
        type="IAMUser",
        principal_id=_identifier("AIDA", account + name, 21),
        arn=f"arn:aws:iam::{account}:user/{name}",
        account_id=account,
        access_key_id=access_key,
        user_name=name,
        raw_session=raw,
    )


class _Actor:
    """Somebody or something that calls."""

    victim = ""
    """As `habits_attacks` names kinds of victims; empty for what is never attacked."""

    def __init__(self, company: _Company, name: str, account: str, region: str, start: int, end: int) -> None:
        self.company, self.name, self.account, self.region, self.start, self.end = (
            company,
            name,
            account,
            region,
            start,
            end,
        )
        self.first: int | None = None
        """The day of its first call under this name."""
        self.active = 0
        """Days with calls since."""
        self.country = company.country
        self.known: set[Api] = set()

    def identity(self, at: float, account: str, surface: str) -> UserIdentity:
        """What CloudTrail writes of it."""
        raise NotImplementedError

    def place(self, at: float, rng: random.Random) -> str:
        """An address that it now has."""
        raise NotImplementedError

    def agent(self, surface: str) -> str:
        """A tool of its own."""
        raise NotImplementedError

    def day(self, day: int, rng: random.Random, rows: list[Row]) -> None:
        """Its own work of the day."""
        raise NotImplementedError


class _Errand(NamedTuple):
    """Calls that something gave occasion to."""

    at: float
    who: _Actor
    calls: Sequence[Api]
    gap: float = 6.0
    account: str = ""
    region: str = ""
    surface: str = "cli"
    ip: str = ""
    agent: str = ""
    denied: float = 0.0
    """The share of the APIs it never used that are refused."""
    label: str = ""
    identity: UserIdentity | None = None


class _Habit(NamedTuple):
    calls: tuple[Api, ...]
    surface: str
    account: str
    region: str


class _Person(_Actor):
    """Somebody at work, with hours, networks, tools, holidays and projects."""

    def __init__(self, company: _Company, persona: Persona, start: int, end: int) -> None:
        rng = company.rng
        first, last = rng.choice(SHARED["first"].split()), rng.choice(SHARED["last"].split())
        name = company.naming.format(f=first, l=last, i=first[0], n=rng.randint(1, 9))
        while name in company.names:
            name += str(rng.randint(1, 99))
        company.names.add(name)
        super().__init__(company, name, company.home_account(persona), rng.choice(company.regions[:2]), start, end)
        self.persona = persona
        self.country = rng.choices(company.countries, company.country_weights)[0]
        self.access = rng.choices(["sso", "user", "chain"], company.access)[0]
        if persona.name == "contractor" and rng.random() < 0.4:
            self.access = "user"
        self.victim = "admin" if persona.name == "admin" else "key" if self.access == "user" else "sso"
        self.accounts = company.reach(persona, self.account)
        self.level = rng.choice(persona.sets.split())
        self.zone = rng.choice(self.country.zones)
        self.hour = rng.gauss(company.opens, 1.0)
        self.hours = rng.gauss(8.3, 0.9)
        self.weekends = rng.choice((0.0, 0.02, 0.05, 0.3))
        self.pace = persona.tasks * rng.lognormvariate(0, 0.55)
        self.office = min(1.0, max(0.0, rng.gauss(company.office_share, 0.3)))
        self.vpn = rng.random() < company.vpn_share
        self.curious = rng.lognormvariate(-3.9, 0.7)
        self.key = 0
        self.renewed = rng.choice((1, 8, 30, 400))
        """Days after which the provider gives another address."""
        self.home_prefixes = rng.sample(self.country.homes, min(2, len(self.country.homes)))
        self.home = _address(self.home_prefixes, rng)
        if rng.random() < company.ipv6_share:
            self.home = f"{self.country.ipv6}:{rng.randrange(4096, 65535):x}:{rng.randrange(16):x}00"
        self.box = _address(rng.choice([AWS[self.region], HOSTING, GCP]), rng) if rng.random() < 0.12 else ""
        """A machine elsewhere on which this person works at times; or a private VPN."""
        self.trips: dict[int, tuple[str, ...]] = {}
        self.absent: set[int] = set()
        self._journeys(rng)
        self.now = [self.home]
        self.tools: dict[str, str] = {}
        self.laptop(rng)
        self.habits: list[_Habit] = []
        self.weights: list[float] = []
        self.project(rng)
        company.tag(name, WORKS_IN.get(persona.name, "engineering"))
        self.device = _unit(f"{company.seed} device {name}") < company.mfa_share
        """Signs in with a second factor."""
        self.careful = (1.0, 1.0, 0.9, 0.3)[int(_unit(f"{company.seed} careful {name}") * 4)]
        """The share of sessions in which it is given where nothing asks for it."""
        self.loses = _unit(f"{company.seed} device lost {name}") * 60 * company.days
        """The day on which the device is lost, if the company lasts so long; it is replaced three days later."""

    def _journeys(self, rng: random.Random) -> None:
        company = self.company
        day = rng.randrange(0, 50)
        while day < company.days:
            for away in range(day, day + rng.choice((1, 2, 5, 7, 7, 14, 21))):
                self.absent.add(away)
            day += rng.randrange(15, 80)
        if rng.random() < company.travel:
            day = rng.randrange(company.days)
            there = rng.choice(company.countries if rng.random() < 0.6 else [*COUNTRIES.values()])
            nets = (_address(there.homes, rng), _address(rng.choice([there.mobiles, self.country.mobiles]), rng))
            for away in range(day, day + rng.randrange(1, 12)):
                self.trips[away] = nets

    def laptop(self, rng: random.Random) -> None:
        """A new computer: other tools, other versions."""
        self.system = rng.choices(["mac", "linux", "windows"], self.company.systems)[0]
        self.tools = {surface: self._tool(surface, rng) for surface in ("console", "cli", "sdk", "iac", "ide")}

    def upgrade(self, surface: str, rng: random.Random) -> None:
        """Another tool, or another version."""
        self.tools[surface] = self._tool(surface, rng)

    def _tool(self, surface: str, rng: random.Random) -> str:
        made = rng.choice(self.company.tools[surface])
        system = {"mac": "macos#2{b}.{c}.0", "linux": "linux#6.{c}.0-{a}-generic", "windows": "windows#1{d}"}[
            self.system
        ]
        browser = {
            "mac": "Macintosh; Intel Mac OS X 10_15_7",
            "linux": "X11; Linux x86_64",
            "windows": "Windows NT 10.0; Win64; x64",
        }[self.system]
        version = {
            "a": rng.randint(11, 60),
            "b": rng.randint(1, 3),
            "c": rng.randint(0, 9),
            "d": rng.randint(0, 1),
            "e": self.company.release + rng.randint(0, 3),
            "u": _digest(self.name, 8).hex(),
        }
        return made.format(**version, os=system.format(**version), browser=browser)

    def project(self, rng: random.Random, keep: float = 0.0) -> None:
        """What this person works on from now."""
        count = max(4, round(self.persona.habits * rng.lognormvariate(0, 0.3)))
        kept = [habit for habit in self.habits if rng.random() < keep]
        self.habits = kept + [self._habit(rng) for _ in range(max(1, count - len(kept)))]
        rng.shuffle(self.habits)
        steep = rng.uniform(0.7, 1.4)
        self.weights = [1 / (rank + 1) ** steep for rank in range(len(self.habits))]

    def _habit(self, rng: random.Random, domain: str = "", *, curious: bool = False) -> _Habit:
        persona, company = self.persona, self.company
        if not domain:
            own = [name for name in persona.domains if name in company.stack] or ["ec2"]
            domain = rng.choices(own, [persona.domains[name] for name in own])[0]
        view, change, sensitive = DOMAINS[domain]
        draw = rng.random()
        surface = rng.choices(["console", "cli", "sdk", "iac", "ide"], persona.surfaces)[0]
        calls = rng.sample(view, min(len(view), rng.randint(1, 3 if surface != "console" else 7)))
        if draw < persona.sensitive and sensitive:
            calls = calls[:2] + rng.sample(sensitive, min(len(sensitive), rng.randint(1, 2)))
        elif draw < persona.sensitive + persona.change and change:
            calls = calls[:3] + rng.sample(change, min(len(change), rng.randint(1, 3)))
        if surface == "console":
            calls += rng.sample(company.sidebar, rng.randint(0, 3))
        account = rng.choice(self.accounts[:2] if not curious and rng.random() < 0.8 else self.accounts)
        return _Habit(
            tuple(calls), surface, account, self.region if rng.random() < 0.85 else rng.choice(company.regions)
        )

    def explored(self, rng: random.Random) -> _Habit:
        """Something this person has not done, maybe."""
        everywhere = [*DOMAINS] if rng.random() < 0.08 else [*self.company.stack_list]
        return self._habit(rng, rng.choice(everywhere) if rng.random() < 0.4 else "", curious=True)

    def role(self) -> str:
        """The name of the role behind this person's sessions."""
        if self.access == "sso":
            return f"AWSReservedSSO_{self.company.sets[self.level]}"
        return f"{self.company.prefix}{self.company.sets[self.level].lower()}"

    def signs_with_device(self, at: float, window: int) -> bool:
        """In this session the second factor was given."""
        company = self.company
        lost = 0 <= (at - company.epoch) / DAY - self.loses < 3
        if self.access == "chain" and not company.mfa_required:
            # Roles that do not ask for it are taken without it as well, by scripts and by habit.
            return self.device and not lost and _unit(f"{self.name} factor {window}") < self.careful
        return self.device and not lost

    def identity(
        self, at: float, account: str, surface: str, *, mfa: bool | None = None
    ) -> UserIdentity:
        company = self.company
        window = int(at // (company.session_hours * 3600))
        if mfa is None:
            mfa = self.signs_with_device(at, window)
        key = (self.name, account, window, surface == "console", self.key, mfa)
        found = company.sessions.get(key)
        if found is None:
            since = at - 60 - _unit(f"{key[:5]}") * 900
            if self.access == "user" and (surface == "console" or account == self.account):
                found = _user(account, self.name, self.key, since if surface == "console" else None, mfa=mfa)
            elif self.access == "sso":
                role = f"{self.role()}_{_digest(account + self.role(), 8).hex()}"
                found = _session(
                    account,
                    role,
                    _identifier("AROA", account + role, 21),
                    f"{self.name}@{company.domain}",
                    f"{window}{surface == 'console'}",
                    since,
                    f"/aws-reserved/sso.amazonaws.com/{company.sso_path}",
                )
            else:
                role = self.role()
                found = _session(
                    account, role, _identifier("AROA", account + role, 21), self.name, f"{window}", since, mfa=mfa
                )
            company.sessions[key] = found
        return found

    def place(self, at: float, rng: random.Random) -> str:  # noqa: ARG002
        return self.now[0] if len(self.now) == 1 or rng.random() < 0.85 else rng.choice(self.now)

    def agent(self, surface: str) -> str:
        return self.tools[surface]

    def morning(self, day: int, weekday: int, rng: random.Random) -> None:
        """Today's networks; upgrades; projects that end."""
        company = self.company
        if day % self.renewed == 0 and ":" not in self.home:
            self.home = _address(self.home_prefixes, rng)
        home = (
            self.home
            if ":" not in self.home
            else f"{self.home}:{rng.getrandbits(32) >> 16:x}:{rng.getrandbits(16):x}::{rng.randint(1, 99)}"
        )
        office = company.offices[self.country.code]
        self.now = [rng.choice(office) if weekday < 5 and rng.random() < self.office and office else home]
        if self.vpn and rng.random() < 0.9:
            self.now.insert(0, rng.choice(company.vpn))
        if day in self.trips:
            self.now = [*self.trips[day], *([company.vpn[0]] if self.vpn and rng.random() < 0.5 else [])]
        if rng.random() < 0.06:
            self.now.append(_address(self.country.mobiles, rng))
        if rng.random() < 0.02:
            self.now.insert(rng.randint(0, 1), _address(self.country.homes, rng))
        if self.box and rng.random() < 0.4:
            self.now.append(self.box)
        if rng.random() < 0.03:
            surface = rng.choice([*self.tools])
            self.tools[surface] = self._tool(surface, rng)
        if rng.random() < 0.004:
            self.laptop(rng)
        if rng.random() < 0.035:
            self.project(rng, rng.uniform(0.3, 0.9))
        elif rng.random() < 0.05:
            self.habits[rng.randrange(len(self.habits))] = self._habit(rng)

    def works(self, day: int, weekday: int, rng: random.Random) -> bool:
        """Today is a day of work."""
        if day in self.absent or day in self.company.holidays[self.country.code]:
            return rng.random() < 0.02
        return rng.random() < (0.9 if weekday < 5 else self.weekends)

    def day(self, day: int, rng: random.Random, rows: list[Row]) -> None:
        company = self.company
        weekday = company.weekday(day)
        self.morning(day, weekday, rng)
        if not self.works(day, weekday, rng):
            return
        midnight = company.epoch + day * DAY - self.zone * 3600
        fresh = self.start > 0 and day - self.start < 6
        tasks = _count(self.pace * (1.5 if fresh else 1.0) * (0.3 if weekday > 4 else 1.0), rng)
        curious = 0.5 if fresh else self.curious
        late = rng.random() < 0.06
        logged: set[tuple[str, str]] = set()
        times = sorted(rng.uniform(0, self.hours) if not late else rng.uniform(6, 14) for _ in range(tasks))
        for hours in times:
            if 3.6 < hours < 4.4 and rng.random() < 0.8:
                continue
            at = midnight + (self.hour + hours) * 3600
            habit = self.explored(rng) if rng.random() < curious else rng.choices(self.habits, self.weights)[0]
            if (habit.account, habit.surface) not in logged:
                logged.add((habit.account, habit.surface))
                self._entered(at - 5, habit, rng, rows)
            calls = [call for call in habit.calls if rng.random() < 0.88]
            if rng.random() < 0.15:
                calls += rng.choices(calls or habit.calls, k=rng.randint(1, 6))
            gap = {"console": 0.7, "cli": 14.0, "sdk": 0.8, "iac": 0.5, "ide": 3.0}[habit.surface]
            company.perform(
                _Errand(at, self, calls, gap, habit.account, habit.region, habit.surface, denied=self.persona.denied),
                rng,
                rows,
            )

    def _entered(self, at: float, habit: _Habit, rng: random.Random, rows: list[Row]) -> None:
        """Signs in, or takes a role."""
        if habit.surface == "console":
            entry = "signin:ConsoleLogin"
        elif self.access == "chain" or (self.access == "user" and habit.account != self.account):
            entry = "sts:AssumeRole"
            own = _user(self.account, self.name, self.key)
            self.company.perform(
                _Errand(at, self, apis(entry), 1.0, self.account, habit.region, "cli", identity=own), rng, rows
            )
            return
        else:
            return
        self.company.perform(_Errand(at, self, apis(entry), 1.0, habit.account, habit.region, habit.surface), rng, rows)


class _Job(NamedTuple):
    """Something a machine does again and again."""

    pattern: str
    """``steady``, ``office`` (so often a day), ``daily`` (at that hour), ``weekly`` (on that day), ``monthly``."""
    rate: float
    calls: tuple[Api, ...]
    gap: float
    phase: float
    regions: tuple[str, ...]
    errors: float = 0.004
    broken: str | None = None
    since: int = 0
    until: int = 100_000


class _Machine(_Actor):
    """A role or user that programs use."""

    def __init__(self, company: _Company, kind: str, start: int, end: int) -> None:
        rng = company.rng
        self.kind = kind
        self.spec = MACHINES[kind]
        label = rng.choice(SHARED["systems"].split()) + rng.choice(("", "", "-" + rng.choice(SHARED["parts"].split())))
        name = rng.choice(self.spec.names.split()).format(
            label, s=company.prefix, n=rng.randint(1, 40), e=rng.choice(company.stages)
        )
        while name in company.names:
            name += f"-{rng.randint(2, 9)}"
        company.names.add(name)
        super().__init__(
            company,
            name,
            company.machine_account(kind),
            rng.choices(company.regions, company.region_weights)[0],
            start,
            end,
        )
        company.tag(name, "data" if kind == "data" else "engineering")
        self.victim = self.spec.victim
        self.key = 0
        self.path = self.spec.path
        self.role_id = _identifier("AROA", self.account + name, 21)
        self.tool = self._tool(rng)
        size = 1 if self.spec.session != "instance" else min(12, 1 + int(rng.lognormvariate(0.8, 0.8)))
        self.members = [self._member(rng) for _ in range(size)]
        self.churn = rng.choice((0.0, 0.02, 0.1, 0.6))
        self.weekly_share = rng.choice((1.0, 0.8, 0.35))
        self.fixed = [
            _address(AWS[rng.choice(company.regions)] if self.spec.place == "vendor" else self.country.homes, rng)
            for _ in range(rng.randint(1, 5))
        ]
        self.private = (
            f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(4, 250)}"
            if rng.random() < company.private_share
            else ""
        )
        if self.spec.place not in {"nat", "instance"}:
            self.private = ""
        if self.private:
            company.endpoints[self.private] = f"vpce-0{_digest(self.account + self.region, 8).hex()}"
        factor = min(0.9, rng.lognormvariate(company.chatter, 0.8))
        self.jobs: list[_Job] = []
        for pattern, low, high, chance, calls in self.spec.jobs:
            if rng.random() < chance:
                rate = rng.uniform(low, high) * (factor if pattern in {"steady", "office"} else 1.0)
                chosen = self._chosen(calls, rng)
                self.jobs.append(self.job(pattern, rate, chosen, rng, start))
        if not self.jobs:
            pattern, low, high, _, calls = self.spec.jobs[0]
            self.jobs.append(self.job(pattern, rng.uniform(low, high), self._chosen(calls, rng), rng, start))

    @staticmethod
    def _chosen(calls: tuple[Api, ...], rng: random.Random) -> tuple[Api, ...]:
        """Of what such machines do, what this one does."""
        if len(calls) <= 3:
            return calls
        kept = rng.uniform(0.45, 1.0)
        return tuple(call for call in calls if rng.random() < kept) or calls[:2]

    def job(self, pattern: str, rate: float, calls: tuple[Api, ...], rng: random.Random, since: int) -> _Job:
        """A job of this machine."""
        regions = tuple(self.company.regions) if self.spec.session in {"scan", "vendor"} else (self.region,)
        return _Job(
            pattern,
            rate,
            calls,
            rng.choice((0.1, 0.4, 2.0)),
            rng.random(),
            regions,
            rng.choice((0.0, 0.002, 0.02, 0.1)),
            since=since,
        )

    def upgrade(self, rng: random.Random) -> None:
        """Another version of what it runs on."""
        self.tool = self._tool(rng)

    def _tool(self, rng: random.Random) -> str:
        return rng.choice(TOOLS[self.spec.tool]).format(
            a=rng.randint(11, 60),
            b=rng.randint(1, 3),
            c=rng.randint(0, 9),
            d=rng.randint(0, 12),
            e=self.company.release,
            os="",
            u="",
            browser="",
        )

    def _member(self, rng: random.Random) -> tuple[str, str]:
        style = self.spec.session
        name = {
            "instance": f"i-0{rng.getrandbits(68):017x}"[:19],
            "task": f"{rng.getrandbits(128):032x}",
            "name": self.name,
            "web": f"{rng.randrange(10**18, 2 * 10**18)}",
            "vendor": rng.choice(VENDORS),
            "ci": rng.choice(("GitHubActions", "botocore-session-{n}", "gitlab-{n}", "deploy-{n}", "{n}")),
            "scan": rng.choice(("scanner", "cspm-{n}", "aws-go-sdk-{n}")),
            "service": self.name.replace("AWSServiceRoleFor", ""),
            "root": "",
        }.get(style, self.name).replace("{n}", str(rng.randrange(10**8, 10**10)))
        return name, _address(AWS[self.region], rng)

    def renamed(self, rng: random.Random) -> None:
        """The same thing under another role."""
        self.name = f"{self.name}-{rng.choice(('v2', 'new', 'role', 'prod', 'tf'))}"
        self.role_id = _identifier("AROA", self.account + self.name, 21)
        self.first, self.active = None, 0

    def identity(self, at: float, account: str, surface: str) -> UserIdentity:  # noqa: ARG002
        return self._identity(at, account, self.members[0][0])

    def _identity(self, at: float, account: str, member: str) -> UserIdentity:
        window = int(at // 21_600)
        key = (self.name, account, window, member, self.key)
        found = self.company.sessions.get(key)
        if found is None:
            style = self.spec.session
            if style == "key":
                found = _user(self.account, self.name, self.key)
            elif style == "aws":
                found = UserIdentity(type="AWSService", invoked_by=self.spec.service)
            elif style == "root":
                found = UserIdentity(
                    type="Root",
                    principal_id=account,
                    arn=f"arn:aws:iam::{account}:root",
                    account_id=account,
                    access_key_id=_identifier("ASIA", f"{account}{window}", 20),
                    raw_session=msgspec.Raw(
                        f'{{"attributes":{{"creationDate":"{_written(at - 90)}","mfaAuthenticated":"true"}}}}'.encode()
                    ),
                )
            else:
                more = ',"ec2RoleDelivery":"2.0"' if style == "instance" else ""
                found = _session(
                    account,
                    self.name,
                    self.role_id,
                    member,
                    f"{window}",
                    window * 21_600 + _unit(f"{key}") * 500,
                    self.path,
                    more=more,
                    invoked_by=self.spec.service or None,
                )
            self.company.sessions[key] = found
        return found

    def place(self, at: float, rng: random.Random) -> str:
        return self._place(at, self.members[0], rng)

    def _place(self, at: float, member: tuple[str, str], rng: random.Random) -> str:
        kind = self.spec.place
        if self.private and rng.random() < 0.9:
            return self.private
        if kind == "nat":
            return rng.choice(self.company.nat(self.account, self.region))
        if kind == "instance":
            return member[1]
        if kind == "lambda":
            pool = AWS[self.region]
            window = int(at // 14_400)
            drawn_for = _digest(f"{self.name}{window}{rng.randrange(2)}", 3)
            return f"{pool[drawn_for[0] % len(pool)]}.{drawn_for[1]}.{drawn_for[2]}"
        if kind == "runner":
            return _address(self.company.runners, rng)
        if kind == "service":
            return self.spec.service
        return rng.choice(self.fixed)

    def agent(self, surface: str) -> str:  # noqa: ARG002
        return self.spec.service or self.tool

    def _times(self, job: _Job, day: int, rng: random.Random) -> Iterable[float]:
        company = self.company
        midnight = company.epoch + day * DAY
        weekday = company.weekday(day)
        share = 1.0 if weekday < 5 else self.weekly_share
        if job.pattern == "steady":
            count = job.rate
            if count < 2:
                return [midnight + rng.random() * DAY] if rng.random() < count else []
            step = DAY / count
            return [midnight + (place + job.phase) * step + rng.random() * 4 for place in range(int(count))]
        if job.pattern == "office":
            rush = midnight + (company.opens - company.country.zones[0] + 4.5) * 3600
            share = 1.0 if weekday < 5 else 0.4 if self.spec.victim == "workload" else 0.06
            return [rng.gauss(rush, 9500) for _ in range(_count(job.rate * share, rng))]
        if (
            job.pattern == "daily"
            or (job.pattern == "weekly" and weekday == int(job.phase * 7))
            or (job.pattern == "monthly" and company.date(day).day == 1 + int(job.phase * 28))
        ):
            return [midnight + job.rate * 3600 + job.phase * 1800 + rng.random() * 60]
        return []

    def day(self, day: int, rng: random.Random, rows: list[Row]) -> None:
        if self.churn:
            self.members = [self._member(rng) if rng.random() < self.churn else member for member in self.members]
        if self.spec.session in {"ci", "web", "task", "vendor", "scan"} and rng.random() < 0.8:
            self.members = [self._member(rng)]
        if rng.random() < 0.006 and self.spec.place == "vendor":
            self.fixed.append(_address(AWS[rng.choice(self.company.regions)], rng))
        chance, agent, account = rng.random, self.agent(""), self.account
        for job in self.jobs:
            if not job.since <= day < job.until:
                continue
            calls = job.calls
            self.known.update(calls)
            for start in self._times(job, day, rng):
                member = self.members[int(chance() * len(self.members))]
                identity, ip = self._identity(start, account, member[0]), self._place(start, member, rng)
                gap, errors, at = job.gap, job.errors, start
                for region in job.regions:
                    for call in calls:
                        at += gap * (0.2 + chance())
                        error = job.broken
                        if errors and error is None and chance() < errors:
                            error = _error(call, rng)
                        rows.append((at, call, identity, account, region, ip, agent, error, ""))


Session = tuple[str, str, int, str | bool, int] | tuple[str, str, int, bool, int, bool]


class _Company:
    """The estate and its calendar."""

    def __init__(self, seed: int, days: int, principals: int, departments: dict[str, str]) -> None:
        self.departments = departments
        self.rng = rng = random.Random(f"habits world {seed}")
        self.attack_rng = random.Random(f"habits attacks {seed}")
        self.seed, self.days, self.names = seed, days, set[str]()
        self.began = datetime(2024, 2, 1, tzinfo=UTC) + timedelta(days=rng.randrange(500))
        self.epoch = self.began.timestamp()
        self.release = 118 + (self.began.month + 12 * (self.began.year - 2024))
        self.sessions: dict[Session, UserIdentity] = {}
        self.endpoints: dict[str, str] = {}
        self.techniques: list[str] = []
        self._estate(rng)
        self._customs(rng)
        self.errands: dict[int, list[_Errand]] = defaultdict(list)
        count = round(principals * rng.uniform(0.32, 0.52))
        self.people = [self._person(0) for _ in range(count)]
        self.machines = [_Machine(self, self._machine_kind(), 0, self._lifetime(0)) for _ in range(principals - count)]
        for kind in (
            "service_config",
            "service_autoscaling",
            "service_ec2",
            "root",
            "breakglass",
            "terraform",
            "backup",
            "rotation",
        ):
            self.machines.append(_Machine(self, kind, 0, 10**6))
        self.hires = len(self.people) * rng.uniform(0.002, 0.01)
        self.launches = len(self.machines) * rng.uniform(0.001, 0.005)
        self.previews = rng.choice((0.0, 0.0, 0.5, 3.0))
        rates = {name: rng.uniform(low, high) for name, (low, high) in HAPPENINGS.items()}
        self.happenings = [
            [name for name, rate in rates.items() for _ in range(_count(rate, rng))] for _ in range(days)
        ]

    def _estate(self, rng: random.Random) -> None:
        codes = rng.sample([*COUNTRIES], rng.randint(2, 5))
        self.countries = [COUNTRIES[code] for code in codes]
        self.country = self.countries[0]
        self.country_weights = [rng.uniform(3, 9), *(rng.uniform(0.3, 2) for _ in codes[1:])]
        near = [*self.country.regions]
        self.regions = near[:1] + rng.sample([name for name in AWS if name != near[0]], rng.randint(0, 3))
        self.region_weights = [6.0, *(rng.uniform(0.3, 2) for _ in self.regions[1:])]
        self.stages = rng.choice(
            (["prod", "stg", "dev"], ["production", "staging", "test", "dev"], ["live", "nonlive"], ["p", "d"])
        )
        names = [*self.stages, "security", "shared", "data", "sandbox", "billing", "network", "ml", "legacy"]
        self.accounts = {
            name: f"{rng.randrange(10**11, 10**12)}" for name in names[: rng.randint(len(self.stages) + 1, len(names))]
        }
        core = ["ec2", "s3", "iam", "logs", "cloudwatch", "kms", "home", "sts", "vpc", "cloudtrail", "ssm", "secrets"]
        rest = [name for name in DOMAINS if name not in core]
        self.stack_list = core + rng.sample(rest, round(len(rest) * rng.uniform(0.35, 0.8)))
        self.stack = set(self.stack_list)
        self.sidebar = rng.sample(DOMAINS["home"][0], max(3, len(DOMAINS["home"][0]) - 3))
        self.offices = {
            one.code: [_address(one.homes, rng) for _ in range(rng.randint(1, 3))] if rng.random() < 0.75 else []
            for one in self.countries
        }
        self.vpn = [
            _address(rng.choice([AWS[self.regions[0]], self.country.homes, HOSTING]), rng)
            for _ in range(rng.randint(2, 4))
        ]
        self.runners = rng.choice([AZURE, AZURE, GCP, [_address(AWS[self.regions[0]], rng) for _ in range(4)]])
        self.domain = rng.choice(SHARED["systems"].split()) + rng.choice(
            ("labs.io", "soft.com", ".dev", "group.com", "-corp.net")
        )
        self.prefix = rng.choice(("", "", "app-", self.domain[:3] + "-"))

    def _customs(self, rng: random.Random) -> None:
        self.naming = rng.choice(("{f}.{l}", "{i}{l}", "{f}", "{f}-{l}", "{l}{n}"))
        self.access = rng.choice(([9.0, 1.0, 0.0], [6.0, 2.0, 2.0], [2.0, 3.0, 5.0], [0.0, 6.0, 4.0], [8.0, 0.5, 0.5]))
        self.sets = {
            level: rng.choice(names.split())
            for level, names in (
                ("admin", "AdministratorAccess Admins OrgAdmin"),
                ("power", "PowerUserAccess Engineer Developer-RW"),
                ("dev", "Developer DevAccess AppTeam"),
                ("read", "ReadOnlyAccess ViewOnly Viewer"),
                ("data", "DataScientist Analytics"),
                ("security", "SecurityAudit SecOps"),
                ("billing", "Billing FinOps"),
                ("support", "SupportUser Tier2Support"),
            )
        }
        self.opens = rng.uniform(7.5, 10.0)
        self.chatter = rng.gauss(-1.75, 0.3)
        self.session_hours = rng.choice((1, 4, 8, 12))
        self.sso_path = "" if self.regions[0] == "us-east-1" else f"{self.regions[0]}/"
        self.office_share, self.vpn_share = rng.choice((0.0, 0.3, 0.5, 0.8)), rng.choice((0.0, 0.1, 0.5, 0.95))
        self.ipv6_share, self.private_share, self.travel = (
            rng.choice((0.0, 0.1)),
            rng.choice((0.0, 0.1, 0.4)),
            rng.uniform(0.1, 0.5),
        )
        self.systems = rng.choice(([8, 1, 1], [3, 5, 2], [1, 1, 8]))
        self.tools = {
            surface: rng.sample(TOOLS[surface], max(1, min(len(TOOLS[surface]), rng.randint(2, 4))))
            for surface in ("console", "cli", "sdk", "iac", "ide")
        }
        self.holidays = {
            one.code: {rng.randrange(self.days + 1) for _ in range(rng.randint(1, 4))} for one in self.countries
        }
        self.persona_weights = [persona.share * rng.lognormvariate(0, 0.45) for persona in PERSONAS.values()]
        kinds = {kind: spec.share * rng.lognormvariate(0, 0.7) for kind, spec in MACHINES.items() if spec.share}
        self.kinds = {kind: share for kind, share in kinds.items() if share > 0.5 or rng.random() < 0.7}
        self.nats: dict[tuple[str, str], list[str]] = {}
        # Drawn apart, so that all else of a seed is as it was before these were known of it.
        factors = random.Random(f"habits factors {self.seed}")
        self.mfa_share = factors.choice((1.0, 0.95, 0.7, 0.3))
        self.mfa_required = factors.random() < 0.5
        """Roles that people take ask for a second factor."""
        self.tagged = factors.choice((0.5, 0.8, 1.0))
        """The share of people and machines with a tag that names their department."""
        self.by_product = factors.random() < 0.5
        """Departments are by what is built, not by what people do."""

    def tag(self, name: str, work: str) -> None:
        """Somebody or something begins: perhaps its tags say where it belongs."""
        if _unit(f"{self.seed} tagged {name}") < self.tagged:
            product = PRODUCTS[int(_unit(f"{self.seed} product {name}") * len(PRODUCTS))]
            self.departments[name] = product if self.by_product else work

    def weekday(self, day: int) -> int:
        """0 is Monday."""
        return (self.began.weekday() + day) % 7

    def date(self, day: int) -> datetime:
        """This day's beginning."""
        return self.began + timedelta(days=day)

    def home_account(self, persona: Persona) -> str:
        """Where people like these mostly are."""
        return self.accounts.get(persona.home) or self.rng.choice([self.accounts[name] for name in self.stages])

    def reach(self, persona: Persona, home: str) -> list[str]:
        """The accounts that they can enter, the usual ones first."""
        others = [number for number in self.accounts.values() if number != home]
        self.rng.shuffle(others)
        return [home, *others[: round(len(others) * persona.reach)]]

    def machine_account(self, kind: str) -> str:
        """Where a machine of this kind is."""
        home = MACHINES[kind].home
        return (
            self.accounts.get(home)
            or self.rng.choices([*self.accounts.values()], [5, *([2] * (len(self.accounts) - 1))])[0]
        )

    def nat(self, account: str, region: str) -> list[str]:
        """The account's public addresses there."""
        key = (account, region)
        if key not in self.nats:
            rng = random.Random(f"{self.seed}{key}")
            self.nats[key] = [_address(AWS[region], rng) for _ in range(rng.randint(1, 3))]
        return self.nats[key]

    def _lifetime(self, start: int) -> int:
        return start + int(self.rng.expovariate(1 / 500)) + 2

    def _person(self, start: int) -> _Person:
        persona = self.rng.choices([*PERSONAS.values()], self.persona_weights)[0]
        contractor = persona.name == "contractor"
        return _Person(self, persona, start, start + self.rng.randrange(8, 70) if contractor else self._lifetime(start))

    def _machine_kind(self) -> str:
        return self.rng.choices([*self.kinds], [*self.kinds.values()])[0]

    # What happens in a company

    def staff(self, names: str, count: int, day: int) -> list[_Person]:
        """Some of those of these personas who are at work (or whoever is)."""
        here = [one for one in self.people if one.start <= day < one.end and day not in one.absent]
        fit = [one for one in here if one.persona.name in names.split()] or here
        return self.rng.sample(fit, min(count, len(fit)))

    def machine(self, victims: str, day: int) -> _Machine:
        """Some machine of this sort."""
        here = [one for one in self.machines if one.start <= day < one.end]
        return self.rng.choice(
            [one for one in here if one.kind in victims.split() or one.victim in victims.split()] or here
        )

    def plan(
        self,
        day: int,
        hour: float,
        who: _Actor,
        calls: Sequence[Api],
        gap: float = 6.0,
        *,
        account: str = "",
        region: str = "",
        surface: str = "cli",
        agent: str = "",
        denied: float = 0.0,
    ) -> None:
        """Let it happen on that day, at that hour of the company's."""
        at = self.epoch + day * DAY + (hour - self.country.zones[0]) * 3600
        self.errands[day].append(_Errand(at, who, calls, gap, account, region, surface, "", agent, denied))

    def some(self, key: str, low: int, high: int) -> list[Api]:
        """Calls of an occasion, each perhaps several times."""
        calls = apis(SHARED[key])
        chosen = self.rng.sample(calls, min(len(calls), self.rng.randint(low, high)))
        return [call for call in chosen for _ in range(self.rng.choice((1, 1, 1, 2, 4)))]

    def happen(self, name: str, day: int) -> None:
        """One of `HAPPENINGS`."""
        rng = self.rng
        hour = rng.uniform(9, 16)
        regions, where = self.regions, rng.choice(self.regions)
        if name == "incident":
            hour = rng.uniform(0, 24)
            for one in self.staff("sre admin developer dba security", rng.randint(2, 6), day):
                surface = rng.choice(("cli", "console"))
                for step in range(rng.randint(1, 5)):
                    self.plan(
                        day,
                        hour + step * 0.6 + rng.random(),
                        one,
                        self.some("look", 2, 7) + self.some("repair", 1, 5),
                        rng.uniform(2, 40),
                        region=where,
                        surface=surface,
                        denied=0.06,
                        account=rng.choice(one.accounts),
                    )
        elif name == "breakglass":
            (one,) = self.staff("admin sre", 1, day) or [self.people[0]]
            self.plan(
                day,
                rng.uniform(0, 24),
                self.machine("breakglass", day),
                self.some("repair", 3, 8) + self.some("admin", 1, 5),
                20,
                agent=one.agent("console"),
            )
        elif name == "audit":
            for one in self.staff("security manager finance", 2, day):
                for later in range(rng.randint(1, 3)):
                    self.plan(
                        day + later,
                        hour,
                        one,
                        self.everything(0.3) * rng.randint(1, 3),
                        0.8,
                        surface="sdk",
                        region=where,
                    )
        elif name == "scanner":
            self.machines.append(_Machine(self, rng.choice(("scanner", "vendor")), day, 10**6))
        elif name == "migration":
            new = rng.choice([one for one in AWS if one not in regions] or regions)
            self.regions = [*dict.fromkeys([*regions, new])]
            self.region_weights = [*self.region_weights, 1.5][: len(self.regions)]
            movers: list[_Person | _Machine] = [
                *self.staff("sre developer admin", 6, day),
                *(self.machine("ci workload", day) for _ in range(6)),
            ]
            for mover in movers:
                self.plan(day + rng.randint(0, 12), hour, mover, self.some("roll", 2, 12), 2, region=new, surface="iac")
                if isinstance(mover, _Machine):
                    mover.jobs += [job._replace(regions=(new,), since=day + 5) for job in mover.jobs[:2]]
                else:
                    mover.habits += [habit._replace(region=new) for habit in mover.habits[:3]]
                    mover.weights += mover.weights[: len(mover.habits) - len(mover.weights)]
        elif name == "refactor":
            who: _Actor = self.staff("sre admin", 1, day)[0]
            if rng.random() < 0.6:
                who = self.machine("terraform", day)
            domains = rng.sample(self.stack_list, min(len(self.stack_list), rng.randint(3, 10)))
            calls = [call for one in domains for call in (*DOMAINS[one][0][:3], *DOMAINS[one][1])] + self.some(
                "iac", 2, 8
            )
            self.plan(day, hour, who, calls * rng.randint(1, 4), 0.4, surface="iac", region=where)
        elif name == "rollout":
            domain = rng.choice([*DOMAINS])
            self.stack.add(domain)
            self.stack_list = [*dict.fromkeys([*self.stack_list, domain])]
            view, change, _ = DOMAINS[domain]
            pipeline = self.machine("ci", day)
            pipeline.jobs.append(pipeline.job("office", rng.uniform(0.3, 3), (*view[:2], *change[:3]), rng, day))
            user = self.machine("workload", day)
            user.jobs.append(user.job("steady", rng.uniform(1, 25), tuple(apis(rng.choice(ROLLOUTS))), rng, day + 1))
            for one in self.staff("developer data sre ml", 4, day):
                self.plan(day + rng.randint(0, 4), hour, one, [*view[:5], *change[:2]], 9, surface="console")
        elif name == "rename":
            self.machine("workload ci", day).renamed(rng)
        elif name == "rotation":
            keyed = [
                one
                for one in [*self.people, *self.machines]
                if (isinstance(one, _Machine) and one.spec.session == "key")
                or (isinstance(one, _Person) and one.access == "user")
            ]
            if keyed:
                mine = rng.choice(keyed)
                by = mine if isinstance(mine, _Person) and rng.random() < 0.7 else self.staff("admin sre", 1, day)[0]
                self.plan(day, hour, by, apis("iam:ListAccessKeys,CreateAccessKey"), 20, account=mine.account)
                self.plan(
                    day + rng.randint(0, 2),
                    hour + 1,
                    by,
                    apis("iam:UpdateAccessKey,DeleteAccessKey"),
                    9,
                    account=mine.account,
                )
                mine.key += 1
        elif name == "account":
            number = f"{rng.randrange(10**11, 10**12)}"
            self.accounts[f"new{number[:3]}"] = number
            (founder,) = self.staff("admin", 1, day) or [self.people[0]]
            self.plan(
                day,
                hour,
                founder,
                apis("organizations:CreateAccount,DescribeCreateAccountStatus,MoveAccount sts:AssumeRole"),
            )
            self.plan(day, hour + 0.5, founder, self.some("bootstrap", 8, 30), 4, account=number, surface="iac")
            for one in self.staff("developer sre data", 4, day):
                one.accounts.append(number)
        elif name == "misconfigured":
            machine = self.machine("workload ci", day)
            denied = tuple(apis(rng.choice(ROLLOUTS)))[:3]
            machine.jobs.append(
                machine.job("steady", rng.uniform(4, 90), denied, rng, day)._replace(
                    broken=_refusal(denied[0].source), until=day + rng.randint(1, 9)
                )
            )
        elif name == "throttled":
            machine = self.machine("workload ci", day)
            machine.jobs += [
                job._replace(rate=job.rate * 3, broken="ThrottlingException", since=day, until=day + 1)
                for job in machine.jobs[:1]
                if job.pattern == "steady" and job.rate < 300
            ]
        elif name == "hackday":
            for one in self.staff("developer data ml sre contractor", len(self.people) // 3, day):
                domain = rng.choice([*DOMAINS])
                for step in range(rng.randint(1, 4)):
                    view, change, _ = DOMAINS[domain]
                    self.plan(
                        day,
                        hour + step,
                        one,
                        [*view, *rng.sample(change, len(change) // 2)],
                        8,
                        region=rng.choice([*AWS]),
                        account=self.accounts.get("sandbox", ""),
                        surface=rng.choice(("console", "cli", "sdk")),
                        denied=0.1,
                    )
        elif name == "recovery":
            for one in self.staff("sre dba admin", 3, day):
                self.plan(
                    day, hour, one, self.some("recover", 4, 14), 40, region=rng.choice(regions), surface="console"
                )
        elif name == "cleanup":
            one = self.staff("sre admin finance developer", 1, day)[0]
            self.plan(
                day,
                hour,
                one,
                self.some("clean", 2, 7) * rng.randint(1, 12),
                3,
                region=where,
                surface="sdk",
                denied=0.05,
            )
        elif name == "sharing":
            one = self.staff("data ml sre", 1, day)[0]
            self.plan(day, hour, one, self.some("share", 2, 7), 25, surface=rng.choice(("console", "cli", "iac")))
        elif name == "upgrade":
            machine = self.machine("workload ci key", day)
            machine.upgrade(rng)
        elif name == "newtool":
            surface = rng.choice(("cli", "sdk", "iac", "ide"))
            made = rng.choice(TOOLS[surface])
            self.tools[surface].append(made)
            for one in self.staff("developer sre data admin", rng.randint(1, 10), day):
                one.upgrade(surface, rng)
        elif name == "admin":
            one = self.staff("admin sre security", 1, day)[0]
            self.plan(
                day,
                hour,
                one,
                self.some("admin", 2, 9),
                15,
                surface=rng.choice(("console", "cli")),
                account=rng.choice(one.accounts),
            )
        elif name == "root":
            self.plan(
                day,
                hour,
                self.machine("root", day),
                self.some("root", 2, 6),
                12,
                account=rng.choice([*self.accounts.values()]),
            )
        elif name == "promotion":
            one = self.staff("developer sre data support contractor", 1, day)[0]
            one.persona = PERSONAS[rng.choice(("sre", "data", "admin", "security", "developer"))]
            one.project(rng, 0.4)

    def everything(self, share: float) -> list[Api]:
        """What an auditor reads."""
        return [call for name in self.stack_list for call in DOMAINS[name][0] if self.rng.random() < share]

    def _morning(self, day: int) -> None:
        rng = self.rng
        if self.weekday(day) < 5:
            for _ in range(_count(self.hires * 1.4, rng)):
                new = self._person(day)
                self.people.append(new)
                host = self.staff("admin sre", 1, day)[0]
                self.plan(day, 9.2, host, self.some("hire", 2, 5), 20, surface="console")
            for one in self.people:
                if one.end == day and rng.random() < 0.7:
                    self.plan(day, 16, self.staff("admin sre", 1, day)[0], self.some("leave", 2, 6), 15)
        for _ in range(_count(self.launches, rng)):
            self.machines.append(_Machine(self, self._machine_kind(), day, self._lifetime(day)))
        for _ in range(_count(self.previews, rng)):
            self.machines.append(_Machine(self, "preview", day, day + rng.randint(1, 5)))
        for name in self.happenings[day]:
            self.happen(name, day)

    # Attacks

    def _attacks(self, day: int, numbers: Counter[str], a_day: float, told: dict[str, str]) -> None:
        rng = self.attack_rng
        for _ in range(_count(a_day, rng)):
            if not self.techniques:
                self.techniques = rng.sample(TECHNIQUES, len(TECHNIQUES))
            attack = drawn(rng, self.techniques.pop())
            fit = [one for one in self._veterans(day) if one.victim == attack.victim]
            if not fit:
                fit = [one for one in self._veterans(day) if one.victim]
                if not fit:
                    continue
            victim = rng.choice(fit)
            numbers[attack.technique] += 1
            label = f"{attack.technique}#{numbers[attack.technique]}"
            told[label] = f"{attack.told}, {victim.name}"
            self._launch(day, attack, victim, label)

    def _veterans(self, day: int) -> list[_Actor]:
        return [
            one
            for one in [*self.people, *self.machines]
            if one.first is not None and day - one.first >= 14 and one.active >= 4 and one.end > day
        ]

    def _launch(self, day: int, attack: Attack, victim: _Actor, label: str) -> None:
        rng = self.attack_rng
        hour = rng.uniform(9, 19) if attack.office_hours else rng.uniform(0, 24)
        at = self.epoch + day * DAY + (hour - victim.country.zones[0]) * 3600
        if at < self.epoch + day * DAY:
            at += DAY
        country: Country = victim.country
        ip = (
            ""
            if attack.network == "own"
            else _address(
                {
                    "hosting": HOSTING,
                    "tor": TOR,
                    "aws": AWS[rng.choice([*AWS] if rng.random() < 0.5 else [victim.region])],
                    "country": country.homes if rng.random() < 0.5 else country.vpns or HOSTING,
                }[attack.network],
                rng,
            )
        )
        ip = ip or victim.place(at, rng)
        surface = "console" if attack.agent.startswith("Mozilla") else "cli"
        if attack.agent == "own" and isinstance(victim, _Person):
            surface = rng.choice(("cli", "cli", "console", "sdk"))
        agent = attack.agent if attack.agent != "own" else victim.agent(surface)
        account = victim.account
        if isinstance(victim, _Person) and rng.random() < 0.3 and victim.access != "user":
            account = rng.choice(victim.accounts)
        regions = [victim.region]
        if attack.abroad:
            regions = rng.sample([one for one in UNUSED_REGIONS if one not in self.regions], rng.randint(1, 4))
        elif attack.pace == "noisy" and rng.random() < 0.5:
            regions = [*self.regions]
        identity = None
        if isinstance(victim, _Person) and attack.network != "own":
            # Whoever phished a password and a code, or stole a session, has the factor; whoever has a key has none.
            phished = victim.access != "chain" or self.mfa_required or _unit(f"{self.seed} taken {label}") < 0.4
            identity = victim.identity(at, account, surface, mfa=victim.device and phished)
        share = max(1, len(attack.calls) // len(regions))
        for place, region in enumerate(regions):
            part = attack.calls[place * share : (place + 1) * share if place < len(regions) - 1 else None]
            if part:
                self.errands[day].append(
                    _Errand(
                        at,
                        victim,
                        part,
                        attack.gap,
                        account,
                        region,
                        surface,
                        ip,
                        agent,
                        attack.denied,
                        label,
                        identity,
                    )
                )
            at += len(part) * attack.gap
        if attack.chained:
            role = rng.choice([one for one in self.machines if one.spec.session in {"ci", "instance", "name", "task"}])
            session = rng.choice(("botocore-session-1718", "test", "session1", "AWSCLI-Session", "deploy"))
            taken = _session(role.account, role.name, role.role_id, session, label, at)
            self.errands[day].append(
                _Errand(
                    at + 30,
                    role,
                    attack.chained,
                    max(attack.gap, 2),
                    role.account,
                    victim.region,
                    surface,
                    ip,
                    agent,
                    attack.denied,
                    label,
                    taken,
                )
            )

    # The stream

    def perform(self, errand: _Errand, rng: random.Random, rows: list[Row]) -> None:
        """Turns an errand into calls."""
        who, at = errand.who, errand.at
        account, region = errand.account or who.account, errand.region or who.region
        identity = errand.identity or who.identity(at, account, errand.surface)
        ip, agent = errand.ip or who.place(at, rng), errand.agent or who.agent(errand.surface)
        refused: dict[Api, bool] = {}
        known = who.known
        for call in errand.calls:
            error = None
            if errand.denied and call not in known:
                if call not in refused:
                    refused[call] = rng.random() < errand.denied
                if refused[call]:
                    error = _refusal(call.source)
            if error is None and rng.random() < 0.012:
                error = _error(call, rng)
            rows.append((at, call, identity, account, region, ip, agent, error, errand.label))
            at += errand.gap * (0.15 + rng.expovariate(1.15))
        if not errand.label:
            known.update(errand.calls)

    def _day(self, day: int) -> list[Row]:
        rows: list[Row] = []
        rng = self.rng
        for who in [*self.people, *self.machines]:
            if who.start <= day < who.end:
                before = len(rows)
                who.day(day, rng, rows)
                if len(rows) > before:
                    who.active += 1
                    if who.first is None:
                        who.first = day
        return rows

    def calls(self, first_attack_day: int, a_day: float, told: dict[str, str]) -> Iterator[Labelled]:
        """Everything, in order."""
        pending: list[Row] = []
        numbers: Counter[str] = Counter()
        end = self.epoch + self.days * DAY
        number = 0
        head = f"{random.Random(f'{self.seed} ids').getrandbits(32):08x}-7d1e-4c{self.seed % 256:02x}-9b3a-"
        for day in range(self.days):
            self._morning(day)
            pending += self._day(day)
            if day >= first_attack_day:
                self._attacks(day, numbers, a_day, told)
            for errand in self.errands.pop(day, ()):
                self.perform(errand, self.attack_rng if errand.label else self.rng, pending)
            pending.sort(key=itemgetter(0))
            border = self.epoch + (day + 1) * DAY - 14 * 3600 if day < self.days - 1 else end
            cut = next((place for place in range(len(pending) - 1, -1, -1) if pending[place][0] < border), -1) + 1
            for row in pending[:cut]:
                number += 1
                yield self._made(row, f"{head}{number * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFF:012x}")
            del pending[:cut]
            if day % 3 == 0:
                self.sessions.clear()

    def _made(self, row: Row, event_id: str) -> Labelled:
        at, call, who, account, region, ip, agent, error, label = row
        message = None
        if call.event_type != "AwsApiCall" and error:
            error, message = None, "Failed authentication"
        return Labelled(
            ApiCall(
                datetime.fromtimestamp(int(at), UTC),
                call.source,
                call.name,
                event_id,
                "us-east-1" if call.everywhere else region,
                ip,
                _spoken(agent, call.source, call.name) if agent[-1] in "#/" else agent,
                error,
                message,
                who,
                account,
                call.event_type,
                "Management",
                call.read_only,
                True,
                self.endpoints.get(ip) if ip.startswith("10.") else None,
            ),
            label,
        )


PRODUCTS = ("checkout", "search", "platform", "mobile", "insights")
WORKS_IN = {"data": "data", "ml": "data", "security": "security", "admin": "it", "support": "support",
            "manager": "business", "finance": "business"}
"""The departments of those who do not build what is sold."""

HAPPENINGS = {
    "incident": (0.04, 0.2),
    "breakglass": (0.01, 0.05),
    "audit": (0.01, 0.04),
    "scanner": (0.005, 0.03),
    "migration": (0.003, 0.02),
    "refactor": (0.03, 0.2),
    "rollout": (0.05, 0.3),
    "rename": (0.02, 0.12),
    "rotation": (0.05, 0.3),
    "account": (0.01, 0.05),
    "misconfigured": (0.04, 0.2),
    "throttled": (0.02, 0.1),
    "hackday": (0.002, 0.02),
    "recovery": (0.01, 0.06),
    "cleanup": (0.04, 0.2),
    "sharing": (0.03, 0.15),
    "upgrade": (0.1, 0.8),
    "newtool": (0.02, 0.1),
    "admin": (0.3, 1.2),
    "root": (0.01, 0.06),
    "promotion": (0.01, 0.06),
}
"""How often a day, at least and at most, depending on the company."""


def main() -> None:
    """Prints what a world holds."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    told: dict[str, str] = {}
    began = time.perf_counter()
    count, sensitive, errors = 0, 0, 0
    who: set[str] = set()
    doing: set[str] = set()
    kinds: Counter[str] = Counter()
    attacks: Counter[str] = Counter()
    for call, label in world(seed, told=told):
        count += 1
        identity = call.identity
        if label:
            attacks[label] += 1
            continue
        caller = identity.principal_id.split(":")[0] if identity.principal_id else identity.invoked_by or ""
        who.add(caller)
        kinds[identity.type or ""] += 1
        errors += not call.succeeded
        if call.event_name in SENSITIVE:
            sensitive += 1
            doing.add(caller)
    took = time.perf_counter() - began
    print(
        f"seed {seed}: {count} calls in {took:.1f} s ({count / took:,.0f}/s), {len(who)} principals (users, "
        f"roles, services)"
    )
    print("benign by identity:", dict(kinds.most_common()), f"errors {errors}")
    print(f"benign calls of sensitive APIs: {sensitive}, by {len(doing)} principals")
    sizes = sorted(attacks.values())
    print(
        f"attacks: {len(attacks)}, calls {sum(sizes)}, median {sizes[len(sizes) // 2] if sizes else 0}, most "
        f"{sizes[-1:]}"
    )
    print("by technique:", dict(Counter(label.split("#")[0] for label in attacks).most_common()))
    if "-v" in sys.argv:
        for label, text in told.items():
            print(f"  {label}: {attacks[label]} calls, {text}")


if __name__ == "__main__":
    main()
