"""A state made by a real scan of real stories, with two broken files among the logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vedette import cli
from vedette.commands.scan import ScanOptions, scan
from vedette.detectors.catalogue import catalogue
from vedette.simulate.story import write

MODULES = {"api.trail_tampering", "api.pentest_distributions"}
TRAIL = "Stealth:IAMUser/CloudTrailLoggingDisabled"


@dataclass
class Scanned:
    logs: Path
    state: str


def scanned_into(folder: Path) -> Scanned:
    told = [one for module, one in catalogue().stories() if module in MODULES and one.expected]
    write(told, folder)
    logs = folder / "logs"
    (logs / "junk.log").write_text("garbage \x1b[31m\n")
    (logs / "half.json").write_text('{"Records":[{"eventVersion":"1.0"')
    state = str(folder / "state")
    scan(ScanOptions(str(logs), state=state, jobs=1, format="jsonl", output=folder / "found.jsonl"))
    return Scanned(logs, state)


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    return scanned_into(tmp_path_factory.mktemp("scanned"))


@dataclass
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def vedette(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the program in this process, from its arguments to its exit code."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["vedette", *arguments])
        try:
            cli.main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
        return Said(code, *capsys.readouterr())

    return run
