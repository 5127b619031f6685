"""What databases log, in all the forms in which it comes."""

import gzip
import io
import json

import pytest

from tests.playing import SHARED
from vedette.logs.kinds import Limits, LogKind
from vedette.logs.rds import AUTHENTICATION_MS, DbEvent, Did, Home, home_of, understood
from vedette.logs.rds_text import Layout, layout_of
from vedette.logs.reading import Reading, raw_record

NINE = 1_772_442_000_000
"""2026-03-02 09:00:00 UTC."""

PG = "2026-03-02 09:00:0{second} UTC:9.9.4.20(40001):{who}:[71]:{said}"


def pg(said, who="app@shop", second=0):
    return PG.format(said=said, who=who, second=second)


RECEIVED = pg("LOG:  connection received: host=9.9.4.20 port=40001", "[unknown]@[unknown]")
LOGGED_IN = pg("LOG:  connection authorized: user=app database=shop application_name=PostgreSQL JDBC Driver SSL "
               "enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)", second=1)
FAILED = pg('FATAL:  password authentication failed for user "app"', second=2)
READ = pg('LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,"SELECT id, ""name"" FROM customers",<not logged>,4902', second=3)
CHECKPOINT = "2026-03-02 09:00:04 UTC::@:[395]:LOG:  checkpoint complete: wrote 12 buffers"
LINES = [RECEIVED, LOGGED_IN, FAILED, READ, CHECKPOINT]

AUDIT = [
    "20260302 09:00:01,ip-10-0-3-4,app,9.9.4.20,7,0,CONNECT,shop,,0",
    "20260302 09:00:02,ip-10-0-3-4,app,9.9.4.20,8,0,FAILED_CONNECT,,,1045",
    "20260302 09:00:03,ip-10-0-3-4,app,9.9.4.20,7,12,QUERY,shop,'SELECT id, \\'x\\' FROM customers',0,3",
    "20260302 09:00:04,ip-10-0-3-4,app,9.9.4.20,7,0,DISCONNECT,shop,,0",
]
AURORA = [line.replace(f"20260302 09:00:0{second}", f"{NINE // 1000 + second}123456").replace("ip-10-0-3-4", "shop-1")
          for second, line in enumerate(AUDIT, 1)]
ERRORS = [
    "2026-03-02T09:00:02.123456Z 8 [Note] Access denied for user 'app'@'9.9.4.20' (using password: YES)",
    "2026-03-02T09:00:03.123456Z 9 [Note] [MY-010926] [Server] Access denied for user 'app'@'9.9.4.20' (using it)",
    ("2026-03-02  9:00:04 10 [Warning] Aborted connection 10 to db: 'unconnected' user: 'unauthenticated' host: "
     "'9.9.4.20' (This connection closed normally without authentication)"),
    "2026-03-02T09:00:05.123456Z 0 [Warning] [MY-010055] [Server] IP address '10.0.1.7' could not be resolved",
]


def read(text, **limits):
    data = text if isinstance(text, bytes) else text.encode()
    reading = Reading(io.BytesIO(gzip.compress(data)), Limits(**limits))
    batches = list(reading.batches())
    assert all(batch.kind is LogKind.RDS for batch in batches)
    return [(at, one) for batch in batches for at, one in zip(batch.positions, batch.structs, strict=True)], reading


def lines(*some):
    return "".join(f"{line}\n" for line in some)


def subscription(messages, group="/aws/rds/instance/shop-db/postgresql", stream="shop-db.0"):
    return json.dumps({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": group, "logStream": stream,
        "subscriptionFilters": ["all"], "logEvents": [
            {"id": str(number), "timestamp": 0, "message": message} for number, message in enumerate(messages)],
    }, separators=(",", ":"))


def csv_line(severity, message, second, user="app", application=""):
    return (f'2026-03-02 09:00:0{second}.500 UTC,"{user}","shop",71,"9.9.4.20:40001",65f0.47,{second + 1},"x",'
            f'2026-03-02 09:00:00 UTC,3/4,0,{severity},00000,"{message}",,,,,,,,,"{application}","client backend",,0')


FORMS = {
    "as RDS writes it": (lines(*LINES), range(1, 5)),
    "without the last line's end": (lines(*LINES).removesuffix("\n"), range(1, 5)),
    "with lines of Windows": (lines(*LINES).replace("\n", "\r\n"), range(1, 5)),
    "with all that RDS can write": (lines(*(line.replace(
        ":[71]:", ":[71]:1:00000:2026-03-02 09:00:00 UTC:3/4:0:65f0.47:jdbc") for line in LINES)), range(1, 5)),
    "as CloudWatch Logs exports it": (
        "".join(f"2026-03-02T09:00:0{at}.000Z {line}\n" for at, line in enumerate(LINES)), range(1, 5)),
    "a subscription": (subscription(LINES), range(4)),
    "a subscription, in many lines": (json.dumps(json.loads(subscription(LINES)), indent=1), range(4)),
    "a subscription's documents next to each other": (subscription(LINES[:2]) + subscription(LINES[2:]), range(4)),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_of_postgresql_say_the_same(form):
    text, positions = FORMS[form]
    found, reading = read(text)
    assert [at for at, _ in found] == list(positions)
    assert not reading.dead
    assert reading.passed_over == 1
    received, logged_in, failed, asked = (event for _, event in found)
    assert {(event.source, event.port, event.session) for _, event in found} == {("9.9.4.20", 40_001, "71")}
    assert [event.did for _, event in found] == [Did.CONNECTED, Did.LOGGED_IN, Did.FAILED, Did.ASKED]
    assert [event.moment for _, event in found] == [NINE + second * 1000 for second in range(4)]
    assert received.time == NINE + AUTHENTICATION_MS
    assert received.user == received.database == ""
    assert (logged_in.user, logged_in.database, logged_in.ssl) == ("app", "shop", "TLSv1.3")
    assert logged_in.application == "PostgreSQL JDBC Driver"
    assert (failed.user, failed.reason) == ("app", "password")
    assert (asked.command, asked.target, asked.rows, asked.whole) == ("SELECT", "customers", 4902, True)
    assert asked.statement == 'SELECT id, "name" FROM customers'
    for at, event in found:
        assert event.source in raw_record(io.BytesIO(text.encode()), at)


@pytest.mark.parametrize("form", [form for form in FORMS if "subscription" in form])
def test_a_subscription_says_whose_database_it_is(form):
    found, _ = read(FORMS[form][0])
    assert {(event.account_id, event.instance, event.cluster) for _, event in found} == {
        ("111122223333", "shop-db", "")}


def test_the_same_in_csv_with_statements_of_many_lines():
    text = lines(
        csv_line("LOG", "connection received: host=9.9.4.20 port=40001", 0, "", ""),
        csv_line("LOG", "connection authorized: user=app database=shop application_name=psql", 1),
        csv_line("FATAL", 'password authentication failed for user ""app""', 2),
        csv_line("LOG", 'AUDIT: SESSION,1,1,WRITE,DELETE,,,""DELETE\n\n2026-03-02 FROM orders"",<not logged>,77', 3),
        csv_line("LOG", "checkpoint starting: time", 4, "", ""))
    found, reading = read(text)
    assert [(at, event.did) for at, event in found] == [
        (1, Did.CONNECTED), (2, Did.LOGGED_IN), (3, Did.FAILED), (4, Did.ASKED)]
    assert (found[3][1].command, found[3][1].rows, found[3][1].session) == ("DELETE", 77, "71")
    assert {event.source for _, event in found} == {"9.9.4.20"}
    assert found[1][1].application == "psql"
    assert not reading.dead
    assert reading.passed_over == 1


def test_an_entry_may_have_many_lines_and_be_cut_by_a_block():
    entry = pg('LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,"SELECT *\n\tFROM\n\t\n\tcustomers",<none>,31000')
    for block in (64, 150, 100_000):
        found, reading = read(lines(FAILED, entry, FAILED), block=block)
        assert [(at, event.rows) for at, event in found] == [(1, None), (2, 31_000), (6, None)], block
        assert found[1][1].target == "customers"
        assert not reading.dead


def test_audit_logs_of_rds_and_aurora_say_the_same():
    rds, reading = read(lines(*AUDIT))
    assert reading.passed_over == 1
    assert [(event.did, event.user, event.source, event.session) for _, event in rds] == [
        (Did.LOGGED_IN, "app", "9.9.4.20", "7"), (Did.FAILED, "app", "9.9.4.20", "8"),
        (Did.ASKED, "app", "9.9.4.20", "7")]
    assert (rds[2][1].command, rds[2][1].target, rds[2][1].whole) == ("SELECT", "customers", True)
    assert rds[2][1].statement == "SELECT id, 'x' FROM customers"
    aurora, _ = read(lines(*AURORA))
    assert [event.moment for _, event in rds] == [NINE + second * 1000 for second in (1, 2, 3)]
    assert [event.moment for _, event in aurora] == [NINE + second * 1000 + 123 for second in (1, 2, 3)]
    assert {event.instance for _, event in aurora} == {"shop-1"}
    assert [(event.did, event.target) for _, event in aurora] == [(event.did, event.target) for _, event in rds]


@pytest.mark.parametrize(("code", "did"), [
    ("1045", Did.FAILED), ("1698", Did.FAILED), ("1158", Did.TOUCHED), ("1040", None), ("1049", None)])
def test_a_connection_that_failed_is_a_failed_log_in_only_where_the_password_or_the_host_was_wrong(code, did):
    found, reading = read(lines(AUDIT[0], f"20260302 09:00:02,h,app,9.9.4.20,8,0,FAILED_CONNECT,,,{code}"))
    assert [event.did for _, event in found[1:]] == ([did] if did else [])
    assert not reading.dead


def test_error_logs_tell_who_was_not_let_in():
    found, reading = read(lines("Version: '8.0.39'  socket: '/tmp/mysql.sock'", *ERRORS))
    assert [(at, event.did, event.source) for at, event in found] == [
        (2, Did.FAILED, "9.9.4.20"), (3, Did.FAILED, "9.9.4.20"), (4, Did.TOUCHED, "9.9.4.20")]
    assert [event.user for _, event in found] == ["app", "app", ""]
    assert found[0][1].moment == NINE + 2_123
    assert not reading.dead
    assert reading.passed_over == 2


@pytest.mark.parametrize(("said", "did", "user"), [
    ('FATAL:  PAM authentication failed for user "app"', Did.FAILED, "app"),
    ('FATAL:  role "nobody" does not exist', Did.FAILED, "nobody"),
    ('FATAL:  role "x" is not permitted to log in', Did.FAILED, "x"),
    ('FATAL:  no pg_hba.conf entry for host "9.9.4.20", user "bob", database "shop", no encryption', Did.FAILED, "bob"),
    ('FATAL:  no pg_hba.conf entry for host "9.9.4.20", user "bob", database "shop", SSL off', Did.FAILED, "bob"),
    ('FATAL:  pg_hba.conf rejects connection for host "9.9.4.20", user "bob", database "shop"', Did.FAILED, "bob"),
    ("LOG:  invalid length of startup packet", Did.TOUCHED, "app"),
    ("LOG:  incomplete startup packet", Did.TOUCHED, "app"),
    ("FATAL:  unsupported frontend protocol 0.0: server supports 3.0 to 3.0", Did.TOUCHED, "app"),
    ("FATAL:  canceling authentication due to timeout", Did.TOUCHED, "app"),
    ("LOG:  replication connection authorized: user=rep application_name=walreceiver", Did.LOGGED_IN, "rep"),
    ("LOG:  statement: DROP TABLE orders", Did.ASKED, "app"),
    ("LOG:  execute <unnamed>: DELETE FROM orders", Did.ASKED, "app"),
    ("LOG:  duration: 5012.123 ms  statement: SELECT * FROM orders", Did.ASKED, "app"),
    ("FATAL:  remaining connection slots are reserved for non-replication superuser connections", None, ""),
    ('FATAL:  database "nosuchdb" does not exist', None, ""),
    ('ERROR:  relation "LOG:  connection received: host=1.2.3.4" does not exist', None, ""),
    ("STATEMENT:  SELECT 'FATAL:  password authentication failed for user \"app\"'", None, ""),
])
def test_what_postgresql_says(said, did, user):
    found, reading = read(lines(pg(said)))
    assert [(event.did, event.user) for _, event in found] == ([(did, user)] if did else [])
    assert not reading.dead


def test_other_prefixes_are_read_as_far_as_they_say_something():
    found, reading = read(lines(
        "2022-04-12 00:24:24.741 UTC [9158] LOG:  connection received: host=9.9.4.20 port=5123",
        '2022-04-12 00:24:24.750 UTC [9158] ann@shop FATAL:  password authentication failed for user "ann"',
        "2022-04-12 09:24:24 JST [77]: [3-1] user=bob,db=shop,app=psql,client=9.9.4.21 "
        'FATAL:  password authentication failed for user "bob"'))
    assert not reading.dead
    assert [(event.user, event.source, event.port, event.session) for _, event in found] == [
        ("", "9.9.4.20", 5123, "9158"), ("ann", "9.9.4.20", 5123, "9158"), ("bob", "9.9.4.21", 0, "77")]
    assert found[1][1].moment - found[2][1].moment == 750


def test_a_real_server_log_is_read():
    path = SHARED / "plaso" / "postgresql.log"
    if not path.exists():
        pytest.skip(f"no {path}")
    found, reading = read(path.read_bytes())
    assert [(at, event.did, event.user, event.database) for at, event in found] == [
        (16, Did.FAILED, "postgres", "postgres"), (19, Did.FAILED, "postgres", "postgres")]
    assert not reading.dead


def test_good_entries_are_used_and_bad_ones_named():
    found, reading = read(b"\n".join([
        b"\tthe rest of an entry", FAILED.encode(), b"half a li",
        b"2026-13-41 09:00:00 UTC:9.9.4.20(1):a@b:[7]:FATAL:  x",
        b"2026-03-02 09:00:00 XYZT:9.9.4.20(1):a@b:[7]:FATAL:  x", READ.encode() + b"\xff", b"\0\0\0\0", b"",
        pg("LOG:  AUDIT: of something else").encode(), b"----------------------- END OF LOG ----------------------",
        LOGGED_IN.encode(), b""]))
    assert [(at, event.did) for at, event in found] == [(2, Did.FAILED), (11, Did.LOGGED_IN)]
    assert {letter.position: letter.reason.partition(" (")[0] for letter in reading.dead} == {
        3: "not a readable entry", 4: "not a readable entry", 5: "not a readable entry", 6: "not UTF-8", 7: "NUL bytes",
        9: "not a readable entry"}
    assert reading.dead_count == 6
    assert reading.passed_over == 2


def test_bad_messages_of_a_subscription_are_named_and_the_others_used():
    found, reading = read(subscription([FAILED, "no entry at all", CHECKPOINT, LOGGED_IN]))
    assert [at for at, _ in found] == [0, 3]
    assert [(letter.position, letter.reason) for letter in reading.dead] == [
        (1, "not a readable record (no entry of a database's log)")]


@pytest.mark.parametrize("log", ["slowquery", "general", "upgrade"])
def test_logs_of_a_database_that_hold_no_log_ins_are_passed_over(log):
    found, reading = read(subscription(["# Time: 2026-03-02", "anything"], f"/aws/rds/instance/shop-db/{log}"))
    assert not found
    assert not reading.dead
    assert reading.passed_over == 2


def test_hostile_sizes_are_bounded():
    long = "x" * 1_000_000
    found, reading = read(lines(
        pg(f'FATAL:  password authentication failed for user "{"u" * 200}"'),
        pg(f'LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,"SELECT * FROM t -- {long}",<none>,5000'),
        pg(f"LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,\"SELECT\n\t{long}\n\t{long}\n\t{long}\",<none>,5000"),
        *AUDIT[:0], FAILED))
    assert found[-1][1].did == Did.FAILED
    assert all(len(text) <= 1_000 for _, event in found for text in (event.statement, event.user, event.target))
    assert any(event.rows == 5000 for _, event in found)
    assert reading.dead_count + len(found) == 4


@pytest.mark.parametrize("stamp", ["0001-01-01 00:00:00 +14", "9999-12-31 23:59:59 -12", "2026-02-30 00:00:00 UTC"])
def test_extreme_times_break_nothing(stamp):
    said = 'FATAL:  password authentication failed for user "a"'
    found, reading = read(lines(FAILED, f"{stamp}:9.9.4.20(1):a@b:[7]:{said}"))
    assert len(found) + reading.dead_count == 2
    assert all(event.time + 62_135_596_800_000 >= 0 for _, event in found)


def test_groups_and_paths_say_whose_log_it_is():
    assert home_of("/aws/rds/instance/shop-db/postgresql", "shop-db.0") == Home("shop-db", "", "postgresql")
    assert home_of("/aws/rds/cluster/shop/audit", "shop-instance-1.audit.log.0.2026") == Home(
        "shop-instance-1", "shop", "audit")
    path = "s3://b/account_id=111122223333/region=eu-west-1/aws/rds/cluster/shop/postgresql/shop-1.0/000000.gz"
    assert home_of(path) == Home("shop-1", "shop", "postgresql")
    assert home_of("cloudwatch://eu-west-1//aws/rds/instance/db/error/db?from=1&to=2") == Home("db", "", "error")
    assert home_of("/aws/eks/shop/cluster") == Home()


def test_the_group_of_a_shard_group_names_it_behind_the_cluster():
    shards = Home("", "shop", "postgresql", "orders")
    assert home_of("/aws/rds/cluster/shop/orders/postgresql", "DistributedTransactionRouter/6-6.2/0") == shards
    assert home_of("s3://b/aws/rds/cluster/shop/orders/postgresql/DataAccessShard-22-22.0-0/000000.gz") == shards
    assert home_of("/aws/rds/cluster/shop/postgresql", "postgresql.0") == Home("postgresql", "shop", "postgresql")
    assert home_of("/aws/rds/cluster/shop/error", "orders.0").shard_group == ""


OCSF = {
    "class_uid": 3002, "category_uid": 3, "activity_id": 1, "time": NINE, "status_id": 2, "status_detail": "password",
    "metadata": {"version": "1.1.0", "product": {"name": "Amazon RDS", "vendor_name": "AWS"}, "uid": "e-1",
                 "log_name": "/aws/rds/instance/shop-db/postgresql"},
    "user": {"name": "app"}, "src_endpoint": {"ip": "9.9.4.20", "port": 40_001}, "auth_protocol": "SCRAM",
    "cloud": {"account": {"uid": "111122223333"}, "region": "eu-west-1"}, "database": {"name": "shop"},
}


def test_ocsf_log_ins_are_read():
    found, reading = read(lines(*map(json.dumps, [
        OCSF, OCSF | {"status_id": 1}, OCSF | {"activity_id": 2}, OCSF | {"status_id": 0}, OCSF | {"time": None}])))
    assert [(at, event.did) for at, event in found] == [(1, Did.FAILED), (2, Did.LOGGED_IN)]
    failed = found[0][1]
    assert (failed.user, failed.source, failed.port, failed.moment) == ("app", "9.9.4.20", 40_001, NINE)
    assert (failed.account_id, failed.region, failed.instance, failed.database) == (
        "111122223333", "eu-west-1", "shop-db", "shop")
    assert [letter.position for letter in reading.dead] == [4, 5]
    assert reading.passed_over == 1


@pytest.mark.parametrize(("text", "command", "target", "whole"), [
    ("truncate small", "TRUNCATE TABLE", "small", True),
    ('DROP TABLE IF EXISTS public."Old Orders" CASCADE', "DROP TABLE", "public.Old Orders", False),
    ("drop database shop", "DROP DATABASE", "shop", False),
    ("COPY public.orders (id, t) TO stdout;", "COPY", "public.orders", True),
    ("COPY orders FROM stdin", "COPY", "", False),
    ("COPY (SELECT * FROM orders) TO STDOUT", "COPY", "", True),
    ("SELECT /*!40001 SQL_NO_CACHE */ * FROM `shop`.`orders`", "SELECT", "shop.orders", True),
    ("SELECT count(*) FROM orders", "SELECT", "orders", False),
    ("SELECT * FROM orders WHERE id = $1", "SELECT", "orders", False),
    ("/* nightly */ -- purge\n delete from carts", "DELETE", "carts", True),
    ("CREATE TEMP TABLE IF NOT EXISTS stage (id int)", "CREATE TABLE", "stage", False),
    ("", "", "", False), ("((((", "", "", False), ("/*" * 5_000, "", "", False),
])
def test_what_a_statement_does(text, command, target, whole):
    told = understood(text)
    assert (told.command, told.target, told.whole) == (command, target, whole)


def test_an_entry_says_the_same_wherever_it_lies_and_entries_of_one_moment_are_in_order():
    found, _ = read(lines(*LINES))
    again, _ = read(FORMS["as CloudWatch Logs exports it"][0])
    assert [event.record for _, event in found] == [event.record for _, event in again]
    same = [DbEvent(NINE, did, user="a") for did in Did]
    assert [event.did for event in sorted(same, key=lambda event: event.record)] == [
        Did.TOUCHED, Did.FAILED, Did.LOGGED_IN, Did.ASKED, Did.CONNECTED]


@pytest.mark.parametrize("line", [
    "2 111122223333 eni-0123456789abcdef0 10.0.1.5 9.9.4.20 40001 443 6 10 5000 1772442000 1772442060 ACCEPT OK",
    "2026-03-02T09:00:00Z something else", "1,2,3,4,5,6,7,8", "", "LOG:  connection received: host=9.9.4.20"])
def test_what_is_no_database_log(line):
    assert layout_of(line) is None


def test_forms_are_recognised():
    assert layout_of(FAILED) is Layout.POSTGRES
    assert layout_of(csv_line("LOG", "x", 0)) is Layout.POSTGRES_CSV
    assert layout_of(AUDIT[0]) is layout_of(AURORA[0]) is Layout.AUDIT
    assert layout_of(ERRORS[0]) is Layout.ERRORS
