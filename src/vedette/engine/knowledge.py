"""What a run knows, saved to a folder and opened again by worker processes, which map it instead of copying it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vedette.detectors.known import Known
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Fact, Inventory

_FACTS = "inventory.msgpack"


def save_known(known: Known, folder: Path) -> None:
    """Write ``known`` below ``folder``."""
    known.intel.save(folder / "intel")
    known.aws.save(folder / "aws")
    (folder / _FACTS).write_bytes(msgspec.msgpack.encode(list(known.inventory.facts())))


def open_known(folder: Path) -> Known:
    """What `save_known` wrote."""
    inventory = Inventory()
    inventory.apply(msgspec.msgpack.decode((folder / _FACTS).read_bytes(), type=list[Fact]))
    return Known(intel=Intel.open(folder / "intel"), aws=AwsRanges.open(folder / "aws"), inventory=inventory)
