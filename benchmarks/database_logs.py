"""How fast databases' logs are read: lines a second of one core, by what they say.

``python -m benchmarks.database_logs`` makes logs as RDS writes them, of log-ins, failures and statements, and of what
is of no interest, and reads them in this process. CPU time is measured, not time by the clock; the best of some rounds.
"""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Callable, Iterator, Mapping

from vedette.logs.reading import Reading
from vedette.simulate import Event, db_client
from vedette.simulate.databases import delivered, lines_of

GOAL = 100_000
"""Lines a second and core, at least."""
LINES = 100_000
ROUNDS = 3
_START = 1_772_442_000_000
_app, _mysql = db_client("app", "10.0.1.7"), db_client("app", "10.0.1.7", engine="mysql")
_IDLE = ("2026-03-02T09:00:00.123Z 2026-03-02 09:00:00 UTC::@:[395]:LOG:  checkpoint complete: wrote 12 buffers; "
         "0 WAL file(s) added, 0 removed, 1 recycled")
_LOOKS = "SELECT id, name, address FROM customers WHERE id = $1"

LOGS: Mapping[str, Callable[[int], list[Event]]] = {
    "PostgreSQL, log-ins": lambda _: [_app.logs_in()],
    "PostgreSQL, failures": lambda _: [_app.fails()],
    "PostgreSQL, statements (pgaudit)": lambda _: [_app.runs(_LOOKS, 1)],
    "PostgreSQL, statements that are never the same": lambda n: [_app.runs(f"{_LOOKS} -- {n}", 1)],
    "PostgreSQL, a server's own lines": lambda _: [],
    "MySQL audit log": lambda n: [(_mysql.logs_in, _mysql.fails, lambda: _mysql.runs(_LOOKS))[n % 3]()],
}


def log(name: str) -> bytes:
    """A log, as stored."""
    lines: list[str] = []
    number = 0
    while len(lines) < LINES:
        made = LOGS[name](number)
        lines += [line for event in made for line in lines_of(event.fields, _START + 50 * number, str(number))]
        lines += [] if made else [_IDLE]
        number += 1
    return gzip.compress(delivered(lines), 6)


def speed(data: bytes) -> float:
    """Lines a second of CPU."""
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.process_time()
        reading = Reading(io.BytesIO(data))
        read = sum(batch.records for batch in reading.batches()) + reading.passed_over
        best = max(best, read / (time.process_time() - begun))
    return best


def speeds() -> Iterator[tuple[str, float]]:
    """Of each log."""
    return ((name, speed(log(name))) for name in LOGS)


if __name__ == "__main__":
    for title, lines_a_second in speeds():
        print(f"{title}: {lines_a_second:,.0f} lines/s ({lines_a_second / GOAL:.2f} of the goal)", flush=True)
