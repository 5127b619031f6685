"""A company's estate day by day: ordinary work of every kind, what of it looks bad, and stories that happen in it.

The plain work is that of `vedette.simulate.estate`; on top come the jobs of `jobs_network`, `jobs_names`, `jobs_calls`,
`jobs_clusters` and `jobs_databases`. Days are written one after the other, each from a seed of its own, so that nobody
needs room for all.
"""

from __future__ import annotations

import gzip
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from vedette.errors import VedetteError
from vedette.simulate import jobs_calls, jobs_clusters, jobs_databases, jobs_names, jobs_network
from vedette.simulate.addresses import ACCOUNT
from vedette.simulate.estate import START_MS, write_plan
from vedette.simulate.estate_hour import DAY, HOUR, Hour, Job, dated
from vedette.simulate.estate_plan import Size, plan
from vedette.simulate.events import flatten
from vedette.simulate.flow_rows import FLOW_V2, FLOW_V5
from vedette.simulate.place_file import mmdb
from vedette.simulate.render import Played, given_files, log_files
from vedette.simulate.story import Rendered, Story

JOBS = (*jobs_network.JOBS, *jobs_names.JOBS, *jobs_calls.JOBS, *jobs_clusters.JOBS, *jobs_databases.JOBS)

CALLS, FLOWS, LOOKUPS = 300, 8_000, 1_500
"""Records of plain work in a day: calls for each principal, rows and look-ups for each instance."""

_CUSTOM_FORMAT = ("mail", "vpn", "ci", "resolver", "windows", "scanner")
"""Machines whose subnets log in a custom format."""


_DAY_IN = re.compile(r"/(\d{4}/\d\d/\d\d)/")
_WEEK = 7 * 86_400
"""Seconds. A longer story is about what is usual in an account: it happens in one where no other story does."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A story that happens in the estate: when (ms), and what must be found."""

    story: Story
    start: int
    files: dict[str, bytes]

    @property
    def end(self) -> int:
        """When it is over (ms)."""
        return self.start + round(self.story.length * 1000)

    def told(self) -> dict[str, Any]:
        """The entry of ``expected.json``."""
        return {"title": self.story.title, "start": self.start, "end": self.end, "expected": [
            {"type": one.type, "findings": one.findings, "count": one.count, "details": one.details}
            for one in self.story.expected or ()]}


class Company:
    """An estate of a seed and size, on so many days from ``start`` (a midnight, ms), with stories at their times."""

    def __init__(
        self, *, seed: int, days: int, size: Size | None = None, stories: Sequence[Story] = (), start: int = START_MS,
    ) -> None:
        """Raises VedetteError: there is no such estate, or a story is longer than the days."""
        self.size = size or Size()
        self.days = days
        self.start = start
        self.seed = seed
        self.plan = plan(seed, self.size)
        self.injected = tuple(self._placed(stories))
        self._files = _by_day(self.injected)

    def _placed(self, stories: Sequence[Story]) -> Iterator[Injected]:
        rng = random.Random(f"stories/{self.seed}")  # noqa: S311 - nothing here is secret
        for number, told in enumerate(stories):
            room = self.days * DAY - round(told.length * 1000) - HOUR
            if room <= 0:
                raise VedetteError(f"lasts longer than {self.days} days: give more --days", where=told.title)
            start = self.start + rng.randrange(0, room, 1000)
            files = _distinct(told.render(start, number), number)
            yield Injected(told, start, files if told.length < _WEEK else _moved(files, f"7{number:011}"))

    @property
    def machines(self) -> frozenset[str]:
        """The ids of its instances and interfaces."""
        hosts = [machine.host for network in self.plan.networks for machine in network.machines]
        hosts += [host for network in self.plan.networks for host in (network.nat, *network.functions)]
        return frozenset(name for host in hosts for name in (host.instance_id, host.interface))

    @property
    def clusters(self) -> frozenset[str]:
        """The names of its EKS clusters."""
        return frozenset(one.name for one in jobs_clusters.clusters(self.plan))

    def has_principal(self, user: str, principal: str) -> bool:
        """A user or role of this name, or a session with this principal id, is one of the company's."""
        heads = tuple(f"{network.name}-" for network in self.plan.networks)
        people = {name for person in self.plan.people for name in (person.user, person.email)}
        return (user in people or user in jobs_calls.ROLES or user.startswith(heads)
                or principal.rpartition(":")[2] in people)

    def has_database(self, name: str) -> bool:
        """A database instance of this name is one of the company's."""
        return name.endswith("-main")

    @property
    def expected(self) -> bytes:
        """``expected.json``: every story with what must be found, and nothing else should."""
        told = {"stories": [one.told() for one in self.injected]}
        return msgspec.json.format(msgspec.json.encode(told), indent=2)

    def write_knowledge(self, into: Path) -> None:
        """The inventory, the lists and feeds that stories are given, and what must be found."""
        files = {f"inventory/{name}.json": msgspec.json.format(msgspec.json.encode(document), indent=2)
                 for name, document in self.plan.inventory().items()}
        places: dict[str, Mapping[str, Any]] = {}
        for number, one in enumerate(self.injected):
            given = one.story.given
            places |= given.places
            files |= given_files(
                number, files, threat_ips=given.threat_ips, threat_domains=given.threat_domains,
                trusted_ips=given.trusted_ips, trusted_domains=given.trusted_domains, feeds=given.feeds,
                inventory=given.inventory or {}, exposed_keys=given.exposed_keys, places={})
        if places:
            files["geo/City.mmdb"] = mmdb("City", places)
        files["expected.json"] = self.expected
        _save(into, files)

    def write_day(self, day: int, into: Path) -> dict[str, int]:
        """The logs of one day (0 is the first) below ``into/logs``; the records of plain work, by log kind."""
        begin = self.start + day * DAY
        seed = self.seed * 100_000 + day
        weekend = 0.6 if (begin // DAY + 3) % 7 > 4 else 1.0
        written = write_plan(
            into, self.plan, seed=seed, hours=24, start=begin, cloudtrail=int(self.size.principals * CALLS * weekend),
            flows=int(self.size.instances * FLOWS * weekend), dns=int(self.size.instances * LOOKUPS * weekend))
        for hour in range(24):
            _save(into, self._jobs(begin + hour * HOUR, JOBS))
        _save(into, self._files.get(_date(begin), {}))
        if day + 1 == self.days:
            _save(into, self._files.get(_date(begin + DAY), {}))
        return {kind.value: number for kind, number in written.records.items()}

    def write_clusters(self, day: int, into: Path) -> None:
        """Of one day the audit logs of its clusters alone, without stories."""
        for hour in range(24):
            _save(into, self._jobs(self.start + day * DAY + hour * HOUR, jobs_clusters.JOBS))

    def _jobs(self, begin: int, jobs: Sequence[Job]) -> dict[str, bytes]:
        played = []
        custom = {machine.host.interface for machine in self.plan.of(*_CUSTOM_FORMAT)}
        midnight = begin - begin % DAY
        for job in jobs:
            rng = random.Random(f"{job.__name__}/{self.seed}/{begin}")  # noqa: S311 - nothing here is secret
            done = dated(flatten(job(Hour(self.plan, begin, rng))), job)
            for number, (second, event) in enumerate(done):
                host = event.fields.get("host")
                fields = FLOW_V5 if host and host.interface in custom else FLOW_V2
                played.append(Played(event, begin + round(second * 1000), midnight,
                                     f"{self.seed}/{job.__name__}/{begin}/{number}", fields))
        return log_files(played, f"jobs{self.seed}/{begin}")


def write_company(into: Path, company: Company) -> Iterator[dict[str, int]]:
    """Write all of it into one folder, and say after each day how many records of plain work there were."""
    company.write_knowledge(into)
    for day in range(company.days):
        yield company.write_day(day, into)


def _distinct(rendered: Rendered, number: int) -> dict[str, bytes]:
    """A story's log objects, under names that no other story's have."""
    return {
        name.replace(".json.gz", f"{number:03}.json.gz").replace(".log.gz", f"{number:03}.log.gz"): content
        for name, content in rendered.files.items() if name.startswith("logs/")}


def _moved(files: Mapping[str, bytes], account: str) -> dict[str, bytes]:
    """A story's log objects, in another account."""
    return {
        name.replace(ACCOUNT, account): gzip.compress(
            gzip.decompress(content).replace(ACCOUNT.encode(), account.encode()), mtime=0)
        for name, content in files.items()}


def _by_day(injected: Sequence[Injected]) -> dict[str, dict[str, bytes]]:
    """``2026/03/02`` → the log objects delivered on that day."""
    days: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
    for one in injected:
        for name, content in one.files.items():
            found = _DAY_IN.search(name)
            if found is None:
                raise ValueError(f"{name} does not say when it is delivered")
            days[found[1]][name] = content
    return dict(days)


def _date(millis: int) -> str:
    return f"{datetime.fromtimestamp(millis / 1000, tz=UTC):%Y/%m/%d}"


def _save(into: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
