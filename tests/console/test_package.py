"""What is installed from the package has the console in it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.console.conftest import TOP


@pytest.mark.long
def test_wheel_and_sources_hold_the_bundle(tmp_path: Path) -> None:
    uv = TOP / ".uv" / "bin" / "uv"
    program = str(uv) if uv.exists() else shutil.which("uv")
    if program is None:
        pytest.skip("there is no uv here")
    subprocess.run([program, "build", "--quiet", "--out-dir", str(tmp_path), str(TOP)], check=True, timeout=900)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"vedette/console/dist/index.html{coding}" for coding in ("", ".br", ".gz")} <= names
    assert any(name.startswith("vedette/console/dist/assets/") and name.endswith(".js") for name in names)
    assert not any("node_modules" in name or name.startswith("console/") for name in names)
    (sources,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sources) as opened:
        held = {name.partition("/")[2] for name in opened.getnames()}
    assert {"console/package-lock.json", "console/src/main.tsx", "src/vedette/console/dist/index.html"} <= held
    assert not any("node_modules" in name for name in held)
