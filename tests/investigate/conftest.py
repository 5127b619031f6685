"""Stories of all detectors, delivered to a server that keeps a history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.test_promises import world
from tests.engine.test_service import HandedOut, running, until
from tests.playing import known_in
from vedette.detectors.known import Known
from vedette.engine.history import History
from vedette.findings.store import Store

__all__ = ["world"]


@dataclass(frozen=True)
class Delivered:
    """What the server has of them."""

    store: Store
    state: Path
    history: Path
    known: Known


@pytest.fixture(scope="module")
def delivered(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """Each log twice: in its place, and once more elsewhere."""
    folder = tmp_path_factory.mktemp("delivered")
    paths = sorted(path for path in (world / "logs").rglob("*") if path.is_file())
    again = folder / "again" / "logs"
    copies = []
    for path in paths:
        copy = again / path.relative_to(world / "logs")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        copies.append(copy)
    known = known_in(world)
    with Store.open(folder / "state") as store:
        feeds = [HandedOut("one", world / "logs"), HandedOut("two", again)]
        feeds[0].hand_out(*paths)
        feeds[1].hand_out(*copies)
        history = History(folder / "history", store)
        with running(store, known, *feeds, history=history):
            until(lambda: all(feed.released == 1 for feed in feeds), 120)
        history.close()
        yield Delivered(store, folder / "state", folder / "history", known)
