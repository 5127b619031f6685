"""A report as plain text. What comes from logs is made visible: nothing in it can move a cursor or hide a letter."""

from __future__ import annotations

from collections.abc import Iterator

from vedette.investigate.case import moment
from vedette.investigate.report import Report
from vedette.publish.plain_text import visible

LONGEST = 262_144
"""Characters; the service model's limit."""


def text_of(report: Report) -> str:
    """All of it."""
    return "\n".join(visible(line) for line in _lines(report))[:LONGEST]


def _lines(report: Report) -> Iterator[str]:
    yield report.title
    yield f"Looked at: {moment(report.since)} to {moment(report.until)}, account {report.account}, {report.region}"
    yield ""
    yield f"Risk: {report.risk}. {' '.join(report.risk_reasons)}"
    yield f"Confidence: {report.confidence}. {' '.join(report.confidence_reasons)}"
    yield from _part("What was seen", report.observations)
    yield from _part("What could not be looked at", report.unseen)
    yield from _part("Evidence", [f"{one.verdict}: {one.title}. {one.narrative}" for one in report.exhibits])
    yield from _part("Phases of the attack", [
        f"{phase.name} ({phase.tactic}): " + ", ".join(f"{one.id} {one.name}" for one in phase.techniques)
        for phase in report.phases])
    yield from _part("Timeline", [f"{moment(one.time)}  {one.said}" for one in report.timeline])
    yield from _part("Involved", [f"{one.kind} {one.value} ({one.role}), in {one.findings} findings"
                                  for one in report.involved])
    yield from _part("Indicators", [f"{kind} {value}" for kind, value in report.indicators])
    yield from _part("What to do", [
        line for one in report.actions for line in (f"{one.priority}: {one.title}. {one.said}", *(
            f"  {command}" for command in one.commands))])
    yield from _part("Findings", [
        f"{moment(one.last_seen)}  {one.severity:g}  {one.type}  {one.id}  {one.title}"
        + (" (archived)" if one.archived else "") for one in report.findings])


def _part(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"- {line}" for line in lines)
