"""A client of an RDS database, and the lines that the database's own log has of what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from vedette.logs.kinds import LogKind
from vedette.logs.times import format_time
from vedette.simulate.addresses import ACCOUNT, REGION
from vedette.simulate.events import Event

JDBC = "PostgreSQL JDBC Driver"


@dataclass(frozen=True, slots=True)
class DbClient:
    """Somebody who talks to one database, from one place with one program."""

    user: str
    database: str
    ip: str
    application: str
    instance: str
    account: str
    region: str
    engine: str
    ssl: bool
    shard_group: str = ""
    """Of a Limitless Database: ``instance`` is its cluster then."""

    def connects(self, *, at: float | None = None, after: float = 1.0) -> Event:
        """A connection, and nothing more of it."""
        return self._event(at, after, "connects")

    def logs_in(self, *, at: float | None = None, after: float = 1.0) -> Event:
        """A connection that is let in."""
        return self._event(at, after, "logs in")

    def fails(self, reason: str = "password", *, user: str = "", at: float | None = None, after: float = 1.0) -> Event:
        """A connection that is not let in: for its ``password``, or since no ``entry`` of pg_hba.conf lets it."""
        return self._event(at, after, "fails", reason=reason, user=user or self.user)

    def runs(self, statement: str, rows: int | None = None, *, at: float | None = None, after: float = 1.0) -> Event:
        """A statement on one line, as the audit log has it; ``rows`` where it counts them."""
        return self._event(at, after, "runs", statement=statement, rows=rows)

    def _event(self, at: float | None, after: float, deed: str, **more: Any) -> Event:
        return Event(LogKind.RDS, at, {"client": self, "deed": deed, **more}, after)


def db_client(
    user: str, ip: str, *, database: str = "shop", application: str = JDBC, instance: str = "shop-db",
    account: str = ACCOUNT, region: str = REGION, engine: str = "postgresql", ssl: bool = True,
    shard_group: str = "",
) -> DbClient:
    """A client of a PostgreSQL database, or of a ``mysql`` one, on RDS."""
    return DbClient(user, database, ip, application, instance, account, region, engine, ssl, shard_group)


def group_of(client: DbClient) -> str:
    """The database's log group that tells of it."""
    log = "postgresql" if client.engine == "postgresql" else "audit"
    kind = f"cluster/{client.instance}/{client.shard_group}" if client.shard_group else f"instance/{client.instance}"
    return f"aws/rds/{kind}/{log}"


def lines_of(fields: Mapping[str, Any], millis: int, seed: str) -> list[str]:
    """The lines that a database writes of an event, each as CloudWatch Logs exports it to S3."""
    client: DbClient = fields["client"]
    number = crc32(seed.encode())
    lines = _postgres(client, fields, millis, number) if client.engine == "postgresql" else _mysql(
        client, fields, millis, number)
    return [f"{format_time(millis)} {line}" for line in lines]


def _postgres(client: DbClient, fields: Mapping[str, Any], millis: int, number: int) -> list[str]:
    when = f"{datetime.fromtimestamp(millis // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    port, pid = 32_768 + number % 28_000, 300 + number // 28_000 % 32_000
    user = fields.get("user", client.user)
    before = f"{when}:{client.ip}({port}):"
    known = f"{before}{user}@{client.database}:[{pid}]:"
    received = f"{before}[unknown]@[unknown]:[{pid}]:LOG:  connection received: host={client.ip} port={port}"
    deed = fields["deed"]
    if deed == "connects":
        return [received]
    if deed == "runs":
        rows = "" if fields["rows"] is None else f",{fields['rows']}"
        quoted = fields["statement"].replace('"', '""')
        audit = f'AUDIT: SESSION,{1 + number % 90},1,{_class_of(fields["statement"])},,,"{quoted}",<not logged>{rows}'
        return [f"{known}LOG:  {audit}"]
    if deed == "fails":
        said = f'password authentication failed for user "{user}"' if fields["reason"] == "password" else (
            f'no pg_hba.conf entry for host "{client.ip}", user "{user}", database "{client.database}", no encryption')
        return [received, f"{known}FATAL:  {said}"]
    ssl = " SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)" if client.ssl else ""
    application = f" application_name={client.application}" if client.application else ""
    return [
        received, f'{known}LOG:  connection authenticated: identity="{user}" method=scram-sha-256 (pg_hba.conf:15)',
        f"{known}LOG:  connection authorized: user={user} database={client.database}{application}{ssl}"]


def _class_of(statement: str) -> str:
    word = statement.split(" ")[0].upper()
    kind = {"SELECT": "READ", "COPY": "READ", "DELETE": "WRITE", "TRUNCATE": "WRITE", "INSERT": "WRITE"}.get(
        word, "DDL")
    second = f" {statement.split(' ')[1].upper()}" if kind == "DDL" else " TABLE" if word == "TRUNCATE" else ""
    return f"{kind},{word}{second}"


def _mysql(client: DbClient, fields: Mapping[str, Any], millis: int, number: int) -> list[str]:
    when = f"{datetime.fromtimestamp(millis // 1000, UTC):%Y%m%d %H:%M:%S}"
    user = fields.get("user", client.user)
    before = f"{when},ip-10-0-3-4,{user},{client.ip},{100 + number % 90_000}"
    deed = fields["deed"]
    if deed == "connects":
        return [f"{when},ip-10-0-3-4,,{client.ip},{100 + number % 90_000},0,FAILED_CONNECT,,,1158"]
    if deed == "runs":
        text = fields["statement"].replace("'", "\\'")
        return [f"{before},{number % 1_000_000},QUERY,{client.database},'{text}',0"]
    if deed == "fails":
        return [f"{before},0,FAILED_CONNECT,,,1045"]
    return [f"{before},0,CONNECT,{client.database},,0"]


def delivered(lines: Sequence[str]) -> bytes:
    """The text of an exported log."""
    return "".join(f"{line}\n" for line in lines).encode()
