"""Where bytes come from: folders and S3. Yields log objects with a locator and a version; never parses."""

from __future__ import annotations

from vedette.sources.ahead import prefetched
from vedette.sources.log_object import LogObject, NothingToRead, Source, SourceSpec
from vedette.sources.opening import open_source, open_spec, reopen

__all__ = [
    "LogObject",
    "NothingToRead",
    "Source",
    "SourceSpec",
    "open_source",
    "open_spec",
    "prefetched",
    "reopen",
]
