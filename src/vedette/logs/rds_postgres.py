"""PostgreSQL's server log, as RDS and Aurora write it and as others do: text with a line prefix, or CSV.

Source: https://www.postgresql.org/docs/current/runtime-config-logging.html and, for what RDS lets one choose,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html: the prefix
``%t:%r:%u@%d:[%p]:``, or ``%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a``. Other prefixes are read as far as they say these
things. Lines of pgaudit (``AUDIT: …``) are as https://github.com/pgaudit/pgaudit describes them, with and without rows.
"""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from vedette.logs.rds import LONGEST_STATEMENT, DbEvent, Did, bounded, cut, understood

_STAMP = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:[.,](\d{1,6}))? ([A-Za-z]{1,5}|[+-]\d\d(?::?\d\d)?)"
_SEVERITY = r"(LOG|FATAL|ERROR|WARNING|NOTICE|INFO|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|DEBUG\d?)"
_ENTRY = re.compile(
    _STAMP + r":(?:([^()\n]{1,255})\((\d{1,5})\)|(\[local\])|):([^\n]{0,130}?)@([^\n]{0,130}?):\[(\d{1,10})\]:"
    r"(?:\d{1,10}:[0-9A-Z]{5}:[^\n]{0,120}?:[0-9a-f]{1,16}\.[0-9a-f]{1,16}:([^\n]{0,130}?))??" + _SEVERITY
    + r":  (.*)", re.DOTALL)
"""As RDS writes it."""
_ANY_PREFIX = re.compile(_STAMP + r"([^\n]{0,400}?)" + _SEVERITY + r":  (.*)", re.DOTALL)
_PID = re.compile(r"\[(\d{1,10})(?:-\d{1,10})?\]")
_WHO = re.compile(r"(?:^|[\s,:=])(?:user=)?([^\s@,:=\[\]]{1,63})(?:@|,\s*db=)([^\s@,:\[\]]{1,63})")
_FROM_WHERE = re.compile(
    r"(?:client=|host=|^|[\s:])(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})"
    r"(?:\((\d{1,5})\))?(?=[\s,:]|$)")
_BEGINS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,\d]* [A-Za-z+-]")
_BEGINS_CSV = re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Za-z]{1,5},(?:"|,)')
_CSV_FIELDS = range(22, 40)

_INTERESTING = ("LOG:  connection ", "LOG:  replication connection ", "FATAL:  ", "AUDIT: ", " statement: ", "execute ",
                "startup packet", "LOG:  statement: ")
_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "IST": 5.5, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5,
    "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}
"""Hours east of Greenwich. RDS writes UTC; of the others the most usual meaning."""

_RECEIVED = re.compile(r"connection received: host=(\S{1,255})(?: port=(\d{1,5}))?")
_AUTHORIZED = re.compile(
    r"(?:replication )?connection authorized: user=([^\n]{0,130}?)(?: database=([^\n]{0,130}?))?"
    r"(?: application_name=([^\n]{0,130}?))?(?: SSL enabled \(protocol=([^,)\s]{1,20})[^\n]*| GSS \([^\n]*)?\s*$")
_NOT_LET_IN = re.compile(
    r"(?:(?P<how>[\w-]{1,20}) authentication failed for user|role) \"(?P<user>[^\n]{0,1000}?)\""
    r"(?: (?P<why>does not exist|is not permitted to log in))?\s*$")
_NO_ENTRY = re.compile(
    r"(?:no pg_hba\.conf entry|pg_hba\.conf rejects connection|pg_hba\.conf rejects replication connection|"
    r"no pg_hba\.conf entry for replication connection)(?: for| from)? host \"([^\"\n]{1,255})\", "
    r"user \"([^\n]{0,1000}?)\"(?:, database \"([^\n]{0,1000}?)\")?(?:, |\s*$)")
_UNREADY = re.compile(r"(?:invalid length of|incomplete) startup packet|unsupported frontend protocol|"
                      r"no PostgreSQL user name specified in startup packet|canceling authentication due to timeout|"
                      r"invalid startup packet layout")
_AUDIT = re.compile(
    r"AUDIT: (?:SESSION|OBJECT),\d{1,19},\d{1,19},([A-Z_]{1,20}),([^,\n]{0,60}),([^,\n]{0,60}),"
    r"(\"(?:[^\"]|\"\"){0,600}\"|[^,\n]{0,600}),(.*)", re.DOTALL)
_PLAIN_END = re.compile(r'"([^"\n]*)",<(?:none|not logged)>(?:,(\d{1,15}))?')
_STATEMENT = re.compile(
    r"(?:duration: [\d.]{1,20} ms  )?(?:statement|execute [^\n:]{1,130}): (.*)", re.DOTALL)
_LEAVES = frozenset({"SELECT", "WITH", "TABLE", "FETCH", "VALUES", "EXECUTE", "DECLARE"})
"""Statements whose rows go to the client. What is read to fill another table stays."""
_LONG = 100_000
"""Characters of an audit line's end that are looked at as CSV."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """An entry's parts, but for the message in the lengths that are kept."""

    moment: int
    severity: str
    message: str
    source: str = ""
    port: int = 0
    user: str = ""
    database: str = ""
    session: str = ""
    application: str = ""


def begins(line: str) -> bool:
    """An entry begins here."""
    return _BEGINS.match(line) is not None


def begins_csv(line: str) -> bool:
    """An entry of the CSV log begins here."""
    return _BEGINS_CSV.match(line) is not None


def recognise(line: str) -> bool:
    """It is the first line of an entry, of whatever prefix."""
    return _ANY_PREFIX.match(line[:2_000]) is not None


def read(text: str) -> DbEvent | None:
    """An entry; None: it is about nothing that is read.

    Raises:
        ValueError: it is none, or its time cannot be.
    """
    if "LOG:  AUDIT: " not in text and not any(map(text.__contains__, _INTERESTING)):
        if _BEGINS.match(text) is None:
            raise ValueError("no entry of a PostgreSQL log begins so")
        return None
    return event_of(_parts(text))


def read_csv(text: str) -> DbEvent | None:
    """The same, of an entry of the CSV log."""
    try:
        fields = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise ValueError(f"no CSV ({error})") from None
    if len(fields) not in _CSV_FIELDS:
        raise ValueError(f"an entry of the CSV log has 23 to 26 fields, not {len(fields)}")
    source, port = fields[4], ""
    if found := re.fullmatch(r"(.*):(\d{1,5})", source):
        source, port = found[1], found[2]
    stamp = re.fullmatch(_STAMP, fields[0])
    if stamp is None:
        raise ValueError("its time is none")
    application = fields[22] if len(fields) > 22 else ""
    return event_of(Line(_moment(stamp[1], stamp[3]) + _fraction(stamp[2]), fields[11], fields[13], cut(source),
                         int(port or 0), cut(fields[1]), cut(fields[2]), fields[3], cut(application)))


def _parts(text: str) -> Line:
    found = _ENTRY.match(text)
    if found is not None:
        day, fraction, zone, source, port, local, user, database, pid, application, severity, message = found.groups()
        if not text.isascii():
            source, user, database, application = map(cut, (source or "", user, database, application or ""))
        return Line(_moment(day, zone) + _fraction(fraction), severity, message, source or local or "", int(port or 0),
                    user, database, pid, application or "")
    other = _ANY_PREFIX.match(text)
    if other is None:
        raise ValueError("no entry of a PostgreSQL log begins so")
    day, fraction, zone, prefix, severity, message = other.groups()
    pid_found, who, where = _PID.search(prefix), _WHO.search(prefix), _FROM_WHERE.search(prefix)
    return Line(_moment(day, zone) + _fraction(fraction), severity, message, where[1] if where else "",
                int(where[2] or 0) if where else 0, cut(who[1]) if who else "", cut(who[2]) if who else "",
                pid_found[1] if pid_found else "")


def event_of(line: Line) -> DbEvent | None:
    """What an entry says; None: nothing that is read."""
    severity, message = line.severity, line.message
    if severity == "LOG":
        if message.startswith("connection received: "):
            return _received(line)
        if message.startswith(("connection authorized: ", "replication connection authorized: ")):
            return _authorized(line)
        if message.startswith("AUDIT: "):
            return _audited(line)
        if found := _STATEMENT.match(message):
            return _asked(line, found[1])
        return _event(line, Did.TOUCHED) if _UNREADY.match(message) else None
    if severity != "FATAL":
        return None
    if found := _NOT_LET_IN.match(message):
        why, how = found["why"], found["how"]
        return _event(line, Did.FAILED, user=found["user"], method=(how or "").lower(),
                      reason=f"role {why}" if why else "password" if how == "password" else "authentication")
    if found := _NO_ENTRY.match(message):
        source, user, database = found.groups()
        return _event(line, Did.FAILED, user=user, database=database or line.database, source=line.source or source,
                      reason="no entry in pg_hba.conf")
    return _event(line, Did.TOUCHED) if _UNREADY.match(message) else None


def _received(line: Line) -> DbEvent:
    found = _RECEIVED.match(line.message)
    if found is None:
        raise ValueError("a connection from nowhere")
    return _event(line, Did.CONNECTED, source=found[1], port=int(found[2] or line.port))


def _authorized(line: Line) -> DbEvent:
    found = _AUTHORIZED.match(line.message)
    if found is None:
        raise ValueError("a log-in of nobody")
    user, database, application, protocol = found.groups()
    return _event(line, Did.LOGGED_IN, user=user, database=database or "", application=application or line.application,
                  ssl=protocol or "")


def _audited(line: Line) -> DbEvent:
    found = _AUDIT.match(line.message)
    if found is None:
        raise ValueError("not as pgaudit writes")
    kind, command, _, target, rest = found.groups()
    text, rows = _audited_statement(rest)
    done = understood(text, command, target.strip('"'))
    if kind == "READ" and command != "COPY" and done.verb and done.verb not in _LEAVES:
        rows = None
    if command == "COPY":
        # pgaudit counts no rows of it.
        rows = None
    return _event(line, Did.ASKED, command=done.command, target=done.target, rows=rows, whole=done.whole,
                  statement=cut(text, LONGEST_STATEMENT))


def _audited_statement(rest: str) -> tuple[str, int | None]:
    """The statement, and the rows that it read or changed: what ends an audit line."""
    if found := _PLAIN_END.fullmatch(rest):
        return found[1], int(found[2]) if found[2] else None
    rest = rest.replace("\n\t", "\n")
    if len(rest) <= _LONG:
        try:
            fields = next(csv.reader([rest], strict=True), [])
        except csv.Error:
            fields = []
        if fields:
            rows = fields[2] if len(fields) > 2 else ""
            return fields[0], int(rows) if rows.isdecimal() and len(rows) < 16 else None
    ended = re.search(r",<(?:none|not logged)>,(\d{1,15})\s*$", rest[-60:])
    return rest.lstrip('"'), int(ended[1]) if ended else None


def _asked(line: Line, text: str) -> DbEvent:
    text = text.replace("\n\t", "\n")
    done = understood(text)
    return _event(line, Did.ASKED, command=done.command, target=done.target, whole=done.whole,
                  statement=cut(text, LONGEST_STATEMENT))


_NOBODY = "[unknown]"


def _event(
    line: Line, did: Did, *, user: str | None = None, database: str | None = None, source: str | None = None,
    port: int | None = None, application: str | None = None, ssl: str = "", method: str = "", reason: str = "",
    command: str = "", target: str = "", rows: int | None = None, whole: bool = False, statement: str = "",
) -> DbEvent:
    user = line.user if user is None else cut(user)
    database = line.database if database is None else cut(database)
    port = line.port if port is None else port
    return DbEvent(
        line.moment, did, "postgresql", "" if user == _NOBODY else user, "" if database == _NOBODY else database,
        line.source if source is None else cut(source), port if port < 65_536 else 0, line.session,
        line.application if application is None else cut(application), ssl, method, reason, command, target, rows,
        whole, statement)


@lru_cache(4096)
def _moment(day: str, zone: str) -> int:
    """Milliseconds of a second."""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        hours = (int(digits[:2]) + int(digits[2:] or 0) / 60) * (1 if zone[0] == "+" else -1)
    elif zone.upper() in _ZONES:
        hours = _ZONES[zone.upper()]
    else:
        raise ValueError(f"the time zone {zone} is not known")
    month, date, hour, minute, second = (int(day[start:start + 2]) for start in (5, 8, 11, 14, 17))
    moment = datetime(int(day[:4]), month, date, hour, minute, second, tzinfo=UTC)
    return bounded(round((moment.timestamp() - hours * 3600) * 1000))


def _fraction(text: str | None) -> int:
    return int(text.ljust(3, "0")[:3]) if text else 0
