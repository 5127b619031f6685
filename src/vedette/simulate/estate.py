"""The estate: days of ordinary work in five accounts, in AWS's delivery layout. Nothing in it deserves a finding.

People work office hours in their time zones, from office and home; pipelines deploy; machines behind a NAT gateway or
with addresses of their own read and write S3; functions run; AWS's services do their own calls; web servers answer
thousands of clients; the internet knocks at closed ports; and now and then somebody is denied something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from isal import igzip

from vedette.logs.kinds import LogKind
from vedette.simulate.delivery import call_object, flow_object, lookup_object
from vedette.simulate.estate_calls import calls_by_object
from vedette.simulate.estate_flows import flows_by_object
from vedette.simulate.estate_lookups import lookups_by_object
from vedette.simulate.estate_plan import Plan, plan
from vedette.simulate.flow_rows import FLOW_V2, header
from vedette.simulate.identifiers import hex_id

__all__ = ["START_MS", "Written", "plan", "write_estate"]

START_MS = 1_772_409_600_000
"""2026-03-02T00:00Z, a Monday: the first day unless told otherwise; the stories' day."""


KINDS = (LogKind.CLOUDTRAIL, LogKind.VPC_FLOW, LogKind.DNS)
"""The logs of which an estate writes ordinary records."""


@dataclass(slots=True)
class Written:
    """What `write_estate` wrote, by log kind."""

    records: dict[LogKind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    objects: dict[LogKind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    bytes: dict[LogKind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    """Before compression."""


def write_estate(
    into: Path, *, seed: int = 1, days: int = 1, start: int = START_MS, cloudtrail: int = 20_000, flows: int = 200_000,
    dns: int = 50_000, flow_fields: Sequence[str] = FLOW_V2,
) -> Written:
    """Write an estate's logs below ``into/logs`` and its inventory into ``into/inventory``.

    ``cloudtrail``, ``flows`` and ``dns`` are how many records there are of each log in all ``days``, exactly;
    ``start`` is the first midnight (ms). The same arguments always write the same bytes. Data is made and written
    hour by hour, so memory does not grow with the days.
    """
    estate = plan(seed)
    written = write_plan(into, estate, seed=seed, hours=days * 24, start=start, cloudtrail=cloudtrail, flows=flows,
                         dns=dns, flow_fields=flow_fields)
    _write_inventory(into, estate)
    return written


def write_plan(
    into: Path, estate: Plan, *, seed: int, hours: int, start: int, cloudtrail: int, flows: int, dns: int,
    flow_fields: Sequence[str] = FLOW_V2,
) -> Written:
    """Write the logs of an estate below ``into/logs``, as `write_estate`."""
    written = Written()
    for account, region, delivered, records in calls_by_object(estate, start, hours, cloudtrail, seed):
        text = f'{{"Records":[{",".join(records)}]}}'.encode()
        _store(into, call_object(account, region, delivered, f"estate{seed}"), text, LogKind.CLOUDTRAIL, len(records),
               written)
    for network, begin, frame in flows_by_object(estate, start, hours, flows, seed, flow_fields):
        body = frame.write_csv(include_header=False, separator=" ", null_value="-", quote_style="never")
        flow_log = hex_id("fl-", network.account, network.vpc, tuple(flow_fields))
        name = flow_object(network.account, network.region, flow_log, begin, f"estate{seed}")
        _store(into, name, f"{header(flow_fields)}\n{body}".encode(), LogKind.VPC_FLOW, frame.height, written)
    for network, begin, lines in lookups_by_object(estate, start, hours, dns, seed):
        name = lookup_object(network.account, network.vpc, begin, f"estate{seed}")
        _store(into, name, lines.encode(), LogKind.DNS, lines.count("\n"), written)
    return written


def _store(into: Path, name: str, content: bytes, kind: LogKind, records: int, written: Written) -> None:
    path = into / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(igzip.compress(content, 1, mtime=0))
    written.records[kind] += records
    written.objects[kind] += 1
    written.bytes[kind] += len(content)


def _write_inventory(into: Path, estate: Plan) -> None:
    folder = into / "inventory"
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in estate.inventory().items():
        (folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))
