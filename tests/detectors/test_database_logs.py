"""Logs of databases that stories do not tell: of servers that say less than RDS lets them."""

from __future__ import annotations

from pathlib import Path

from tests.playing import known_in, play

FAILED = "CredentialAccess:RDS/AnomalousBehavior.FailedLogin"


def debian(number: int, user: str, said: str) -> str:
    return f"2026-03-02 09:{number // 60:02}:{number % 60:02}.741 UTC [{9_000 + number}] {user}@postgres {said}"


def guesses(number: int, *users: str) -> list[str]:
    return [debian(n, user, f'FATAL:  password authentication failed for user "{user}"')
            for n in range(number) for user in [users[n % len(users)]]]


def found(folder: Path, lines: list[str]) -> list[str]:
    log = folder / "logs" / "postgresql.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return play(folder / "logs", known_in(folder)).types


def test_guesses_are_found_though_the_log_does_not_say_from_where(tmp_path: Path) -> None:
    came_in = debian(90, "postgres", "LOG:  connection authorized: user=postgres database=postgres")
    assert found(tmp_path, [*guesses(80, "postgres"), came_in]) == [FAILED]


def test_so_are_many_users(tmp_path: Path) -> None:
    assert found(tmp_path, guesses(9, *(f"user{number}" for number in range(9)))) == [FAILED]


def test_a_few_failures_are_none(tmp_path: Path) -> None:
    assert found(tmp_path, guesses(30, "postgres", "app")) == []


def test_an_address_that_an_earlier_line_tells_is_shown_and_what_follows_a_guess_is_told(tmp_path: Path) -> None:
    lines = []
    for number, line in enumerate(guesses(60, "postgres")):
        received = f"[{9_000 + number}] LOG:  connection received: host=9.9.4.20 port={40_000 + number}"
        lines += [f"2026-03-02 09:{number // 60:02}:{number % 60:02}.700 UTC {received}", line]
    authorized = "LOG:  connection authorized: user=postgres database=postgres application_name=psql"
    lines += ["2026-03-02 09:01:20.700 UTC [9500] LOG:  connection received: host=9.9.4.20 port=51000",
              f"2026-03-02 09:01:20.741 UTC [9500] postgres@postgres {authorized}"]
    assert found(tmp_path, lines) == [FAILED, "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce"]
