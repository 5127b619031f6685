"""How long freed memory stays at hand is settled before Polars is loaded, which reads it then."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("asked", "last"), [
    (None, "dirty_decay_ms:10000"), ("dirty_decay_ms:77", "dirty_decay_ms:77")])
def test_freed_memory_stays_at_hand_ten_seconds_unless_somebody_says_otherwise(asked: str | None, last: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    if asked:
        environment["_RJEM_MALLOC_CONF"] = asked
    said = subprocess.run(
        [sys.executable, "-c", "import vedette.cli, polars, os; print(os.environ['_RJEM_MALLOC_CONF'])"],
        env=environment, check=True, capture_output=True, text=True).stdout
    assert said.strip().split(",")[-1] == last
