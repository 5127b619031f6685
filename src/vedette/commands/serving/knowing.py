"""What the server knows: lists, feeds and inventory of the configuration file, renewed as time goes by."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.commands.serving.settings import Settings
from vedette.commands.serving.threads import Work
from vedette.detectors.exemptions import exemptions_of
from vedette.detectors.known import department_keys
from vedette.engine.active_lists import ActiveLists
from vedette.engine.scoped import Scopes
from vedette.errors import VedetteError
from vedette.findings.database import sentence
from vedette.findings.store import Store

HOUR = 3600.0
"""Seconds."""

_log = structlog.get_logger(__name__)


class StandingKnowledge:
    """What is known now, and the lists made over the API on top of it."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Load everything.

        Raises:
            VedetteError: something that the file names cannot be used.
        """
        self._options = _options(settings)
        self._store = store
        known, self.geo = gather(self._options, _note)
        self._lists = ActiveLists(store, known)

    def current(self) -> Scopes:
        """What is known now: the same object as long as nothing has changed.

        Raises:
            StoreError: the content of a list in force is not there.
        """
        return self._lists.current()

    def renew(self) -> bool:
        """Load everything again. False: something cannot be used any more, and what was known before stays."""
        try:
            known, _ = gather(self._options, _note)
        except (VedetteError, SQLAlchemyError, OSError) as error:
            _log.error("lists, feeds and inventory cannot be renewed; what was known before stays",
                       reason=sentence(error))
            return False
        self._lists = ActiveLists(self._store, known)
        _log.info("lists, feeds and inventory renewed")
        return True

    def renewing(self, hours: int) -> Work:
        """Renews what is known every so many hours, until it is told to stop."""

        def run(stop: threading.Event) -> None:
            while not stop.wait(hours * HOUR):
                self.renew()

        return run


def _options(settings: Settings) -> KnowledgeOptions:
    lists, geo, ours = settings.lists, settings.geo, settings.exempt
    return KnowledgeOptions(
        threat_lists=lists.threat, trusted_lists=lists.trusted, exposed_keys=lists.exposed_keys,
        feeds=settings.feeds.files, aws_ranges=lists.aws_ranges, inventory=settings.inventory.files,
        describe_regions=settings.inventory.describe_regions, geo_city=geo.city, geo_asn=geo.asn,
        exempt=exemptions_of(ours.egress, ours.endpoints, ours.accounts, ours.shared_after),
        departments=department_keys(settings.inventory.department_tags))


def _note(text: str) -> None:
    _log.warning("a feed", reason=text)
