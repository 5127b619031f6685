"""Log objects that are files: one file, a folder with all below it, or a glob pattern.

Hidden files and folders, and database files (Vedette's own state may lie beside the logs), are passed over.
Symbolic links below the location are never followed: what they name is in the tree, and read there, or not
asked for.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from fnmatch import translate
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, unquote_to_bytes

from vedette.errors import SourceError
from vedette.sources.delivery import promise
from vedette.sources.log_object import LogObject, NothingToRead, SourceSpec

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_WILD = re.compile(r"[*?\[]")
_DATABASE = re.compile(r"\.(?:db|sqlite3?)(?:-(?:wal|shm|journal))?$", re.IGNORECASE)
_QUOTED = "file://"
_IN_ONE_PIECE = 1 << 20
"""Bytes of a file that is read at once: a log has many small ones, and each further call costs as much as the first."""
_name = attrgetter("name")


class FolderSource:
    """Files. ``location`` is a path or a glob pattern; ``**`` stands for any folders."""

    far = False

    def __init__(self, location: str) -> None:
        self.spec = SourceSpec("folder", location)
        self.name = location
        # Only the start may be a link: below it none is followed, so loops cannot occur.
        path = _absolute(location)
        self._base, self._pattern = _split(path)

    def objects(self) -> Iterator[LogObject]:
        """As `Source.objects`: by folder, in the order of names."""
        found = False
        status = self._status()
        if not stat.S_ISDIR(status.st_mode):
            if not stat.S_ISREG(status.st_mode):
                raise SourceError("is neither a file nor a folder", where=self.name)
            yield _log_object(str(self._base), status)
            return
        for path, entry in self._walk(str(self._base), self._pattern.start()):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # rotated away since its folder was listed
                continue
            if stat.S_ISREG(status.st_mode):
                found = True
                yield _log_object(path, status)
        if not found:
            raise NothingToRead(
                "no file matches (symbolic links and hidden files are passed over)" if self._pattern.segments
                else "holds no log files (symbolic links, hidden files and databases are passed over)",
                where=self.name)

    def open(self, obj: LogObject) -> BinaryIO:
        """As `Source.open`."""
        return open_file(obj.locator)

    @property
    def root(self) -> Path:
        """The file, or the folder that all files lie below."""
        return self._base

    def at(self, path: str) -> LogObject | None:
        """The file at an absolute path as it is now, if it is one that `objects` lists."""
        try:
            names = Path(path).relative_to(self._base).parts
            status = os.lstat(path)
        except (ValueError, OSError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        places, folder = self._pattern.start(), self._base
        for place, name in enumerate(names):
            folder /= name
            is_folder = place < len(names) - 1
            places = self._pattern.advance(places, name)
            if not places or _passed_over(name, is_folder) or folder.is_symlink():
                return None
        return _log_object(path, status) if not names or self._pattern.complete(places) else None

    def _status(self) -> os.stat_result:
        try:
            return self._base.stat()
        except OSError as error:
            raise _said(error, str(self._base)) from error

    def _walk(self, folder: str, places: frozenset[int]) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Files below ``folder``, of which the pattern's first segments up to ``places`` are matched."""
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=_name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _said(error, folder) from error
        for entry in listed:
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.is_symlink() or _passed_over(entry.name, is_folder):
                continue
            reached = self._pattern.advance(places, entry.name)
            if not reached:
                continue
            if is_folder:
                yield from self._walk(entry.path, reached)
            elif self._pattern.complete(reached):
                yield entry.path, entry


class _Pattern:
    """A glob pattern below a fixed folder, matched name by name: only folders that can match are listed.

    A place is how many segments are matched; ``**`` may match none. A folder so reached is read whole.
    """

    def __init__(self, segments: tuple[str, ...]) -> None:
        self.segments = segments
        self._tests = [None if segment == "**" else re.compile(translate(segment)) for segment in segments]

    def start(self) -> frozenset[int]:
        return frozenset(self._skipping(0))

    def advance(self, places: frozenset[int], name: str) -> frozenset[int]:
        reached: set[int] = set()
        for place in places:
            if place == len(self._tests):
                reached.add(place)
                continue
            test = self._tests[place]
            if test is None:
                reached.update(self._skipping(place))
            elif test.match(name):
                reached.update(self._skipping(place + 1))
        return frozenset(reached)

    def complete(self, places: frozenset[int]) -> bool:
        return len(self._tests) in places

    def _skipping(self, place: int) -> Iterator[int]:
        yield place
        while place < len(self._tests) and self._tests[place] is None:
            place += 1
            yield place


class _File(io.FileIO):
    """A file that says which it is when the disk fails while it is read."""

    locator = ""

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _said(error, self.locator) from error


def open_file(locator: str) -> BinaryIO:
    """A file's bytes by its locator.

    Raises:
        SourceError: it is gone, is no file, or cannot be read; or so it turns out while it is read.
    """
    path = os.fsdecode(unquote_to_bytes(locator[len(_QUOTED):])) if locator.startswith(_QUOTED) else locator
    try:
        # Not blocking: a pipe that took the file's place must not stop the reader.
        stream = _File(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
        stream.locator = locator
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            stream.close()
            raise SourceError("is no file any more", where=locator)
        if 0 < status.st_size <= _IN_ONE_PIECE:
            with stream:
                return io.BytesIO(stream.readall())
    except OSError as error:
        raise _said(error, locator) from error
    return io.BufferedReader(stream)


def _absolute(location: str) -> Path:
    try:
        return Path(location).expanduser().absolute()
    except RuntimeError as error:  # "~nobody/logs"
        raise SourceError("names the home of a user that does not exist", where=location) from error


def _split(path: Path) -> tuple[Path, _Pattern]:
    """The folder before the first wildcard, and the pattern below it; a path that exists is no pattern."""
    parts = path.parts
    wild = next((place for place, part in enumerate(parts) if _WILD.search(part)), None)
    if wild is None or os.path.lexists(path):
        return path, _Pattern(())
    return Path(*parts[:wild]), _Pattern(parts[wild:])


def _passed_over(name: str, is_folder: bool) -> bool:
    return name.startswith(".") or (not is_folder and _DATABASE.search(name) is not None)


def _log_object(path: str, status: os.stat_result) -> LogObject:
    account, region, start = promise(path)
    text = path
    try:
        text.encode()
    except UnicodeEncodeError:
        text = _QUOTED + quote(os.fsencode(path))
    return LogObject(
        text, f"{status.st_size}-{status.st_mtime_ns}", status.st_size, status.st_mtime_ns // 1_000_000,
        start, account, region,
    )


def _said(error: OSError, where: str) -> SourceError:
    shown = where.encode("utf-8", "backslashreplace").decode()
    if isinstance(error, FileNotFoundError):
        return SourceError(
            "does not exist: give a file, a folder, a glob pattern or s3://bucket/prefix", where=shown)
    if isinstance(error, PermissionError):
        return SourceError(
            "may not be read: give this user read permission (and search permission on folders)", where=shown)
    if isinstance(error, NotADirectoryError):
        return SourceError("goes through a file as if it were a folder", where=shown)
    if error.errno == errno.ELOOP:
        return SourceError("is a symbolic link that leads to itself", where=shown)
    return SourceError(f"cannot be read: {error.strerror or error}", where=shown)
