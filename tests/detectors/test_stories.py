"""Every story of every detector file, through real bytes, the real parsers and the whole engine."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.playing import at_path, known_in, lay, play, scattered_records, single_records
from vedette.detectors.catalogue import catalogue
from vedette.detectors.custom_rule import custom_rules
from vedette.engine.pipeline import Settings
from vedette.simulate.story import Story

TWICE = re.compile(r"\b([a-z]{2,}) \1\b")
"""A word that a template and what is put into it both say."""

STORIES = [
    # Where custom detection rules are told of they are all live, and elsewhere none.
    pytest.param(told, frozenset(custom_rules()) if module.startswith("custom.") else frozenset(),
                 id=f"{module}: {told.title}") for module, told in catalogue().stories()]


@pytest.mark.parametrize(("told", "rules"), STORIES)
def test_a_story_finds_what_it_says_and_nothing_else(told: Story, rules: frozenset[str], tmp_path: Path) -> None:
    assert told.expected is not None, "a story says what it fires, or that it is silent"
    told.render().save(tmp_path)
    played = play(tmp_path / "logs", known_in(tmp_path), rules=rules)
    wanted = sorted(name for one in told.expected for name in [one.type] * one.findings)
    assert played.types == wanted
    assert played.summary.dead == 0
    for one in told.expected:
        for found in played.of(one.type):
            assert not TWICE.search(f"{found['title']} {found['description']}")
            if one.count is not None:
                assert found["service"]["count"] == one.count
            said = {path: at_path(found, path) for path in one.details}
            assert said == dict(one.details)
            _complete(found, played.evidence[found["id"]])


FILES, MANY = 12, 100
"""A story of more records is strewn over so many files, each of several records; in the long tests over many."""


OF_HOURS = 6 * 3_600
"""Seconds from which on a story is long when it is strewn: each of its files is read by itself."""


A_FILE = 2
"""Stories of a detector file that are strewn in the quick tests, and that are strewn widely in the long ones."""


def _strewn() -> Iterator[Any]:
    of_file: Counter[str] = Counter()
    widely: Counter[str] = Counter()
    for one in STORIES:
        told = one.values[0]
        file = str(one.id).partition(":")[0]
        long = of_file[file] == A_FILE or (isinstance(told, Story) and told.length > OF_HOURS)
        of_file[file] += not long
        yield pytest.param(*one.values, FILES, id=f"{one.id}-strewn", marks=[pytest.mark.long] if long else [])
        # An event may be two records or three. Of fewer than fit into a few files, each has a file already.
        if isinstance(told, Story) and len(told.events) > FILES // 2 and widely[file] < A_FILE:
            widely[file] += 1
            yield pytest.param(*one.values, MANY, id=f"{one.id}-widely", marks=pytest.mark.long)


@pytest.mark.parametrize(("told", "rules", "files"), list(_strewn()))
def test_a_story_is_told_alike_in_any_order_and_twice_over(
    told: Story, rules: frozenset[str], files: int, tmp_path: Path,
) -> None:
    told.render().save(tmp_path)
    known = known_in(tmp_path)
    pieces = single_records(tmp_path / "logs")
    rng = random.Random(told.title)
    if len(pieces) > files:
        pieces = scattered_records(tmp_path / "logs", -(-len(pieces) // files), rng)
    whole = play(tmp_path / "logs", known, rules=rules).comparable
    rng.shuffle(pieces)
    repeated = [(f"again/{name}", content) for name, content in pieces[: len(pieces) // 2 + 1]]
    scattered = lay([*pieces, *repeated], tmp_path / "scattered")
    one_by_one = Settings(task_size=1, batch_size=1)
    assert play(scattered, known, settings=one_by_one, rules=rules).comparable == whole


def _complete(found: dict[str, Any], evidence: list[Any]) -> None:
    """A finding is whole: valid on the wire, every word filled in, and it leads back to its records."""
    validate(found)
    for text in (found["title"], found["description"]):
        assert "unknown" not in text.replace("unknown user", ""), text
        assert "{" not in text
        assert len(text) < 1000
    assert evidence
    assert found["accountId"]
    assert found["region"]


def validate(found: dict[str, Any]) -> None:
    shape = botocore.session.get_session().get_service_model("guardduty").shape_for("Finding")
    report = ParamValidator().validate(_as_members(found, shape), shape)
    assert not report.has_errors(), report.generate_report()


def _as_members(value: Any, shape: Any) -> Any:
    """The wire document under botocore's member names; a key that the model does not have is an error."""
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        unknown = value.keys() - names.keys()
        assert not unknown, f"{shape.name} has no {sorted(unknown)}"
        return {names[name]: _as_members(item, shape.members[names[name]]) for name, item in value.items()}
    if shape.type_name == "list":
        return [_as_members(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {name: _as_members(item, shape.value) for name, item in value.items()}
    return value
