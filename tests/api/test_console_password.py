"""A user's own change of password, over real HTTP and on both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.browsers import PASSWORD, Answer, Browser, make_user, signed_in
from tests.api.serving import Served, now, serving
from tests.api.test_asgi import ask
from vedette.api.console import attempts
from vedette.api.sessions import FRESH
from vedette.api.users import new_link

SESSION, PATH = "/vedette/v1/session", "/vedette/v1/session/password"
NEW = "another horse battery"


@pytest.fixture
def served(tmp_path: Path, location: str) -> Iterator[Served]:
    with serving(tmp_path, state=location) as server:
        yield server


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        yield server


def change(browser: Browser, old: str = PASSWORD, new: str = NEW, **headers: str | None) -> Answer:
    return browser.post(PATH, {"password": old, "newPassword": new}, **headers)


def test_the_new_password_is_good_and_all_that_was_begun_with_the_old_one_ends(served: Served) -> None:
    ann = signed_in(served, "ann", "analyst")
    elsewhere, bob = Browser(served.url), signed_in(served, "bob")
    assert elsewhere.sign_in("ann").status == 200
    link = new_link(served.store, "ann", now())
    before = dict(ann.cookies)
    visit = ann.get(SESSION).body["lastVisit"]

    answer = change(ann)
    assert (answer.status, answer.body["user"], answer.body["role"]) == (200, "ann", "analyst")
    assert answer.body["lastVisit"] == visit
    assert answer.body["csrf"] != ann.csrf
    ann.csrf = answer.body["csrf"]
    assert ann.cookies != before
    assert ann.get("/detector").status == 200
    assert bob.get("/detector").status == 200

    time.sleep(FRESH)
    assert elsewhere.get(SESSION).status == 401
    old = Browser(served.url)
    old.cookies = before
    assert old.get(SESSION).status == 401
    assert Browser(served.url).post(SESSION, {"token": link}).status == 401
    assert Browser(served.url).sign_in("ann").status == 401
    assert Browser(served.url).sign_in("ann", NEW).status == 200
    (told,) = [one for one in served.audited if one["operation"] == "ChangePassword"]
    assert (told["console_user"], told["role"], told["outcome"]) == ("ann", "analyst", "Success")
    log = (served.folder / "audit.log").read_text()
    assert PASSWORD not in log
    assert NEW not in log


def test_whoever_does_not_know_the_old_one_changes_nothing(local: Served) -> None:
    ann = signed_in(local, "ann", "analyst")
    refused = change(ann, "a wrong horse battery")
    assert (refused.status, refused.body["__type"]) == (400, "BadRequestException")
    assert "old password is wrong" in refused.body["message"]
    assert ann.get("/detector").status == 200
    assert Browser(local.url).sign_in("ann").status == 200
    assert [(one["operation"], one["console_user"], one["outcome"]) for one in local.audited][1] == (
        "ChangePassword", "ann", "BadRequestException")


def test_guesses_are_slowed_down_as_those_at_the_login_are_and_count_as_these(
    local: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts, "PATIENCE", 0.0)
    ann = signed_in(local, "ann", "analyst")
    statuses = [change(ann, f"wrong number {number}").status for number in range(7)]
    assert statuses in ([400] * 5 + [429] * 2, [400] * 6 + [429])
    refused = change(ann)
    assert (refused.status, refused.body["__type"]) == (429, "TooManyRequestsException")
    assert int(refused.headers["retry-after"]) >= 1
    assert Browser(local.url).sign_in("ann").status == 429


@pytest.mark.parametrize("new", ["short", "x" * 11, "x" * 1025, PASSWORD, ""])
def test_a_password_that_nobody_could_have_is_refused(local: Served, new: str) -> None:
    ann = signed_in(local, "ann", "analyst")
    assert change(ann, new=new).status == 400
    assert Browser(local.url).sign_in("ann").status == 200


@pytest.mark.parametrize("body", [b"", b"{}", b'{"password":"x"}', b'{"password":1,"newPassword":"x"}', b"[]",
                                  b'{"password":"x","newPassword":"yyyyyyyyyyyyy","user":"bob"}'])
def test_what_is_no_change_is_refused(local: Served, body: bytes) -> None:
    ann = signed_in(local, "ann", "analyst")
    assert ann.ask("POST", PATH, body).status == 400


def test_only_the_console_itself_changes_it_and_no_key(local: Served) -> None:
    ann = signed_in(local, "ann", "analyst")
    assert change(ann, X_Vedette_CSRF=None).status == 403
    assert change(ann, X_Vedette_CSRF="A" * 43).status == 403
    assert change(ann, Sec_Fetch_Site="cross-site").status == 403
    assert change(ann, Origin="https://evil.example").status == 403
    assert change(Browser(local.url)).status == 401
    body = json.dumps({"password": PASSWORD, "newPassword": NEW}).encode()
    assert ask(local, "POST", PATH, body, headers={"Content-Type": "application/json"})[0] == 401
    assert ann.get(PATH).status == 404
    assert Browser(local.url).sign_in("ann").status == 200


def test_a_change_with_a_password_that_was_changed_meanwhile_is_refused(served: Served) -> None:
    make_user(served.store, "ann", "analyst")
    first, second = Browser(served.url), Browser(served.url)
    first.sign_in("ann")
    second.sign_in("ann")
    assert change(first).status == 200
    assert change(second, new="a third horse battery").status in (400, 401)
    assert Browser(served.url).sign_in("ann", NEW).status == 200
