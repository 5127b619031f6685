"""Which lists there are, and loading one: fetch, parse, remember which version it was."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from vedette.errors import ListError
from vedette.intel.categories import STANDING, Category
from vedette.intel.entries import ListEntries
from vedette.intel.feed_formats import FeedFormat, parse_feed
from vedette.intel.fetch import fetch
from vedette.intel.formats import ListFormat, parse_list
from vedette.intel.limits import FEED_LIMITS, ListKind, ListLimits
from vedette.intel.standing import NameNumbers, nothing, read_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """A list as it is configured.

    ``custom`` is a list of the user's own, by GuardDuty's rules and limits (findings end in ``.Custom``);
    otherwise it is an open feed, with a ``category``. ``format`` None: guess it from the content.
    """

    name: str
    location: str
    format: ListFormat | FeedFormat | None = None
    kind: ListKind = ListKind.THREAT
    entities: bool = False
    category: Category | None = None
    custom: bool = True
    refresh: int = 86_400
    """Seconds between two fetches of a feed."""

    def __post_init__(self) -> None:
        if self.custom == (self.category is not None):
            raise ListError(
                "a custom list has no category, and a feed has one", where=self.name
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedList:
    """A list's entries at one moment."""

    spec: ListSpec
    version: str
    """SHA-256 of the content, in hex."""
    bytes: int
    entries: ListEntries
    loaded_at: int
    """Milliseconds since the epoch."""
    standing: NameNumbers = field(default_factory=nothing)
    """What a feed of a category of `STANDING` says; it has no entries."""

    @property
    def size(self) -> int:
        """How many entries can match."""
        return self.entries.size + len(self.standing.numbers)


def load_list(spec: ListSpec, limits: ListLimits | None = None) -> LoadedList:
    """Fetch and parse a list. ``limits``: by default GuardDuty's for a custom list, `FEED_LIMITS` for a feed.

    Nothing of a list that is refused is used: whoever holds an older `LoadedList` of it goes on with that
    one.

    Raises:
        ListError: it cannot be fetched, is malformed or over a limit.
    """
    limits = limits or (ListLimits() if spec.custom else FEED_LIMITS)
    data = fetch(spec.location, limits.max_file_bytes)
    return loaded_from(spec, data, time.time_ns() // 1_000_000, limits)


def loaded_from(spec: ListSpec, data: bytes, loaded_at: int, limits: ListLimits | None = None) -> LoadedList:
    """The list that ``data``, had at ``loaded_at`` (ms), makes; raises as `load_list`."""
    limits = limits or (ListLimits() if spec.custom else FEED_LIMITS)
    standing = nothing()
    chosen = spec.format or guess_format(spec.location, data)
    if spec.category in STANDING:
        standing = read_standing(data, spec.category, name=spec.name, limits=limits)
        entries = ListEntries.none(standing.ignored)
    elif isinstance(chosen, FeedFormat):
        entries = parse_feed(data, chosen, name=spec.name, limits=limits)
    else:
        entries = parse_list(
            data, chosen, entities=spec.entities or not spec.custom, limits=limits, name=spec.name,
            kind=spec.kind,
        )
    return LoadedList(
        spec=spec, version=sha256(data).hexdigest(), bytes=len(data), entries=entries,
        loaded_at=loaded_at, standing=standing,
    )


def load_lists(specs: Sequence[ListSpec], limits: ListLimits | None = None) -> list[LoadedList]:
    """Fetch and parse lists; of custom ones no more than may be in force at once.

    Raises:
        ListError: as `load_list`; or there are too many lists, or two of one name.
    """
    allowed = limits or ListLimits()
    seen: set[str] = set()
    for spec in specs:
        if spec.name in seen:
            raise ListError("is the name of two lists; give one of them another", where=spec.name)
        seen.add(spec.name)
    for kind, most in ((ListKind.TRUSTED, allowed.trusted_lists), (ListKind.THREAT, allowed.threat_lists)):
        for entities in (False, True):
            wanted = (True, kind, entities)
            custom = [spec for spec in specs if (spec.custom, spec.kind, spec.entities) == wanted]
            if len(custom) > most:
                what = "entity sets" if entities else "IP sets"
                raise ListError(
                    f"is one too many: at most {most} {kind} {what} may be in force", where=custom[most].name
                )
    return [load_list(spec, limits if spec.custom else None) for spec in specs]


def parse_list_argument(
    argument: str, kind: ListKind = ListKind.THREAT, *, entities: bool = True
) -> ListSpec:
    """The list that ``--threat-list`` or ``--trusted-list`` names: ``LOCATION[:FORMAT]``.

    The name of the list is the file's, without its suffix. An entity set by default: it takes all that an
    IP set does.

    >>> parse_list_argument("s3://b/lists/bad.csv:OTX_CSV").format.value
    'OTX_CSV'
    >>> parse_list_argument("https://intel.example:8443/bad.txt").location
    'https://intel.example:8443/bad.txt'

    Raises:
        ListError: there is no location, or no such format.
    """
    location, colon, word = argument.rpartition(":")
    # Behind the last colon may also stand the rest of an address (scheme, port) or of a path.
    if not colon or "/" in word or "." in word:
        location, word = argument, ""
    if not location:
        raise ListError("is not LOCATION or LOCATION:FORMAT", where=repr(argument))
    chosen = _format_named(word, argument) if word else None
    path = urlsplit(location).path if "://" in location else location
    name = PurePosixPath(path).name.partition(".")[0] or location
    return ListSpec(name=name, location=location, format=chosen, kind=kind, entities=entities)


def _format_named(word: str, argument: str) -> ListFormat:
    try:
        return ListFormat(word.upper())
    except ValueError:
        raise ListError(
            f"{word[:40]!r} is not a list format; one of {', '.join(ListFormat)}", where=argument
        ) from None


def guess_format(location: str, data: bytes) -> ListFormat:
    """The format that the content looks like: TXT unless it shows the marks of another."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    first = head.split(b"\n", 1)[0].strip().lower()
    if head[:1] in {b"<", b"{", b"["} or location.lower().endswith((".stix", ".xml", ".json")):
        return ListFormat.STIX
    if first.startswith(b"indicator type"):
        return ListFormat.OTX_CSV
    if first.startswith(b"reportid,"):
        return ListFormat.FIRE_EYE
    if b"," in first and first.split(b",", 1)[0].strip() in {b"ip", b"domain"}:
        return ListFormat.PROOF_POINT
    entry = next((line for line in head.split(b"\n") if line.strip() and not line.startswith(b"#")), b"")
    return ListFormat.ALIEN_VAULT if entry.count(b"#") >= 3 else ListFormat.TXT
