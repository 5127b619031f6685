"""Days of an estate's ordinary flows, in which nothing deserves a finding; and attacks among them, which do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from tests.detectors.alone import empty, evidence, updated
from vedette.detectors.declare import Detector, Row
from vedette.detectors.known import Known
from vedette.detectors.network import brute_force, denial_of_service, port_scan, port_sweep, spambot
from vedette.detectors.signal import Signal
from vedette.engine.dispatch import Dispatcher
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.flow_text import FlowLayout, read_lines
from vedette.logs.kinds import Limits, LogKind
from vedette.simulate import FLOW_V2, FLOW_V5
from vedette.simulate.estate import START_MS
from vedette.simulate.estate_flows import flows_by_object
from vedette.simulate.estate_plan import plan

NOTHING = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
DETECTORS: tuple[Detector, ...] = (
    brute_force.brute_force, denial_of_service.denial_of_service, port_scan.port_scan, port_sweep.port_sweep,
    spambot.spambot,
)
ROWS = 30_000


def _frames(seed: int, fields: Sequence[str]) -> list[pl.DataFrame]:
    """A day of the estate, written as text and read back by the real parser."""
    layout = FlowLayout(tuple(name.replace("-", "_") for name in fields))
    frames = []
    for _, _, frame in flows_by_object(plan(seed), START_MS, 24, ROWS, seed, fields):
        text = frame.write_csv(include_header=False, separator=" ", null_value="-", quote_style="never").encode()
        batch = read_lines(text, 1, layout, Limits())
        assert batch.frame is not None
        frames.append(batch.frame)
    return frames


def _keyed(detectors: Sequence[Detector], frames: Sequence[pl.DataFrame]) -> dict[str, dict[str, list[Row[Any]]]]:
    """Detector name → key → what it looks at."""
    dispatcher = Dispatcher(detectors, NOTHING)
    keyed: dict[str, dict[str, list[Row[Any]]]] = {detector.name: {} for detector in detectors}
    whole = pl.concat([dispatcher.oriented(LogKind.VPC_FLOW, frame) for frame in frames])
    for number, (_, flow, detector) in enumerate(dispatcher.row_hits(LogKind.VPC_FLOW, whole)):
        assert detector.key is not None
        if (key := detector.key(flow, NOTHING)) is not None:
            keyed[detector.name].setdefault(key, []).append(Row(flow.time, evidence(flow, number), flow))
    return {name: {key: sorted(rows, key=lambda row: row.evidence) for key, rows in found.items()}
            for name, found in keyed.items()}


def _signals(detector: Detector, keyed: dict[str, list[Row[Any]]]) -> list[Signal]:
    return [signal for rows in keyed.values() for signal in updated(detector, rows, empty(detector), NOTHING)]


@pytest.mark.parametrize("fields", [FLOW_V2, FLOW_V5], ids=["default format", "all fields"])
@pytest.mark.parametrize("seed", [11, *(pytest.param(seed, marks=pytest.mark.long) for seed in (12, 13))])
def test_a_day_of_ordinary_flows_shows_no_attack(seed: int, fields: Sequence[str]) -> None:
    keyed = _keyed(DETECTORS, _frames(seed, fields))
    for detector in DETECTORS:
        assert _signals(detector, keyed[detector.name]) == [], detector.name
    looked_at = {name: sum(map(len, found.values())) for name, found in keyed.items()}
    assert looked_at["network.port_sweep.port_sweep"] > 100, "the day has connections for it to judge"
    assert max(looked_at.values()) < ROWS // 15, "what is not looked at costs nothing"


def _attack(at: int, host: str, interface: str, account: str) -> pl.DataFrame:
    """A sweep of Telnet and a flood of SYNs, among an instance's ordinary rows."""
    sweep = [f"2 {account} {interface} {host} 9.9.{number}.7 {40_000 + number} 23 6 1 60 {at + number} {at + number} "
             "ACCEPT OK" for number in range(60)]
    flood = [f"2 {account} {interface} {host} 9.8.7.6 50000 80 6 4000000 176000000 {at} {at + 59} ACCEPT OK"]
    batch = read_lines("\n".join([*sweep, *flood]).encode(), 1, FlowLayout(tuple(
        name.replace("-", "_") for name in FLOW_V2)), Limits())
    assert batch.frame is not None
    return batch.frame


def test_attacks_among_ordinary_flows_are_found() -> None:
    frames = _frames(14, FLOW_V2)
    machine = plan(14).networks[0].of("web")[0].host
    frames.append(_attack(START_MS // 1000 + 36_000, machine.private_ip, machine.interface, machine.account))
    detectors = (denial_of_service.denial_of_service, port_sweep.port_sweep)
    keyed = _keyed(detectors, frames)
    found = {signal.type for detector in detectors for signal in _signals(detector, keyed[detector.name])}
    assert found == {"Backdoor:EC2/DenialOfService.Tcp", "Impact:EC2/PortSweep"}
