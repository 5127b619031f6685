"""Open feeds: which well-known ones there are, and which ones the user configured. None is bundled."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vedette.errors import ListError
from vedette.intel.categories import STANDING
from vedette.intel.categories import Category as Category
from vedette.intel.feed_formats import FeedFormat
from vedette.intel.formats import ListFormat
from vedette.intel.lists import ListSpec

MAX_FEEDS_FILE = 1 << 20
"""Bytes of a feeds file."""
MAX_FEEDS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFeed:
    """A feed that its maker publishes for anyone."""

    name: str
    category: Category
    format: FeedFormat | None
    """None where the category tells it."""
    url: str
    licence: str
    """What its maker says of using it, in short; read the maker's own words first."""
    refresh: int
    """Seconds between two fetches that its maker is content with."""

    def spec(self) -> ListSpec:
        """The feed as a list to load."""
        return ListSpec(
            name=self.name, location=self.url, format=self.format, entities=True, category=self.category,
            custom=False, refresh=self.refresh,
        )


HOUR, DAY = 3_600, 86_400
_MALTRAIL = "https://raw.githubusercontent.com/stamparm/maltrail/master/trails/static"


def _maltrail(path: str, category: Category) -> OpenFeed:
    return OpenFeed(
        name=f"maltrail-{path.rpartition('/')[2].removesuffix('.txt')}", category=category,
        format=FeedFormat.MALTRAIL, url=f"{_MALTRAIL}/{path}", licence="MIT", refresh=DAY,
    )


OPEN_FEEDS: tuple[OpenFeed, ...] = (
    OpenFeed(
        name="tor-exit", category=Category.TOR_EXIT, format=FeedFormat.PLAIN,
        url="https://check.torproject.org/torbulkexitlist",
        licence="published by the Tor Project for this use", refresh=HOUR,
    ),
    OpenFeed(
        name="tor-guard", category=Category.TOR_RELAY, format=FeedFormat.ONIONOO,
        url="https://onionoo.torproject.org/details?flag=Guard&running=true&fields=or_addresses",
        licence="CC0 1.0 (Tor Metrics)", refresh=HOUR,
    ),
    OpenFeed(
        name="tor-authority", category=Category.TOR_RELAY, format=FeedFormat.ONIONOO,
        url="https://onionoo.torproject.org/details?flag=Authority&running=true&fields=or_addresses",
        licence="CC0 1.0 (Tor Metrics)", refresh=DAY,
    ),
    OpenFeed(
        name="feodo-tracker", category=Category.COMMAND_AND_CONTROL, format=FeedFormat.PLAIN,
        url="https://feodotracker.abuse.ch/downloads/ipblocklist.txt",
        licence="abuse.ch: see its terms of use", refresh=HOUR,
    ),
    OpenFeed(
        name="urlhaus", category=Category.DRIVE_BY, format=FeedFormat.HOSTS,
        url="https://urlhaus.abuse.ch/downloads/hostfile/",
        licence="abuse.ch: see its terms of use", refresh=HOUR,
    ),
    OpenFeed(
        name="threatfox", category=Category.MALICIOUS, format=FeedFormat.HOSTS,
        url="https://threatfox.abuse.ch/downloads/hostfile/",
        licence="abuse.ch: see its terms of use", refresh=HOUR,
    ),
    OpenFeed(
        name="phishing-army", category=Category.PHISHING, format=FeedFormat.PLAIN,
        url="https://phishing.army/download/phishing_army_blocklist.txt",
        licence="CC BY-NC 4.0: not for commercial use", refresh=6 * HOUR,
    ),
    OpenFeed(
        name="spamhaus-drop", category=Category.MALICIOUS, format=FeedFormat.PLAIN,
        url="https://www.spamhaus.org/drop/drop.txt",
        licence="free to use, with Spamhaus named", refresh=DAY,
    ),
    OpenFeed(
        name="ipsum", category=Category.MALICIOUS, format=FeedFormat.PLAIN,
        url="https://raw.githubusercontent.com/stamparm/ipsum/master/levels/3.txt",
        licence="Unlicense", refresh=DAY,
    ),
    OpenFeed(
        name="emerging-threats-compromised", category=Category.MALICIOUS, format=FeedFormat.PLAIN,
        url="https://rules.emergingthreats.net/blockrules/compromised-ips.txt",
        licence="BSD (Emerging Threats open rules)", refresh=DAY,
    ),
    OpenFeed(
        name="blocklist-de", category=Category.SCANNER, format=FeedFormat.PLAIN,
        url="https://lists.blocklist.de/lists/all.txt",
        licence="free to use, see blocklist.de", refresh=6 * HOUR,
    ),
    _maltrail("mass_scanner.txt", Category.SCANNER),
    _maltrail("malware/cobaltstrike.txt", Category.COMMAND_AND_CONTROL),
    _maltrail("malware/elf_mirai.txt", Category.COMMAND_AND_CONTROL),
    _maltrail("malware/elf_gafgyt.txt", Category.COMMAND_AND_CONTROL),
    _maltrail("malware/elf_coinminer.txt", Category.CRYPTO_MINING),
    _maltrail("malicious/c2_panel.txt", Category.COMMAND_AND_CONTROL),
    _maltrail("suspicious/crypto_mining.txt", Category.CRYPTO_MINING),
    _maltrail("suspicious/dynamic_domain.txt", Category.ABUSED_DOMAIN),
    _maltrail("suspicious/free_web_hosting.txt", Category.ABUSED_DOMAIN),
    _maltrail("suspicious/port_proxy.txt", Category.ABUSED_DOMAIN),
    _maltrail("suspicious/domain.txt", Category.SUSPICIOUS_DOMAIN),
    OpenFeed(
        name="tranco", category=Category.POPULAR_DOMAIN, format=None,
        url="https://tranco-list.eu/top-1m.csv.zip",
        licence="free to use, see tranco-list.eu: it joins lists that have terms of their own", refresh=DAY,
    ),
    OpenFeed(
        name="umbrella", category=Category.POPULAR_DOMAIN, format=None,
        url="https://s3-us-west-1.amazonaws.com/umbrella-static/top-1m.csv.zip",
        licence="free of charge, see Cisco Umbrella", refresh=DAY,
    ),
    OpenFeed(
        name="majestic", category=Category.POPULAR_DOMAIN, format=None,
        url="https://downloads.majestic.com/majestic_million.csv",
        licence="CC BY 3.0", refresh=DAY,
    ),
)
"""Feeds whose address and format are known. A feeds file names one as ``open = "tor-exit"``."""

_KEYS = frozenset({"name", "category", "location", "format", "open"})


def load_feeds(spec: Path) -> list[ListSpec]:
    """The feeds that a file or a folder configures; nothing is fetched yet.

    A TOML file has one ``[[feed]]`` table each, with ``name``, ``category``, ``location`` (path,
    ``https://``, ``s3://``; a path is taken from the file's folder) and ``format``; or with ``open``, the
    name of one of `OPEN_FEEDS`, and nothing else but perhaps a ``location`` where a copy of it lies. A
    folder holds ``<category>/<file>``: the file's name is the feed's; ``.hosts`` is a hosts file, ``.json``,
    ``.xml``, ``.stix`` and ``.csv`` are in one of GuardDuty's formats, all else is plain or Maltrail's, which
    are read alike. Lists of names' popularity and age have formats of their own: see `vedette.intel.standing`.

    Raises:
        ListError: it cannot be read, or names no such category, format or feed.
    """
    return _from_folder(spec) if spec.is_dir() else _from_file(spec)


def _from_file(path: Path) -> list[ListSpec]:
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FEEDS_FILE else None
    except OSError as error:
        raise ListError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if data is None:
        raise ListError(f"is larger than {MAX_FEEDS_FILE:,} bytes: this is no feeds file", where=str(path))
    try:
        document = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ListError(f"is not TOML: {error}", where=str(path)) from None
    tables = document.get("feed", [])
    if set(document) - {"feed"} or not isinstance(tables, list) or not tables:
        raise ListError("holds [[feed]] tables, at least one, and nothing else", where=str(path))
    feeds = [_from_table(table, f"{path}: feed {place}", path.parent) for place, table in enumerate(tables, 1)]
    return _distinct(feeds, str(path))


def _from_table(table: Any, where: str, folder: Path) -> ListSpec:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ListError("is not a table of texts", where=where)
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise ListError(f"{unknown[0]!r} is no key of a feed; those are {', '.join(sorted(_KEYS))}", where=where)
    location = table.get("location", "")
    if location and "://" not in location:
        location = str(folder / location)
    if "open" in table:
        return _open_feed(table, location, where)
    missing = [key for key in ("name", "category", "location") if not table.get(key)]
    if missing:
        raise ListError(f"has no {missing[0]!r}", where=where)
    category = _category(table["category"], where)
    if category in STANDING and "format" in table:
        raise ListError(f"a feed of category {category} is written in one way: give no 'format'", where=where)
    return ListSpec(
        name=table["name"], location=location,
        format=None if category in STANDING else _format(table.get("format", "plain"), where),
        entities=True, category=category, custom=False,
    )


def _open_feed(table: dict[str, str], location: str, where: str) -> ListSpec:
    if set(table) - {"open", "location"}:
        raise ListError("'open' goes with no other key but 'location'", where=where)
    known = next((feed for feed in OPEN_FEEDS if feed.name == table["open"]), None)
    if known is None:
        names = ", ".join(feed.name for feed in OPEN_FEEDS)
        raise ListError(f"{table['open'][:60]!r} is no known open feed; one of {names}", where=where)
    spec = known.spec()
    return ListSpec(
        name=spec.name, location=location or spec.location, format=spec.format, entities=True,
        category=spec.category, custom=False, refresh=spec.refresh,
    )


def _from_folder(folder: Path) -> list[ListSpec]:
    feeds = []
    try:
        for kind in sorted(folder.iterdir()):
            if kind.name.startswith("."):
                continue
            if not kind.is_dir():
                raise ListError("stands beside the category folders: put it in one", where=str(kind))
            category = _category(kind.name, str(folder))
            feeds += [_from_path(path, category) for path in sorted(kind.iterdir()) if path.name[:1] != "."]
    except OSError as error:
        raise ListError(f"cannot be read: {error.strerror or error}", where=str(folder)) from None
    if not feeds:
        raise ListError("holds no <category>/<file>", where=str(folder))
    return _distinct(feeds, str(folder))


_SUFFIXES: dict[str, FeedFormat | None] = {
    ".hosts": FeedFormat.HOSTS, ".json": None, ".xml": None, ".stix": None, ".csv": None,
}
"""None: one of GuardDuty's formats, guessed from the content."""


def _from_path(path: Path, category: Category) -> ListSpec:
    if not path.is_file():
        raise ListError("is not a file: a category folder holds the feeds' files", where=str(path))
    chosen = None if category in STANDING else _SUFFIXES.get(path.suffix.lower(), FeedFormat.MALTRAIL)
    return ListSpec(
        name=path.stem, location=str(path), format=chosen, entities=True, category=category, custom=False,
    )


def _distinct(feeds: list[ListSpec], where: str) -> list[ListSpec]:
    if len(feeds) > MAX_FEEDS:
        raise ListError(f"configures {len(feeds):,} feeds, and at most {MAX_FEEDS:,} are allowed", where=where)
    seen: set[str] = set()
    for feed in feeds:
        if feed.name in seen:
            raise ListError(f"has two feeds of the name {feed.name!r}", where=where)
        seen.add(feed.name)
    return feeds


def _category(text: str, where: str) -> Category:
    try:
        return Category.parse(text)
    except ValueError as error:
        raise ListError(str(error), where=where) from None


def _format(text: str, where: str) -> FeedFormat | ListFormat:
    for kind in (FeedFormat, ListFormat):
        for known in kind:
            if text.lower() == known.value.lower():
                return known
    names = ", ".join([*FeedFormat, *ListFormat])
    raise ListError(f"{text[:40]!r} is not a format; one of {names}", where=where)
