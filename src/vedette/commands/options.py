"""Options that several commands share, from text to values."""

from __future__ import annotations

from collections.abc import Sequence

from vedette.engine.mapping import Period
from vedette.errors import VedetteError
from vedette.logs.kinds import LogKind
from vedette.logs.times import parse_time


def kinds_from(names: Sequence[str] | None) -> frozenset[LogKind] | None:
    """``--kind``: None when it is not given."""
    if not names:
        return None
    unknown = [name for name in names if name not in {kind.value for kind in LogKind}]
    if unknown:
        raise VedetteError(f"{unknown[0]!r} is not a log kind: give {', '.join(LogKind)}", where="--kind")
    return frozenset(LogKind(name) for name in names)


def period_from(since: str | None, until: str | None) -> Period:
    """``--since`` and ``--until``: a date alone is its first moment, UTC."""
    return Period(_moment(since, "--since"), _moment(until, "--until"))


def _moment(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return parse_time(text if len(text) > 10 else f"{text}T00:00:00Z")
    except ValueError as error:
        raise VedetteError(f"{error}: give for example 2026-03-02 or 2026-03-02T09:00:00Z", where=option) from None


def jobs_from(number: int | None) -> int | None:
    """``--jobs``."""
    if number is not None and not 1 <= number <= 256:
        raise VedetteError(f"{number} is not a number of processes from 1 to 256", where="--jobs")
    return number


def limit_from(number: int) -> int:
    """``--limit``."""
    if number < 1:
        raise VedetteError(f"{number} is not 1 or more", where="--limit")
    return number
