"""What all detectors say of public logs that nobody here wrote: docs/real_data.csv, which docs/proof.md is made of.

``python -m benchmarks.real_data stratus=FOLDER traildiscover=FOLDER …`` reads each file by itself, and of files of rule
tests (JSON lines with ``log`` and ``logtypes``) each CloudTrail record by itself, with all custom detection rules on
and no lists. The table has a row for each: what the others say of it, and the types that fired.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vedette.detectors.custom_rule import custom_rules
from vedette.detectors.known import Known
from vedette.engine.pipeline import Street
from vedette.findings.store import Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.geo import Geo
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.sources import open_source

TABLE = Path(__file__).resolve().parent.parent / "docs" / "real_data.csv"


class Piece(NamedTuple):
    """What is read by itself."""

    name: str
    """A file's, and the number of the line in it."""
    expected: str
    """The rule that it tests, and whether that is to fire; empty where nobody said so."""
    file: Path


def main() -> None:
    """Read what is given, write the table."""
    known, geo = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory()), Geo.open(None, None)
    with tempfile.TemporaryDirectory(prefix="vedette-real-") as desk, TABLE.open("w", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["data", "piece", "records", "expected", "fired"])
        for name, _, folder in (one.partition("=") for one in sys.argv[1:]):
            loud = 0
            for piece in _pieces(Path(folder), Path(desk)):
                records, fired = _said(piece.file, known, geo)
                if records:
                    writer.writerow([name, piece.name, records, piece.expected, " ".join(fired)])
                loud += bool(fired)
            print(f"{name}: {loud} pieces of which something is said")


def _said(file: Path, known: Known, geo: Geo) -> tuple[int, list[str]]:
    """The CloudTrail records in a file, and the types of the findings in it."""
    with Store.in_memory() as store:
        street = Street(store, known, geo, rules=custom_rules())
        read = street.run(open_source(str(file)))
        return read.records.get("cloudtrail", 0), sorted({one["type"] for one in store.get(sorted(read.changed))})


def _pieces(folder: Path, desk: Path) -> Iterator[Piece]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".jsonl" and '"logtypes"' in path.read_text(encoding="utf-8")[:100_000]:
            yield from _rule_tests(path, desk)
        elif path.is_file() and path.name not in ("LICENSE", "COPYING"):
            yield Piece(path.name, "", path)


def _rule_tests(path: Path, desk: Path) -> Iterator[Piece]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        if "AWS.CloudTrail" in row["logtypes"] and isinstance(row["log"], dict):
            file = desk / "record.json"
            file.write_text(json.dumps({"Records": [row["log"]]}), encoding="utf-8")
            verdict = "fires" if row["expected"] else "silent"
            yield Piece(f"{path.name} {number}", f"{row['rule']}: {verdict}", file)


if __name__ == "__main__":
    main()
