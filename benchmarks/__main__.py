"""Measures everything and writes docs/performance.md. Takes some minutes; nothing else should run meanwhile."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.data import CLUSTER_DAYS, LISTED, RECORDS, Data, prepared
from benchmarks.database_logs import GOAL, speeds
from benchmarks.measure import ROUNDS, Ratio, floor, history, machine, scan, scanned
from vedette.logs.kinds import LogKind

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"

TARGETS = {LogKind.CLOUDTRAIL: 1.6, LogKind.VPC_FLOW: 2.0, LogKind.DNS: 2.0, LogKind.EKS_AUDIT: 2.0}
"""How many times the CPU of gunzip and typed decode alone a scan may take."""
WITH_HISTORY = (LogKind.CLOUDTRAIL, LogKind.VPC_FLOW, LogKind.DNS)
HISTORY = 0.8
"""How many times that CPU writing the event history may add."""
FASTER, MORE_MEMORY, START = 1.7, 1.3, 1.0

_FLOORS = {
    LogKind.CLOUDTRAIL: "isal gunzip + msgspec `decode` into typed structs",
    LogKind.VPC_FLOW: "isal gunzip + Polars `read_csv` with narrow types",
    LogKind.DNS: "isal gunzip + msgspec `decode_lines` into a typed struct",
    LogKind.EKS_AUDIT: "isal gunzip + msgspec `decode` of each delivery, and of each event in it",
}


def main() -> None:
    """Measure, print as it goes, write the page."""
    data = prepared()
    rows = [_log(data, kind) for kind in TARGETS]
    rows += [_history(data, kind) for kind in WITH_HISTORY]
    rows += [_database(name, lines_a_second) for name, lines_a_second in speeds()]
    rows += [_two_processes(data), _memory(data), _start(data)]
    table = ["| what | measured | may be | floor | machine time |", "|---|---|---|---|---|", *rows]
    PAGE.write_text("\n".join([*_head(data), "", *table, "", _NOTES]) + "\n", encoding="utf-8")


def _log(data: Data, kind: LogKind) -> str:
    whole, marginal, costs = [], [], []
    for _ in range(ROUNDS):
        least, cost = floor(kind, data.of(kind)), scanned(data, data.of(kind))
        empty, start = floor(kind, data.nothing), scanned(data, data.one)
        whole.append(cost.cpu / least.cpu)
        marginal.append((cost.cpu - start.cpu) / (least.cpu - empty.cpu))
        costs.append((cost.cpu, least.cpu))
    scan_cpu, floor_cpu = sorted(costs)[len(costs) // 2]
    return _row(
        f"{kind}: scan with all detectors", f"{Ratio(tuple(marginal))} ×; whole process {Ratio(tuple(whole))} ×",
        f"{TARGETS[kind]} ×", _FLOORS[kind], f"{scan_cpu:.1f} s and {floor_cpu:.1f} s CPU")


def _history(data: Data, kind: LogKind) -> str:
    added, costs = [], []
    for _ in range(ROUNDS):
        least, without, written = history(kind, data.of(kind))
        added.append((written - without) / least)
        costs.append((written - without, least))
    more, floor_cpu = sorted(costs)[len(costs) // 2]
    return _row(f"{kind}: what the event history adds", f"{Ratio(tuple(added))} ×", f"{HISTORY} ×", _FLOORS[kind],
                f"{more:.1f} s and {floor_cpu:.1f} s CPU")


def _database(name: str, lines_a_second: float) -> str:
    return _row(f"rds: reading, {name}", f"**{lines_a_second / GOAL:.2f}** × the goal", "≥ 1 ×",
                f"{GOAL:,} lines a second and core", f"{lines_a_second:,.0f} lines a second of CPU")


def _two_processes(data: Data) -> str:
    whole, marginal, times = [], [], []
    for _ in range(ROUNDS):
        one, two = scanned(data, data.everything), scanned(data, data.everything, jobs=2)
        start, starts = scanned(data, data.one), scanned(data, data.one, jobs=2)
        whole.append(one.elapsed / two.elapsed)
        marginal.append((one.elapsed - start.elapsed) / (two.elapsed - starts.elapsed))
        times.append((one.elapsed, two.elapsed))
    first, second = sorted(times)[len(times) // 2]
    return _row("two processes, all logs",
                f"{Ratio(tuple(marginal))} × as fast; whole process {Ratio(tuple(whole))} ×", f"≥ {FASTER} ×",
                "one process",
                f"{second:.1f} s and {first:.1f} s elapsed")


def _memory(data: Data) -> str:
    growth, peaks = [], []
    for _ in range(ROUNDS):
        little, much = scanned(data, data.tenth), scanned(data, data.everything)
        growth.append(much.peak / little.peak)
        peaks.append((much.peak, little.peak))
    most, least = sorted(peaks)[len(peaks) // 2]
    return _row("peak memory, ten times the input", f"{Ratio(tuple(growth))} ×", f"{MORE_MEMORY} ×",
                "every tenth object", f"{most >> 20} MB and {least >> 20} MB")


def _start(data: Data) -> str:
    costs = [scan(data.one) for _ in range(ROUNDS)]
    elapsed = Ratio(tuple(cost.elapsed for cost in costs))
    cpu = Ratio(tuple(cost.cpu for cost in costs))
    return _row("`vedette scan` of one small file", f"{elapsed} s", f"{START} s", "—", f"{cpu} s CPU")


def _row(*cells: str) -> str:
    line = f"| {' | '.join(cells)} |"
    print(line, flush=True)
    return line


def _head(data: Data) -> list[str]:
    logs = ", ".join(f"{RECORDS[kind]:,} {kind} records in {number:,} objects ({size >> 20} MB as stored)"
                     for kind in TARGETS for number, size in [data.size(kind)])
    libraries = ", ".join(f"{name} {version(name)}" for name in ("polars", "msgspec", "isal", "numpy", "sqlalchemy"))
    return [
        "# Performance", "", "<!-- Written by `make bench`. -->", "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}, Python {platform.python_version()}, {libraries}.", "",
        f"Data: a day of an estate's ordinary work as AWS delivers it, made by the simulator ({CLUSTER_DAYS} days of",
        f"its EKS clusters): {logs};",
        f"{LISTED:,} addresses on threat lists, half the user's own and half in feeds; the estate's inventory.", "",
        f"Each figure is a ratio of two things run in turn, {ROUNDS} times: the median, then the least and the most.",
    ]


_NOTES = """\
**Scan and floor.** Both are CPU seconds, user and system, of whole processes with one thread. The scan is
`vedette scan`: reading, every detector, findings committed to a database. From the first figure the start of both
programs is taken off, since it does not grow with the logs (imports and lists for the scan: a scan of one small object;
imports for the floor: an empty folder). The second leaves it in.

**Seconds** follow the machine, and what else its host does; so do lines a second. The floor's, beside each scan, say
how fast it was: ratios are what can be compared.

**Event history.** Floor, mapping and mapping with the history take turns in one process, task by task, so that a
machine whose speed changes meanwhile is as slow for each of them; the first task, which warms up, is not counted.

**Small objects.** AWS delivers flow logs and look-ups in files of some hundred rows. Those of one log are read
together, up to 128 of them; each still says what it would say alone. Objects with a broken line, objects of over 1 MB,
and scans with `--since` or `--until` are read one by one, which costs several times as much a row when they are small.

**Look-ups** are judged by distinct value: a name or an answer that many records have is asked about once. Logs in which
each name stands once gain less."""


if __name__ == "__main__":
    main()
