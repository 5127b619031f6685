"""``vedette investigate``: an entity's profile, or the report of an investigation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import msgspec

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.commands.options import period_from
from vedette.commands.state import opened
from vedette.engine.history_archive import Archive
from vedette.errors import VedetteError
from vedette.findings.investigations import Investigation
from vedette.investigate.entity import entity_of
from vedette.investigate.estate import inventory_of
from vedette.investigate.investigator import report_of
from vedette.investigate.profile import Activity, Profile, Sources, profile
from vedette.investigate.report_page import page_of
from vedette.investigate.report_text import text_of
from vedette.investigate.sightings import Past
from vedette.logs.times import format_time
from vedette.publish.plain_text import escaped_json, visible
from vedette.publish.summary import short_time

HISTORY = "history"
"""The event history's name in the state folder."""

SHOWN = 20
"""Lines of a list at most; the JSON has all."""

_NAMED = 5
"""Investigations named when the one given is not there."""

_BARS = " ▁▂▃▄▅▆▇█"
_SCALE = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look."""

    state: str
    history: Path | None = None
    """In the state's folder unless given."""
    archive: str | None = None
    endpoint_url: str | None = None

    @property
    def past(self) -> Past | None:
        """The event history; None when there is none.

        Raises:
            VedetteError: the folder that was given is not there.
        """
        folder = self.history or (Path(self.state) / HISTORY if "://" not in self.state else None)
        if self.history and not self.history.is_dir():
            raise VedetteError("is no folder: give that of the event history", where=str(self.history))
        if folder is None or not folder.is_dir():
            return None
        return Past(folder, Archive(self.archive, self.endpoint_url) if self.archive else None)


def show_entity(
    place: Place, kind: str, value: str, since: str, until: str, knowledge: KnowledgeOptions, out: TextIO, *,
    as_json: bool,
) -> None:
    """Write what is known of an entity from ``since`` to ``until``."""
    entity = entity_of(kind, value)
    period = period_from(since, until)
    if period.since is None or period.until is None or period.since >= period.until:
        raise VedetteError("must be later than --since", where="--until")
    known, _ = gather(knowledge)
    with opened(place.state) as store:
        sources = Sources(store, place.past, known, inventory_of(store, known, None))
        told = profile(sources, entity, period.since, period.until)
    if as_json:
        out.write(escaped_json(msgspec.json.format(msgspec.json.encode(told), indent=2).decode()) + "\n")
        return
    out.writelines(f"{visible(line)}\n" for line in _lines(told))


def show_report(state: str, investigation_id: str, html: Path | None, out: TextIO) -> None:
    """Write the report of an investigation as text, or as a page into a file."""
    with opened(state) as store:
        found = [one for one in store.configured(Investigation) if one.id == investigation_id.lower()]
        if not found:
            there = ", ".join(one.id for one in store.configured(Investigation)[-_NAMED:]) or "there is none"
            raise VedetteError(f"is no investigation's id; the newest: {there}", where=visible(investigation_id[:100]))
        report = report_of(store, found[0])
    if report is None:
        said = f"has failed: {found[0].error}" if found[0].error else "is not completed yet"
        raise VedetteError(said, where=found[0].id)
    if html is None:
        out.write(text_of(report) + "\n")
        return
    try:
        html.write_text(page_of(report), encoding="utf-8")
    except OSError as error:
        raise VedetteError(f"cannot be written: {error.strerror or error}", where=str(html)) from error


def _lines(told: Profile) -> Iterator[str]:
    yield f"{told.kind} {told.value}"
    yield f"{short_moment(told.since)} to {short_moment(told.until)} (UTC)"
    if told.first_seen is not None and told.last_seen is not None:
        yield f"first seen {short_moment(told.first_seen)}, last seen {short_moment(told.last_seen)}"
    else:
        yield "not seen"
    if not told.history_on:
        yield "no event history is kept: this is what findings tell"
    elif missing := [str(one.log) for one in told.logs if one.since is None]:
        yield f"nothing was received of: {', '.join(missing)}"
    yield from _part("Known", [f"{one.name}: {one.value}" for one in told.facts])
    yield from _part("Activity", [line for one in told.activity for line in _activity(one)])
    yield from _part("Calls", [
        f"{one.succeeded + one.failed:>8}  {one.service} {one.name}" + (f", {one.failed} failed" if one.failed else "")
        + (", new" if one.is_new else "") for one in told.calls])
    yield from _part("Met", [
        f"{one.count:>8}  {one.kind} {one.value} ({one.log})"
        + (f", {one.bytes_in} bytes in, {one.bytes_out} out" if one.bytes_in is not None else "")
        + (", new" if one.is_new else "") for one in sorted(told.peers, key=lambda one: (one.kind, -one.count))])
    yield from _part("Places", [
        f"{one.count:>8}  {', '.join(part for part in (one.city, one.country) if part)} {one.asn}".rstrip()
        for one in told.geography])
    yield from _part("Findings", [
        f"{short_moment(one.last_seen)}  {one.severity:g}  {one.type}  {one.id[:12]}  {one.title}"
        + (" (archived)" if one.archived else "") for one in told.findings])


def _part(title: str, lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield title
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  … and {len(lines) - SHOWN} more (--json)"


def _activity(told: Activity) -> Iterator[str]:
    count, failed = (sum(getattr(one, name) for one in told.buckets) for name in ("count", "failed"))
    usual = [one.usual for one in told.buckets if one.usual is not None]
    yield (f"{told.log}: {count} records, {failed} failed"
           + (f"; usual would be {sum(usual):.0f}" if usual else "; what is usual is not known"))
    yield bars([one.count for one in told.buckets])


def bars(counts: Sequence[int]) -> str:
    """Numbers over time, in a line."""
    step = -(-len(counts) // _SCALE)
    sums = [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
    most = max(sums) or 1
    return "".join(_BARS[-(-one * (len(_BARS) - 1) // most)] for one in sums)


def short_moment(ms: int) -> str:
    """A moment (ms) in UTC."""
    return short_time(format_time(ms))
