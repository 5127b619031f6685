"""How the store keeps what is configured: one row a thing, its JSON beside what it is looked up by."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, select

from vedette.findings import schema
from vedette.findings.configuration import C, Configured

_TABLE = schema.configuration


def _where(*names: str) -> tuple[ColumnElement[bool], ...]:
    return tuple(_TABLE.c[name] == bindparam(f"the_{name}") for name in names)


# Statements are made once: making one takes longer than asking it.
_ONE = _where("kind", "account", "region", "id")
_READ = select(_TABLE.c.document).where(*_ONE)
_CHANGED = _TABLE.update().where(*_ONE).values(document=bindparam("document"))
_ADDED = _TABLE.insert().values({name: bindparam(name) for name in (
    "kind", "account", "region", "id", "seq", "document")})
_FORGOTTEN = delete(_TABLE).where(*_ONE)
_LAST = select(func.max(_TABLE.c.seq))


class ConfigurationReader:
    """What can be asked of the configuration, in a transaction or outside."""

    def _connected(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def configured(self, kind: type[C], account: str | None = None, region: str | None = None) -> list[C]:
        """All things of a kind (of an account, of a Region), in the order in which they were made."""
        given = {"the_kind": kind.KIND, "the_account": account, "the_region": region}
        given = {name: value for name, value in given.items() if value is not None}
        with self._connected() as connection:
            texts = connection.scalars(_all(*(name.removeprefix("the_") for name in given)), given)
            return [_decoder(kind).decode(text) for text in texts]

    def configuration(self, kind: type[C], account: str, region: str, id: str) -> C | None:  # noqa: A002
        """One thing, if there is such."""
        with self._connected() as connection:
            text = connection.scalar(_READ, _is(kind, account, region, id))
        return None if text is None else _decoder(kind).decode(text)

    def content(self, digest: str) -> bytes | None:
        """The bytes that `ConfigurationWriter.keep_content` was given."""
        with self._connected() as connection:
            return connection.scalar(select(schema.content.c.data).where(schema.content.c.digest == digest))


class ConfigurationWriter(ConfigurationReader):
    """Changes to the configuration, in a transaction."""

    def configure(self, thing: Configured) -> None:
        """Keep a thing, new or in place of the one with its kind, account, Region and id."""
        place = _is(type(thing), thing.account, thing.region, thing.id)
        document = msgspec.json.encode(thing).decode()
        with self._connected() as connection:
            done = connection.execute(_CHANGED, place | {"document": document})
            if not done.rowcount:
                last = connection.scalar(_LAST) or 0
                connection.execute(_ADDED, {
                    "kind": thing.KIND, "account": thing.account, "region": thing.region, "id": thing.id,
                    "seq": last + 1, "document": document})

    def unconfigure(self, kind: type[Configured], account: str, region: str, id: str) -> bool:  # noqa: A002
        """Forget a thing. False: there was none."""
        with self._connected() as connection:
            return bool(connection.execute(_FORGOTTEN, _is(kind, account, region, id)).rowcount)

    def keep_content(self, data: bytes) -> str:
        """Keep bytes, as a list's; returns the digest they are found by."""
        digest = sha256(data).hexdigest()
        if self.content(digest) is None:
            with self._connected() as connection:
                connection.execute(schema.content.insert().values(digest=digest, data=data))
        return digest

    def drop_content(self, digest: str) -> None:
        """Forget bytes."""
        with self._connected() as connection:
            connection.execute(delete(schema.content).where(schema.content.c.digest == digest))


def _is(kind: type[Configured], account: str, region: str, thing: str) -> dict[str, str]:
    """Values of `_ONE`."""
    return {"the_kind": kind.KIND, "the_account": account, "the_region": region, "the_id": thing}


@cache
def _all(*names: str) -> Select[Any]:
    return select(_TABLE.c.document).where(*_where(*names)).order_by(_TABLE.c.seq)


@cache
def _decoder(kind: type[C]) -> msgspec.json.Decoder[C]:
    return msgspec.json.Decoder(kind)
