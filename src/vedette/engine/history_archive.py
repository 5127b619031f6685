"""The event history's archive: hours that are over move from the folder to a bucket, file by file, names kept.

A file leaves in three steps, so that a merge or a power cut between them changes nothing: it is renamed, which keeps it
from being merged; it is sent; it is removed. A reader looks at the folder first and at the bucket then, and takes a
file that it sees in both from the bucket: what leaves meanwhile is in one of them at least.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vedette.engine.history_files import (
    LEAVING,
    begin_of,
    counting,
    hours_of,
    is_being_merged,
    may_hold,
    names_beside,
)
from vedette.engine.history_writer import unwritable
from vedette.errors import HistoryError, SourceError
from vedette.logs.kinds import LogKind
from vedette.sources.aws import asked, told

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

SETTLED = 2 * 3_600_000
"""How long (ms) nothing was written to an hour before it moves: late records come first, and small files are merged."""

_DAY = 86_400_000


class Archive:
    """A place in a bucket. Needs ``s3:ListBucket`` on it, and to get, put and delete objects in it."""

    def __init__(self, location: str, endpoint_url: str | None = None) -> None:
        """``location`` is ``s3://bucket/prefix``. Nothing is asked yet.

        Raises:
            HistoryError: it is not.
        """
        parts = urlsplit(location)
        self.location = location.rstrip("/")
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        if parts.scheme != "s3" or not self._bucket:
            raise HistoryError("is no place in a bucket: write s3://bucket/prefix", where=location)
        self._endpoint_url = endpoint_url
        self._made: S3Client | None = None
        self._lock = threading.Lock()

    def move(self, history: Path, now: int, stop: threading.Event) -> int:
        """Move the files of hours to which nothing was written lately. Returns how many.

        Ends early when ``stop`` is set.

        Raises:
            HistoryError: one cannot be sent or removed. It is still there.
        """
        moved = 0
        for kind in LogKind:
            for hour in hours_of(history / kind):
                try:
                    if is_being_merged(hour) or written(hour) > now - SETTLED:
                        continue
                    for path in counting(hour):
                        if stop.is_set():
                            return moved
                        self._leave(history, path)
                        moved += 1
                    with suppress(OSError):  # somebody has put a file into it just now
                        hour.rmdir()
                        hour.parent.rmdir()
                except OSError as error:
                    raise unwritable(hour, error) from error
        return moved

    def remove_old(self, now: int, days: int) -> int:
        """Remove what days hold that ended ``days`` before ``now`` (ms), and what was sent before. Returns how many.

        Raises:
            HistoryError: the bucket says no.
        """
        oldest = now - days * _DAY
        removed = 0
        for kind in LogKind:
            for key, name, sent, _ in self._listed(kind):
                begin = begin_of(Path(name).parent)
                over = begin is not None and begin - begin % _DAY + _DAY <= oldest
                if over or sent < oldest:
                    self._asked(lambda key=key: self._client().delete_object(Bucket=self._bucket, Key=key))
                    removed += 1
        return removed

    def files(
        self, log: LogKind, since: int | None = None, until: int | None = None
    ) -> dict[str, tuple[str, int]]:
        """The files that can hold records of a log from ``since`` to ``until`` (ms), by their paths below the log.

        Of each its URL and its size.

        Raises:
            HistoryError: the bucket says no.
        """
        return {name: (f"s3://{self._bucket}/{key}", size) for key, name, _, size in self._listed(log)
                if may_hold(Path(name).parent, since, until)}

    @property
    def options(self) -> dict[str, str]:
        """How Polars reaches the bucket, beyond what the environment says."""
        if self._endpoint_url is None:
            return {}
        return {"aws_endpoint_url": self._endpoint_url, "aws_allow_http": "true"}

    def _leave(self, history: Path, path: Path) -> None:
        name = within(history, path)
        # What leaves is not looked up by names any more: the folder is to become empty.
        names_beside(path).unlink(missing_ok=True)
        leaving = path if path.name.endswith(LEAVING) else path.rename(path.with_suffix(LEAVING))
        key = f"{self._prefix}/{name}" if self._prefix else name
        self._asked(lambda: self._client().upload_file(str(leaving), self._bucket, key))
        leaving.unlink()

    def _listed(self, log: LogKind) -> Iterator[tuple[str, str, int, int]]:
        """Key, path below the log, when it was sent (ms) and size, of each file of a log."""
        above = f"{self._prefix}/{log}/" if self._prefix else f"{log}/"
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=above)
        following = iter(pages)
        while page := self._asked(lambda: next(following, None)):
            for one in page.get("Contents", []):
                name = one["Key"].removeprefix(above)
                if _is_place(name):
                    yield one["Key"], name, int(one["LastModified"].timestamp() * 1000), one["Size"]

    def _asked(self, request: Any) -> Any:
        from boto3.exceptions import S3UploadFailedError

        try:
            return asked(self.location, request, _sentence, "is no place in a bucket: write s3://bucket/prefix")
        except S3UploadFailedError as error:
            raise HistoryError(f"a file cannot be sent ({error})", where=self.location) from error
        except SourceError as error:
            raise HistoryError(error.message, where=self.location) from error

    def _client(self) -> S3Client:
        with self._lock:
            if self._made is None:
                # Here, since boto3 imports slowly.
                import boto3.session
                from botocore.config import Config

                self._made = boto3.session.Session().client("s3", endpoint_url=self._endpoint_url, config=Config(
                    retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60,
                    response_checksum_validation="when_required", request_checksum_calculation="when_required"))
            return self._made


def within(history: Path, path: Path) -> str:
    """Where a file is in the history, by the name that it has before and after it leaves."""
    return by_one_name(path.relative_to(history).as_posix())


def by_one_name(name: str) -> str:
    """A file's name before and after it leaves."""
    return name.removesuffix(LEAVING) + ".parquet" if name.endswith(LEAVING) else name


def _is_place(name: str) -> bool:
    """A file of the history is called so; others may lie in the bucket too."""
    try:
        begin_of(Path(name).parent)
    except ValueError:
        return False
    return name.count("/") == 2 and name.endswith(".parquet")


def written(hour: Path) -> float:
    """When something was last written there (ms)."""
    return max((path.stat().st_mtime * 1000 for path in hour.iterdir()), default=0.0)


def _sentence(error: Any) -> str:
    code, message = told(error)
    return {"NoSuchBucket": "there is no such bucket", "AccessDenied": "these credentials may not use it"}.get(
        code, f"the store answers {code}: {message}")
