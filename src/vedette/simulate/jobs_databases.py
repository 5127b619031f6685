"""What a company's people and programs do at its databases that is ordinary and looks bad."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vedette.simulate.databases import DbClient, db_client
from vedette.simulate.estate_hour import Hour, Job
from vedette.simulate.estate_plan import Network
from vedette.simulate.events import Happening

_TABLES = ("customers", "orders", "order_lines", "payments", "addresses", "invoices", "sessions", "carts")
_CHANGED = "SELECT * FROM {} WHERE changed > $1"
_PROXY = "RDS Proxy"


def _networks(hour: Hour) -> list[Network]:
    return [network for network in hour.plan.networks if network.of("app")]


def _client(network: Network, user: str, ip: str, application: str = "PostgreSQL JDBC Driver") -> DbClient:
    return db_client(user, ip, application=application, instance=f"{network.name}-main", account=network.account,
                     region=network.region)


def _inside(network: Network, subnet: int, host: int) -> str:
    return f"{network.prefix}.{subnet}.{host}"


def pools(hour: Hour) -> Iterator[Happening]:
    """Applications' pools open connections anew; now and then a machine is new. A proxy has its own user."""
    for network in _networks(hour):
        for machine in network.of("app"):
            for _ in range(4):
                yield _client(network, "app", machine.host.private_ip).logs_in(at=hour.moment())
        if hour.rng.random() < 0.1:
            yield _client(network, "app", _inside(network, 2, hour.rng.randrange(10, 250))).logs_in(at=hour.moment())
        proxy = _client(network, "rdsproxyadmin", _inside(network, 3, 10), _PROXY)
        yield proxy.logs_in(at=hour.moment())
        yield proxy.fails(at=hour.moment())
        for minute in range(0, 60, 20):
            yield _client(network, "", _inside(network, 4, 17), "").connects(at=minute * 60 + 7)


def nights(hour: Hour) -> Iterator[Happening]:
    """A dump at two, a purge at three, and the warehouse's copy at four."""
    if hour.of_day not in (2, 3, 4):
        return
    for network in _networks(hour):
        if hour.of_day == 2:
            backup = _client(network, "backup", _inside(network, 6, 3), "pg_dump")
            yield backup.logs_in(at=5)
            for number, table in enumerate(_TABLES):
                yield backup.runs(f"COPY public.{table} (id, data) TO stdout;", 0, at=10 + number)
        elif hour.of_day == 3:
            yield _client(network, "app", network.of("app")[0].host.private_ip).runs(
                "DELETE FROM sessions WHERE seen < now() - interval '30 days'", hour.rng.randrange(20_000, 60_000),
                at=30)
        else:
            warehouse = _client(network, "warehouse", _inside(network, 6, 9), "airflow")
            yield warehouse.logs_in(at=20)
            for number, table in enumerate(_TABLES[:4]):
                yield warehouse.runs(_CHANGED.format(table), hour.rng.randrange(30_000, 90_000), at=25 + number)
                yield warehouse.runs(f"CREATE TABLE stage_{table}_{hour.day} (id int)", 0, at=60 + number)
                yield warehouse.runs(f"DROP TABLE stage_{table}_{hour.day}", 0, at=90 + number)


def migrations(hour: Hour) -> Iterator[Happening]:
    """Twice a week a new version changes tables, and drops what an older one left."""
    if hour.weekday not in (1, 3) or hour.of_day != 10:
        return
    for network in _networks(hour):
        who = _client(network, "migrator", _inside(network, 8, 30), "flyway")
        yield who.logs_in(at=600)
        yield who.runs(f"ALTER TABLE orders ADD COLUMN c{hour.day} int", 0, at=603)
        yield who.runs(f"CREATE TABLE feature_{hour.day} (id int)", 0, at=604)
        for number in range(hour.rng.choice((0, 0, 1, 3, 5))):
            yield who.runs(f"DROP TABLE feature_{hour.day - 30 - number}", 0, at=610 + number)


def people(hour: Hour) -> Iterator[Happening]:
    """Developers look things up from the office and from home, and mistype their passwords."""
    if not hour.working:
        return
    for network in _networks(hour):
        for number, person in enumerate(hour.plan.people[:12]):
            if hour.rng.random() > 0.25:
                continue
            ip = person.home if number % 3 == 0 and hour.weekday in (0, 4) else person.office
            who = _client(network, person.user, ip, hour.rng.choice(("psql", "psql", "DBeaver 24.1")))
            begin = hour.moment()
            if hour.rng.random() < 0.1:
                for mistake in range(hour.rng.randrange(1, 4)):
                    yield who.fails(at=begin - 30 + 5 * mistake if begin > 30 else begin)
            yield who.logs_in(at=begin)
            yield who.runs("SELECT * FROM orders WHERE customer = 77", hour.rng.randrange(1, 900), at=begin + 9)


def wrong_passwords(hour: Hour) -> Iterator[Happening]:
    """A job that nobody looks after fails each hour; every other Wednesday a secret is changed, and the pools fail."""
    for network in _networks(hour):
        old = _client(network, "legacy_sync", _inside(network, 9, 44), "")
        for number in range(6):
            yield old.fails(at=120 + 30 * number)
        if hour.weekday == 2 and hour.day // 7 % 2 == 0 and hour.of_day == 11:
            for machine in network.of("app"):
                who = _client(network, "app", machine.host.private_ip)
                for number in range(40):
                    yield who.fails(at=900 + 5 * number + hour.rng.random())
                yield who.logs_in(at=1_200)


def of_rds(hour: Hour) -> Iterator[Happening]:
    """RDS itself, on the host."""
    for network in _networks(hour):
        who = replace(_client(network, "rdsadmin", "127.0.0.1", ""), database="rdsadmin", ssl=False)
        for minute in range(0, 60, 15):
            yield who.logs_in(at=minute * 60 + 1)


JOBS: tuple[Job, ...] = (pools, nights, migrations, people, wrong_passwords, of_rds)
