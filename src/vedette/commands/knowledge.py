"""From command-line options to what a run knows: lists, feeds, AWS ranges, inventory, geo databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vedette.detectors.known import Known
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.feeds import load_feeds
from vedette.intel.geo import Geo
from vedette.intel.limits import ListKind
from vedette.intel.lists import load_lists, parse_list_argument
from vedette.intel.lookup import Intel
from vedette.inventory import load_inventory


@dataclass(frozen=True, slots=True)
class KnowledgeOptions:
    """Where knowledge comes from, as the options name it."""

    threat_lists: Sequence[str] = ()
    trusted_lists: Sequence[str] = ()
    feeds: Sequence[Path] = ()
    aws_ranges: str | None = None
    inventory: Sequence[Path] = ()
    geo_city: Path | None = None
    geo_asn: Path | None = None


def gather(options: KnowledgeOptions) -> tuple[Known, Geo]:
    """Load everything, or refuse with the first thing that is wrong."""
    specs = [
        *(parse_list_argument(text, ListKind.THREAT) for text in options.threat_lists),
        *(parse_list_argument(text, ListKind.TRUSTED) for text in options.trusted_lists),
        *(spec for path in options.feeds for spec in load_feeds(path)),
    ]
    aws = AwsRanges.load(options.aws_ranges) if options.aws_ranges else AwsRanges.snapshot()
    known = Known(intel=Intel.of(load_lists(specs)), aws=aws, inventory=load_inventory(options.inventory))
    return known, Geo.open(options.geo_city, options.geo_asn)
