"""Database servers as Debian has them, with the logging that RDS uses, and clients that come from where one likes."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from tests.conftest import server_binaries, unprivileged

PASSWORD = "right"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def coming_from(source: str, port: int) -> Iterator[int]:
    """A port whose connections are passed on to a server's from another loopback address: no client can choose its."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_pass_all_on, args=(listener, source, port), daemon=True).start()
        yield int(listener.getsockname()[1])


def _pass_all_on(listener: socket.socket, source: str, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port), source_address=(source, 0))
        except OSError:
            return
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def touch(source: str, port: int) -> None:
    """A connection that is opened and closed."""
    with socket.create_connection(("127.0.0.1", port), source_address=(source, 0)):
        time.sleep(0.1)


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """A folder that whoever runs the server can reach."""
    folder = Path(tempfile.mkdtemp(prefix="vedette-db-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """What both have in common."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.user = folder, free_port(), unprivileged()
        folder.chmod(0o755)
        if self.user:
            shutil.chown(folder, self.user)

    def run(self, arguments: Sequence[str | Path], *, check: bool = True, **environment: str) -> None:
        subprocess.run(
            [str(one) for one in arguments], check=check, user=self.user, cwd=self.folder, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.folder)} | environment)


    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.stop()

    def stop(self) -> None:
        raise NotImplementedError


class PostgreSQL(Server):
    """``log_line_prefix``, ``log_connections`` and pgaudit as on RDS."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        super().__init__(folder)
        self.binaries, self.log = binaries, folder / "postgresql.log"
        self.run([binaries / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-locale", "-N"])
        (folder / "data" / "pg_hba.conf").write_text(
            "local all all trust\nhost shop all 127.0.0.0/8 scram-sha-256\n", encoding="utf-8")
        options = (
            f"-h 127.0.0.1 -p {self.port} -k {folder} -c fsync=off -c shared_preload_libraries=pgaudit "
            "-c pgaudit.log=read,write,ddl -c pgaudit.log_rows=on -c log_connections=on -c log_disconnections=on "
            "-c log_line_prefix=%t:%r:%u@%d:[%p]: -c log_timezone=UTC")
        self.run([binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", self.log, "-o", options, "start"])

    def administer(self, *statements: str, database: str = "shop") -> None:
        """On the host itself."""
        self.run([self.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port),
                  "-U", "postgres", database, *(part for one in statements for part in ("-c", one))])

    def psql(self, source: str, *statements: str, user: str = "app", password: str = PASSWORD,
             database: str = "shop") -> None:
        """A client's session; that it is not let in is its own affair."""
        with coming_from(source, self.port) as port:
            self.run([self.binaries / "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", user, database,
                      *(part for one in statements for part in ("-c", one))], check=False, PGPASSWORD=password)

    def dump(self, source: str) -> None:
        with coming_from(source, self.port) as port:
            self.run([self.binaries / "pg_dump", "-h", "127.0.0.1", "-p", str(port), "-U", "app", "shop"],
                     PGPASSWORD=PASSWORD)

    def stop(self) -> None:
        self.run([self.binaries / "pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "stop"], check=False)


def postgres_with_pgaudit() -> Path | str:
    """Where the programs are of a server that has pgaudit, or why there is none."""
    for binaries in server_binaries():
        library = binaries.resolve().parent / "lib" / "pgaudit.so"
        if (binaries / "initdb").exists() and (binaries / "pg_dump").exists() and library.exists():
            return binaries
    return "no PostgreSQL server with pgaudit is here (Debian: postgresql, postgresql-15-pgaudit)"


class MariaDB(Server):
    """``server_audit``, which RDS has for MySQL as well, and an error log with its warnings."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.audit, self.errors, self.socket = folder / "audit.log", folder / "error.log", folder / "m.sock"
        self.run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--skip-test-db",
                  "--auth-root-authentication-method=normal"])
        command = [
            "mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--socket={self.socket}", f"--port={self.port}",
            "--bind-address=127.0.0.1", f"--log-error={self.errors}", "--log-warnings=2", "--skip-name-resolve",
            "--plugin-load-add=server_audit", "--server-audit-logging=ON", "--server-audit-events=CONNECT,QUERY",
            f"--server-audit-file-path={self.audit}", f"--pid-file={folder}/pid"]
        self._process = subprocess.Popen(
            command, user=self.user, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={"PATH": f"{os.environ['PATH']}:/usr/sbin", "TZ": "UTC", "LC_ALL": "C"})
        for _ in range(300):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.administer("SELECT 1")
                return
            time.sleep(0.1)
        raise TimeoutError("the server does not start")

    def administer(self, *statements: str) -> None:
        """On the host itself."""
        self.run(["mariadb", "--no-defaults", "-S", self.socket, "-u", "root", "-e", "; ".join(statements)])

    def client(self, source: str, *statements: str, user: str = "app", password: str = PASSWORD) -> None:
        """A client's session; that it is not let in is its own affair."""
        with coming_from(source, self.port) as port:
            self.run(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(port), "-u", user, f"-p{password}",
                      "shop", "-e", "; ".join(statements)], check=False)

    def dump(self, source: str) -> None:
        with coming_from(source, self.port) as port:
            self.run(["mariadb-dump", "--no-defaults", "-h", "127.0.0.1", "-P", str(port), "-u", "app", f"-p{PASSWORD}",
                      "shop"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)


def mariadb_server() -> str:
    """Why there is none; empty: there is."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [one for one in ("mariadbd", "mariadb", "mariadb-dump", "mariadb-install-db")
               if not shutil.which(one, path=path)]
    plugin = Path("/usr/lib/mysql/plugin/server_audit.so")
    return f"no MariaDB server is here (Debian: mariadb-server): {', '.join(missing) or plugin}" if (
        missing or not plugin.exists()) else ""
