"""Real servers, attacked by real clients: what is found in the logs that they write themselves.

Servers here see loopback addresses, and lists hold public ones: where a client is to be on a list, its address is
replaced in the log. The two weeks that come before, in which the models learn, are made.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.detectors.real_databases import (
    MariaDB,
    PostgreSQL,
    mariadb_server,
    postgres_with_pgaudit,
    server_folder,
    touch,
)
from tests.playing import Played, known_in, play
from vedette.detectors.known import Known
from vedette.logs.kinds import LogKind
from vedette.simulate import OUTSIDE, DbClient, db_client
from vedette.simulate.databases import lines_of

APPLICATION, MACHINE, LISTED = "127.0.0.2", "127.9.0.5", "127.0.0.9"
TABLES = ("customers", "orders", "payments", "addresses", "invoices")
HERE = "logs/rds/account_id=111122223333/region=eu-west-1/aws/rds/instance/shop-db"
A_DAY = 86_400_000
A_SECOND = 1.1
"""The logs have whole seconds: what is to come after something must not be in the same one."""
ANOMALOUS, MALICIOUS = "CredentialAccess:RDS/AnomalousBehavior", "CredentialAccess:RDS/MaliciousIPCaller"


EVERYTHING = sorted([
    f"{ANOMALOUS}.FailedLogin", f"{ANOMALOUS}.SuccessfulBruteForce", f"{ANOMALOUS}.SuccessfulLogin",
    "Exfiltration:RDS/AnomalousBehavior", "Impact:RDS/AnomalousBehavior.Delete", "Impact:RDS/AnomalousBehavior.Drop",
    f"{MALICIOUS}.FailedLogin", f"{MALICIOUS}.SuccessfulLogin", "Discovery:RDS/MaliciousIPCaller",
    "Exfiltration:RDS/MaliciousIPCaller", "Impact:RDS/MaliciousIPCaller"])


def before(*clients: DbClient) -> str:
    """Eighteen days on which these came."""
    now = time.time_ns() // 1_000_000
    lines = [line for day in range(19, 0, -1) for client in clients for line in lines_of(
        client.logs_in().fields, now - day * A_DAY, f"{client} {day}")]
    return "".join(f"{line}\n" for line in lines)


def found_in(folder: Path, logs: dict[str, str]) -> Played:
    feed = folder / "feeds" / "command-and-control" / "story-command-and-control.txt"
    feed.parent.mkdir(parents=True)
    feed.write_text(f"{OUTSIDE}\n", encoding="utf-8")
    for name, text in logs.items():
        path = folder / HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(LISTED, OUTSIDE), encoding="utf-8")
    known: Known = known_in(folder)
    return play(folder / "logs", known)


@pytest.fixture(scope="module")
def postgres_log() -> str:
    binaries = postgres_with_pgaudit()
    if isinstance(binaries, str):
        pytest.skip(binaries)
    with server_folder() as folder, PostgreSQL(folder, binaries) as server:
        server.administer("CREATE ROLE app LOGIN PASSWORD 'right'", "CREATE DATABASE shop OWNER app",
                          database="postgres")
        server.administer("CREATE EXTENSION pgaudit", *(
            f"CREATE TABLE {name} AS SELECT id, md5(id::text) AS data FROM generate_series(1, 12000) id"
            for name in TABLES), *(f"ALTER TABLE {name} OWNER TO app" for name in TABLES))
        server.psql(APPLICATION, "SELECT * FROM orders WHERE id = 7")
        for number in range(24):
            server.psql(MACHINE, "SELECT 1", password=f"guess{number}")
        server.psql(MACHINE, "SELECT 1")
        time.sleep(A_SECOND)
        server.dump(MACHINE)
        server.psql(MACHINE, "DELETE FROM customers", *(f"DROP TABLE {name}" for name in TABLES[1:]))
        touch(LISTED, server.port)
        server.psql(LISTED, "SELECT 1", user="postgres", password="postgres")
        server.psql(LISTED, "SELECT * FROM customers LIMIT 5", "DROP TABLE customers")
        server.stop()
        return server.log.read_text(encoding="utf-8")


def test_an_attack_on_postgresql_is_found_in_its_own_log(postgres_log: str, tmp_path: Path) -> None:
    played = found_in(tmp_path, {
        "postgresql/before.log": before(db_client("app", APPLICATION)), "postgresql/shop-db.0.log": postgres_log})
    assert played.types == EVERYTHING
    (broken,) = played.of(f"{ANOMALOUS}.SuccessfulBruteForce")
    assert broken["resource"]["rdsDbInstanceDetails"] == {"dbInstanceIdentifier": "shop-db"}
    assert broken["resource"]["rdsDbUserDetails"] == {"user": "app", "application": "psql", "database": "shop"}
    assert broken["service"]["action"]["rdsLoginAttemptAction"] == {
        "remoteIpDetails": {"ipAddressV4": MACHINE},
        "LoginAttributes": [{"user": "app", "application": "psql", "failedLoginAttempts": 24,
                             "successfulLoginAttempts": 1}]}
    (touched,) = played.of("Discovery:RDS/MaliciousIPCaller")
    assert touched["service"]["count"] == 1
    assert played.summary.dead == 0


@pytest.fixture(scope="module")
def mariadb_logs() -> tuple[str, str]:
    if missing := mariadb_server():
        pytest.skip(missing)
    with server_folder() as folder, MariaDB(folder) as server:
        server.administer(
            "CREATE DATABASE shop", "CREATE USER app@'%' IDENTIFIED BY 'right'", "GRANT ALL ON shop.* TO app@'%'",
            "CREATE USER intruder@'%' IDENTIFIED BY 'right'", "GRANT ALL ON shop.* TO intruder@'%'", "USE shop",
            *(f"CREATE TABLE {name} (id INT, data TEXT)" for name in TABLES),
            *(f"INSERT INTO {name} VALUES (1, 'a'), (2, 'b')" for name in TABLES))
        server.client(APPLICATION, "SELECT * FROM orders WHERE id = 7")
        for number in range(24):
            server.client(MACHINE, "SELECT 1", password=f"guess{number}")
        server.client(MACHINE, "SELECT 1")
        time.sleep(A_SECOND)
        server.dump(MACHINE)
        server.client(MACHINE, "SELECT 1", user="intruder")
        server.client(MACHINE, "DELETE FROM customers", *(f"DROP TABLE {name}" for name in TABLES[1:]))
        touch(LISTED, server.port)
        server.client(LISTED, "SELECT 1", user="root", password="root")
        server.client(LISTED, "SELECT * FROM customers", "DROP TABLE customers")
        server.stop()
        return server.audit.read_text(encoding="utf-8"), server.errors.read_text(encoding="utf-8")


def test_an_attack_on_mariadb_is_found_in_its_audit_log(mariadb_logs: tuple[str, str], tmp_path: Path) -> None:
    played = found_in(tmp_path, {
        "audit/before.log": before(db_client("app", APPLICATION, engine="mysql")), "audit/audit.log": mariadb_logs[0]})
    (broken,) = played.of(f"{ANOMALOUS}.SuccessfulBruteForce")
    assert broken["resource"]["rdsDbUserDetails"] == {"user": "app", "database": "shop"}
    assert set(EVERYTHING) <= set(played.types)
    assert played.summary.records[LogKind.RDS] > 100


def test_its_error_log_alone_tells_of_the_guesses(mariadb_logs: tuple[str, str], tmp_path: Path) -> None:
    played = found_in(tmp_path, {
        "audit/before.log": before(db_client("app", APPLICATION, engine="mysql")), "error/error.log": mariadb_logs[1]})
    assert played.types == sorted([
        f"{ANOMALOUS}.FailedLogin", f"{MALICIOUS}.FailedLogin", "Discovery:RDS/MaliciousIPCaller"])
