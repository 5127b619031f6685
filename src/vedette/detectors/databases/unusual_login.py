"""Somebody logs in to a database in a way that nobody did before: one type.

*The attack.* A user's password is stolen, or a user is made to come back later. Whoever has it logs in from elsewhere,
with another program.

*How it is told.* Of a database it is known who logs in, and of each user from which networks and with which programs,
for 60 days back (`vedette.baselines.uses`). A user of two weeks' history who comes from a network of the Internet that
neither he nor others ever came from is told; so is a user who is new to the database and comes from a network, or with
a program, that is new to it. In the VPC, where addresses come and go, network and program must both be new.

*What ordinary work looks the same.* Connection pools and new machines in the application's subnets, a new colleague in
the known office, users that a vault makes for each session, people who come from somewhere else every week: who takes
up new things all the time is not told of.

*Where it is blind.* The first two weeks of a database's log. A thief in the user's own network, with its program, or in
a network that somebody else comes from. MySQL's logs name no program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from vedette.baselines.presence import LEARNING_MS, day_of, host_number
from vedette.baselines.uses import USERS, Use, Uses
from vedette.detectors.database_events import about_event, home_key, is_of_rds, is_public, network_of
from vedette.detectors.declare import Memory, Row, database_events, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.logs.rds import DbEvent, Did
from vedette.simulate import HOME, OFFICE, OUTSIDE, STRANGER, db_client, every, story
from vedette.simulate.weeks import DAY, comes

# 1. The finding type.

SUCCESSFUL_LOGIN = FindingType(
    name="CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin", severity=MEDIUM, plan=Plan.RDS_LOGIN_EVENTS,
    resource="RDSDBInstance",
    title="{principal} logged in to database {database} in an unusual way, from {source}.",
    description="{principal} logged in to database {database} from {source}. New: {unusual}.",
    attack=("T1078",), severity_note="Low from a private address, Medium from a public one, High after repeated "
    "failures from there.",
    remedy="Ask whoever holds this user's password whether it was he. If not, change it, end his sessions, and see in "
    "the database's logs what he ran. If it was, nothing is to be done: from tomorrow on it is known.",
)

# 2. Settings.

REPEATED = 5
"""Failures from the Internet within an hour, before a success that is then graver."""
LATELY_MS = 3_600_000
FAILING = 100
"""Addresses remembered that failed lately: of more, those that failed last."""
FRESH = 500
"""New things of a day that are remembered."""

_USER, _PLACE, _TOOL = "the user", "the network, to the database", "the program, to the database"
_NETWORK, _PROGRAM = "the network, to the user", "the program, to the user"

# 3. The memory.


class Visitors(Memory):
    """Who logs in to one database, from where, with what."""

    LEARNS = LEARNING_MS

    uses: Uses = msgspec.field(default_factory=Uses)
    failing: dict[str, tuple[int, int]] = {}
    """Address of the Internet → the last failure (ms), and how many there were within an hour of each other."""

    fresh: dict[str, int] = {}
    """What was new, and what was told → the day: it stays new for the rest of it, or a thief's first step would hide
    his second."""

    def is_fresh(self, name: str, day: int) -> bool:
        """It was new on that day."""
        return self.fresh.get(name) == day

    def freshen(self, name: str, day: int) -> None:
        """It is."""
        self.fresh.pop(name, None)
        self.fresh[name] = day
        if len(self.fresh) > FRESH:
            del self.fresh[next(iter(self.fresh))]

    def fail(self, source: str, time: int) -> None:
        """A log-in failed from there."""
        last, number = self.failing.pop(source, (time, 0))
        self.failing[source] = (time, number + 1 if time <= last + LATELY_MS else 1)
        if len(self.failing) > FAILING:
            del self.failing[min(self.failing, key=lambda one: (self.failing[one], one))]

    def failures(self, source: str, time: int) -> int:
        """How many log-ins failed from there lately."""
        last, number = self.failing.get(source, (0, 0))
        return number if time <= last + LATELY_MS else 0

    def expire(self, watermark: int) -> bool:
        """Forget what lies too far back."""
        self.failing = {one: found for one, found in self.failing.items() if watermark <= found[0] + LATELY_MS}
        self.fresh = {one: day for one, day in self.fresh.items() if day >= day_of(watermark)}
        gone = self.uses.expire(day_of(watermark))
        return gone and not self.failing and not self.fresh

    def merge(self, other: Visitors) -> Visitors:
        """Of both."""
        both = {one: max(self.failing.get(one, (0, 0)), other.failing.get(one, (0, 0)))
                for one in self.failing | other.failing}
        kept = sorted(both, key=lambda one: (both[one], one))[-FAILING:]
        fresh = {one: max(self.fresh.get(one, 0), other.fresh.get(one, 0)) for one in self.fresh | other.fresh}
        latest = sorted(fresh, key=lambda one: (fresh[one], one))[-FRESH:]
        return Visitors(self.uses.merge(other.uses), {one: both[one] for one in sorted(kept)},
                        {one: fresh[one] for one in sorted(latest)})


# 4. The logic.


def _database(event: DbEvent, known: Known) -> str | None:
    if is_of_rds(event) or (event.did == Did.FAILED and not is_public(event.source)):
        return None
    return home_key(event)


@keyed_detector(SUCCESSFUL_LOGIN, on=database_events(Did.FAILED, Did.LOGGED_IN, first=True),
                key=_database, memory=Visitors)
def unusual_login(rows: Sequence[Row[DbEvent]], memory: Visitors, known: Known) -> Iterator[Signal]:
    """A user is let in whom the database does not know so."""
    for row in rows:
        event = row.record
        if event.did == Did.FAILED:
            memory.fail(event.source, row.time)
            continue
        day = day_of(row.time)
        news = _news(event, memory, day, known)
        public = is_public(event.source)
        told = "\0".join(("", event.user[:60], *news.values()))
        if not _tells(news, public) or memory.is_fresh(told, day):
            continue
        memory.freshen(told, day)
        failures = memory.failures(event.source, row.time) if public else 0
        severity = HIGH if failures >= REPEATED else MEDIUM if public else LOW
        yield about_event(
            event, SUCCESSFUL_LOGIN, severity=severity, evidence=(row.evidence,), identity=(event.user,),
            logins=[(event.user, event.application, failures, 1)], additional={"unusual": news},
            words={"unusual": ", ".join(f"{what} ({value})" for what, value in news.items())})


def _news(event: DbEvent, memory: Visitors, day: int, known: Known) -> dict[str, str]:
    """What was never seen before, judged and learned: of the user, or, where he is new, of the database."""
    user, network, program = event.user[:60], network_of(event.source, known), event.application[:60]
    # What nobody but he himself excuses asks for more users than are remembered of any thing.
    alone = USERS + 1
    # Who takes up new programs all the time may still come from one network only: each is a history of its own.
    asked = (
        (_USER, user, "users", alone),
        (_PLACE, network, "networks", alone),
        (_TOOL, program, "programs", alone),
        (_NETWORK, network, f"networks of {user}", 1),
        (_PROGRAM, program, f"programs of {user}", alone),
    )
    news: dict[str, str] = {}
    for what, value, whose, peers in asked:
        if not value:
            continue
        name = f"{whose}: {value}"
        if memory.uses.use(host_number(whose), f"{what}: {value}", day, peers) is Use.UNUSUAL:
            memory.freshen(name, day)
        if memory.is_fresh(name, day):
            news[what] = value
    return news


def _tells(news: dict[str, str], public: bool) -> bool:
    if _USER in news:
        return _PLACE in news or _TOOL in news
    if public:
        return _NETWORK in news
    return {_PLACE, _NETWORK, _PROGRAM} <= news.keys()


# 5. EXAMPLES.

_app, _dba = db_client("app", "10.0.1.7"), db_client("dba", OFFICE, application="psql")
_stolen = db_client("app", OUTSIDE, application="psql")

EXAMPLES = [
    story("an application's user comes from the Internet", comes(_app, _dba), _stolen.logs_in())
    .fires(SUCCESSFUL_LOGIN, {
        "severity": MEDIUM, "resource.rdsDbUserDetails.user": "app",
        "resource.rdsDbUserDetails.application": "psql",
        "service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4": OUTSIDE,
    }, count=1),
    story("after some failures", comes(_app, _dba), [_stolen.fails(after=40) for _ in range(6)], _stolen.logs_in())
    .fires(SUCCESSFUL_LOGIN, {
        "severity": HIGH, "service.action.rdsLoginAttemptAction.LoginAttributes.failedLoginAttempts": 6}, count=1),
    story("a user that nobody knew comes from a machine that never came, with a new program", comes(_app, _dba),
          db_client("svc_sync", "10.0.200.9", application="").logs_in()).fires(
              SUCCESSFUL_LOGIN, {"severity": LOW, "resource.rdsDbUserDetails.user": "svc_sync"}, count=1),
    story("an application's user comes from another subnet, with another program", comes(_app, _dba),
          db_client("app", "10.0.200.9", application="pgcli").logs_in()).fires(
              SUCCESSFUL_LOGIN, {"severity": LOW}, count=1),
    story("a thief comes as the application first, and then as a user that he made", comes(_app, _dba),
          _stolen.logs_in(), db_client("svc_sync", OUTSIDE, application="psql").logs_in(), _stolen.logs_in())
    .fires(SUCCESSFUL_LOGIN, findings=2, count=1),
    story("a new machine, a new user in the office, the administrator on the application's machine", comes(_app, _dba),
          db_client("app", "10.0.2.200").logs_in(), db_client("eve", OFFICE, application="psql").logs_in(),
          db_client("dba", "10.0.1.9", application="psql").logs_in()).silent(),
    story("a machine in a new subnet, with the application's program", comes(_app, _dba),
          db_client("app", "10.0.200.9").logs_in()).silent(),
    story("somebody who works from everywhere", comes(_app, _dba), every(
        DAY * 3, 6, lambda n: [_app.logs_in(), db_client("dba", f"9.{n + 20}.4.1", application="psql").logs_in()]),
          _dba.logs_in(), db_client("dba", HOME, application="psql").logs_in()).fires(SUCCESSFUL_LOGIN, count=1),
    story("a vault makes a user for each session", every(DAY, 20, lambda n: [
        _app.logs_in(), db_client(f"v-token-{n}", "10.0.7.1", application=f"job-{n}").logs_in(after=900)])).silent(),
    story("a log of one week", comes(_app, _dba, days=7), db_client("app", STRANGER, application="psql").logs_in())
    .silent(),
]
