"""``vedette serve``: starts what a server is made of, and stops it so that nothing is cut off."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from vedette import __version__
from vedette.api.asgi import Api
from vedette.api.audit import Audit
from vedette.api.console.files import ConsoleFiles
from vedette.api.identity import Gate
from vedette.api.keys import KEY_FILE, KeyRing
from vedette.api.metrics import DetectorMetrics, RequestMetrics, StateMetrics, new_registry
from vedette.api.operating import Operating
from vedette.api.operation import Followed, Running
from vedette.api.protocol import guardduty
from vedette.api.throttling import Limits
from vedette.commands.serving.activating import activating
from vedette.commands.serving.checking import checked
from vedette.commands.serving.feeds import feed_of
from vedette.commands.serving.heartbeat import beating
from vedette.commands.serving.investigating import investigating
from vedette.commands.serving.knowing import StandingKnowledge
from vedette.commands.serving.listening import bound, serve_until_signal
from vedette.commands.serving.pushing import with_pushes
from vedette.commands.serving.reading import read_settings
from vedette.commands.serving.server_log import start_log
from vedette.commands.serving.settings import Settings
from vedette.commands.serving.threads import Threads
from vedette.engine.activation import Activator
from vedette.engine.commit import Service
from vedette.engine.history import History
from vedette.engine.history_archive import Archive
from vedette.engine.pipeline import Settings as IngestionSettings
from vedette.engine.publisher import Publisher
from vedette.engine.retention import HistoryUpkeep, Retention
from vedette.engine.service import Ingestion
from vedette.findings.store import Store
from vedette.garbage import collect_in_service
from vedette.intel.outside import is_loopback
from vedette.investigate.investigator import Investigator
from vedette.investigate.sightings import Past
from vedette.investigate.summing import sum_up
from vedette.publish.destination import Sender
from vedette.sources.feed import Feed
from vedette.sources.push import PushFeed

GRACE = 45.0
"""Seconds that threads are given to finish: longer than any of them asks for."""

AUDIT_FILE = "audit.jsonl"
"""The audit log's name in the state folder."""

HISTORY = "history"
"""The event history's name there."""

CUT_OFF = 1
"""Exit code when something was cut off: the second signal came, or a thread did not finish."""

_log = structlog.get_logger(__name__)


def serve(path: Path) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code.

    Raises:
        VedetteError: it cannot be started.
    """
    settings = read_settings(path)
    senders = dict(checked(path, settings))
    start_log(settings.log.level, settings.log.format)
    with bound(settings.server) as listening, Store.open(settings.state.location.reveal()) as store:
        _log.info("starting", version=__version__, config=str(path))
        threads, hurried = Threads(), threading.Event()
        api, app = _assembled(settings, senders, store, threads)
        collect_in_service()
        serve_until_signal(app, listening, settings.server, threads.stop, hurried)
        threads.stop()
        working = threads.join(GRACE, hurried)
        if working or hurried.is_set():
            _log.warning("cut off", threads=working)
            # Whatever threads and worker processes still do would keep the process alive; it is undone like after a
            # power cut.
            logging.shutdown()
            os._exit(CUT_OFF)
        api.close()
    _log.info("stopped")
    return 0


def _assembled(
    settings: Settings, senders: Mapping[str, Sender], store: Store, threads: Threads,
) -> tuple[Api, RequestMetrics]:
    """Start the threads; the API, and the app around it that answers requests."""
    keys = KeyRing(store, _beside(settings, settings.state.key_file, KEY_FILE))
    audit = Audit(_beside(settings, settings.state.audit_log, AUDIT_FILE), guardduty().sensitive)
    knowledge = StandingKnowledge(settings, store)
    state = Path(settings.state.location.reveal())
    feeds = [feed_of(table, state, store, now()) for table in settings.source]
    kept = settings.history
    history = History(Path(kept.location) if kept.location else state / HISTORY, store) if kept.days else None
    archive = Archive(kept.archive, kept.endpoint_url) if history and kept.archive else None
    ingestion = Ingestion(store, feeds, knowledge.current, knowledge.geo, Service(now, tuple(senders)),
                          settings=IngestionSettings(jobs=os.cpu_count() or 1), history=history)
    publisher = Publisher(store, senders, now)
    registry = new_registry()
    registry.register(StateMetrics(
        store, now, destinations=tuple(senders), progress=ingestion.progress, failing=publisher.failing))
    registry.register(DetectorMetrics(ingestion.costs, ingestion.new_findings))
    token = settings.server.metrics_token
    operating = Operating(
        store, registry, stopping=lambda: threads.stopping, dead=threads.dead,
        token=token.reveal() if token else None, exposed=not is_loopback(settings.server.host), others=ConsoleFiles())
    pushed = [feed for feed in feeds if isinstance(feed, PushFeed)]
    api = Api(store, keys, now, audit, with_pushes(pushed, Gate(keys, now), operating), destinations=tuple(senders),
              management_account=settings.organization.management_account,
              limits=Limits(settings.server.requests_per_second, settings.server.read_seconds),
              running=Running(ingestion.progress, publisher.failing, _followed(settings, feeds), history, kept.days,
                              archive, knowledge.current))
    threads.start("lists", activating(Activator(
        store, now, settings.lists.api_folder, settings.lists.api_hosts)))
    threads.start("investigations", investigating(Investigator(
        store, Past(history.folder, archive) if history else None,
        lambda account, region: knowledge.current().at(account, region), now)))
    threads.start("publisher", publisher.run)
    threads.start("key uses", keys.uses.run)
    threads.start("retention", Retention(store, settings.retention.findings_days, now).run)
    if history:
        threads.start("history", HistoryUpkeep(history.folder, kept.days, now, archive, sum_up).run)
    threads.start("sources", ingestion.run)
    threads.start("knowledge", knowledge.renewing(settings.feeds.renew_hours))
    threads.start("heartbeat", beating(store, now))
    return api, RequestMetrics(api, registry)


def _followed(settings: Settings, feeds: Sequence[Feed]) -> dict[str, Followed]:
    """By the source's name, as the ledger knows it."""
    return {feed.name: Followed(str(table.__struct_config__.tag), getattr(table, "endpoint_url", None))
            for table, feed in zip(settings.source, feeds, strict=True)}


def _beside(settings: Settings, file: Path | None, name: str) -> Path:
    """``file``, or the one of that name in the state's folder."""
    return file or Path(settings.state.location.reveal()) / name


def now() -> int:
    """The time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
