"""A database is touched, or used, from an address on an open feed of harmful hosts, or from a Tor exit: 10 types.

*The attack.* A database that the Internet reaches is found by those who look for it: they connect, they try passwords,
and with stolen or guessed ones they copy tables and drop them for a ransom. Who does that comes through Tor, or from
hosts that did harm elsewhere.

*How it is told.* By the client's address. Of a connection nobody says at once whether a log-in follows: it is judged
when PostgreSQL's time for logging in is over, and told if nobody tried.

*What ordinary work looks the same.* A colleague behind a shared proxy that a feed names: trust that address. Health
checks connect and do not log in, from the VPC: only public addresses are on lists. Mining pools and sinkholes are no
sign: only feeds of hosts that do harm, or look for victims, are asked.

*Where it is blind.* Feeds that are not loaded. Connections are told by PostgreSQL with `log_connections`, and by
MySQL's error log; statements by pgaudit, `log_statement` and the audit logs alone. Clients behind RDS Proxy or a
load balancer have its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

import msgspec

from vedette.detectors.database_events import about_event, home_key
from vedette.detectors.declare import Memory, Row, database_callers_where, detector, keyed_detector
from vedette.detectors.finding_type import HIGH, MEDIUM, FindingType, Plan, feeds
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.intel.categories import HARMFUL, Category
from vedette.intel.lookup import ListInfo
from vedette.logs.rds import AUTHENTICATION_MS, DbEvent, Did
from vedette.simulate import OUTSIDE, STRANGER, TOR_EXIT, DbClient, Event, Given, db_client, story

# 1. The finding types.


class Deed(StrEnum):
    """What is done, as the types name it."""

    FAILED = "CredentialAccess:RDS/{how}.FailedLogin"
    LOGGED_IN = "CredentialAccess:RDS/{how}.SuccessfulLogin"
    TOUCHED = "Discovery:RDS/{how}"
    READ = "Exfiltration:RDS/{how}"
    DESTROYED = "Impact:RDS/{how}"


_MEANS = {
    Deed.FAILED: (
        MEDIUM, Plan.RDS_LOGIN_EVENTS, "Somebody tried to log in to database {database} from {where}.",
        "A log-in as {principal} at database {database} failed, from {source}, {where}.", "T1110"),
    Deed.LOGGED_IN: (
        HIGH, Plan.RDS_LOGIN_EVENTS, "{principal} logged in to database {database} from {where}.",
        "{principal} logged in to database {database} from {source}, {where}.", "T1078"),
    Deed.TOUCHED: (
        MEDIUM, Plan.RDS_LOGIN_EVENTS, "Somebody connected to database {database} from {where}.",
        "Somebody connected to database {database} from {source}, {where}, and did not try to log in.", "T1046"),
    Deed.READ: (
        HIGH, Plan.RDS_DATA_RISK, "{principal} read data of database {database} from {where}.",
        "{principal} read from {target} of database {database} ({command}), from {source}, {where}.", "T1213.006"),
    Deed.DESTROYED: (
        HIGH, Plan.RDS_DATA_RISK, "{principal} destroyed data of database {database} from {where}.",
        "{principal} destroyed data of database {database} ({command} {target}), from {source}, {where}.", "T1485"),
}


def _types(how: str, where: str, needs: frozenset[str]) -> dict[Deed, FindingType]:
    return {
        deed: FindingType(
            name=deed.format(how=how), severity=severity, plan=plan, resource="RDSDBInstance",
            title=title.replace("{where}", where), description=description.replace("{where}", where),
            attack=(technique,), needs=(needs,),
            remedy="Close the database's port to the Internet. If somebody was let in, change the user's password and "
            "end his sessions, and see in the database's logs what he ran. If the address is yours, put it on a "
            "trusted list.",
        ) for deed, (severity, plan, title, description, technique) in _MEANS.items()
    }


FEED = _types("MaliciousIPCaller", "an address on feed {list}", feeds(*HARMFUL))
TOR = _types("TorIPCaller", "a Tor exit (feed {list})", feeds(Category.TOR_EXIT))

# 2. Settings.

_SYSTEM = ("pg_", "information_schema", "mysql.", "performance_schema", "sys.")
"""How the names of objects begin in which nobody's data are."""
_SESSIONS = 500
"""Log-ins remembered of one address."""

# 3. The logic.


def _meets(of_this_kind: Callable[[ListInfo], bool]) -> Callable[[str, Known], bool]:
    return lambda source, known: any(of_this_kind(match.list) for match in known.intel.threats_of_ip(source))


def _harmful(info: ListInfo) -> bool:
    return info.category in HARMFUL


def _tor(info: ListInfo) -> bool:
    return info.category is Category.TOR_EXIT


def deed_of(event: DbEvent) -> Deed | None:
    """What is done; None: nothing that is told at once."""
    if event.did == Did.FAILED:
        return Deed.FAILED
    if event.did == Did.LOGGED_IN:
        return Deed.LOGGED_IN
    if event.did != Did.ASKED:
        return None
    if event.command.startswith(("DROP", "TRUNCATE", "DELETE")):
        return Deed.DESTROYED
    if event.command in ("SELECT", "COPY") and event.target and not event.target.lower().startswith(_SYSTEM):
        return Deed.READ
    return None


@detector(*(FEED[deed] for deed in Deed if deed is not Deed.TOUCHED), on=database_callers_where(_meets(_harmful)))
def database_caller_on_feed(event: DbEvent, known: Known) -> Signal | None:
    """The client's address is on an open feed of harmful hosts."""
    return _judge(event, known, _harmful, FEED)


@detector(*(TOR[deed] for deed in Deed if deed is not Deed.TOUCHED), on=database_callers_where(_meets(_tor)))
def database_caller_through_tor(event: DbEvent, known: Known) -> Signal | None:
    """The client's address is a Tor exit."""
    return _judge(event, known, _tor, TOR)


def _judge(
    event: DbEvent, known: Known, of_this_kind: Callable[[ListInfo], bool], types: dict[Deed, FindingType]
) -> Signal | None:
    deed = deed_of(event)
    threats = [match for match in known.intel.threats_of_ip(event.source) if of_this_kind(match.list)]
    if deed is None or not threats:
        return None
    return about_event(event, types[deed], threats=threats, identity=(event.user,), words={
        "command": event.command, "target": event.target or "an object"})


class Tried(Memory):
    """Who tried to log in from one address, lately."""

    sessions: dict[str, int] = {}
    """The client's port, or the server's number of the connection → when (ms)."""

    def expire(self, watermark: int) -> bool:
        """Forget those whose connections have all been judged."""
        self.sessions = {one: time for one, time in self.sessions.items() if time + AUTHENTICATION_MS >= watermark}
        return not self.sessions

    def merge(self, other: Tried) -> Tried:
        """Both."""
        both = {one: max(self.sessions.get(one, 0), other.sessions.get(one, 0))
                for one in self.sessions | other.sessions}
        return Tried(_latest(both))


def _latest(sessions: dict[str, int]) -> dict[str, int]:
    kept = sorted(sessions, key=lambda one: (sessions[one], one))[-_SESSIONS:]
    return {one: sessions[one] for one in sorted(kept)}


def _session(event: DbEvent) -> str:
    return str(event.port) if event.port else event.session


def _address(event: DbEvent, known: Known) -> str | None:
    return f"{home_key(event)}/{event.source}" if event.did != Did.ASKED else None


@keyed_detector(FEED[Deed.TOUCHED], on=database_callers_where(_meets(_harmful)), key=_address, memory=Tried)
def database_touched_from_feed(rows: Sequence[Row[DbEvent]], memory: Tried, known: Known) -> Iterator[Signal]:
    """A harmful host connected and did not log in."""
    yield from _untried(rows, memory, known, _harmful, FEED[Deed.TOUCHED])


@keyed_detector(TOR[Deed.TOUCHED], on=database_callers_where(_meets(_tor)), key=_address, memory=Tried)
def database_touched_through_tor(rows: Sequence[Row[DbEvent]], memory: Tried, known: Known) -> Iterator[Signal]:
    """Somebody connected through Tor and did not log in."""
    yield from _untried(rows, memory, known, _tor, TOR[Deed.TOUCHED])


def _untried(
    rows: Sequence[Row[DbEvent]], memory: Tried, known: Known, of_this_kind: Callable[[ListInfo], bool],
    kind: FindingType,
) -> Iterator[Signal]:
    for row in rows:
        event = row.record
        if event.did in (Did.FAILED, Did.LOGGED_IN):
            memory.sessions[_session(event)] = row.time
            if len(memory.sessions) > _SESSIONS:
                memory.sessions = _latest(memory.sessions)
            continue
        tried = memory.sessions.get(_session(event))
        if tried is not None and tried + AUTHENTICATION_MS >= row.time:
            continue
        threats = [match for match in known.intel.threats_of_ip(event.source) if of_this_kind(match.list)]
        if threats:
            # A connection is judged a minute after it was made; that is when it was seen.
            yield about_event(event, kind, threats=threats, logins=(), evidence=(
                msgspec.structs.replace(row.evidence, time=event.moment),))


# 4. EXAMPLES.

_C2 = Given(feeds={"command-and-control": (OUTSIDE,)})
_EXIT = Given(feeds={"tor-exit": (TOR_EXIT,)})


def _tour(who: DbClient) -> list[Event]:
    """One deed of each kind, a minute and a half apart."""
    return [
        who.connects(after=90), who.fails(after=90), who.logs_in(after=90),
        who.runs("SELECT * FROM customers", 4_000, after=5), who.runs("DROP TABLE customers", 0, after=5)]


def _all_of(types: dict[Deed, FindingType], who: DbClient, given: Given, title: str) -> object:
    told = story(title, _tour(who), given=given)
    for deed in Deed:
        told = told.fires(types[deed], {
            "resource.resourceType": "RDSDBInstance",
            "resource.rdsDbInstanceDetails.dbInstanceIdentifier": "shop-db",
            "service.action.actionType": "RDS_LOGIN_ATTEMPT",
            "service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4": who.ip,
        }, count=1)
    return told


EXAMPLES = [
    _all_of(FEED, db_client("postgres", OUTSIDE, application="psql"), _C2,
            "a host that a feed calls command and control connects, guesses, logs in, copies a table and drops it"),
    _all_of(TOR, db_client("postgres", TOR_EXIT, application="psql"), _EXIT, "the same through Tor"),
    story(
        "a log-in tells who failed, and how often",
        db_client("admin", OUTSIDE).fails(), db_client("admin", OUTSIDE).fails(after=30), given=_C2,
    ).fires(FEED[Deed.FAILED], {
        "resource.rdsDbUserDetails.user": "admin", "resource.rdsDbUserDetails.database": "shop",
        "service.action.rdsLoginAttemptAction.LoginAttributes.user": "admin",
        "service.action.rdsLoginAttemptAction.LoginAttributes.failedLoginAttempts": 1,
    }, count=2),
    story(
        "a Limitless Database is guessed at, let in and emptied: its log-ins are its own, its data the cluster's",
        _tour(db_client("postgres", OUTSIDE, application="psql", instance="orders", shard_group="orders-shards")),
        given=_C2,
    ).fires(FEED[Deed.TOUCHED]).fires(FEED[Deed.FAILED], {
        "resource.resourceType": "RDSLimitlessDB",
        "resource.rdsLimitlessDbDetails.dbShardGroupIdentifier": "orders-shards",
        "resource.rdsLimitlessDbDetails.dbClusterIdentifier": "orders",
        "resource.rdsDbInstanceDetails": None,
    }).fires(FEED[Deed.LOGGED_IN], {"resource.rdsDbUserDetails.user": "postgres"}).fires(FEED[Deed.READ], {
        "resource.resourceType": "RDSDBInstance", "resource.rdsDbInstanceDetails.dbClusterIdentifier": "orders",
        "resource.rdsLimitlessDbDetails": None,
    }).fires(FEED[Deed.DESTROYED]),
    story("MySQL: a listed host breaks off, and another time is let in", [
        db_client("app", OUTSIDE, engine="mysql", application="").connects(),
        db_client("app", OUTSIDE, engine="mysql", application="").logs_in(after=90)], given=_C2,
    ).fires(FEED[Deed.TOUCHED], count=1).fires(FEED[Deed.LOGGED_IN], count=1),
    story(
        "a trusted address, a list of mining pools; others come and go",
        db_client("postgres", STRANGER).logs_in(), db_client("app", "10.0.1.7").connects(),
        db_client("app", "10.0.1.7").fails(), db_client("app", "10.0.1.7").runs("SELECT * FROM customers", 9),
        db_client("postgres", TOR_EXIT).connects(),
        given=Given(feeds={"command-and-control": (STRANGER,), "crypto-mining": (TOR_EXIT,)}, trusted_ips=(STRANGER,)),
    ).silent(),
    story("who logs in from there looks at the server only", db_client("postgres", TOR_EXIT).logs_in(), [
        db_client("postgres", TOR_EXIT).runs(statement, 1) for statement in (
            "SELECT version()", "SELECT * FROM pg_catalog.pg_roles", "INSERT INTO notes VALUES (1)")], given=_EXIT,
    ).fires(TOR[Deed.LOGGED_IN], count=1),
]
