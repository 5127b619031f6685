"""Custom detection rules, which work only where somebody turns them on: predicates over one CloudTrail record each,
and Vedette's own over other logs.

GuardDuty's catalogue has them under names (*signals*); those with the same tactic, service and technique make findings
of one type. A rule is off until it is associated with an account (``LIVE``: it makes findings; ``DRY_RUN``: what it
would have found is only counted), or until a scan is told to use it. The files in ``custom/`` hold them: a judgement
says what the caller did, and `rule` makes a detector of it whose signals carry the rule's id. `keyed_rule` does so for
a detector that remembers; GuardDuty's API has no words for such a rule, so its catalogue does not list it, but it is
associated by its id like the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar

import msgspec

from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import CallsNamed, Detector, FrameWhere, Memory, Row, detector, keyed_detector
from vedette.detectors.finding_type import FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.errors import CatalogueError
from vedette.logs.cloudtrail import ApiCall

M = TypeVar("M", bound=Memory)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 200
"""Characters of a name that a text repeats: a record may hold anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the catalogue."""

    id: str
    name: str
    """The signal's name, as GuardDuty has it."""
    kind: FindingType
    severity: float
    finds: str
    """What it finds, in a sentence."""
    says: str
    """What that means, in another."""
    on: CallsNamed | None = None
    """None: it is over another log."""
    where: str = ""
    """The condition on the record besides service, name and success, as SQL; empty: none."""
    attempts: bool = False
    """A call that failed counts too."""
    detector: str = ""
    """The name of the detector that is made of it."""

    @property
    def description(self) -> str:
        """What it finds and means."""
        return f"{self.finds} {self.says}"

    @property
    def tactic(self) -> str:
        """``CredentialAccess``."""
        return self.kind.name.partition(":")[0]

    @property
    def service(self) -> str:
        """``EC2``."""
        return self.kind.name.partition(":")[2].partition("/")[0]

    @property
    def technique(self) -> str:
        """``UnsecuredCredentials``."""
        return self.kind.name.partition("/")[2]

    @property
    def expression(self) -> str:
        """The whole condition, as SQL over CloudTrail's fields: to be read, not to be run. Empty: of another log."""
        if self.on is None:
            return ""
        names = ", ".join(f"'{name}'" for name in sorted(self.on.names))
        named = f"IN ({names})" if len(self.on.names) > 1 else f"= {names}"
        parts = [f"eventSource = '{self.on.source}'", f"eventName {named}",
                 *(() if self.attempts else ("errorCode IS NULL",)), *((self.where,) if self.where else ())]
        return " AND ".join(parts)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a record shows: what the caller did (``shared image ami-1 with everybody``), and to what."""

    did: str
    affected: tuple[tuple[str, str], ...] = ()
    """(CloudFormation resource type, ARN or name) pairs; a name may be empty."""
    buckets: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    """The accounts that get something by it, where it is only these: if all are the user's own, it is no finding."""


_DECLARED: list[Rule] = []


def custom_type(
    name: str, severity: float, attack: tuple[str, ...], remedy: str, *, resource: str = "AccessKey",
    severity_note: str = "",
) -> FindingType:
    """A finding type of custom detection rules. All read alike: who did what, from where, and why that matters."""
    return FindingType(
        name=name, severity=severity, plan=Plan.CUSTOM_DETECTION_RULES, resource=resource, title="{principal} {did}.",
        description="{principal} {did}: {api} in account {account}, Region {region}, from {source}. {means}",
        attack=attack, remedy=remedy, severity_note=severity_note)


def rule(
    id: str, name: str, kind: FindingType, severity: float, *, on: CallsNamed, says: str,  # noqa: A002
    where: str = "", attempts: bool = False,
) -> Callable[[Callable[[ApiCall], Shown | None]], Detector]:
    """Declare a rule: ``judge(call)`` says what a call that succeeded (with ``attempts``, any call) shows, or None."""
    if not _ID.fullmatch(id):
        raise CatalogueError("a rule's id is words of lower-case letters and digits, joined by hyphens", where=id)

    def declare(judge: Callable[[ApiCall], Shown | None]) -> Detector:

        @wraps(judge)
        def judged(call: ApiCall, known: Known) -> Signal | None:
            shown = judge(call) if attempts or call.succeeded else None
            if shown is None or (shown.accounts and known.exempt.accounts.issuperset(shown.accounts)):
                return None
            signal = about_call(
                call, kind, severity=severity, affected=[one for one in shown.affected if one[1]],
                buckets=shown.buckets, words={"did": shown.did, "means": says})
            return msgspec.structs.replace(signal, rule=id)

        made = detector(kind, on=on, rule=id)(judged)
        _DECLARED.append(Rule(id=id, name=name, kind=kind, severity=severity, finds=made.doc, says=says, on=on,
                              where=where, attempts=attempts, detector=made.name))
        return made

    return declare


def keyed_rule(
    id: str, name: str, kind: FindingType, severity: float, *, on: FrameWhere,  # noqa: A002
    key: Callable[[Any, Known], str | None], memory: type[M], says: str,
) -> Callable[[Callable[[Sequence[Row[Any]], M, Known], Iterator[Signal]]], Detector]:
    """Declare a rule that remembers; the rest as `keyed_detector`. It begins to learn when somebody turns it on."""
    if not _ID.fullmatch(id):
        raise CatalogueError("a rule's id is words of lower-case letters and digits, joined by hyphens", where=id)

    def declare(update: Callable[[Sequence[Row[Any]], M, Known], Iterator[Signal]]) -> Detector:

        @wraps(update)
        def updated(rows: Sequence[Row[Any]], memory: M, known: Known) -> Iterator[Signal]:
            for signal in update(rows, memory, known):
                yield msgspec.structs.replace(signal, rule=id)

        made = keyed_detector(kind, on=on, key=key, memory=memory, rule=id)(updated)
        _DECLARED.append(Rule(id=id, name=name, kind=kind, severity=severity, finds=made.doc, says=says,
                              detector=made.name))
        return made

    return declare


@cache
def custom_rules() -> dict[str, Rule]:
    """Every rule of the detector files that could be loaded, by id."""
    there = {one.name for one in catalogue().detectors}
    return {one.id: one for one in sorted(_DECLARED, key=lambda one: one.id) if one.detector in there}


def thing(kind: str, name: Any) -> str:
    """A thing that a record names, for a sentence; what the record does not name is ``an unnamed`` one."""
    text = text_of(name)
    return f"{kind} {text}" if text else f"an unnamed {kind}"


def text_of(value: Any) -> str:
    """A value as a name; empty when it is none."""
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""
