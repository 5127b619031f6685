"""Requests a second, of ``vedette serve`` and of moto's server, in turn."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Ratio
from benchmarks.server.load import Answers, ask, load, signed
from benchmarks.server.running import Served, moto, vedette

CONNECTIONS = 8

@dataclass(frozen=True, slots=True)
class Compared:
    """One call on both servers."""

    rates: Ratio
    """How many times as many a second."""
    cpu: Ratio
    """How many times less CPU a call takes."""
    ours: float
    theirs: float
    """Requests a second, the median."""


def compared(rounds: int, seconds: float) -> dict[str, Compared]:
    """Each call, ``rounds`` times ``seconds`` on both servers."""
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as told:
        folder = Path(told)
        with vedette(folder) as ours, moto(folder) as theirs:
            calls = {
                "GET /detector": (_listing(ours), _listing(theirs)),
                "GET /detector/{id}": (_getting(ours), _getting(theirs)),
                "POST /detector/{id}/findings": (_finding(ours), _filtering(theirs)),
            }
            found: dict[str, list[tuple[Answers, Answers]]] = {name: [] for name in calls}
            for _ in range(rounds):
                for name, (one, other) in calls.items():
                    load(ours, [one], seconds / 5, CONNECTIONS)
                    load(theirs, [other], seconds / 5, CONNECTIONS)
                    found[name].append((load(ours, [one], seconds, CONNECTIONS),
                                        load(theirs, [other], seconds, CONNECTIONS)))
    return {name: _of(pairs) for name, pairs in found.items()}


def _of(pairs: Sequence[tuple[Answers, Answers]]) -> Compared:
    middle = len(pairs) // 2
    return Compared(
        Ratio(tuple(one.rate / other.rate for one, other in pairs)),
        Ratio(tuple((other.cpu / other.number) / (one.cpu / one.number) for one, other in pairs)),
        sorted(one.rate for one, _ in pairs)[middle], sorted(other.rate for _, other in pairs)[middle])


def _detector(server: Served) -> str:
    there = json.loads(ask(server, signed(server, "GET", "/detector")))["detectorIds"]
    if there:
        return str(there[0])
    return str(json.loads(ask(server, signed(server, "POST", "/detector", b'{"enable":true}')))["detectorId"])


def _listing(server: Served) -> bytes:
    _detector(server)
    return signed(server, "GET", "/detector")


def _getting(server: Served) -> bytes:
    return signed(server, "GET", f"/detector/{_detector(server)}")


def _finding(server: Served) -> bytes:
    """A page of the findings of an account that has more of them."""
    at = f"/detector/{_detector(server)}/findings"
    ask(server, signed(server, "POST", f"{at}/create", b"{}"))
    there = json.loads(ask(server, signed(server, "POST", at, b"{}")))["findingIds"]
    if len(there) < 30:
        raise RuntimeError(f"there are only {len(there)} sample findings")
    return signed(server, "POST", at, b'{"maxResults":50}')


def _filtering(server: Served) -> bytes:
    """moto has no findings: its nearest call, which takes a body and answers from memory."""
    at = f"/detector/{_detector(server)}/filter"
    criteria = b'"findingCriteria":{"criterion":{"severity":{"gte":4}}}'
    ask(server, signed(server, "POST", at, b'{"name":"high",' + criteria + b"}"))
    return signed(server, "POST", f"{at}/high", b"{" + criteria + b"}")
