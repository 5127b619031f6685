"""Every detector's stories notice when it is broken: its condition, its selection, each of its settings.

A setting that no story notices could be any number, and its reason is prose.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.detectors import alone
from tests.detectors.alone import signals, stories_of
from tests.detectors.edges import EDGES
from vedette.detectors.catalogue import catalogue
from vedette.detectors.declare import (
    CallsNamed,
    CallsUnlike,
    CallsWhere,
    DatabaseCallersWhere,
    DatabaseEvents,
    Detector,
    FrameWhere,
    KubeCallersWhere,
    KubeRequests,
    SessionsWhere,
    Trigger,
)
from vedette.detectors.signal import Signal
from vedette.findings.fold import finding_id
from vedette.simulate.story import Story

pytestmark = pytest.mark.long

DETECTORS = catalogue().detectors


@pytest.fixture(autouse=True)
def _without_what_is_remembered() -> Iterator[None]:
    """Judgements that a file keeps for speed are of the file as it was."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    for module in catalogue().modules.values():
        for value in vars(module).values():
            if getattr(value, "__module__", "") == module.__name__ and hasattr(value, "cache_clear"):
                value.cache_clear()


def _found(detectors: Sequence[Detector], told: Story) -> dict[str, list[Signal]]:
    """Finding id -> its signals."""
    findings: dict[str, list[Signal]] = {}
    for one in detectors:
        for signal in signals(one, told):
            findings.setdefault(finding_id(signal), []).append(signal)
    return findings


def _comes_true(detectors: Sequence[Detector], told: Story) -> bool:
    """The story finds what it says, as far as that can be seen without a store: types, counts, severities."""
    found = list(_found(detectors, told).values())
    # A story at an edge may also expect what another file says.
    said = {str(kind) for one in detectors for kind in one.types}
    expected = [one for one in told.expected or () if one.type in said]
    if sorted(one[0].type for one in found) != sorted(one.type for one in expected for _ in range(one.findings)):
        return False
    for one in expected:
        for of_this_type in (group for group in found if group[0].type == one.type):
            if one.count not in (None, len(of_this_type)):
                return False
            if one.details.get("severity", worst := max(signal.severity for signal in of_this_type)) != worst:
                return False
    return True


def _siblings(detector: Detector) -> list[Detector]:
    return [one for one in DETECTORS if one.module == detector.module]


def _noticed(detectors: Sequence[Detector]) -> str:
    """A story that fails with these detectors; empty: none."""
    edges = EDGES.get(detectors[0].module.removeprefix("vedette.detectors."), [])
    return next((told.title for told in (*stories_of(detectors[0]), *edges) if not _comes_true(detectors, told)), "")


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_all_stories_come_true_as_long_as_nothing_is_broken(detector: Detector) -> None:
    assert not _noticed(_siblings(detector))


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_a_detector_that_says_nothing_is_noticed(detector: Detector) -> None:
    mute = replace(detector, judge=lambda record, known: None) if detector.judge else replace(
        detector, update=lambda rows, memory, known: iter(()))
    assert _noticed([mute if one is detector else one for one in _siblings(detector)])


@pytest.mark.parametrize("kind", catalogue().types.values(), ids=str)
def test_a_type_that_is_never_said_is_noticed(kind: Any) -> None:
    for detector in catalogue().detectors_of(kind.name):
        mute = _without(detector, kind.name)
        if _noticed([mute if one is detector else one for one in _siblings(detector)]):
            return
    pytest.fail(f"no story misses {kind}")


def _without(detector: Detector, name: str) -> Detector:
    if detector.judge is not None:
        judge = detector.judge

        def quieter(record: Any, known: Any) -> list[Signal]:
            judged = judge(record, known)
            return [one for one in ([judged] if isinstance(judged, Signal) else judged or ()) if one.type != name]

        return replace(detector, judge=quieter)
    update = detector.update
    assert update is not None
    return replace(detector, update=lambda rows, memory, known: (
        one for one in update(rows, memory, known) if one.type != name))


ONLY_FORGETS = {"s3.public_access.public_access": frozenset({"DeleteAccessPointPolicy"})}
"""Calls after which a detector keeps less, and that change nothing that it says."""


def _triggers() -> Iterator[Any]:
    """Each name of a call, and each other trigger, that a detector could be deaf to."""
    for one in DETECTORS:
        for trigger in one.on:
            others = tuple(other for other in one.on if other is not trigger)
            if isinstance(trigger, CallsNamed):
                for name in sorted(trigger.names - ONLY_FORGETS.get(one.name, frozenset())):
                    fewer = replace(trigger, names=trigger.names - {name})
                    yield pytest.param(one, (*others, fewer), id=f"{one.name} {name}")
            elif isinstance(trigger, KubeRequests):
                for field in ("resources", "verbs"):
                    for name in sorted(getattr(trigger, field)):
                        fewer = replace(trigger, **{field: getattr(trigger, field) - {name}})
                        yield pytest.param(one, (*others, fewer), id=f"{one.name} {name}")
            elif isinstance(trigger, DatabaseEvents):
                for name in sorted(trigger.dids):
                    yield pytest.param(one, (*others, replace(trigger, dids=trigger.dids - {name})),
                                       id=f"{one.name} {name}")
            else:
                nothing = _hearing_nothing(trigger)
                yield pytest.param(one, (*others, nothing), id=f"{one.name} {getattr(trigger, 'field', '')}")


def _hearing_nothing(
    trigger: CallsWhere | SessionsWhere | CallsUnlike | KubeCallersWhere | DatabaseCallersWhere | FrameWhere,
) -> Trigger:
    if isinstance(trigger, CallsWhere | SessionsWhere | KubeCallersWhere | DatabaseCallersWhere):
        return replace(trigger, test=lambda value, known: False)
    if isinstance(trigger, CallsUnlike):
        return replace(trigger, alike=lambda call, known: None)
    return replace(trigger, select=lambda frame, known: frame.clear())


@pytest.mark.parametrize(("detector", "on"), list(_triggers()))
def test_a_deaf_ear_is_noticed(detector: Detector, on: tuple[Trigger, ...]) -> None:
    deaf = replace(detector, on=on)
    assert _noticed([deaf if one is detector else one for one in _siblings(detector)])


def _open_to_all(trigger: Trigger) -> Trigger:
    if isinstance(trigger, CallsWhere | SessionsWhere | KubeCallersWhere | DatabaseCallersWhere):
        return replace(trigger, test=lambda value, known: True)
    return replace(trigger, select=lambda frame, known: frame) if isinstance(trigger, FrameWhere) else trigger


JUDGES_AGAIN = {
    "api.credential_exfiltration.instance_credentials_elsewhere",
    "api.resource_credential_exfiltration.resource_credentials_elsewhere",
    *(f"api.listed_callers.caller_{how}" for how in ("on_feed", "on_threat_list", "through_tor")),
    "api.exposed_credentials.listed_credentials", "api.exposed_credentials.quarantined_credentials",
    "api.pentest_distributions.pentest_distribution", "api.root_use.root_used", "dns.listed_domains.on_feed",
    "dns.listed_domains.led_to_feed",
    "dns.listed_domains.on_users_list", "dns.listed_domains.led_to_users_list", "dns.domain_reputation.low_reputation",
    "dns.metadata_rebind.metadata_rebind", "api.unusual_calls.unusual_calls",
    "network.listed_addresses.on_a_feed", "network.listed_addresses.tor_relay",
    "api.model_invocation.unusual_invocations", "s3.unusual_access.unusual_access",
    "dns.generated_names.generated_names",
    *(f"databases.listed_callers.database_{how}" for how in (
        "caller_on_feed", "caller_through_tor", "touched_from_feed", "touched_through_tor")),
}
"""Whose judgement turns down all that its selection should have kept away: the selection only saves work."""


@pytest.mark.parametrize("detector", [
    one for one in DETECTORS if any(
        not isinstance(trigger, CallsNamed | KubeRequests | DatabaseEvents) for trigger in one.on)
], ids=lambda one: one.name)
def test_a_selection_that_lets_everything_through_is_noticed_unless_it_is_judged_again(detector: Detector) -> None:
    loose = replace(detector, on=tuple(_open_to_all(trigger) for trigger in detector.on))
    noticed = _noticed([loose if one is detector else one for one in _siblings(detector)])
    assert bool(noticed) != (detector.name in JUDGES_AGAIN), noticed


SETTINGS_OF_MEMORY = {
    "HOSTS", "HELD", "PORTS", "CONNECTIONS", "ALL_CONNECTIONS", "_MOST_PLACES", "_MOST_ADDRESSES", "_MOST_TRAILS",
    "_MOST_KEYS", "_MOST_TARGETS", "_MOST_USERS", "NETWORKS", "KEPT", "MOST", "MOST_TOLD",
    "CLIENTS", "SHOWN", "BUCKETS", "PAIRS", "ROWS", "USERS", "NAME", "FORGOTTEN", "_SESSIONS", "OWN", "BUILDERS",
    "FAILING", "FRESH", "SEEN", "WAITING", "LARGEST",
}
"""How much is remembered: the contract that no flood makes a memory large is about these."""

BITS = {"_SYN", "_ACK"}
"""Of a TCP header: no choice of ours."""

NO_OTHER_OUTCOME = {
    ("network.port_probe", "_RESERVED", "/10"), ("network.denial_of_service", "ACK", "x10"),
    ("network.denial_of_service", "BIG_TCP", "/10"), ("network.denial_of_service", "REPLY_PACKETS", "/10"),
    ("network.denial_of_service", "SAMPLE", "/10"), ("network.port_sweep", "SAMPLE", "/10"),
    ("databases.unusual_data", "WHOLE", "x10"),
    ("dns.data_exfiltration", "_SHORTEST", "/10"), ("api.model_invocation", "SAMPLE", "/10"),
    # A rhythm is looked at more often, and told the same.
    ("custom.beacons", "JUDGED_MS", "/10"),
    # A sample of another size leads to the same volumes, and another measure for all days to the same excess.
    ("s3.unusual_access", "SAMPLED", "x10"), ("s3.unusual_access", "WHOLE", "x10"),
    ("s3.unusual_access", "WHOLE", "/10"), ("s3.unusual_access", "BATCH", "x10"),
    # Weights that were fitted, and how many things have one: stories are clear cases, and it takes hundreds of days
    # for another to show (`benchmarks.habits`). test_unusual_calls.py asks for what each weighs.
    *(("api.unusual_calls", name, "x10") for name in (
        "ORDINARY", "REFUSED", "REFUSALS", "REPORTS", "WORK", "WORKS")),
    *(("api.unusual_calls", name, "/10") for name in ("ORDINARY", "STRANGE")),
}
"""Changes that only let more rows through a selection, which the judgement turns down all the same; and such."""


def _settings() -> Iterator[Any]:
    """Each number that stands by itself at the top of a detector file, made ten times larger and smaller."""
    for name, module in sorted(catalogue().modules.items()):
        for statement in ast.parse(inspect.getsource(module)).body:
            if not isinstance(statement, ast.Assign):
                continue
            for target in statement.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                for one in names:
                    if isinstance(one, ast.Name) and one.id not in SETTINGS_OF_MEMORY | BITS:
                        value = getattr(module, one.id)
                        for way, changed in _changes(value):
                            if (name, one.id, way) not in NO_OTHER_OUTCOME:
                                yield pytest.param(name, one.id, changed, id=f"{name}.{one.id} {way}")


def _changes(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield "x10", value * 10
        yield "/10", value // 10
    elif isinstance(value, float):
        yield "x10", value * 10
        yield "/10", value / 10
    elif isinstance(value, range):
        yield "from x10", range(value.start * 10, value.stop * 10)
        yield "from 0", range(value.stop)
        yield "to x10", range(value.start, value.stop * 10)
        yield "to /10", range(value.start, value.stop // 10)


@pytest.mark.parametrize(("module", "setting", "changed"), list(_settings()))
def test_another_number_is_noticed(module: str, setting: str, changed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue().modules[module], setting, changed)
    monkeypatch.setattr(alone, "SAID", {})
    detectors = [one for one in DETECTORS if one.module == f"vedette.detectors.{module}"]
    assert _noticed(detectors), f"with {setting} = {changed} every story comes true"
