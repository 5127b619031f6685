"""Runs a command and says what it took."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.data import Data

ROUNDS = 5
ENVIRONMENT = os.environ | {"POLARS_MAX_THREADS": "1"}
"""One thread a process: what a core does is what is asked."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, with all processes that it started."""

    cpu: float
    """Seconds, user and system."""
    elapsed: float
    """Seconds."""
    peak: int
    """Bytes that the largest of its processes held at most."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of several rounds."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    def __str__(self) -> str:
        return f"**{self.middle:.2f}** ({min(self.values):.2f}–{max(self.values):.2f})"


def run(command: Sequence[str]) -> Cost:
    """Run it to its end.

    Raises:
        subprocess.CalledProcessError: it did not end well.
    """
    begun = time.monotonic()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    elapsed = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=said)
    return Cost(used.ru_utime + used.ru_stime, elapsed, used.ru_maxrss * 1024)


def scan(location: Path, *options: str, jobs: int = 1) -> Cost:
    """``vedette scan``, its whole process."""
    return run([sys.executable, "-m", "vedette", "scan", str(location), "--jobs", str(jobs), "--output", os.devnull,
                *options])


def floor(kind: str, location: Path) -> Cost:
    """The floor of a log, its whole process."""
    return run([sys.executable, "-m", "benchmarks.floor", kind, str(location)])


def history(kind: str, location: Path) -> tuple[float, float, float]:
    """CPU seconds of the floor of a log, of mapping it, and of mapping it with its event history written, by turns."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.history", kind, str(location)], env=ENVIRONMENT,
                          check=True, capture_output=True, text=True)
    least, without, written = map(float, done.stdout.split())
    return least, without, written


def scanned(data: Data, location: Path, *, jobs: int = 1) -> Cost:
    """A scan with all lists and the inventory."""
    return scan(location, *data.options, jobs=jobs)


def machine() -> str:
    """The cores, the processor and the system that it runs on."""
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
             if line.startswith("model name")]
    processor = names[0] if names else platform.machine()
    return f"{os.cpu_count()} cores ({processor}), {platform.system()} {platform.release()}"
