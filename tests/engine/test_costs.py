"""What each detector costs is told when asked for, changes nothing that is found, and is added up over workers."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from tests.playing import everything_in, known_in
from vedette.cli import main
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import CallsUnlike
from vedette.engine.costs import Costs
from vedette.engine.pipeline import Settings, Street
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.simulate.estate import write_estate
from vedette.simulate.story import write
from vedette.sources import open_source


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("costs")
    stories = [told for module, told in catalogue().stories() if told.expected and module in {
        "network.port_scan", "dns.listed_domains", "api.trail_tampering", "api.root_use"}]
    write(stories[:6] + stories[-6:], into)
    write_estate(into, cloudtrail=2_000, flows=4_000, dns=2_000)
    return into


def found(logs: Path, costs: Costs | None, jobs: int = 1) -> dict[str, object]:
    with Store.in_memory() as store:
        Street(store, known_in(logs), Geo.open(None, None), costs=costs).run(
            open_source(str(logs / "logs")), settings=Settings(jobs=jobs, task_size=1 << 16))
        return everything_in(store).comparable


def test_counting_changes_nothing_that_is_found(logs: Path) -> None:
    assert found(logs, Costs()) == found(logs, None)


def test_every_detector_that_found_something_has_a_cost(logs: Path) -> None:
    costs = Costs()
    types = {one["type"] for one, _ in found(logs, costs).values()}  # type: ignore[misc, attr-defined]
    counted = costs.so_far()
    assert types
    for name in types:
        assert any(counted[one.name].records and counted[one.name].time > 0
                   for one in catalogue().detectors_of(name) if one.name in counted), name


def test_workers_count_the_same_records(logs: Path) -> None:
    alone, together = Costs(), Costs()
    found(logs, alone)
    found(logs, together, jobs=2)
    # Of calls that are alike, each process tells the first that it meets.
    once = {one.name for one in catalogue().detectors if any(isinstance(on, CallsUnlike) for on in one.on)}
    assert {name: cost.records for name, cost in alone.so_far().items() if name not in once} == {
        name: cost.records for name, cost in together.so_far().items() if name not in once}


def test_costs_are_added_up_and_handed_over_once() -> None:
    ticks = itertools.count(0, 10)
    costs = Costs(lambda: next(ticks))
    costs.add("one", costs.clock())
    costs.count("one", 3)
    taken = costs.taken()
    assert (taken["one"].time, taken["one"].records) == (10, 3)
    assert costs.taken() == {}
    whole = Costs()
    whole.merge(taken)
    whole.merge(taken)
    assert (whole.so_far()["one"].time, whole.so_far()["one"].records) == (20, 6)


def test_a_scan_prints_the_profile_only_when_asked(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    for options, printed in (([], False), (["--profile"], True)):
        with pytest.raises(SystemExit) as ended:
            main(["scan", str(logs / "logs"), "--jobs", "1", "--output", str(tmp_path / "found"), *options])
        assert ended.value.code == 0
        lines = capsys.readouterr().err.splitlines()
        assert any("network.port_scan.port_scan" in line for line in lines) is printed
    shares = [float(line.split("%")[0].split()[-1]) for line in lines if "%" in line]
    assert 95 < sum(shares) < 105


def test_the_clock_of_the_whole_process_is_used_unless_another_is_given() -> None:
    assert Costs().clock is time.process_time_ns
