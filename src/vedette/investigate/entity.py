"""What can be looked into: an address, a principal, an instance and so on, each named as logs and findings name it."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Literal

import msgspec

from vedette.errors import VedetteError

LONGEST = 1000
"""Characters of a value at most: a criterion's pattern has some more."""

Role = Literal["actor", "resource", "other"]
"""What an entity is in a finding."""


class EntityKind(StrEnum):
    """What an entity is."""

    IP = "ip"
    PRINCIPAL = "principal"
    """An ARN: of a user, a root, a role (all of its sessions), or an id (``AIDA…``, ``AROA…``)."""
    ROLE_SESSION = "role-session"
    """An ARN ``arn:aws:sts::…:assumed-role/role/session``, or ``AROA…:session``."""
    ACCESS_KEY = "access-key"
    USER_AGENT = "user-agent"
    INSTANCE = "instance"
    INTERFACE = "interface"
    BUCKET = "bucket"
    CLUSTER = "cluster"
    KUBERNETES_USER = "kubernetes-user"
    POD = "pod"
    """``namespace/name``."""
    DATABASE = "database"
    """An instance's or a cluster's identifier."""
    DATABASE_USER = "database-user"
    FUNCTION = "function"
    """A function's name."""
    DOMAIN = "domain"
    """A name, and all names below it."""
    ACCOUNT = "account"


class Entity(msgspec.Struct, frozen=True, order=True):
    """Something that logs and findings name."""

    kind: EntityKind
    value: str


class Named(msgspec.Struct, frozen=True, order=True):
    """An entity, and what it is in a finding."""

    kind: EntityKind
    value: str
    role: Role

    @property
    def entity(self) -> Entity:
        """Itself, whatever it is there."""
        return Entity(self.kind, self.value)


def entity_of(kind: str, value: str) -> Entity:
    """An entity as somebody asks for it; its value as the logs write it.

    Raises:
        VedetteError: there is no such kind, or the value can be none of it.
    """
    try:
        known = EntityKind(kind)
    except ValueError:
        raise VedetteError(f"is no kind of entity: give {', '.join(EntityKind)}", where=kind[:100]) from None
    told = value.strip()
    if not told or len(told) > LONGEST:
        raise VedetteError(f"an entity's value has 1 to {LONGEST} characters", where=known)
    match known:
        case EntityKind.IP:
            try:
                told = str(ipaddress.ip_address(told))
            except ValueError:
                raise VedetteError("is no IP address", where=told[:100]) from None
        case EntityKind.ACCOUNT:
            if not (told.isascii() and told.isdigit() and len(told) == 12):
                raise VedetteError("is no account id: it has 12 digits", where=told[:100])
        case EntityKind.DOMAIN:
            told = told.rstrip(".").lower()
        case EntityKind.FUNCTION if told.startswith("arn:"):
            told = function_name(told)
        case EntityKind.BUCKET if told.startswith("arn:"):
            told = told.rpartition(":")[2].partition("/")[0]
    if not told:
        raise VedetteError("says nothing", where=known)
    return Entity(known, told)


def function_name(arn: str) -> str:
    """The name in a function's ARN, without its version."""
    return arn.partition(":function:")[2].partition(":")[0]
