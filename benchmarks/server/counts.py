"""Counts among a great many findings, as the console asks for them: over time, by values, as a rule would take them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine

from benchmarks.server.listing import Times
from benchmarks.server.many import (
    ADDRESS,
    COUNTRY,
    DAY_MS,
    DAYS,
    DETECTORS,
    END_MS,
    INSTANCE,
    TAG,
    USER,
    instance,
)
from vedette.findings.counting import by_severity, commonest, histogram, updated_between
from vedette.findings.filters import FindingCriteria
from vedette.findings.listing import list_findings

CRITERIA: dict[str, dict[str, Any]] = {
    "all": {},
    "current, severe": {"service.archived": {"equals": ["false"]}, "severity": {"greaterThanOrEqual": 7}},
    "current, from a common country": {COUNTRY: {"equals": ["Netherlands"]}, "service.archived": {"equals": ["false"]}},
    "a tag that one in four has": {TAG: {"equals": ["prod"]}},
    "a type's pattern": {"type": {"matches": ["Recon:*"]}},
    "one instance": {INSTANCE: {"equals": [instance(77)]}},
}
FEW_VALUES = ("type", "severity", "accountId", "resource.resourceType", COUNTRY)
MANY_VALUES = (INSTANCE, ADDRESS, USER)

Asked = Callable[[Connection, FindingCriteria], Any]


def _over(days: int, buckets: int) -> Asked:
    return lambda connection, criteria: histogram(
        connection, criteria, DETECTORS, END_MS - days * DAY_MS, END_MS, buckets)


def _values(paths: tuple[str, ...]) -> Asked:
    return lambda connection, criteria: commonest(connection, criteria, DETECTORS, paths, 10)


def _preview(connection: Connection, criteria: FindingCriteria) -> None:
    matching = updated_between(criteria, END_MS - DAYS * DAY_MS)
    by_severity(connection, matching, DETECTORS)
    by_severity(connection, updated_between(FindingCriteria(), END_MS - DAYS * DAY_MS), DETECTORS)
    list_findings(connection, matching, ("updatedAt", "DESC"), 10, None, DETECTORS)


QUESTIONS: dict[str, Asked] = {
    "histogram of 90 days, by day": _over(90, 90),
    "histogram of 7 days, by two hours": _over(7, 84),
    "histogram of a day, by half an hour": _over(1, 48),
    "commonest of five attributes with few values": _values(FEW_VALUES),
    "commonest of three with thousands": _values(MANY_VALUES),
    "preview of 90 days": _preview,
}


def counted(engine: Engine, repeats: int) -> dict[str, Times]:
    """How long each question takes, over all criteria."""
    found: dict[str, Times] = {}
    for name, ask in QUESTIONS.items():
        took: list[float] = []
        for criterion in CRITERIA.values():
            criteria = FindingCriteria.parse({"criterion": criterion})
            for turn in range(repeats + 1):
                begun = time.perf_counter()
                with engine.connect() as connection:
                    ask(connection, criteria)
                if turn:  # the first time, the database has read nothing yet
                    took.append((time.perf_counter() - begun) * 1000)
        found[name] = Times(tuple(took))
    return found
