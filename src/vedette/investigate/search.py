"""A search of the event history: how many records meet what is asked, when, and the newest of them.

Records are looked at tile by tile, the newest first, and each is counted once, however often it was delivered. When
the time is over that this thread may take, what was looked at by then is told, and since when that is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import polars as pl
from msgspec import Meta

from vedette.engine.history import history_begin
from vedette.engine.history_derived import derive
from vedette.engine.history_rows import PLACE, SCHEMAS
from vedette.errors import HistoryError, VedetteError
from vedette.findings.database import out_of_patience
from vedette.investigate.conditions import Condition, asked_of
from vedette.investigate.entity import Entity, EntityKind
from vedette.investigate.events import cut, kinds_of
from vedette.investigate.naming import NAMES, logs_of
from vedette.investigate.profile import Sources, wanted_of, width_of
from vedette.investigate.sightings import Past, columns_of, files_of, once_of, picked
from vedette.investigate.sought import Sought
from vedette.investigate.tiles import Tile, tiles
from vedette.logs.kinds import LogKind

TOP = 10
"""Values that are told of a column, the commonest."""

DISTINCT = 100_000
"""Different values of a column after which no more of its records are counted."""

JSON = frozenset({"session", "request", "response", "additional", "resources"})
"""Columns of calls that are long, and read only where they are asked of."""

_Whole = Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)]
_Place = tuple[_Whole, str, str, str, _Whole]
"""When a record was (ms), its log, and where it lies: its place among the others, too."""

_NEWEST = ["time", "log", *PLACE]
_TURN = [True, False, False, False, False]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is sought, from ``since`` up to, not including, ``until`` (ms)."""

    since: int
    until: int
    log: LogKind | None = None
    """None: all."""
    conditions: Sequence[Condition] = ()
    """Of one log."""
    entities: Sequence[Entity] = ()
    """A record names all of these."""
    texts: Sequence[str] = ()
    """Each stands in one of the columns that names anything, as it is written here."""
    facets: Sequence[str] = ()
    """Columns, of one log, whose commonest values are counted."""
    limit: int = 50
    """Records that are told."""
    token: str = ""
    """`Found.next_token` of the page before; with it, nothing is counted."""


class Counted(msgspec.Struct, frozen=True):
    """What of a log was found."""

    log: LogKind
    since: int | None
    """When its history begins; None: nothing of it was ever received."""
    total: int
    failed: int
    counts: list[int]
    """Records of each of `Found.stretches`."""
    failures: list[int]
    """Of these, those that failed."""


class Facet(msgspec.Struct, frozen=True):
    """A value, and how many records have it."""

    value: str
    count: int


class Row(msgspec.Struct, frozen=True):
    """A record: its columns in which anything stands, derived ones too."""

    log: LogKind
    record: dict[str, Any]


class Found(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What there is."""

    history_on: bool
    looked_since: int
    """Since when (ms) all was looked at; later than was asked for where the time was over before that."""
    stretches: list[tuple[int, int]]
    """From and to (ms), as `Counted` counts them."""
    logs: list[Counted]
    """Those that can have what is sought."""
    facets: dict[str, list[Facet]]
    among: dict[str, int]
    """How many records, the newest, were counted for each of these: not all, where they have very many values."""
    kinds: dict[LogKind, dict[str, EntityKind]]
    """What columns name by their value alone, of each log that has rows."""
    rows: list[Row]
    """The newest first."""
    next_token: str
    """Where the next page begins; empty: there is none."""


def search(sources: Sources, question: Question) -> Found:
    """Look for records.

    Raises:
        VedetteError: that cannot be asked; says what is wrong.
        HistoryError: the history cannot be read.
    """
    after = _begin(question.token) if question.token else None
    sought = _sought(sources, question)
    past = sources.past
    page = _Page(question.limit, after)
    count = _Count(question, {log: history_begin(past.folder, log, past.archive) if past and after is None else None
                              for log in sought})
    looked = question.since if past is None else _look(past, sought, question, after, count, page)
    return Found(
        history_on=past is not None, looked_since=looked, stretches=count.stretches, logs=count.logs(),
        facets=count.facets(), among=dict(count.among), kinds={log: kinds_of(log) for log in page.logs},
        rows=page.rows(), next_token=page.token(looked > question.since, looked))


def check(question: Question) -> None:
    """Whether it can be asked.

    Raises:
        VedetteError: it cannot; says what is wrong.
    """
    if question.log is None and (question.conditions or question.facets):
        raise VedetteError("conditions on columns, and counts of their values, are of one log: name it")
    if question.log is not None:
        asked_of(question.log, question.conditions)
        for name in question.facets:
            if name not in SCHEMAS[question.log]:
                raise VedetteError(f"is no column of {question.log}: give {', '.join(SCHEMAS[question.log])}",
                                   where=name[:100])
    for entity in question.entities:
        logs = logs_of(entity.kind)
        if question.log is not None and question.log not in logs:
            raise VedetteError(f"no record of {question.log} names any: give a log of {', '.join(logs)}",
                               where=entity.kind)
    if question.token:
        _begin(question.token)


def _sought(sources: Sources, question: Question) -> dict[LogKind, Sought]:
    check(question)
    found = {}
    for log in LogKind if question.log is None else (question.log,):
        wanted = [wanted_of(sources, log, one) for one in question.entities]
        if all(one.possible for one in wanted):
            found[log] = Sought(log, sources.scope, wanted, question.conditions, question.texts)
    return found


def _look(
    past: Past, sought: Mapping[LogKind, Sought], question: Question, after: _Place | None, count: _Count, page: _Page
) -> int:
    """Count records and fill the page. Since when (ms) all was looked at."""
    since = question.since
    until = max(min(question.until, after[0] + 1), since) if after else question.until
    files = {log: files_of(past, one, since, until) for log, one in sought.items()}
    looked, begun = until, False
    for tile in tiles(list(sought.values()), files, since, until):
        # However little time there is, one tile is read: who goes on from there comes to an end.
        if (begun and tile.parts and out_of_patience()) or (after and page.full):
            break
        begun = begun or bool(tile.parts)
        for log in tile.parts:
            rows = _light(past, sought[log], tile, question.facets)
            if after is None:
                count.add(log, rows)
            page.offer(log, rows)
        page.fetch(past, sought, tile)
        looked = tile.begin
    return looked


def _light(past: Past, sought: Sought, tile: Tile, facets: Sequence[str]) -> pl.DataFrame:
    """A tile's records that are sought, each once, with what is counted of them and their places."""
    log = sought.log
    wanted = (set(columns_of(log)) - JSON) | set(facets) | sought.read() | PLACE.keys()
    rows = picked(past, sought, tile.parts[log], tile.begin, tile.end)
    found = _read(past, lambda: once_of(rows, log, [name for name in SCHEMAS[log] if name in wanted]))
    return derive(found, log, sought.derived()).filter(sought.told())


def _read(past: Past, read: Any) -> pl.DataFrame:
    try:
        rows: pl.DataFrame = read()
    except pl.exceptions.PolarsError as error:
        raise HistoryError(f"a file cannot be read: {error}", where=str(past.folder)) from error
    return rows


class _Count:
    """How many there are, when, and of what values."""

    def __init__(self, question: Question, begins: Mapping[LogKind, int | None]) -> None:
        self._begins = begins
        self._width = width_of(question.since, question.until)
        self._first = question.since // self._width
        self.stretches: list[tuple[int, int]] = []
        if not question.token:
            places = range(self._first, -(-question.until // self._width))
            self.stretches = [(max(one * self._width, question.since), min((one + 1) * self._width, question.until))
                              for one in places]
        self._counts = {log: [0] * len(self.stretches) for log in begins}
        self._failures = {log: [0] * len(self.stretches) for log in begins}
        empty = pl.DataFrame(schema={"value": pl.String, "count": pl.Int64})
        self._values = {} if question.token else dict.fromkeys(question.facets, empty)
        self.among = dict.fromkeys(self._values, 0)

    def add(self, log: LogKind, rows: pl.DataFrame) -> None:
        place = (pl.col("time") // self._width - self._first).alias("place")
        failed = NAMES[log].failed.fill_null(value=False).sum().alias("failed")
        for at, count, failures in rows.group_by(place).agg(pl.len().alias("count"), failed).iter_rows():
            self._counts[log][at] += count
            self._failures[log][at] += failures
        for name, values in self._values.items():
            if values.height > DISTINCT:
                continue
            told = rows.select(value=pl.col(name).explode() if isinstance(rows.schema[name], pl.List) else name)
            more = told.select(pl.col("value").cast(pl.String)).drop_nulls().group_by("value").agg(
                pl.len().cast(pl.Int64).alias("count"))
            self._values[name] = pl.concat([values, more]).group_by("value").agg(pl.col("count").sum())
            self.among[name] += rows.height

    def logs(self) -> list[Counted]:
        if not self.stretches:
            return []
        return [Counted(log, begin, sum(self._counts[log]), sum(self._failures[log]), self._counts[log],
                        self._failures[log]) for log, begin in self._begins.items()]

    def facets(self) -> dict[str, list[Facet]]:
        return {name: [Facet(*one) for one in cut(values.sort("count", "value", descending=[True, False]).head(TOP))
                       .select("value", "count").iter_rows()] for name, values in self._values.items()}


class _Page:
    """The newest records, in order."""

    def __init__(self, limit: int, after: _Place | None) -> None:
        self._limit = limit
        self._after = after
        self._offered: list[pl.DataFrame] = []
        self._told: list[tuple[_Place, Row]] = []
        self._more = False

    @property
    def full(self) -> bool:
        """It is known what stands on it, and whether there is more."""
        return self._more

    @property
    def logs(self) -> set[LogKind]:
        return {row.log for _, row in self._told}

    def offer(self, log: LogKind, rows: pl.DataFrame) -> None:
        """Records of a tile, with their places."""
        if self._more or not rows.height:
            return
        places = rows.select("time", pl.lit(str(log)).alias("log"), *_where())
        if self._after:
            places = places.filter(_behind(self._after))
        # One more, to know whether there is a next page.
        self._offered.append(places.sort(_NEWEST, descending=_TURN).head(self._limit - len(self._told) + 1))

    def fetch(self, past: Past, sought: Mapping[LogKind, Sought], tile: Tile) -> None:
        """Read those that are to be told of what was offered of a tile."""
        if not self._offered:
            return
        places = pl.concat(self._offered).sort(_NEWEST, descending=_TURN)
        self._offered = []
        room = self._limit - len(self._told)
        self._more = places.height > room
        places = places.head(room)
        rows: dict[_Place, Row] = {}
        for (log,), some in places.group_by("log"):
            kind = LogKind(str(log))
            rows.update(_whole(past, sought[kind], tile, some))
        self._told += [(key, rows[key]) for key in map(_key, places.iter_rows())]

    def rows(self) -> list[Row]:
        return [row for _, row in self._told]

    def token(self, unfinished: bool, looked_since: int) -> str:
        """Where to go on: behind the last that is told, or where looking ended."""
        if self._more:
            return _token(self._told[-1][0])
        return _token((looked_since - 1, "", "", "", -1)) if unfinished else ""


def _whole(past: Past, sought: Sought, tile: Tile, places: pl.DataFrame) -> Iterator[tuple[_Place, Row]]:
    """Records in full, by their places."""
    log = sought.log
    times = places["time"].to_list()
    rows = picked(past, sought, tile.parts[log], min(times), max(times) + 1)(list(SCHEMAS[log]))
    found = _read(past, lambda: rows.join(
        places.lazy(), left_on=_where(), right_on=list(PLACE), how="semi").collect())
    for record in cut(derive(found, log)).iter_rows(named=True):
        told = {name: value for name, value in record.items() if value is not None}
        yield _key((record["time"], str(log), *(record[name] for name in PLACE))), Row(log, told)


def _where() -> list[pl.Expr]:
    """Where records lie, null nowhere."""
    return [pl.col(name).cast(pl.Int64).fill_null(0) if kind.is_numeric() else pl.col(name).fill_null("")
            for name, kind in PLACE.items()]


def _key(row: Sequence[Any]) -> _Place:
    time, log, name, version, position = row
    return time, log, name or "", version or "", position or 0


def _behind(place: _Place) -> pl.Expr:
    """The records that are told after that of a place."""
    later: pl.Expr = pl.lit(value=False)
    for name, value, turned in reversed(list(zip(_NEWEST, place, _TURN, strict=True))):
        column, there = pl.col(name), pl.lit(value)
        later = (column < there if turned else column > there) | ((column == there) & later)
    return later


def _token(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _begin(token: str) -> _Place:
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        place: _Place = msgspec.json.decode(data, type=_Place)
    except (binascii.Error, ValueError) as error:
        raise VedetteError("is no token that a page gave", where="nextToken") from error
    return place
