"""A backup is the state at one moment, whoever writes meanwhile; a restore is that state or a refusal."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from tests.findings.documents import document, put
from vedette.findings.activity import Person
from vedette.findings.configuration import SavedList
from vedette.findings.console_users import ConsoleSession, ConsoleUser
from vedette.findings.review import comment
from vedette.findings.rows import LedgerEntry
from vedette.findings.store import Store


@pytest.fixture
def state(tmp_path):
    """A state with a finding, and a list with its content."""
    folder = tmp_path / "state"
    with Store.open(folder) as store, store.transaction() as batch:
        put(batch, document(1))
        comment(batch, document(1), "ours", Person(account="111122223333", name="ann"), 1)
        digest = batch.keep_content(b"198.51.100.1\n")
        batch.configure(SavedList(account="111122223333", region="eu-west-1", id="l", kind="ipset", name="ours",
                                  format="TXT", location="s3://b/k", status="ACTIVE", digest=digest))
    return folder


@pytest.fixture
def saved(vedette, state, tmp_path):
    file = tmp_path / "saved.db"
    assert vedette("backup", "--state", str(state), "--into", str(file)).code == 0
    return file


def contents(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "vedette.db") as database:
        return list(database.iterdump())


def test_a_restored_state_is_the_one_that_was_saved(vedette, state, saved, tmp_path):
    said = vedette("restore", str(saved), "--into", str(tmp_path / "new"))
    assert (said.code, said.err) == (0, "")
    assert contents(tmp_path / "new") == contents(state)
    with Store.open(tmp_path / "new") as store:
        assert store.get([document(1)["id"]]) == [document(1)]
        assert [one.text for one in store.activities(document(1)["id"], 0, 5).some] == ["ours"]
        (kept,) = store.configured(SavedList)
        assert store.content(kept.digest) == b"198.51.100.1\n"


def test_users_are_restored_and_must_sign_in_again(vedette, tmp_path):
    token = b"t" * 32
    with Store.open(tmp_path / "before") as store, store.transaction() as batch:
        batch.add_console_user(ConsoleUser(name="al", account="1" * 12, role="admin", password="x", created=1))
        batch.start_console_session(ConsoleSession(digest=token, name="al", created=1, used=1, last_visit=None))
        batch.add_console_link(token, "al", 10)
    assert vedette("backup", "--state", str(tmp_path / "before"), "--into", str(tmp_path / "saved.db")).code == 0
    assert vedette("restore", str(tmp_path / "saved.db"), "--into", str(tmp_path / "after")).code == 0
    with Store.open(tmp_path / "after") as store, store.transaction() as batch:
        assert [one.name for one in batch.console_users()] == ["al"]
        assert batch.console_session(token) is None
        assert batch.take_console_link(token, 5) is None


def test_a_backup_is_two_files_that_only_their_owner_reads_and_sha256sum_checks(saved):
    beside = saved.with_name("saved.db.sha256")
    assert {path.name for path in saved.parent.iterdir()} == {"state", "saved.db", "saved.db.sha256"}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (saved, beside)] == [0o600, 0o600]
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "-c", beside.name], cwd=saved.parent, check=True, capture_output=True)


def test_the_key_file_is_not_in_a_backup(vedette, state, tmp_path):
    (state / "vedette.key").write_text("the-key-that-opens-everything")
    vedette("backup", "--state", str(state), "--into", str(tmp_path / "saved.db"))
    assert b"the-key-that-opens-everything" not in (tmp_path / "saved.db").read_bytes()


def test_a_backup_while_the_server_writes_has_all_of_a_batch_or_nothing(vedette, state, tmp_path):
    """Each batch enters two objects: an odd number would be half a batch."""
    done = threading.Event()

    def write() -> None:
        number = 0
        with Store.open(state) as store:
            while not done.is_set():
                with store.transaction() as batch:
                    for _ in range(2):
                        number += 1
                        batch.record_object(LedgerEntry(
                            source="s", object=f"o{number}" + "x" * 2000, version="1", state="done", kind="cloudtrail"))

    writing = threading.Thread(target=write)
    writing.start()
    try:
        numbers = []
        for run in range(5):
            file = tmp_path / f"{run}.db"
            assert vedette("backup", "--state", str(state), "--into", str(file)).code == 0
            with sqlite3.connect(file) as database:
                numbers += database.execute("SELECT count(*) FROM ledger").fetchone()
    finally:
        done.set()
        writing.join()
    assert [number % 2 for number in numbers] == [0] * 5
    assert numbers == sorted(numbers)
    assert numbers[-1] > numbers[0], "the server went on writing"


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_a_damaged_backup_is_refused_and_leaves_nothing(vedette, saved, tmp_path, place):
    data = bytearray(saved.read_bytes())
    data[place] ^= 1
    saved.write_bytes(data)
    said = vedette("restore", str(saved), "--into", str(tmp_path / "new"))
    assert said.code == 2
    assert f"{saved}: is damaged: its SHA-256 is" in said.err
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_that_is_no_state_is_refused_though_its_checksum_is_right(vedette, tmp_path):
    for name, make in {"text": lambda path: path.write_text("no database"), "empty": Path.touch,
                       "other": lambda path: sqlite3.connect(path).execute("CREATE TABLE t (x)")}.items():
        file = tmp_path / name
        make(file)
        digest = subprocess.run(["sha256sum", file.name], cwd=tmp_path, check=True, capture_output=True).stdout
        (tmp_path / f"{name}.sha256").write_bytes(digest)
        said = vedette("restore", str(file), "--into", str(tmp_path / "new"))
        assert said.code == 2
        assert "is no state of Vedette" in said.err
        assert list((tmp_path / "new").iterdir()) == []


def test_a_backup_without_its_checksum_is_refused(vedette, saved, tmp_path):
    beside = saved.with_name("saved.db.sha256")
    beside.write_text("not a checksum at all, but long enough to be mistaken for one, is it")
    said = vedette("restore", str(saved), "--into", str(tmp_path / "new"))
    assert (said.code, f"{beside}: does not begin with a SHA-256" in said.err) == (2, True)
    beside.unlink()
    said = vedette("restore", str(saved), "--into", str(tmp_path / "new"))
    assert (said.code, f"{beside}: cannot be read: No such file" in said.err) == (2, True)
    assert not (tmp_path / "new").exists()


def test_nothing_that_is_there_is_written_over(vedette, state, saved, tmp_path):
    before = saved.read_bytes()
    said = vedette("backup", "--state", str(state), "--into", str(saved))
    assert (said.code, f"{saved}: is there already" in said.err) == (2, True)
    assert saved.read_bytes() == before
    said = vedette("restore", str(saved), "--into", str(state))
    assert (said.code, f"{state}: is not an empty folder" in said.err) == (2, True)
    said = vedette("restore", str(saved), "--into", str(saved))
    assert (said.code, f"{saved}: is not an empty folder" in said.err) == (2, True)


def test_what_cannot_be_saved_is_told(vedette, state, tmp_path):
    for place, into, sentence in [
        (tmp_path / "none", tmp_path / "a", "none: holds no state: give the folder"),
        (state, tmp_path / "no" / "a", "a: cannot be written: No such file or directory"),
        ("postgresql://host/name", tmp_path / "a", "--state: a PostgreSQL database is backed up with its own pg_dump"),
    ]:
        said = vedette("backup", "--state", str(place), "--into", str(into))
        assert (said.code, said.out) == (2, "")
        assert sentence in said.err


def test_a_state_that_is_damaged_is_told_and_leaves_nothing(vedette, state, tmp_path):
    with (state / "vedette.db").open("r+b") as file:
        file.write(b"nonsense" * 10)
    said = vedette("backup", "--state", str(state), "--into", str(tmp_path / "saved.db"))
    assert (said.code, "cannot be copied: file is not a database" in said.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_newer_vedettes_backup_is_refused(vedette, state, tmp_path):
    with sqlite3.connect(state / "vedette.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert vedette("backup", "--state", str(state), "--into", str(tmp_path / "saved.db")).code == 0
    said = vedette("restore", str(tmp_path / "saved.db"), "--into", str(tmp_path / "new"))
    assert (said.code, "a newer Vedette wrote this database" in said.err) == (2, True)
    assert list((tmp_path / "new").iterdir()) == []
