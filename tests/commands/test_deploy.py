"""What ``deploy/`` holds can be used: the unit as systemd reads it, the container file by what it names."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from vedette.commands.serve import GRACE
from vedette.commands.serving.listening import REQUESTS_GRACE
from vedette.commands.serving.reading import read_settings

TOP = Path(__file__).parents[2]
UNIT = (TOP / "deploy" / "vedette.service").read_text()
CONTAINER = (TOP / "deploy" / "Dockerfile").read_text()


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd here")
    # It looks whether the program is there.
    there = UNIT.replace("/opt/vedette/bin/vedette", "/bin/true")
    (tmp_path / "vedette.service").write_text(there)
    done = subprocess.run([program, "verify", str(tmp_path / "vedette.service")], capture_output=True, text=True,
                          timeout=60, check=False)
    if "Failed to" in done.stderr and "vedette" not in done.stderr:
        pytest.skip(f"systemd cannot look at units here: {done.stderr.strip()[:200]}")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_gives_the_server_the_time_that_it_takes_to_stop() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert int(seconds) > GRACE + REQUESTS_GRACE


def test_the_units_configuration_file_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r"env:(\w+)", (TOP / "deploy" / "vedette.toml").read_text()):
        monkeypatch.setenv(name, "secret")
    assert read_settings(TOP / "deploy" / "vedette.toml").state.location.reveal() == "/var/lib/vedette"


def test_the_examples_in_the_configuration_file_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = re.sub(r"^#(?=[a-z\[])", "", (TOP / "deploy" / "vedette.toml").read_text(), flags=re.MULTILINE)
    for name in re.findall(r"env:(\w+)", text):
        monkeypatch.setenv(name, "secret")
    (tmp_path / "vedette.toml").write_text(text)
    settings = read_settings(tmp_path / "vedette.toml")
    assert len(settings.source) >= 3
    assert settings.publish


def test_all_that_the_container_is_built_of_is_there_and_not_left_out() -> None:
    lines = (TOP / "deploy" / "Dockerfile.dockerignore").read_text().split()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert lines[0] == "*"
    copied = [name for names in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER, re.MULTILINE)
              for name in names.split()]
    assert copied
    for name in copied:
        assert (TOP / name).exists(), name
        assert any(fnmatch(name, one) for one in let_in), name
    assert let_in == set(copied)


def test_the_container_asks_for_parts_that_there_are() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    asked = re.findall(r"--extra (\w+)", CONTAINER)
    assert set(asked) <= project["optional-dependencies"].keys()
    assert asked
    (version,) = set(re.findall(r"^FROM python:(\d+\.\d+)-slim", CONTAINER, re.MULTILINE))
    assert project["requires-python"] == f">={version}"
    assert re.search(r'^ENTRYPOINT \["(\w+)"\]', CONTAINER, re.MULTILINE)[1] in project["scripts"]  # type: ignore[index]
