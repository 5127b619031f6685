"""Sample findings: a detector file's own story, played through the street in memory, told of the caller's account.

What a sample says is what the detector says of real logs of the same kind; that it is one stands in its title and in
``service.additionalInfo``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from vedette.detectors.catalogue import catalogue
from vedette.detectors.custom_rule import custom_rules
from vedette.detectors.known import Known
from vedette.engine.pipeline import Street
from vedette.errors import VedetteError
from vedette.findings.finding import partition_of
from vedette.findings.fold import Fold, detector_id, encode_fold
from vedette.findings.policy import Policy
from vedette.findings.rows import FindingRow, Handling
from vedette.findings.store import Batch, Store
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.exposed_keys import load_exposed
from vedette.intel.feeds import load_feeds
from vedette.intel.geo import Geo
from vedette.intel.limits import ListKind
from vedette.intel.lists import load_lists, parse_list_argument
from vedette.intel.lookup import Intel
from vedette.inventory import load_inventory
from vedette.logs.times import format_time
from vedette.simulate.story import Story, write
from vedette.sources import open_source

MARK = "[SAMPLE] "
"""How a sample's title begins."""


class SampleError(VedetteError):
    """There is no sample of a type; ``where`` is the type."""


@dataclass(frozen=True, slots=True)
class Example:
    """The finding that a story makes, in the story's own account, Region and time."""

    document: dict[str, Any]
    row: FindingRow


def sampled_types() -> list[str]:
    """Every type of which there is a story, so that there can be a sample."""
    return sorted(_stories())


@cache
def example(type_name: str) -> Example:
    """The finding of a type's first story. It is played once (some 50 ms), and remembered.

    Raises:
        SampleError: no detector here produces the type, or no story fires it.
    """
    told = _stories().get(type_name)
    if told is None:
        raise SampleError("is no finding type of which there is a sample here", where=type_name)
    with tempfile.TemporaryDirectory(prefix="vedette-sample-") as folder, Store.in_memory() as store:
        write(told, Path(folder))
        found = Street(store, known_in(Path(folder)), Geo.open(None, None), rules=custom_rules()).run(
            open_source(str(Path(folder) / "logs"))).new
        for document in store.get(sorted(found)):
            if document["type"] == type_name:
                return Example(document, store.finding_row([document["id"]])[document["id"]])
    raise RuntimeError(f"the story {told.title!r} does not fire {type_name}")


def make_samples(
    batch: Batch, policy: Policy, examples: Collection[Example], account: str, region: str, now: int
) -> None:
    """Write a sample of each example, of an account and Region at ``now`` (ms).

    One that is there already repeats: its count goes up. Samples are suppressed and published as other findings are;
    the logs never change them.
    """
    own = {sample_id(account, region, one.row.type): one for one in examples}
    there, handled = batch.finding_row(own), batch.handling(own)
    for found, one in own.items():
        row = _row(one, account, region, found, there.get(found), now)
        handling = handled.get(found, Handling())
        document = _document(one, row, handling.feedback)
        if found not in there:
            handling = Handling(suppressed_by=policy.suppressor(account, region, document))
            if handling.suppressed_by:
                row = msgspec.structs.replace(row, archived=True)
                document["service"]["archived"] = True
        batch.put_finding(row, document, encode_fold(Fold()), (), learns=False)
        if handling.suppressed_by:
            batch.handle(found, handling)
        else:
            policy.publish(batch, document, now)


def sample_id(account: str, region: str, type_name: str) -> str:
    """The finding id of a type's sample: always the same, and no real finding's."""
    return blake2b(f"sample\0{account}\0{region}\0{type_name}".encode(), digest_size=16).hexdigest()


@cache
def _stories() -> dict[str, Story]:
    """The first story that fires each type of the catalogue."""
    found: dict[str, Story] = {}
    for _, told in catalogue().stories():
        for expected in told.expected or ():
            if expected.type in catalogue().types:
                found.setdefault(expected.type, told)
    return found


def known_in(folder: Path) -> Known:
    """What a written story takes as known."""
    specs = [parse_list_argument(str(path), ListKind.TRUSTED if path.name.startswith("trusted") else ListKind.THREAT)
             for path in sorted((folder / "lists").glob("*.txt"))]
    if (folder / "feeds").is_dir():
        specs += load_feeds(folder / "feeds")
    inventory = folder / "inventory"
    return Known(
        intel=Intel.of(load_lists(specs)), aws=AwsRanges.snapshot(),
        inventory=load_inventory([inventory] if inventory.is_dir() else []),
        geo=Geo.of_files(sorted((folder / "geo").glob("*.mmdb"))),
        exposed=load_exposed(map(str, sorted((folder / "exposed").glob("*.txt")))))


def _row(
    one: Example, account: str, region: str, found: str, before: FindingRow | None, now: int
) -> FindingRow:
    """The row: what happens now took as long as in the story."""
    ours = msgspec.json.decode(msgspec.json.encode(one.row))
    row = msgspec.convert(_told_of(ours, one, account, region), FindingRow)
    row = msgspec.structs.replace(row, id=found, detector_id=detector_id(account, region), archived=False, count=1,
                                  first_seen=now - (row.last_seen - row.first_seen), last_seen=now, created=now,
                                  updated=now)
    if before is None:
        return row
    return msgspec.structs.replace(
        row, archived=before.archived, count=before.count + 1, first_seen=min(before.first_seen, row.first_seen),
        last_seen=max(before.last_seen, now), created=before.created, updated=max(before.updated, now))


def _document(one: Example, row: FindingRow, feedback: str) -> dict[str, Any]:
    document: dict[str, Any] = _told_of(one.document, one, row.account, row.region)
    partition = partition_of(row.region)
    service = document["service"]
    additional = {**msgspec.json.decode(service["additionalInfo"]["value"]), "sample": True}
    return {
        **document,
        "partition": partition,
        "id": row.id,
        "arn": f"arn:{partition}:guardduty:{row.region}:{row.account}:detector/{row.detector_id}/finding/{row.id}",
        "title": MARK + document["title"],
        "createdAt": format_time(row.created),
        "updatedAt": format_time(row.updated),
        "service": {
            **service,
            "detectorId": row.detector_id,
            "eventFirstSeen": format_time(row.first_seen),
            "eventLastSeen": format_time(row.last_seen),
            "count": row.count,
            "archived": row.archived,
            "additionalInfo": {"value": msgspec.json.encode(additional, order="sorted").decode(), "type": "default"},
            **({"userFeedback": feedback} if feedback else {}),
        },
    }


def _told_of(value: Any, one: Example, account: str, region: str) -> Any:
    """A value of the story's finding with another account and Region in place of its own, in every text."""
    if isinstance(value, dict):
        return {name: _told_of(inner, one, account, region) for name, inner in value.items()}
    if isinstance(value, list):
        return [_told_of(inner, one, account, region) for inner in value]
    if isinstance(value, str):
        return (value.replace(one.row.account, account).replace(one.row.region, region)
                .replace("arn:aws:", f"arn:{partition_of(region)}:"))
    return value
