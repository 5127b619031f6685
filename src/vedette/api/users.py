"""Console users: made, listed, removed, given login links; and whether a password is theirs."""

from __future__ import annotations

import re
import secrets
import unicodedata
from hashlib import sha256
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vedette.errors import VedetteError
from vedette.findings.console_users import ConsoleUser
from vedette.findings.store import Store

ConsoleRole = Literal["admin", "analyst"]

SHORTEST, LONGEST = 12, 1024
"""Characters of a password."""

LINK_GOOD = 600_000
"""How long (ms) a login link is good."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)
_ROLES: dict[str, ConsoleRole] = {role: role for role in get_args(ConsoleRole)}


class ConsoleUserError(VedetteError):
    """A console user cannot be made, removed or found."""


class Passwords:
    """Hashes passwords by Argon2id, and compares. Takes a tenth of a second of a core, and 64 MiB."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobodys = ""

    def hashed(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(_normal(password))

    def is_right(self, password: str, user: ConsoleUser | None) -> bool:
        """It is the user's. For nobody's, which none is, it takes as long."""
        if not self._nobodys:
            self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        try:
            self._hasher.verify(self._nobodys if user is None else user.password, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return user is not None


def is_name(text: str) -> bool:
    """A user can have that name."""
    return _NAME.fullmatch(text) is not None


def digest_of(token: str) -> bytes:
    """What is kept of a session's or a link's token."""
    return sha256(token.encode()).digest()


def create_user(store: Store, name: str, account: str, role: str, password: str, now: int) -> ConsoleUser:
    """A new user.

    Args:
        name: what the user signs in with.
        account: whose findings and configuration the user sees, twelve digits.
        role: admin may do everything, analyst triage findings and change nothing else.
        password: at least `SHORTEST` characters.
        now: milliseconds since the epoch.

    Raises:
        ConsoleUserError: one of these cannot be used, or there is such a user.
    """
    if not is_name(name):
        raise ConsoleUserError(f"{name[:80]!r} cannot be a user's name: give at most 64 letters, digits and any of "
                               "`. _ @ + -`, a letter or digit first")
    if not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise ConsoleUserError(f"{account[:80]!r} is no AWS account: give its twelve digits")
    checked = _ROLES.get(role)
    if checked is None:
        raise ConsoleUserError(f"{role[:80]!r} is no role of a user: give admin or analyst")
    refuse_length(password)
    user = ConsoleUser(name=name, account=account, role=checked, password=Passwords().hashed(password), created=now)
    with store.transaction() as batch:
        if batch.console_user(name) is not None:
            raise ConsoleUserError(f"there is a user {name} already: `vedette users remove` removes one")
        batch.add_console_user(user)
    return user


def refuse_length(password: str) -> None:
    """Refuse a password that is too short or too long.

    Raises:
        ConsoleUserError: it is.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConsoleUserError(f"the password has {len(password)} characters: give {SHORTEST} to {LONGEST}")


def remove_user(store: Store, name: str) -> None:
    """Forget a user; sessions and login links end.

    Raises:
        ConsoleUserError: there is none of that name.
    """
    with store.transaction() as batch:
        if not batch.remove_console_user(name):
            raise _nobody(name)


def new_link(store: Store, name: str, now: int) -> str:
    """The token of a login link of a user: good once, for `LINK_GOOD`.

    Raises:
        ConsoleUserError: there is none of that name.
    """
    token = secrets.token_urlsafe(32)
    with store.transaction() as batch:
        if batch.console_user(name) is None:
            raise _nobody(name)
        batch.add_console_link(digest_of(token), name, now + LINK_GOOD)
    return token


def _nobody(name: str) -> ConsoleUserError:
    return ConsoleUserError(f"there is no user {name[:80]!r}: `vedette users list` names them")


def _normal(password: str) -> bytes:
    """One and the same however a keyboard composes its letters."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
