"""What the server counts and shows to Prometheus: requests as they come, the rest when it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from vedette.api import routes
from vedette.engine.costs import Cost
from vedette.engine.service import Progress
from vedette.errors import StoreError
from vedette.findings.configuration import Destination, RuleTrial
from vedette.findings.database import sentence
from vedette.findings.policy import EXPORT
from vedette.findings.store import Store
from vedette.publish.severity import Band, band_of

BANDS: tuple[Band, ...] = ("Low", "Medium", "High", "Critical")

UNKNOWN = "unknown"
"""The operation of requests for none."""

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_log = structlog.get_logger(__name__)


class RequestMetrics:
    """An ASGI app around the API: counts and times its requests, and logs each without query, headers and body."""

    def __init__(self, app: Callable[..., Any], registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "vedette_api_requests", "Requests to the API.", ["operation", "status"], registry=registry)
        self._seconds = Histogram(
            "vedette_api_request_seconds", "How long requests to the API took.", ["operation"], buckets=_BUCKETS,
            registry=registry)
        self._counting: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        """By operation and status: finding these again takes longer than counting."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        name = self._name(scope) if scope["type"] == "http" else None
        if name is None:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        request_id = ""

        async def noting(message: Any) -> None:
            nonlocal status, request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                request_id = next(
                    (value.decode() for key, value in message["headers"] if key.lower() == b"x-amzn-requestid"), "")
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            took = time.perf_counter() - began
            requests, seconds = self._counted(name, status)
            requests.inc()
            seconds.observe(took)
            client = scope.get("client")
            _log.info("request", operation=name, status=status, milliseconds=round(took * 1000, 1),
                      request_id=request_id, client=client[0] if client else "")

    def _counted(self, name: str, status: int) -> tuple[Counter, Histogram]:
        found = self._counting.get((name, status))
        if found is None:
            found = self._counting[name, status] = (
                self._requests.labels(name, str(status)), self._seconds.labels(name))
        return found

    def _name(self, scope: Any) -> str | None:
        """What the request is counted as; None for paths that are not the API's."""
        # One label for all that strangers may ask for.
        method, path = scope["method"], scope["raw_path"]
        return routes.name_of(method, path) or (UNKNOWN if routes.is_served(path) else None)


class DetectorMetrics(Collector):
    """What the detectors take and find, since the process started."""

    def __init__(
        self, costs: Callable[[], Mapping[str, Cost]], new_findings: Callable[[], Mapping[float, int]],
    ) -> None:
        """``costs`` by detector, ``new_findings`` by severity."""
        self._costs = costs
        self._new_findings = new_findings

    def describe(self) -> list[Metric]:
        """Nothing: as `StateMetrics`."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        seconds = _counter("vedette_detector_seconds", "Time that a detector has taken.", "detector")
        records = _counter("vedette_detector_records", "Log records handed to a detector.", "detector")
        for name, cost in sorted(self._costs().items()):
            seconds.add_metric([name], cost.time / 1e9)
            records.add_metric([name], cost.records)
        found = _counter("vedette_findings_new", "Findings that were not there before.", "severity")
        numbers = dict.fromkeys(BANDS, 0)
        for severity, number in self._new_findings().items():
            numbers[band_of(severity)] += number
        for band, number in numbers.items():
            found.add_metric([band], number)
        yield from (seconds, records, found)


class StateMetrics(Collector):
    """What the sources, the outbox and the findings are like, when Prometheus asks."""

    def __init__(
        self, store: Store, clock: Callable[[], int], *, destinations: Sequence[str],
        progress: Callable[[], Sequence[Progress]], failing: Callable[[], Mapping[str, str]],
    ) -> None:
        """``destinations`` are those of the configuration file, ``failing`` says which do not work; ms by ``clock``."""
        self._store = store
        self._clock = clock
        self._destinations = tuple(destinations)
        self._progress = progress
        self._failing = failing

    def describe(self) -> list[Metric]:
        """Nothing: asking what there is when the server starts would ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every figure; those of the database are left out while it is away."""
        yield from self._sources()
        try:
            told = [*self._findings(), *self._trials(), *self._outbox()]
        except (StoreError, SQLAlchemyError) as error:
            _log.warning("the database cannot be asked for metrics", error=sentence(error))
            told = []
        yield GaugeMetricFamily("vedette_database_up", "The database answers.", float(bool(told)))
        yield from told

    def _sources(self) -> Iterator[Metric]:
        objects = _counter("vedette_source_objects", "Log objects read and committed.", "source")
        size = _counter("vedette_source_bytes", "Their bytes, as stored.", "source")
        records = _counter("vedette_source_records", "Log records read and committed.", "source", "kind")
        dead = _counter("vedette_source_dead_letters", "Log records that could not be read.", "source")
        failed = _counter("vedette_source_unreadable_objects", "Objects and messages not readable at all.", "source")
        errors = _counter("vedette_source_errors", "Failures of the source, or of the database for it.", "source")
        waiting = _gauge("vedette_source_waiting_objects", "Log objects known and not yet committed.", "source")
        lag = _gauge("vedette_source_lag_seconds", "How long the oldest of these has waited.", "source")
        last = _gauge("vedette_source_last_event_time_seconds", "The latest time of a committed record.", "source")
        up = _gauge("vedette_source_up", "The source works.", "source")
        now = self._clock()
        for one in self._progress():
            name = [one.source]
            objects.add_metric(name, one.objects)
            size.add_metric(name, one.size)
            for kind, number in one.records.items():
                records.add_metric([one.source, kind], number)
            dead.add_metric(name, one.dead_letters)
            failed.add_metric(name, one.failed)
            errors.add_metric(name, one.errors)
            waiting.add_metric(name, one.waiting)
            lag.add_metric(name, one.lag(now) / 1000)
            if one.last_event is not None:
                last.add_metric(name, one.last_event / 1000)
            up.add_metric(name, float(not one.failure))
        yield from (objects, size, records, dead, failed, errors, waiting, lag, last, up)

    def _findings(self) -> Iterator[Metric]:
        numbers = dict.fromkeys(BANDS, 0)
        for group in self._store.statistics("SEVERITY"):
            numbers[band_of(group.key[0])] += group.total
        found = _gauge("vedette_findings", "Findings there are, archived ones too.", "severity")
        for band, number in numbers.items():
            found.add_metric([band], number)
        yield found

    def _trials(self) -> Iterator[Metric]:
        matches = _counter("vedette_custom_rule_trial_matches", "What custom detection rules that are tried (DRY_RUN) "
                           "would have found.", "account", "region", "rule")
        for one in self._store.configured(RuleTrial):
            matches.add_metric([one.account, one.region, one.id], one.matches)
        yield matches

    def _outbox(self) -> Iterator[Metric]:
        waiting = _gauge("vedette_outbox_waiting_findings", "Findings that are due at a destination.", "destination")
        oldest = _gauge("vedette_outbox_lag_seconds", "How long the first of these has been due.", "destination")
        up = _gauge("vedette_destination_up", "The destination takes findings.", "destination")
        now, failing = self._clock(), self._failing()
        exports = [EXPORT + one.id for one in self._store.configured(Destination)]
        for name in (*self._destinations, *exports):
            backlog = self._store.backlog(name, now)
            waiting.add_metric([name], backlog.waiting)
            oldest.add_metric([name], max(0, now - backlog.oldest) / 1000 if backlog.oldest is not None else 0)
            up.add_metric([name], float(name not in failing))
        yield from (waiting, oldest, up)


def new_registry() -> CollectorRegistry:
    """A registry that holds what is known of the process, and nothing of other registries."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def _counter(name: str, about: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, about, labels=labels)


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=labels)
