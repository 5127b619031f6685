"""The formats of open feeds, read leniently, as nobody here can mend them.

A feed is refused as a whole only when most of it cannot be read: then it is not what it is said to be (an
error page, another format). The odd unreadable entry is counted.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
import polars as pl

from vedette.errors import ListError
from vedette.intel.entries import ROWS, ListEntries, Rules, sort_out
from vedette.intel.formats import check_size, decode, lines
from vedette.intel.limits import FEED_LIMITS, ListKind, ListLimits


class FeedFormat(StrEnum):
    """How a feed is written."""

    PLAIN = "plain"
    """An address, network or domain a line; ``#`` or ``;`` starts a comment."""
    HOSTS = "hosts"
    """As /etc/hosts: an address that a name is to be sent to, then names; only the names are entries."""
    MALTRAIL = "maltrail"
    """Maltrail's trails: domains, addresses, ``address:port``, networks, URLs; ``#`` starts a comment."""
    ONIONOO = "onionoo"
    """The Tor Project's Onionoo details document (JSON): the ``or_addresses`` of its relays."""


class _Relay(msgspec.Struct):
    or_addresses: list[str]
    """``address:port``, an IPv6 address in brackets."""


class _Onionoo(msgspec.Struct):
    relays: list[_Relay]


_PORT = r":[0-9]{1,5}$"
_URL = r"^https?://"
_PATH = "URL or path"
_LOCAL = "local name"


def parse_feed(
    data: bytes, format: FeedFormat, *, name: str, limits: ListLimits = FEED_LIMITS  # noqa: A002
) -> ListEntries:
    """The entries of a feed.

    A port behind an address or a domain is dropped, and a URL without a path counts as its host: the host
    is what the feed names. A URL with a path names a page, whose host may be good: it is passed over.

    Raises:
        ListError: over a limit, not text, or most of it unreadable; ``where`` is ``name:line``.
    """
    check_size(data, limits, name)
    passed: dict[str, int] = {}
    if format is FeedFormat.ONIONOO:
        rows = _onionoo(data, name)
    elif format is FeedFormat.HOSTS:
        rows = _hosts(decode(data, name), passed)
    else:
        rows = _values(decode(data, name), passed)
    rules = Rules(
        name=name, entities=True, max_entries=limits.entries(ListKind.THREAT, entities=True), lenient=True
    )
    return sort_out(rows, rules, passed)


def _values(text: str, passed: dict[str, int]) -> pl.DataFrame:
    rows = lines(text, comment="#;")
    value = pl.col("value")
    host = value.str.replace(_URL, "").str.strip_suffix("/")
    # A leading dot is Maltrail's "every name under".
    rows = rows.with_columns(
        value=pl.when(value.str.contains("^[.]")).then(pl.lit("*") + value)
        .when(value.str.contains(_URL)).then(host.str.replace(_PORT, ""))
        # Colons beside the port's are IPv6: it keeps them.
        .when(value.str.count_matches(":", literal=True) == 1).then(value.str.replace(_PORT, ""))
        .otherwise(value)
    )
    network = r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"
    page = pl.col("value").str.contains("/", literal=True) & ~pl.col("value").str.contains(network)
    pages = rows.filter(page).height
    if pages:
        passed[_PATH] = pages
    return rows.filter(~page)


def _onionoo(data: bytes, name: str) -> pl.DataFrame:
    try:
        document = msgspec.json.decode(data, type=_Onionoo)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ListError(f"is not an Onionoo details document: {error}", where=f"{name}:1") from None
    addresses = [
        address.rpartition(":")[0].strip("[]") for relay in document.relays for address in relay.or_addresses
    ]
    return pl.DataFrame([(1, address, None) for address in addresses], schema=ROWS, orient="row")


def _hosts(text: str, passed: dict[str, int]) -> pl.DataFrame:
    rows = lines(text)
    words = rows.with_columns(words=pl.col("value").str.extract_all(r"\S+"))
    # A line of one word is a name without an address: some feeds mix both.
    words = words.with_columns(
        pl.when(pl.col("words").list.len() > 1).then(pl.col("words").list.slice(1)).otherwise("words")
    )
    named = words.select("line", value="words", names="names").explode("value")
    local = ~pl.col("value").str.contains(".", literal=True) | pl.col("value").str.contains(
        r"^(?i:localhost\.localdomain|0\.0\.0\.0|.*::.*)$"
    )
    count = named.filter(local).height
    if count:
        passed[_LOCAL] = count
    return named.filter(~local)
