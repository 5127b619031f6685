"""Options that several commands share, from text to values."""

from __future__ import annotations

import difflib
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


def custom_rules_from(names: Sequence[str] | None) -> frozenset[str]:
    """``--custom-rule``: the rules' ids."""
    from vedette.detectors.custom_rule import custom_rules

    known = custom_rules()
    unknown = [name for name in names or () if name != "all" and name not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0].lower(), known, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(near)}?" if near else ": give an id of docs/finding-types.md, or all"
        raise VedetteError(f"{unknown[0]!r} is no custom detection rule{hint}", where="--custom-rule")
    return frozenset(known) if "all" in (names or ()) else frozenset(names or ())


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
