"""A simulated estate whose logs reach the server's folder many times as fast as they would, and what it holds then."""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.server.running import vedette
from vedette.simulate.estate import START_MS, write_estate

SPEED = 50
_DELIVERED = re.compile(r"_(\d{8}T\d{4}Z)_")


@dataclass(frozen=True, slots=True)
class Held:
    """What the process held."""

    hours: float
    samples: tuple[tuple[float, int], ...]
    """(simulated hours since the beginning, bytes), each second."""
    objects: int

    def at(self, hour: float) -> int:
        """Bytes at about an hour."""
        return min(self.samples, key=lambda one: abs(one[0] - hour))[1]


def held(hours: float, cloudtrail: int = 20_000, flows: int = 200_000, dns: int = 50_000) -> Held:
    """Run so many hours (more than one); the numbers are records a day."""
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as told:
        folder = Path(told)
        write_estate(folder, days=max(1, -(-int(hours) // 24)), cloudtrail=cloudtrail, flows=flows, dns=dns)
        coming = sorted((_delivered(path), path) for path in (folder / "logs").rglob("*.gz"))
        into = folder / "watched"
        into.mkdir()
        tables = (f'[[source]]\nkind = "folder"\nlocation = "{into}"\n\n'
                  f'[inventory]\nfiles = ["{folder / "inventory"}"]\n')
        with vedette(folder, tables) as server:
            begun, samples, given = time.monotonic(), [], 0
            while (hour := (time.monotonic() - begun) * SPEED / 3600) < hours:
                while given < len(coming) and coming[given][0] <= hour:
                    path = coming[given][1]
                    path.rename(into / path.name)
                    given += 1
                samples.append((hour, server.memory))
                time.sleep(1.0)
            unread = server.metric("vedette_source_waiting_objects")
    if unread > given / 20:
        raise RuntimeError(f"{unread:.0f} of {given} objects were not read in time")
    return Held(hours, tuple(samples), given)


def _delivered(path: Path) -> float:
    """When the object came, hours since the beginning."""
    found = _DELIVERED.search(path.name)
    if found is None:
        raise ValueError(f"{path.name} does not say when it was delivered")
    return (datetime.strptime(found[1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC).timestamp() * 1000 - START_MS) / 3_600_000
