"""Opens the state that a scan or a server keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

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


def opened_or_made(state: str, notes: TextIO) -> Store:
    """The same; a state that is not there yet is made, which ``notes`` is told: the folder may be mistyped.

    Raises:
        StoreError: it cannot be opened.
    """
    made = "://" not in state and not (Path(state) / FILE).is_file()
    store = Store.open(state)
    if made:
        print(f"vedette: note: {state} held no state, and one was made there: a server must name it as [state] "
              "location", file=notes)
    return store
