"""How noisy are all detectors together on ordinary days, and do they find what happens in them?

``python -m benchmarks.noise --days 30 --seed 1 --result seed1.json`` makes a company's estate day by day, with a story
of each finding type somewhere in it, scans every day with ``vedette scan --state`` and throws its logs away.
``python -m benchmarks.noise --page seed1.json seed2.json`` writes docs/noise.md of such results.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import msgspec

from benchmarks.measure import ENVIRONMENT
from vedette.commands.simulate import known_options
from vedette.detectors.catalogue import catalogue
from vedette.detectors.finding_type import Plan
from vedette.findings.store import Store
from vedette.logs.times import parse_time
from vedette.simulate.company import Company
from vedette.simulate.estate_plan import Size
from vedette.simulate.story import Story

PAGE = Path(__file__).resolve().parent.parent / "docs" / "noise.md"

TARGET = 1.0
"""Findings that nobody put there, in an account and week, at most."""
_SLACK = 900_000
"""How much (ms) a finding may begin before or end after its story: rows of a conversation last some minutes."""
_READ = re.compile(r"read [\d,]+ objects \([\d,]+ bytes\): (.*)")

REASONS: tuple[tuple[str, str, str], ...] = (
    # type (regular expression), resource (the same), why it is found on ordinary days
    ("Recon:EC2/Portscan|Impact:EC2/PortSweep", "security-scanner",
     "the company's own vulnerability scanner does scan; GuardDuty reports it too, and advises a filter for it"),
    (r".*InstanceCredentialExfiltration\.InsideAWS", "staging-app",
     "their way out is another account's NAT gateway: three are reported before that is clear"),
    ("Exfiltration:EC2/TransferDataToCloudAccount", "shared-image-pipeline",
     "a golden image is shared with the company's other accounts, a new one each week: what the rule is about"),
    ("PrivilegeEscalation:Kubernetes/PrivilegedContainer", "staging-apps",
     "the pipelines' runners build images in privileged containers: said of the first, as GuardDuty does"),
    ("Persistence:IAM/AccountManipulation", "prod-key-rotation",
     "a user's access key is rotated every fourth week: what the rule is about"),
)


class Noise(msgspec.Struct):
    """A finding that nobody put there."""

    type: str
    severity: float
    title: str
    account: str
    resource: str
    count: int
    first: str
    last: str
    seen: str
    """Who or what it was about, in a few words."""


class Result(msgspec.Struct):
    """What a run came to."""

    seed: int
    days: int
    accounts: int
    principals: int
    instances: int
    types: int
    """Finding types that had a story in it."""
    feeds: list[str]
    records: dict[str, int]
    minutes: float
    findings: int
    noise: list[Noise]
    besides: list[Noise]
    """About the stories' own actors, and not what the stories ask for: they know of each other's lists."""
    missed: list[str]
    """Stories of which a finding is missing: title and type."""

    @property
    def weeks(self) -> float:
        """Account-weeks."""
        return self.accounts * self.days / 7

    @property
    def usual(self) -> int:
        """How many of the findings that nobody put there are not of custom detection rules."""
        types = catalogue().types
        return sum(types[one.type].plan is not Plan.CUSTOM_DETECTION_RULES for one in self.noise if one.type in types)


def stories() -> list[Story]:
    """One story for each type that has one: the first that fires it.

    None trusts anybody: all know the same lists, so that one's trust would hide another's attacker.
    """
    chosen: dict[str, Story] = {}
    done: set[str] = set()
    for _, told in catalogue().stories():
        fired = {one.type for one in told.expected or ()}
        if fired - done:
            done |= fired
            chosen[told.title] = replace(told, given=replace(told.given, trusted_ips=(), trusted_domains=()))
    return list(chosen.values())


def run(*, days: int, seed: int, size: Size, feeds: Sequence[str], told: Sequence[Story]) -> Result:
    """Make, scan and throw away one day after the other."""
    begun = time.monotonic()
    company = Company(seed=seed, days=days, size=size, stories=told)
    records: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="vedette-noise-") as name:
        folder = Path(name)
        company.write_knowledge(folder)
        options = known_options(folder) + [part for feed in feeds for part in ("--feeds", feed)]
        for day in range(days):
            company.write_day(day, folder)
            records.update(_scanned(folder, options))
            rmtree(folder / "logs")
            print(f"day {day + 1} of {days}: {sum(records.values()):,} records, "
                  f"{time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        found = _findings(folder / "state")
    noise, besides, missed = sorted_out(found, company)
    return Result(seed, days, size.accounts, size.principals, size.instances,
                  len({one.type for each in told for one in each.expected or ()}), [Path(one).name for one in feeds],
                  dict(records), (time.monotonic() - begun) / 60, len(found), noise, besides,
                  missed)


def _scanned(folder: Path, options: Sequence[str]) -> Counter[str]:
    """Scan what lies in the folder; the records read, by log kind."""
    command = [sys.executable, "-m", "vedette", "scan", str(folder / "logs"), "--state", str(folder / "state"),
               "--jobs", "1", "--output", os.devnull, "--custom-rule", "all", *options]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the scan failed: {done.stderr[-2000:]}")
    if "dead letters" in done.stderr:
        raise RuntimeError(f"the estate writes what cannot be read: {done.stderr}")
    told = _READ.search(done.stderr)
    parts = told[1].split(", ") if told else []
    return Counter({kind: int(number.replace(",", "")) for number, kind in (part.split(" ") for part in parts)})


def _findings(state: Path) -> list[dict[str, Any]]:
    with Store.open(str(state)) as store:
        rows, token = store.list(limit=50)
        ids = list(rows)
        while token:
            rows, token = store.list(limit=50, after=token)
            ids += rows
        return store.get(sorted(ids))


def sorted_out(found: Sequence[Mapping[str, Any]], company: Company) -> tuple[list[Noise], list[Noise], list[str]]:
    """The findings about the company's, those about stories' actors that no story asked for, and those missing.

    A finding is a story's when its type and time are, and it is about nobody of the company's. What it says of the
    details is not compared: the same actor's repeats, of several stories, are folded into one finding.
    """
    foreign = [one for one in found if not _of_company(one, company)]
    asked: set[str] = set()
    missed = []
    for one in company.injected:
        for expected in one.story.expected or ():
            its = [each["id"] for each in foreign if each["type"] == expected.type
                   and _overlaps(each, one.start, one.end)]
            asked.update(its)
            if not its:
                missed.append(f"{expected.type}: {one.story.title}")
    theirs = {one["id"] for one in foreign}
    noise = [_noise(one) for one in found if one["id"] not in theirs]
    besides = [_noise(one) for one in foreign if one["id"] not in asked]
    return sorted(noise, key=_order), sorted(besides, key=_order), missed


def _order(one: Noise) -> tuple[str, str, str]:
    return one.type, one.account, one.resource


def _overlaps(finding: Mapping[str, Any], start: int, end: int) -> bool:
    service = finding["service"]
    return (parse_time(service["eventFirstSeen"]) <= end + _SLACK
            and parse_time(service["eventLastSeen"]) >= start - _SLACK)


def _of_company(finding: Mapping[str, Any], company: Company) -> bool:
    """It is about a machine, function, person, role, bucket, cluster or database of the company's."""
    resource = finding["resource"]
    instance = resource.get("instanceDetails", {})
    interfaces = {one.get("networkInterfaceId") for one in instance.get("networkInterfaces", ())}
    key = resource.get("accessKeyDetails", {})
    buckets = {one["name"] for one in resource.get("s3BucketDetails", ())}
    database = resource.get("rdsDbInstanceDetails", {}).get("dbInstanceIdentifier", "")
    cluster = resource.get("eksClusterDetails", {}).get("name")
    interface = finding["service"].get("action", {}).get("networkConnectionAction", {}).get("localNetworkInterface")
    if cluster in company.clusters or company.has_database(database):
        return True
    return bool(company.machines & {instance.get("instanceId"), interface, *interfaces}) or company.has_principal(
        key.get("userName", ""), key.get("principalId", "")) or any(name.startswith("corp-") for name in buckets)


def _noise(finding: Mapping[str, Any]) -> Noise:
    resource = finding["resource"]
    instance = resource.get("instanceDetails", {})
    tags = {tag["key"]: tag["value"] for tag in instance.get("tags", ())}
    key = resource.get("accessKeyDetails", {})
    buckets = [one["name"] for one in resource.get("s3BucketDetails", ())]
    database = resource.get("rdsDbInstanceDetails", {}).get("dbInstanceIdentifier")
    function = resource.get("lambdaDetails", {}).get("functionName")
    name = (resource.get("eksClusterDetails", {}).get("name") or database or function or tags.get("Name")
            or instance.get("instanceId") or ", ".join(buckets) or key.get("userName") or "")
    service = finding["service"]
    return Noise(finding["type"], finding["severity"], finding["title"], finding["accountId"], name, service["count"],
                 service["eventFirstSeen"], service["eventLastSeen"], finding["description"])


def reason(one: Noise) -> str:
    """Why it is found on ordinary days; empty: nobody has said yet."""
    return next((why for kind, resource, why in REASONS if re.fullmatch(kind, one.type)
                 and re.search(resource, one.resource)), "")


def page(results: Sequence[Result]) -> str:
    """docs/noise.md."""
    lines = [
        "# Noise", "", "<!-- Written by `python -m benchmarks.noise --page`. -->", "",
        "Ordinary days of a made company (`vedette simulate estate`), much of whose work looks bad on purpose: what",
        "all detectors together find in them that nobody put there, and whether they find the stories that were.", "",
        _row("seed", "days", "estate", "records", "feeds", "stories' types", "missed", "findings nobody put there",
             "a week and account"), "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in results:
        records = ", ".join(f"{number:,} {kind}" for kind, number in sorted(one.records.items()))
        estate = f"{one.accounts} accounts, {one.principals} principals, {one.instances} instances"
        rate = f"**{len(one.noise) / one.weeks:.2f}** (may be {TARGET:g}); {one.usual / one.weeks:.2f} without the "
        rate += "custom detection rules, which are off unless one turns them on"
        lines.append(_row(one.seed, one.days, estate, records, ", ".join(one.feeds) or "the stories' own", one.types,
                          len(one.missed), len(one.noise), rate))
    for one in results:
        lines += ["", f"## Seed {one.seed}", "", _row("type", "resource", "times", "from", "to", "why"),
                  "|---|---|---|---|---|---|"]
        lines += [_row(f"`{each.type}`", each.resource, each.count, each.first[:16], each.last[:16],
                       reason(each) or each.seen) for each in one.noise]
        if one.besides:
            lines += ["", "Said of the stories' own actors besides what they ask for (all know the same lists):", "",
                      *(f"- `{each.type}` {each.resource}: {each.seen}" for each in one.besides)]
        if one.missed:
            lines += ["", "Missed:", "", *(f"- {each}" for each in one.missed)]
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    """Run, or write the page of runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=5)
    parser.add_argument("--principals", type=int, default=200)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--feeds", action="append", default=[], help="threat feeds as `vedette scan` takes them")
    parser.add_argument("--quiet-days", action="store_true", help="no stories at all: nothing may be found")
    parser.add_argument("--result", type=Path, help="where to write the run's result")
    parser.add_argument("--page", type=Path, nargs="+", help="results to write docs/noise.md of")
    asked = parser.parse_args()
    if asked.page:
        PAGE.write_text(page([msgspec.json.decode(path.read_bytes(), type=Result) for path in asked.page]),
                        encoding="utf-8")
        return
    result = run(days=asked.days, seed=asked.seed, size=Size(asked.accounts, asked.principals, asked.instances),
                 feeds=asked.feeds, told=[] if asked.quiet_days else stories())
    if asked.result:
        asked.result.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    for one in result.noise:
        print(f"{one.type}\t{one.account}\t{one.resource}\t×{one.count}\t{one.first} to {one.last}\t{one.seen}"
              f"\t{reason(one) or 'NOT EXPLAINED'}")
    for one in result.besides:
        print(f"BESIDES {one.type}\t{one.account}\t{one.resource}\t{one.seen}")
    for missed in result.missed:
        print(f"MISSED {missed}")
    print(f"{len(result.noise)} findings that nobody put there in {result.weeks:.1f} account-weeks: "
          f"{len(result.noise) / result.weeks:.2f} a week and account (may be {TARGET:g}), "
          f"{result.usual / result.weeks:.2f} without custom detection rules; "
          f"{len(result.missed)} findings of {result.types} types missed; {result.minutes:.0f} minutes")


if __name__ == "__main__":
    main()
