"""Measures everything and writes docs/performance-server.md. Some ten minutes; nothing else should run meanwhile."""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import machine
from benchmarks.server.arrival import arrivals
from benchmarks.server.counts import counted
from benchmarks.server.estate import SPEED, held
from benchmarks.server.ingestion import ingested
from benchmarks.server.listing import Times, postgres, timed
from benchmarks.server.many import filled, layout
from benchmarks.server.requests import CONNECTIONS, compared

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "performance-server.md"

FASTER, LIST_MS, COUNT_MS, ARRIVAL_MS = 15, 20, 300, 2000
"""What is aimed at."""

_MB = 1 << 20
_REPEATS = 8


def main() -> None:
    """Measure, print as it goes, write the page."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    asked.add_argument("--hours", type=float, default=4.0, help="simulated hours of the estate, more than one")
    asked.add_argument("--findings", type=int, default=1_000_000, help="findings that lists are read from")
    asked.add_argument("--drops", type=int, default=100, help="files dropped")
    asked.add_argument("--only", choices=sorted(_PARTS), help="this part; the page is not written")
    given = asked.parse_args()
    parts = [given.only] if given.only else list(_PARTS)
    lines: list[str] = []
    for name in parts:
        for line in _PARTS[name](given):
            print(line, flush=True)
            lines.append(line)
        lines.append("")
    if not given.only:
        PAGE.write_text("\n".join([*_head(), "", *lines, _NOTES]) + "\n", encoding="utf-8")


def _requests(_: argparse.Namespace) -> Iterator[str]:
    yield from _table("requests", "times as many a second", "times less CPU each", "aim", "a second, and moto's")
    for name, one in compared(3, 2.0).items():
        yield f"| {name} | {one.rates} | {one.cpu} | ≥ {FASTER} | {one.ours:,.0f} and {one.theirs:,.0f} |"


def _lists(given: argparse.Namespace) -> Iterator[str]:
    yield from _table("lists, three conditions", "SQLite p50", "p95", "PostgreSQL p50", "p95", "aim, p95")
    small = timed(filled(str(_kept(given)), given.findings), _REPEATS)
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as told, postgres(Path(told)) as url:
        large = timed(filled(url, given.findings), _REPEATS)
    for name, one in (*small.items(), ("all of these", _all(small))):
        other = large.get(name) or _all(large)
        yield (f"| {name} | {one.middle:.1f} ms | {one.most:.1f} ms | {other.middle:.1f} ms | {other.most:.1f} ms | "
               f"{LIST_MS} ms |")


def _counts(given: argparse.Namespace) -> Iterator[str]:
    yield from _table("counts for the console", "SQLite p50", "p95", "PostgreSQL p50", "p95", "aim, p95")
    small = counted(filled(str(_kept(given)), given.findings), _REPEATS)
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as told, postgres(Path(told)) as url:
        large = counted(filled(url, given.findings), _REPEATS)
    for name, one in small.items():
        other = large[name]
        yield (f"| {name} | {one.middle:.0f} ms | {one.most:.0f} ms | {other.middle:.0f} ms | {other.most:.0f} ms | "
               f"{COUNT_MS} ms |")


def _kept(given: argparse.Namespace) -> Path:
    """Where the findings are that are made once."""
    return Path(tempfile.gettempdir()) / f"vedette-benchmark-findings-{given.findings}-{layout()}"


def _arrival(given: argparse.Namespace) -> Iterator[str]:
    yield from _table("a file dropped, until its finding is read", "p50", "p95", "aim, p95")
    took = arrivals(given.drops)
    yield f"| {given.drops} files | {took.middle:.0f} ms | {took.most:.0f} ms | {ARRIVAL_MS} ms |"


def _estate(given: argparse.Namespace) -> Iterator[str]:
    yield from _table(
        f"an estate at {SPEED} × its speed", "after 1 h", "half-way", "at the end")
    one = held(given.hours)
    yield (f"| {one.hours:g} hours, {one.objects:,} objects | {one.at(1) / _MB:.0f} MB | "
           f"{one.at(one.hours / 2) / _MB:.0f} MB | {one.samples[-1][1] / _MB:.0f} MB |")


def _ingestion(_: argparse.Namespace) -> Iterator[str]:
    yield from _table("ingestion by the server", "CPU, times that of `vedette scan`", "machine time")
    one = ingested(2)
    yield f"| {one.records:,} records | {one.cpu} | {one.server:.1f} s and {one.scan:.1f} s CPU |"


_PARTS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "requests": _requests, "lists": _lists, "counts": _counts, "arrival": _arrival, "estate": _estate,
    "ingestion": _ingestion,
}


def _all(of: dict[str, Times]) -> Times:
    return Times(tuple(value for one in of.values() for value in one.values))


def _table(*names: str) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"


def _head() -> list[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in (
        "uvicorn", "sqlalchemy", "msgspec", "polars", "moto", "werkzeug"))
    return [
        "# Performance of the server", "", "<!-- Written by `make bench-server`. -->", "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}, Python {platform.python_version()}, {libraries}."]


_NOTES = f"""\
**Requests.** `vedette serve` and moto's server, each one process on the machine that the client runs on too, in turn:
{CONNECTIONS} connections, requests signed beforehand. Vedette checks every signature, counts and logs every request;
moto checks none. A request is asked again and again, as consoles and pollers do: while nothing is committed to the
database, its answer is at hand. moto has no findings, so its nearest call stands beside the list, one that takes
criteria too and answers from memory: `POST /detector/{{id}}/filter/{{name}}`.

**Lists.** Pages of 50, the first and the second, worked out by the database each time (nothing at hand), for an
administrator who sees five accounts' findings: with the SQL that reads a page, without HTTP. Values differ each time.

**Counts** are those of `/vedette/v1/histogram`, `facets` and `preview`, likewise, each under six criteria. Where an
attribute has thousands of values, the newest 10,000 findings are looked at.

**Arrival.** The file is renamed into a watched folder; the API is asked every 5 ms. A file must stand still for half a
second before it is read.

**Estate** tells the memory of the server's process. It fills its caches in the first day of simulated time and then
stands still: `--only estate --hours 24` shows it.

**Ingestion** takes the server's CPU from the moment the logs are there until all is committed, and a scan's without
what it takes to start."""


if __name__ == "__main__":
    main()
