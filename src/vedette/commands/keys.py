"""``vedette keys``: access keys for the server's API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from vedette.api.keys import KEY_FILE, AccessKeyError, Sealer, create, every, revoke
from vedette.commands.state import opened, opened_or_made
from vedette.logs.times import format_time


def create_key(
    state: str, key_file: Path | None, account: str, role: str, name: str, out: TextIO, notes: TextIO,
) -> None:
    """Make an access key and print it with its secret, as AWS's own tools read them.

    A state that is not there yet is made, which ``notes`` is told: the folder may be mistyped.

    Raises:
        AccessKeyError: the account, role or name is none, or the key file cannot be used.
        StoreError: the state cannot be opened.
    """
    sealer = Sealer(key_file_of(state, key_file))
    with opened_or_made(state, notes) as store:
        key, secret = create(store, sealer, account, role, name, _now())
    print(f"aws_access_key_id = {key.id}\naws_secret_access_key = {secret}", file=out)


def list_keys(state: str, out: TextIO) -> None:
    """Print every access key, without secrets."""
    with opened(state) as store:
        keys = every(store)
    table = Table("access key id", "account", "role", "name", "created", "revoked", box=None, pad_edge=False)
    for key in keys:
        table.add_row(key.id, key.account, key.role, key.name, format_time(key.created),
                      format_time(key.revoked) if key.revoked else "")
    Console(file=out, width=140, markup=False, highlight=False).print(table)


def revoke_key(state: str, key_id: str, out: TextIO) -> None:
    """End an access key.

    Raises:
        AccessKeyError: there is no such key, or it was revoked before.
    """
    with opened(state) as store:
        revoke(store, key_id, _now())
    print(f"revoked {key_id}: a running server refuses it within a second", file=out)


def key_file_of(state: str, given: Path | None) -> Path:
    """The key file: the one given, else that of the state folder.

    Raises:
        AccessKeyError: the state is a database somewhere else, and no file was given.
    """
    if given is not None:
        return given
    if "://" in state:
        raise AccessKeyError("a database has no folder for the key file: give --key-file, the same that the server has")
    return Path(state) / KEY_FILE


def _now() -> int:
    return time.time_ns() // 1_000_000
