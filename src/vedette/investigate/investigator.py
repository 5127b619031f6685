"""Does the investigations that were asked for, one after the other. What a killed server left undone is done again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from vedette.detectors.known import Known
from vedette.errors import StoreError, VedetteError
from vedette.findings.investigations import Investigation
from vedette.findings.store import Store
from vedette.investigate.inquiry import investigate
from vedette.investigate.looking import seen_by
from vedette.investigate.prompt import Subject
from vedette.investigate.report import Report
from vedette.investigate.sightings import Past

_log = structlog.get_logger(__name__)

_REPORTS = msgspec.json.Decoder(Report)


class Investigator:
    """Takes investigations that are RUNNING to COMPLETED or FAILED."""

    def __init__(
        self, store: Store, past: Past | None, known: Callable[[str, str], Known], clock: Callable[[], int],
    ) -> None:
        """``known`` gives what is known in an account and a Region, ``clock`` milliseconds since the epoch."""
        self._store = store
        self._past = past
        self._known = known
        self._clock = clock

    def step(self) -> bool:
        """Do the oldest that is to be done. False: there is none.

        Raises:
            StoreError: the database cannot be read or written, or an `SQLAlchemyError`: it is to be done again.
        """
        waiting = [one for one in self._store.configured(Investigation) if one.status == "RUNNING"]
        if not waiting:
            return False
        first = min(waiting, key=lambda one: (one.started, one.id))
        try:
            report = self._report(first)
        except (StoreError, SQLAlchemyError):
            raise
        except VedetteError as error:
            self._failed(first, f"It could not be done: {error}")
        except Exception:
            # One that always fails must not keep the others from being done.
            _log.exception("an investigation failed for a fault in Vedette", investigation=first.id)
            self._failed(first, "It failed for a fault in Vedette; the server's log tells more.")
        else:
            self._completed(first, report)
        return True

    def _report(self, asked: Investigation) -> Report:
        known = self._known(asked.account, asked.region)
        sources = seen_by(self._store, self._past, known, asked.account, asked.region)
        subject = msgspec.json.decode(asked.subject, type=Subject)
        return investigate(sources, subject, asked.account, asked.region, asked.started)

    def _completed(self, asked: Investigation, report: Report) -> None:
        with self._store.transaction() as batch:
            digest = batch.keep_content(msgspec.json.encode(report))
            batch.configure(msgspec.structs.replace(
                asked, status="COMPLETED", ended=self._clock(), updated=self._clock(), report=digest,
                title=report.title, kind=report.kind, risk=report.risk, confidence=report.confidence,
                finding_id=report.finding_id, about=report.account))

    def _failed(self, asked: Investigation, why: str) -> None:
        with self._store.transaction() as batch:
            batch.configure(msgspec.structs.replace(
                asked, status="FAILED", ended=self._clock(), updated=self._clock(), error=why[:2048]))


def report_of(store: Store, investigation: Investigation) -> Report | None:
    """The report of an investigation; None until it is completed."""
    data = store.content(investigation.report) if investigation.report else None
    return None if data is None else _REPORTS.decode(data)
