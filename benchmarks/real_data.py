"""What all detectors say of public logs that nobody here wrote: docs/real_data.csv, which docs/proof.md is made of.

``python -m benchmarks.real_data stratus=FOLDER traildiscover=FOLDER …`` reads each file by itself, and of files of rule
tests (JSON lines with ``log`` and ``logtypes``) each record of CloudTrail and of EKS by itself, with all custom
detection rules on and no lists. The table has a row for each: what the others say of it, and the types that fired.

What Kubernetes' audit events show is mostly told by what is usual in a cluster: rule tests of these come at the end of
three weeks of a made company's cluster. They lack what every API server writes, and get it: an id, a stage and a time.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any, NamedTuple

from vedette.detectors.custom_rule import custom_rules
from vedette.detectors.known import Known
from vedette.engine.pipeline import Street
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.geo import Geo
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.times import format_time
from vedette.simulate.company import Company
from vedette.simulate.delivery import audit_object
from vedette.simulate.jobs_clusters import clusters
from vedette.simulate.kubernetes import delivered
from vedette.sources import open_source

TABLE = Path(__file__).resolve().parent.parent / "docs" / "real_data.csv"

_KNOWN, _GEO = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory()), Geo.open(None, None)
_DAYS = 21
"""Of ordinary work in a cluster, from a Monday on; models speak after 14."""
_WORKING = 10 * 3_600_000
"""What comes after it comes at ten o'clock (ms)."""
_CLUSTER = "prod-apps"


class Piece(NamedTuple):
    """What is read by itself."""

    name: str
    """A file's, and the number of the line in it."""
    expected: str
    """The rule that it tests, and whether that is to fire; empty where nobody said so."""
    file: Path
    store: Path | None = None
    """What is known already of what came before it."""


def main() -> None:
    """Read what is given, write the table."""
    with tempfile.TemporaryDirectory(prefix="vedette-real-") as desk, TABLE.open("w", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["data", "piece", "log", "records", "expected", "fired"])
        for name, _, folder in (one.partition("=") for one in sys.argv[1:]):
            loud = 0
            for piece in _pieces(Path(folder), Path(desk)):
                records, fired = _said(piece)
                if records:
                    writer.writerow([name, piece.name, " ".join(sorted(records)), sum(records.values()), piece.expected,
                                     " ".join(fired)])
                loud += bool(fired)
            print(f"{name}: {loud} pieces of which something is said")


def _said(piece: Piece) -> tuple[Mapping[str, int], list[str]]:
    """The records in a file, by log, and the types of the findings in it."""
    with Store.open(piece.store) if piece.store else Store.in_memory() as store:
        read = Street(store, _KNOWN, _GEO, rules=custom_rules()).run(open_source(str(piece.file)))
        return read.records, sorted({one["type"] for one in store.get(sorted(read.changed))})


def _pieces(folder: Path, desk: Path) -> Iterator[Piece]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl" and '"logtypes"' in path.read_text(encoding="utf-8")[:100_000]:
            yield from _rule_tests(path, desk)
        elif path.is_file() and path.name not in ("LICENSE", "COPYING"):
            yield Piece(path.name, "", path)


def _rule_tests(path: Path, desk: Path) -> Iterator[Piece]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        name, expected = f"{path.name} {number}", f"{row['rule']}: {'fires' if row['expected'] else 'silent'}"
        if row["log"].get("p_log_type") == "Amazon.EKS.Audit":
            yield Piece(name, expected, *_after_weeks(row["log"], name, desk))
        elif "AWS.CloudTrail" in row["logtypes"]:
            file = desk / "record.json"
            file.write_text(json.dumps({"Records": [row["log"]]}), encoding="utf-8")
            yield Piece(name, expected, file)


def _after_weeks(event: Mapping[str, Any], name: str, desk: Path) -> tuple[Path, Path]:
    """An audit event as Firehose delivers it, and the store that has read what went before in its cluster."""
    company, before, store = Company(seed=1, days=_DAYS), desk / "before", desk / "store"
    if not before.exists():
        for day in range(_DAYS):
            company.write_clusters(day, desk / "weeks")
        with Store.open(before) as learned:
            Street(learned, _KNOWN, _GEO, rules=custom_rules()).run(open_source(str(desk / "weeks")))
    rmtree(store, ignore_errors=True)
    copytree(before, store)
    home = next(one.network for one in clusters(company.plan) if one.name == _CLUSTER)
    moment = company.start + _DAYS * 86_400_000 + _WORKING
    file = desk / audit_object(home.account, home.region, _CLUSTER, moment, name).removesuffix(".gz")
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {"auditID": name, "stage": "ResponseComplete", "requestReceivedTimestamp": format_time(moment), **event}
    file.write_bytes(delivered([told], home.account, _CLUSTER))
    return file, store


if __name__ == "__main__":
    main()
