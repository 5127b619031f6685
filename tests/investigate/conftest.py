"""Stories of all detectors, delivered to a server that keeps a history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.test_promises import world
from tests.engine.test_service import HandedOut, running, until
from tests.playing import known_in
from vedette.detectors.catalogue import catalogue
from vedette.detectors.known import Known
from vedette.engine.history import History
from vedette.findings.store import Store
from vedette.simulate.story import write

__all__ = ["world"]


@dataclass(frozen=True)
class Delivered:
    """What the server has of them."""

    store: Store
    state: Path
    history: Path
    known: Known


@contextmanager
def kept(folder: Path, known: Known, *feeds: tuple[Path, list[Path]]) -> Iterator[Delivered]:
    """What a server has of some logs: folders and the files in them."""
    with Store.open(folder / "state") as store:
        handing = []
        for number, (above, paths) in enumerate(feeds):
            feed = HandedOut(f"feed-{number}", above)
            feed.hand_out(*paths)
            handing.append(feed)
        history = History(folder / "history", store)
        with running(store, known, *handing, history=history):
            until(lambda: all(feed.released == 1 for feed in handing), 120)
        history.close()
        yield Delivered(store, folder / "state", folder / "history", known)


@pytest.fixture(scope="module")
def delivered(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """Each log twice: in its place, and once more elsewhere."""
    folder = tmp_path_factory.mktemp("delivered")
    paths = files_in(world / "logs")
    again = folder / "again" / "logs"
    for path in paths:
        copy = again / path.relative_to(world / "logs")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    with kept(folder, known_in(world), (world / "logs", paths), (again, files_in(again))) as told:
        yield told


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """The first story of Kali Linux, and nothing else."""
    folder = tmp_path_factory.mktemp("alone")
    story = next(told for _, told in catalogue().stories()
                 if [one.type for one in told.expected] == ["PenTest:IAMUser/KaliLinux"])
    write(story, folder / "story")
    logs = folder / "story" / "logs"
    with kept(folder, known_in(folder / "story"), (logs, files_in(logs))) as told:
        yield told


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
