"""What every detector promises, whatever it detects. A new detector file is held to this without a line of tests."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import msgspec
import polars as pl
import pytest

from tests.detectors.alone import (
    contents,
    empty,
    evidence,
    frames,
    met,
    rows_of,
    said,
    signals,
    stored,
    stories_of,
    updated,
    written,
)
from vedette.detectors import blindness
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import CallsWhere, Detector, FrameWhere, Memory, Row
from vedette.detectors.dns import listed_domains
from vedette.detectors.finding_type import AWS_RANGES, OWN, PURPOSES, FindingType
from vedette.detectors.guardduty_types import guardduty_types
from vedette.detectors.known import Known
from vedette.engine.keyed import KeyedJudge
from vedette.findings.words import UNKNOWN, VOCABULARY, words_of
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.eks_audit import KubeCall, KubeObject, KubeUser
from vedette.logs.rds import DbEvent
from vedette.logs.resolver_dns import Lookup
from vedette.logs.vpc_flow import Flow
from vedette.simulate.story import Story

DETECTORS = catalogue().detectors
KEYED = [one for one in DETECTORS if one.keyed]
OF_DAYS = 86_400
"""Seconds from which on a story is a long one: of a detector's, the first is told in the quick run."""


def _cases(detectors: Iterable[Detector]) -> Iterator[Any]:
    for one in detectors:
        of_days = 0
        for told in stories_of(one):
            of_days += told.length > OF_DAYS
            long = told.length > OF_DAYS and of_days > 1
            yield pytest.param(one, told, id=f"{one.name}: {told.title}", marks=[pytest.mark.long] if long else [])


CASES, KEYED_CASES = list(_cases(DETECTORS)), list(_cases(KEYED))
TYPES = [pytest.param(kind, id=name) for name, kind in catalogue().types.items()]
NOTHING = Known(intel=Intel.of([]), aws=AwsRanges.snapshot(), inventory=Inventory())

CUTS = 30
"""Cuts tried of a long story, besides those around its signals; of a short one, all."""


# Judgement


@pytest.mark.parametrize(("detector", "told"), CASES)
def test_the_same_records_are_judged_alike_and_left_as_they_were(detector: Detector, told: Story) -> None:
    known = written(told).known
    records = [record for _, record in met(detector, told, known)]
    before = [contents(record) for record in records]
    if detector.keyed:
        for rows in rows_of(detector, told, known).values():
            held = [contents(row.record) for row in rows]
            runs = [(updated(detector, rows, memory := empty(detector), known), memory) for _ in range(2)]
            assert runs[0] == runs[1]
            assert [contents(row.record) for row in rows] == held
    else:
        judged = [said(detector, record, known) for record in records]
        assert judged == [said(detector, record, known) for record in records]
        assert judged[::-1] == [said(detector, record, known) for record in records[::-1]]
    assert [contents(record) for record in records] == before


@pytest.mark.parametrize(("detector", "told"), CASES)
def test_signals_are_of_declared_types_and_within_the_time_of_their_records(detector: Detector, told: Story) -> None:
    declared = {kind.name for kind in detector.types}
    for signal in signals(detector, told):
        assert signal.type in declared
        assert signal.evidence
        assert signal.first_seen == min(signal.evidence).time
        assert signal.last_seen >= max(signal.evidence).time
        assert list(signal.evidence) == sorted(set(signal.evidence))


# Triggers


def _selections() -> Iterator[Any]:
    for one in DETECTORS:
        for trigger in one.on:
            if isinstance(trigger, FrameWhere):
                yield pytest.param(one, trigger, id=one.name)


@pytest.mark.parametrize(("detector", "trigger"), list(_selections()))
def test_a_selection_of_rows_only_filters_and_reads_nothing_while_it_does(
    detector: Detector, trigger: FrameWhere
) -> None:
    kept = dropped = 0
    for told in stories_of(detector):
        known = written(told).known
        for frame in frames(told, trigger.kind):
            before = frame.clone()
            lazy = trigger.select(frame.lazy().map_batches(_must_not_run), known)
            assert isinstance(lazy, pl.LazyFrame)
            selected = trigger.select(frame.lazy(), known).collect()
            assert selected.schema == frame.schema
            given = {row["position"]: row for row in frame.iter_rows(named=True)}
            taken = selected.rows(named=True)
            assert [given[row["position"]] for row in taken] == taken
            assert len({row["position"] for row in taken}) == len(taken)
            assert frame.equals(before)
            kept, dropped = kept + len(taken), dropped + frame.height - len(taken)
    assert kept
    assert dropped, "a selection that keeps every row of every story selects nothing"


def _must_not_run(frame: pl.DataFrame) -> pl.DataFrame:
    raise AssertionError("the selection collected the frame")


def _field_tests() -> Iterator[Any]:
    for one in DETECTORS:
        for trigger in one.on:
            if isinstance(trigger, CallsWhere):
                yield pytest.param(one, trigger, id=f"{one.name} by {trigger.field}")


@pytest.mark.parametrize(("detector", "trigger"), list(_field_tests()))
@pytest.mark.parametrize("value", ["", "-", "AWS Internal", "s3.amazonaws.com", "999.1.1.1", "::1", "i-", ":" * 50_000,
                                   "\0", "Ａ１", "x" * 100_000, "1.2.3.4\n"])
def test_a_test_of_a_field_bears_any_value(detector: Detector, trigger: CallsWhere, value: str) -> None:
    assert trigger.test(value, NOTHING) in {True, False}


@pytest.mark.parametrize("detector", KEYED, ids=lambda one: one.name)
def test_a_key_follows_from_record_and_knowledge_alone(detector: Detector) -> None:
    assert detector.key is not None
    keyed = 0
    for told in stories_of(detector):
        known = written(told).known
        records = [record for _, record in met(detector, told, known)]
        before = [contents(record) for record in records]
        keys = [detector.key(record, known) for record in records]
        assert keys[::-1] == [detector.key(record, known) for record in records[::-1]]
        decode = KeyedJudge(detector, known)._decode
        again = [decode(msgspec.json.encode(record)) for record in records]
        assert keys == [detector.key(record, known) for record in again], "the engine passes records on as JSON"
        assert [contents(record) for record in records] == before
        assert all(key is None or (isinstance(key, str) and key) for key in keys)
        keyed += sum(key is not None for key in keys)
    assert keyed


# Memory


def _plain(memory: Memory) -> Any:
    return msgspec.to_builtins(memory)


@pytest.mark.parametrize(("detector", "told"), KEYED_CASES)
def test_a_memory_carries_over_every_cut(detector: Detector, told: Story) -> None:
    known = written(told).known
    for rows in rows_of(detector, told, known).values():
        end = empty(detector)
        whole = updated(detector, rows, end, known)
        memory, pieces, heard, states = empty(detector), [], [], []
        for row in rows:
            states.append(stored(memory))
            heard.append(len(pieces))
            pieces += updated(detector, [row], memory, known)
            memory = stored(memory)
        assert pieces == whole
        assert _plain(memory) == _plain(end)
        for cut in _cuts(heard):
            rest = stored(states[cut])
            assert updated(detector, rows[cut:], rest, known) == whole[heard[cut]:], f"cut at {cut}"
            assert _plain(rest) == _plain(end), f"cut at {cut}"
            first = empty(detector)
            assert updated(detector, rows[:cut], first, known) == whole[:heard[cut]], f"cut at {cut}"
            assert _plain(first) == _plain(states[cut]), f"cut at {cut}"


def _cuts(heard: list[int]) -> list[int]:
    """Where to cut: everywhere, or evenly and on both sides of every signal."""
    count = len(heard)
    if count <= CUTS:
        return list(range(count))
    around = {place for place, (one, two) in enumerate(pairwise(heard), 1) if one != two}
    even = {number * count // CUTS for number in range(CUTS)}
    return sorted(even | {one for place in around for one in (place - 1, place)})


@pytest.mark.parametrize(("detector", "told"), KEYED_CASES)
def test_what_expires_before_the_next_row_is_not_missed(detector: Detector, told: Story) -> None:
    known = written(told).known
    for rows in rows_of(detector, told, known).values():
        whole = updated(detector, rows, empty(detector), known)
        memory, pieces = empty(detector), []
        for place, row in enumerate(rows):
            pieces += updated(detector, [row], memory, known)
            if place + 1 < len(rows):
                for watermark in (row.time, rows[place + 1].time - 1):
                    memory = empty(detector) if memory.expire(watermark) else stored(memory)
        assert pieces == whole


@pytest.mark.parametrize("detector", [one for one in KEYED if one.begins], ids=lambda one: one.name)
def test_nothing_is_said_or_kept_before_a_memory_begins(detector: Detector) -> None:
    assert detector.begins is not None
    begun = idle = 0
    for told in stories_of(detector):
        known = written(told).known
        for rows in rows_of(detector, told, known).values():
            memory = empty(detector)
            for row in rows:
                if detector.begins(row.record):
                    begun += 1
                    break
                idle += 1
                assert not list(updated(detector, [row], memory, known))
                assert memory.expire(row.time)
    assert begun
    assert idle


@pytest.mark.parametrize("detector", KEYED, ids=lambda one: one.name)
def test_an_empty_memory_is_nothing_to_keep(detector: Detector) -> None:
    assert empty(detector).expire(0)
    assert empty(detector).expire(1 << 60)


@pytest.mark.parametrize(("detector", "told"), KEYED_CASES)
def test_merging_does_not_depend_on_the_side(detector: Detector, told: Story) -> None:
    known = written(told).known
    for rows in rows_of(detector, told, known).values():
        for split in (2, 3):
            parts = [empty(detector), empty(detector)]
            for number, memory in enumerate(parts):
                chosen = [row for place, row in enumerate(rows) if (place % split == 0) == (number == 0)]
                updated(detector, chosen, memory, known)
                assert _plain(stored(memory).merge(empty(detector))) == _plain(memory)
                assert _plain(empty(detector).merge(stored(memory))) == _plain(memory)
            one, other = parts
            assert _plain(stored(one).merge(stored(other))) == _plain(stored(other).merge(stored(one)))


ROWS = 20_000
STEP = 2_000
BOUND = 256 << 10
"""Bytes of one key's memory: it is read and written with every batch that has a row of the key."""

_FLOOD: dict[str, Callable[[Flow, int], Flow]] = {
    "remote hosts": lambda flow, n: _aimed(flow, remote=f"9.{n >> 16}.{n >> 8 & 255}.{n & 255}"),
    "remote ports": lambda flow, n: _aimed(flow, remote_port=1 + n % 65_535),
    "local ports": lambda flow, n: _aimed(flow, local_port=1 + n % 65_535),
    "ports of many hosts": lambda flow, n: _aimed(
        flow, remote=f"9.9.{n % 150}.1", **{
            "local_port" if (flow.remote_port or 0) < 1024 or flow.remote_port == 3389 else "remote_port":
            1024 + n // 150}),
    "nine ports of many hosts": lambda flow, n: _aimed(flow, remote=f"9.9.{n % 250}.1", remote_port=1 + n // 250 % 9),
}
"""What an adversary can vary without end, on top of a row that counts."""


def _aimed(flow: Flow, **fields: Any) -> Flow:
    return msgspec.structs.replace(flow, **fields)


def _varied_calls(call: ApiCall) -> dict[str, Callable[[ApiCall, int], ApiCall]]:
    ways: dict[str, Callable[[ApiCall, int], ApiCall]] = {
        "source address": lambda one, n: msgspec.structs.replace(
            one, source_ip=f"9.{n >> 16}.{n >> 8 & 255}.{n & 255}"),
        "session": lambda one, n: msgspec.structs.replace(one, user_identity=msgspec.structs.replace(
            one.identity, principal_id=f"AROAEXAMPLE:i-{n:017x}")),
    }
    for part in ("raw_request", "raw_response"):
        decoded = msgspec.json.decode(getattr(call, part))
        for name, value in decoded.items() if isinstance(decoded, dict) else ():
            if isinstance(value, str):
                ways[f"{part} {name}"] = _renamed(part, decoded, name, value)
    return ways


def _renamed(part: str, decoded: dict[str, Any], name: str, value: str) -> Callable[[ApiCall, int], ApiCall]:
    address = re.fullmatch(r"[0-9.]+", value)

    def vary(call: ApiCall, n: int) -> ApiCall:
        new = f"9.{n >> 16}.{n >> 8 & 255}.{n & 255}" if address else f"{value}-{n}"
        return msgspec.structs.replace(call, **{part: msgspec.Raw(msgspec.json.encode(decoded | {name: new}))})

    return vary


_FLOOD_OF_NAMES: dict[str, Callable[[Lookup, int], Lookup]] = {
    **{way: partial(lambda label, lookup, n: msgspec.structs.replace(
        lookup, query_name=f"{label(n)}.{lookup.query_name.rpartition('.')[2]}"), label)
    for way, label in {
        "domains of letters": lambda n: blake2b(b"%d" % n).hexdigest()[:24].translate(str.maketrans(
            string.digits, "ghijklmnop")),
        "domains of words": lambda n: f"garden{'abcdefghij'[n % 10]}house{n}",
    }.items()},
    "names": lambda one, n: msgspec.structs.replace(one, query_name=f"{_digest(n)}.{one.query_name}"[-253:]),
    "long names of instances": lambda one, n: msgspec.structs.replace(
        one, query_name=".".join([_digest(n), _digest(-n), _digest(n + ROWS), one.query_name[-20:]]),
        instance_id=f"i-{n % 4:017x}"),
    "instances": lambda one, n: msgspec.structs.replace(one, instance_id=f"i-{n:017x}"),
    "addresses": lambda one, n: msgspec.structs.replace(one, instance_id="", srcaddr=f"10.{n >> 8 & 255}.{n & 255}.1"),
}


_FLOOD_OF_REQUESTS: dict[str, Callable[[KubeCall, int], KubeCall]] = {
    "names": lambda one, n: msgspec.structs.replace(one, about=KubeObject(
        one.about.resource, f"ns-{n % 99}", f"{one.about.name}-{n}")),
    "users": lambda one, n: msgspec.structs.replace(one, who=KubeUser(f"user-{n}")),
    "addresses": lambda one, n: msgspec.structs.replace(one, source_ips=(f"9.{n >> 16}.{n >> 8 & 255}.{n & 255}",)),
}


_FLOOD_OF_CLIENTS: dict[str, Callable[[DbEvent, int], DbEvent]] = {
    "users": lambda one, n: msgspec.structs.replace(one, user=f"user-{n}"),
    "addresses": lambda one, n: msgspec.structs.replace(one, source=f"9.{n >> 16}.{n >> 8 & 255}.{n & 255}"),
    "ports": lambda one, n: msgspec.structs.replace(one, port=1 + n % 65_535),
    "long names of users and programs": lambda one, n: msgspec.structs.replace(
        one, user=f"{_digest(n) * 4}", application=f"{_digest(-n) * 4}", database=f"{_digest(n) * 4}"),
    "objects": lambda one, n: msgspec.structs.replace(one, target=f"{_digest(n) * 4}"),
    "tables that are made": lambda one, n: msgspec.structs.replace(
        one, did="asked", command="CREATE TABLE", target=f"{_digest(n) * 4}", user=f"{_digest(n // 9) * 4}"),
}


def _digest(number: int) -> str:
    return blake2b(str(number).encode(), digest_size=28).hexdigest()


def _floods(record: Any) -> dict[str, Callable[[Any, int], Any]]:
    if isinstance(record, Lookup):
        return _FLOOD_OF_NAMES
    if isinstance(record, KubeCall):
        return _FLOOD_OF_REQUESTS
    if isinstance(record, DbEvent):
        return _FLOOD_OF_CLIENTS
    return _FLOOD if isinstance(record, Flow) else _varied_calls(record)


def _later(record: Any, n: int) -> Any:
    """The same at another moment, a hundred a second, with an identity of its own."""
    if isinstance(record, Flow):
        return msgspec.structs.replace(record, start=record.start + n // 100, end=record.end + n // 100,
                                       record=f"{n:016x}")
    if isinstance(record, Lookup):
        return msgspec.structs.replace(record, time=record.time + n * 10, record=f"{n:016x}")
    if isinstance(record, KubeCall):
        return msgspec.structs.replace(record, audit_id=f"{n:032x}")
    if isinstance(record, DbEvent):
        return msgspec.structs.replace(record, moment=record.moment + n * 10, session=str(n))
    return msgspec.structs.replace(record, event_id=f"{n:032x}")


@pytest.mark.long
@pytest.mark.parametrize("detector", KEYED, ids=lambda one: one.name)
def test_no_flood_of_records_makes_a_memory_large(detector: Detector) -> None:
    assert detector.key is not None
    seen: set[str] = set()
    for told in stories_of(detector):
        known = written(told).known
        for key, rows in rows_of(detector, told, known).items():
            for record in {_shape(row.record): row.record for row in rows}.values():
                for way, vary in _floods(record).items():
                    if (what := f"{_shape(record)} {way}") in seen:
                        continue
                    seen.add(what)
                    _flood(detector, key, record, vary, known, what)
    assert seen


def _shape(record: Any) -> str:
    if isinstance(record, Flow):
        return f"{record.outgoing} {min(record.local_port or 0, 1024)} {min(record.remote_port or 0, 1024)}"
    if isinstance(record, Lookup):
        return f"{record.query_type} {record.rcode}"
    if isinstance(record, KubeCall):
        return f"{record.verb} {record.about.resource}"
    if isinstance(record, DbEvent):
        return f"{record.did} {record.command}"
    return record.event_name


def _flood(detector: Detector, key: str, record: Any, vary: Callable[[Any, int], Any], known: Known, what: str) -> None:
    assert detector.key is not None
    memory = empty(detector)
    if detector.key(vary(record, ROWS), known) != key:
        return
    for begin in range(0, ROWS, STEP):
        made = [_later(vary(record, n), n) for n in range(begin, begin + STEP)]
        updated(detector, [Row(one.time, evidence(one, n), one) for n, one in enumerate(made, begin)], memory, known)
        assert len(msgspec.msgpack.encode(memory)) <= memory.BYTES, what


# Needs


class Watched:
    """Something known, and whether it was asked anything."""

    def __init__(self, inner: Any) -> None:
        self.__dict__.update(inner=inner, asked=False)

    def __getattr__(self, name: str) -> Any:
        self.__dict__["asked"] = True
        return getattr(self.__dict__["inner"], name)


ROOMS = ("intel", "aws", "inventory", "geo", "exposed")


def _room(need: str) -> str:
    """Which part of `Known` tells of what a type needs."""
    return {"aws-ranges": "aws", "inventory": "inventory", "geo": "geo"}.get(need, "intel")


@pytest.mark.parametrize(("detector", "told"), CASES)
def test_what_a_type_needs_is_loaded_and_asked_when_it_fires(detector: Detector, told: Story) -> None:
    known = written(told).known
    loaded = blindness.loaded_in(known)
    for kind in _fired(detector, told, known):
        if kind.needs and not _by_test_name(told):
            assert not blindness.missing(kind, loaded), kind.name
            watched = Known(*(Watched(getattr(known, room)) for room in ROOMS))
            assert kind in _fired(detector, told, watched)
            asked = {room for room in ROOMS if getattr(watched, room).asked}
            assert {_room(need) for one in kind.needs for need in one} <= asked, kind.name


@pytest.mark.parametrize(("detector", "told"), CASES)
def test_without_what_it_needs_a_type_does_not_fire(detector: Detector, told: Story) -> None:
    known = written(told).known
    blind = {"intel": replace(known, intel=NOTHING.intel), "inventory": replace(known, inventory=NOTHING.inventory),
             "geo": replace(known, geo=NOTHING.geo)}
    for kind in _fired(detector, told, known):
        for room in {_room(need) for one in kind.needs for need in one} & blind.keys():
            if not _by_test_name(told):
                assert kind not in _fired(detector, told, blind[room]), f"{kind.name} fires without {room}"


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_that_needs_nothing_fires_with_nothing_loaded(kind: FindingType) -> None:
    if any(need not in (AWS_RANGES,) for need in kind.needs):
        return
    assert any(kind in _fired(one, told, NOTHING) for one in catalogue().detectors_of(kind.name)
               for told in stories_of(one)), f"no story shows {kind.name} without lists and inventory"


def _fired(detector: Detector, told: Story, known: Known) -> set[FindingType]:
    return {catalogue().types[signal.type] for signal in signals(detector, told, known)}


def _by_test_name(told: Story) -> bool:
    """The story is about Amazon's names for testing, which fire whatever is loaded."""
    tests = tuple(name for rule in listed_domains.RULES for name in rule.test_names)
    return any(str(event.fields.get("name", "")).lower().endswith(tests) for event in told.events)


# Words


@pytest.mark.parametrize("kind", TYPES)
def test_titles_and_descriptions_say_only_what_every_signal_knows(kind: FindingType) -> None:
    words = {name for text in (kind.title, kind.description) for _, name, _, _ in string.Formatter().parse(text)}
    words.discard(None)
    assert words, "a text without words says the same of every finding"
    seen = [signal for one in catalogue().detectors_of(kind.name) for story in stories_of(one)
            for signal in signals(one, story) if signal.type == kind.name]
    assert seen
    for signal in seen:
        assert words <= VOCABULARY | signal.words.keys()
        told = words_of(signal)
        unknown = {name for name in words if UNKNOWN in told[name].split() or not told[name]}
        assert not unknown, f"{kind.name} does not know {unknown}"


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_tells_technique_remedy_and_whose_it_is(kind: FindingType) -> None:
    assert kind.attack
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in kind.attack)
    assert re.match(r"[A-Z].*\.$", kind.remedy, re.DOTALL)
    assert kind.title.endswith(".")
    theirs = {row.type for row in guardduty_types()}
    ours = kind.name.partition("!")[0].endswith(OWN)
    assert (kind.name in theirs) != ours, f"{kind.name} is none of GuardDuty's: end it with {OWN}"


def test_the_purposes_are_guarddutys() -> None:
    assert {row.type.partition(":")[0] for row in guardduty_types()} == PURPOSES


@pytest.mark.parametrize("name", sorted(catalogue().modules))
def test_a_file_says_what_the_attack_is_what_looks_the_same_and_where_it_is_blind(name: str) -> None:
    doc = catalogue().modules[name].__doc__ or ""
    headings = ("*The attack.* ", "*What ordinary ", "*Where it is blind.* ")
    places = [doc.find(heading) for heading in headings]
    assert -1 not in places, [heading for heading, place in zip(headings, places, strict=True) if place < 0]
    assert re.search(r"\*What ordinary [a-z]+ looks the same\.\* ", doc)
    for one in DETECTORS:
        if one.module == f"vedette.detectors.{name}":
            assert one.doc.strip(), f"{one.name} says nothing of itself"
