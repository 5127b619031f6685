"""A story: a timed sequence of real-format records, with the findings it must, and must not, produce."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from vedette.simulate.events import Event, Happening, every, flatten, offsets
from vedette.simulate.flow_rows import FLOW_V2
from vedette.simulate.render import Played, given_files, log_files

__all__ = ["BASE_TIME_MS", "Event", "Expected", "Given", "Rendered", "Story", "every", "story", "write"]

BASE_TIME_MS = 1_772_442_000_000
"""2026-03-02T09:00:00Z, a Monday: when a story starts unless told otherwise."""

GAP = 6 * 3600
"""Seconds between the end of one story and the start of the next when several are written into one folder:
longer than any detector's window, so that one story does not lend another its records."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known while the story plays.

    ``feeds`` takes a category's value (``tor-exit``) to its addresses, CIDRs or domains. ``inventory`` takes
    the name of an AWS describe call (``describe-instances``) to the JSON document that it prints.
    """

    threat_ips: tuple[str, ...] = ()
    threat_domains: tuple[str, ...] = ()
    trusted_ips: tuple[str, ...] = ()
    trusted_domains: tuple[str, ...] = ()
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inventory: Mapping[str, Any] | None = None
    exposed_keys: tuple[str, ...] = ()
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """CIDR → a record of a city database; `vedette.simulate.place_file.place` makes one."""


NOTHING_KNOWN = Given()


@dataclass(frozen=True, slots=True)
class Expected:
    """Findings of one type that a story must produce: how many, folded from how many signals, and what they
    say.

    ``details`` takes a path in the finding's JSON (``resource.accessKeyDetails.userName``) to its value.
    """

    type: str
    findings: int = 1
    count: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A story as files: ``files`` takes a path inside the story's folder to the file's bytes, as `write`."""

    files: Mapping[str, bytes]
    expected: tuple[Expected, ...]

    def save(self, into: Path) -> None:
        """Write the files below ``into``."""
        for name, content in self.files.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@dataclass(frozen=True, slots=True)
class Story:
    """What happens, what is known, and what must be found: exactly ``expected`` and nothing else.

    ``expected`` is None until `fires` or `silent` has said something.
    """

    title: str
    events: tuple[Event, ...]
    given: Given = NOTHING_KNOWN
    flow_fields: tuple[str, ...] = FLOW_V2
    expected: tuple[Expected, ...] | None = None

    def fires(
        self, finding_type: object, details: Mapping[str, Any] | None = None, *, findings: int = 1,
        count: int | None = None,
    ) -> Story:
        """The same story, which must also produce ``findings`` findings of this type."""
        if self.expected == ():
            raise ValueError(f"the story {self.title!r} is silent and cannot fire as well")
        more = Expected(str(finding_type), findings, count, details or {})
        return replace(self, expected=(*(self.expected or ()), more))

    def silent(self) -> Story:
        """The same story, which must produce no finding at all."""
        if self.expected:
            raise ValueError(f"the story {self.title!r} fires and cannot be silent as well")
        return replace(self, expected=())

    def render(self, base_time_ms: int = BASE_TIME_MS, seed: int = 0) -> Rendered:
        """The story as files; the same arguments always give the same bytes. See `write` for the folder."""
        return _render([self], base_time_ms, seed)

    @property
    def length(self) -> float:
        """Seconds from the start to the last event."""
        return max(offsets(self.events), default=0.0)


def story(
    title: str, *events: Happening, given: Given = NOTHING_KNOWN, flow_fields: Sequence[str] = FLOW_V2
) -> Story:
    """Tell a story. ``flow_fields`` is its flow log's format: `FLOW_V5` of `vedette.simulate.network`, …"""
    return Story(title, tuple(flatten(events)), given, tuple(flow_fields))


def write(
    stories: Story | Event | Iterable[Story | Event], into: Path, *, seed: int = 0,
    base_time: int = BASE_TIME_MS
) -> Rendered:
    """Write stories (or bare events, as one untitled story) into a folder, and say what was written.

    Several stories follow one another with `GAP` between them; what one is given is known in all. The
    folder::

        logs/AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/….json.gz
        logs/AWSLogs/<account>/vpcflowlogs/<region>/YYYY/MM/DD/….log.gz
        logs/AWSLogs/<account>/vpcdnsquerylogs/<vpc>/YYYY/MM/DD/….log.gz
        logs/rds/account_id=<account>/region=<region>/aws/rds/instance/<name>/<log>/….gz
        lists/threat-ips.txt  lists/threat-domains.txt  lists/trusted-ips.txt  lists/trusted-domains.txt
        feeds/<category>/story-<category>.txt
        inventory/<n>-<describe call>.json
        exposed/exposed-keys.txt  geo/<n>-City.mmdb
        expected.json
    """
    given = [stories] if isinstance(stories, Story | Event) else list(stories)
    told = [item for item in given if isinstance(item, Story)]
    events = [item for item in given if isinstance(item, Event)]
    if events:
        told.append(Story("untitled", tuple(events)))
    rendered = _render(told, base_time, seed)
    rendered.save(into)
    return rendered


def _render(stories: Sequence[Story], base_time_ms: int, seed: int) -> Rendered:
    start = base_time_ms
    played: list[Played] = []
    expectations = []
    for number, one in enumerate(stories):
        played += [
            Played(
                event, start + round(offset * 1000), start, f"{seed}/{number}/{one.title}/{place}",
                one.flow_fields
            )
            for place, (event, offset) in enumerate(zip(one.events, offsets(one.events), strict=True))
        ]
        expectations.append({
            "title": one.title, "start": start,
            "expected": None if one.expected is None else [
                {"type": e.type, "findings": e.findings, "count": e.count, "details": e.details}
                for e in one.expected
            ],
        })
        start += round((one.length + GAP) * 1000)
    files = log_files(played)
    for number, one in enumerate(stories):
        files |= given_files(
            number, files, threat_ips=one.given.threat_ips, threat_domains=one.given.threat_domains,
            trusted_ips=one.given.trusted_ips, trusted_domains=one.given.trusted_domains, feeds=one.given.feeds,
            inventory=one.given.inventory or {}, exposed_keys=one.given.exposed_keys, places=one.given.places,
        )
    files["expected.json"] = msgspec.json.format(msgspec.json.encode({"stories": expectations}), indent=2)
    return Rendered(files, tuple(e for one in stories for e in one.expected or ()))
