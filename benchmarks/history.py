"""Maps a log, and writes its event history if there is a desk: ``python -m benchmarks.history DIR [DESK]``."""

from __future__ import annotations

import sys
from pathlib import Path

from vedette.detectors.known import Known
from vedette.engine.local import mapped
from vedette.engine.pipeline import TASK_SIZE
from vedette.engine.plan import planned, tasks
from vedette.garbage import collect_seldom
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import load_inventory
from vedette.sources import open_source


def main(location: str, desk: Path | None) -> None:
    """Map every object."""
    known = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=load_inventory([]))
    source = open_source(location)
    records = 0
    for _, reads in mapped(source, tasks(planned(source, source.objects()), TASK_SIZE), known, history=desk):
        records += sum(sum(read.records.values()) for read in reads)
    print(records)


if __name__ == "__main__":
    collect_seldom()
    into = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    main(sys.argv[1], into)
