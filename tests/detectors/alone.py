"""One detector alone on a story's records, fed as the engine feeds it: no store, no other detector."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from tests.playing import known_in
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import Detector, Memory, Row
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence, Signal
from vedette.engine.dispatch import Dispatcher
from vedette.engine.keyed import KeyedJudge
from vedette.engine.mapping import at_home, record_identity, signal_id
from vedette.logs.cloudtrail import ApiCall
from vedette.logs.container import Decompressed
from vedette.logs.flow_text import FlowLayout
from vedette.logs.kinds import Batch, Limits, LogKind
from vedette.logs.reading import Reading
from vedette.logs.small_objects import Rows, SmallFlows, flows_together, read_small
from vedette.logs.vpc_flow import oriented
from vedette.simulate.story import Story
from vedette.sources import LogObject, open_source


@dataclass(frozen=True)
class Written:
    """A story as the engine meets it."""

    known: Known
    objects: tuple[tuple[LogObject, bytes], ...]
    """Those that are read alone."""
    flows: tuple[tuple[Rows, tuple[LogObject, ...]], ...]
    """The rows of those that are read together."""

    def batches(self) -> Iterator[tuple[LogObject, Batch]]:
        for obj, data in self.objects:
            yield from ((obj, batch) for batch in Reading(io.BytesIO(data)).batches())


_WRITTEN: dict[int, Written] = {}


def written(told: Story) -> Written:
    """The story's bytes and what it is given. Stories live as long as their modules, so each is written once."""
    if id(told) not in _WRITTEN:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            told.render().save(folder)
            source = open_source(str(folder / "logs"))
            objects = [(obj, Path(obj.locator).read_bytes()) for obj in source.objects()]
            _WRITTEN[id(told)] = Written(known_in(folder), *_apart(objects))
    return _WRITTEN[id(told)]


def _apart(
    objects: Sequence[tuple[LogObject, bytes]],
) -> tuple[tuple[tuple[LogObject, bytes], ...], tuple[tuple[Rows, tuple[LogObject, ...]], ...]]:
    """`Written.objects` and `Written.flows`."""
    alone: list[tuple[LogObject, bytes]] = []
    alike: dict[FlowLayout, list[tuple[LogObject, bytes, SmallFlows]]] = {}
    for obj, data in objects:
        small = read_small(Decompressed(io.BytesIO(data), Limits()), Limits())
        if isinstance(small, SmallFlows):
            alike.setdefault(small.layout, []).append((obj, data, small))
        else:
            alone.append((obj, data))
    flows: list[tuple[Rows, tuple[LogObject, ...]]] = []
    for some in alike.values():
        rows = flows_together([small for _, _, small in some], Limits())
        if rows is None:
            alone += [(obj, data) for obj, data, _ in some]
        else:
            flows.append((rows, tuple(obj for obj, _, _ in some)))
    return tuple(alone), tuple(flows)


def stories_of(detector: Detector) -> list[Story]:
    module = detector.module.removeprefix("vedette.detectors.")
    return [told for name, told in catalogue().stories() if name == module]


def frames(told: Story, kind: LogKind) -> list[pl.DataFrame]:
    """The story's columnar batches of a log kind, as the dispatcher hands them to a ``select``."""
    made = written(told)
    if kind is not LogKind.VPC_FLOW:
        return [batch.frame for _, batch in made.batches() if batch.kind is kind and batch.frame is not None]
    addresses = made.known.inventory.interface_addresses()
    found = [(batch.frame, None) for _, batch in made.batches() if batch.kind is kind and batch.frame is not None]
    return [oriented(frame, addresses, owner).collect() for frame, owner in (
        *found, *((rows.frame, rows.owner) for rows, _ in made.flows))]


def met(detector: Detector, told: Story, known: Known) -> list[tuple[Evidence, Any]]:
    """Every record that the detector's triggers let through, and where it stands."""
    dispatcher = Dispatcher([detector], known)
    hits = [(obj, position, hit) for obj, batch in written(told).batches()
            for position, hit, _ in dispatcher.hits(batch)]
    for rows, objects in written(told).flows:
        frame = dispatcher.oriented(rows.kind, rows.frame, rows.owner)
        hits += [(objects[owner], position, hit) for owner, (position, hit, _) in dispatcher.flow_hits(frame, rows)]
    found = []
    for obj, position, hit in hits:
        record = at_home(hit, obj)
        found.append((Evidence(record.time, record_identity(record), obj.locator, obj.version, position), record))
    return found


def rows_of(detector: Detector, told: Story, known: Known) -> dict[str, list[Row[Any]]]:
    """A keyed detector's rows by key, each once, in order, decoded from the bytes that the engine passes on."""
    assert detector.key is not None
    decode = KeyedJudge(detector, known)._decode
    keyed: dict[str, dict[str, Row[Any]]] = {}
    for where, record in met(detector, told, known):
        if (key := detector.key(record, known)) is not None:
            keyed.setdefault(key, {}).setdefault(
                where.record, Row(where.time, where, decode(msgspec.json.encode(record))))
    return {key: sorted(rows.values(), key=lambda row: row.evidence) for key, rows in keyed.items()}


def empty(detector: Detector) -> Memory:
    assert detector.memory is not None
    return detector.memory()


def stored(memory: Memory) -> Memory:
    """The memory after a way through bytes, as between two batches."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=type(memory))


def updated(detector: Detector, rows: Sequence[Row[Any]], memory: Memory, known: Known) -> list[Signal]:
    assert detector.update is not None
    return list(detector.update(rows, memory, known))


SAID: dict[tuple[int, int], tuple[Signal, ...]] = {}
"""Id of a detector of ours, id of a story: what it says of it, as long as its file stays as it is."""

_OURS = frozenset(map(id, catalogue().detectors))


def signals(detector: Detector, told: Story, known: Known | None = None) -> list[Signal]:
    """All that the detector says of a story, and the engine lets pass: nothing of trusted addresses.

    What a detector of ours says of a story with what that is given is found out once.
    """
    if known not in (None, written(told).known) or id(detector) not in _OURS:
        return _signals(detector, told, known or written(told).known)
    place = id(detector), id(told)
    if place not in SAID:
        SAID[place] = tuple(_signals(detector, told, written(told).known))
    return list(SAID[place])


def _signals(detector: Detector, told: Story, known: Known) -> list[Signal]:
    if detector.keyed:
        found = [signal for rows in rows_of(detector, told, known).values()
                 for signal in updated(detector, rows, empty(detector), known)]
    else:
        found = [msgspec.structs.replace(signal, evidence=(where,)) for where, record in met(detector, told, known)
                 for signal in said(detector, record, known)]
    # Two stages of a request say the same of one record.
    return [signal for signal in {signal_id(one): one for one in found}.values() if not known.trusts(signal.action)]


def said(detector: Detector, record: Any, known: Known) -> list[Signal]:
    """What a plain detector says of a record."""
    assert detector.judge is not None
    judged = detector.judge(record, known)
    return [judged] if isinstance(judged, Signal) else list(judged or ())


def contents(record: Any) -> tuple[bytes, ...]:
    """All that a record holds, decoded parts included, so that a change in place shows."""
    parts = [record]
    if isinstance(record, ApiCall):
        parts += [record.request, record.response, record.additional, record.resources]
    return tuple(msgspec.json.encode(part) for part in parts)


def evidence(record: Any, number: int) -> Evidence:
    """Where a made-up record stands, as long as such things are."""
    return Evidence(record.time, record_identity(record), "AWSLogs/111122223333/made-up/a/name/as/long/as/a/usual/one",
                    "0123456789abcdef0123456789abcdef", number)
