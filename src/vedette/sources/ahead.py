"""Reading ahead: objects on a far source come while earlier ones are worked on, within a bound of bytes."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from vedette.errors import SourceError
from vedette.sources.log_object import LogObject, Source

Opened = tuple[LogObject, BinaryIO | SourceError]
"""An object with its bytes, or with why they cannot be had: the others are still read."""


def prefetched(
    source: Source, objects: Iterable[LogObject], depth: int = 4, *, limit: int = 64 << 20
) -> Iterator[Opened]:
    """The objects in the order given, each opened; of a far source, up to ``depth`` are fetched ahead.

    Args:
        source: where they are.
        objects: which; taken one by one, never listed as a whole.
        depth: how many are fetched at once.
        limit: bytes held at most for objects not yet given out. A larger one is streamed in its turn.
    """
    if not source.far:
        for obj in objects:
            yield obj, _opened(source, obj)
        return
    pool = ThreadPoolExecutor(depth, thread_name_prefix="ahead")
    waiting: deque[tuple[LogObject, Future[BinaryIO | SourceError] | None]] = deque()
    held = 0
    coming = iter(objects)
    following = next(coming, None)
    try:
        while following is not None or waiting:
            while following is not None and len(waiting) < depth:
                size = following.size if following.size <= limit else 0
                if held + size > limit:
                    break
                fetch = pool.submit(_fetched, source, following) if following.size <= limit else None
                held += size
                waiting.append((following, fetch))
                following = next(coming, None)
            obj, fetching = waiting.popleft()
            if fetching is None:
                yield obj, _opened(source, obj)
            else:
                outcome = fetching.result()
                held -= obj.size
                yield obj, outcome
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _opened(source: Source, obj: LogObject) -> BinaryIO | SourceError:
    try:
        return source.open(obj)
    except SourceError as error:
        return error


def _fetched(source: Source, obj: LogObject) -> BinaryIO | SourceError:
    try:
        with source.open(obj) as stream:
            data = stream.read(obj.size + 1)
    except SourceError as error:
        return error
    if len(data) != obj.size:
        return SourceError(f"is not the {obj.size} bytes it was listed with", where=obj.locator)
    return io.BytesIO(data)
