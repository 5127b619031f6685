"""``vedette intel``: what is loaded and how old it is; whether a list file is sound."""

from __future__ import annotations

import time
from typing import TextIO

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.intel.feeds import OPEN_FEEDS
from vedette.intel.limits import ListKind
from vedette.intel.lists import load_list, parse_list_argument
from vedette.logs.times import format_time

_DAY = 86_400_000


def status(options: KnowledgeOptions, out: TextIO) -> None:
    """Load what the options name and say what it is."""
    known, geo = gather(options)
    print("lists", file=out)
    for info in known.intel.lists:
        what = info.category or info.kind
        print(f"  {info.name}: {what}, {info.size:,} entries, version {info.version[:12]}, "
              f"from {info.location}", file=out)
        for reason, number in sorted(info.ignored.items()):
            print(f"    {number:,} passed over: {reason}", file=out)
    if not known.intel.lists:
        print("  none: no finding type that needs a threat list or feed can fire (--threat-list, --feeds)", file=out)
    for exposed in known.exposed.lists:
        print(f"  {exposed.name}: exposed credentials, {len(exposed.digests):,} entries, from {exposed.location}",
              file=out)
    print("AWS address ranges", file=out)
    print(f"  {len(known.aws):,} blocks of {format_time(known.aws.created_at)[:10]} "
          f"({known.aws.age // _DAY} days old), from {known.aws.location}", file=out)
    print("geography and networks", file=out)
    for file in geo.files:
        age = (time.time_ns() // 1_000_000 - file.built_at) // _DAY
        print(f"  {file.type}: built {format_time(file.built_at)[:10]} ({age} days old), "
              f"from {file.location}", file=out)
    if not geo.files:
        print("  none: findings name no country, city or network (--geo-city, --geo-asn)", file=out)


def check(argument: str, kind: str, out: TextIO) -> None:
    """Say what Vedette makes of a list; a malformed one is refused with line and reason."""
    loaded = load_list(parse_list_argument(argument, ListKind(kind)))
    entries = loaded.entries
    print(f"{loaded.spec.name}: sound; {loaded.size:,} entries can match "
          f"({len(entries.ips):,} addresses, {len(entries.networks):,} networks, {len(entries.domains):,} domains, "
          f"{len(entries.wildcards):,} wildcards)", file=out)
    for reason, number in sorted(entries.ignored.items()):
        print(f"  {number:,} passed over: {reason}", file=out)


def feeds(out: TextIO) -> None:
    """The open feeds that Vedette knows by name."""
    for feed in OPEN_FEEDS:
        print(f"{feed.name}: {feed.category}, {feed.url}", file=out)
        print(f"  {feed.licence}", file=out)
