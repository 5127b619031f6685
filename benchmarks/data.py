"""The benchmark's data: an estate's ordinary work, and lists of half a million addresses. Made once, then reused."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import vedette.simulate
from vedette.intel.addresses import ipv4_text
from vedette.intel.special_ranges import is_public_number
from vedette.logs.kinds import LogKind
from vedette.simulate.company import Company
from vedette.simulate.estate import write_estate

RECORDS = {LogKind.CLOUDTRAIL: 300_000, LogKind.VPC_FLOW: 2_000_000, LogKind.DNS: 1_000_000,
           LogKind.EKS_AUDIT: 250_712}
CLUSTER_DAYS = 5
"""Of a company's clusters, which make fewer records a day."""
LISTED = 500_000
"""Addresses on threat lists: half of them the user's own, as many as GuardDuty allows in one list, half feeds'."""

_FOLDERS = {"CloudTrail": LogKind.CLOUDTRAIL, "vpcflowlogs": LogKind.VPC_FLOW, "vpcdnsquerylogs": LogKind.DNS,
            "eks": LogKind.EKS_AUDIT}


@dataclass(frozen=True, slots=True)
class Data:
    """Where everything lies."""

    folder: Path

    @property
    def everything(self) -> Path:
        """All objects."""
        return self.folder / "logs"

    @property
    def tenth(self) -> Path:
        """Every tenth object of each log."""
        return self.folder / "tenth"

    @property
    def one(self) -> Path:
        """One small CloudTrail object."""
        return self.folder / "one" / "small.json.gz"

    @property
    def nothing(self) -> Path:
        """An empty folder."""
        return self.folder / "nothing"

    @property
    def options(self) -> list[str]:
        """Lists and inventory, as ``vedette scan`` takes them."""
        return ["--threat-list", str(self.folder / "threats.txt"), "--feeds", str(self.folder / "feeds"),
                "--inventory", str(self.folder / "inventory")]

    def of(self, kind: LogKind) -> Path:
        """The objects of one log."""
        return self.folder / kind.value

    def size(self, kind: LogKind) -> tuple[int, int]:
        """How many objects there are of a log, and their bytes as stored."""
        sizes = [path.stat().st_size for path in self.of(kind).rglob("*.gz")]
        return len(sizes), sum(sizes)


def prepared() -> Data:
    """The data, made now or by an earlier run of the same simulator."""
    code = blake2b(digest_size=6)
    for path in sorted(Path(vedette.simulate.__path__[0]).glob("*.py")):
        code.update(path.read_bytes())
    code.update(Path(__file__).read_bytes())
    data = Data(Path(tempfile.gettempdir()) / f"vedette-benchmark-{code.hexdigest()}")
    if not data.folder.is_dir():
        making = Path(tempfile.mkdtemp(prefix="vedette-benchmark-"))
        try:
            _make(Data(making))
            making.rename(data.folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return data


def _make(data: Data) -> None:
    write_estate(data.folder, cloudtrail=RECORDS[LogKind.CLOUDTRAIL], flows=RECORDS[LogKind.VPC_FLOW],
                 dns=RECORDS[LogKind.DNS])
    company = Company(seed=1, days=CLUSTER_DAYS)
    for day in range(CLUSTER_DAYS):
        company.write_clusters(day, data.folder)
    seen = dict.fromkeys(RECORDS, 0)
    for path in sorted(data.everything.rglob("*.gz")):
        kind = next(kind for name, kind in _FOLDERS.items() if name in path.parts)
        below = path.relative_to(data.everything)
        _linked(path, data.of(kind) / below)
        if seen[kind] % 10 == 0:
            _linked(path, data.tenth / below)
        seen[kind] += 1
    data.nothing.mkdir()
    _linked(next(data.of(LogKind.CLOUDTRAIL).rglob("*.gz")), data.one)
    addresses = _addresses(LISTED)
    quarter = LISTED // 4
    for name, chosen in (("threats.txt", addresses[: 2 * quarter]),
                         ("feeds/command-and-control/controllers.txt", addresses[2 * quarter : 3 * quarter]),
                         ("feeds/tor-relay/relays.txt", addresses[3 * quarter :])):
        path = data.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(chosen) + "\n", encoding="ascii")


def _linked(path: Path, other: Path) -> None:
    other.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, other)


def _addresses(number: int) -> list[str]:
    draw = random.Random(7)
    found: dict[int, None] = {}
    while len(found) < number:
        one = draw.getrandbits(32)
        if is_public_number(one):
            found[one] = None
    return [ipv4_text(one) for one in found]
