"""How often Python looks for garbage that refers to itself in circles."""

from __future__ import annotations

import gc

_MADE, _IN_SERVICE = 500_000, 20_000
_OLDER = 2, 2
"""Looks at the young after which those are looked at that have outlived one look, and then all."""


def collect_seldom() -> None:
    """From now on in this process, look each time that 500,000 more objects have been made than freed.

    Records are many, live shortly and refer to nothing in circles; modules and lists live long. At Python's 700,
    looking took a tenth of a start and a fifth of a scan.
    """
    gc.set_threshold(_MADE)


def collect_in_service() -> None:
    """From now on look each time that 20,000 more objects have been made than freed, but not at what there is already.

    A server runs for months, and the statements that it makes for its database refer to themselves in circles: looking
    as seldom as a scan does lets eighty megabytes of them gather.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_IN_SERVICE, *_OLDER)


def collect_no_more() -> None:
    """The process is about to end, and all that it holds with it: to look through it once more takes a tenth of a
    second, and longer after a long scan."""
    gc.freeze()
