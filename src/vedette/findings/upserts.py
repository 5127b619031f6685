"""Statements that put rows where there may be some of the same key.

Each is built once. SQLAlchemy takes longer to build one than a database to run it, and leaves circles of objects behind
that only the garbage collector ends.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table

from vedette.findings.database import insert_of


@cache
def upsert(
    dialect: str, table: Table, key: tuple[str, ...], written: tuple[str, ...] = (), added: tuple[str, ...] = (),
) -> Any:
    """Puts rows; where one of the same ``key`` is there, ``written`` are written anew and ``added`` added up.

    With neither, what is there stays as it is.
    """
    made = insert_of(dialect)(table)
    changed = {name: made.excluded[name] for name in written}
    changed |= {name: table.c[name] + made.excluded[name] for name in added}
    if not changed:
        return made.on_conflict_do_nothing(index_elements=list(key))
    return made.on_conflict_do_update(index_elements=list(key), set_=changed)
