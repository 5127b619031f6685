"""The event history's folders and files: which of them count, merging small ones, and removing old ones.

A merged file has a list beside it of the files whose rows it holds. From the moment that it is there, those on the list
count no more; they are removed at the next look, for those who are still reading them.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import polars as pl

from vedette.engine.history_writer import ELSEWHEN, UNFINISHED, synced, unwritable, write_rows, write_whole
from vedette.errors import HistoryError
from vedette.logs.kinds import LogKind

MANY = 16
"""Small files of a log and an hour from which on they are merged."""

SMALL = 8 << 20
"""Bytes that a file has at least which is not merged."""

MERGED = 16 << 20
"""Bytes (as stored) that are merged into one file at most: all of it is held at once."""

_LIST = ".merged.json"
_NAMES = ".names"
LEAVING = ".parquet.leaving"
"""How the name of a file ends that is on its way to an archive: it counts, and is not merged any more."""
_DAY = 86_400_000

_GROUP = 1 << 14
"""Rows of a merged file that are read together or not at all."""

ORDER: dict[LogKind, tuple[str, str]] = {
    LogKind.CLOUDTRAIL: ("principal_arn", "time"), LogKind.VPC_FLOW: ("interface_id", "time"),
    LogKind.DNS: ("srcaddr", "time"), LogKind.EKS_AUDIT: ("username", "time"), LogKind.RDS: ("instance", "time"),
}
"""What lies together in a merged file: who looks for one of them reads few rows of others."""


def counting_files(log: Path, since: int | None = None, until: int | None = None) -> list[Path]:
    """The files of a log's folder that can hold records from ``since`` to ``until`` (ms).

    Raises:
        OSError: a folder cannot be read.
    """
    files: list[Path] = []
    for hour in hours_of(log):
        if may_hold(hour, since, until):
            files += counting(hour)
    return files


def may_hold(hour: Path, since: int | None, until: int | None) -> bool:
    """An hour's folder may hold records from ``since`` up to, not including, ``until`` (ms)."""
    begin = begin_of(hour)
    return begin is None or not (
        (until is not None and begin >= until) or (since is not None and begin + 3_600_000 <= since))


def merge_small(history: Path, stop: threading.Event) -> int:
    """Merge small files where there are many; remove what an earlier look merged. Returns how many were merged.

    Ends early when ``stop`` is set.

    Raises:
        HistoryError: a file cannot be read, written or removed. What can be merged is, none the less.
    """
    return for_each(
        (hour for kind in LogKind for hour in hours_of(history / kind)),
        lambda hour: 0 if stop.is_set() else _merge_hour(hour))


def for_each(folders: Iterable[Path], work: Callable[[Path], int]) -> int:
    """Do something in each folder, also after one in which it cannot be done. Returns what ``work`` gives, added up.

    Raises:
        HistoryError: in some folder it could not be done: what the last of them said.
    """
    done = 0
    failed: HistoryError | None = None
    for folder in folders:
        try:
            done += work(folder)
        except HistoryError as error:
            failed = error
        except OSError as error:
            failed = unwritable(folder, error)
        except pl.exceptions.PolarsError as error:
            failed = HistoryError(f"a file of the event history cannot be read: {error}", where=str(folder))
    if failed:
        raise failed
    return done


def remove_old(history: Path, now: int, days: int) -> int:
    """Remove files of days that ended ``days`` before ``now`` (ms), and those written before that. Returns how many.

    Raises:
        HistoryError: a file cannot be removed.
    """
    removed = 0
    oldest = now - days * _DAY
    for kind in LogKind:
        for day in days_of(history / kind):
            try:
                for hour in hours_in(day):
                    removed += _remove_old_of(hour, oldest)
                # What is kept of hours that are in an archive stays as long as they do.
                if not hours_in(day) and _is_over(day, oldest):
                    clear(day)
            except OSError as error:
                raise unwritable(day, error) from error
    return removed


def _is_over(day: Path, oldest: int) -> bool:
    return day.name.removeprefix("day=") == ELSEWHEN[0] or (begin_of(day / "hour=00") or 0) + _DAY <= oldest


def _remove_old_of(hour: Path, oldest: int) -> int:
    removed = 0
    begin = begin_of(hour)
    over = begin is not None and begin - begin % _DAY + _DAY <= oldest
    for path in list(hour.iterdir()):
        if over or path.stat().st_mtime * 1000 < oldest:
            path.unlink()
            removed += path.suffix == ".parquet"
    # Somebody may be putting a file into it just now: then it is not empty.
    with suppress(OSError):
        hour.rmdir()
    return removed


def clear(day: Path) -> None:
    """Remove what is beside the hours of a day that has none any more, and the day.

    Raises:
        OSError: a file cannot be removed.
    """
    for path in list(day.iterdir()):
        if path.is_file():
            path.unlink()
    with suppress(OSError):
        day.rmdir()


def hours_of(log: Path) -> Iterator[Path]:
    """The folders of a log's hours."""
    for day in days_of(log):
        yield from hours_in(day)


def days_of(log: Path) -> list[Path]:
    """The folders of a log's days."""
    return _folders(log, "day=")


def hours_in(day: Path) -> list[Path]:
    """The folders of a day's hours."""
    return _folders(day, "hour=")


def _folders(above: Path, begin: str) -> list[Path]:
    try:
        return sorted(path for path in above.iterdir() if path.name.startswith(begin))
    except FileNotFoundError:
        return []


def begin_of(hour: Path) -> int | None:
    """When an hour begins (ms); None for files of many hours."""
    day, name = hour.parent.name.removeprefix("day="), hour.name.removeprefix("hour=")
    if (day, name) == ELSEWHEN:
        return None
    moment = datetime.fromisoformat(f"{day}T{name}:00").replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def counting(hour: Path) -> list[Path]:
    """The files of an hour whose rows count."""
    # The lists are read after the files: a file that is merged between the two is told of, and left out, or was not
    # there yet as a merged one.
    files = {name for name in names_in(hour) if name.endswith(".parquet")}
    gone: set[str] = set()
    beside = names_in(hour)
    for name in beside:
        if name.endswith(_LIST) and _merged_of(hour / name).name in files:
            gone |= _listed(hour / name)
    return [hour / name for name in (*sorted(files - gone), *sorted(
        name for name in beside if name.endswith(LEAVING)))]


def names_in(folder: Path) -> list[str]:
    """What lies in a folder of the history, which an upkeep may have emptied and removed since it was listed."""
    # Sooner than as paths: who reads the history looks into each hour.
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except FileNotFoundError:
        return []


def names_beside(path: Path) -> Path:
    """Where it stands what a file names (`vedette.engine.history_names`)."""
    return path.with_suffix(_NAMES)


def is_being_merged(hour: Path) -> bool:
    """Some of its files do not count any more, and are removed at the next look."""
    return any(hour.glob(f"*{_LIST}"))


def _merged_of(listing: Path) -> Path:
    return listing.with_name(listing.name.removesuffix(_LIST) + ".parquet")


def _listed(listing: Path) -> set[str]:
    try:
        return set(json.loads(listing.read_bytes()))
    except FileNotFoundError:
        return set()


def _merge_hour(hour: Path) -> int:
    for path in hour.glob(f"*{UNFINISHED}"):
        path.unlink()
    for listing in hour.glob(f"*{_LIST}"):
        if _merged_of(listing).exists():
            for name in _listed(listing):
                (hour / name).unlink(missing_ok=True)
                names_beside(hour / name).unlink(missing_ok=True)
        listing.unlink()
    sizes = {path: path.stat().st_size for path in sorted(hour.glob("*.parquet"))}
    small = [path for path, size in sizes.items() if size < SMALL]
    if len(small) < MANY:
        return 0
    merged = 0
    group: list[Path] = []
    held = 0
    for path in small:
        if group and held + sizes[path] > MERGED:
            merged += _merge(hour, group)
            group, held = [], 0
        group.append(path)
        held += sizes[path]
    return merged + _merge(hour, group)


def _merge(hour: Path, group: list[Path]) -> int:
    if len(group) < 2:
        return 0
    rows = pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in group], how="diagonal")
    names = [path.name for path in group]
    digest = blake2b("\0".join(names).encode(), digest_size=12).hexdigest()
    write_whole(hour / f"{digest}{_LIST}", json.dumps(names).encode())
    synced(hour)
    write_merged(rows, LogKind(hour.parent.parent.name), hour / f"{digest}.parquet")
    synced(hour)
    return len(group)


def write_merged(rows: pl.DataFrame, log: LogKind, path: Path) -> None:
    """Write a file that stays.

    Raises:
        HistoryError: it cannot be written.
    """
    order = [name for name in ORDER[log] if name in rows.columns]
    write_rows(rows.sort(order, maintain_order=True), path, group=_GROUP)
