"""Opens the state that a scan kept, for the commands that only read it."""

from __future__ import annotations

from pathlib import Path

from vedette.errors import StoreError
from vedette.findings.database import FILE
from vedette.findings.store import Store


def opened(state: str) -> Store:
    """The store of ``--state``.

    Raises:
        StoreError: there is none. Opening would make an empty one, and a mistyped folder would look like no findings.
    """
    if "://" not in state and not (Path(state) / FILE).is_file():
        raise StoreError("holds no state: give the folder that `scan --state` or the server's [state] location names",
                         where=state)
    return Store.open(state)
