"""Which records of a log a search is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars as pl

from vedette.engine.history_derived import DERIVED, read_for
from vedette.engine.history_names import NAMES as NOTED
from vedette.engine.history_rows import SCHEMAS
from vedette.investigate.conditions import Condition, Operator, asked_of, values_of
from vedette.investigate.naming import NAMES
from vedette.investigate.sightings import columns_of
from vedette.investigate.wanted import Scope, Wanted
from vedette.logs.kinds import LogKind

_POSITIVE = frozenset(Operator) - {
    Operator.NOT_EQUALS, Operator.NOT_BEGINS_WITH, Operator.NOT_CONTAINS, Operator.MISSING}
"""What no record meets of which nothing is told."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Those that are seen, name all of some entities, meet all conditions, and have each text somewhere."""

    log: LogKind
    scope: Scope | None
    """None: all accounts' are seen."""
    wanted: Sequence[Wanted] = ()
    """Of each entity, the records that name it."""
    conditions: Sequence[Condition] = ()
    texts: Sequence[str] = ()

    def may(self) -> pl.Expr:
        """The rows that are to be looked at."""
        found = [one.may() for one in self.wanted]
        found += asked_of(self.log, (one for one in self.conditions if one.column not in DERIVED[self.log]))
        for one in self.conditions:
            among = DERIVED[self.log][one.column].among if one.column in DERIVED[self.log] else None
            if among is not None and one.operator in _POSITIVE:
                found.append(among.fill_null(value=False))
        found += [self._has(text) for text in self.texts]
        return reduce(and_, found, self._seen())

    def told(self) -> pl.Expr:
        """Of these, with derived columns, the rows that are sought."""
        found = [one.names() for one in self.wanted]
        found += asked_of(self.log, (one for one in self.conditions if one.column in DERIVED[self.log]))
        return reduce(and_, found, pl.lit(value=True))

    def derived(self) -> set[str]:
        """Derived columns that `told` asks of."""
        return DERIVED[self.log].keys() & set(self.told().meta.root_names())

    def read(self) -> set[str]:
        """Columns that must be read for `told`."""
        return read_for(self.log, self.told().meta.root_names())

    def noted(self) -> list[str] | None:
        """Of which one is among the names of a file that holds such rows; None: they are not noted."""
        for one in self.wanted:
            if (names := one.noted()) is not None:
                return names
        for column, values in values_of(self.conditions).items():
            # Nothing is noted of an empty text.
            if all(values) and any(one.meta.eq(pl.col(column)) for one in NOTED[self.log]):
                return values
        return None

    def _seen(self) -> pl.Expr:
        if self.scope is None:
            return pl.lit(value=True)
        return self.scope.sees(NAMES[self.log].account).fill_null(value=False)

    def _has(self, text: str) -> pl.Expr:
        schema = SCHEMAS[self.log]
        return reduce(or_, (asked_of(self.log, [Condition(name, Operator.CONTAINS, text)])[0]
                            for name in columns_of(self.log) if not schema[name].is_numeric()))
