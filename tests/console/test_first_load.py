"""What the first screen asks is asked while that screen is still being loaded, and once."""

from __future__ import annotations

from typing import Any

from tests.console.conftest import Desk

MAIN = "**/assets/main-*.js"


def loaded(desk: Desk, screen: str, last: str) -> list[tuple[str, str, str]]:
    """Open a screen whose drawing waits until ``last`` was answered: method, path and body of all that was asked."""
    asked: list[tuple[str, str, str]] = []
    held: list[Any] = []
    page = desk.page
    page.on("request", lambda one: asked.append((
        one.method, one.url.removeprefix(desk.url), one.post_data or "")) if "/vedette/v1/" in one.url else None)
    page.route(MAIN, lambda route: held.append(route))
    with page.expect_response(lambda one: one.url.endswith(last)):
        page.goto(f"{desk.url}/{desk.region}/{screen}", wait_until="commit")
    assert page.locator("h1").count() == 0
    for _ in range(200):
        if held:
            break
        page.wait_for_timeout(50)
    held[0].continue_()
    desk.settled()
    return asked


def test_the_first_page_is_asked_for_before_the_screen_is_there(desk: Desk) -> None:
    asked = loaded(desk, "findings?f=severity%3E%3D4&sort=-severity", "/vedette/v1/findings")
    assert desk.rows() > 0
    pages = [body for method, path, body in asked if path == "/vedette/v1/findings" and '"limit":1,' not in body]
    assert len(pages) == 1
    assert '"orderBy":"severity","descending":true,"limit":25' in pages[0]
    assert '"severity":{"greaterThanOrEqual":4}' in pages[0]
    assert [path for _, path, _ in asked].count("/vedette/v1/session") == 1
    assert desk.wrong == []


def test_whoever_has_not_signed_in_comes_to_the_login(make_desk: Any) -> None:
    desk = make_desk()
    asked = loaded(desk, "findings", "/vedette/v1/session")
    desk.page.wait_for_url("**/login?to=*")
    assert [path for _, path, _ in asked] == ["/vedette/v1/session"]
    desk.fill_in()
    desk.page.wait_for_url("**/findings")
    assert desk.rows() > 0


def test_a_time_until_now_is_asked_when_the_screen_is_there(desk: Desk) -> None:
    asked = loaded(desk, "findings?range=24h", "/vedette/v1/session")
    pages = [body for _, path, body in asked if path == "/vedette/v1/findings" and '"limit":1,' not in body]
    assert len(pages) == 1
    assert desk.wrong == []
