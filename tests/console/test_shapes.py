"""What is generated is current, and what the console names of GuardDuty is GuardDuty's."""

from __future__ import annotations

import re
import sys

from tests.console.conftest import TOP

sys.path.insert(0, str(TOP / "console"))

import shapes

from vedette.investigate.tactics import TACTICS


def test_the_shapes_are_those_of_the_service_model() -> None:
    assert shapes.TARGET.read_text("utf-8") == shapes.written(), "run python console/shapes.py"


def test_every_attribute_that_the_console_filters_by_is_one() -> None:
    known = {line.split()[0] for line in
             (TOP / "src/vedette/findings/filter_attributes.txt").read_text("utf-8").splitlines()}
    said = set()
    for file in [*(TOP / "console/src/parts/findings").glob("*.ts*"), *(TOP / "console/src/screens").glob("*.tsx")]:
        said |= set(re.findall(r'"((?:resource|service)\.[\w.]+\w)"', file.read_text("utf-8")))
    assert said
    assert said <= known


def test_the_tactics_of_lanes_are_those_of_the_server_in_their_order() -> None:
    said = (TOP / "console/src/values/lanes.ts").read_text("utf-8").partition("TACTICS = [")[2].partition("]")[0]
    assert re.findall(r'"([^"]+)"', said) == list(TACTICS)
