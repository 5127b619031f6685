"""Access keys: made, listed, revoked, and looked up for every request.

A secret is sealed (AES-GCM) with the key file before it is kept, bound to its id, account and role: who can write the
database but not read the key file makes no key, and no more of one.
"""

from __future__ import annotations

import base64
import math
import os
import re
import secrets
import stat
import string
import threading
import time
from pathlib import Path
from typing import get_args

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vedette.api.key_uses import KeyUses
from vedette.api.operation import Role
from vedette.errors import VedetteError
from vedette.findings.configuration import EVERYWHERE, ApiKey
from vedette.findings.store import Store

KEY_FILE = "vedette.key"
"""The key file's name in the state folder."""

FRESH = 1.0
"""Seconds after which a key that was revoked is not good any more."""

_LOOKS = 20
"""How often in a second the database is asked for a key that is not at hand: it may be new, or guessed."""

_ID_LETTERS = string.ascii_uppercase + "234567"
_SECRET_LETTERS = string.ascii_letters + string.digits + "+/"
_NONCE = 12
_ROLES: dict[str, Role] = {role: role for role in get_args(Role)}

_log = structlog.get_logger(__name__)


class AccessKeyError(VedetteError):
    """An access key, or the key file, cannot be used."""


class StaleKeysError(Exception):
    """The keys must be read again first: `KeyRing.refresh`, which asks the database."""


class Sealer:
    """Seals secrets with a key file."""

    def __init__(self, key_file: Path) -> None:
        """Read the key file, or make it where there is none.

        Raises:
            AccessKeyError: it cannot be read or made, others can read it, or it is no key file.
        """
        self._where = str(key_file)
        self._cipher = AESGCM(_key(key_file))

    def seal(self, key_id: str, account: str, role: Role, secret: str) -> str:
        """The secret as the store keeps it."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, secret.encode(), _bound(key_id, account, role))
        return base64.b64encode(nonce + sealed).decode()

    def open(self, key: ApiKey) -> str:
        """The secret of a key.

        Raises:
            AccessKeyError: it was sealed with another key file, or its row was changed.
        """
        try:
            sealed = base64.b64decode(key.sealed, validate=True)
            bound = _bound(key.id, key.account, key.role)
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound).decode()
        except (InvalidTag, ValueError):
            raise AccessKeyError(
                f"does not open the access key {key.id}: it was sealed with another key file; give that one, or revoke "
                "the access key and create a new one", where=self._where) from None


class KeyRing:
    """The access keys of a store, at hand. Any thread may ask."""

    def __init__(self, store: Store, key_file: Path) -> None:
        """Raises AccessKeyError as `Sealer` does."""
        self._store = store
        self._sealer = Sealer(key_file)
        self._loading = threading.Lock()
        self._loaded = self._counted = -math.inf
        self._looks = 0
        self._opened: dict[str, tuple[ApiKey, str]] = {}
        self.uses = KeyUses(store)

    def refresh(self) -> None:
        """Read the keys again.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database does not answer.
        """
        asked = time.monotonic()
        with self._loading:
            if self._loaded > asked:
                return
            now = time.monotonic()
            before, opened = self._opened, {}
            for key in self._store.configured(ApiKey):
                if key.revoked:
                    continue
                known = before.get(key.id)
                if known is not None and known[0] == key:
                    opened[key.id] = known
                    continue
                try:
                    opened[key.id] = key, self._sealer.open(key)
                except AccessKeyError as error:
                    _log.error("an access key cannot be used", access_key_id=key.id, reason=str(error))
            self._opened, self._loaded = opened, now

    def secret_of(self, key_id: str) -> str | None:
        """The secret of an access key; None when there is no such key, or it was revoked.

        Raises:
            StaleKeysError: what is at hand is too old to say so.
        """
        now = time.monotonic()
        if now - self._loaded >= FRESH:
            raise StaleKeysError
        if key_id not in self._opened:
            if now - self._counted >= 1.0:
                self._counted, self._looks = now, 0
            self._looks += 1
            if self._looks <= _LOOKS:
                raise StaleKeysError
        return self.last_secret_of(key_id)

    def last_secret_of(self, key_id: str) -> str | None:
        """The same as of the last `refresh`, however long ago."""
        found = self._opened.get(key_id)
        return None if found is None else found[1]

    def key(self, key_id: str) -> ApiKey | None:
        """The access key itself, as of the last `refresh`."""
        found = self._opened.get(key_id)
        return None if found is None else found[0]


def create(store: Store, sealer: Sealer, account: str, role: str, name: str, now: int) -> tuple[ApiKey, str]:
    """A new access key and its secret, which nothing tells a second time.

    Args:
        account: whose findings and configuration it opens, twelve digits.
        role: admin may do everything, analyst triage findings and change nothing else, ingest only deliver logs.
        name: whose it is, for people.
        now: milliseconds since the epoch.

    Raises:
        AccessKeyError: the account, the role or the name cannot be used.
    """
    if not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise AccessKeyError(f"{account!r} is no AWS account: give its twelve digits")
    checked = _ROLES.get(role)
    if checked is None:
        raise AccessKeyError(f"{role!r} is no role: give admin, analyst or ingest")
    if len(name) > 128 or not name.isprintable():
        raise AccessKeyError("the name must have at most 128 characters, all printable")
    key_id = "AKIA" + "".join(secrets.choice(_ID_LETTERS) for _ in range(16))
    secret = "".join(secrets.choice(_SECRET_LETTERS) for _ in range(40))
    key = ApiKey(account=account, region=EVERYWHERE, id=key_id, created=now, updated=now, role=checked, name=name,
                 sealed=sealer.seal(key_id, account, checked, secret))
    with store.transaction() as batch:
        batch.configure(key)
    return key, secret


def revoke(store: Store, key_id: str, now: int) -> ApiKey:
    """End an access key for good. It stays in the list, and refused.

    Raises:
        AccessKeyError: there is no such key, or it was revoked before.
    """
    with store.transaction() as batch:
        found = [key for key in batch.configured(ApiKey) if key.id == key_id]
        if not found:
            raise AccessKeyError(f"there is no access key {key_id!r}: `vedette keys list` names them")
        if found[0].revoked:
            raise AccessKeyError(f"the access key {key_id} was revoked before")
        found[0].revoked = found[0].updated = now
        found[0].sealed = ""
        batch.configure(found[0])
    return found[0]


def every(store: Store) -> list[ApiKey]:
    """All access keys, revoked ones too, in the order in which they were made."""
    return store.configured(ApiKey)


def _bound(key_id: str, account: str, role: Role) -> bytes:
    return f"{key_id}/{account}/{role}".encode()


def _key(file: Path) -> bytes:
    try:
        try:
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            _make(file)
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as opened:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            if mode & 0o077:
                raise AccessKeyError(f"others can read the key file (mode {mode:o}): chmod 600 it", where=str(file))
            text = opened.read(100)
    except OSError as error:
        raise AccessKeyError(f"the key file cannot be used: {error.strerror}", where=str(file)) from error
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise AccessKeyError("is no key file of Vedette: it must hold 32 bytes in base64", where=str(file))
    return key


def _make(file: Path) -> None:
    """The file appears whole or not at all, and the first of several makers wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
            opened.flush()
            os.fsync(descriptor)
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
