"""Look-ups through the detector: by itself, for volume, or through the parser and the engine."""

from __future__ import annotations

import gzip
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.dns_exfiltration.questions import ACCOUNT, VPC, Question
from vedette.detectors.declare import Detector, FrameWhere, Row
from vedette.detectors.dns.data_exfiltration import data_exfiltration
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence, Signal
from vedette.engine.pipeline import Street
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.geo import Geo
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.sources import open_source

KNOWN = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
"""No list is loaded: what a popularity list knows would only help."""
_BATCH = 500
_FILE = 5_000


def signals(asked: Iterable[Question], detector: Detector = data_exfiltration) -> Iterator[Signal]:
    """What the detector says of look-ups, given as the engine gives them: selected, by key and in order of time."""
    (trigger,) = detector.on
    if not isinstance(trigger, FrameWhere) or detector.key is None or detector.memory is None or not detector.update:
        raise TypeError(f"{detector.name} does not read rows by key")
    questions = list(asked)
    names = pl.Series([question.name.lower() for question in questions])
    distinct = names.unique()
    frame = pl.LazyFrame({"query_name": distinct})
    kept = set(trigger.select(frame, KNOWN).collect()["query_name"])
    keyed: dict[str, list[Row[object]]] = defaultdict(list)
    for number, (name, question) in enumerate(zip(names, questions, strict=True)):
        if name in kept:
            lookup = question.lookup(f"{number:016x}")
            key = detector.key(lookup, KNOWN)
            if key is not None:
                evidence = Evidence(lookup.time, lookup.record, "made", "1", number)
                keyed[key].append(Row(lookup.time, evidence, lookup))
    for rows in keyed.values():
        rows.sort(key=lambda row: row.evidence)
        memory = detector.memory()
        for begin in range(0, len(rows), _BATCH):
            portion = rows[begin:begin + _BATCH]
            yield from detector.update(portion, memory, KNOWN)
            if memory.expire(portion[-1].time):
                memory = detector.memory()


def through_the_engine(asked: Sequence[Question]) -> list[dict[str, Any]]:
    """The findings of all detectors, from files in AWS's format through the parser and the engine."""
    with tempfile.TemporaryDirectory() as folder, Store.in_memory() as store:
        logs = Path(folder) / "AWSLogs" / ACCOUNT / "vpcdnsquerylogs" / VPC
        logs.mkdir(parents=True)
        for number, begin in enumerate(range(0, len(asked), _FILE)):
            text = b"".join([question.line() + b"\n" for question in asked[begin:begin + _FILE]])
            (logs / f"{number:06d}.log.gz").write_bytes(gzip.compress(text, 1))
        Street(store, KNOWN, Geo.open(None, None)).run(open_source(folder))
        rows, _ = store.list(limit=50)
        return store.get(sorted(rows))
