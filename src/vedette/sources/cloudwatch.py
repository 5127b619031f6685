"""CloudWatch Logs groups, asked at intervals for what is new. (What a subscription exports to S3 is read there.)

Needs ``logs:FilterLogEvents`` on the group. Events of one stream that come in one answer are one log object, a line
each; its locator names the stream and the times of the first and last of them, and can be read again by it.

Events come in late and out of order: a flow log's bear the beginning of a window that is long over. So each question
begins some minutes before the newest event there was, and what was handed out before is left out by its id. After a
restart that stretch is handed out once more: records that come twice are recognised as late ones are.
"""

from __future__ import annotations

import io
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from vedette.errors import SourceError
from vedette.sources.aws import asked, told
from vedette.sources.feed import Delivery
from vedette.sources.log_object import LogObject, SourceSpec

INTERVAL = 30.0
"""Seconds between two questions when all that is there has been handed out."""

OVERLAP = 60 * 60_000
"""How much earlier (ms) than the newest event others may still come in: as late as the engine bears them
(`vedette.engine.plan.LATENESS`). What comes in later is never asked for."""

SOON = 20 * 60_000
"""How far back (ms) each question goes: flow logs gather for up to 10 minutes and deliver within 5."""

ALL_EVERY = 600.0
"""Seconds after which a question goes back by all of the overlap: a large group's last hour is many pages."""

AT_ONCE = 8 << 20
"""Bytes of text that are handed out together."""

_WAKE = 1.0
_SCHEME = "cloudwatch"


class _Place(NamedTuple):
    region: str
    group: str
    stream: str
    first: int
    last: int
    header: str


class GroupSource:
    """Opens the log objects of one group: those handed out now from memory, others by asking again.

    ``location`` is ``cloudwatch://<region>/<group>``, the group's name percent-encoded.
    """

    far = True

    def __init__(self, location: str, endpoint_url: str | None = None) -> None:
        """Nothing is asked yet.

        Raises:
            SourceError: the location is none of these.
        """
        parts = urlsplit(location)
        self.region, self.group = parts.netloc, unquote(parts.path[1:])
        if parts.scheme != _SCHEME or not self.region or not self.group:
            raise SourceError("is no log group: write cloudwatch://<region>/<group>, its name percent-encoded",
                              where=location)
        self.spec = SourceSpec("cloudwatch", location, endpoint_url)
        self.name = location
        self._made: Any = None
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str], bytes] = {}

    def objects(self) -> Iterator[LogObject]:
        """Events are no objects until a feed gathers them.

        Raises:
            SourceError: always.
        """
        raise SourceError("is followed by a server and cannot be listed: export it to S3 to scan it", where=self.name)

    def open(self, obj: LogObject) -> BinaryIO:
        """As `Source.open`."""
        text = self._held.get((obj.locator, obj.version))
        if text is not None:
            return io.BytesIO(text)
        place = _place(obj.locator)
        token, events = "", list[dict[str, Any]]()
        while True:
            some, token = self.ask(place.first, token, endTime=place.last, logStreamNames=[place.stream])
            events += some
            if not token:
                break
        if obj.version and _version(events) != obj.version:
            raise SourceError("holds other events than when it was read: some came in later", where=obj.locator)
        return io.BytesIO(_text(events, place.header))

    def hold(self, texts: dict[tuple[str, str], bytes]) -> None:
        """What is handed out now, by locator and version."""
        self._held = texts

    def ask(self, start: int, token: str, **narrower: Any) -> tuple[list[dict[str, Any]], str]:
        """A page of events since ``start`` (ms), and the token of the next page, if there is one.

        Raises:
            SourceError: they cannot be had.
        """
        behind = {"nextToken": token} if token else {}
        answer = asked(
            self.name, lambda: self._client().filter_log_events(
                logGroupName=self.group, startTime=start, **behind, **narrower),
            _sentence, "is no log group's name")
        return answer.get("events", []), answer.get("nextToken", "")

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                # Here, since boto3 imports slowly.
                import boto3.session
                from botocore.config import Config

                self._made = boto3.session.Session().client(
                    "logs", region_name=self.region, endpoint_url=self.spec.endpoint_url, config=Config(
                        retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60))
            return self._made


class GroupFeed:
    """One group, followed."""

    def __init__(
        self, region: str, group: str, since: int, *, account: str = "", streams: str = "", flow_format: str = "",
        endpoint_url: str | None = None, interval: float = INTERVAL, overlap: int = OVERLAP,
        now: Callable[[], int] = lambda: int(time.time() * 1000), monotonic: Callable[[], float] = time.monotonic,
        note: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            region: where the group is.
            group: its name.
            since: the earliest event time (ms) that is handed out: after a restart what was noted, less ``overlap``.
            account: whose it is, for records that do not say so themselves.
            streams: how the names begin of the streams that are read; empty: all.
            flow_format: the fields of a flow log with a format of its own, as ``version account-id interface-id …`` or
                ``${version} ${account-id} …``: CloudWatch Logs does not tell.
            endpoint_url: another CloudWatch Logs than Amazon's.
            interval: seconds.
            overlap: ms.
            now: ms since the epoch.
            monotonic: seconds that only grow.
            note: told the time (ms) of the newest event that is committed; none of the future.
        """
        self._header = flow_format.replace("${", "").replace("}", "")
        self._source = GroupSource(group_location(region, group), endpoint_url)
        self.name = self._source.name
        self._account = account
        self._streams = streams
        self._narrower = {"logStreamNamePrefix": streams} if streams else {}
        self._since = since
        self._position = since
        self._interval = interval
        self._overlap = overlap
        self._now = now
        self._monotonic = monotonic
        self._tell = note
        self._due = monotonic()
        self._all_due = self._due
        self._begun = since
        self._token = ""
        self._seen: dict[str, int] = {}
        """Events handed out that may be answered again: their times by their ids."""

    def next(self, stop: threading.Event) -> Delivery | None:
        """As `Feed.next`."""
        if not self._token:
            stop.wait(min(_WAKE, max(0.0, self._due - self._monotonic())))
            if stop.is_set() or self._monotonic() < self._due:
                return None
            back = min(SOON, self._overlap)
            if self._monotonic() >= self._all_due:
                back, self._all_due = self._overlap, self._monotonic() + ALL_EVERY
            self._begun = max(self._since, self._position - back)
        events: list[dict[str, Any]] = []
        size = 0
        token = self._token
        while size < AT_ONCE and not stop.is_set():
            try:
                page, token = self._source.ask(self._begun, token, **self._narrower)
            except SourceError:
                self._token = ""  # it may have expired
                self._all_due = self._monotonic()
                raise
            # Not all that speaks this API asks about streams' names.
            new = [event for event in page
                   if event["eventId"] not in self._seen and event["logStreamName"].startswith(self._streams)]
            events += new
            size += sum(len(event.get("message", "")) for event in new)
            if not token:
                break
        # Only now, that all of it came: a question that failed is asked again.
        self._token = token
        self._due = self._monotonic() + self._interval
        self._note(events)
        if not events:
            return None
        objects = self._gathered(events)
        reached = self._position
        return Delivery(self._source, objects, caught_up=not token, acknowledge=lambda _: self._tell(reached))

    def close(self) -> None:
        """Nothing is held open."""

    def _note(self, events: Sequence[dict[str, Any]]) -> None:
        self._seen.update((event["eventId"], event["timestamp"]) for event in events)
        newest = max((event["timestamp"] for event in events), default=self._position)
        # An event that is dated in the future must not make those of the present seem old.
        self._position = max(self._position, min(newest, self._now()))
        if not self._token:
            oldest = self._position - self._overlap
            self._seen = {one: at for one, at in self._seen.items() if at >= oldest}

    def _gathered(self, events: Sequence[dict[str, Any]]) -> list[LogObject]:
        streams: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            streams[event["logStreamName"]].append(event)
        texts: dict[tuple[str, str], bytes] = {}
        objects: list[LogObject] = []
        for stream, those in sorted(streams.items()):
            text = _text(those, self._header)
            times = [event["timestamp"] for event in those]
            place = f"{self._source.name}/{quote(stream, safe='')}?from={min(times)}&to={max(times)}"
            obj = LogObject(
                f"{place}&fields={quote(self._header)}" if self._header else place, _version(those),
                len(text), max(event.get("ingestionTime", event["timestamp"]) for event in those), min(times),
                self._account, self._source.region)
            texts[obj.locator, obj.version] = text
            objects.append(obj)
        self._source.hold(texts)
        return objects


def group_location(region: str, group: str) -> str:
    """A group, as locators of what is in it begin."""
    return f"{_SCHEME}://{region}/{quote(group, safe='')}"


def latest(locators: Iterable[str]) -> int | None:
    """The time (ms) of the newest event in these objects of a group, as the ledger has them. None if there is none."""
    return max((_place(locator).last for locator in locators), default=None)


def open_events(locator: str, endpoint_url: str | None = None, version: str = "") -> BinaryIO:
    """A log object of events, by its locator alone; with a version, if it is still of that.

    Raises:
        SourceError: it is none, has changed, or cannot be read.
    """
    place = _place(locator)
    source = GroupSource(group_location(place.region, place.group), endpoint_url)
    return source.open(LogObject(locator, version, 0, 0))


def _place(locator: str) -> _Place:
    parts = urlsplit(locator)
    names = parts.path.split("/")
    times = parse_qs(parts.query)
    try:
        _, group, stream = map(unquote, names)
        return _Place(parts.netloc, group, stream, int(times["from"][0]), int(times["to"][0]),
                      times.get("fields", [""])[0])
    except (ValueError, KeyError):
        raise SourceError("is no locator of log events: cloudwatch://<region>/<group>/<stream>?from=…&to=…",
                          where=locator) from None


def _text(events: Iterable[dict[str, Any]], header: str) -> bytes:
    """The events' messages, a line each, after the ``header``, if there is one."""
    lines = [header] if header else []
    for event in events:
        message = event.get("message", "").rstrip("\r\n")
        # JSON that is laid out over several lines is one record all the same.
        lines.append(" ".join(message.splitlines()) if message.startswith("{") else message)
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


def _version(events: Sequence[dict[str, Any]]) -> str:
    digest = blake2b(digest_size=12)
    for event in events:
        digest.update(event["eventId"].encode() + b"\0")
    return digest.hexdigest()


def _sentence(error: Any) -> str:
    code, said = told(error)
    if code == "ResourceNotFoundException":
        return "the log group does not exist: check its name and Region"
    if code.startswith("AccessDenied"):
        return f"access is denied: these credentials need logs:{error.operation_name} on the group"
    return f"CloudWatch Logs answered {code or 'an error'}: {said}"
