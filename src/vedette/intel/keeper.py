"""Feeds kept on disk between runs: fetched again when their maker's interval has passed, and kept when that fails."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from vedette.errors import ListError
from vedette.intel.fetch import fetch
from vedette.intel.limits import FEED_LIMITS
from vedette.intel.lists import ListSpec, LoadedList, loaded_from


class FeedKeeper:
    """A folder of feeds' contents, each sound: what was refused is never kept."""

    def __init__(self, folder: Path, get: Callable[[str, int], bytes] = fetch) -> None:
        self._folder = folder
        self._get = get
        self.notes: list[str] = []
        """What a person should hear: feeds that could not be renewed, and how old the copy in force is."""

    def load(self, specs: Sequence[ListSpec]) -> list[LoadedList]:
        """The feeds, each from its copy if that is young enough, else fetched.

        Raises:
            ListError: a feed cannot be had or is malformed, and there is no older copy.
        """
        return [self._load(spec) for spec in specs]

    def _load(self, spec: ListSpec) -> LoadedList:
        if "://" not in spec.location:
            return loaded_from(spec, self._get(spec.location, FEED_LIMITS.max_file_bytes), _now())
        copy = self._folder / sha256(spec.location.encode()).hexdigest()
        taken = _taken(copy)
        if taken is not None and 0 <= _now() - taken < spec.refresh * 1000:
            return loaded_from(spec, copy.read_bytes(), taken)
        try:
            data = self._get(spec.location, FEED_LIMITS.max_file_bytes)
            loaded = loaded_from(spec, data, _now())
        except ListError as error:
            if taken is None:
                raise
            hours = (_now() - taken) // 3_600_000
            self.notes.append(f"{error}; the copy of {hours} hours ago stays in force")
            return loaded_from(spec, copy.read_bytes(), taken)
        self._keep(copy, data)
        return loaded

    def _keep(self, copy: Path, data: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(copy)
        except OSError as error:
            self.notes.append(f"{self._folder}: feeds cannot be kept here: {error.strerror}")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _taken(copy: Path) -> int | None:
    """When the copy was fetched (ms); None when there is none."""
    try:
        return copy.stat().st_mtime_ns // 1_000_000
    except OSError:
        return None
