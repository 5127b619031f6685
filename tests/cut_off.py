"""Processes that end at any point: what they ask for is counted, and the nth thing is never done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest


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


@contextmanager
def writing_cut_off(monkeypatch: pytest.MonkeyPatch, step: int) -> Iterator[None]:
    """What is done within ends before the nth thing that the disk is asked for so that something stays."""
    counted = cut_off_at(step)
    with monkeypatch.context() as cut, suppress(KeyboardInterrupt):
        cut.setattr(os, "fsync", counted(os.fsync))
        cut.setattr(Path, "replace", counted(Path.replace))
        cut.setattr(Path, "unlink", counted(Path.unlink))
        yield
