"""What an operation is to the server: a function of a caller's context and the request's members."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from vedette.api.errors import UNKNOWN_DETECTOR, BadRequest
from vedette.findings.activity import NOBODY, Person
from vedette.findings.configuration import DetectorSettings
from vedette.findings.store import Store

if TYPE_CHECKING:
    from vedette.engine.history import History
    from vedette.engine.history_archive import Archive
    from vedette.engine.scoped import Scopes
    from vedette.engine.service import Progress

Role = Literal["admin", "analyst", "ingest"]


class Followed(NamedTuple):
    """A source that the server reads."""

    kind: str
    """As the configuration file has it: folder, s3, queue, cloudwatch, push."""
    endpoint_url: str | None
    """Of another AWS than Amazon's."""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs beside the API in the same server; of an API alone, nothing does."""

    progress: Callable[[], Sequence[Progress]] = tuple
    """How far the sources are read."""
    failing: Callable[[], Mapping[str, str]] = dict
    """Destinations that do not work, and why."""
    sources: Mapping[str, Followed] = field(default_factory=dict)
    """By name."""
    history: History | None = None
    history_days: int = 0
    archive: Archive | None = None
    """Where hours of the history were moved to."""
    knowledge: Callable[[], Scopes] | None = None
    """What is known now, by account and Region; None: nothing."""


@dataclass(frozen=True, slots=True)
class Access:
    """What is known of who came in."""

    key_uses: Callable[[], Mapping[str, int]] = dict
    """When (ms) access keys were last used, by their ids."""
    audit_log: Path | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, and what there is to answer from."""

    account: str
    region: str
    role: Role
    store: Store
    clock: Callable[[], int]
    """Milliseconds since the epoch."""
    destinations: tuple[str, ...] = ()
    """As `vedette.engine.commit.Service.destinations`: those that take the findings of all accounts and Regions."""
    management_account: str = ""
    """The organization's management account, as the server's configuration names it; empty when it names none. Nobody
    becomes it by asking."""
    running: Running = Running()
    person: Person = NOBODY
    """Who asks, to be named beside what is done with a finding."""
    access: Access = Access()

    def detector(self, detector_id: str) -> DetectorSettings:
        """The caller's detector of that id.

        Raises:
            BadRequest: it is not the caller's, word for word as GuardDuty says it.
        """
        found = self.store.configuration(DetectorSettings, self.account, self.region, detector_id)
        if found is None:
            raise BadRequest(UNKNOWN_DETECTOR)
        return found


Handler = Callable[..., dict[str, Any] | None]
"""``handler(context, **members)`` with the members of the request in snake_case (`botocore.xform_name`), those that
were not sent left out; what it returns has the response's members as the model names them (``DetectorId``)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is served."""

    handler: Handler
    changes: bool
    """It changes something: the audit log tells of it, and an analyst may not."""
    from_outside: bool = False
    """It answers from more than the request, the database and the time."""
    admins_only: bool = False
    """It shows what is not an account's alone: an analyst may not."""
    for_analysts: bool = False
    """It changes something, and an analyst may."""


_OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, changes: bool) -> Callable[[Handler], Handler]:
    """Serve the operation of that name, as the service model spells it, by the function."""

    def served(handler: Handler) -> Handler:
        if name in _OPERATIONS:
            raise ValueError(f"{name} is served twice")
        _OPERATIONS[name] = Operation(handler, changes)
        return handler

    return served


@cache
def operations() -> Mapping[str, Operation]:
    """Every operation that is served, by name."""
    import vedette.api.operations as group

    for module in pkgutil.iter_modules(group.__path__):
        importlib.import_module(f"{group.__name__}.{module.name}")
    return dict(_OPERATIONS)
