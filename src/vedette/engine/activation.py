"""Activating lists made over the API: fetched, read, and their content kept, so that they act as they were then."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog

from vedette.engine.active_lists import spec_of
from vedette.errors import ListError
from vedette.findings.configuration import SavedList
from vedette.findings.store import Batch, Store
from vedette.intel.fetch import AwayError, fetch
from vedette.intel.limits import ListLimits
from vedette.intel.lists import loaded_from

FIRST_WAIT, LONGEST_WAIT = 60_000, 3_600_000
"""Before a list that could not be had is tried again (ms): doubled each time."""

MOST_FAILURES = 32
"""After so many in a row, a little more than a day, it is not tried again before somebody asks for it."""

_log = structlog.get_logger(__name__)

_S3 = re.compile(r"s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")


def fetched_location(location: str) -> str:
    """The location as `vedette.intel.fetch` takes it: the addresses that S3 objects have over https as ``s3://``,
    a ``file://`` one as a path.

    >>> fetched_location("https://s3.amazonaws.com/bucket/lists/my%20list.txt")
    's3://bucket/lists/my list.txt'
    >>> fetched_location("https://my.bucket.s3.eu-west-1.amazonaws.com/list.txt")
    's3://my.bucket/list.txt'

    Raises:
        ListError: it is none that a list can be at.
    """
    if location.startswith("/"):
        return location
    try:
        parts = urlsplit(location)
        host = parts.hostname or ""
    except ValueError:
        raise _no_location(location) from None
    path = unquote(parts.path).removeprefix("/")
    if parts.scheme == "file" and not parts.netloc and path:
        return f"/{path}"
    if parts.scheme == "s3" and parts.netloc and path:
        return location
    if parts.scheme != "https" or not host or not path:
        raise _no_location(location)
    if _S3.fullmatch(host):
        bucket, _, path = path.partition("/")
    else:
        bucket, dot, service = _before_s3(host)
        if not dot or not _S3.fullmatch(service):
            return location
    if not bucket or not path or parts.query:
        raise _no_location(location)
    return f"s3://{bucket}/{path}"


def _before_s3(host: str) -> tuple[str, str, str]:
    """The bucket of a host name, which may have dots itself."""
    found = re.fullmatch(r"(.+?)(\.)(s3[.-].+)", host)
    return (found[1], found[2], found[3]) if found else (host, "", "")


def _no_location(location: str) -> ListError:
    return ListError("is not s3://bucket/key, the https address of an S3 object, an https address or a file",
                     where=location[:300])


def wait_after(failures: int) -> int:
    """How long to wait (ms) after so many failures in a row.

    >>> [wait_after(failures) for failures in (1, 2, 5, 32)]
    [60000, 120000, 960000, 3600000]
    """
    return min(FIRST_WAIT << min(failures - 1, 10), LONGEST_WAIT)


class Activator:
    """Takes lists that are ACTIVATING one after the other to ACTIVE or ERROR. What a killed one left is done again.

    A list that cannot be had is in ERROR too, keeps in force what it had, and is tried again for a day; one that can,
    and is malformed, is not.
    """

    def __init__(
        self, store: Store, clock: Callable[[], int], files: Path | None = None, hosts: Collection[str] = (),
    ) -> None:
        """Where lists may be read from, besides S3: whoever may make a list could otherwise have the server ask its
        own network, or learn what any of its files holds.

        Args:
            store: where they are.
            clock: milliseconds since the epoch.
            files: the folder that lists may be read from as files; without one, none are.
            hosts: those that lists may be fetched from over https, each ``host`` or ``host:port``.
        """
        self._store = store
        self._clock = clock
        self._files = files.resolve() if files else None
        self._hosts = frozenset(host.lower() for host in hosts)

    def step(self) -> bool:
        """Take the list that has waited longest to its end. False: none waits."""
        chosen = self._chosen()
        if chosen is None:
            return False
        data, failure = b"", None
        try:
            data = self._fetched(chosen)
            loaded_from(spec_of(chosen), data, chosen.updated)
        except ListError as error:
            failure = error
        except Exception as error:
            # Whatever it is: those who wait behind it must not wait for ever, nor its owner be unable to delete it.
            _log.exception("a list cannot be loaded for a fault in Vedette", list=chosen.id, account=chosen.account)
            failure = ListError(f"cannot be read ({type(error).__name__})", where=chosen.name)
        with self._store.transaction() as batch:
            now = batch.configuration(SavedList, chosen.account, chosen.region, chosen.id)
            # Its detector may have been deleted with it, and even have been made again, meanwhile.
            if now == chosen:
                self._end(batch, now, data, failure)
        return True

    def _chosen(self) -> SavedList | None:
        """The list to take next: those that were asked for come before those that are tried again."""
        there = self._store.configured(SavedList)
        if asked := [one for one in there if one.status == "ACTIVATING"]:
            return min(asked, key=lambda one: one.updated)
        now = self._clock()
        # A clock that was set back is not waited for.
        due = [one for one in there if one.status == "ERROR" and 0 < one.failures < MOST_FAILURES
               and not now < one.again <= now + LONGEST_WAIT]
        return min(due, key=lambda one: one.again, default=None)

    def _fetched(self, saved: SavedList) -> bytes:
        location = fetched_location(saved.location)
        if location.startswith("/"):
            self._check_file(location)
        return fetch(location, ListLimits().max_file_bytes, bucket_owner=_owner(saved), hosts=self._hosts)

    def _check_file(self, location: str) -> None:
        if self._files is None:
            raise ListError("is a file, and this server reads lists from no folder", where=location)
        if not Path(location).resolve().is_relative_to(self._files):
            raise ListError("is outside the folder that this server reads lists from", where=location)

    def _end(self, batch: Batch, saved: SavedList, data: bytes, failure: ListError | None) -> None:
        before, said = saved.digest, saved.error
        if failure is None:
            saved.status, saved.error, saved.failures = "ACTIVE", "", 0
            saved.digest = batch.keep_content(data)
        elif isinstance(failure, AwayError):
            saved.status, saved.error, saved.failures = "ERROR", str(failure), saved.failures + 1
            saved.again = self._clock() + wait_after(saved.failures)
        else:
            saved.status, saved.error, saved.failures, saved.digest = "ERROR", str(failure), 0, ""
        if saved.failures <= 1:
            saved.updated = max(self._clock(), saved.updated)
        batch.configure(saved)
        drop_unused(batch, before)
        self._tell(saved, said, len(data))

    def _tell(self, saved: SavedList, said: str, size: int) -> None:
        """Log what has become of a list, unless it is what was ``said`` of it before."""
        # An IP set shows no reason over the API: this is where its owner finds it.
        about = {"name": saved.name, "list": saved.id, "account": saved.account, "region": saved.region}
        if saved.status == "ACTIVE":
            _log.info("a list is in force", bytes=size, **about)
        elif saved.failures == MOST_FAILURES:
            _log.error("a list could not be loaded for a day and is not tried again", reason=saved.error, **about)
        elif saved.error != said:
            _log.warning("a list could not be loaded", reason=saved.error, tried_again=saved.failures > 0,
                         in_force=bool(saved.digest), **about)


def _owner(saved: SavedList) -> str:
    """Whose bucket it must be: an entity set's, if none is named, the account's own; an IP set's, anybody's."""
    entities = saved.kind in ("trustedentityset", "threatentityset")
    return saved.expected_bucket_owner or (saved.account if entities else "")


def drop_unused(batch: Batch, digest: str) -> None:
    """Forget the content of a list, unless another list has the same."""
    if digest and all(one.digest != digest for one in batch.configured(SavedList)):
        batch.drop_content(digest)
