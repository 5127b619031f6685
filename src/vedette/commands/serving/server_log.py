"""What the server says of itself, on stderr: one event a line, from its own code and from the libraries it uses."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
import structlog

from vedette.publish.plain_text import escaped_json, visible

_QUIET = ("botocore", "boto3", "urllib3", "s3transfer", "uvicorn", "asyncio")
"""Libraries of which only warnings are worth a line: at debug level they print requests with their credentials."""


def start_log(level: str, form: str) -> None:
    """Say events of ``level`` and above, as ``json`` or ``text``."""
    shared: list[Any] = [
        structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level, _timed, _one_line]
    # The plain traceback, without local variables: these would show secrets.
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
        if form == "json" else
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(allow=())],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    # Its own events do not go through the standard library's logging, which takes longer than a request may.
    structlog.configure(
        processors=[*shared, *last], logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLogger().level), cache_logger_on_first_use=True)


class _Lines:
    """Writes whole lines to stderr."""

    def __init__(self, name: str = "vedette") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write a line; where stderr goes is closed or full, nothing is said."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def _timed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    second, fraction = divmod(time.time_ns(), 1_000_000_000)
    event["time"] = f"{_shown(second)}.{fraction // 1000:06}Z"
    return event


@lru_cache(maxsize=1)
def _shown(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def _json(event: MutableMapping[str, Any], default: Callable[[Any], Any]) -> str:
    try:
        return escaped_json(msgspec.json.encode(event, enc_hook=default).decode())
    except (UnicodeEncodeError, OverflowError, TypeError):  # half a surrogate pair, a very large number, a strange key
        return json.dumps(event, default=default)


def _one_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Names of objects and the like come from outside: they may not move a terminal's cursor or look like lines."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = visible(value)
    return event
