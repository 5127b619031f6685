"""A great many findings, put into the tables that lists are read from. Made once a database, then reused.

The values are drawn so that conditions differ in what they leave: one in four, one in a hundred, a handful. Documents
lie in a table of their own, which lists never read; they are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Table, func, select

from benchmarks.server.running import ACCOUNT, REGION
from vedette.findings import schema
from vedette.findings.attributes import filter_paths
from vedette.findings.bits import PART
from vedette.findings.database import open_database, writing
from vedette.findings.fold import detector_id
from vedette.findings.postings import post_all

END_MS, DAYS, DAY_MS = 1_790_000_000_000, 90, 86_400_000
ACCOUNTS = (ACCOUNT, "444455556666", "777788889999", "123456789012", "210987654321")
"""An administrator, whose own findings are three in five, and its members."""
DETECTORS = tuple(detector_id(account, REGION) for account in ACCOUNTS)

TYPES = tuple(
    (f"{purpose}:{resource}/{family}", severity, resource)
    for resource in ("EC2", "IAMUser", "S3")
    for purpose, family, severity in (
        ("Recon", "Portscan", 5.0), ("UnauthorizedAccess", "MaliciousIPCaller.Custom", 5.0),
        ("UnauthorizedAccess", "TorIPCaller", 8.0), ("Policy", "RootCredentialUsage", 2.0),
        ("Backdoor", "C&CActivity.B", 8.0), ("Discovery", "AnomalousBehavior", 2.0), ("Impact", "PortSweep", 8.0),
        ("CryptoCurrency", "BitcoinTool.B", 8.0), ("Exfiltration", "AnomalousBehavior", 8.0),
        ("Stealth", "LoggingConfigurationModified", 2.0)))
COUNTRIES = ("Netherlands", "Germany", "Russia", "China", "Brazil", "France", "India", "Japan", "Chile", "Ghana")

PORTS = (22, 80, 443, 3389, 8080, 50_000)

INSTANCE = "resource.instanceDetails.instanceId"
INSTANCE_TYPE = "resource.instanceDetails.instanceType"
TAG = "resource.instanceDetails.tags.value"
USER = "resource.accessKeyDetails.userName"
ACTION = "service.action.actionType"
NETWORK = "service.action.networkConnectionAction"
COUNTRY = f"{NETWORK}.remoteIpDetails.country.countryName"
ADDRESS = f"{NETWORK}.remoteIpDetails.ipAddressV4"
PORT = f"{NETWORK}.localPortDetails.port"
BLOCKED = f"{NETWORK}.blocked"
VPC = "resource.instanceDetails.networkInterfaces.vpcId"

_RESOURCES = {"EC2": "Instance", "IAMUser": "AccessKey", "S3": "S3Bucket"}
_CHUNK = 20_000


def instance(number: int) -> str:
    """One of five thousand."""
    return f"i-{number % 5000:017x}"


def address(number: int) -> str:
    """One of two hundred thousand."""
    number %= 200_000
    return f"198.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def layout() -> str:
    """Another one when the tables are."""
    tables = schema.metadata.sorted_tables
    indexes = sorted(repr(index) for table in tables for index in table.indexes)
    return blake2b(f"{tables!r}{indexes}{PART}".encode(), digest_size=4).hexdigest()


def filled(location: str, number: int) -> Engine:
    """The database with so many findings; one that has them is taken as it is."""
    engine = open_database(location)
    with engine.connect() as connection:
        there = connection.scalar(select(func.count()).select_from(schema.finding)) or 0
    if there == number:
        return engine
    if there:
        raise ValueError(f"{location} has {there} findings")
    indexes = [index for table in (schema.finding, schema.attribute) for index in table.indexes]
    with writing(engine) as connection:
        for index in indexes:
            index.drop(connection)
        connection.execute(schema.detector.insert(), [
            {"number": place, "detector_id": one} for place, one in enumerate(DETECTORS, 1)])
        for findings, attributes in _chunks(number):
            _insert(connection.connection.driver_connection, schema.finding, findings)
            _insert(connection.connection.driver_connection, schema.attribute, attributes)
        for index in indexes:
            index.create(connection)
        post_all(connection)
    if engine.dialect.name == "postgresql":
        # As autovacuum does by itself before long.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return engine


def _insert(connection: Any, table: Table, rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    if type(connection).__module__.startswith("psycopg"):
        with connection.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(table.columns))
    connection.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)


def _chunks(number: int) -> Iterator[tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]:
    """Rows of `schema.finding` and of `schema.attribute`, in the order of their columns."""
    made = _findings(number)
    while chunk := list(islice(made, _CHUNK)):
        yield [finding for finding, _ in chunk], [one for _, attributes in chunk for one in attributes]


def _findings(number: int) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    draw = random.Random(11)
    paths = {name: filter_paths()[name].number for name in (
        INSTANCE, INSTANCE_TYPE, TAG, USER, ACTION, COUNTRY, ADDRESS, PORT, BLOCKED, VPC)}
    for seq in range(1, number + 1):
        place = 1 if draw.random() < 0.6 else draw.randrange(2, 6)
        kind, severity, resource = TYPES[min(int(draw.expovariate(0.15)), len(TYPES) - 1)]
        # Findings are mostly numbered as they came, and updated for some days.
        created = END_MS - DAYS * DAY_MS * (number - seq) // number
        updated = min(END_MS, created + int(draw.expovariate(1 / DAY_MS)))
        which = draw.randrange(1 << 30)
        values: dict[str, str | int] = {ACTION: "AWS_API_CALL"}
        instance_id = ""
        if resource == "EC2":
            instance_id = instance(which)
            values = {
                ACTION: "NETWORK_CONNECTION", INSTANCE: instance_id, INSTANCE_TYPE: f"m5.{which % 5}xlarge",
                TAG: "prod" if which % 4 == 0 else f"team-{which % 40}", VPC: f"vpc-{which % 12:x}",
                COUNTRY: COUNTRIES[min(int(draw.expovariate(0.5)), 9)], ADDRESS: address(which >> 3),
                PORT: PORTS[which // 12 % len(PORTS)], BLOCKED: "true" if which % 33 == 0 else "false"}
        elif resource == "IAMUser":
            values[USER] = f"user-{which % 500}"
        rows = [(seq, path, str(values[name]), float(values[name]) if name == PORT else None, None)
                for name, path in paths.items() if name in values]
        yield (
            seq, blake2b(seq.to_bytes(8), digest_size=16).hexdigest(), place, ACCOUNTS[place - 1], REGION, kind,
            severity, _RESOURCES[resource], instance_id, "", "", "", "", int(draw.random() < 0.3),
            1 + int(draw.expovariate(0.5)), created - 60_000, updated - 30_000, created, updated), rows
