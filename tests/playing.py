"""Play stories, or any folder of logs, through the whole street, and compare what is found."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vedette.detectors.known import Known
from vedette.engine.pipeline import Settings, Street, Summary
from vedette.engine.samples import known_in as known_in
from vedette.findings.store import Store
from vedette.intel.geo import Geo
from vedette.sources import open_source

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@dataclass
class Played:
    """What a run found."""

    findings: list[dict[str, Any]]
    evidence: dict[str, list[Any]]
    summary: Summary = field(default_factory=Summary)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.findings if one["type"] == name]

    @property
    def types(self) -> list[str]:
        return sorted(one["type"] for one in self.findings)

    @property
    def comparable(self) -> dict[str, Any]:
        """All that must not depend on batches, order, duplicates or restarts: everything but where records lay."""
        return {one["id"]: (one, [(e.time, e.record) for e in self.evidence[one["id"]]]) for one in self.findings}


def everything_in(store: Store) -> Played:
    rows, token = store.list(limit=50)
    ids = list(rows)
    while token:
        rows, token = store.list(limit=50, after=token)
        ids += rows
    return Played(store.get(sorted(ids)), {one: store.evidence(one) for one in ids})


def play(
    logs: Path | Iterable[Path], known: Known, *, store: Store | None = None, settings: Settings | None = None,
    rules: Collection[str] = (),
) -> Played:
    """Scan ``logs`` (several folders: one run after the other) and read everything the store then holds.

    ``rules`` are the custom detection rules that are live.
    """
    own = store or Store.in_memory()
    folders = [logs] if isinstance(logs, Path) else list(logs)
    summary = Summary()
    for folder in folders:
        summary = Street(own, known, Geo.open(None, None), rules=rules).run(open_source(str(folder)), settings=settings)
    played = everything_in(own)
    played.summary = summary
    if store is None:
        own.close()
    return played


def single_records(logs: Path) -> list[tuple[str, bytes]]:
    """Every record below ``logs`` as a file of its own: (name, content), still in its native format."""
    return scattered_records(logs, 1, random.Random(0))


def scattered_records(logs: Path, a_file: int, rng: random.Random) -> list[tuple[str, bytes]]:
    """The records below ``logs`` strewn over files of ``a_file`` records each, as `single_records` gives them."""
    pieces: list[tuple[str, bytes]] = []
    for path in sorted(path for path in logs.rglob("*") if path.is_file()):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        stem = path.name.split(".")[0]
        folder = path.parent.relative_to(logs)
        calls = data.startswith(b'{"Records"')
        records: list[Any] = json.loads(data)["Records"] if calls else data.splitlines(keepends=True)
        header = b"" if calls or records[0][:1] == b"{" or records[0][:1].isdigit() else records.pop(0)
        if a_file > 1:
            rng.shuffle(records)
        for number, some in enumerate(batched(records, a_file)):
            content = json.dumps({"Records": some}).encode() if calls else header + b"".join(some)
            pieces.append((str(folder / f"{stem}-{number}.log"), content))
    return pieces


def batched(records: list[Any], size: int) -> Iterator[list[Any]]:
    return (records[start : start + size] for start in range(0, len(records), size))


def lay(pieces: Iterable[tuple[str, bytes]], into: Path) -> Path:
    for name, content in pieces:
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return into


def at_path(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; lists are looked through for the first element that has it."""
    value: Any = document
    for name in path.split("."):
        if isinstance(value, list):
            value = next((item for item in value if isinstance(item, dict) and name in item), None)
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
