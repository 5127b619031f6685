"""Which records are looked for, and whose are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars as pl

from vedette.investigate.entity import Entity
from vedette.investigate.naming import NAMES, Naming, names, namings_of
from vedette.logs.kinds import LogKind


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose records are seen: an account's, and in a Region those of the accounts that it manages."""

    account: str
    region: str
    members: frozenset[str] = frozenset()

    def sees(self, column: str) -> pl.Expr:
        """Which rows that have their account in a column, and their Region in ``region``."""
        account = pl.col(column)
        own = account == self.account
        if not self.members:
            return own
        return own | (account.is_in(sorted(self.members)) & (pl.col("region") == self.region))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a log are looked for: those that name an entity, or an interface of its."""

    log: LogKind
    entity: Entity
    scope: Scope | None
    """None: all accounts' are seen."""
    interfaces: Sequence[str] = ()
    """Network interfaces that are known to be the entity's, of which flows are looked for too."""
    but: Sequence[Entity] = ()
    """Records that name one of these are not wanted."""

    @property
    def namings(self) -> list[Naming]:
        """How the entity is named in the log."""
        return [] if self.entity in self.but else namings_of(self.log, self.entity.kind)

    @property
    def possible(self) -> bool:
        """The log can name it."""
        return bool(self.namings or self.interfaces)

    def may(self) -> pl.Expr:
        """The rows that are to be looked at."""
        some = reduce(or_, [one.may(self.entity.value) for one in self.namings] + self._behind())
        return some if self.scope is None else self.sees(NAMES[self.log].account) & some

    def names(self) -> pl.Expr:
        """Of these, with derived columns, the rows that are wanted."""
        told = reduce(or_, [one.names(self.entity.value) for one in self.namings] + self._behind())
        return reduce(and_, [~names(self.log, one) for one in self.but], told)

    def sees(self, column: str) -> pl.Expr:
        """The rows that may be seen, by the column that their account is in."""
        return pl.lit(value=True) if self.scope is None else self.scope.sees(column)

    def noted(self) -> list[str] | None:
        """Of which one is among the names of a file that holds such rows; None: they are not noted."""
        found = list(self.interfaces)
        for one in self.namings:
            if one.noted is None:
                return None
            found += one.noted(self.entity.value)
        return found

    def _behind(self) -> list[pl.Expr]:
        if not self.interfaces:
            return []
        return [pl.col("interface_id").is_in(list(self.interfaces)).fill_null(value=False)]
