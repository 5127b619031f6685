"""How often Python looks for garbage that refers to itself in circles."""

from __future__ import annotations

import gc

_MADE = 500_000


def collect_seldom() -> None:
    """From now on in this process, look each time that 500,000 more objects have been made than freed.

    Records are many, live shortly and refer to nothing in circles; modules and lists live long. At Python's 700,
    looking took a tenth of a start and a fifth of a scan.
    """
    gc.set_threshold(_MADE)


def collect_no_more() -> None:
    """The process is about to end, and all that it holds with it: to look through it once more takes a tenth of a
    second, and longer after a long scan."""
    gc.freeze()
