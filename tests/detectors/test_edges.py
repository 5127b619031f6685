"""The stories at the edges of settings come true through the whole engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detectors.edges import EDGES
from tests.playing import at_path, known_in, play
from vedette.detectors.catalogue import catalogue
from vedette.detectors.custom_rule import custom_rules
from vedette.simulate.story import Story


@pytest.mark.parametrize(("told", "rules"), [
    # As in the files' own stories.
    pytest.param(told, frozenset(custom_rules()) if module.startswith("custom.") else frozenset(),
                 id=f"{module}: {told.title}") for module, edges in EDGES.items() for told in edges])
def test_a_story_at_an_edge_finds_what_it_says_and_nothing_else(
    told: Story, rules: frozenset[str], tmp_path: Path,
) -> None:
    assert told.expected is not None
    told.render().save(tmp_path)
    played = play(tmp_path / "logs", known_in(tmp_path), rules=rules)
    assert played.summary.dead == 0
    assert played.types == sorted(one.type for one in told.expected for _ in range(one.findings))
    for one in told.expected:
        for found in played.of(one.type):
            assert one.count in (None, found["service"]["count"])
            assert {path: at_path(found, path) for path in one.details} == dict(one.details)


def test_edges_are_told_of_files_that_there_are() -> None:
    assert set(EDGES) <= set(catalogue().modules)
