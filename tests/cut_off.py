"""Processes that end at any point: what they ask for is counted, and the nth thing is never done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def cut_off_at(step: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes of several functions ones that, ``step`` calls of any of them later, raise `KeyboardInterrupt`."""
    left = step

    def counted(usual: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*given: Any, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            return usual(*given, **named)
        return ask
    return counted
