"""``vedette baselines``: what the models know to be normal: shown, exported, and forgotten."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

import msgspec

from vedette.baselines.habits import Habits
from vedette.baselines.presence import Host, host_number
from vedette.baselines.uses import Uses
from vedette.baselines.volumes import Volumes
from vedette.commands.baseline_report import columns, date, host_lines, principal_lines
from vedette.commands.state import opened
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import Detector, Memory
from vedette.errors import VedetteError
from vedette.findings.rows import KeyedState
from vedette.findings.store import ASIDE, Reader
from vedette.inventory import Inventory
from vedette.logs.times import format_time
from vedette.publish.formats import json_text
from vedette.publish.plain_text import visible

EXPORT_VERSION = 1
"""Of the lines that `export` writes. It changes when a reader of the old ones would misread the new ones."""

_NAMED = 10
"""Names told of when the one given is not there."""
_DAY_MS = 86_400_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """What one model knows of one key: an account, a neighbourhood."""

    detector: Detector
    state: KeyedState
    memory: Memory

    @property
    def habits(self) -> Habits | None:
        """Of principals."""
        return _part(self.memory, Habits)

    @property
    def hosts(self) -> dict[int, Host]:
        """By number."""
        return self.network.hosts if self.network else {}

    @property
    def network(self) -> Uses | Volumes | None:
        """Of the hosts of a neighbourhood."""
        return _part(self.memory, Uses) or _part(self.memory, Volumes)

    @property
    def members(self) -> list[int]:
        """The bytes of each principal or host."""
        if self.habits:
            return [len(name) + len(msgspec.msgpack.encode(one)) for name, one in self.habits.profiles.items()]
        hosts = len(self.hosts)
        return [len(self.state.settled) // hosts] * hosts if hosts else []

    @property
    def said(self) -> str:
        """For a person."""
        waiting = len(msgspec.msgpack.decode(self.state.pending))
        last = f" (not yet what the last {waiting:,} records tell, which late ones may precede)" if waiting else ""
        return f"{self.detector.name}, {'account' if self.habits else 'neighbourhood'} {visible(self.state.key)}{last}"


def show(state: str, what: str | None, name: str | None, out: TextIO) -> None:
    """Write which models know what; or what is normal for a principal or a host; or which principals are known."""
    if what not in (None, "principal", "host"):
        raise VedetteError("is neither principal nor host", where=visible(what[:100]))
    with opened(state) as store:
        if what is None:
            lines = _models(store)
        elif what == "principal":
            lines = _principals(store) if name is None else _principal(store, name)
        elif name is None:
            raise VedetteError("of hosts only numbers are kept, so they cannot be listed: name an interface (eni-…) or "
                               "an instance (i-…)", where="host")
        else:
            lines = _host(store, name)
        for line in lines:
            print(line, file=out)


def export(state: str, principal: str | None, output: Path | None, out: TextIO) -> None:
    """Write all that is known to be normal, or what is of one principal, one JSON object a line."""
    with opened(state) as store:
        lines = (json_text({"version": EXPORT_VERSION, "model": kept.detector.name,
                            "memoryVersion": kept.state.version, "key": kept.state.key, **what}) + "\n"
                 for kept, what in _exported(store, principal))
        if output is None:
            out.writelines(lines)
            return
        try:
            with output.open("w", encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as error:
            raise VedetteError(f"cannot be written: {error.strerror}", where=str(output)) from error


def forget(state: str, what: str, name: str, out: TextIO) -> None:
    """Forget a principal, in one transaction: a server that runs goes on with what is left."""
    if what != "principal":
        raise VedetteError("cannot be forgotten: only a principal can", where=visible(what[:100]))
    with opened(state) as store, store.transaction() as batch:
        found = _named(batch, name, exactly=True)
        lines = []
        for kept, principal in found:
            habits = kept.habits
            profile = habits.profiles[principal] if habits else None
            kept.memory.forget_principal(principal)
            batch.put_state(msgspec.structs.replace(kept.state, settled=msgspec.msgpack.encode(kept.memory)))
            if profile:
                lines.append(f"  {kept.said}: {profile.active} days and {len(profile.own.traits)} habits; also out of "
                             f"the counts of its peers ({visible(profile.peers)}) and of the account")
        principal = found[0][1]
        aside = [visible(one) for one in batch.remembering() if ASIDE in one]
    print(f"forgotten: {visible(principal)}", file=out)
    for line in lines:
        print(line, file=out)
    print("Its findings stay, and so do the days on which anybody did anything, and what was counted for other peers "
          "that it had before. Records of it that still wait to be judged, and those that come, are learned anew.",
          file=out)
    if aside:
        print(f"Memories of other versions cannot be read, and may still hold it: {', '.join(aside)}", file=out)


def _kept(store: Reader) -> Iterator[Kept]:
    """All that the models know and that this build reads."""
    for detector in catalogue().detectors:
        if detector.memory is None or not detector.learns:
            continue
        for state in store.remembered(detector.name):
            if state.version == detector.memory.VERSION and state.settled:
                yield Kept(detector, state, msgspec.msgpack.decode(state.settled, type=detector.memory))


def _part(memory: Memory, kind: type[T]) -> T | None:
    """The model of this kind that a memory holds."""
    fields = (getattr(memory, name) for name in memory.__struct_fields__)
    return next((value for value in fields if isinstance(value, kind)), None)


# show


def _models(store: Reader) -> Iterator[str]:
    by_model: dict[str, list[Kept]] = {}
    for kept in _kept(store):
        by_model.setdefault(kept.detector.name, []).append(kept)
    rows = []
    for name, some in by_model.items():
        sizes = [size for kept in some for size in kept.members]
        learns = some[0].detector.learns // _DAY_MS
        rows.append((name, f"{learns} days", f"{len(some):,}", f"{len(sizes):,}",
                     f"{sum(len(kept.state.settled) for kept in some):,}",
                     f"{int(statistics.median(sizes)):,}" if sizes else "", f"{max(sizes):,}" if sizes else ""))
    if rows:
        yield from columns(("model", "learns", "keys", "principals or hosts", "bytes", "typical of one", "most of one"),
                           rows)
    else:
        yield "no model has learned anything yet"
    known = {one.name: one.memory.VERSION for one in catalogue().detectors if one.memory}
    for name, (keys, size) in sorted(store.remembering().items()):
        detector, mark, version = name.rpartition(ASIDE)
        if mark and detector in known:
            yield (f"put aside: {keys:,} keys ({size:,} bytes) of {detector} of version {version}, which this Vedette "
                   f"does not read (it reads {known[detector]})")


def _principals(store: Reader) -> Iterator[str]:
    rows = []
    for kept in _kept(store):
        if kept.habits:
            rows += [(visible(name), visible(kept.state.key), visible(one.peers), f"{one.active:,}", date(one.first),
                      date(one.last), kept.detector.name) for name, one in kept.habits.profiles.items()]
    yield from columns(("principal", "account", "peers", "days", "first", "last", "model"), sorted(rows))


def _principal(store: Reader, name: str) -> Iterator[str]:
    for place, (kept, principal) in enumerate(_named(store, name)):
        if not place:
            yield visible(principal)
        yield from ("", kept.said)
        if kept.habits:
            yield from principal_lines(kept.habits, principal)


def _host(store: Reader, name: str) -> Iterator[str]:
    names = [name, *_interfaces(store, name)]
    found = False
    for kept in _kept(store):
        for one in names:
            if (host := kept.hosts.get(host_number(one))) is None:
                continue
            if not found:
                yield visible(name)
            found = True
            yield from ("", kept.said + (f", interface {visible(one)}" if one != name else ""))
            if kept.network:
                yield from host_lines(kept.network, host_number(one), host)
    if not found:
        raise VedetteError("no model knows that host: name the interface (eni-…) that its flow logs name, or an "
                           "instance (i-…) of which the logs have told that it has one", where=visible(name[:100]))


def _interfaces(store: Reader, instance: str) -> list[str]:
    """The interfaces that the logs have shown the instance to have."""
    if not instance.startswith("i-"):
        return []
    facts = store.facts()
    taught = Inventory()
    taught.apply(facts)
    entities = {fact.entity for fact in facts if fact.entity.startswith("interface/")}
    interfaces = sorted(one.removeprefix("interface/") for one in entities)
    return [one for one in interfaces if taught.instance_of(interface_id=one) == instance]


# Which principal is meant

_SESSION = re.compile(r"arn:([^:]*):sts::([^:]*):assumed-role/([^/]+)(?:/(.*))?", re.DOTALL)


def _named(store: Reader, name: str, *, exactly: bool = False) -> list[tuple[Kept, str]]:
    """Where a principal is known, and as whom. A role is named by its ARN, or by a session's.

    ``exactly``: no part of a name will do.
    """
    kept = [one for one in _kept(store) if one.habits]
    known = sorted({who for one in kept if one.habits for who in one.habits.profiles})
    meant = _meant(name, known)
    if not meant and not exactly:
        holding = [one for one in known if name in one]
        meant = holding[0] if name and len(holding) == 1 else ""
    if not meant:
        last = name.rstrip("/").rpartition("/")[2]
        near = [visible(one) for one in known if last and last in one]
        more = f" and {len(near) - _NAMED} more" if len(near) > _NAMED else ""
        said = f"; there are {', '.join(near[:_NAMED])}{more}" if near else ""
        raise VedetteError(f"no model knows that principal{said}; `vedette baselines show principal` lists all",
                           where=visible(name[:200]))
    return [(one, meant) for one in kept if one.habits and meant in one.habits.profiles]


def _meant(name: str, known: list[str]) -> str:
    """The principal that a name stands for, or nothing. Models know a role by its ARN with a slash at the end."""
    for one in (name, f"{name}/"):
        if one in known:
            return one
    session = _SESSION.fullmatch(name)
    if session is None:
        return ""
    partition, account, role, own = session.groups()
    of_role = re.compile(rf"arn:{re.escape(partition)}:(?:iam::{re.escape(account)}:role/(?:.*/)?|"
                         rf"sts::{re.escape(account)}:assumed-role/){re.escape(role)}/", re.DOTALL)
    roles = [one for one in known if of_role.match(one)]
    for whose in (own or "", ""):
        fitting = [one for one in roles if of_role.fullmatch(one.removesuffix(whose))]
        if len(fitting) == 1:
            return fitting[0]
    return ""


# export


def _exported(store: Reader, principal: str | None) -> Iterator[tuple[Kept, dict[str, Any]]]:
    if principal is not None:
        for kept, name in _named(store, principal, exactly=True):
            if kept.habits:
                yield kept, _profile(kept.habits, name)
        return
    for kept in _kept(store):
        habits = kept.habits
        if habits is None:
            yield kept, {"kind": "neighbourhood", "memory": _by_field(kept.memory)}
            continue
        yield kept, {"kind": "account", "first": date(habits.first),
                     "daysLived": habits.lived.at(habits.day), **_level(habits, habits.everybody)}
        for name in sorted(habits.groups):
            yield kept, {"kind": "peers", "name": name, **_level(habits, habits.groups[name])}
        for name in sorted(habits.profiles):
            yield kept, _profile(habits, name)


def _profile(habits: Habits, name: str) -> dict[str, Any]:
    one = habits.profiles[name]
    return {"kind": "principal", "name": name, "peers": one.peers, "first": date(one.first), "last": date(one.last),
            "daysSeen": one.active, **_level(habits, one.own),
            "today": {trait: format_time(time) for trait, time in sorted(one.today.items())}}


def _level(habits: Habits, level: Any) -> dict[str, Any]:
    """Days as they count on the day that is going on."""
    day = habits.day
    return {"day": date(day), "days": level.days.at(day),
            "traits": {trait: count.at(day) for trait, count in sorted(level.traits.items())},
            "settledDays": level.settled.at(day),
            "daysWithNew": {kind: count.at(day) for kind, count in sorted(level.fresh.items())}}


def _by_field(value: Any) -> Any:
    """Plain JSON, in which structs are objects by the names of their fields."""
    if isinstance(value, msgspec.Struct):
        return {name: _by_field(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): _by_field(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_by_field(one) for one in value]
    return value
