"""What a run knows, saved to a folder and opened again by worker processes, which map the lists instead of copying."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vedette.detectors.known import Known
from vedette.intel.aws_ranges import AwsPrefix, AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Fact, Inventory


class _Rest(msgspec.Struct, frozen=True):
    """All but the lists, which are arrays of their own."""

    aws_prefixes: list[AwsPrefix]
    aws_created_at: int
    aws_location: str
    facts: list[Fact]


def save_known(known: Known, folder: Path) -> None:
    """Write ``known`` below ``folder``."""
    known.intel.save(folder / "intel")
    rest = _Rest(known.aws.prefixes, known.aws.created_at, known.aws.location, list(known.inventory.facts()))
    (folder / "rest.msgpack").write_bytes(msgspec.msgpack.encode(rest))


def open_known(folder: Path) -> Known:
    """What `save_known` wrote."""
    rest = msgspec.msgpack.decode((folder / "rest.msgpack").read_bytes(), type=_Rest)
    inventory = Inventory()
    inventory.apply(rest.facts)
    return Known(intel=Intel.open(folder / "intel"), inventory=inventory,
                 aws=AwsRanges(rest.aws_prefixes, rest.aws_created_at, rest.aws_location))
