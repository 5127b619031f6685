"""``vedette investigate search``: records of the event history that meet what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

import msgspec

from vedette.commands.investigate import Place, bars, short_moment
from vedette.commands.knowledge import KnowledgeOptions, gather
from vedette.commands.options import limit_from, period_from
from vedette.commands.state import opened
from vedette.errors import VedetteError
from vedette.investigate.conditions import written
from vedette.investigate.entity import Entity, entity_of
from vedette.investigate.estate import inventory_of
from vedette.investigate.events import FURTHEST
from vedette.investigate.profile import Sources
from vedette.investigate.search import JSON, Found, Question, Row, search
from vedette.investigate.sightings import columns_of
from vedette.logs.kinds import LogKind
from vedette.publish.plain_text import escaped_json, visible

_LONG = 120
"""Characters of a value; the JSON has more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, as it was typed."""

    since: str
    until: str
    log: str | None = None
    where: Sequence[str] = ()
    entities: Sequence[str] = ()
    texts: Sequence[str] = ()
    counts: Sequence[str] = ()
    limit: int = 20

    @property
    def question(self) -> Question:
        """The same, read.

        Raises:
            VedetteError: it says what nobody can look for.
        """
        period = period_from(self.since, self.until)
        if period.since is None or period.until is None or period.since >= period.until:
            raise VedetteError("must be later than --since", where="--until")
        if self.log is not None and self.log not in list(LogKind):
            raise VedetteError(f"is no log: give {', '.join(LogKind)}", where=self.log)
        if limit_from(self.limit) > FURTHEST:
            raise VedetteError(f"at most {FURTHEST} records are told", where="--limit")
        return Question(
            since=period.since, until=period.until, log=LogKind(self.log) if self.log else None,
            conditions=[written(one) for one in self.where], entities=[_entity(one) for one in self.entities],
            texts=list(self.texts), facets=list(self.counts), limit=self.limit)


def show_records(place: Place, wish: Wish, out: TextIO, *, as_json: bool) -> None:
    """Write how many records there are, when, and the newest of them."""
    question = wish.question
    known, _ = gather(KnowledgeOptions())
    with opened(place.state) as store:
        found = search(Sources(store, place.past, known, inventory_of(store, known, None)), question)
    if as_json:
        out.write(escaped_json(msgspec.json.format(msgspec.json.encode(found), indent=2).decode()) + "\n")
        return
    out.writelines(f"{visible(line)}\n" for line in _lines(found))


def _entity(text: str) -> Entity:
    kind, given, value = text.partition("=")
    if not given:
        raise VedetteError("is no entity: write KIND=VALUE, for example ip=198.51.100.7", where=text[:100])
    return entity_of(kind, value)


def _lines(found: Found) -> Iterator[str]:
    if not found.history_on:
        yield "no event history is kept: there are no records to search"
        return
    for log in found.logs:
        if log.since is None:
            yield f"{log.log}: nothing of it was ever received"
            continue
        yield f"{log.log}: {log.total} records, {log.failed} failed; its history begins {short_moment(log.since)}"
        if log.total:
            yield bars(log.counts)
    for name, values in found.facets.items():
        yield ""
        yield f"{name} of {found.among[name]} records"
        yield from (f"  {one.count:>8}  {one.value}" for one in values)
    if found.rows:
        yield ""
    yield from map(_row, found.rows)
    total = sum(log.total for log in found.logs)
    if len(found.rows) < total:
        yield f"… and {total - len(found.rows)} older ones (--limit)"


def _row(row: Row) -> str:
    told = [name for name in columns_of(row.log) if name in row.record and name not in JSON and name != "time"]
    return f"{short_moment(row.record['time'])}  {row.log}  " + "  ".join(
        f"{name}={_shown(row.record[name])}" for name in told)


def _shown(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
