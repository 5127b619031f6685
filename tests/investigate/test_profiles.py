"""Profiles of what real stories name, in a history that the server has kept."""

from __future__ import annotations

import io
import json
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.investigate.conftest import Delivered
from vedette.commands.investigate import Place, show_entity
from vedette.commands.knowledge import KnowledgeOptions
from vedette.engine import history_files
from vedette.engine.history_files import merge_small
from vedette.engine.history_names import note_names
from vedette.errors import VedetteError
from vedette.investigate.alike import DAY
from vedette.investigate.entity import Entity, EntityKind, entity_of
from vedette.investigate.estate import inventory_of
from vedette.investigate.events import events
from vedette.investigate.finding_entities import entities_of, findings_of, search
from vedette.investigate.naming import logs_of
from vedette.investigate.profile import Sources, profile
from vedette.investigate.sightings import Past
from vedette.investigate.wanted import Scope
from vedette.logs.times import format_time, parse_time


def sources(delivered: Delivered, scope: Scope | None = None, **more: Any) -> Sources:
    return Sources(delivered.store, Past(delivered.history), delivered.known,
                   inventory_of(delivered.store, delivered.known, scope), scope, **more)


def all_findings(delivered: Delivered) -> list[dict[str, Any]]:
    return delivered.store.get(delivered.store.list(limit=10_000).ids)


@pytest.mark.long
def test_the_records_behind_a_finding_are_among_those_of_what_it_names(delivered: Delivered) -> None:
    """Of each finding some entity's records hold the evidence; and that entity's findings hold the finding."""
    missing: dict[str, list[str]] = defaultdict(list)
    looked = sources(delivered)
    for finding in all_findings(delivered):
        begin = parse_time(finding["service"]["eventFirstSeen"])
        end = parse_time(finding["service"]["eventLastSeen"]) + 1
        kept = delivered.store.evidence(finding["id"])
        seen: set[int] = set()
        for named in entities_of(finding):
            assert finding["id"] in {one["id"] for one in findings_of(delivered.store, named.entity, None)}
            if named.kind is EntityKind.ACCOUNT:
                continue
            for log in logs_of(named.kind):
                told = events(looked, named.entity, log, min([begin, *(one.time for one in kept)]),
                              max([end, *(one.time + 1 for one in kept)]), 0, 500)
                if told.total:
                    seen.update(row[told.columns.index("time")] for row in told.rows)
        # Copies of a record are one, so it is known by its time here.
        if not seen.intersection(one.time for one in kept):
            missing[finding["type"]].append(finding["id"])
    assert not missing


@pytest.mark.long
def test_profiles_say_the_same_after_files_were_merged(
    delivered: Delivered, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finding = next(one for one in all_findings(delivered) if one["resource"].get("accessKeyDetails"))
    moment = parse_time(finding["service"]["eventFirstSeen"])
    asked = [named.entity for named in entities_of(finding)]
    before = [profile(sources(delivered), one, moment - DAY, moment + DAY) for one in asked]
    monkeypatch.setattr(history_files, "MANY", 2)
    assert merge_small(delivered.history, threading.Event()) > 0
    assert [profile(sources(delivered), one, moment - DAY, moment + DAY) for one in asked] == before
    merge_small(delivered.history, threading.Event())
    assert note_names(delivered.history, threading.Event()) > 0
    assert not note_names(delivered.history, threading.Event())
    assert [profile(sources(delivered), one, moment - DAY, moment + DAY) for one in asked] == before


def test_an_account_sees_its_own(delivered: Delivered) -> None:
    finding = next(one for one in all_findings(delivered) if one["resource"].get("accessKeyDetails"))
    key = Entity(EntityKind.ACCESS_KEY, finding["resource"]["accessKeyDetails"]["accessKeyId"])
    moment = parse_time(finding["service"]["eventFirstSeen"])
    own = Scope(finding["accountId"], finding["region"])
    other = Scope("999999999999", finding["region"])
    seen = sources(delivered, own, detectors={finding["service"]["detectorId"]})
    told = profile(seen, key, moment - DAY, moment + DAY)
    assert told.calls
    assert finding["id"] in {one.id for one in told.findings}
    strange = profile(sources(delivered, other, detectors=()), key, moment - DAY, moment + DAY)
    assert (strange.first_seen, strange.calls, strange.peers, strange.findings, strange.facts) == (None, [], [], [], [])
    assert not events(sources(delivered, other), key, logs_of(key.kind)[0], 0, moment + DAY, 0, 100).total
    managing = Scope("999999999999", finding["region"], frozenset({finding["accountId"]}))
    elsewhere = Scope("999999999999", "ap-south-2", frozenset({finding["accountId"]}))
    assert profile(sources(delivered, managing), key, moment - DAY, moment + DAY).calls
    assert not profile(sources(delivered, elsewhere), key, moment - DAY, moment + DAY).calls


def test_without_a_history_findings_are_what_is_told(delivered: Delivered) -> None:
    finding = next(one for one in all_findings(delivered) if one["resource"].get("accessKeyDetails"))
    key = Entity(EntityKind.ACCESS_KEY, finding["resource"]["accessKeyDetails"]["accessKeyId"])
    moment = parse_time(finding["service"]["eventFirstSeen"])
    blind = Sources(delivered.store, None, delivered.known, delivered.known.inventory)
    told = profile(blind, key, moment - DAY, moment + DAY)
    assert not told.history_on
    assert (told.logs, told.activity, told.calls, told.peers) == ([], [], [], [])
    assert told.first_seen == min(parse_time(one["service"]["eventFirstSeen"]) for one in findings_of(
        delivered.store, key, None, moment - DAY, moment + DAY))
    assert {(node.kind, node.value) for node in told.graph.nodes} > {(key.kind, key.value)}


def test_the_command_prints_it(delivered: Delivered) -> None:
    finding = next(one for one in all_findings(delivered) if one["resource"].get("accessKeyDetails"))
    moment = parse_time(finding["service"]["eventFirstSeen"])
    key = finding["resource"]["accessKeyDetails"]["accessKeyId"]
    place = Place(str(delivered.state), delivered.history)
    times = [format_time(moment - DAY), format_time(moment + DAY)]
    told = profile(sources(delivered), Entity(EntityKind.ACCESS_KEY, key), *map(parse_time, times))
    text, data = io.StringIO(), io.StringIO()
    show_entity(place, "access-key", key, *times, KnowledgeOptions(), text, as_json=False)
    assert finding["type"] in text.getvalue()
    assert told.calls[0].name in text.getvalue()
    show_entity(place, "access-key", key, *times, KnowledgeOptions(), data, as_json=True)
    said = json.loads(data.getvalue())
    assert {one["name"] for one in said["calls"]} == {one.name for one in told.calls}
    assert said["historyOn"]


@pytest.mark.parametrize(("kind", "value"), [
    ("ip", "300.1.1.1"), ("ip", ""), ("account", "12"), ("host", "x"), ("user-agent", "a" * 1001), ("domain", "..")])
def test_what_cannot_be_is_refused(kind: str, value: str) -> None:
    with pytest.raises(VedetteError):
        entity_of(kind, value)


HOSTILE = ("*", "a*b?", "'; drop table finding; --", "<script>\u202e\x1b[31m", "\ud800", "%", "\x00")


@pytest.mark.parametrize("kind", [kind for kind in EntityKind if kind not in (EntityKind.IP, EntityKind.ACCOUNT)])
def test_a_hostile_value_is_a_text_like_any_other(delivered: Delivered, kind: EntityKind) -> None:
    looked = sources(delivered)
    for value in HOSTILE:
        told = profile(looked, Entity(kind, value), 1_700_000_000_000, 1_800_000_000_000)
        assert (told.first_seen, told.calls, told.peers, told.findings) == (None, [], [], [])


def test_entities_of_findings_are_found_by_a_part_of_their_value(delivered: Delivered) -> None:
    counts: dict[Entity, int] = defaultdict(int)
    for finding in all_findings(delivered):
        for named in entities_of(finding):
            counts[named.entity] += 1
    for kind in (EntityKind.IP, EntityKind.ACCESS_KEY, EntityKind.INSTANCE, EntityKind.BUCKET, EntityKind.PRINCIPAL):
        entity = max(one for one in counts if one.kind is kind)
        told = dict(search(delivered.store, entity.value[2:], None, 50))
        assert told[entity] == counts[entity]
        assert all(count for count in told.values())
    assert not search(delivered.store, "no such thing", None, 50)
    assert not search(delivered.store, "*", None, 50)
    assert not search(delivered.store, "1", (), 50)
