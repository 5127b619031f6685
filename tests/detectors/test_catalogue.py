"""The catalogue: whatever one detector file does, the others stay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vedette.commands.new import new_detector
from vedette.detectors.catalogue import catalogue
from vedette.detectors.finding_type import LOW, THREAT_LIST, FindingType, Plan, feeds
from vedette.errors import CatalogueError
from vedette.intel.categories import Category

TRAIL = "Stealth:IAMUser/CloudTrailLoggingDisabled"

TELL = """
import io, json, sys
import vedette.detectors
vedette.detectors.__path__.append(sys.argv[1])
from vedette.commands.coverage import coverage
from vedette.commands.knowledge import KnowledgeOptions
from vedette.detectors.catalogue import catalogue
from vedette.findings.store import Store
Store.open(sys.argv[2]).close()
out = io.StringIO()
coverage(sys.argv[2], KnowledgeOptions(), out)
print(json.dumps({
    "types": list(catalogue().types), "detectors": [one.name for one in catalogue().detectors],
    "broken": {one.module: one.reason for one in catalogue().broken}, "modules": list(catalogue().modules),
    "coverage": out.getvalue(),
}))
"""


def _with(folder: Path, **files: str) -> dict[str, Any]:
    """The catalogue of a process that has these files in a detector folder of their own, ``extra``."""
    extra = folder / "more" / "extra"
    extra.mkdir(parents=True)
    for name, text in {"__init__": "", **files}.items():
        (extra / f"{name}.py").write_text(text)
    done = subprocess.run([sys.executable, "-c", TELL, str(extra.parent), str(folder / "state")], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert set(catalogue().types) <= set(said["types"])
    assert {one.name for one in catalogue().detectors} <= set(said["detectors"])
    return said


def _sound(folder: Path, name: str = "sound") -> str:
    (folder / "api").mkdir(exist_ok=True)
    return new_detector(f"api/{name}", folder).read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "reason"), [
    ("def half(", "SyntaxError"),
    ("import a_package_that_is_not_there", "ModuleNotFoundError"),
    ("1 / 0", "ZeroDivisionError"),
    ("from vedette.detectors.declare import calls_where\ncalls_where('password', lambda value, known: True)",
     "calls_where takes one of"),
])
def test_a_broken_file_is_named_and_the_others_go_on(text: str, reason: str, tmp_path: Path) -> None:
    said = _with(tmp_path, wrong=text, sound=_sound(tmp_path))
    assert reason in said["broken"]["extra.wrong"]
    assert list(said["broken"]) == ["extra.wrong"]
    assert "UnauthorizedAccess:IAMUser/Sound.Vedette" in said["types"]
    assert "detector file extra.wrong cannot be loaded: " in said["coverage"]


def test_nothing_counts_of_a_file_that_breaks_after_it_has_declared_a_detector(tmp_path: Path) -> None:
    said = _with(tmp_path, wrong=_sound(tmp_path, "wrong") + "\n1 / 0\n")
    assert list(said["broken"]) == ["extra.wrong"]
    assert not any("wrong" in name for name in said["detectors"])
    assert "UnauthorizedAccess:IAMUser/Wrong.Vedette" not in said["types"]


def test_a_file_that_declares_a_type_in_other_words_is_left_out(tmp_path: Path) -> None:
    taken = _sound(tmp_path).replace("UnauthorizedAccess:IAMUser/Sound.Vedette", TRAIL)
    said = _with(tmp_path, taken=taken)
    assert f"{TRAIL} is declared twice, in different words" in said["coverage"]
    assert list(said["broken"]) == ["extra.taken"]
    assert not any(name.startswith("extra.") for name in said["detectors"])


def test_a_file_with_two_detectors_of_one_name_is_left_out(tmp_path: Path) -> None:
    text = _sound(tmp_path)
    again = text[text.index("@detector"):text.index("_mallory")]
    said = _with(tmp_path, sound=text.replace("_mallory =", f"{again}_mallory =", 1))
    assert "two detectors are called extra.sound.sound" in said["broken"]["extra.sound"]


def test_a_folder_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    said = _with(tmp_path, __init__="1 / 0", sound=_sound(tmp_path))
    assert "ZeroDivisionError" in said["broken"]["extra"]


def _type(**other: Any) -> FindingType:
    return FindingType(**{
        "name": "Recon:IAMUser/Some.Vedette", "severity": LOW, "plan": Plan.FOUNDATIONAL, "resource": "AccessKey",
        "title": "", "description": "", "attack": ("T1078",), "remedy": "", **other})


@pytest.mark.parametrize(("wrong", "why"), [
    ({"name": "Custom:IAMUser/Some"}, "begins with none of GuardDuty's purposes"),
    ({"name": "Recon/Some"}, "is not Purpose:Resource/Family"),
    ({"severity": 11}, "not between 1 and 10"),
    ({"needs": THREAT_LIST}, "in a tuple"),
    ({"needs": (frozenset(),)}, "in a tuple"),
    ({"needs": ("threat-list",)}, "in a tuple"),
    ({"needs": (frozenset({"feed:nonsense"}),)}, "needs takes"),
])
def test_a_type_that_nobody_could_place_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(CatalogueError, match=why):
        _type(**wrong)


def test_every_category_can_be_needed() -> None:
    assert _type(needs=(feeds(*Category), THREAT_LIST)).needs
