"""The generated pages say what the code does."""

from __future__ import annotations

import pytest
from docs.build import ROOT, pages

from vedette.detectors.catalogue import catalogue
from vedette.detectors.guardduty_types import guardduty_types


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_generated_page_is_up_to_date(path) -> None:
    assert path.exists()
    assert path.read_text(encoding="utf-8") == pages()[path], "run `make docs`"


def test_coverage_lists_all_of_guarddutys_types() -> None:
    names = [row.type for row in guardduty_types()]
    assert len(names) == len(set(names)) == 238
    text = (ROOT / "COVERAGE.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in names)


def test_every_type_has_the_severity_band_that_guardduty_gives_it() -> None:
    """GuardDuty's table names the band, or the bands where the detector judges."""
    bands = {"Low": (1, 3.9), "Medium": (4, 6.9), "High": (7, 8.9), "Critical": (9, 10)}
    wrong = []
    for row in guardduty_types():
        kind = catalogue().types.get(row.type)
        named = [band for band in bands if band in row.severity]
        if kind and named and not any(bands[b][0] <= kind.severity <= bands[b][1] for b in named):
            wrong.append((kind.name, kind.severity, row.severity))
    assert not wrong


def test_every_detector_file_loads_and_tells_its_stories() -> None:
    assert catalogue().broken == ()
    for one in catalogue().detectors:
        stories = [told for name, told in catalogue().stories() if f"vedette.detectors.{name}" == one.module]
        for kind in one.types:
            assert any(e.type == kind.name for told in stories for e in told.expected or ()), kind.name
        assert any(told.expected == () for told in stories), f"{one.module} has no story that stays silent"
