"""The audit logs of MySQL and MariaDB on RDS and Aurora, and their error logs.

Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.Options.AuditPlugin.html (RDS: MariaDB's
``server_audit``, with times as ``20260302 09:00:00``) and
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html (microseconds since the epoch).
An error log tells of those who were not let in, and of those who did not try.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from vedette.logs.rds import LONGEST_STATEMENT, DbEvent, Did, bounded, cut, understood

_AUDIT = re.compile(
    r"(?:(\d{8} +\d{1,2}:\d\d:\d\d)|(\d{16})),([^,\n]{0,255}),([^\n]{0,130}?),([^,\n]{0,255}),(\d{0,20}),(\d{0,20}),"
    r"([A-Z_]{2,20}),([^,\n]{0,130}),('.*'|[^,\n]*),(\d{0,10})(?:,\d{0,3})?\s*$", re.DOTALL)
_AUDIT_BEGINS = re.compile(r"(?:\d{8} +\d{1,2}:\d\d:\d\d|\d{16}),[^,\n]{0,255},")
_ERROR = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]+(\d{1,2}:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)? +(?:(\d{1,20}) +)?"
    r"(?:0x[0-9a-f]{1,16} +)?\[(Note|Warning|ERROR|System)\] ?(.*)", re.DOTALL)
_DENIED = re.compile(r"Access denied for user '([^\n]{0,130}?)'@'([^'\n]{0,255})'")
_UNTRIED = re.compile(
    r"Aborted connection \d{1,20} to db: '[^\n]{0,130}?' user: 'unauthenticated' host: '([^'\n]{1,255})'")
_REFUSED = frozenset({"1045", "1698", "1130", "3118", "4151", "1862", "1396", "1524"})
"""Error numbers: the password, the plug-in or the host is not right, or the account is locked."""
_BROKEN_OFF = frozenset({"1043", "1156", "1158", "1159", "1160", "1161", "1184"})
"""The client went, or spoke another language, before he said who he is."""
_QUERIES = frozenset({"QUERY", "QUERY_DDL", "QUERY_DML", "QUERY_DML_NO_SELECT", "QUERY_DCL"})
_ON_TABLES = {"READ": "SELECT", "DROP": "DROP TABLE"}


def recognise_audit(line: str) -> bool:
    """It is a line of an audit log."""
    return _AUDIT.match(line[:5_000]) is not None


def recognise_errors(line: str) -> bool:
    """It is a line of an error log."""
    return _ERROR.match(line[:2_000]) is not None


def begins_audit(line: str) -> bool:
    """An entry of an audit log begins here."""
    return _AUDIT_BEGINS.match(line) is not None


def read_audit(text: str) -> DbEvent | None:
    """An entry of an audit log; None: it is about nothing that is read.

    Raises:
        ValueError: it is none.
    """
    found = _AUDIT.match(text)
    if found is None:
        raise ValueError("no entry of an audit log: timestamp,serverhost,username,host,connectionid,…")
    when, micros, server, user, host, connection, _, operation, database, what, code = found.groups()
    moment = _moment(when[:4], when[4:6], when[6:8], when[8:].strip()) if when else bounded(int(micros) // 1000)
    event = DbEvent(moment=moment, did=Did.ASKED, engine="mysql", user=cut(_bare(user)), database=cut(_bare(database)),
                    source=cut(host), session=connection, instance=cut(server, 63) if micros else "")
    if operation == "CONNECT":
        event.did = Did.LOGGED_IN if code in ("0", "") else Did.FAILED
    elif operation == "FAILED_CONNECT":
        event.did = Did.FAILED
    elif operation in _QUERIES and code in ("0", ""):
        text = _unescaped(what)
        done = understood(text)
        event.command, event.target, event.whole = done.command, done.target, done.whole
        event.statement = cut(text, LONGEST_STATEMENT)
        return event
    elif operation in _ON_TABLES:
        event.command, event.target = _ON_TABLES[operation], cut(f"{event.database}.{_bare(what)}")
        return event
    else:
        return None
    if event.did == Did.FAILED:
        if not event.user or code in _BROKEN_OFF:
            event.did = Did.TOUCHED
        elif code not in _REFUSED:
            return None
        else:
            event.reason = "password" if code == "1045" else f"error {code}"
    return event


def read_error(text: str) -> DbEvent | None:
    """An entry of an error log; None: it is about nothing that is read, as are lines that are no entries.

    Raises:
        ValueError: its time cannot be.
    """
    if "Access denied for user" not in text and "'unauthenticated'" not in text:
        return None
    found = _ERROR.match(text)
    if found is None:
        raise ValueError("no entry of an error log begins so")
    day, clock, fraction, zone, thread, _, message = found.groups()
    moment = _moment(*day.split("-"), clock) + (int(fraction.ljust(3, "0")[:3]) if fraction else 0)
    if zone and zone != "Z":
        offset = (int(zone[1:3]) * 60 + int(zone[4:])) * 60_000
        moment = bounded(moment - offset if zone[0] == "+" else moment + offset)
    event = DbEvent(moment=moment, did=Did.FAILED, engine="mysql", session=thread or "")
    if denied := _DENIED.search(message):
        event.user, event.source, event.reason = cut(denied[1]), cut(denied[2]), "password"
        return event
    if untried := _UNTRIED.search(message):
        event.did, event.source = Did.TOUCHED, cut(untried[1])
        return event
    return None


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(text: str) -> str:
    text = _bare(text[:8 * LONGEST_STATEMENT])
    return _ESCAPE.sub(lambda found: {"n": "\n", "r": "\r", "t": "\t"}.get(found[1], found[1]), text)


@lru_cache(4096)
def _moment(year: str, month: str, day: str, clock: str) -> int:
    hour, minute, second = map(int, clock.split(":"))
    moment = datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    return bounded(int(moment.timestamp()) * 1000)
