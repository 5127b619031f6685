"""What is due goes out: from the outbox to the destinations, each in a thread of its own.

Sending happens between transactions: a kill after a send and before it is noted repeats the send. At least once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from itertools import groupby
from typing import Any, NamedTuple

import structlog
from sqlalchemy.exc import OperationalError

from vedette.errors import StoreError
from vedette.findings.configuration import Destination
from vedette.findings.database import sentence
from vedette.findings.policy import EXPORT, Policy
from vedette.findings.publications import LONGEST_WAIT, Publication
from vedette.findings.store import Batch, Store
from vedette.publish.destination import Fate, Outcome, Sender
from vedette.publish.s3_export import S3Export

AT_ONCE = 100
"""Findings that a destination is sent between two transactions."""

FIRST_WAIT = 1_000
"""Before what was refused is tried again (ms): doubled each time, up to `LONGEST_WAIT`."""

LOOK = 1.0
"""Seconds between two looks at an outbox with nothing due, and at which destinations there are."""

GRACE = 20.0
"""Seconds that sends under way are given to end when the server stops."""

_UNAVAILABLE = (StoreError, OperationalError)
"""The database is locked, full or away: for now."""

_log = structlog.get_logger(__name__)


def wait_after(attempts: int) -> int:
    """How long to wait (ms) after so many refusals in a row.

    >>> [wait_after(attempts) for attempts in (1, 2, 5, 50)]
    [1000, 2000, 16000, 900000]
    """
    return min(FIRST_WAIT << min(attempts - 1, 10), LONGEST_WAIT)


def export_sender(destination: Destination) -> Sender:
    """The way to a bucket that a user has named over the API.

    Raises:
        DestinationError: its ARNs name nothing of their kind.
    """
    return S3Export(destination.arn, kms_key_arn=destination.kms_key_arn,
                    expected_bucket_owner=destination.expected_bucket_owner)


class Publisher:
    """Empties the outbox: for the destinations it is given, and for the exports that users configure meanwhile."""

    def __init__(
        self, store: Store, senders: Mapping[str, Sender], clock: Callable[[], int],
        exporter: Callable[[Destination], Sender] = export_sender,
    ) -> None:
        """``senders`` by the destination's name in the outbox; ``clock`` gives ms."""
        self._store = store
        self._clock = clock
        self._exporter = exporter
        self._fixed = {name: _Lane(store, name, sender, clock) for name, sender in senders.items()}
        self._exports: dict[str, _Lane] = {}

    def step(self) -> bool:
        """Send what is due now, at most `AT_ONCE` findings a destination, in this thread. True: there was something.

        Raises:
            StoreError: the database cannot be read or written; what was sent may be sent again.
        """
        worked = [lane.step() for lane in self._lanes().values()]
        return any(worked)

    def run(self, stop: threading.Event) -> None:
        """Send until ``stop`` is set, a thread a destination; then wait `GRACE` seconds for sends under way.

        When this itself fails, it ends likewise, and may be called again.
        """
        running: dict[str, _Running] = {}
        try:
            while not stop.is_set():
                self._keep_running(running)
                stop.wait(LOOK)
        finally:
            for one in running.values():
                one.closed.set()
            deadline = time.monotonic() + GRACE
            for one in running.values():
                one.thread.join(max(0.0, deadline - time.monotonic()))

    def _keep_running(self, running: dict[str, _Running]) -> None:
        """Start a thread for each destination that has none, and end those of destinations that are gone or others."""
        try:
            lanes = self._lanes()
        except _UNAVAILABLE as error:
            _log.warning("which destinations there are cannot be read", error=sentence(error))
            return
        for name in [name for name, one in running.items() if lanes.get(name) is not one.lane]:
            running.pop(name).closed.set()
        for name in lanes.keys() - running.keys():
            closed = threading.Event()
            thread = threading.Thread(target=lanes[name].run, args=(closed,), name=f"publish {name}", daemon=True)
            thread.start()
            running[name] = _Running(lanes[name], thread, closed)

    def failing(self) -> dict[str, str]:
        """Why nothing gets through, by destination; those that work are not in it."""
        return {name: lane.failure for name, lane in {**self._fixed, **self._exports}.items() if lane.failure}

    def _lanes(self) -> dict[str, _Lane]:
        wanted = {EXPORT + one.id: one for one in self._store.configured(Destination)}
        self._exports = {
            name: lane if (lane := self._exports.get(name)) and lane.serves(one)
            else _Lane(self._store, name, self._exporter(one), self._clock, one)
            for name, one in wanted.items()}
        return {**self._fixed, **self._exports}


class _Running(NamedTuple):
    """A destination's thread."""

    lane: _Lane
    thread: threading.Thread
    closed: threading.Event


class _Sent(NamedTuple):
    """What a send came to, until the outbox knows."""

    told: list[tuple[Publication, Outcome]]
    silent: list[Publication]
    """Those that are not to be sent: archived or suppressed."""
    gone: list[str]
    """Findings that are not there any more."""
    documents: dict[str, dict[str, Any]]


class _Lane:
    """One destination's part of the outbox."""

    def __init__(
        self, store: Store, name: str, sender: Sender, clock: Callable[[], int], export: Destination | None = None,
    ) -> None:
        self._store = store
        self._name = name
        self._sender = sender
        self._clock = clock
        self._export = export
        self._refusals = 0
        self._resume = 0
        self._sent: _Sent | None = None
        self._sending = threading.Lock()
        self.failure = ""

    def serves(self, export: Destination) -> bool:
        """The sender is the one for the destination as it is configured now."""
        return self._export is not None and _address(self._export) == _address(export)

    def run(self, closed: threading.Event) -> None:
        """Send until ``closed`` is set. A second thread waits until the first has ended."""
        with self._sending:
            while not closed.is_set():
                if not self._tried():
                    closed.wait(LOOK)

    def _tried(self) -> bool:
        try:
            return self.step()
        except _UNAVAILABLE as error:
            _log.warning("the outbox cannot be read or written", destination=self._name, error=sentence(error))
        except Exception:
            # A bug in one sender must not end the thread: nothing is marked as sent, and all is tried again.
            _log.exception("publishing failed", destination=self._name)
            self._defer("publishing failed, see the log", self._clock())
        return False

    def step(self) -> bool:
        """As `Publisher.step`. What was sent while the database could not be written is noted, not sent again."""
        if self._sent is not None:
            self._note(self._sent)
            return True
        now = self._clock()
        if now < self._resume <= now + LONGEST_WAIT:  # a clock that was set back is not waited for
            return False
        due = self._store.due(self._name, now, AT_ONCE)
        if not due:
            return False
        ids = [one.finding for one in due]
        documents = {document["id"]: document for document in self._store.get(ids)}
        handled = self._store.handling(ids)
        going: list[Publication] = []
        silent: list[Publication] = []
        gone: list[str] = []
        for one in due:
            document = documents.get(one.finding)
            if document is None:
                gone.append(one.finding)
                continue
            archived = document["service"]["archived"]
            suppressed = archived and one.finding in handled and bool(handled[one.finding].suppressed_by)
            kept_back = suppressed or (archived and self._name.startswith(EXPORT))
            (silent if kept_back else going).append(one)
        outcomes = self._sender.send([documents[one.finding] for one in going], now) if going else []
        self._sent = _Sent(list(zip(going, outcomes, strict=True)), silent, gone, documents)
        self._note(self._sent)
        return True

    def _note(self, sent: _Sent) -> None:
        now = self._clock()
        told, fates = sent.told, {outcome.fate for _, outcome in sent.told}
        with self._store.transaction() as batch:
            for finding in set(sent.gone) - {document["id"] for document in batch.get(sent.gone)}:
                batch.drop_publications(finding=finding)
            batch.passed_over(sent.silent)
            arrived = [one for one, outcome in told if outcome.fate == "arrived"]
            for period, those in _by_period(arrived, sent.documents, Policy.read(batch)).items():
                batch.sent(those, now, period)
            for one, outcome in told:
                if outcome.fate in ("later", "unable"):
                    batch.refused([one], now + wait_after(one.attempts + 1), outcome.reason)
                elif outcome.fate == "never":
                    batch.passed_over([one], outcome.reason)
            self._mark(batch, fates, now)
        self._sent = None
        for one, outcome in told:
            if outcome.fate == "never":
                _log.error("a finding cannot be sent", destination=self._name, finding=one.finding,
                           reason=outcome.reason)
        if fates and fates.isdisjoint(("arrived", "never")):
            self._defer(next(outcome.reason for _, outcome in told), now)
        elif told:
            if self.failure:
                _log.info("publishing works again", destination=self._name)
            self._refusals, self._resume, self.failure = 0, 0, ""

    def _defer(self, reason: str, now: int) -> None:
        """Nothing got through: the whole destination waits."""
        self._refusals += 1
        self._resume = now + wait_after(self._refusals)
        if reason != self.failure:
            _log.warning("publishing is refused", destination=self._name, reason=reason)
        self.failure = reason

    def _mark(self, batch: Batch, fates: Set[Fate], now: int) -> None:
        """Say in an export's status whether somebody must look at it."""
        if self._export is None:
            return
        there = batch.configuration(Destination, self._export.account, self._export.region, self._export.id)
        if there is None or not self.serves(there):
            return
        if "unable" in fates and there.status != "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY":
            there.status, there.failing_since = "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY", now
        elif "arrived" in fates and "unable" not in fates and there.status != "PUBLISHING":
            there.status, there.failing_since = "PUBLISHING", 0
        else:
            return
        batch.configure(there)


def _address(destination: Destination) -> tuple[str, str, str, int]:
    # With the time of the change: who says the same again has mended something else, and is not kept waiting.
    return destination.arn, destination.kms_key_arn, destination.expected_bucket_owner, destination.updated


def _by_period(
    publications: Sequence[Publication], documents: Mapping[str, Mapping[str, Any]], policy: Policy,
) -> dict[int, list[Publication]]:
    """By how often repeats of the finding are published where it is."""
    def period(one: Publication) -> int:
        document = documents[one.finding]
        return policy.period(document["accountId"], document["region"])

    return {key: list(those) for key, those in groupby(sorted(publications, key=period), key=period)}
