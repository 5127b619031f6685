"""How long the console takes until the first finding is seen, of a great many, in a real browser.

``python -m benchmarks.server.console [--findings 1000000] [--loads 12]`` prints it, and writes
docs/performance-console.md.
The findings are made once, with their documents: some minutes, and two gigabytes below the temporary folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import msgspec
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine, insert, select

from benchmarks.measure import machine
from benchmarks.server.listing import Times
from benchmarks.server.many import (
    ACCOUNTS,
    ACTION,
    ADDRESS,
    COUNTRIES,
    COUNTRY,
    DETECTORS,
    INSTANCE,
    PORT,
    TAG,
    TYPES,
    USER,
    VPC,
    filled,
    instance,
    layout,
)
from benchmarks.server.running import ACCOUNT, REGION, Served, now, vedette
from vedette.api.users import create_user
from vedette.findings import schema
from vedette.findings.attributes import filter_paths
from vedette.findings.configuration import DetectorSettings, Member
from vedette.findings.database import writing
from vedette.findings.store import Store
from vedette.logs.times import format_time

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "performance-console.md"
AIM_MS = 1000
USER_NAME, PASSWORD = "ada", "a password of benchmarks"

_CHUNK = 20_000
_FIRST = """
    new MutationObserver(() => {
        if (window.firstRow === undefined && document.querySelector("[data-finding]") !== null)
            requestAnimationFrame(() => { window.firstRow ??= performance.now(); });
    }).observe(document, {childList: true, subtree: true});
    document.addEventListener("click", () => { window.begun = performance.now(); delete window.firstRow; }, true);
"""
"""Notes when the first finding is drawn, in milliseconds since the navigation, or since a click."""

FILTERS: dict[str, Callable[[random.Random], list[str]]] = {
    "all current ones": lambda _: [],
    "severe ones": lambda _: ["severity>=7"],
    "of a type, from a country": lambda draw: [
        f"type={draw.choice(TYPES[:10])[0]}", f"{COUNTRY}={draw.choice(COUNTRIES[:4])}"],
    "of one instance": lambda draw: [f"{INSTANCE}={instance(draw.randrange(5000))}"],
}


def main() -> None:
    """Make, measure, print, write."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.server.console", description=__doc__)
    asked.add_argument("--findings", type=int, default=1_000_000)
    asked.add_argument("--loads", type=int, default=12, help="of each kind")
    given = asked.parse_args()
    lines = ["| the first finding is seen, of a million | p50 | p95 | aim |".replace(
        "a million", f"{given.findings:,}"), "|---|---|---|---|"]
    print(*lines, sep="\n", flush=True)
    folder = kept(given.findings)
    busy = os.getloadavg()[1]
    for name, one in measured(folder, given.loads).items():
        lines.append(f"| {name} | {one.middle / 1000:.2f} s | {one.most / 1000:.2f} s | {AIM_MS / 1000:.1f} s |")
        print(lines[-1], flush=True)
    PAGE.write_text("\n".join([*_head(busy), "", *lines, "", _NOTES]) + "\n", encoding="utf-8")


def kept(number: int) -> Path:
    """A folder whose ``state`` holds so many findings with their documents, and who may see them."""
    folder = Path(tempfile.gettempdir()) / f"vedette-benchmark-console-{number}-{layout()}"
    done = folder / "done"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    engine = filled(str(folder / "state"), number)
    _write_documents(engine)
    engine.dispose()
    with Store.open(folder / "state") as store:
        create_user(store, USER_NAME, ACCOUNT, "admin", PASSWORD, now())
        with store.transaction() as batch:
            for account, detector in zip(ACCOUNTS, DETECTORS, strict=True):
                batch.configure(DetectorSettings(account=account, region=REGION, id=detector))
                if account != ACCOUNT:
                    batch.configure(Member(
                        account=ACCOUNT, region=REGION, id=account, email="a@b", relationship="Enabled"))
    done.touch()
    return folder


def measured(folder: Path, loads: int) -> dict[str, Times]:
    """How long each kind of navigation took (ms)."""
    with vedette(folder, "[retention]\nfindings_days = 36500\n") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--disable-gpu", "--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])])
        try:
            return dict(_navigations(browser, server, loads))
        finally:
            browser.close()


def _navigations(browser: Browser, server: Served, loads: int) -> Iterator[tuple[str, Times]]:
    session = _signed_in(browser, server)
    change = _changes(server)
    yield "page loaded for the first time, nothing in the browser's cache", Times(tuple(
        _cold(browser, server, session, change) for _ in range(loads)))
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, storage_state=session)
    context.add_init_script(_FIRST)
    page = context.new_page()
    for name, chips in FILTERS.items():
        draw = random.Random(3)
        took = [_loaded(page, server, chips(draw), change) for _ in range(loads + 1)]
        # The first one filled the browser's cache.
        yield f"page loaded again, {name}", Times(tuple(took[1:]))
    yield "chosen in the navigation, all current ones", Times(tuple(
        _walked(page, server, change) for _ in range(loads)))
    context.close()


def _signed_in(browser: Browser, server: Served) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/login")
    page.get_by_label("User", exact=True).fill(USER_NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/overview")
    session = context.storage_state()
    context.close()
    return session


def _changes(server: Served) -> Callable[[], None]:
    """Commits something, as a server that reads logs does all the time: no answer is at hand after it."""
    client = boto3.client(
        "guardduty", region_name=REGION, endpoint_url=server.url, aws_access_key_id=server.key,
        aws_secret_access_key=server.secret)

    def change() -> None:
        client.update_detector(DetectorId=DETECTORS[0], FindingPublishingFrequency="ONE_HOUR")

    return change


def _cold(browser: Browser, server: Served, session: Any, change: Callable[[], None]) -> float:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, storage_state=session)
    context.add_init_script(_FIRST)
    try:
        return _loaded(context.new_page(), server, [], change)
    finally:
        context.close()


def _loaded(page: Page, server: Served, chips: list[str], change: Callable[[], None]) -> float:
    change()
    page.goto(f"{server.url}/{REGION}/findings?{urlencode([('f', one) for one in chips])}", wait_until="commit")
    took = _first_row(page)
    page.wait_for_load_state("networkidle")
    return took


def _walked(page: Page, server: Served, change: Callable[[], None]) -> float:
    page.goto(f"{server.url}/{REGION}/lists")
    page.wait_for_load_state("networkidle")
    change()
    page.get_by_role("link", name="Findings", exact=True).click()
    took = _first_row(page)
    return took - float(page.evaluate("window.begun"))


def _first_row(page: Page) -> float:
    page.locator("[data-finding]").first.wait_for()
    while (took := page.evaluate("window.firstRow")) is None:
        page.wait_for_timeout(5)
    return float(took)


def _write_documents(engine: Engine) -> None:
    """A document of each finding, of its row and attributes."""
    names = {path.number: path.name for path in filter_paths().values()}
    with engine.connect() as reading, writing(engine) as connection:
        last = 0
        while rows := reading.execute(select(schema.finding).where(schema.finding.c.seq > last).order_by(
                schema.finding.c.seq).limit(_CHUNK)).all():
            first, last = rows[0].seq, rows[-1].seq
            values: dict[int, dict[str, str]] = {}
            for seq, path, value in reading.execute(select(
                    schema.attribute.c.seq, schema.attribute.c.path, schema.attribute.c.value).where(
                    schema.attribute.c.seq.between(first, last))):
                values.setdefault(seq, {})[names[path]] = value
            connection.execute(insert(schema.finding_document), [
                {"seq": row.seq, "document": msgspec.json.encode(_document(row, values.get(row.seq, {}))).decode(),
                 "base": b""} for row in rows])


def _document(row: Any, values: dict[str, str]) -> dict[str, Any]:
    detector = DETECTORS[row.detector - 1]
    remote = {"ipAddressV4": values.get(ADDRESS, "198.51.100.7"), "country": {"countryName": values.get(COUNTRY, "")},
              "organization": {"asn": "64500", "asnOrg": "Example", "isp": "Example", "org": "Example"}}
    resource: dict[str, Any] = {"resourceType": row.resource_type}
    if INSTANCE in values:
        resource["instanceDetails"] = {
            "instanceId": values[INSTANCE], "instanceType": "m5.xlarge", "availabilityZone": f"{REGION}a",
            "imageId": "ami-0123456789abcdef0", "instanceState": "running",
            "networkInterfaces": [{
                "networkInterfaceId": "eni-0123456789abcdef0", "privateIpAddress": "10.0.0.7", "vpcId": values[VPC],
                "subnetId": "subnet-0123456789abcdef0",
                "securityGroups": [{"groupId": "sg-0123456789abcdef0", "groupName": "web"}]}],
            "tags": [{"key": "team", "value": values[TAG]}]}
        action: dict[str, Any] = {"actionType": values[ACTION], "networkConnectionAction": {
            "connectionDirection": "INBOUND", "protocol": "TCP", "blocked": False, "remoteIpDetails": remote,
            "localPortDetails": {"port": int(values[PORT]), "portName": "Unknown"},
            "remotePortDetails": {"port": 50123, "portName": "Unknown"}}}
    else:
        resource["accessKeyDetails"] = {
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "principalId": "AIDAIOSFODNN7EXAMPLE", "userType": "IAMUser",
            "userName": values.get(USER, "user-0")}
        action = {"actionType": "AWS_API_CALL", "awsApiCallAction": {
            "api": "ListBuckets", "callerType": "Remote IP", "serviceName": "s3.amazonaws.com",
            "userAgent": "aws-cli/2.15.30 Python/3.11.8 Linux/6.1", "remoteIpDetails": remote}}
    return {
        "schemaVersion": "2.0", "accountId": row.account, "region": row.region, "partition": "aws", "id": row.id,
        "arn": f"arn:aws:guardduty:{row.region}:{row.account}:detector/{detector}/finding/{row.id}",
        "type": row.type, "title": f"{row.type} of {values.get(INSTANCE) or values.get(USER) or 'a bucket'}.",
        "description": "Something that was seen in the logs, in a sentence that is about as long as those that the "
                       "detectors write, with whom and from where.",
        "severity": row.severity, "createdAt": format_time(row.created), "updatedAt": format_time(row.updated),
        "resource": resource, "service": {
            "serviceName": "guardduty", "detectorId": detector, "resourceRole": "TARGET", "count": row.count,
            "eventFirstSeen": format_time(row.first_seen), "eventLastSeen": format_time(row.last_seen),
            "archived": bool(row.archived), "action": action,
            "additionalInfo": {"value": "{}", "type": "default"}}}


def _head(busy: float) -> list[str]:
    return [
        "# Performance of the console", "", "<!-- Written by `make bench-console`. -->", "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}, Python {platform.python_version()}.",
        f"The load average of the five minutes before was {busy:.1f}."]


_NOTES = """\
Chromium and `vedette serve` with SQLite, both on this machine, an administrator who sees five accounts' findings. The
time is from the navigation, or from the click, until the first row of the list is drawn. Before each one something is
committed to the database, as a server that reads logs does all the time: no answer is at hand. Values of the filters
differ each time."""


if __name__ == "__main__":
    main()
