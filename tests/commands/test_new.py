"""``vedette new detector``: the files that it writes run, are clean, and keep every contract."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vedette.commands.new import new_detector
from vedette.errors import VedetteError

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("api", "s3", "network", "dns", "kubernetes", "databases")

PLUGIN = """
import importlib
from pathlib import Path

for folder in Path(__file__).parent.iterdir():
    if folder.is_dir() and folder.name in {folders}:
        importlib.import_module("vedette.detectors." + folder.name).__path__.append(str(folder))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A stand-in for ``src/vedette/detectors``."""
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    return tmp_path


def _run(*command: str, path: Path) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, text=True, capture_output=True, check=False,
                          env=os.environ | {"PYTHONPATH": str(path), "MYPYPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.long
def test_new_files_tell_stories_that_come_true_and_keep_the_contracts(checkout: Path) -> None:
    for folder in FOLDERS:
        new_detector(f"{folder}/freshly_{folder}", checkout)
    (checkout / "new_files.py").write_text(PLUGIN.format(folders=set(FOLDERS)))
    said = _run("pytest", "-p", "new_files", "-p", "no:cacheprovider", "-vv", "tests/detectors/test_stories.py",
                "tests/detectors/test_contracts.py", "-k", "freshly or Freshly", path=checkout)
    for folder in FOLDERS:
        assert f"test_a_story_finds_what_it_says_and_nothing_else[{folder}.freshly_{folder}: tell the attack" in said
        assert f"test_the_same_records_are_judged_alike_and_left_as_they_were[{folder}.freshly_{folder}" in said


def test_new_files_are_clean(checkout: Path) -> None:
    paths = [new_detector(f"{folder}/a_name_of_all_forty_characters_for_{folder}"[:len(folder) + 41], checkout)
             for folder in FOLDERS]
    for path, folder in zip(paths, FOLDERS, strict=True):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "check", "--stdin-filename", f"src/vedette/detectors/{folder}/{path.name}"],
            cwd=ROOT, input=path.read_bytes(), capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()
    _run("mypy", *(str(path) for path in paths), path=checkout)


@pytest.mark.parametrize("name", [
    "key_backdoor", "iam/key_backdoor", "api/KeyBackdoor", "api/../../x", "api/x.py", "api/", "/api/x", "api/9x",
    "api/x\n", f"api/{'x' * 41}",
])
def test_a_name_that_is_no_place_for_a_detector_is_refused(name: str, checkout: Path) -> None:
    with pytest.raises(VedetteError, match="give folder/name"):
        new_detector(name, checkout)
    assert not list(checkout.rglob("*.py"))


@pytest.mark.parametrize("name", ["api/class", "api/calls", "dns/low", "network/detector", "s3/bucket_of", "api/known"])
def test_a_name_that_would_hide_a_word_of_the_file_is_refused(name: str, checkout: Path) -> None:
    with pytest.raises(VedetteError, match="take another"):
        new_detector(name, checkout)


def test_a_file_that_is_there_is_not_overwritten(checkout: Path) -> None:
    path = new_detector("api/mine", checkout)
    path.write_text("mine")
    with pytest.raises(VedetteError, match="exists already"):
        new_detector("api/mine", checkout)
    assert path.read_text() == "mine"


def test_outside_a_checkout_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(VedetteError, match="run this in a checkout"):
        new_detector("api/mine", tmp_path)
