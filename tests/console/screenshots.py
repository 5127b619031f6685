"""``python -m tests.console.screenshots FOLDER``: pictures of every screen, light and dark, over simulated logs."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.console.conftest import CHROMIUM, QUIET, Desk
from tests.console.test_screens import SCREENS, first_finding
from tests.console.world import MORE_TYPES, served, simulate

FORMS = {"light": ("light", 1440, 1000), "dark": ("dark", 1440, 1000), "phone": ("light", 420, 900)}


def pictures(desk: Desk) -> Iterator[str]:
    """Shows one screen after the other; gives each one's name."""
    desk.page.goto(f"{desk.url}/login")
    desk.page.get_by_label("User", exact=True).wait_for()
    yield "login"
    desk.sign_in()
    for screen in SCREENS:
        desk.go(screen)
        yield screen.partition("?")[0] + ("-of" if "=" in screen else "")
    finding = first_finding(desk)
    desk.go(f"findings?finding={finding}")
    desk.page.get_by_role("tab", name="Evidence").wait_for()
    yield "findings-panel"
    entity = next(one for one in SCREENS if "kind=" in one)
    for kind, screen in (("finding", f"findings/{finding}"), ("entity", entity)):
        desk.go(screen)
        for tab in desk.page.get_by_role("tab").all():
            name = tab.inner_text().split()[0].lower()
            tab.click()
            desk.settled()
            yield f"{kind}-{name}"
    records = next(one for one in SCREENS if "log=" in one)
    desk.go(records)
    desk.page.get_by_role("button", name="Open the record of").first.click()
    desk.settled()
    yield "search-record"
    desk.go(records.replace("log=cloudtrail", "c=%40ip%3D81.2.69.160"))
    yield "search-all-logs"
    desk.go(f"findings/{finding}")
    desk.page.get_by_role("button", name="Suppress those like this").click()
    desk.page.get_by_text("It would have hidden").first.wait_for()
    yield "suppress"
    desk.go("findings?f=type%3Dnothing")
    desk.page.get_by_text("No finding matches").wait_for()
    yield "findings-empty"


def main(into: Path) -> None:
    """Start a server and a browser, and take all pictures."""
    into.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vedette-screenshots-") as told, sync_playwright() as playwright:
        folder = Path(told) / "world"
        simulate(folder, MORE_TYPES)
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])])
        with served(folder) as world:
            for form, (mode, width, height) in FORMS.items():
                context: Any = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=mode, reduced_motion="reduce")
                desk = Desk(context.new_page(), world.url)
                for name in pictures(desk):
                    desk.page.screenshot(path=into / f"{name}-{form}.png", full_page=True, animations="disabled")
                context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
