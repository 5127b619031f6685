"""Users of the console, their sessions and login links, as the database keeps them. Times are ms since the epoch.

Tokens are not among what is kept: a session and a link are found by the SHA-256 of theirs.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, or_, select

from vedette.findings.schema import console_link, console_session, console_user


class ConsoleUser(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in to the console."""

    name: str
    account: str
    role: Literal["admin", "analyst"]
    password: str
    """Argon2id's hash, with its salt and parameters."""
    created: int
    visited: int | None = None
    """When the user was last seen."""


class ConsoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """A user who has signed in."""

    digest: bytes
    name: str
    created: int
    used: int
    """When it was last used, to within some minutes."""
    last_visit: int | None
    """When the user was last seen before."""


class SignedIn(NamedTuple):
    """A session and whose it is."""

    session: ConsoleSession
    user: ConsoleUser


_USER = [console_user.c[name] for name in ConsoleUser.__struct_fields__]
_SESSION = [console_session.c[name] for name in ConsoleSession.__struct_fields__]


class ConsoleUserReader:
    """What can be asked of the console's users, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def console_users(self) -> list[ConsoleUser]:
        """All users, by name."""
        with self._connected() as connection:
            return [_user(row) for row in connection.execute(select(*_USER).order_by(console_user.c.name))]

    def console_user(self, name: str) -> ConsoleUser | None:
        """The user of that name, if there is one."""
        with self._connected() as connection:
            row = connection.execute(select(*_USER).where(console_user.c.name == name)).first()
        return None if row is None else _user(row)

    def console_session(self, digest: bytes) -> SignedIn | None:
        """The session whose token has that digest, ended or not."""
        query = (
            select(*_SESSION, *_USER).join_from(console_session, console_user, console_user.c.name ==
                                                console_session.c.name)
            .where(console_session.c.digest == digest))
        with self._connected() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        session = dict(zip(ConsoleSession.__struct_fields__, row, strict=False))
        return SignedIn(ConsoleSession(**session), _user(row[len(_SESSION):]))


class ConsoleUserWriter(ConsoleUserReader):
    """Changes to them, in a transaction."""

    def add_console_user(self, user: ConsoleUser) -> None:
        """Keep a user whose name nobody has yet."""
        with self._connected() as connection:
            connection.execute(console_user.insert().values(msgspec.structs.asdict(user)))

    def remove_console_user(self, name: str) -> bool:
        """Forget a user, the user's sessions and links. False: there was none."""
        with self._connected() as connection:
            for table in (console_session, console_link):
                connection.execute(delete(table).where(table.c.name == name))
            return bool(connection.execute(delete(console_user).where(console_user.c.name == name)).rowcount)

    def start_console_session(self, session: ConsoleSession) -> None:
        """Keep a new session; its user is seen."""
        with self._connected() as connection:
            connection.execute(console_session.insert().values(msgspec.structs.asdict(session)))
            self._seen(connection, session.name, session.created)

    def use_console_session(self, digest: bytes, name: str, now: int) -> None:
        """Note that a session was used now, and its user seen."""
        with self._connected() as connection:
            connection.execute(
                console_session.update().where(console_session.c.digest == digest).values(used=now))
            self._seen(connection, name, now)

    def end_console_session(self, digest: bytes) -> bool:
        """Forget a session. False: there was none."""
        with self._connected() as connection:
            return bool(connection.execute(
                delete(console_session).where(console_session.c.digest == digest)).rowcount)

    def end_console_sessions(self, created_before: int, used_before: int) -> None:
        """Forget the sessions that were begun, or last used, before these times."""
        old = or_(console_session.c.created < created_before, console_session.c.used < used_before)
        with self._connected() as connection:
            connection.execute(delete(console_session).where(old))

    def end_every_console_session(self) -> None:
        """Forget all sessions and login links."""
        with self._connected() as connection:
            connection.execute(delete(console_session))
            connection.execute(delete(console_link))

    def change_console_password(self, name: str, password: str) -> None:
        """Keep another hash of a user; the user's sessions and login links end."""
        with self._connected() as connection:
            for table in (console_session, console_link):
                connection.execute(delete(table).where(table.c.name == name))
            connection.execute(console_user.update().where(console_user.c.name == name).values(password=password))

    def add_console_link(self, digest: bytes, name: str, expires: int) -> None:
        """Keep a login link of a user."""
        with self._connected() as connection:
            connection.execute(console_link.insert().values(digest=digest, name=name, expires=expires))

    def take_console_link(self, digest: bytes, now: int) -> str | None:
        """Whose login link it is, once: it is forgotten, and with it those that have expired. None: it is none."""
        with self._connected() as connection:
            connection.execute(delete(console_link).where(console_link.c.expires <= now))
            name = connection.scalar(select(console_link.c.name).where(console_link.c.digest == digest))
            connection.execute(delete(console_link).where(console_link.c.digest == digest))
        return name

    @staticmethod
    def _seen(connection: Connection, name: str, now: int) -> None:
        connection.execute(console_user.update().where(console_user.c.name == name).values(visited=now))


def _user(row: object) -> ConsoleUser:
    return ConsoleUser(**dict(zip(ConsoleUser.__struct_fields__, row, strict=True)))  # type: ignore[call-overload]
