import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from tests.findings.documents import document, put
from vedette.errors import StoreError
from vedette.findings import database
from vedette.findings.database import memory_database, open_database, sentence, writing
from vedette.findings.migrations import migrate
from vedette.findings.rows import Handling, LedgerEntry, Usage
from vedette.findings.schema import HEAD, metadata
from vedette.findings.store import Store


def engine_for(location):
    if "://" in location:
        return create_engine(location.replace("postgresql:", "postgresql+psycopg:"))
    Path(location).mkdir()
    return create_engine(f"sqlite:///{location}/{database.FILE}")


def shape(engine):
    """Every table, column, key and index that the database says it has."""
    seen = inspect(engine)
    return {
        table: (
            [(one["name"], str(one["type"]), one["nullable"], one["default"]) for one in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(one["column_names"] for one in seen.get_unique_constraints(table)),
            sorted((one["name"], one["column_names"], one["unique"],
                    sorted((name, str(said)) for name, said in one.get("dialect_options", {}).items()))
                   for one in seen.get_indexes(table)),
        ) for table in seen.get_table_names()}


def test_the_migrations_make_what_the_schema_says(location):
    engine = engine_for(location)
    with writing(engine) as connection:
        migrate.upgrade(connection)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated = shape(engine)
    with writing(engine) as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert migrated == shape(engine)
    assert set(migrated) == set(metadata.tables)
    engine.dispose()


def test_on_sqlite_the_migrations_say_word_for_word_what_the_schema_says(tmp_path):
    statements = []
    for make in (metadata.create_all, migrate.upgrade):
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            make(connection)
            found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            statements.append({(name, " ".join(sql.split())) for name, sql in found})
    assert statements[0] == statements[1]


def test_a_database_without_any_version_is_brought_up_to_date(location):
    engine = engine_for(location)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    engine.dispose()
    with Store.open(location) as store:
        assert store.list().ids == []


def test_usage_that_an_earlier_version_counted_is_kept(location):
    Store.open(location).close()
    engine = open_database(location)
    with writing(engine) as connection:
        for later in ("console_user", "console_session", "console_link", "activity", "reception", "key_use"):
            connection.execute(text(f"DROP TABLE {later}"))
        connection.execute(text("DROP TABLE usage"))
        connection.execute(text(
            "CREATE TABLE usage (account VARCHAR NOT NULL, region VARCHAR NOT NULL, day BIGINT NOT NULL, kind VARCHAR "
            "NOT NULL, records BIGINT NOT NULL, bytes BIGINT NOT NULL, PRIMARY KEY (account, region, day, kind))"))
        connection.execute(text("INSERT INTO usage VALUES ('111122223333', 'eu-west-1', 20000, 'dns', 7, 70)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    engine.dispose()
    before = Usage(account="111122223333", region="eu-west-1", kind="dns", records=7, bytes=70, day=20000)
    with Store.open(location) as store:
        assert store.usage(0) == [before]
        with store.transaction() as batch:
            batch.count_usage([before], 20000 * 86_400_000)
        assert [one.records for one in store.usage(0)] == [14]


def test_what_was_said_of_findings_to_an_earlier_version_is_kept(location):
    found = document(1)
    with Store.open(location) as store, store.transaction() as batch:
        put(batch, found)
    engine = open_database(location)
    with writing(engine) as connection:
        seq = connection.scalar(text("SELECT seq FROM finding"))
        for later in ("handling", "activity", "reception", "key_use"):
            connection.execute(text(f"DROP TABLE {later}"))
        connection.execute(text(
            "CREATE TABLE handling (seq BIGINT NOT NULL, suppressed_by TEXT NOT NULL, feedback TEXT NOT NULL, "
            "comments TEXT NOT NULL, PRIMARY KEY (seq))"))
        connection.execute(text("INSERT INTO handling VALUES (:seq, 'noise', 'USEFUL', 'ours')"), {"seq": seq})
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    engine.dispose()
    with Store.open(location) as store:
        assert store.handling([found["id"]]) == {
            found["id"]: Handling(suppressed_by="noise", feedback="USEFUL", comments="ours")}


def test_a_newer_database_is_refused_in_one_sentence(location):
    Store.open(location).close()
    engine = open_database(location)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="a newer Vedette wrote this database") as caught:
        Store.open(location)
    assert "9999" in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_database_of_something_else_is_left_alone(location):
    engine = engine_for(location)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE finding (mine INTEGER)"))
    with pytest.raises(StoreError, match="tables of something else"):
        Store.open(location)
    assert inspect(engine).get_table_names() == ["finding"]
    engine.dispose()


def test_the_folder_and_its_files_are_for_their_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        with Store.open(tmp_path / "deep" / "state") as store:
            with store.transaction() as batch:
                batch.put_meta("m", "1")
            folder = tmp_path / "deep" / "state"
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    finally:
        os.umask(old)
    assert files == {"vedette.db": 0o600, "vedette.db-wal": 0o600, "vedette.db-shm": 0o600}


def test_a_folder_name_with_odd_characters_is_a_folder_name(tmp_path):
    name = tmp_path / "a?b=c#d%20 é"
    Store.open(name).close()
    assert (name / "vedette.db").stat().st_size > 0


@pytest.mark.parametrize(("where", "said"), [
    ("mysql://root@localhost/x", "mysql:// is no database Vedette can use"),
    ("postgresql://u:secret@127.0.0.1:1/x", "cannot be opened"),
    ("postgresql://host:port/x", "is not a URL"),
])
def test_an_address_that_cannot_be_used_is_named_without_its_password(where, said):
    with pytest.raises(StoreError, match=said) as caught:
        Store.open(where)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match="state folder cannot be used") as caught:
        Store.open(tmp_path / "state")
    assert str(tmp_path / "state") in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "vedette.db").write_bytes(b"some other file, long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path)
    assert (tmp_path / "vedette.db").read_bytes().startswith(b"some other file")


def test_opening_a_database_imports_nothing_that_it_does_not_need(tmp_path):
    program = (
        "import sys; from vedette.findings.store import Store; s = Store.open(sys.argv[1]); s.list(); s.close();"
        "s = Store.open(sys.argv[1]); print(sorted({'alembic', 'mako', 'polars', 'sqlalchemy.dialects.postgresql'}"
        "& set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


WRITER = """
import sys, time
from vedette.findings.rows import LedgerEntry
from vedette.findings.store import Store
from tests.findings.documents import document, put
with Store.open(sys.argv[1]) as store:
    with store.transaction() as batch:
        for number in range(100, 1100):
            batch.record_object(LedgerEntry(source="logs", object=f"o{number}", version="1"))
            put(batch, document(number))
        batch.delete_finding(document(1)["id"])
        batch.flush()
        print("written", flush=True)
        time.sleep(60)
"""


def start_writer(location):
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, location], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[2])
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    return child


def test_killing_a_writer_leaves_what_was_there_before(location):
    with Store.open(location) as store, store.transaction() as batch:
        batch.record_object(LedgerEntry(source="logs", object="o1", version="1"))
        put(batch, document(1))
    child = start_writer(location)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with Store.open(location) as store:
        assert list(store.known_objects("logs")) == [("o1", "1")]
        assert store.list().ids == [document(1)["id"]]
        with store.transaction() as batch:
            put(batch, document(2))
        assert store.list().ids == [document(2)["id"], document(1)["id"]]


def test_another_process_reads_while_one_writes(location):
    with Store.open(location) as store:
        with store.transaction() as batch:
            put(batch, document(1))
        child = start_writer(location)
        try:
            assert store.list().ids == [document(1)["id"]]
            assert store.get([document(1)["id"]]) == [document(1)]
        finally:
            child.kill()
            child.wait()


def test_a_second_writer_on_sqlite_gives_up_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_PRAGMAS", ("PRAGMA busy_timeout = 200", *database._PRAGMAS[1:]))
    with Store.open(tmp_path) as one, Store.open(tmp_path) as other, one.transaction():  # noqa: SIM117
        with pytest.raises(StoreError, match="database is locked"), other.transaction():
            pass


def test_a_second_writer_waits_its_turn(location):
    with Store.open(location) as store, Store.open(location) as other:
        with store.transaction() as batch:
            batch.put_meta("m", "1")
        with other.transaction() as batch:
            assert batch.meta("m") == "1"
            batch.put_meta("m", "2")
        with store.transaction() as batch:
            assert batch.meta("m") == "2"


def test_no_error_tells_what_a_statement_was_about():
    with memory_database().connect() as connection, pytest.raises(OperationalError) as raised:
        connection.execute(text("SELECT :name FROM nowhere"), {"name": "SECRET"})
    assert "SECRET" not in str(raised.value)
    assert sentence(raised.value) == "the database does not answer: no such table: nowhere"
