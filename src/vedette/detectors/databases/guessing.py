"""Passwords of a database are guessed, and perhaps one is found: two types.

*The attack.* Somebody tries passwords for the users whose names everybody knows (``postgres``, ``admin``, ``root``), or
one password for many users, until one of them is let in.

*How it is told.* Failures in a row from one address, with no hour of rest between, are counted, and how many users
they are of. What is usual is learned from the 28 days before: no address is told of that fails less than four times
what some address does every other day. Who is let in after that, from where this user never came from, has found it.
In the first two weeks of a database's log only guessing that can be nothing else is told: from the Internet, 50 times
or as 8 users. Some servers' logs do not say where clients are: then all are one place, and only failures are told.

*What ordinary work looks the same.* A password was changed and the application was not told: it fails a hundred times,
from a place that it always came from, and is told once, as failures; that it comes in again is no finding. A job with a
wrong password that fails every night for weeks, slips of the finger, health checks that do not log in.

*Where it is blind.* Guessing by many hosts with a few tries each; less than one try an hour; an attacker in a subnet
that the user's own application is in; failures that the log does not have (MySQL: neither audit nor error log).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from vedette.baselines.presence import DAY_MS, LEARNING, SEEN_ON, Days, day_of
from vedette.detectors.database_events import about_event, home_key, is_of_rds, is_public, place_of
from vedette.detectors.declare import Memory, Row, database_events, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence, Signal
from vedette.logs.rds import DbEvent, Did
from vedette.simulate import OUTSIDE, DbClient, Event, db_client, every, story
from vedette.simulate.weeks import DAY, comes

# 1. The finding types.

FAILED_LOGIN = FindingType(
    name="CredentialAccess:RDS/AnomalousBehavior.FailedLogin", severity=LOW, plan=Plan.RDS_LOGIN_EVENTS,
    resource="RDSDBInstance",
    title="Log-ins to database {database} failed unusually often, from {source}.",
    description="{failures} log-ins to database {database} failed from {source} ({users}). {usual}",
    attack=("T1110",),
    remedy="If the address is an application's of yours, give it the right password. If not, keep it away from the "
    "database: let in the addresses of your applications alone.",
)
BRUTE_FORCE = FindingType(
    name="CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce", severity=HIGH, plan=Plan.RDS_LOGIN_EVENTS,
    resource="RDSDBInstance",
    title="{principal} logged in to database {database} after {failures} failures, from {source}.",
    description="{principal} logged in to database {database} from {source}, after {failures} log-ins had failed from "
    "there ({users}). As far as is known, the user had not come from there before.",
    attack=("T1110", "T1078"),
    remedy="Change the user's password, end his sessions, and see in the database's logs what he ran. Keep the "
    "database's port away from the Internet.",
)

# 2. Settings.

FEW = 20
"""Failures in a row that people and applications come to by themselves: they are never told."""
MANY_USERS = 5
"""Users from one place that fail in a row: an application has one or two."""
AS_USUAL = 4
"""Times what is usual that is told."""
AFTER_CHANGE = 100
"""Failures, of a user from where he always comes, before they are told: a changed password is soon put right."""
GLARING, GLARING_USERS = 50, 8
"""Failures, and users, from one place of the Internet that are told of a database of which nothing is known yet."""
ENOUGH = 10
"""Failures before a success that is told: with fewer nothing is guessed but by luck."""
REST_MS = 3_600_000
"""So long without a failure ends a row of them."""
PAIRS = 1_000
"""Users and subnets remembered of a database: those that were seen last."""
ROWS = 100
"""Addresses that fail, remembered at once: those with the fewest failures make room."""
USERS = 8
"""Users remembered of one row: as many as settings ask for, and shown."""
NAME = 64
"""Characters of a user's name that are remembered: servers have no longer ones."""
FORGOTTEN, HISTORY = 90, 28
"""Days after which a user's place is forgotten, and days of failures that are looked back on."""

# 3. The memory.


class Tries(msgspec.Struct, array_like=True):
    """Failures in a row, from one place."""

    began: int
    last: int
    number: int = 0
    users: dict[str, int] = {}
    """Who failed, and how often."""
    told: int = 0
    """How many failures were told of; 0: none."""
    first: Evidence | None = None


class Guesses(Memory):
    """Of one database: who comes from where, and who fails."""

    seen: Days = msgspec.field(default_factory=Days)
    first: int = 0
    """The first day."""
    pairs: dict[str, tuple[int, int]] = {}
    """User and place → the first and the last time (ms) that he was let in."""
    tries: dict[str, Tries] = {}
    most: dict[int, int] = {}
    """Day → the most failures in a row from one place; of places that were told of, none."""

    def is_settled(self, day: int) -> bool:
        """What was before that day is history enough."""
        return self.first <= day - LEARNING and self.seen.before(day) >= SEEN_ON

    def usual(self, day: int) -> int:
        """What some place fails on all but the worst day of the last weeks."""
        numbers = sorted(number for when, number in self.most.items() if day - HISTORY <= when < day)
        return numbers[-2] if len(numbers) > 1 else 0

    def failed(self, row: Row[DbEvent]) -> Tries:
        """Somebody was not let in: the row of failures that this is one of."""
        place = row.record.source
        tries = self.tries.get(place)
        if tries is None or row.time > tries.last + REST_MS:
            if place not in self.tries and len(self.tries) >= ROWS:
                least = sorted(self.tries, key=lambda one: (self.tries[one].number, self.tries[one].last, one))
                for one in least[:ROWS // 8]:
                    del self.tries[one]
            tries = self.tries[place] = Tries(row.time, row.time, first=row.evidence)
        tries.last = max(row.time, tries.last)
        tries.number += 1
        user = row.record.user[:NAME]
        if user in tries.users or len(tries.users) < USERS:
            tries.users[user] = tries.users.get(user, 0) + 1
        return tries

    def learn_failures(self, tries: Tries, day: int) -> None:
        """What is not told of becomes usual, when its day is over."""
        self.most[day] = max(self.most.get(day, 0), tries.number)
        if len(self.most) > HISTORY:
            del self.most[min(self.most)]

    def let_in(self, pair: str, time: int) -> None:
        """A user came from a place."""
        first, _ = self.pairs.pop(pair, (time, time))
        self.pairs[pair] = (min(first, time), time)
        if len(self.pairs) > PAIRS:
            oldest = sorted(self.pairs, key=lambda one: (self.pairs[one][1], one))
            for one in oldest[:PAIRS // 8]:
                del self.pairs[one]

    def expire(self, watermark: int) -> bool:
        """Forget rows that are over, and who has not come for long."""
        day = day_of(watermark)
        self.tries = {place: one for place, one in self.tries.items() if watermark <= one.last + REST_MS}
        self.pairs = {pair: times for pair, times in self.pairs.items() if day <= day_of(times[1]) + FORGOTTEN}
        self.most = {when: number for when, number in self.most.items() if day <= when + FORGOTTEN}
        there = self.seen.bits and day <= self.seen.last + FORGOTTEN
        return not there and not self.tries and not self.pairs and not self.most

    def merge(self, other: Guesses) -> Guesses:
        """Of both."""
        pairs = dict(self.pairs)
        for pair, (first, last) in other.pairs.items():
            ours = pairs.get(pair, (first, last))
            pairs[pair] = (min(first, ours[0]), max(last, ours[1]))
        kept = sorted(pairs, key=lambda one: (pairs[one][1], one))[-PAIRS:]
        tries = dict(self.tries)
        for place, one in other.tries.items():
            tries[place] = _both(tries[place], one) if place in tries else one
        most = {day: max(self.most.get(day, 0), other.most.get(day, 0)) for day in self.most | other.most}
        firsts = [one for one in (self.first, other.first) if one]
        return Guesses(
            self.seen.merged(other.seen), min(firsts, default=0), {one: pairs[one] for one in sorted(kept)},
            {place: tries[place] for place in sorted(tries, key=lambda one: (-tries[one].number, one))[:ROWS]},
            {day: most[day] for day in sorted(most)[-HISTORY:]})


def _both(one: Tries, other: Tries) -> Tries:
    early, late = sorted(
        (one, other), key=lambda each: (each.began, each.last, each.number, sorted(each.users.items())))
    if late.began > early.last + REST_MS:
        return late
    users = {user: one.users.get(user, 0) + other.users.get(user, 0) for user in sorted(one.users | other.users)}
    return Tries(early.began, max(one.last, other.last), one.number + other.number, dict(list(users.items())[:USERS]),
                 max(one.told, other.told), early.first)


# 4. The logic.


def _database(event: DbEvent, known: Known) -> str | None:
    return None if is_of_rds(event) else home_key(event)


@keyed_detector(FAILED_LOGIN, BRUTE_FORCE, on=database_events(Did.FAILED, Did.LOGGED_IN, first=True),
                key=_database, memory=Guesses)
def guessed_passwords(rows: Sequence[Row[DbEvent]], memory: Guesses, known: Known) -> Iterator[Signal]:
    """Log-ins fail again and again from one place; one that is let in after that."""
    for row in rows:
        event, day = row.record, day_of(row.time)
        memory.first = memory.first or day
        memory.seen.add(day)
        place = place_of(event.source)
        pair = f"{event.user[:NAME]}\0{place}"
        if event.did == Did.LOGGED_IN:
            tries = memory.tries.get(event.source)
            first, last = memory.pairs.get(pair, (row.time, -REST_MS))
            # More of the hour may not be told: see `DatabaseEvents.first`.
            if last // REST_MS == row.time // REST_MS:
                continue
            # A row of failures may have no end: who was let in a day ago did not guess.
            new = tries is not None and first >= max(tries.began, row.time - DAY_MS)
            if (tries is not None and new and row.time <= tries.last + REST_MS
                    and _found(tries, event, memory.is_settled(day))):
                yield _said(row, BRUTE_FORCE, tries, "")
            memory.let_in(pair, row.time)
            continue
        tries = memory.failed(row)
        usual = memory.usual(day)
        if not tries.told and _unusual(tries, event, memory, pair, usual, day):
            tries.told = tries.number
            yield _said(row, FAILED_LOGIN, tries, _in_words(usual, memory.is_settled(day)))
        if not tries.told:
            memory.learn_failures(tries, day)


def _unusual(tries: Tries, event: DbEvent, memory: Guesses, pair: str, usual: int, day: int) -> bool:
    if not memory.is_settled(day):
        # Not every log says where a client is.
        outside = not event.source or is_public(event.source)
        return outside and (tries.number >= GLARING or len(tries.users) >= GLARING_USERS)
    if pair in memory.pairs and memory.pairs[pair][0] < tries.began:
        return tries.number >= max(AFTER_CHANGE, AS_USUAL * usual)
    return tries.number >= max(FEW, AS_USUAL * usual) or (
        len(tries.users) >= MANY_USERS and tries.number > usual)


def _found(tries: Tries, event: DbEvent, settled: bool) -> bool:
    """The user is one of those that were tried, often enough."""
    if tries.users.get(event.user[:NAME], 0) < ENOUGH and len(tries.users) < MANY_USERS:
        return False
    return tries.number >= ENOUGH and (settled or (is_public(event.source) and tries.number >= FEW))


def _in_words(usual: int, settled: bool) -> str:
    if not settled:
        return "The log is too new to say what is usual."
    return f"Usual are {usual} in a row from one place." if usual else "Usually none do."


def _said(row: Row[DbEvent], kind: FindingType, tries: Tries, usual: str) -> Signal:
    event = row.record
    named = sorted(tries.users, key=lambda user: (-tries.users[user], user))
    counts = [(user, event.application if user == event.user else "", tries.users[user],
               int(kind is BRUTE_FORCE and user == event.user)) for user in named]
    if kind is BRUTE_FORCE and event.user not in tries.users:
        counts.append((event.user, event.application, 0, 1))
    evidence = sorted({tries.first or row.evidence, row.evidence})
    return about_event(
        event, kind, logins=counts, evidence=evidence, first_seen=evidence[0].time,
        identity=(place_of(event.source),), additional={"failedLogins": tries.number, "since": tries.began},
        words={"failures": str(tries.number), "usual": usual,
               "users": f"as {', '.join(user or '(nobody)' for user in named)}"})


# 5. EXAMPLES.

_app = db_client("app", "10.0.1.7")
_bot, _taken = db_client("postgres", OUTSIDE, application=""), db_client("app", "10.0.200.9")


def _guesses(who: DbClient, number: int, *users: str, after: float = 20.0) -> list[Event]:
    return [who.fails(user=users[n % len(users)] if users else "", after=after) for n in range(number)]


EXAMPLES = [
    story("a machine in the VPC guesses an application's password and finds it", comes(_app), _guesses(_taken, 24),
          _taken.logs_in())
    .fires(FAILED_LOGIN, {
        "service.action.rdsLoginAttemptAction.LoginAttributes.failedLoginAttempts": FEW,
        "service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4": "10.0.200.9",
        "resource.rdsDbUserDetails.user": "app",
    }, count=1)
    .fires(BRUTE_FORCE, {
        "resource.rdsDbUserDetails.user": "app", "resource.rdsDbUserDetails.ssl": "TLSv1.3",
        "service.action.rdsLoginAttemptAction.LoginAttributes.successfulLoginAttempts": 1,
        "service.action.rdsLoginAttemptAction.LoginAttributes.failedLoginAttempts": 24,
    }, count=1),
    story("one password is tried for many users, from a machine in the VPC", comes(_app), _guesses(
        db_client("", "10.0.200.9", application=""), 5, "admin", "postgres", "root", "backup", "reports"))
    .fires(FAILED_LOGIN, count=1),
    story("a database of which nothing is known is guessed at from the Internet, in vain", _guesses(_bot, 60))
    .fires(FAILED_LOGIN, count=1),
    story("and with success; MySQL", _guesses(db_client("root", OUTSIDE, engine="mysql"), 25),
          db_client("root", OUTSIDE, engine="mysql").logs_in()).fires(BRUTE_FORCE, count=1),
    story("a changed password: the application fails for an hour, and comes in again", comes(_app),
          _guesses(_app, 180), _app.logs_in()).fires(FAILED_LOGIN, {"resource.rdsDbUserDetails.user": "app"}, count=1),
    story("a changed password is put right after a quarter of an hour", comes(_app), _guesses(_app, 60), _app.logs_in())
    .silent(),
    story("on a new machine a password is mistyped, and then right", comes(_app), _guesses(_taken, 6), _taken.logs_in())
    .silent(),
    story("a job fails eighteen times every night for weeks, and then forty times", comes(_app, days=8), every(
        DAY, 16, lambda _: [_app.logs_in(), *_guesses(db_client("report", "10.0.9.1"), 18, after=60)]),
          _guesses(db_client("report", "10.0.9.1"), 40, after=60)).silent(),
    story("in a new log, a machine in the VPC has a wrong password, and then the right one", _guesses(_app, 60),
          _app.logs_in()).silent(),
    story("beside a job that fails for ever, another user of its machine mistypes his password", comes(_app), every(
        1_200, 80, lambda _: db_client("report", "10.0.200.9").fails(at=0.0), at=18 * DAY), _taken.fails(after=60),
          _taken.logs_in()).fires(FAILED_LOGIN, count=1),
    story("RDS's own users fail, as they do", comes(_app), _guesses(db_client("rdsadmin", "10.0.3.4"), 60)).silent(),
]
