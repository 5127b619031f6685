"""``vedette users``: who may sign in to the console."""

from __future__ import annotations

import getpass
import time
from typing import TextIO

from rich.console import Console
from rich.table import Table

from vedette.api.users import LINK_GOOD, LONGEST, ConsoleUserError, create_user, new_link, remove_user
from vedette.commands.state import opened, opened_or_made
from vedette.logs.times import format_time

LOGIN = "/login#token="
"""The console's page that takes a login link's token, which a browser sends to no server."""


def add_user(state: str, name: str, account: str, role: str, given: TextIO, out: TextIO, notes: TextIO) -> None:
    """Make a user with the password that the terminal asks for, or that ``given`` holds where it is none.

    A state that is not there yet is made, which ``notes`` is told.

    Raises:
        ConsoleUserError: something cannot be used, or there is such a user.
        StoreError: the state cannot be opened.
    """
    password = _password(name, given)
    with opened_or_made(state, notes) as store:
        user = create_user(store, name, account, role, password, _now())
    print(f"{user.name} may sign in to the console: {user.role} of {user.account}", file=out)


def list_users(state: str, out: TextIO) -> None:
    """Print every user."""
    with opened(state) as store:
        users = store.console_users()
    table = Table("name", "account", "role", "created", "last seen", box=None, pad_edge=False)
    for one in users:
        table.add_row(one.name, one.account, one.role, format_time(one.created),
                      "never" if one.visited is None else format_time(one.visited))
    Console(file=out, width=140, markup=False, highlight=False).print(table)


def drop_user(state: str, name: str, out: TextIO) -> None:
    """Forget a user.

    Raises:
        ConsoleUserError: there is none of that name.
    """
    with opened(state) as store:
        remove_user(store, name)
    print(f"removed {name}: a running server ends the sessions within a second", file=out)


def print_link(state: str, name: str, url: str, out: TextIO) -> None:
    """Print a link that signs a user in.

    Raises:
        ConsoleUserError: there is none of that name.
    """
    with opened(state) as store:
        token = new_link(store, name, _now())
    print(f"{url.rstrip('/')}{LOGIN}{token}\nIt signs {name} in once, within {LINK_GOOD // 60_000} minutes.", file=out)


def _password(name: str, given: TextIO) -> str:
    if not given.isatty():
        return given.readline(LONGEST + 2).rstrip("\r\n")
    password = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("The same again: ") != password:
        raise ConsoleUserError("the two passwords are not the same: nothing was made")
    return password


def _now() -> int:
    return time.time_ns() // 1_000_000
