"""Data of a database are copied, dropped or deleted as nobody did it before: three types, one model.

*The attack.* Who has got in copies what there is (``pg_dump``, ``SELECT * FROM customers``), and destroys it, to sell
it back or to do harm: tables are dropped, emptied, deleted from.

*How it is told.* Of each user of a database, what he reads and deletes is added up over a day, in rows, and what he
drops in objects (`vedette.baselines.volumes`). Told is ten times as much as he read, or deleted, on all but his biggest
day of the last 60, or anything large where he never did such a thing from; of drops, four times as many. Only large
statements count: a thousand rows, whole tables. pgaudit gives rows with ``pgaudit.log_rows``, but none of ``COPY``; a
whole table of unknown size counts as 25,000 rows when it is read, and as 10,000 when it is emptied.

*What ordinary work looks the same.* The nightly backup, the monthly report once it has been seen, the purge of old
rows every night: they are learned by user and place. Migrations: who has made and altered tables on other days may drop
some. Temporary tables, and what the same user made within the week.

*Where it is blind.* The first two weeks of a database's log. Many small statements (fewer than a thousand rows each).
Statements that no log has: it takes pgaudit, `log_statement` or MySQL's audit log with queries. Updates, and what a
function does inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from vedette.baselines.presence import LEARNING_MS, day_of, host_number
from vedette.baselines.volumes import Volumes
from vedette.detectors.database_events import about_event, home_key, is_of_rds, is_public, place_of
from vedette.detectors.declare import Memory, Row, database_events, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.signal import Signal
from vedette.logs.rds import DbEvent, Did
from vedette.simulate import OFFICE, OUTSIDE, DbClient, Event, db_client, every, story
from vedette.simulate.weeks import DAY, comes

# 1. The finding types.


class Deed(StrEnum):
    """What is done to data, in the past tense."""

    READ = "read"
    DELETED = "deleted"
    DROPPED = "dropped"


_NOTE = "Low where the user has done such a thing from there; Medium where not; High from a public address."
_MEANS = {
    Deed.READ: ("Exfiltration:RDS/AnomalousBehavior", LOW, _NOTE, "rows", "T1213.006"),
    Deed.DELETED: ("Impact:RDS/AnomalousBehavior.Delete", LOW, _NOTE, "rows", "T1485"),
    Deed.DROPPED: ("Impact:RDS/AnomalousBehavior.Drop", MEDIUM, "Medium; High from a public address.", "objects",
                   "T1485"),
}
TABLE = {Deed.READ: 25_000, Deed.DELETED: 10_000}
"""Rows that a whole table stands for whose rows nobody counted."""
WHOLE = 10
"""Objects that a database, or a schema, stands for that is dropped."""
_COUNTED = {
    **{deed: f"A whole table whose rows the log does not count is taken for {rows:,}." for deed, rows in TABLE.items()},
    Deed.DROPPED: f"A whole schema or database is taken for {WHOLE}.",
}
TYPES = {
    deed: FindingType(
        name=name, severity=severity, severity_note=note, plan=Plan.RDS_DATA_RISK, resource="RDSDBInstance",
        title=f"{{principal}} {deed} unusually much of database {{database}}.",
        description=f"{{principal}} {deed} about {{amount}} {unit} of database {{database}} within a day, from "
        f"{{source}}. {{usual}} {_COUNTED[deed]}", attack=(technique,),
        remedy="Ask whoever holds this user's password whether it was he. If not, change it, end his sessions, keep "
        "the address away, and restore from a backup or to a point in time before it.",
    ) for deed, (name, severity, note, unit, technique) in _MEANS.items()
}

# 2. Settings.

LARGE = 1_000
"""Rows of a statement that count: an application's page has fewer."""
LEAST = {Deed.READ: 100_000, Deed.DELETED: 10_000, Deed.DROPPED: 3}
"""Of what is less nothing is said, whoever does it."""
OF_BUILDERS = 10
"""The same of drops by who builds: he made or altered tables on two earlier days."""
TIMES = {Deed.READ: 10, Deed.DELETED: 10, Deed.DROPPED: 4}
"""Times what is usual for the user, where he has done such a thing before."""
OWN_DAYS, OWN = 7, 300
"""Days in which what somebody made may be dropped by him, and how many such things are remembered."""
BUILDERS = 100
"""Users remembered who build."""

_SYSTEM = ("pg_", "information_schema", "mysql.", "performance_schema", "sys.")

# 3. The memory.


class Activity(Memory):
    """What the users of one database do to its data."""

    LEARNS = LEARNING_MS
    BYTES = 1 << 20

    volumes: dict[str, Volumes] = {}
    """By `Deed`."""
    made: dict[str, int] = {}
    """User and object → the day on which he made it."""
    builders: dict[str, tuple[int, int]] = {}
    """User → on how many days he made or altered tables, and the last of them."""

    def of(self, deed: Deed) -> Volumes:
        """What is known of a deed."""
        return self.volumes.setdefault(deed, Volumes())

    def builds(self, user: str, target: str, day: int, *, makes: bool) -> None:
        """A user makes or alters a table."""
        days, last = self.builders.pop(user, (0, 0))
        self.builders[user] = (days + (day > last), max(day, last))
        if len(self.builders) > BUILDERS:
            del self.builders[min(self.builders, key=lambda one: (self.builders[one][1], one))]
        if makes and target:
            self.made[f"{user}\0{target}"] = day
            if len(self.made) > OWN:
                del self.made[min(self.made, key=lambda one: (self.made[one], one))]

    def is_builder(self, user: str, day: int) -> bool:
        """He built on two days before this one."""
        days, last = self.builders.get(user, (0, 0))
        return days - (last == day) >= 2

    def is_own(self, user: str, target: str, day: int) -> bool:
        """He made it lately."""
        return day <= self.made.get(f"{user}\0{target}", -OWN_DAYS - 1) + OWN_DAYS

    def expire(self, watermark: int) -> bool:
        """Forget what lies too far back."""
        day = day_of(watermark)
        self.volumes = {deed: one for deed, one in self.volumes.items() if not one.expire(watermark)}
        self.made = {one: when for one, when in self.made.items() if day <= when + OWN_DAYS}
        self.builders = {user: days for user, days in self.builders.items() if day <= days[1] + 400}
        return not self.volumes and not self.made and not self.builders

    def merge(self, other: Activity) -> Activity:
        """Of both."""
        volumes = dict(self.volumes)
        for deed, theirs in other.volumes.items():
            volumes[deed] = volumes[deed].merge(theirs) if deed in volumes else theirs
        made = {one: max(self.made.get(one, 0), other.made.get(one, 0)) for one in self.made | other.made}
        builders = {
            user: max(self.builders.get(user, (0, 0)), other.builders.get(user, (0, 0)))
            for user in self.builders | other.builders}
        return Activity({deed: volumes[deed] for deed in sorted(volumes)}, _latest(made, OWN),
                        {user: builders[user] for user in sorted(
                            builders, key=lambda one: (builders[one][1], one))[-BUILDERS:]})


def _latest(days: dict[str, int], most: int) -> dict[str, int]:
    kept = sorted(days, key=lambda one: (days[one], one))[-most:]
    return {one: days[one] for one in sorted(kept)}


# 4. The logic.


def deed_of(event: DbEvent) -> tuple[Deed, int] | None:
    """What a statement does to how many rows or objects; None: nothing that counts."""
    command, rows = event.command, event.rows
    if event.target.lower().startswith(_SYSTEM):
        return None
    if command.startswith("DROP "):
        what = command[5:]
        if what in ("DATABASE", "SCHEMA"):
            return Deed.DROPPED, WHOLE
        return (Deed.DROPPED, 1) if what.endswith(("TABLE", "VIEW")) else None
    deed = (Deed.DELETED if command in ("DELETE", "TRUNCATE TABLE") else
            Deed.READ if command in ("SELECT", "COPY", "WITH", "FETCH") else None)
    if deed is None:
        return None
    if command == "TRUNCATE TABLE" or rows is None:
        return (deed, TABLE[deed]) if event.whole else None
    return (deed, rows) if rows >= LARGE else None


def _builds(event: DbEvent) -> bool:
    return event.command.startswith(("CREATE TABLE", "ALTER TABLE"))


def _database(event: DbEvent, known: Known) -> str | None:
    if is_of_rds(event):
        return None
    if event.did == Did.ASKED and not _builds(event) and deed_of(event) is None:
        return None
    return home_key(event)


@keyed_detector(*TYPES.values(), on=database_events(Did.LOGGED_IN, Did.ASKED, first=True),
                key=_database, memory=Activity)
def unusual_data_activity(rows: Sequence[Row[DbEvent]], memory: Activity, known: Known) -> Iterator[Signal]:
    """A user reads, deletes or drops more than he ever did, or from where he never did."""
    for row in rows:
        event, day = row.record, day_of(row.time)
        user = f"{event.user}@{event.database}"
        for deed in Deed:
            # The database as a whole is there, whoever comes: a user who is new is judged by its history.
            for who in (user, ""):
                memory.of(deed).saw(host_number(who), day)
        if event.did == Did.LOGGED_IN:
            continue
        if _builds(event):
            memory.builds(user, event.target, day, makes=event.command.startswith("CREATE"))
            continue
        done = deed_of(event)
        if done is None or (done[0] is Deed.DROPPED and memory.is_own(user, event.target, day)):
            continue
        deed, amount = done
        said = _judged(row, memory, user, deed, amount)
        if said is not None:
            yield said


def _judged(row: Row[DbEvent], memory: Activity, user: str, deed: Deed, amount: int) -> Signal | None:
    event, day, volumes, host = row.record, day_of(row.time), memory.of(deed), host_number(user)
    place = f"{user} {place_of(event.source)}"
    transfer = volumes.add(host, place, row.time, amount)
    usual, new = volumes.usual(host, day), volumes.is_new(host, place, day, 1)
    least = OF_BUILDERS if deed is Deed.DROPPED and memory.is_builder(user, day) else LEAST[deed]
    settled = volumes.is_settled(host, day)
    if transfer.told or not (settled or volumes.is_settled(host_number(""), day)):
        return None
    # Where he never did such a thing from, what he does elsewhere says less.
    if transfer.size < max(least, usual if new and deed is not Deed.DROPPED else TIMES[deed] * usual):
        return None
    transfer.told = True
    severity = HIGH if is_public(event.source) else MEDIUM if deed is Deed.DROPPED or new or not settled else LOW
    return about_event(
        event, TYPES[deed], severity=severity, evidence=(row.evidence,), logins=[(event.user, event.application, 0, 0)],
        identity=(user,), additional={"amount": transfer.size, "usual": usual, "command": event.command}, words={
            "amount": f"{transfer.size:,}",
            "usual": f"On all but the user's biggest day it was {usual:,} at most." if usual else
            "Nothing like it is known of this user; up to 60 days are looked back on."})


# 5. EXAMPLES.

_app, _backup = db_client("app", "10.0.1.7"), db_client("backup", "10.0.6.3", application="pg_dump")
_mysql = db_client("app", "10.0.1.7", engine="mysql")
_thief = db_client("app", "10.0.1.7", application="psql")
_TABLES = ("customers", "orders", "payments", "addresses", "invoices")
_READS_ALL = "SELECT /*!40001 SQL_NO_CACHE */ * FROM `{}`"
_DUMP = [f"COPY public.{name} (id, data) TO stdout;" for name in _TABLES]


def _runs(who: DbClient, statements: Sequence[str], rows: int | None = 0, after: float = 5.0) -> list[Event]:
    return [who.runs(statement, rows, after=after) for statement in statements]


def _works(days: int = 18) -> list[Event]:
    """The application's days; a backup and a purge each night."""
    return every(DAY, days, lambda _: [
        _app.logs_in(after=600), _app.runs("SELECT * FROM orders WHERE customer = $1", 12),
        _app.runs("DELETE FROM carts WHERE changed < now() - interval '30 days'", 4_000, after=3600),
        _backup.logs_in(after=3600), *_runs(_backup, _DUMP)])


EXAMPLES = [
    story("every table is copied with the application's password", _works(), _runs(_thief, _DUMP))
    .fires(TYPES[Deed.READ], {
        "severity": MEDIUM, "resource.rdsDbUserDetails.user": "app", "resource.rdsDbUserDetails.database": "shop",
        "service.action.rdsLoginAttemptAction.remoteIpDetails.ipAddressV4": "10.0.1.7"}, count=1),
    story("a table of many rows is read from the Internet, by a user whom nobody knew", _works(), db_client(
        "reader", OUTSIDE).runs("SELECT * FROM customers", 250_000))
    .fires(TYPES[Deed.READ], {"severity": HIGH}, count=1),
    story("the tables are dropped, and a note is left", _works(), _runs(_thief, [
        f"DROP TABLE {name}" for name in _TABLES]), _thief.runs("INSERT INTO readme VALUES ('pay')", 1))
    .fires(TYPES[Deed.DROPPED], {"severity": MEDIUM}, count=1),
    story("a database is dropped from the Internet", _works(), db_client("app", OUTSIDE).runs("DROP DATABASE shop", 0))
    .fires(TYPES[Deed.DROPPED], {"severity": HIGH}, count=1),
    story("ten times as much is deleted as every night, from the same machine", _works(), _app.runs(
        "DELETE FROM orders", 60_000)).fires(TYPES[Deed.DELETED], {"severity": LOW}, count=1),
    story("tables are emptied by a user who never did", _works(), _runs(_backup, ["TRUNCATE orders", "TRUNCATE carts"]))
    .fires(TYPES[Deed.DELETED], {"severity": MEDIUM}, count=1),
    story("MySQL: whole tables are read and dropped", comes(_mysql), _runs(
        _mysql, [*(_READS_ALL.format(name) for name in _TABLES), *(f"DROP TABLE {name}" for name in _TABLES)]))
    .fires(TYPES[Deed.READ], count=1).fires(TYPES[Deed.DROPPED], count=1),
    story("the days go on: backups, purges, a report, a temporary table, one old table", _works(24), [
        _app.runs("SELECT * FROM orders WHERE year = 2025", 20_000), _app.runs("CREATE TABLE stage_1 (id int)", 0),
        _app.runs("CREATE TABLE stage_2 (id int)", 0), _app.runs("CREATE TABLE stage_3 (id int)", 0),
        *_runs(_app, ["DROP TABLE stage_1", "DROP TABLE stage_2", "DROP TABLE stage_3", "DROP TABLE orders_old"]),
        *_runs(_app, ["SELECT * FROM pg_catalog.pg_attribute"], 150_000)]).silent(),
    story("migrations drop tables, by who has made and altered them for weeks", _works(), every(
        DAY, 3, lambda n: _app.runs(f"ALTER TABLE orders ADD COLUMN c{n} int", 0)), _runs(
            _app, [f"DROP TABLE orders_{number}" for number in range(6)])).silent(),
    story("a new database is filled, copied and cleared", _runs(_app, [
        *_DUMP, "TRUNCATE orders", *(f"DROP TABLE {name}" for name in _TABLES)])).silent(),
    story("an administrator looks around from the office", _works(), db_client("dba", OFFICE).runs(
        "SELECT * FROM orders LIMIT 5000", 5_000)).silent(),
]
