"""`vedette users` from its arguments to what it prints; passwords from a terminal and from a pipe."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Said
from vedette.api.users import Passwords, digest_of
from vedette.findings.console_users import ConsoleUser
from vedette.findings.store import Store

PASSWORD = "correct horse battery"
ALICE = ("users", "create", "alice", "--account", "111122223333", "--role", "admin")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What comes on stdin, which is no terminal."""

    def typing(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return typing


def test_users_are_made_listed_given_links_and_removed(
    vedette: Callable[..., Said], typed: Callable[[str], None], location: str,
) -> None:
    typed(f"{PASSWORD}\nmore\n")
    said = vedette(*ALICE, "--state", location)
    assert (said.code, said.out) == (0, "alice may sign in to the console: admin of 111122223333\n")
    with Store.open(location) as store:
        user = store.console_user("alice")
        assert user is not None
        assert Passwords().is_right(PASSWORD, user)
        assert user.password.startswith("$argon2id$")
        assert PASSWORD not in user.password
    assert re.search(r"alice +111122223333 +admin +\S+ +never", vedette("users", "list", "--state", location).out)
    link = vedette("users", "link", "alice", "--state", location, "--url", "https://vedette.example.com/").out
    found = re.match(r"https://vedette\.example\.com/login#token=([A-Za-z0-9_-]{43})\n", link)
    assert found
    with Store.open(location) as store, store.transaction() as batch:
        assert batch.take_console_link(digest_of(found[1]), 0) == "alice"
        assert batch.take_console_link(digest_of(found[1]), 0) is None
    assert vedette("users", "remove", "alice", "--state", location).code == 0
    assert "alice" not in vedette("users", "list", "--state", location).out


@pytest.mark.parametrize(("arguments", "text", "said"), [
    ((*ALICE,), "too short\n", "the password has 9 characters: give 12 to 1024"),
    ((*ALICE,), "", "the password has 0 characters"),
    ((*ALICE,), "x" * 2000, "the password has 1026 characters"),
    (("users", "create", "a b", *ALICE[3:]), PASSWORD, "cannot be a user's name"),
    (("users", "create", "", *ALICE[3:]), PASSWORD, "cannot be a user's name"),
    (("users", "create", "a", "--account", "12", "--role", "admin"), PASSWORD, "is no AWS account"),
    (("users", "create", "a", "--account", "1" * 12, "--role", "ingest"), PASSWORD, "is no role of a user"),
    (("users", "remove", "nobody"), "", "there is no user 'nobody'"),
    (("users", "link", "nobody"), "", "there is no user 'nobody'"),
])
def test_a_mistake_is_one_sentence(
    vedette: Callable[..., Said], typed: Callable[[str], None], tmp_path: Path, arguments: tuple[str, ...], text: str,
    said: str,
) -> None:
    Store.open(tmp_path / "state").close()
    typed(text)
    found = vedette(*arguments, "--state", str(tmp_path / "state"))
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert found.err.count("\n") == 1


def test_a_name_is_one_users(vedette: Callable[..., Said], typed: Callable[[str], None], tmp_path: Path) -> None:
    typed(PASSWORD)
    first = vedette(*ALICE, "--state", str(tmp_path / "state"))
    assert "held no state, and one was made there" in first.err
    typed(PASSWORD)
    assert "there is a user alice already" in vedette(*ALICE, "--state", str(tmp_path / "state")).err


@pytest.mark.parametrize("again", [PASSWORD, "correct horse battery?"])
def test_a_terminal_is_asked_twice_and_shows_nothing(tmp_path: Path, again: str) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vedette", *ALICE, "--state", str(tmp_path / "state")], stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 60

    def until(text: bytes) -> None:
        nonlocal shown
        while text not in shown:
            assert time.monotonic() < deadline
            shown += os.read(ours, 4096)

    try:
        until(b"Password of alice: ")
        os.write(ours, f"{PASSWORD}\n".encode())
        until(b"The same again: ")
        os.write(ours, f"{again}\n".encode())
        until(b"may sign in" if again == PASSWORD else b"are not the same: nothing was made")
        assert process.wait(30) == (0 if again == PASSWORD else 2)
    finally:
        process.kill()
        os.close(ours)
    assert PASSWORD.encode() not in shown


def test_a_letter_is_the_same_however_it_was_composed() -> None:
    passwords = Passwords()
    hashed = passwords.hashed("pass w\u00f6rd of eleven")
    user = ConsoleUser(name="a", account="1" * 12, role="admin", password=hashed, created=0)
    assert passwords.is_right("pass wo\u0308rd of eleven", user)
    assert not passwords.is_right("pass word of eleven", user)
    assert not passwords.is_right("pass word of eleven", None)
