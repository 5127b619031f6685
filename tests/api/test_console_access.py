"""Who may come in, and what was changed by whom, as an account's admins are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.browsers import PASSWORD, Browser, signed_in
from tests.api.serving import ACCOUNT, Served, now, serving
from vedette.api import audit_reading
from vedette.api.audit import Audit, Entry
from vedette.api.audit_reading import read_back
from vedette.api.keys import KeyRing, revoke
from vedette.findings.configuration import ApiKey

OTHER = "222233334444"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        yield server


def test_users_and_keys_of_the_account_are_told_without_their_secrets(served: Served) -> None:
    before = now()
    browser = signed_in(served)
    signed_in(served, "olga", account=OTHER)
    ingest, _ = served.key("ingest")
    gone, _ = served.key("analyst")
    served.key("admin", OTHER)
    admin, secret = served.key("admin")
    revoke(served.store, gone, now())
    served.client().list_detectors()
    answer = browser.get("/vedette/v1/access")
    (user,) = answer.body["users"]
    assert (user["name"], user["role"]) == ("alice", "admin")
    assert before <= user["createdAt"] <= user["lastSeen"] <= now()
    keys = {one["id"]: one for one in answer.body["keys"]}
    assert set(keys) == {admin, ingest, gone}
    assert (keys[ingest]["role"], keys[ingest]["lastUsed"], keys[ingest]["revokedAt"]) == ("ingest", None, None)
    assert before <= keys[admin]["createdAt"] <= keys[admin]["lastUsed"] <= now()
    assert keys[gone]["revokedAt"] >= before
    told = json.dumps(answer.body)
    sealed = [one.sealed for one in served.store.configured(ApiKey) if one.sealed]
    hashes = [one.password for one in served.store.console_users()]
    assert sealed
    assert [one for one in (secret, PASSWORD, *sealed, *hashes) if one in told] == []


def test_when_a_key_was_last_used_is_known_after_the_server_was_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        key_id, _ = server.key("analyst")
        before = now()
        server.client("analyst").list_detectors()
        keys = KeyRing(server.store, tmp_path / "vedette.key")
        keys.uses.note(key_id, now())
        stop = Event()
        stop.set()
        keys.uses.run(stop)
        late = KeyRing(server.store, tmp_path / "vedette.key").uses
        late.note(key_id, before - 1)
        late.keep()
        assert late.last()[key_id] >= before
    with serving(tmp_path) as server:
        (told,) = signed_in(server).get("/vedette/v1/access").body["keys"]
        assert before <= told["lastUsed"] <= now()


def test_changes_are_told_to_admins_of_the_account_only(served: Served) -> None:
    before = now()
    served.client().create_detector(Enable=True)
    served.client(account=OTHER).create_detector(Enable=True)
    with pytest.raises(served.client("analyst").exceptions.ClientError):
        served.client("analyst").create_detector(Enable=True)
    browser, other = signed_in(served), signed_in(served, "olga", account=OTHER)
    told = browser.get("/vedette/v1/audit").body
    assert told["before"] is None
    assert [(one["operation"], one["role"], one["outcome"]) for one in told["entries"]] == [
        ("CreateSession", "admin", "Success"), ("CreateDetector", "analyst", "AccessDeniedException"),
        ("CreateDetector", "admin", "Success")]
    made = told["entries"][-1]
    assert before <= made["time"] <= now()
    assert (made["accessKeyId"], made["consoleUser"]) == (served.key("admin")[0], "")
    assert made["parameters"]["enable"] is True
    assert [one["consoleUser"] for one in other.get("/vedette/v1/audit").body["entries"]] == ["olga", ""]
    first = browser.get("/vedette/v1/audit?limit=1").body
    assert first["entries"] == told["entries"][:1]
    assert browser.get(f"/vedette/v1/audit?before={first['before']}").body["entries"] == told["entries"][1:]

    analyst = signed_in(served, "ann", role="analyst")
    for path in ("access", "audit"):
        answer = analyst.get(f"/vedette/v1/{path}")
        assert (answer.status, answer.body["__type"]) == (403, "AccessDeniedException")
        assert Browser(served.url).get(f"/vedette/v1/{path}").status in (401, 403)


def entry(number: int, account: str, size: int = 1) -> Entry:
    return Entry(time=number, request_id=str(number), account=account, region="", role="admin", operation="Do",
                 source_address="::1", parameters={"text": f"{ACCOUNT}\n" + "x" * size}, outcome="Success")


@given(st.lists(st.tuples(st.sampled_from([ACCOUNT, OTHER]), st.integers(1, 120)), max_size=30), st.integers(1, 5),
       st.integers(40, 700))
def test_going_back_tells_every_entry_of_the_account_once(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[str, int]], limit: int, block: int,
) -> None:
    file = tmp_path_factory.mktemp("log") / "audit.jsonl"
    audit = Audit(file)
    for number, (account, size) in enumerate(written):
        audit.tell(entry(number, account, size))
        with file.open("ab") as stream:
            stream.write(b"%s is no line of the log\n" % ACCOUNT.encode() * (number % 7 == 3))
            stream.write(b'{"time":"noon","account":"%s"}\n' % ACCOUNT.encode() * (number % 5 == 2))
    with file.open("ab") as stream:
        stream.write(b'{"time":"now","account":"%s","request_id":"not yet wh' % ACCOUNT.encode())
    found: list[str] = []
    before: int | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_reading, "BLOCK", block)
        patch.setattr(audit_reading, "FURTHEST", 3 * block)
        while True:
            tail = read_back(file, ACCOUNT, before, limit)
            assert len(tail.entries) <= limit
            found += [one.request_id for one in tail.entries]
            assert tail.before is None or before is None or tail.before < before
            before = tail.before
            if before is None:
                break
    assert found == [str(number) for number, (account, _) in enumerate(written) if account == ACCOUNT][::-1]


def test_of_the_log_those_are_told_that_are_asked_for_and_nobody_looks_further_than_need_be(served: Served) -> None:
    audit = Audit(served.folder / "audit.log")
    base, hour = 1_790_000_000_000, 3_600_000
    for number in range(40):
        audit.tell(Entry(
            time=base + number * hour, request_id=str(number), account=OTHER if number % 4 == 3 else ACCOUNT, region="",
            console_user="Ann" if number % 2 else "", access_key_id="" if number % 2 else "AKIAONE", role="admin",
            operation="CreateFilter" if number % 3 else "DeleteFilter", source_address="::1", parameters={},
            outcome="Success"))
    browser = signed_in(served)

    def asked(query: str) -> list[str]:
        body = browser.get(f"/vedette/v1/audit?limit=100&until={base + 40 * hour}&{query}").body
        assert body["before"] is None
        return [one["requestId"] for one in body["entries"]]

    ours = [number for number in range(39, -1, -1) if number % 4 != 3]
    assert asked("who=") == [str(one) for one in ours]
    assert asked("who=ann") == [str(one) for one in ours if one % 2]
    assert asked("who=akiao&what=delete") == [str(one) for one in ours if one % 2 == 0 and one % 3 == 0]
    assert asked(f"since={base + 10 * hour}") == [str(one) for one in ours if one >= 10]
    assert browser.get(f"/vedette/v1/audit?until={base + 2 * hour}&limit=1").body["entries"][0]["requestId"] == "1"
    assert asked("who=nobody") == []
    assert browser.get("/vedette/v1/audit?who=" + "x" * 201).status == 400
    late = base + 38 * hour - hour // 2
    audit.tell(Entry(time=late, request_id="late", account=ACCOUNT, region="", role="admin", operation="Late",
                     source_address="::1", parameters={}, outcome="Success"))
    assert asked(f"since={base + 38 * hour}") == ["38"]
    assert asked(f"since={late}") == ["late", "38"]


def test_a_log_that_was_moved_away_is_read_from_its_new_end(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    audit = Audit(file)
    for number in range(10):
        audit.tell(entry(number, ACCOUNT))
    before = read_back(file, ACCOUNT, None, 2).before
    file.rename(tmp_path / "audit.1")
    assert read_back(file, ACCOUNT, before, 2) == ([], None)
    audit.tell(entry(10, ACCOUNT))
    assert [one.request_id for one in read_back(file, ACCOUNT, before, 2).entries] == ["10"]
    file.unlink()
    file.symlink_to(tmp_path / "audit.1")
    with pytest.raises(OSError, match="symbolic links"):
        read_back(file, ACCOUNT, None, 2)
