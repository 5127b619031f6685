"""How a detector file declares itself: a judgement, and which records it wants to see.

There are two shapes. A **plain** detector looks at one record: ``judge(record, known)``. A **keyed** one remembers:
it is given one key's records in event-time order and a memory that the engine keeps. Neither reads a clock, a file or
a network; both say with ``on=`` which records they want, so that a record meets only what could fire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import msgspec

from vedette.detectors.finding_type import FindingType
from vedette.detectors.known import Known
from vedette.detectors.signal import Evidence, Signal
from vedette.errors import CatalogueError
from vedette.logs.kinds import LogKind

if TYPE_CHECKING:
    import polars as pl

    from vedette.logs.cloudtrail import ApiCall
    from vedette.logs.eks_audit import KubeCall

R = TypeVar("R")
M = TypeVar("M", bound="Memory")

FrameSelect = Callable[["pl.LazyFrame", Known], "pl.LazyFrame"]


@dataclass(frozen=True, slots=True)
class CallsNamed:
    """CloudTrail records of one service with one of these names."""

    source: str
    names: frozenset[str]
    kind: ClassVar[LogKind] = LogKind.CLOUDTRAIL


@dataclass(frozen=True, slots=True)
class CallsWhere:
    """CloudTrail records in which a field's value passes a test; the test is asked once for each distinct value."""

    field: str
    test: Callable[[str, Known], bool]
    kind: ClassVar[LogKind] = LogKind.CLOUDTRAIL


class Session(NamedTuple):
    """A role session, and where a call of it comes from; empty where the record does not say."""

    principal_id: str
    """``AROA…:name of the session``"""
    account: str
    """Whose session it is."""
    source_ip: str
    endpoint: str
    """The VPC endpoint that the call came through."""
    endpoint_account: str


@dataclass(frozen=True, slots=True)
class SessionsWhere:
    """CloudTrail records of role sessions that pass a test, which is asked once for each session and place."""

    test: Callable[[Session, Known], bool]
    kind: ClassVar[LogKind] = LogKind.CLOUDTRAIL


SPAN = 6 * 3600
"""Seconds of a part of the day, within which calls that are alike are told once."""


@dataclass(frozen=True, slots=True)
class CallsUnlike:
    """CloudTrail records, of those that are alike within a part of the day (`SPAN`) the first.

    Who calls again and again from one place what he called before is told once: enough for what counts days. How often
    he called is not told, but for a sample. Records come without request, response and other documents.
    """

    alike: Callable[[ApiCall, Known], tuple[str, ...] | None]
    """What is the same of calls that are alike; None: not of interest. It may look at who calls, from where, with what
    program, in which Region, of what service, which API, and with what error."""
    about: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Service → the parameters of a request that ``alike`` looks at besides (``bucketName``). Records of the service
    come with these, and with their ``additionalEventData``."""
    counted: Callable[[ApiCall], bool] | None = None
    """Of the services in ``about``, calls that come though they are not the first: a sample, for what counts calls. It
    depends on nothing but the record, so that the same calls are counted however records are split and read."""
    kind: ClassVar[LogKind] = LogKind.CLOUDTRAIL


@dataclass(frozen=True, slots=True)
class KubeRequests:
    """Requests to a cluster's API server: one of these verbs on one of these resources."""

    resources: frozenset[str]
    """In the plural, with the subresource: ``pods``, ``pods/exec``."""
    verbs: frozenset[str]
    alike: Callable[[KubeCall, Known], tuple[str, ...] | None] | None = None
    """What is the same of requests of which one in a part of the day (`SPAN`) is enough: the first comes. None of a
    request: not of interest. Without it, all come. It need not look at the cluster: others' are never alike."""
    kind: ClassVar[LogKind] = LogKind.EKS_AUDIT


class KubeCaller(NamedTuple):
    """Who asks a cluster's API server, and from where."""

    username: str
    source_ips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KubeCallersWhere:
    """Requests to a cluster's API server of callers that pass a test, which is asked once for each of them."""

    test: Callable[[KubeCaller, Known], bool]
    kind: ClassVar[LogKind] = LogKind.EKS_AUDIT


@dataclass(frozen=True, slots=True)
class DatabaseEvents:
    """What happened at databases: one of these (`vedette.logs.rds.Did`)."""

    dids: frozenset[str]
    first: bool = False
    """Of log-ins that are alike within an hour, by user, place and program, the first is told, and others may be: a
    detector must not count them."""
    kind: ClassVar[LogKind] = LogKind.RDS


@dataclass(frozen=True, slots=True)
class DatabaseCallersWhere:
    """What clients of databases do of whose place a test holds, which is asked once for each place."""

    test: Callable[[str, Known], bool]
    kind: ClassVar[LogKind] = LogKind.RDS


@dataclass(frozen=True, slots=True)
class FrameWhere:
    """Rows of a columnar log that a vectorised selection keeps."""

    kind: LogKind
    select: FrameSelect
    rcode: str = ""
    """Of look-ups, only those that were answered so; empty: all."""


Trigger = (CallsNamed | CallsWhere | SessionsWhere | CallsUnlike | KubeRequests | KubeCallersWhere | DatabaseEvents
           | DatabaseCallersWhere | FrameWhere)

CALL_FIELDS = frozenset({"source_ip", "user_agent", "identity_type"})
"""What `calls_where` can test: each is indexed once for all detectors."""


def calls(source: str, *names: str) -> CallsNamed:
    """Calls to ``source`` (``cloudtrail.amazonaws.com``) named one of ``names``."""
    return CallsNamed(source, frozenset(names))


def calls_where(field_name: str, test: Callable[[str, Known], bool]) -> CallsWhere:
    """Calls whose ``field_name`` passes ``test(value, known)``. Absent values are never asked about."""
    if field_name not in CALL_FIELDS:
        raise CatalogueError(f"calls_where takes one of {sorted(CALL_FIELDS)}", where=field_name)
    return CallsWhere(field_name, test)


def sessions_where(test: Callable[[Session, Known], bool]) -> SessionsWhere:
    """Calls of role sessions that pass ``test(session, known)``."""
    return SessionsWhere(test)


def calls_unlike(
    alike: Callable[[ApiCall, Known], tuple[str, ...] | None], *, about: Mapping[str, tuple[str, ...]] | None = None,
    counted: Callable[[ApiCall], bool] | None = None,
) -> CallsUnlike:
    """Calls, of those for which ``alike(call, known)`` is the same the first of each `SPAN`. See `CallsUnlike`."""
    return CallsUnlike(alike, about or {}, counted)


def kube_requests(
    verbs: str, *resources: str, alike: Callable[[KubeCall, Known], tuple[str, ...] | None] | None = None,
) -> KubeRequests:
    """Requests to a cluster's API server: ``verbs`` (``"create update"``) on ``resources`` (``pods/exec``).

    With ``alike``, of those for which it is the same in one cluster the first of each `SPAN`. See `KubeRequests`.
    """
    return KubeRequests(frozenset(resources), frozenset(verbs.split()), alike)


def kube_callers_where(test: Callable[[KubeCaller, Known], bool]) -> KubeCallersWhere:
    """Requests to a cluster's API server of callers for whom ``test(caller, known)`` holds."""
    return KubeCallersWhere(test)


def database_events(*dids: str, first: bool = False) -> DatabaseEvents:
    """What happened at databases: ``dids`` of `vedette.logs.rds.Did`; ``first`` as in `DatabaseEvents`."""
    return DatabaseEvents(frozenset(dids), first)


def database_callers_where(test: Callable[[str, Known], bool]) -> DatabaseCallersWhere:
    """What is done at databases from where ``test(source, known)`` holds."""
    return DatabaseCallersWhere(test)


def flows(select: FrameSelect) -> FrameWhere:
    """VPC flow rows that ``select(frame, known)`` keeps. It filters only: rows keep their columns."""
    return FrameWhere(LogKind.VPC_FLOW, select)


def lookups(select: FrameSelect, *, rcode: str = "") -> FrameWhere:
    """DNS look-ups that ``select(frame, known)`` keeps. It filters only: rows keep their columns.

    A selection that reads one column is asked once for each distinct value. ``rcode``: only look-ups that were answered
    with this code (``NXDOMAIN``).
    """
    return FrameWhere(LogKind.DNS, select, rcode)


class Memory(msgspec.Struct):
    """What a keyed detector remembers of one key, from one batch to the next.

    A subclass has defaults for every field (an empty memory), a ``VERSION`` that changes with its meaning, and:
    """

    VERSION: ClassVar[int] = 1
    LEARNS: ClassVar[int] = 0
    """How long (ms) a key's records must have gone on before anything is said of what is usual for it."""
    AT_ONCE: ClassVar[bool] = False
    """It says other things from the first record on."""
    BYTES: ClassVar[int] = 1 << 18
    """What it takes at most, encoded, whatever flood of records somebody makes."""

    def expire(self, watermark: int) -> bool:
        """Forget what no record after ``watermark`` (ms) can make matter. True when nothing is left."""
        raise NotImplementedError

    def merge(self, other: Self) -> Self:
        """The memory of both: one key's records may have been split between two places (a hot key on a cluster)."""
        raise NotImplementedError

    def forget_principal(self, name: str) -> bool:
        """Forget one principal, where principals are remembered by name. False: there is none of that name."""
        return False


class Row(msgspec.Struct, Generic[R], frozen=True):
    """One record on its way to a keyed detector, with where it came from."""

    time: int
    evidence: Evidence
    record: R


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A registered detector; made by the decorators, run by the engine."""

    name: str
    types: tuple[FindingType, ...]
    on: tuple[Trigger, ...]
    judge: Callable[[Any, Known], Signal | Iterable[Signal] | None] | None = None
    key: Callable[[Any, Known], str | None] | None = None
    update: Callable[[Sequence[Row[Any]], Any, Known], Iterator[Signal]] | None = None
    memory: type[Memory] | None = None
    begins: Callable[[Any], bool] | None = None
    """Which records a memory begins with; None: with any."""
    rule: str = ""
    """The id of the custom detection rule that it is: it is at work only where somebody has turned that on."""
    doc: str = ""
    module: str = ""

    @property
    def kinds(self) -> frozenset[LogKind]:
        """The log kinds it reads."""
        return frozenset(trigger.kind for trigger in self.on)

    @property
    def learns(self) -> int:
        """How much time (ms) its records must cover before it can say what is unusual."""
        return self.memory.LEARNS if self.memory else 0

    def is_of_use(self, reach: int) -> bool:
        """It can say something of records that cover so much time (ms)."""
        return self.learns <= reach or (self.memory is not None and self.memory.AT_ONCE)

    @property
    def keyed(self) -> bool:
        """It remembers."""
        return self.memory is not None


@dataclass(slots=True)
class _Registry:
    detectors: list[Detector] = field(default_factory=list)


REGISTRY = _Registry()


def detector(
    *types: FindingType, on: Trigger | Sequence[Trigger], rule: str = "",
) -> Callable[[Callable[[Any, Known], Signal | Iterable[Signal] | None]], Detector]:
    """Declare a plain detector: ``judge(record, known)`` gives a signal, several, or nothing."""

    def declare(judge: Callable[[Any, Known], Signal | Iterable[Signal] | None]) -> Detector:
        return _registered(Detector(
            name=f"{judge.__module__.removeprefix('vedette.detectors.')}.{judge.__name__}",
            types=types, on=_triggers(on), judge=judge, rule=rule, doc=judge.__doc__ or "", module=judge.__module__,
        ))

    return declare


def keyed_detector(
    *types: FindingType, on: Trigger | Sequence[Trigger], key: Callable[[Any, Known], str | None],
    memory: type[M], begins: Callable[[Any], bool] | None = None, rule: str = "",
) -> Callable[[Callable[[Sequence[Row[Any]], M, Known], Iterator[Signal]]], Detector]:
    """Declare a detector with a memory: ``update(rows, memory, known)`` is given one key's rows in event-time order.

    It changes ``memory`` in place and yields signals whose ``evidence`` it takes from the rows. ``key`` partitions the
    records (None: not of interest). Rows that may still be overtaken by late ones are judged at once and judged again
    later from an unchanged memory, so ``update`` must depend on nothing but its arguments.

    With ``begins(record)``, what comes before the first record for which it holds says nothing while there is no
    memory, and is not given: where a few records make all others of the key matter, most keys cost next to nothing.
    """

    def declare(update: Callable[[Sequence[Row[Any]], M, Known], Iterator[Signal]]) -> Detector:
        return _registered(Detector(
            name=f"{update.__module__.removeprefix('vedette.detectors.')}.{update.__name__}",
            types=types, on=_triggers(on), key=key, update=update, memory=memory, begins=begins, rule=rule,
            doc=update.__doc__ or "", module=update.__module__,
        ))

    return declare


def _triggers(on: Trigger | Sequence[Trigger]) -> tuple[Trigger, ...]:
    return tuple(on) if isinstance(on, Sequence) else (on,)


def _registered(made: Detector) -> Detector:
    if not made.types:
        raise CatalogueError("declares no finding type", where=made.name)
    if len(made.kinds) != 1:
        raise CatalogueError("must read exactly one log kind", where=made.name)
    REGISTRY.detectors.append(made)
    return made
