"""What detectors take and find, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import generate_latest

from vedette.api.metrics import DetectorMetrics, new_registry
from vedette.engine.costs import Cost


def test_time_records_and_new_findings_are_counted() -> None:
    registry = new_registry()
    registry.register(DetectorMetrics(
        lambda: {"network.port_scan.port_scan": Cost(1_500_000_000, 42)}, lambda: {2.0: 1, 3.9: 2, 8.0: 4, 9.0: 8}))
    lines = generate_latest(registry).decode().splitlines()
    assert 'vedette_detector_seconds_total{detector="network.port_scan.port_scan"} 1.5' in lines
    assert 'vedette_detector_records_total{detector="network.port_scan.port_scan"} 42.0' in lines
    found = [line for line in lines if line.startswith("vedette_findings_new_total")]
    assert found == [f'vedette_findings_new_total{{severity="{band}"}} {number}' for band, number in (
        ("Low", 3.0), ("Medium", 0.0), ("High", 4.0), ("Critical", 8.0))]
