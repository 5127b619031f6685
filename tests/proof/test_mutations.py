"""The mutation check notices what is broken, lets be what is not, and its list fits the files."""

from __future__ import annotations

import pytest
from benchmarks.mutations import DETECTORS, ROOT, Break, every, listed, survives

pytestmark = pytest.mark.long


WITHOUT_A_CONDITION = {"custom.notebooks", "custom.organizations"}
"""Files whose detectors say all that they are called for."""


def test_the_list_fits_the_files_and_names_each_detector_file() -> None:
    breaks, stale = listed(ROOT)
    assert stale == []
    files = {f"{path.parent.name}.{path.stem}" for path in (ROOT / DETECTORS).glob("*/[a-z]*.py")}
    assert {one.module for one in breaks if "." in one.module} == files - WITHOUT_A_CONDITION


def test_a_detector_that_is_broken_is_noticed_and_one_that_is_not_is_not() -> None:
    text = (ROOT / DETECTORS / "api/root_use.py").read_text(encoding="utf-8")
    assert survives(ROOT, Break("api.root_use", text + "\n# nothing\n", "nothing"))
    broken = text.replace('who.type != "Root" or', 'who.type == "Root" or')
    assert broken != text
    assert not survives(ROOT, Break("api.root_use", broken, "nobody is root"))


def test_every_condition_is_found_and_put_where_it_stood() -> None:
    found = [one for one in every(ROOT) if one.module == "api.bedrock_logging"]
    assert len(found) > 5
    for one in found:
        compile(one.text, one.module, "exec")
