"""``vedette scan``: a folder or bucket of logs in, findings out."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.engine.costs import Costs
from vedette.engine.mapping import Period
from vedette.engine.pipeline import Settings, Street, Summary
from vedette.errors import SourceError, VedetteError
from vedette.findings.store import Store
from vedette.logs.kinds import LogKind
from vedette.logs.times import format_time
from vedette.publish.formats import write_findings
from vedette.sources import Source, open_source

SMALL = 24 << 20
"""Bytes (as stored) below which starting worker processes costs more than it saves."""

FOUND = 3
"""Exit code of ``--exit-code`` when a finding is new."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """The options of ``vedette scan``."""

    location: str
    endpoint_url: str | None = None
    kinds: frozenset[LogKind] | None = None
    knowledge: KnowledgeOptions = field(default_factory=KnowledgeOptions)
    state: str | None = None
    custom_rules: frozenset[str] = frozenset()
    """The custom detection rules that are live where no association says otherwise."""
    period: Period = field(default_factory=Period)
    min_severity: float = 0.0
    jobs: int | None = None
    format: str = "table"
    output: Path | None = None
    exit_code: bool = False
    profile: bool = False
    """Say afterwards what each detector cost."""


def scan(options: ScanOptions) -> int:
    """Run the scan. Returns the exit code."""
    if options.output:
        _check_writable(options.output)
    known, geo = gather(options.knowledge)
    source = open_source(options.location, endpoint_url=options.endpoint_url)
    with Store.open(options.state) if options.state else Store.in_memory() as store:
        costs = Costs() if options.profile else None
        street = Street(store, known, geo, rules=options.custom_rules, costs=costs)
        with _progress() as show:
            summary = street.run(source, settings=Settings(jobs=options.jobs or _jobs_for(source)),
                                 kinds=options.kinds, period=options.period, progress=show)
        findings = [found for found in _documents(store, summary.changed)
                    if found["severity"] >= options.min_severity]
        with _destination(options.output) as out:
            write_findings(findings, options.format, out)
        _report(summary, findings, sys.stderr)
        if costs:
            _profile(costs, sys.stderr)
        if summary.objects and summary.failed == summary.objects:
            raise SourceError(f"none of its {summary.objects} objects could be read; `vedette dead-letters` lists why",
                              where=options.location)
        if options.exit_code and any(found["id"] in summary.new for found in findings):
            return FOUND
    return 0


def severity_from(text: str) -> float:
    """A severity option: a band's name, or a number from 1 to 10."""
    bands = {"low": 1.0, "medium": 4.0, "high": 7.0, "critical": 9.0}
    if text.lower() in bands:
        return bands[text.lower()]
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 10:
        raise VedetteError(f"{text!r} is not low, medium, high, critical or a number from 1 to 10",
                           where="--min-severity")
    return number


def _jobs_for(source: Source) -> int:
    """As many workers as cores, unless the logs are so few that one process is quicker."""
    size = 0
    for obj in source.objects():
        size += obj.size
        if size > SMALL:
            return os.cpu_count() or 1
    return 1


def _documents(store: Store, ids: set[str]) -> list[dict[str, Any]]:
    """The findings this run wrote, the worst and newest first."""
    found = store.get(sorted(ids))
    return sorted(found, key=lambda one: (-one["severity"], one["updatedAt"], one["id"]))


@contextmanager
def _destination(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        # A reader that went away must show here, not when the interpreter ends.
        sys.stdout.flush()
        return
    try:
        with path.open("w", encoding="utf-8") as out:
            yield out
    except OSError as error:
        raise VedetteError(f"cannot be written: {error.strerror}", where=str(path)) from error


def _check_writable(path: Path) -> None:
    """Refuse before the work, not after it. Nothing is made: the file may lie in the folder that is read."""
    if path.is_dir():
        raise VedetteError("is a folder: give a file", where=f"--output {path}")
    if not path.parent.is_dir():
        raise VedetteError(f"cannot be written: there is no folder {path.parent}", where=f"--output {path}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise VedetteError("cannot be written: this user may not", where=f"--output {path}")


@contextmanager
def _progress() -> Iterator[Callable[[Summary], None] | None]:
    """A bar with rate and time left on stderr, where somebody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[records]} records, {task.fields[findings]} findings"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None, records=0, findings=0)

        def show(summary: Summary) -> None:
            records = f"{sum(summary.records.values()):,}"
            bar.update(task, total=summary.planned, completed=summary.size, records=records,
                       findings=len(summary.changed))

        yield show


def _report(summary: Summary, findings: list[dict[str, Any]], out: TextIO) -> None:
    records = ", ".join(f"{number:,} {kind}" for kind, number in sorted(summary.records.items())) or "no records"
    print(f"read {summary.objects:,} objects ({summary.size:,} bytes): {records}", file=out)
    if summary.first_time is not None and summary.last_time is not None:
        print(f"from {format_time(summary.first_time)} to {format_time(summary.last_time)}", file=out)
    if summary.already_read:
        print(f"{summary.already_read:,} objects were read before", file=out)
    if summary.passed_over:
        print(f"{summary.passed_over:,} records passed over (digests, NODATA, SKIPDATA)", file=out)
    if summary.left_out:
        print(f"{summary.left_out:,} records left out (--kind, --since, --until)", file=out)
    if summary.dead or summary.failed:
        print(f"{summary.dead:,} dead letters, {summary.failed:,} unreadable objects", file=out)
    for (detector, version), keys in sorted(summary.put_aside.items()):
        print(f"{detector} begins to learn anew: what it remembered of {keys:,} keys is of version {version}, which "
              "this Vedette does not read, and was put aside", file=out)
    bands = {"Critical": 9.0, "High": 7.0, "Medium": 4.0, "Low": 0.0}
    counts = dict.fromkeys(bands, 0)
    for found in findings:
        counts[next(band for band, least in bands.items() if found["severity"] >= least)] += 1
    said = ", ".join(f"{number} {band}" for band, number in counts.items() if number) or "none"
    print(f"findings: {said}", file=out)


def _profile(costs: Costs, out: TextIO) -> None:
    """CPU time by detector, of the whole program's, the costliest first."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    whole = sum(one.ru_utime + one.ru_stime for one in used) * 1000
    print(f"{'CPU ms':>10}  {'share':>6}  {'records':>12}  detector", file=out)
    rest = whole
    for name, cost in sorted(costs.so_far().items(), key=lambda item: (-item[1].time, item[0])):
        spent = cost.time / 1_000_000
        rest -= spent
        print(f"{spent:>10,.1f}  {spent / whole:>6.1%}  {cost.records:>12,}  {name}", file=out)
    print(f"{rest:>10,.1f}  {rest / whole:>6.1%}  {'':>12}  all else: starting, reading, committing", file=out)
