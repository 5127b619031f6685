"""What a run knows, saved to a folder and opened again by worker processes, which map the lists instead of copying."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vedette.detectors.exemptions import Exemptions
from vedette.detectors.known import Known
from vedette.engine.scoped import Place, Scopes
from vedette.intel.aws_ranges import AwsPrefix, AwsRanges
from vedette.intel.exposed_keys import ExposedKeys, ExposedList
from vedette.intel.geo import Geo
from vedette.intel.lookup import Intel
from vedette.inventory import Fact, Inventory


class _Rest(msgspec.Struct, frozen=True):
    """All but the lists, which are arrays of their own, in a folder for each different knowledge."""

    aws_prefixes: list[AwsPrefix]
    aws_created_at: int
    aws_location: str
    facts: list[Fact]
    geo: list[str]
    """MMDB files."""
    exposed: list[ExposedList]
    exempt: Exemptions
    departments: tuple[str, ...]
    ruled: list[tuple[Place, int]]
    """Which folder's lists act in a place; elsewhere the first's."""


def save_scopes(scopes: Scopes, folder: Path) -> None:
    """Write ``scopes`` below ``folder``."""
    different = scopes.different()
    for number, known in enumerate(different):
        known.intel.save(folder / f"intel-{number}")
    everywhere = scopes.everywhere
    rest = _Rest(
        everywhere.aws.prefixes, everywhere.aws.created_at, everywhere.aws.location, list(everywhere.inventory.facts()),
        [file.location for file in everywhere.geo.files], list(everywhere.exposed.lists),
        everywhere.exempt, everywhere.departments,
        [(place, different.index(known)) for place, known in scopes.ruled.items()])
    (folder / "rest.msgpack").write_bytes(msgspec.msgpack.encode(rest))


def open_scopes(folder: Path) -> Scopes:
    """What `save_scopes` wrote."""
    rest = msgspec.msgpack.decode((folder / "rest.msgpack").read_bytes(), type=_Rest)
    inventory = Inventory()
    inventory.apply(rest.facts)
    aws = AwsRanges(rest.aws_prefixes, rest.aws_created_at, rest.aws_location)
    geo, exposed = Geo.of_files([Path(name) for name in rest.geo]), ExposedKeys(rest.exposed)
    opened = [Known(Intel.open(folder / f"intel-{number}"), aws, inventory, geo, exposed, rest.exempt,
                    rest.departments)
              for number in range(1 + max((number for _, number in rest.ruled), default=0))]
    return Scopes(opened[0], {place: opened[number] for place, number in rest.ruled})
