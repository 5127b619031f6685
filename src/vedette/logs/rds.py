"""What happens at RDS and Aurora databases: connections, log-ins and statements, as their own logs tell.

PostgreSQL writes them to its server log (`log_connections`, pgaudit), MySQL and MariaDB to an audit log and an error
log; RDS passes these on to CloudWatch Logs, a group for each log of an instance or cluster. `rds_postgres` and
`rds_mysql` know the forms; here is what they have in common, and OCSF's class Authentication.

No entry says of which database instance, account or Region it is: the envelope of CloudWatch Logs does, or the path of
its object. An Aurora Limitless Database is told by its group, which names its shard group behind the cluster, and of
which router or shard an entry is, is not kept. Entries that are about none of these things are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from vedette.logs.cloudtrail import EARLIEST, LATEST

AUTHENTICATION_MS = 60_000
"""PostgreSQL's ``authentication_timeout``: who has not logged in so long after he connected never will."""

LONGEST = 256
"""Characters kept of a name: PostgreSQL cuts its own at 63, MySQL at 32 and 64."""
LONGEST_STATEMENT = 1_000
"""Characters kept of a statement."""

_GROUP = re.compile(
    r"(?:^|/)aws/rds/(instance|cluster)/([A-Za-z0-9][A-Za-z0-9-]{0,62})/([a-z]{1,20})(?=/|$)", re.ASCII)
_SHARDS = re.compile(
    r"(?:^|/)aws/rds/cluster/([A-Za-z0-9][A-Za-z0-9-]{0,62})/([A-Za-z][A-Za-z0-9-]{0,62})/(postgresql)(?=/|$)",
    re.ASCII)
"""The log group of an Aurora Limitless Database's shard group."""
_STREAM = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,62})(?:\.\d+)?(?:\..*)?", re.ASCII)
GROUPS = b"/aws/rds/"
"""How the log groups of RDS begin."""


class Did(StrEnum):
    """What happened."""

    CONNECTED = "connected"
    """Somebody connected: whether he logs in is told later, if he does."""
    TOUCHED = "touched"
    """Somebody connected, and did not log in."""
    FAILED = "failed"
    """Somebody was not let in."""
    LOGGED_IN = "logged in"
    ASKED = "asked"
    """A statement was run."""


_ORDER: dict[str, str] = {did: str(number) for number, did in enumerate((*list(Did)[1:], Did.CONNECTED))}
"""Of what the log dates alike (most of these logs have whole seconds), what is taken to come first."""


class Home(NamedTuple):
    """The database whose log it is; empty where nobody says."""

    instance: str = ""
    cluster: str = ""
    log: str = ""
    """Which of its logs: ``postgresql``, ``audit``, ``error``, …"""
    shard_group: str = ""
    """Of a Limitless Database."""


UNKNOWN = Home()


def home_of(group: str, stream: str = "") -> Home:
    """Whose log group this is, or whose group's name a path has in it, with the stream's behind it.

    >>> home_of("/aws/rds/cluster/shop/postgresql", "shop-instance-1.0")
    Home(instance='shop-instance-1', cluster='shop', log='postgresql', shard_group='')
    """
    if sharded := _SHARDS.search(group):
        return Home("", sharded[1], sharded[3], sharded[2])
    found = _GROUP.search(group)
    if not found:
        return UNKNOWN
    kind, name, log = found.groups()
    if kind == "instance":
        return Home(name, "", log)
    told = _STREAM.fullmatch(stream or re.split(r"[/?]", group[found.end() + 1:])[0])
    return Home(told[1] if told else "", name, log)


class DbEvent(msgspec.Struct, gc=False, omit_defaults=True):
    """Something that happened at a database."""

    moment: int
    """When, in milliseconds since the epoch."""
    did: str
    """One of `Did`."""
    engine: str = ""
    """``postgresql`` or ``mysql``, which is MariaDB as well: their logs do not tell them apart."""
    user: str = ""
    database: str = ""
    source: str = ""
    """Where the client is: an address; a name, where the server looks names up; ``[local]``."""
    port: int = 0
    """The client's; 0: not known."""
    session: str = ""
    """The server's number of the connection."""
    application: str = ""
    ssl: str = ""
    """``TLSv1.3``; empty: none, or not known."""
    method: str = ""
    """How he is authenticated, where the entry says so."""
    reason: str = ""
    """Why he was not let in."""
    command: str = ""
    """``SELECT``, ``DROP TABLE``, …"""
    target: str = ""
    """The object that a statement is about, where it names one."""
    rows: int | None = None
    """Rows that a statement read or changed, where the log has them."""
    whole: bool = False
    """It is about all rows of a table, as far as can be seen."""
    statement: str = ""
    account_id: str = ""
    region: str = ""
    instance: str = ""
    cluster: str = ""
    shard_group: str = ""

    @property
    def time(self) -> int:
        """When it is judged (ms): of a connection, when it is over or has logged in. Else when it happened."""
        return min(self.moment + AUTHENTICATION_MS, LATEST) if self.did == Did.CONNECTED else self.moment

    @property
    def record(self) -> str:
        """Identity of the entry: what it says. Sorts entries of one moment as they must have been."""
        return _ORDER.get(self.did, "9") + blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()

    @property
    def home(self) -> str:
        """The cluster, or the instance that is none's; empty: not known."""
        return self.cluster or self.instance


def at(event: DbEvent, home: Home, account: str = "") -> DbEvent:
    """The event, of that database and account."""
    event.instance, event.cluster = event.instance or home.instance, event.cluster or home.cluster
    event.shard_group = event.shard_group or home.shard_group
    event.account_id = account
    return event


def cut(text: str, most: int = LONGEST) -> str:
    """A text that some log gives, in the length that is kept. What is no Unicode text cannot be passed on."""
    text = text[:most]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def bounded(millis: int) -> int:
    """A time that can be written down."""
    return min(max(millis, EARLIEST), LATEST)


def span(events: Sequence[DbEvent]) -> tuple[int, int]:
    """The earliest and the latest time (ms) of events: of one at least."""
    times = [event.moment for event in events]
    return min(times), max(times)


# What a statement does, as far as its first words tell

_WORDS = re.compile(
    r"(?:\s|--[^\n]{0,1000}(?:\n|$)|/\*[^*]{0,1000}(?:\*(?!/)[^*]{0,1000}){0,50}\*/|\()*+"
    r"([A-Za-z]{1,20})(?:\s+([A-Za-z]{1,20}))?(?:\s+([A-Za-z]{1,20}))?")
_TWO_WORDS = frozenset({"ALTER", "CREATE", "DROP", "GRANT", "REVOKE"})
_NAME = r'((?:[\w$]+|"[^"]{1,200}"|`[^`]{1,200}`)(?:\.(?:[\w$]+|"[^"]{1,200}"|`[^`]{1,200}`)){0,2})'
_FROM = re.compile(rf"\b[Ff](?i:rom)\s+(?:(?i:only)\s+)?{_NAME}")
_COPY = re.compile(rf"\bcopy\s+(?:{_NAME}|\()[^;]*?\bto\b", re.IGNORECASE | re.DOTALL)
_DROP = re.compile(
    r"\b(?:drop|truncate)\s+(?:(?:foreign\s+|temporary\s+)?table\s+|(?:materialized\s+)?view\s+|database\s+|schema\s+|"
    rf"index\s+|sequence\s+|type\s+|role\s+|user\s+|function\s+)?(?:if\s+exists\s+)?(?:only\s+)?{_NAME}", re.IGNORECASE)
_CREATE = re.compile(
    rf"\bcreate\s+(?:[a-z]{{1,12}}\s+){{0,3}}?table\s+(?:if\s+not\s+exists\s+)?{_NAME}", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:where|limit|fetch|join|group|having|offset|tablesample|union|count|sum|min|max|avg|exists)\b", re.IGNORECASE)
_READS = frozenset({"SELECT", "TABLE", "COPY"})


class Statement(msgspec.Struct, frozen=True, gc=False):
    """What it does."""

    verb: str
    """Its first word, in upper case."""
    command: str
    target: str
    whole: bool


def understood(text: str, command: str = "", target: str = "") -> Statement:
    """A statement; ``command`` and ``target`` are what the log itself says of it.

    >>> understood("/* nightly */ DELETE FROM shop.carts")
    Statement(verb='DELETE', command='DELETE', target='shop.carts', whole=True)
    """
    if len(text) > _OFTEN:
        return _understood(text[:4 * LONGEST_STATEMENT], command, target)
    return _remembered(text, command, target)


def _understood(text: str, command: str, target: str) -> Statement:
    first = _WORDS.match(text)
    verb = first[1].upper() if first else ""
    if not command:
        second, third = ((part or "").upper() for part in first.groups()[1:]) if first else ("", "")
        if verb in _TWO_WORDS and second in ("TEMPORARY", "TEMP", "UNLOGGED", "MATERIALIZED", "FOREIGN", "GLOBAL"):
            second = f"{second} {third}" if second in ("MATERIALIZED", "FOREIGN") else third
        command = f"{verb} {second}" if verb in _TWO_WORDS else "TRUNCATE TABLE" if verb == "TRUNCATE" else verb
    found: re.Match[str] | None = None
    whole = False
    if verb == "COPY":
        found = _COPY.search(text)
        whole = found is not None
    elif verb in ("SELECT", "DELETE"):
        found = _FROM.search(text)
        # Most statements are about some rows: what says so is looked for in the cheapest way first.
        whole = (found is not None and " WHERE " not in text and " where " not in text and _PART.search(text) is None
                 and "," not in text[found.end():found.end() + 200])
    elif verb in ("DROP", "TRUNCATE"):
        found = _DROP.search(text)
        whole = verb == "TRUNCATE"
    elif verb == "CREATE":
        found = _CREATE.search(text)
    if not target and found:
        target = (found[1] or "").replace('"', "").replace("`", "")
    return Statement(verb, cut(command.strip(), 40), cut(target), whole)


_OFTEN = 300
"""Characters of statements that are remembered: an application's are always the same."""
_remembered = lru_cache(8_192)(_understood)


# OCSF

_LOGON = 1
_SUCCESS, _FAILURE = 1, 2
_OF_RDS = re.compile(r"\b(?:amazon ?)?(?:rds|aurora)\b", re.IGNORECASE)


def is_database_login(value: Mapping[str, Any]) -> bool:
    """An OCSF record of class Authentication is about RDS: its product, its service or where it was logged says so."""
    told = (_of(value, "metadata", "product", "name"), _of(value, "metadata", "product", "feature", "name"),
            _of(value, "metadata", "log_name"), _of(value, "metadata", "log_provider"), _of(value, "service", "name"),
            _of(value, "dst_endpoint", "svc_name"))
    return any(_OF_RDS.search(one[:200]) for one in told)


def from_ocsf(value: Mapping[str, Any], time: int | None) -> DbEvent | None:
    """A log-in; None: another activity.

    Raises:
        ValueError: it does not say when, or whether it succeeded.
    """
    if time is None:
        raise ValueError("time is missing")
    if value.get("activity_id", _LOGON) != _LOGON:
        return None
    status = value.get("status_id") or {"success": _SUCCESS, "failure": _FAILURE}.get(_of(value, "status").lower())
    if status not in (_SUCCESS, _FAILURE):
        raise ValueError("status_id must be 1 (Success) or 2 (Failure)")
    endpoint = value.get("src_endpoint")
    port = endpoint.get("port") if isinstance(endpoint, Mapping) else None
    home = home_of(_of(value, "metadata", "log_name"), "")
    engine = "mysql" if re.search("mysql|maria", _of(value, "dst_endpoint", "svc_name") + _of(
        value, "metadata", "product", "feature", "name"), re.IGNORECASE) else "postgresql"
    return DbEvent(
        moment=bounded(time), did=Did.LOGGED_IN if status == _SUCCESS else Did.FAILED, engine=engine,
        user=cut(_of(value, "user", "name") or _of(value, "actor", "user", "name")),
        database=cut(_of(value, "database", "name") or _of(value, "dst_endpoint", "database")),
        source=cut(_of(value, "src_endpoint", "ip") or _of(value, "src_endpoint", "hostname")),
        port=port if isinstance(port, int) and 0 < port < 65_536 else 0,
        session=cut(_of(value, "session", "uid") or _of(value, "metadata", "uid"), 64),
        application=cut(_of(value, "http_request", "user_agent") or _of(value, "actor", "app_name")),
        method=cut(_of(value, "auth_protocol"), 64), reason=cut(_of(value, "status_detail")),
        instance=home.instance or cut(_of(value, "dst_endpoint", "instance_uid") or _of(value, "dst_endpoint", "name")),
        cluster=home.cluster, shard_group=home.shard_group, account_id=cut(_of(value, "cloud", "account", "uid"), 12),
        region=cut(_of(value, "cloud", "region"), 40))


def _of(value: Any, *path: str) -> str:
    for name in path:
        if not isinstance(value, Mapping):
            return ""
        value = value.get(name)
    return value if isinstance(value, str) else ""
