"""GuardDuty's own finding types, whether a detector here produces them or not."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class GuardDutyType(NamedTuple):
    """A line of ``guardduty_types.csv``."""

    type: str
    severity: str
    log: str
    plan: str


@cache
def guardduty_types() -> tuple[GuardDutyType, ...]:
    """The active ones, and two that were until 2026."""
    text = files("vedette.detectors").joinpath("guardduty_types.csv").read_text("utf-8")
    return tuple(GuardDutyType(**row) for row in csv.DictReader(text.splitlines()))
