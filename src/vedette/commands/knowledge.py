"""From command-line options to what a run knows: lists, feeds, AWS ranges, inventory, geo databases."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from vedette.detectors.exemptions import Exemptions
from vedette.detectors.known import DEPARTMENT_TAGS, NOTHING_EXEMPT, Known
from vedette.intel.aws_ranges import AwsRanges
from vedette.intel.exposed_keys import load_exposed
from vedette.intel.feeds import load_feeds
from vedette.intel.geo import Geo
from vedette.intel.keeper import FeedKeeper
from vedette.intel.limits import ListKind
from vedette.intel.lists import load_lists, parse_list_argument
from vedette.intel.lookup import Intel
from vedette.inventory import Inventory, load_inventory


@dataclass(frozen=True, slots=True)
class KnowledgeOptions:
    """Where knowledge comes from, as the options name it."""

    threat_lists: Sequence[str] = ()
    trusted_lists: Sequence[str] = ()
    exposed_keys: Sequence[str] = ()
    feeds: Sequence[Path] = ()
    aws_ranges: str | None = None
    inventory: Sequence[Path] = ()
    describe_regions: Sequence[str] = ()
    """Regions whose inventory is asked of AWS itself."""
    geo_city: Path | None = None
    geo_asn: Path | None = None
    exempt: Exemptions = NOTHING_EXEMPT
    departments: tuple[str, ...] = DEPARTMENT_TAGS


def _on_stderr(note: str) -> None:
    print(f"vedette: {note}", file=sys.stderr)


def gather(options: KnowledgeOptions, tell: Callable[[str], None] = _on_stderr) -> tuple[Known, Geo]:
    """Load everything, or refuse with the first thing that is wrong. ``tell`` hears of feeds that are not fresh."""
    custom = [
        *(parse_list_argument(text, ListKind.THREAT) for text in options.threat_lists),
        *(parse_list_argument(text, ListKind.TRUSTED) for text in options.trusted_lists),
    ]
    keeper = FeedKeeper(cache_folder() / "feeds")
    feeds = keeper.load([spec for path in options.feeds for spec in load_feeds(path)])
    for note in keeper.notes:
        tell(note)
    aws = AwsRanges.load(options.aws_ranges) if options.aws_ranges else AwsRanges.snapshot()
    geo = Geo.open(options.geo_city, options.geo_asn)
    known = Known(intel=Intel.of([*load_lists(custom), *feeds]), aws=aws, inventory=_inventory(options), geo=geo,
                  exposed=load_exposed(options.exposed_keys), exempt=options.exempt, departments=options.departments)
    return known, geo


def _inventory(options: KnowledgeOptions) -> Inventory:
    inventory = load_inventory(options.inventory)
    if options.describe_regions:
        from vedette.inventory import describe_account

        # Whose credentials they are is not known before AWS is asked, so the copy goes by what chooses them.
        chooser = "\0".join((os.environ.get("AWS_PROFILE", ""), os.environ.get("AWS_ACCESS_KEY_ID", ""),
                             *sorted(options.describe_regions)))
        copy = cache_folder() / f"inventory-{sha256(chooser.encode()).hexdigest()[:16]}.msgpack"
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        inventory.apply(describe_account(options.describe_regions, cache=copy))
    return inventory


def cache_folder() -> Path:
    """Where copies of feeds and of AWS's answers are kept: ``$XDG_CACHE_HOME/vedette``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vedette"
