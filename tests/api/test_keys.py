"""Access keys: made, sealed, looked up, revoked; the key file; the commands."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import event

from vedette.api.keys import AccessKeyError, KeyRing, Sealer, StaleKeysError, create, every, revoke
from vedette.cli import main
from vedette.commands.keys import create_key, key_file_of
from vedette.findings.configuration import ApiKey
from vedette.findings.store import Store

ACCOUNT = "111122223333"
NOW = 1_700_000_000_000


def test_a_key_looks_like_awss_and_its_secret_is_nowhere_in_the_state(store: Store, tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "vedette.key")
    key, secret = create(store, sealer, ACCOUNT, "admin", "me", NOW)
    other, other_secret = create(store, sealer, ACCOUNT, "analyst", "you", NOW + 1)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key.id)
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", secret)
    assert len({key.id, other.id, secret, other_secret}) == 4
    assert [(one.id, one.role, one.name, one.created) for one in every(store)] == [
        (key.id, "admin", "me", NOW), (other.id, "analyst", "you", NOW + 1)]
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or secret.encode() not in file.read_bytes()
    assert sealer.open(key) == secret
    assert Sealer(tmp_path / "vedette.key").open(every(store)[1]) == other_secret


def test_who_writes_the_database_makes_no_more_of_a_key(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        sealer = Sealer(tmp_path / "vedette.key")
        key, _ = create(store, sealer, ACCOUNT, "analyst", "", NOW)
        changed = ApiKey(account=key.account, region="", id=key.id, role="admin", name="", sealed=key.sealed)
        with pytest.raises(AccessKeyError, match=key.id):
            sealer.open(changed)
        with store.transaction() as batch:
            batch.configure(changed)
        ring = KeyRing(store, tmp_path / "vedette.key")
        ring.refresh()
        assert ring.last_secret_of(key.id) is None


def test_another_key_file_opens_nothing_and_says_so(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        key, _ = create(store, Sealer(tmp_path / "a.key"), ACCOUNT, "admin", "", NOW)
    with pytest.raises(AccessKeyError, match="sealed with another key file"):
        Sealer(tmp_path / "b.key").open(key)


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "vedette.key"
    Sealer(file)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    Sealer(file)
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == ["vedette.key"]
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(AccessKeyError, match="chmod 600"):
            Sealer(file)


@pytest.mark.parametrize("content", [b"", b"short", b"!" * 44, b"QUJD", b"A" * 200])
def test_a_file_that_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vedette.key"
    file.touch(0o600)
    file.write_bytes(content)
    with pytest.raises(AccessKeyError, match="no key file"):
        Sealer(file)
    with pytest.raises(AccessKeyError, match="cannot be used"):
        Sealer(tmp_path)


def test_makers_at_the_same_time_agree_on_one_key_file(tmp_path: Path) -> None:
    file = tmp_path / "vedette.key"
    ready = threading.Barrier(8)
    sealed: list[tuple[ApiKey, str]] = []

    def make() -> None:
        ready.wait()
        sealer = Sealer(file)
        key = ApiKey(account=ACCOUNT, region="", id="A", role="admin", name="", sealed="")
        key.sealed = sealer.seal("A", ACCOUNT, "admin", "secret")
        sealed.append((key, "secret"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [Sealer(file).open(key) for key, _ in sealed] == ["secret"] * 8


def secret_now(ring: KeyRing, key_id: str) -> str | None:
    try:
        return ring.secret_of(key_id)
    except StaleKeysError:
        ring.refresh()
        return ring.last_secret_of(key_id)


def test_a_ring_knows_a_new_key_at_once_and_a_revoked_one_for_a_second_at_most(store: Store, tmp_path: Path) -> None:
    ring = KeyRing(store, tmp_path / "vedette.key")
    sealer = Sealer(tmp_path / "vedette.key")
    assert secret_now(ring, "AKIANONE") is None
    key, secret = create(store, sealer, ACCOUNT, "admin", "", NOW)
    assert secret_now(ring, key.id) == secret
    assert ring.key(key.id) == key
    revoke(store, key.id, NOW + 5)
    time.sleep(1.01)
    assert secret_now(ring, key.id) is None
    assert ring.key(key.id) is None
    assert [(one.id, one.revoked, one.sealed) for one in every(store)] == [(key.id, NOW + 5, "")]


def test_guessing_keys_does_not_ask_the_database_each_time(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        ring = KeyRing(store, tmp_path / "vedette.key")
        asked = []
        event.listen(store._engine, "before_cursor_execute", lambda *_: asked.append(1))
        began = time.monotonic()
        for number in range(2000):
            assert secret_now(ring, f"AKIA{number}") is None
        seconds = int(time.monotonic() - began) + 2
        assert len(asked) <= 4 * 22 * seconds


def test_what_is_no_account_role_name_or_key_is_refused(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        sealer = Sealer(tmp_path / "vedette.key")
        for account, role, name, told in (
            ("1111", "admin", "", "twelve digits"), ("１１１１２２２２３３３３", "admin", "", "twelve digits"),
            (ACCOUNT, "root", "", "admin, analyst or ingest"), (ACCOUNT, "admin", "a\nb", "printable"),
            (ACCOUNT, "admin", "a" * 129, "128"),
        ):
            with pytest.raises(AccessKeyError, match=told):
                create(store, sealer, account, role, name, NOW)
        with pytest.raises(AccessKeyError, match="no access key"):
            revoke(store, "AKIANONE", NOW)
        key, _ = create(store, sealer, ACCOUNT, "admin", "", NOW)
        revoke(store, key.id, NOW)
        with pytest.raises(AccessKeyError, match="revoked before"):
            revoke(store, key.id, NOW)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_the_commands_make_list_and_revoke(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = str(tmp_path / "state")
    code, out, _ = run(capsys, "keys", "create", "--account", ACCOUNT, "--role", "ingest", "--name", "shipper",
                       "--state", state)
    found = re.fullmatch(r"aws_access_key_id = (\w{20})\naws_secret_access_key = (\S{40})\n", out)
    assert (code, bool(found)) == (0, True)
    assert found is not None
    assert (tmp_path / "state" / "vedette.key").stat().st_mode & 0o777 == 0o600
    code, out, _ = run(capsys, "keys", "list", "--state", state)
    assert code == 0
    assert f"{found[1]}  {ACCOUNT}  ingest  shipper" in out
    assert found[2] not in out
    assert run(capsys, "keys", "revoke", found[1], "--state", state)[0] == 0
    code, _, err = run(capsys, "keys", "revoke", found[1], "--state", state)
    assert (code, "revoked before" in err) == (2, True)
    code, _, err = run(capsys, "keys", "list", "--state", str(tmp_path / "none"))
    assert (code, "holds no state" in err) == (2, True)


def test_a_database_elsewhere_needs_a_key_file_by_name(location: str, tmp_path: Path) -> None:
    if "://" not in location:
        assert key_file_of(location, None) == Path(location) / "vedette.key"
        return
    with pytest.raises(AccessKeyError, match="--key-file"):
        key_file_of(location, None)
    out = io.StringIO()
    create_key(location, tmp_path / "my.key", ACCOUNT, "admin", "", out, io.StringIO())
    assert "aws_secret_access_key = " in out.getvalue()
    assert os.access(tmp_path / "my.key", os.R_OK)


def test_a_state_that_a_mistyped_folder_makes_is_told(tmp_path: Path) -> None:
    state = str(tmp_path / "stat")
    told = []
    for _ in range(2):
        out, notes = io.StringIO(), io.StringIO()
        create_key(state, None, ACCOUNT, "admin", "", out, notes)
        assert state not in out.getvalue()
        told.append(notes.getvalue())
    assert f"{state} held no state, and one was made there" in told[0]
    assert told[1] == ""
