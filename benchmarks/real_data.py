"""What all detectors say of public logs that nobody here wrote: docs/real_data.csv, which docs/proof.md is made of.

``python -m benchmarks.real_data stratus=FOLDER traildiscover=FOLDER …`` scans each folder with all custom detection
rules on. In files of rule tests (JSON lines with ``log`` and ``logtypes``), the CloudTrail records are read.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import ENVIRONMENT
from vedette.detectors.catalogue import catalogue

TABLE = Path(__file__).resolve().parent.parent / "docs" / "real_data.csv"


def main() -> None:
    """Scan what is given, write the table: a row for each type and data set that can show it."""
    rows: list[tuple[str, str, int]] = []
    for name, _, folder in (one.partition("=") for one in sys.argv[1:]):
        found, kinds = scanned(Path(folder))
        rows += [(kind, name, found[kind]) for kind in catalogue().types
                 if any(one.kinds & kinds for one in catalogue().detectors_of(kind))]
        print(f"{name}: {sum(found.values())} findings of {len(found)} types")
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["type", "data", "findings"])
        writer.writerows(sorted(rows))


def scanned(folder: Path) -> tuple[Counter[str], set[str]]:
    """How many findings of each type a scan makes, and which log kinds there were."""
    with tempfile.TemporaryDirectory(prefix="vedette-real-") as name:
        into = Path(name)
        tests = [one for path in sorted(folder.rglob("*.jsonl")) for one in _rule_tests(path)]
        if tests:
            for number, one in enumerate(tests):
                (into / f"{number:04}.json").write_text(json.dumps({"Records": [one]}), encoding="utf-8")
        output = into.parent / f"{into.name}.findings"
        done = subprocess.run(
            [sys.executable, "-m", "vedette", "scan", str(into if tests else folder), "--custom-rule", "all",
             "--format", "jsonl", "--jobs", "1", "--output", str(output)],
            env=ENVIRONMENT, capture_output=True, text=True, check=True)
        found = Counter(json.loads(line)["type"] for line in output.read_text(encoding="utf-8").splitlines())
        output.unlink()
    return found, {kind for kind in ("cloudtrail", "vpc-flow", "dns") if f" {kind}" in done.stderr}


def _rule_tests(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line) if line.startswith("{") else {}
        if "AWS.CloudTrail" in row.get("logtypes", ()) and isinstance(row.get("log"), dict):
            yield row["log"]


if __name__ == "__main__":
    main()
