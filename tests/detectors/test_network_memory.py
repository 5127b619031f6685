"""Keyed network detectors say the same however their rows are cut into batches, expired, or split and merged."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.detectors.declare import Detector, Memory, Row
from vedette.detectors.known import Known
from vedette.detectors.network import brute_force, listed_addresses, port_scan
from vedette.detectors.network.brute_force import Logins
from vedette.detectors.network.listed_addresses import RelayTraffic
from vedette.detectors.network.port_scan import Suspicions
from vedette.detectors.signal import Evidence, Signal
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.vpc_flow import Flow

NOTHING = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())
START = 1_772_442_000
Rows = Callable[[random.Random], list[Row[Flow]]]


def _row(number: int, seconds: int, **fields: Any) -> Row[Flow]:
    flow = Flow(
        interface_id="eni-1", account_id="111122223333", region="us-east-1", local="10.0.0.5", protocol=6,
        action="ACCEPT", start=START + seconds, record=f"{number:016x}", **fields)
    return Row(flow.time, Evidence(flow.time, flow.record, "log", "1", number), flow)


def _in_order(rows: Sequence[Row[Flow]]) -> list[Row[Flow]]:
    return sorted(rows, key=lambda row: row.evidence)


HOSTS = [f"9.9.9.{number}" for number in range(1, 4)]
SEEDS = st.integers(0, 1 << 32).map(random.Random)
"""Dense traffic, so that thresholds are crossed: lists that hypothesis draws itself are mostly too thin."""


def _moments(chance: random.Random, most: int) -> list[int]:
    """Seconds: a few bursts, minutes or hours apart."""
    bursts = [chance.randrange(4 * 3600) for _ in range(chance.randint(1, 4))]
    return [chance.choice(bursts) + chance.randrange(700) for _ in range(chance.randrange(most))]


def scan_rows(chance: random.Random) -> list[Row[Flow]]:
    return _in_order([
        _row(number, seconds, end=START + seconds, remote=chance.choice(HOSTS), remote_port=chance.choice(
            (chance.randint(1, 25), chance.randint(1025, 1050))), local_port=chance.randint(40_000, 40_003),
             outgoing=True, packets=chance.choice((1, 1, 2)), bytes=60, initiator="local")
        for number, seconds in enumerate(_moments(chance, 150))])


def login_rows(chance: random.Random) -> list[Row[Flow]]:
    rows = []
    target = chance.random() < 0.5
    for number, seconds in enumerate(_moments(chance, 300)):
        client, outgoing = chance.randint(40_000, 40_300), chance.random() < 0.5
        rows.append(_row(
            number, seconds, end=START + seconds + chance.randrange(90), remote=chance.choice(HOSTS),
            remote_port=client if target else 22, local_port=22 if target else client, outgoing=outgoing,
            packets=18, bytes=2600 if chance.random() < 0.9 else 80_000))
    return _in_order(rows)


def relay_rows(chance: random.Random) -> list[Row[Flow]]:
    rows = []
    for number, seconds in enumerate(_moments(chance, 80)):
        outgoing = chance.random() < 0.5
        rows.append(_row(
            number, seconds, end=START + seconds, remote=f"9.9.9.{chance.randint(1, 9)}",
            remote_port=443 if outgoing else 40_000, local_port=40_001 if outgoing else 9001, outgoing=outgoing,
            packets=20, bytes=9000, initiator="local" if outgoing else "remote"))
    return _in_order(rows)


CASES = [
    pytest.param(port_scan.port_scan, scan_rows, id="port scan"),
    pytest.param(brute_force.brute_force, login_rows, id="brute force"),
    pytest.param(listed_addresses.tor_relay, relay_rows, id="Tor relay"),
]


def _run(detector: Detector, rows: Sequence[Row[Flow]], memory: Memory) -> list[Signal]:
    assert detector.update is not None
    return list(detector.update(rows, memory, NOTHING))


@pytest.mark.parametrize(("detector", "rows"), CASES)
def test_the_made_traffic_does_cross_the_thresholds(detector: Detector, rows: Rows) -> None:
    assert detector.memory is not None
    empty = detector.memory
    found = [len(_run(detector, rows(random.Random(seed)), empty())) for seed in range(60)]
    assert sum(map(bool, found)) >= 10
    assert max(found) > 1


def _stored(detector: Detector, memory: Memory) -> Memory:
    assert detector.memory is not None
    return msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=detector.memory)


@pytest.mark.parametrize(("detector", "rows"), CASES)
def test_batches_and_expiry_change_nothing(detector: Detector, rows: Rows) -> None:
    assert detector.memory is not None
    empty = detector.memory

    @settings(max_examples=60, deadline=None)
    @given(SEEDS, st.data())
    def check(chance: random.Random, data: st.DataObject) -> None:
        drawn = rows(chance)
        whole = _run(detector, drawn, empty())
        cuts = sorted(data.draw(st.lists(st.integers(0, len(drawn)), max_size=6)))
        memory: Memory = empty()
        pieces: list[Signal] = []
        for begin, end in zip([0, *cuts], [*cuts, len(drawn)], strict=True):
            pieces += _run(detector, drawn[begin:end], memory)
            if end < len(drawn):
                gone = memory.expire(drawn[end].time - 1)
                memory = empty() if gone else _stored(detector, memory)
        assert pieces == whole

    check()


@pytest.mark.parametrize("memory", [Suspicions, Logins, RelayTraffic])
def test_a_memory_without_records_is_nothing_to_keep(memory: type[Memory]) -> None:
    assert memory().expire(0)


@pytest.mark.parametrize(("detector", "rows"), CASES)
def test_everything_is_forgotten_in_the_end(detector: Detector, rows: Rows) -> None:
    assert detector.memory is not None
    empty = detector.memory

    @settings(max_examples=30, deadline=None)
    @given(SEEDS)
    def check(chance: random.Random) -> None:
        memory = empty()
        _run(detector, rows(chance), memory)
        assert memory.expire((START + 7 * 86_400) * 1000)

    check()


def _failures(remote: str, ports: Sequence[int]) -> list[Row[Flow]]:
    return [_row(port, port, end=START + port, remote=remote, remote_port=port, local_port=40_000 + port,
                 outgoing=True, packets=1, bytes=60) for port in ports]


def test_a_scan_split_between_two_places_is_found_after_they_are_merged() -> None:
    one, other = Suspicions(), Suspicions()
    assert not _run(port_scan.port_scan, _failures("9.9.9.9", range(1, 6)), one)
    assert not _run(port_scan.port_scan, _failures("9.9.9.9", range(6, 10)), other)
    (found,) = _run(port_scan.port_scan, _failures("9.9.9.9", range(10, 12)), one.merge(other))
    assert set(found.additional["portsScannedSample"]) >= set(range(1, 11))


def test_guessing_split_between_two_places_is_found_after_they_are_merged() -> None:
    def tries(numbers: Sequence[int]) -> list[Row[Flow]]:
        return [_row(n, n, end=START + n + 4, remote="9.9.9.9", remote_port=40_000 + n, local_port=22, packets=18,
                     bytes=2600) for n in numbers]

    one, other = Logins(), Logins()
    assert not _run(brute_force.brute_force, tries(range(10)), one)
    assert not _run(brute_force.brute_force, tries(range(10, 19)), other)
    assert len(_run(brute_force.brute_force, tries(range(19, 21)), one.merge(other))) == 1


def test_a_sweep_over_thousands_of_hosts_stays_within_the_memory_that_is_promised() -> None:
    memory = Suspicions()
    rows = [_row(n, n // 100, end=START + n // 100, remote=f"9.{n >> 8 & 255}.{n & 255}.1", remote_port=445,
                 local_port=40_000, outgoing=True, packets=1, bytes=60) for n in range(3000)]
    assert not _run(port_scan.port_scan, rows, memory)
    assert 0 < len(memory.hosts) <= port_scan.HOSTS


def test_a_scan_is_seen_through_a_sweep() -> None:
    rows = [_row(n, n, end=START + n, remote="9.9.9.9" if n % 40 == 0 else f"9.{n >> 8 & 255}.{n & 255}.1",
                 remote_port=1 + n // 40, local_port=40_000, outgoing=True, packets=1, bytes=60) for n in range(600)]
    assert [signal.action.remote_ip for signal in _run(port_scan.port_scan, rows, Suspicions())] == ["9.9.9.9"]
