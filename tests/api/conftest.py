"""AWS's own test suites, as botocore's source archive has them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest

SUITES = ("tests/unit/auth/aws4_testsuite", "tests/unit/protocols")


def has_pip(python: str) -> bool:
    try:
        return not subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode
    except OSError:
        return False


def fetched(into: Path) -> None:
    """Download the source of the botocore that is installed, and keep its suites in the folder."""
    wanted = version("botocore")
    with tempfile.TemporaryDirectory(dir=into.parent) as name:
        folder = Path(name)
        # An environment that uv made has no pip; the Python it was made from, or the system's, has.
        pythons = (sys.executable, f"{sys.base_prefix}/bin/python3", "/usr/bin/python3")
        python = next((one for one in pythons if has_pip(one)), sys.executable)
        asked = [python, "-m", "pip", "download", "--quiet", "--timeout", "20", "--no-deps", "--no-binary",
                 ":all:", "--dest", name, f"botocore=={wanted}"]
        done = subprocess.run(asked, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"botocore's source cannot be downloaded: {done.stderr.strip().splitlines()[-1]}")
        with tarfile.open(next(folder.glob("botocore-*.tar.gz"))) as archive:
            top = f"botocore-{wanted}/"
            # Python 3.11.2, Debian's, has no filter for what is unpacked: plain files below the suites' folders only.
            members = [one for one in archive if one.name.startswith(tuple(f"{top}{suite}/" for suite in SUITES))
                       and one.isfile() and ".." not in one.name.split("/")]
            archive.extractall(folder, members)
        try:
            (folder / top).rename(into)
        except OSError:
            if not into.is_dir():  # Else another worker was first.
                raise


@pytest.fixture(scope="session")
def botocore_source(request: pytest.FixtureRequest) -> Path:
    """A folder with the suites, downloaded once."""
    folder = request.config.cache.mkdir("botocore") / version("botocore")
    if not folder.is_dir():
        fetched(folder)
    return folder
