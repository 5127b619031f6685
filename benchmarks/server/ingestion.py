"""What the server's ingestion of a folder costs, beside a scan of the same logs."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Ratio, scan
from benchmarks.server.running import until, vedette
from vedette.simulate.estate import write_estate

CLOUDTRAIL, FLOWS, DNS = 100_000, 600_000, 300_000
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Ingested:
    """Both, each without what it takes to start."""

    cpu: Ratio
    """The server's CPU as a multiple of the scan's."""
    server: float
    scan: float
    """Seconds of CPU, the median."""
    records: int


def ingested(rounds: int) -> Ingested:
    """Each ``rounds`` times, in turn."""
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as told:
        folder = Path(told)
        written = write_estate(folder, cloudtrail=CLOUDTRAIL, flows=FLOWS, dns=DNS)
        records = sum(written.records.values())
        one = next((folder / "logs").rglob("*.gz"))
        inventory = ("--inventory", str(folder / "inventory"))
        for number in range(rounds):
            start, whole = scan(one, *inventory), scan(folder / "logs", *inventory)
            pairs.append((_served(folder, number, sum(written.objects.values())), whole.cpu - start.cpu))
    middle = sorted(pairs)[len(pairs) // 2]
    return Ingested(Ratio(tuple(ours / theirs for ours, theirs in pairs)), *middle, records)


def _served(folder: Path, number: int, objects: int) -> float:
    """Seconds of CPU from the moment the folder appears until all is committed."""
    state = folder / f"run-{number}"
    state.mkdir()
    watched = state / "watched"
    watched.mkdir()
    shutil.copytree(folder / "logs", state / "coming", copy_function=os.link)
    tables = (f'[[source]]\nkind = "folder"\nlocation = "{watched}"\npoll_seconds = 2\n\n'
              f'[inventory]\nfiles = ["{folder / "inventory"}"]\n')
    with vedette(state, tables) as server:
        until(lambda: server.metric("vedette_source_up") > 0)
        before = server.cpu
        (state / "coming").rename(watched / "logs")
        until(lambda: server.metric("vedette_source_objects_total") >= objects, patience=_PATIENCE)
        return server.cpu - before
