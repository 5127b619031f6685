"""Which findings hold a value, for every value: the table `vedette.findings.schema.posting`, kept in step with them.

A finding's own columns are posted as its other values are, numbers of which there are many by range: a count by its
first `_COUNT_BITS` bits, a time by its day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ARRAY, BigInteger, Connection, Text, and_, bindparam, delete, func, select

from vedette.findings.attributes import PROMOTED, filter_paths, index_key, number_text
from vedette.findings.bits import PART, decoded, encoded
from vedette.findings.chunks import chunks
from vedette.findings.exact_text import storable
from vedette.findings.schema import attribute, finding, posting
from vedette.findings.upserts import upsert

DAY = 86_400_000
"""Milliseconds."""

TIMES = frozenset({"created", "updated", "first_seen", "last_seen"})
"""Columns that are posted by their day."""

_COUNT_BITS = 7

POSTED: Mapping[str, int] = {
    column: filter_paths()[path].number for path, column in PROMOTED.items() if column not in ("id", "detector_id")
} | {"detector": filter_paths()["service.detectorId"].number}
"""Columns of the finding's row that are posted, and the path each is posted at."""

COLUMNS = tuple(finding.c[name] for name in ("seq", *POSTED))
"""What `postings_of_row` takes."""

_AT_ONCE = 5000
_FINDINGS = 500

_KEY = ("old_path", "old_value", "old_part")
_DELETE = delete(posting).where(and_(*(
    column == bindparam(name) for name, column in zip(_KEY, posting.primary_key.columns, strict=True))))

# The keys to look for travel as one value.
_asked = func.json_each(bindparam("asked", type_=Text)).table_valued("value", name="asked")
_THERE_IN_JSON = select(posting).select_from(_asked).join(posting, and_(*(
    column == func.json_extract(_asked.c.value, f"$[{place}]")
    for place, column in enumerate(posting.primary_key.columns))))
_listed = func.unnest(
    bindparam("paths", type_=ARRAY(BigInteger)), bindparam("values", type_=ARRAY(Text)),
    bindparam("parts", type_=ARRAY(BigInteger)),
).table_valued("path", "value", "part", name="asked").render_derived()
_THERE_IN_ARRAYS = select(posting).select_from(_listed).join(posting, and_(
    posting.c.path == _listed.c.path, posting.c.value == _listed.c.value.collate("C"),
    posting.c.part == _listed.c.part))


class Posting(NamedTuple):
    """A finding holds a value, as `index_key` makes it."""

    path: int
    value: str
    seq: int


def count_range(count: int) -> tuple[int, int]:
    """From and to (not included) of the counts that are posted with this one."""
    dropped = max(0, count.bit_length() - _COUNT_BITS)
    first = count >> dropped << dropped
    return first, first + (1 << dropped)


def posted(column: str, value: Any) -> str:
    """The value that a column's is posted as."""
    if column in TIMES:
        return str(value // DAY)
    if column == "count":
        return str(count_range(value)[0])
    if column == "severity":
        return number_text(value)
    if column == "archived":
        return "true" if value else "false"
    return index_key(str(value))


def postings_of_row(row: Sequence[Any]) -> Iterator[Posting]:
    """What is posted of a finding's row, of which ``row`` has the `COLUMNS`."""
    seq, *values = row
    for (column, path), value in zip(POSTED.items(), values, strict=True):
        yield Posting(path, posted(column, value), seq)


class PostingChanges:
    """Postings that go and come; one that does both stays."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._gone: dict[tuple[int, str, int], int] = defaultdict(int)
        self._come: dict[tuple[int, str, int], int] = defaultdict(int)

    def remove(self, postings: Iterable[Posting]) -> None:
        """These findings hold these values no longer."""
        for path, value, seq in postings:
            self._gone[path, value, seq // PART] |= 1 << seq % PART

    def add(self, postings: Iterable[Posting]) -> None:
        """These findings hold these values."""
        for path, value, seq in postings:
            self._come[path, value, seq // PART] |= 1 << seq % PART

    def remove_rows(self, seqs: Iterable[int]) -> None:
        """Nothing is posted any more of these findings' rows, as the database has them now."""
        for chunk in chunks(seqs, _FINDINGS):
            for row in self._connection.execute(select(*COLUMNS).where(finding.c.seq.in_(chunk))):
                self.remove(postings_of_row(row))

    def remove_all(self, seqs: Iterable[int]) -> None:
        """Nothing is posted any more of these findings, which the database still has."""
        for chunk in chunks(seqs, _FINDINGS):
            self.remove_rows(chunk)
            self.remove(
                Posting(path, value, seq) for path, value, seq in self._connection.execute(
                    select(attribute.c.path, attribute.c.value, attribute.c.seq).where(attribute.c.seq.in_(chunk))))

    def write(self) -> None:
        """Send the changes to the database."""
        keys = sorted(self._gone.keys() | self._come.keys())
        for chunk in chunks(keys, _AT_ONCE):
            there = self._there(chunk)
            changed: list[dict[str, Any]] = []
            empty: list[tuple[int, str, int]] = []
            for key in chunk:
                before = decoded(there[key]) if key in there else 0
                after = before & ~self._gone.get(key, 0) | self._come.get(key, 0)
                if before and not after:
                    empty.append(key)
                elif after != before:
                    path, value, part = key
                    changed.append({"path": path, "value": value, "part": part, "bits": encoded(after)})
            if changed:
                self._connection.execute(upsert(
                    self._connection.dialect.name, posting, ("path", "value", "part"), ("bits",)), changed)
            if empty:
                self._connection.execute(_DELETE, [dict(zip(_KEY, key, strict=True)) for key in empty])
        self._gone.clear()
        self._come.clear()

    def _there(self, keys: list[tuple[int, str, int]]) -> dict[tuple[int, str, int], bytes]:
        stored = [(path, storable(value), part) for path, value, part in keys]
        if self._sqlite:
            rows = self._connection.execute(_THERE_IN_JSON, {"asked": msgspec.json.encode(stored).decode()})
        else:
            paths, values, parts = map(list, zip(*stored, strict=True))
            rows = self._connection.execute(_THERE_IN_ARRAYS, {"paths": paths, "values": values, "parts": parts})
        return {(path, value, part): bits for path, value, part, bits in rows}


def post_all(connection: Connection) -> None:
    """Write the postings of all findings, where there are none yet."""
    last = connection.scalar(select(func.max(finding.c.seq))) or 0
    changes = PostingChanges(connection)
    # By whole parts, so that no posting is written twice.
    for first in range(0, last + 1, PART):
        for row in connection.execute(select(*COLUMNS).where(finding.c.seq >= first, finding.c.seq < first + PART)):
            changes.add(postings_of_row(row))
        changes.add(
            Posting(path, value, seq) for path, value, seq in connection.execute(
                select(attribute.c.path, attribute.c.value, attribute.c.seq)
                .where(attribute.c.seq >= first, attribute.c.seq < first + PART)))
        changes.write()
