"""The store: what the engine has read, remembers and found. The only writer of the database.

What belongs together changes together: `Store.transaction` gives a `Batch`, which commits as one or leaves
nothing. Both can be read from; a batch sees its own changes, the store sees what was committed.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import msgspec
from isal import isal_zlib
from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, func, select, tuple_
from sqlalchemy.exc import OperationalError

from vedette.detectors.signal import Evidence
from vedette.errors import StoreError
from vedette.findings import schema
from vedette.findings.activity import ActivityReader, ActivityWriter
from vedette.findings.attributes import ASSIGNEE, PROMOTED, STATUS, Values, filter_paths, index_key, values_of
from vedette.findings.changes import Changes
from vedette.findings.chunks import CHUNK, chunks
from vedette.findings.configured import ConfigurationReader, ConfigurationWriter
from vedette.findings.console_users import ConsoleUserReader, ConsoleUserWriter
from vedette.findings.counting import Bucket, Counted, Severities, by_severity, commonest, histogram
from vedette.findings.database import memory_database, open_database, reason, writing
from vedette.findings.filters import FindingCriteria
from vedette.findings.fold import detector_id
from vedette.findings.history_files import HistoryFileReader, HistoryFileWriter
from vedette.findings.key_uses import KeyUseReader, KeyUseWriter
from vedette.findings.listing import Page, Sort, list_findings
from vedette.findings.postings import COLUMNS, POSTED, Posting, PostingChanges, posted, postings_of_row
from vedette.findings.publications import PublicationReader, PublicationWriter
from vedette.findings.receptions import ReceptionReader, ReceptionWriter
from vedette.findings.rows import OPEN, DueKey, FindingRow, Handling, KeptLetter, KeyedState, LedgerEntry, Usage
from vedette.findings.selection import VALUES, Postings
from vedette.findings.statistics import Group, GroupBy, grouped
from vedette.findings.upserts import upsert

if TYPE_CHECKING:
    from vedette.inventory.fact import Fact
    from vedette.logs.kinds import DeadLetter

OpenSignal = tuple[str, str, int, bytes]
"""A signal that may still be replaced or come again: (signal id, finding id, time in ms, payload)."""

MAX_EVIDENCE = 52

ASIDE = " version "
"""Stands between a detector and a version, where states of that version are put aside."""

_NO_OWNER = b""
"""Owner of open signals that nothing replaces."""

"""Values in one IN list, and rows held at once while reading much."""

_STATES_AT_ONCE = 20
"""A memory can have megabytes."""

_NEVER = 1 << 62
"""A time (ms) that no watermark comes to."""

T = TypeVar("T")


class Reader(
    ConfigurationReader, PublicationReader, HistoryFileReader, ConsoleUserReader, ActivityReader, ReceptionReader,
    KeyUseReader,
):
    """What can be asked of the database, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    # The ledger.

    def known_objects(self, source: str) -> Iterator[tuple[str, str]]:
        """(object, version) of every object of ``source`` in the ledger, in the order they were entered."""
        for entry in self.ledger(source):
            yield entry.object, entry.version

    def unread(self, pairs: Sequence[tuple[str, str]]) -> list[bool]:
        """For each (object, version): True when the ledger has not entered it as done, from whichever source."""
        column, done = schema.ledger.c.identity, schema.ledger.c.state == "done"
        known: set[bytes] = set()
        with self._connected() as connection:
            if connection.scalar(select(column).limit(1)) is None:
                return [True] * len(pairs)
            identities = [_digest(locator, version) for locator, version in pairs]
            for chunk in chunks(identities):
                known.update(connection.scalars(select(column).where(column.in_(chunk), done)))
        return [identity not in known for identity in identities]

    def ledger(self, source: str | None = None, after: int = 0) -> Iterator[LedgerEntry]:
        """The ledger's entries (of one source) with ``seq`` beyond ``after``, in that order."""
        table = schema.ledger
        columns = [table.c[name] for name in LedgerEntry.__struct_fields__]
        while True:
            query = select(*columns).where(table.c.seq > after).order_by(table.c.seq).limit(CHUNK)
            if source is not None:
                query = query.where(table.c.source == source)
            with self._connected() as connection:
                page = [LedgerEntry(**row) for row in connection.execute(query).mappings()]
            yield from page
            if len(page) < CHUNK:
                return
            after = page[-1].seq

    def dead_letters(self, limit: int = 1000, after: int = 0) -> list[KeptLetter]:
        """At most ``limit`` dead letters with ``seq`` beyond ``after``, in that order."""
        table = schema.dead_letter
        columns = [table.c[name] for name in KeptLetter.__struct_fields__]
        query = select(*columns).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        with self._connected() as connection:
            return [KeptLetter(**row) for row in connection.execute(query).mappings()]

    def ledger_of(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LedgerEntry]:
        """The entries of objects, given as (object, version), that the ledger has."""
        table = schema.ledger
        columns = [table.c[name] for name in LedgerEntry.__struct_fields__]
        found: dict[tuple[str, str], LedgerEntry] = {}
        with self._connected() as connection:
            for chunk in chunks(_digest(*pair) for pair in pairs):
                for row in connection.execute(select(*columns).where(table.c.identity.in_(chunk))).mappings():
                    found[row["object"], row["version"]] = LedgerEntry(**row)
        return found

    def dead_letters_of(
        self, seen: Callable[[str], bool], limit: int, offset: int = 0,
    ) -> tuple[int, list[KeptLetter]]:
        """Dead letters of the objects that ``seen`` says are seen: how many, and some, the newest first."""
        table = schema.dead_letter
        columns = [table.c[name] for name in KeptLetter.__struct_fields__]
        counts = select(table.c.object, func.count()).group_by(table.c.object)
        found: list[KeptLetter] = []
        with self._connected() as connection:
            objects = {name: number for name, number in connection.execute(counts) if seen(name)}
            wanted: list[int] = []
            if limit:
                newest = select(table.c.seq, table.c.object).order_by(table.c.seq.desc())
                with connection.execute(newest.execution_options(yield_per=CHUNK)) as rows:
                    wanted = list(islice((seq for seq, name in rows if name in objects), offset, offset + limit))
            for chunk in chunks(wanted):
                query = select(*columns).where(table.c.seq.in_(chunk)).order_by(table.c.seq.desc())
                found += (KeptLetter(**row) for row in connection.execute(query).mappings())
        return sum(objects.values()), found

    def usage(self, since_day: int, accounts: Collection[str] | None = None) -> list[Usage]:
        """What was analysed on each day since ``since_day`` (days since the epoch), of all accounts or of these."""
        table = schema.usage
        names = Usage.__struct_fields__
        query = select(*(table.c[name] for name in names)).where(table.c.day >= since_day)
        if accounts is not None:
            query = query.where(table.c.account.in_(accounts))
        with self._connected() as connection:
            return [Usage(**row) for row in connection.execute(query).mappings()]

    # What keyed detectors remember.

    def states(self, detector: str, keys: Iterable[str]) -> dict[str, KeyedState]:
        """The state of those of a detector's ``keys`` that have one."""
        identity = schema.keyed_state.c.identity
        found: dict[str, KeyedState] = {}
        with self._connected() as connection:
            for chunk in chunks(_digest(detector, key) for key in keys):
                for row in connection.execute(select(*_STATE).where(identity.in_(chunk))).mappings():
                    found[row["key"]] = KeyedState(
                        **{**row, **{name: _unpacked(row[name]) for name in _REMEMBERED}})
        return found

    def remembered(self, detector: str) -> Iterator[KeyedState]:
        """All states of a detector, by key."""
        table = schema.keyed_state
        with self._connected() as connection:
            keys = sorted(connection.scalars(select(table.c.key).where(table.c.detector == detector)))
        for some in chunks(keys, _STATES_AT_ONCE):
            found = self.states(detector, some)
            yield from (found[key] for key in some if key in found)

    def remembering(self) -> dict[str, tuple[int, int]]:
        """Who remembers anything: detector → how many keys, and the bytes of their memories."""
        table = schema.keyed_state
        query = select(table.c.detector, func.count(), func.sum(func.length(table.c.settled))).group_by(
            table.c.detector)
        with self._connected() as connection:
            return {detector: (keys, size) for detector, keys, size in connection.execute(query)}

    def states_behind(self, detectors: Iterable[str], watermark: int) -> list[DueKey]:
        """The keys of detectors whose state says ``watermark`` (ms) or earlier, sorted."""
        table = schema.keyed_state
        query = select(table.c.detector, table.c.key).where(
            table.c.detector.in_(list(detectors)), table.c.watermark <= watermark)
        with self._connected() as connection:
            return sorted(DueKey(*row) for row in connection.execute(query))

    def open_of(self, finding_ids: Iterable[str]) -> dict[str, list[bytes]]:
        """The payloads of the open signals of each finding that has any, by time and signal id."""
        table = schema.open_signal
        found: dict[str, list[bytes]] = defaultdict(list)
        with self._connected() as connection:
            for chunk in chunks(finding_ids):
                query = (
                    select(table.c.finding_id, table.c.payload).where(table.c.finding_id.in_(chunk))
                    .order_by(table.c.time, table.c.signal_id, table.c.owner))
                for finding_id, payload in connection.execute(query):
                    found[finding_id].append(payload)
        return dict(found)

    # Findings.

    def get(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The documents of the findings ``ids``, in that order; unknown ids are passed over."""
        ordered = list(ids)
        documents = self._documents(ordered, schema.finding_document.c.document)
        return [msgspec.json.decode(documents[one]) for one in ordered if one in documents]

    def base_of(self, ids: Iterable[str]) -> dict[str, bytes]:
        """What `Batch.put_finding` was given as ``base``, by finding id; unknown ids are passed over."""
        return self._documents(ids, schema.finding_document.c.base)

    def finding_row(self, ids: Iterable[str]) -> dict[str, FindingRow]:
        """The promoted columns of the findings ``ids``; unknown ids are passed over."""
        table, detector = schema.finding, schema.detector
        columns = [table.c[name] for name in FindingRow.__struct_fields__ if name != "detector_id"]
        found: dict[str, FindingRow] = {}
        with self._connected() as connection:
            for chunk in chunks(ids):
                query = (
                    select(*columns, detector.c.detector_id)
                    .join_from(table, detector, detector.c.number == table.c.detector)
                    .where(table.c.id.in_(chunk)))
                for row in connection.execute(query).mappings():
                    found[row["id"]] = FindingRow(**{**row, "archived": bool(row["archived"])})
        return found

    def handling(self, ids: Iterable[str]) -> dict[str, Handling]:
        """What rules and people said of the findings ``ids``; those of which nothing was said are passed over."""
        table = schema.handling
        found: dict[str, Handling] = {}
        columns = [table.c[name] for name in Handling.__struct_fields__]
        with self._connected() as connection:
            for chunk in chunks(ids):
                query = (
                    select(schema.finding.c.id, *columns)
                    .join_from(table, schema.finding, schema.finding.c.seq == table.c.seq)
                    .where(schema.finding.c.id.in_(chunk)))
                found.update((one, Handling(**dict(zip(Handling.__struct_fields__, rest, strict=True))))
                             for one, *rest in connection.execute(query))
        return found

    def findings_of_entities(self, entities: Iterable[str]) -> set[str]:
        """The ids of the findings whose resource names one of these entities, as the inventory names them.

        ``instance/<id>``, ``interface/<id>``, ``private/<ip>`` and ``bucket/<name>`` are known; others give nothing.
        """
        table = schema.finding_entity
        query = select(schema.finding.c.id).join_from(table, schema.finding, schema.finding.c.seq == table.c.seq)
        found: set[str] = set()
        with self._connected() as connection:
            for chunk in chunks(_digest(*entity.partition("/")[::2]) for entity in entities):
                found.update(connection.scalars(query.where(table.c.identity.in_(chunk))))
        return found

    def regions(self, account: str) -> list[str]:
        """The Regions in which an account has findings, or has had some."""
        with self._connected() as connection:
            known = set(connection.scalars(select(schema.detector.c.detector_id)))
            posted = Postings(connection).values(filter_paths()["region"].number, VALUES) or []
        return [one for one in posted if detector_id(account, one) in known]

    def evidence(self, finding_id: str) -> list[Evidence]:
        """The log records behind a finding, in the order they were given."""
        table = schema.evidence
        query = (
            select(*(table.c[name] for name in Evidence.__struct_fields__))
            .join_from(table, schema.finding, schema.finding.c.seq == table.c.seq)
            .where(schema.finding.c.id == finding_id).order_by(table.c.place))
        with self._connected() as connection:
            return [Evidence(*row) for row in connection.execute(query)]

    def evidence_times(self, ids: Iterable[str]) -> dict[str, list[int]]:
        """The times (ms) of the log records behind findings, in order; findings without any are passed over."""
        table = schema.evidence
        query = select(schema.finding.c.id, table.c.time).join_from(
            table, schema.finding, schema.finding.c.seq == table.c.seq).order_by(table.c.time)
        found: dict[str, list[int]] = defaultdict(list)
        with self._connected() as connection:
            for chunk in chunks(ids):
                for one, time in connection.execute(query.where(schema.finding.c.id.in_(chunk))):
                    found[one].append(time)
        return dict(found)

    def _documents(self, ids: Iterable[str], column: Any) -> dict[str, Any]:
        table = schema.finding
        found: dict[str, Any] = {}
        with self._connected() as connection:
            for chunk in chunks(ids):
                query = (
                    select(table.c.id, column)
                    .join_from(table, schema.finding_document, schema.finding_document.c.seq == table.c.seq)
                    .where(table.c.id.in_(chunk)))
                found.update((one, value) for one, value in connection.execute(query))
        return found

    # What the inventory learned, and single values.

    def facts(self, entities: Iterable[str] | None = None) -> list[Fact]:
        """What is known of ``entities``, or of all; one fact a field, sorted."""
        from vedette.inventory.fact import Fact

        table = schema.inventory_fact
        query = select(table.c.entity, table.c.field, table.c.value, table.c.observed)
        with self._connected() as connection:
            if entities is None:
                return sorted(Fact(*row) for row in connection.execute(query))
            return sorted(
                Fact(*row) for chunk in chunks(_digest(entity) for entity in entities)
                for row in connection.execute(query.where(table.c.owner.in_(chunk))))

    def meta(self, key: str) -> str | None:
        """A single value kept under ``key``."""
        with self._connected() as connection:
            return connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == key))


class Store(Reader):
    """An open database. Use it as a context manager, or `close` it."""

    def __init__(self, engine: Engine, *, single: bool) -> None:
        self._engine = engine
        self._single = single
        self._writing = threading.Lock()
        self._writer: int | None = None
        self.writable = True
        """False since a transaction found the database locked, full or away, until one is committed again."""
        self._thread = _Thread()

    @classmethod
    def open(cls, url_or_path: str | Path) -> Store:
        """The database of a state folder (``vedette.db``, made if need be) or at a ``postgresql://`` URL.

        Raises:
            StoreError: it cannot be opened, or a newer Vedette wrote it.
        """
        return cls(open_database(url_or_path), single=False)

    @classmethod
    def in_memory(cls) -> Store:
        """A database that is gone when it is closed.

        It has one connection: inside a transaction ask the batch.
        """
        return cls(memory_database(), single=True)

    @property
    def lasts(self) -> bool:
        """What it holds is there the next time."""
        return not self._single

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def changes(self) -> Changes:
        """Tells whether anything was committed; close it."""
        return Changes(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Batch]:
        """Changes that are committed together at the end of the block, or not at all when it raises.

        One process writes at a time; another waits half a minute (SQLite) or as long as need be (PostgreSQL).

        Raises:
            StoreError: another process keeps the database, the disk is full, the connection is lost.
        """
        joined = self._thread.joined
        if joined is None:
            with self._alone() as batch:
                yield batch
            return
        if joined.batch is None:
            joined.batch = joined.stack.enter_context(self._alone())
        yield joined.batch

    @contextmanager
    def together(self) -> Iterator[None]:
        """All transactions of this thread in the block are one: begun by the first, committed at the block's end.

        What this thread asks the store meanwhile, it is told as of that transaction.

        Raises:
            StoreError: as `transaction`.
        """
        if self._thread.joined is not None:
            raise RuntimeError("the transactions of this thread are one already")
        with ExitStack() as stack:
            self._thread.joined = _Joined(stack)
            stack.callback(self._apart)
            yield

    def _apart(self) -> None:
        self._thread.joined = None

    @contextmanager
    def _alone(self) -> Iterator[Batch]:
        if self._writer == threading.get_ident():
            raise RuntimeError("a transaction is already open in this thread")
        with self._writing:
            self._writer = threading.get_ident()
            try:
                with writing(self._engine) as connection:
                    batch = Batch(connection)
                    yield batch
                    batch.flush()
                self.writable = True
            except OperationalError as error:
                self.writable = False
                raise StoreError(f"the database cannot be written: {reason(error)}") from error
            finally:
                self._writer = None

    def list(
        self, criteria: FindingCriteria | None = None, sort: Sort = ("updatedAt", "DESC"), limit: int = 50,
        after: str | None = None, detectors: Collection[str] | None = None,
    ) -> Page:
        """The ids of at most ``limit`` findings that match, in order, and the token of the next page, or None.

        ``sort`` takes any filterable path; a finding with several values there counts with its least, one with none
        comes before all others in ascending order. ``after`` is the token of the page before. A finding that changes
        between two pages is on the page where it then belongs. ``detectors`` are the ids of those whose findings are
        wanted; None is all.

        Raises:
            FilterError: the path, the direction, the limit or the token cannot be used.
        """
        with self._connected() as connection:
            return list_findings(connection, criteria or FindingCriteria(), sort, limit, after, detectors)

    def statistics(
        self, by: GroupBy, criteria: FindingCriteria | None = None, *, order: Literal["ASC", "DESC"] = "DESC",
        limit: int | None = None, detectors: Collection[str] | None = None,
    ) -> Sequence[Group]:
        """The findings that match, counted in groups; at most ``limit`` of these. ``detectors`` as for `list`.

        Groups come by their number of findings, dates by themselves. A date's groups are one a severity.
        """
        with self._connected() as connection:
            return grouped(connection, by, criteria or FindingCriteria(), order, limit, detectors)

    def by_severity(
        self, criteria: FindingCriteria, detectors: Collection[str] | None = None,
    ) -> Severities:
        """How many findings match, by severity. ``detectors`` as for `list`."""
        with self._connected() as connection:
            return by_severity(connection, criteria, detectors)

    def histogram(
        self, criteria: FindingCriteria, since: int, until: int, buckets: int,
        detectors: Collection[str] | None = None,
    ) -> Sequence[Bucket]:
        """The findings that match, by when they were updated; as `vedette.findings.counting.histogram`."""
        with self._connected() as connection:
            return histogram(connection, criteria, detectors, since, until, buckets)

    def commonest(
        self, criteria: FindingCriteria, paths: Collection[str], most: int, detectors: Collection[str] | None = None,
    ) -> dict[str, Counted]:
        """The commonest values of each path among the findings that match; as `vedette.findings.counting.commonest`.

        Raises:
            FilterError: there is no such path.
        """
        with self._connected() as connection:
            return commonest(connection, criteria, detectors, paths, most)

    def _connected(self) -> AbstractContextManager[Connection]:
        joined = self._thread.joined
        if joined is not None and joined.batch is not None:
            return joined.batch._connected()  # noqa: SLF001 - made by this store
        if self._single and self._writer is not None:
            raise RuntimeError("an in-memory store has one connection: inside a transaction ask the batch")
        return self._engine.connect()


@dataclass
class _Joined:
    stack: ExitStack
    batch: Batch | None = None


class _Thread(threading.local):
    """What a thread has under way."""

    joined: _Joined | None = None


class _Put(msgspec.Struct, frozen=True):
    row: FindingRow
    document: dict[str, Any]
    base: bytes
    evidence: Sequence[Evidence]
    learns: bool


class Batch(
    Reader, ConfigurationWriter, PublicationWriter, HistoryFileWriter, ConsoleUserWriter, ActivityWriter,
    ReceptionWriter, KeyUseWriter,
):
    """Changes of one transaction; made by `Store.transaction`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._puts: dict[str, _Put] = {}
        self._states: dict[bytes, KeyedState | None] = {}
        # Most keys have no open signal; those that have one are read once.
        self._owners: set[bytes] | None = None

    def _connected(self) -> AbstractContextManager[Connection]:
        self.flush()
        return nullcontext(self._connection)

    # The ledger.

    def record_object(self, entry: LedgerEntry) -> None:
        """Enter an object; the same object and version again replaces the entry."""
        self.record_objects((entry,))

    def record_objects(self, entries: Iterable[LedgerEntry]) -> None:
        """Enter objects, as `record_object` does. Why one could not be read at an earlier try is forgotten."""
        rows = [
            {
                **{name: value for name, value in msgspec.structs.asdict(entry).items() if name != "seq"},
                "identity": _digest(entry.object, entry.version),
            } for entry in entries]
        letters, ledger = schema.dead_letter, schema.ledger
        if self._connection.scalar(select(letters.c.seq).limit(1)) is not None:
            for chunk in chunks(row["identity"] for row in rows):
                failed = select(ledger.c.identity).where(ledger.c.identity.in_(chunk), ledger.c.state == "failed")
                self._connection.execute(delete(letters).where(letters.c.identity.in_(failed)))
        self._upsert(schema.ledger, ("identity",), rows)

    def count_usage(self, usages: Iterable[Usage], now: int) -> None:
        """Add to what was analysed on the day of ``now`` (ms)."""
        day = now // 86_400_000
        sums: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for one in usages:
            held = sums[one.account, one.region, one.kind, one.resource]
            held[0] += one.records
            held[1] += one.bytes
        if sums:
            self._connection.execute(upsert(
                self._dialect, schema.usage, ("account", "region", "day", "kind", "resource"),
                added=("records", "bytes")), [
                    {"account": account, "region": region, "day": day, "kind": kind, "resource": resource,
                     "records": records, "bytes": size}
                    for (account, region, kind, resource), (records, size) in sums.items()])

    def delete_usage_before(self, day: int) -> None:
        """Forget what was analysed before a day (since the epoch)."""
        self._connection.execute(delete(schema.usage).where(schema.usage.c.day < day))

    def add_dead_letters(self, locator: str, version: str, letters: Iterable[DeadLetter]) -> None:
        """Keep what could not be read of an object. A letter of the same position is not kept twice."""
        identity = _digest(locator, version)
        self._add(schema.dead_letter, ("identity", "position"), [
            {"identity": identity, "position": letter.position, "object": locator, "version": version,
             "reason": letter.reason, "sample": letter.sample} for letter in letters])

    # What keyed detectors remember.

    def put_state(self, state: KeyedState) -> None:
        """Keep the state of a key in place of the one there was."""
        self._states[_digest(state.detector, state.key)] = state

    def put_aside(self, state: KeyedState) -> None:
        """Keep a state where no detector finds it, in place of an earlier one of the same key and version."""
        self.put_state(msgspec.structs.replace(
            state, detector=f"{state.detector}{ASIDE}{state.version}", pending=b"", watermark=_NEVER))

    def delete_state(self, detector: str, key: str) -> None:
        """Forget a key."""
        self._states[_digest(detector, key)] = None

    def replace_open(self, detector: str, key: str, signals: Iterable[OpenSignal]) -> set[str]:
        """Put ``signals`` in place of all open ones of this detector and key.

        Returns the ids of the findings of signals that went, came or changed. Two detectors may make one statement:
        each has its own copy of the signal, and a finding counts it once.
        """
        table, owner = schema.open_signal, _digest(detector, key)
        if self._owners is None:
            query = select(table.c.owner).where(table.c.owner != _NO_OWNER).distinct()
            self._owners = set(self._connection.scalars(query))
        signals = list(signals)
        if not signals and owner not in self._owners:
            return set()
        self._owners.add(owner)
        columns = (table.c.signal_id, table.c.finding_id, table.c.time, table.c.payload)
        there: dict[str, OpenSignal] = {
            signal_id: (signal_id, finding_id, time, payload)
            for signal_id, finding_id, time, payload
            in self._connection.execute(select(*columns).where(table.c.owner == owner))}
        wanted = {signal[0]: signal for signal in signals}
        gone = [signal for one, signal in there.items() if wanted.get(one) != signal]
        come = [signal for one, signal in wanted.items() if there.get(one) != signal]
        for chunk in chunks(signal[0] for signal in gone):
            self._connection.execute(
                delete(table).where(table.c.owner == owner, table.c.signal_id.in_(chunk)))
        if come:
            self._connection.execute(table.insert(), [_open_row(owner, signal) for signal in come])
        return {signal[1] for signal in chain(gone, come)}

    def add_open(self, signals: Iterable[OpenSignal]) -> set[str]:
        """Add those ``signals`` whose id is not open yet; returns the ids of the findings of those added."""
        table = schema.open_signal
        offered: dict[str, OpenSignal] = {}
        for signal in signals:
            offered.setdefault(signal[0], signal)
        there: set[str] = set()
        for chunk in chunks(offered):
            there.update(self._connection.scalars(
                select(table.c.signal_id).where(table.c.owner == _NO_OWNER, table.c.signal_id.in_(chunk))))
        new = [signal for one, signal in offered.items() if one not in there]
        if new:
            self._connection.execute(table.insert(), [_open_row(_NO_OWNER, signal) for signal in new])
        return {signal[1] for signal in new}

    def settle(self, before_time: int) -> dict[str, list[tuple[str, bytes]]]:
        """Take out the open signals of `add_open` older than ``before_time`` (ms).

        Those of `replace_open` stay: whoever replaces them says when they are final.

        Returns (signal id, payload) by finding, oldest first; the caller folds them into the findings' bases.
        """
        table = schema.open_signal
        old = (table.c.time < before_time) & (table.c.owner == _NO_OWNER)
        taken: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        query = select(table.c.finding_id, table.c.signal_id, table.c.payload).where(old)
        for finding_id, signal_id, payload in self._connection.execute(
            query.order_by(table.c.time, table.c.signal_id)
        ):
            taken[finding_id].append((signal_id, payload))
        self._connection.execute(delete(table).where(old))
        return dict(taken)

    # Findings.

    def put_finding(
        self, row: FindingRow, document: dict[str, Any], base: bytes, evidence: Sequence[Evidence],
        *, learns: bool = True,
    ) -> None:
        """Write a finding, new or in place of what was there.

        One that does not learn is none of `findings_of_entities`: what the logs tell of its resource is not for it.

        Raises:
            ValueError: row and document disagree, or there are more than `MAX_EVIDENCE` records.
        """
        if wrong := row.disagreement(document):
            raise ValueError(f"finding {row.id}: row and document disagree on {wrong}")
        if len(evidence) > MAX_EVIDENCE:
            raise ValueError(f"finding {row.id}: {len(evidence)} records of evidence, at most {MAX_EVIDENCE}")
        self._puts[row.id] = _Put(row, document, base, evidence, learns)

    def handle(self, finding_id: str, handling: Handling) -> None:
        """Keep what was said of a finding, in place of what there was."""
        self.flush()
        here = select(schema.finding.c.seq).where(schema.finding.c.id == finding_id)
        seq = self._connection.execute(here).scalar_one()
        self._upsert(schema.handling, ("seq",), [{"seq": seq, **msgspec.structs.asdict(handling)}])
        said = {STATUS: "" if handling.status == OPEN else handling.status, ASSIGNEE: handling.assignee}
        postings = PostingChanges(self._connection)
        self._rewrite_attributes({seq}, _attribute_rows(
            {path: {text: None} for path, text in said.items() if text}, seq), postings, _SAID)
        postings.write()

    def amend(self, documents: Iterable[dict[str, Any]]) -> None:
        """Write what people changed of findings that are there: ``service.archived`` and ``service.userFeedback``.

        All else in the documents must be as it was; what the findings are made of is left alone.
        """
        self.flush()
        changed = {document["id"]: document for document in documents}
        there = self._sequences(list(changed))
        postings = PostingChanges(self._connection)
        for one, seq in there.items():
            archived = changed[one]["service"]["archived"]
            postings.remove([Posting(POSTED["archived"], posted("archived", not archived), seq)])
            postings.add([Posting(POSTED["archived"], posted("archived", archived), seq)])
            for table, values in (
                (schema.finding, {"archived": int(archived)}),
                (schema.finding_document, {"document": msgspec.json.encode(changed[one]).decode()}),
            ):
                self._connection.execute(table.update().where(table.c.seq == seq).values(values))
        self._rewrite_attributes(set(there.values()), (
            row for one, seq in there.items() for row in _attribute_rows(values_of(changed[one]), seq)), postings,
            ~_SAID)
        postings.write()

    def delete_finding(self, finding_id: str) -> None:
        """Forget a finding and all that hangs on it, but not its open signals."""
        self.flush()
        self.drop_publications(finding=finding_id)
        seq = self._connection.scalar(select(schema.finding.c.seq).where(schema.finding.c.id == finding_id))
        if seq is not None:
            self._forget([seq])

    def delete_findings_before(self, updated_ms: int, limit: int) -> int:
        """Forget at most ``limit`` findings last updated before ``updated_ms``; returns how many.

        Those with open signals stay: what is still judged would bring them back with less than they had.
        """
        self.flush()
        table, opened = schema.finding, schema.open_signal
        query = select(table.c.seq, table.c.id).where(
            table.c.updated < updated_ms,
            ~select(opened.c.signal_id).where(opened.c.finding_id == table.c.id).exists()).limit(limit)
        found = self._connection.execute(query).all()
        self._forget([seq for seq, _ in found])
        for chunk in chunks(one for _, one in found):
            self._connection.execute(delete(schema.publication).where(schema.publication.c.finding.in_(chunk)))
        return len(found)

    def delete_findings_of(self, detector_id: str) -> None:
        """Forget all findings of a detector and what hangs on them, their open signals too."""
        self.flush()
        table, numbers = schema.finding, schema.detector
        here = table.c.detector.in_(select(numbers.c.number).where(numbers.c.detector_id == detector_id))
        ids = select(table.c.id).where(here)
        for hanging in (schema.open_signal.c.finding_id, schema.publication.c.finding):
            self._connection.execute(delete(hanging.table).where(hanging.in_(ids)))
        self._forget(self._connection.scalars(select(table.c.seq).where(here)).all())

    def _forget(self, seqs: Sequence[int]) -> None:
        """Delete findings and all that goes by their seq."""
        for chunk in chunks(seqs):
            postings = PostingChanges(self._connection)
            postings.remove_all(chunk)
            postings.write()
            for table in _OF_FINDING:
                self._connection.execute(delete(table).where(table.c.seq.in_(chunk)))

    def flush(self) -> None:
        """Send the findings and states put so far to the database; done by itself before reading and at the end."""
        states = dict(self._states)
        self._states.clear()
        identity = schema.keyed_state.c.identity
        for gone in chunks(one for one, state in states.items() if state is None):
            self._connection.execute(delete(schema.keyed_state).where(identity.in_(gone)))
        self._upsert(schema.keyed_state, ("identity",), [
            {**msgspec.structs.asdict(state), "identity": one,
             **{name: _packed(getattr(state, name)) for name in _REMEMBERED}}
            for one, state in states.items() if state is not None])
        puts = list(self._puts.values())
        self._puts.clear()
        postings = PostingChanges(self._connection)
        for chunk in chunks(puts):
            self._write(chunk, postings)
        postings.write()

    def _write(self, puts: list[_Put], postings: PostingChanges) -> None:
        numbers = self._numbers(puts)
        there = self._sequences([put.row.id for put in puts])
        last = self._connection.scalar(select(func.max(schema.finding.c.seq))) or 0
        places = {put.row.id: there.get(put.row.id, 0) for put in puts}
        for one in places:
            if not places[one]:
                last += 1
                places[one] = last
        known = set(there.values())
        postings.remove_rows(known)
        rows = [_finding_row(put.row, places[put.row.id], numbers[put.row.detector_id]) for put in puts]
        for row in rows:
            postings.add(postings_of_row([row[column.name] for column in COLUMNS]))
        self._upsert(schema.finding, ("seq",), rows)
        self._upsert(schema.finding_document, ("seq",), [
            {
                "seq": places[put.row.id],
                "document": msgspec.json.encode(put.document).decode(),
                "base": put.base,
            } for put in puts])
        values = {places[put.row.id]: values_of(put.document) for put in puts}
        self._rewrite_attributes(known, (
            row for put in puts for row in _attribute_rows(values[places[put.row.id]], places[put.row.id])), postings,
            ~_SAID)
        self._rewrite(schema.finding_entity, known, (
            {"seq": places[put.row.id], "identity": _digest(*entity)}
            for put in puts if put.learns for entity in _entities(put.row, values[places[put.row.id]])))
        self._rewrite(schema.evidence, known, (
            {"seq": places[put.row.id], "place": place, **msgspec.structs.asdict(record)}
            for put in puts for place, record in enumerate(put.evidence)))

    def _sequences(self, ids: list[str]) -> dict[str, int]:
        query = select(schema.finding.c.id, schema.finding.c.seq).where(schema.finding.c.id.in_(ids))
        return dict(self._connection.execute(query).all())

    def _numbers(self, puts: list[_Put]) -> dict[str, int]:
        table = schema.detector
        query = select(table.c.detector_id, table.c.number)
        numbers: dict[str, int] = dict(self._connection.execute(query).all())
        for one in sorted({put.row.detector_id for put in puts} - set(numbers)):
            numbers[one] = len(numbers) + 1
            self._connection.execute(table.insert().values(detector_id=one, number=numbers[one]))
        return numbers

    def _rewrite_attributes(
        self, there: set[int], rows: Iterable[dict[str, Any]], postings: PostingChanges, which: ColumnElement[bool],
    ) -> None:
        gone, come = self._rewrite(schema.attribute, there, rows, which)
        postings.remove(Posting(path, value, seq) for seq, path, value, *_ in gone)
        postings.add(Posting(path, value, seq) for seq, path, value, *_ in come)

    def _rewrite(
        self, table: Table, there: set[int], rows: Iterable[dict[str, Any]], *which: ColumnElement[bool],
    ) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
        """Make ``rows`` all that ``table`` holds of their findings (of ``which``); those that went and those that came.
        """
        names = tuple(column.name for column in table.columns)
        key = [column.name for column in table.primary_key.columns]
        wanted = {tuple(row[name] for name in names) for row in rows}
        old: set[tuple[Any, ...]] = set()
        for chunk in chunks(there):
            old.update(tuple(row) for row in self._connection.execute(
                select(table).where(table.c.seq.in_(chunk), *which)))
        places = [names.index(name) for name in key]
        gone, come = old - wanted, wanted - old
        for keys in chunks(tuple(row[place] for place in places) for row in gone):
            self._connection.execute(delete(table).where(tuple_(*(table.c[name] for name in key)).in_(keys)))
        if come:
            self._connection.execute(table.insert(), [
                dict(zip(names, row, strict=True)) for row in sorted(come, key=lambda row: row[:3])])
        return gone, come

    # What the inventory learned, and single values.

    def put_facts(self, facts: Iterable[Fact]) -> set[str]:
        """Take in facts: of one entity's field the newest counts, of equally old ones the larger value.

        Returns the entities of which a value changed.
        """
        newest: dict[tuple[str, str], Fact] = {}
        for fact in facts:
            place = (fact.entity, fact.field)
            if place not in newest or _age(fact) > _age(newest[place]):
                newest[place] = fact
        there = {(fact.entity, fact.field): fact for fact in self.facts({entity for entity, _ in newest})}
        taken = [
            fact for place, fact in newest.items() if place not in there or _age(fact) > _age(there[place])]
        self._upsert(schema.inventory_fact, ("identity",), [
            {
                **msgspec.structs.asdict(fact), "identity": _digest(fact.entity, fact.field),
                "owner": _digest(fact.entity),
            } for fact in taken])
        return {
            fact.entity for fact in taken
            if (before := there.get((fact.entity, fact.field))) is None or before.value != fact.value}

    def put_meta(self, key: str, value: str) -> None:
        """Keep a single value under ``key``."""
        self._upsert(schema.meta, ("key",), [{"key": key, "value": value}])

    # How rows are written.

    def _upsert(self, table: Table, key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
        if rows:
            written = tuple(name for name in rows[0] if name not in key)
            self._connection.execute(upsert(self._dialect, table, key, written), rows)

    def _add(self, table: Table, key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(upsert(self._dialect, table, key), rows)


_OF_FINDING = (
    schema.finding, schema.finding_document, schema.finding_entity, schema.attribute, schema.evidence, schema.handling,
    schema.activity)

_SAID = schema.attribute.c.path.in_([filter_paths()[name].number for name in (STATUS, ASSIGNEE)])
"""The attributes that say what people said of a finding; it stays when the finding is written anew."""

_REMEMBERED = ("settled", "pending")
_LARGE = 4_096
"""Bytes from which what is remembered is stored compressed: an account's habits are rewritten with each commit."""
_GZIP, _OF_GZIP = b"\x1f\x8b", 31
"""How what is compressed begins, and what zlib calls it."""


def _packed(remembered: bytes) -> bytes:
    plain = len(remembered) < _LARGE and not remembered.startswith(_GZIP)
    return remembered if plain else isal_zlib.compress(remembered, 1, _OF_GZIP)


def _unpacked(stored: bytes) -> bytes:
    return isal_zlib.decompress(stored, _OF_GZIP) if stored.startswith(_GZIP) else stored


_STATE = tuple(schema.keyed_state.c[name] for name in KeyedState.__struct_fields__)


def _digest(*parts: str) -> bytes:
    """16 bytes that stand for a sequence of texts: different sequences, different bytes."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


def _age(fact: Fact) -> tuple[int, str]:
    return fact.observed, fact.value


def _open_row(owner: bytes, signal: OpenSignal) -> dict[str, Any]:
    return dict(zip(("owner", "signal_id", "finding_id", "time", "payload"), (owner, *signal), strict=True))


_CUT = ("account", "region", "type", "resource_type")

_ENTITIES = (
    ("instance", "resource.instanceDetails.instanceId"),
    ("interface", "resource.instanceDetails.networkInterfaces.networkInterfaceId"),
    ("private", "resource.instanceDetails.networkInterfaces.privateIpAddress"),
    ("bucket", "resource.s3BucketDetails.name"),
)
"""What the inventory may learn more of, and where a finding names it."""


def _finding_row(row: FindingRow, seq: int, detector: int) -> dict[str, Any]:
    """The row as it is written; what an index holds is cut to what it can hold."""
    columns = {name: value for name, value in msgspec.structs.asdict(row).items() if name != "detector_id"}
    columns.update((name, index_key(columns[name])) for name in _CUT)
    return {**columns, "seq": seq, "detector": detector, "archived": int(row.archived)}


def _entities(row: FindingRow, values: dict[str, Values]) -> set[tuple[str, str]]:
    found = {(kind, name) for kind, path in _ENTITIES for name in values.get(path, ())}
    own = {("instance", row.instance_id), ("interface", row.interface_id), ("bucket", row.bucket)}
    return found | {(kind, name) for kind, name in own if name}


def _attribute_rows(values: dict[str, Values], seq: int) -> Iterator[dict[str, Any]]:
    paths = filter_paths()
    for name in values.keys() - PROMOTED.keys():
        for text, number in values[name].items():
            key = index_key(text)
            yield {
                "seq": seq, "path": paths[name].number, "value": key,
                "number": number, "long_value": None if key == text else text}
