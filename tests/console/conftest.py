"""A browser, and a server with findings of simulated logs. Without a browser or the bundle these tests are skipped."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.aws import aws_over_http
from tests.console.world import ADMIN, PASSWORD, REGION, World, served, simulate
from vedette.api.console.files import ConsoleFiles

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
QUIET = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"]
PATIENCE = 20_000
"""Milliseconds."""
DOWNLOAD_TRIES = 3


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The URL of an S3 that findings may be exported to."""
    with aws_over_http() as url:
        yield url


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, aws: str) -> Iterator[World]:
    """The server over logs of attacks, one of them hostile to whoever looks at it."""
    if not CHROMIUM:
        pytest.skip("there is no chromium here: apt-get install chromium")
    if not ConsoleFiles().built:
        pytest.skip("the console's bundle is not built: make console")
    folder = tmp_path_factory.mktemp("console") / "world"
    simulate(folder)
    somebody = {"AWS_ENDPOINT_URL_S3": aws, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "nobody", "AWS_CONFIG_FILE": str(folder / "none")}
    with served(folder, environment=somebody) as one:
        yield one


@pytest.fixture(scope="package")
def browser(world: World) -> Iterator[Any]:
    """Chromium. Playwright has an event loop run in this thread until it is stopped, which others must not meet."""
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *root])
        yield one
        one.close()


@dataclass
class Desk:
    """A page of the browser, and what went wrong on it."""

    page: Any
    url: str
    region: str = REGION
    wrong: list[str] = field(default_factory=list)

    def sign_in(self, user: str = ADMIN) -> None:
        self.page.goto(f"{self.url}/login")
        self.fill_in(user)
        self.page.wait_for_url("**/overview")
        # Nobody had signed in: the browser says so of its first question.
        self.wrong.clear()

    def fill_in(self, user: str = ADMIN, password: str = PASSWORD) -> None:
        self.page.get_by_label("User", exact=True).fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def go(self, screen: str) -> None:
        self.page.goto(f"{self.url}/{self.region}/{screen}")
        self.settled()

    def says(self, text: str) -> None:
        """It tells so, at the top of the screen or where it was asked."""
        self.page.get_by_text(text).first.wait_for()

    def choose(self, menu: str, entry: str) -> None:
        """An entry of a menu."""
        self.page.get_by_role("button", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=entry).click()

    def download(self, menu: str, entry: str) -> Any:
        """The file that an entry of a menu hands out. A busy machine's browser may miss a choice: then again."""
        from playwright.sync_api import TimeoutError as NothingCameError

        for _ in range(DOWNLOAD_TRIES - 1):
            with suppress(NothingCameError):
                with self.page.expect_download() as told:
                    self.choose(menu, entry)
                return told.value
            warnings.warn(f"{menu}, {entry}: no download came", stacklevel=2)
        with self.page.expect_download() as told:
            self.choose(menu, entry)
        return told.value

    def rows(self) -> int:
        """How many findings the list shows."""
        self.page.locator("[data-finding]").first.wait_for()
        return int(self.page.locator("[data-finding]").count())

    def settled(self) -> None:
        """Nothing is asked any more, and nothing says that it is loading."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        # By locators: the page's policy lets nobody, and so no waiting function either, evaluate text.
        for waiting in self.page.locator(".waiting, [class*=awsui_spinner]").all():
            waiting.wait_for(state="hidden")
        # What was announced to who hears the page stands there on.
        seen = self.page.locator(":not([aria-live])")
        for loading in self.page.get_by_text("Loading", exact=True).and_(seen).all():
            loading.wait_for(state="hidden")


@pytest.fixture
def make_desk(world: World, browser: Any) -> Iterator[Any]:
    contexts: list[Any] = []

    def make(mode: str = "light", state: Any = None) -> Desk:
        context = browser.new_context(
            viewport={"width": 1440, "height": 1000}, color_scheme=mode, storage_state=state)
        context.set_default_timeout(PATIENCE)
        context.add_init_script("""
            window.refused = [];
            document.addEventListener("securitypolicyviolation", (one) =>
                window.refused.push(`${one.violatedDirective} ${one.blockedURI} ${one.sourceFile}`));
        """)
        contexts.append(context)
        page = context.new_page()
        desk = Desk(page, world.url)
        page.on("console", lambda said: desk.wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: desk.wrong.append(str(error)))
        return desk

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def signed_in(world: World, browser: Any) -> Any:
    """What a browser keeps of an admin's session."""
    context = browser.new_context()
    Desk(context.new_page(), world.url).sign_in()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def desk(make_desk: Any, signed_in: Any) -> Desk:
    """An admin who has signed in."""
    one: Desk = make_desk(state=signed_in)
    return one


TOP = Path(__file__).parents[2]
