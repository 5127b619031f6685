"""The rules by which a finding is judged: what speaks for a threat, what against, what for neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from vedette.findings.attributes import values_of
from vedette.investigate.alike import DAY
from vedette.investigate.case import (
    LINKING,
    NAMED,
    SAMPLE,
    Case,
    counted,
    indicators_of,
    moment,
    shown,
    times,
    values,
)
from vedette.investigate.entity import Entity, EntityKind, Named
from vedette.investigate.facts import facts_of
from vedette.investigate.finding_entities import REMOTE, entities_of
from vedette.investigate.profile import line_of
from vedette.investigate.report import Moment

KNOWN_FOR = 14 * DAY
"""History (ms) before an event from which on it says much that something was not in it."""

CALLERS = (EntityKind.ACCESS_KEY, EntityKind.ROLE_SESSION, EntityKind.PRINCIPAL, EntityKind.KUBERNETES_USER,
           EntityKind.DATABASE_USER)
"""Who does things, the most telling first."""

RECORDS = 10
"""Records and calls of which the timeline tells."""

WHERE = ("country", "ASN", "ASN holder", "AWS range", "range")
"""Facts that tell where an address is."""


def judge_finding(case: Case) -> None:
    """Say what speaks for and against a threat, and what happened when."""
    finding, related = case.findings[0], case.findings[1:]
    named = entities_of(finding)
    _tell_when(case, finding)
    _handled(case, finding)
    for one in named:
        if one.kind in (EntityKind.IP, EntityKind.DOMAIN) and one.role != "resource":
            _reputation(case, finding, one)
    _outcome(case, finding)
    _actor(case, finding, named)
    _remote_elsewhere(case, finding, named)
    _others(case, finding, related, named)
    case.began(related)


def _tell_when(case: Case, finding: dict[str, Any]) -> None:
    line = line_of(finding)
    case.timeline.append(Moment(line.first_seen, f"First seen: {finding['title']}", finding["id"]))
    if line.last_seen != line.first_seen:
        case.timeline.append(Moment(line.last_seen, f"Last seen, {line.count} times in all: {finding['title']}",
                                    finding["id"]))
    kept = case.sources.store.evidence(finding["id"])
    for one in kept[:RECORDS]:
        case.timeline.append(Moment(one.time, f"A log record shows it: {one.object}, record {one.position}",
                                    finding["id"]))
    case.step("OBSERVATION", "The finding", (
        f"{finding['title']} It was seen {times(line.count)}, from {moment(line.first_seen)} to "
        f"{moment(line.last_seen)}. {len(kept)} log records behind it are kept."),
        observation={"observationType": "FINDING_DETAIL", "indicators": indicators_of([finding])})


def _handled(case: Case, finding: dict[str, Any]) -> None:
    """What people and rules said of it."""
    own = [finding["id"]]
    if finding["title"].startswith(SAMPLE):
        case.exhibit("It is a sample", "The finding says of itself that it is a sample: nothing has happened.",
                     "BENIGN", own)
    said = case.sources.store.handling(own).get(finding["id"])
    if said is not None and said.suppressed_by:
        case.exhibit("A rule suppresses it", f"The suppression rule {said.suppressed_by} has archived the finding.",
                     "BENIGN", own)
    feedback = finding["service"].get("userFeedback")
    if feedback == "USEFUL":
        case.exhibit("Somebody found it useful", "A person gave the feedback that the finding is useful.", "THREAT",
                     own)
    elif feedback == "NOT_USEFUL":
        case.exhibit("Somebody found it of no use", "A person gave the feedback that the finding is not useful.",
                     "BENIGN", own)


def _reputation(case: Case, finding: dict[str, Any], named: Named) -> None:
    known, ids = case.sources.known, [finding["id"]]
    facts = facts_of(named.entity, known, case.sources.inventory)
    lists = [value for name, value in facts if name == "threat list"]
    kind = "IP" if named.kind is EntityKind.IP else "DOMAIN"
    then = finding["service"].get("evidence", {}).get("threatIntelligenceDetails", ())
    told = [one["threatListName"] for one in then]
    what = f"the {'address' if kind == 'IP' else 'name'} {named.value}"
    if ("trusted list", "yes") in facts:
        verdict, said = "BENIGN", f"A trusted list has {what}."
    elif lists:
        verdict, said = "THREAT", f"Threat lists have {what}: {'; '.join(lists[:NAMED])}."
    elif not known.intel.lists:
        verdict, said = "NEUTRAL", f"No list is loaded now, so nothing is known of {what} from lists."
    else:
        verdict, said = "NEUTRAL", f"No list that is loaded now has {what}."
    if told and verdict == "NEUTRAL":
        verdict, said = "THREAT", f"{said} When the finding was made, {', '.join(told)} had it or what it did."
    where = [f"{name} {value}" for name, value in facts if name in WHERE]
    if where:
        said = f"{said} Known of it: {', '.join(where)}."
    case.exhibit(f"What lists say of {named.value}", said, verdict, ids)  # type: ignore[arg-type]
    case.step("FETCH", f"Looked {named.value} up in the lists", said, fetch={
        "fetchType": "REPUTATION", "query": {"indicator": named.value[:1024], "indicatorType": kind},
        "result": {"verdict": verdict}})


def _outcome(case: Case, finding: dict[str, Any]) -> None:
    """Whether it came to anything."""
    told = values_of(finding)
    errors = {text for path in told if path.endswith("awsApiCallAction.errorCode") for text in told[path]}
    blocked = {text for path in told if path.endswith(".blocked") for text in told[path]}
    if errors:
        case.exhibit("The call failed", f"The call that the finding shows ended with {', '.join(sorted(errors))}.",
                     "NEUTRAL", [finding["id"]])
    if blocked == {"true"}:
        case.exhibit("It was blocked", "The connection or look-up that the finding shows was blocked.", "NEUTRAL",
                     [finding["id"]])


def _actor(case: Case, finding: dict[str, Any], named: Sequence[Named]) -> None:
    """What whoever did it did, beside what it did before."""
    caller = next((one for kind in CALLERS for one in named if one.kind is kind), None)
    if caller is None:
        caller = next((one for one in named if one.kind in (EntityKind.INSTANCE, EntityKind.INTERFACE)), None)
    if caller is None or case.sources.past is None:
        return
    line = line_of(finding)
    told = case.profile(caller.entity, line.first_seen, line.last_seen + 1)
    if told is None:
        return
    missing = [log for log in told.logs if log.since is None]
    if len(missing) == len(told.logs):
        case.unseen.append(f"Of the logs that can name {caller.kind} {caller.value} nothing was received: "
                           f"{', '.join(one.log for one in missing)}.")
        return
    who, own = f"{caller.kind} {caller.value}", [finding["id"]]
    if not told.activity:
        case.unseen.append(f"No record of the event history names {who} while the finding lasted, or in the 45 days "
                           "before.")
        return
    begins = {log.log: log.since for log in told.logs if log.since is not None}
    covered = min(line.first_seen - begins[one.log] for one in told.activity)
    case.read_records(f"Read the records of {who}", told, (
        f"From {moment(line.first_seen)} to {moment(line.last_seen)} the event history has {counted(told)} records "
        "that name it."))
    if covered < KNOWN_FOR:
        case.unseen.append(f"The history reaches back {max(covered, 0) // DAY} days before the finding: too little to "
                           f"say what is usual for {who}.")
        return
    addresses = set(values(finding, REMOTE))
    for peer in told.peers:
        if peer.kind is EntityKind.IP and peer.value in addresses:
            if peer.is_new:
                case.exhibit(f"{peer.value} is new for {who}", (
                    f"In the {min(covered // DAY, 45)} days before, no record names {who} together with {peer.value}."),
                    "THREAT", own)
            else:
                case.exhibit(f"{peer.value} is known for {who}", (
                    f"In the {min(covered // DAY, 45)} days before, records already name {who} together with "
                    f"{peer.value}."), "BENIGN", own)
    new = [one for one in told.calls if one.is_new]
    failed = [one for one in told.calls if one.failed]
    if told.calls:
        names = ", ".join(f"{one.service} {one.name}" for one in new[:NAMED])
        case.exhibit(f"What {who} called", (
            f"While the finding lasted it made {len(told.calls)} different calls"
            + (f", {len(new)} of which it had not made in the {min(covered // DAY, 45)} days before: {names}"
               + ("." if len(new) <= NAMED else " and others.") if new else
               ", all of which it had made in the days before.")
            + (f" {len(failed)} of them failed at times." if failed else "")),
            "THREAT" if new else "BENIGN", own)
    for call in new[:RECORDS]:
        case.timeline.append(Moment(call.first, f"{who} called {call.service} {call.name} for the first time in "
                                                f"{min(covered // DAY, 45)} days", finding["id"]))
    case.step("ANALYSIS", f"Compared {who} with the time before", (
        f"{len(new)} of {len(told.calls)} different calls, and "
        f"{sum(one.is_new for one in told.peers)} of {len(told.peers)} others that its records name, were new."),
        analysis={"analysisType": "THREAT_ASSESSMENT", "threatAssessment": {
            "assessment": f"{len(new)} of {len(told.calls)} different calls were new."}})


def _remote_elsewhere(case: Case, finding: dict[str, Any], named: Sequence[Named]) -> None:
    """Whom else the far address met."""
    if case.sources.past is None:
        return
    line = line_of(finding)
    for address in sorted(set(values(finding, REMOTE)))[:NAMED]:
        entity = Entity(EntityKind.IP, address)
        told = case.profile(entity, line.first_seen - DAY, line.last_seen + DAY)
        if told is None or told.first_seen is None:
            continue
        mine = {one.value for one in named}
        others = sorted({(peer.kind, peer.value) for peer in told.peers if peer.value not in mine and peer.kind in (
            EntityKind.ACCESS_KEY, EntityKind.INSTANCE, EntityKind.KUBERNETES_USER, EntityKind.DATABASE_USER)})
        if others:
            case.exhibit(f"{address} met others too", (
                f"Within a day of the finding, records name {address} together with {len(others)} more: "
                f"{', '.join(f'{kind} {value}' for kind, value in others[:NAMED])}"
                f"{' and others' if len(others) > NAMED else ''}."), "THREAT", [finding["id"]])
        else:
            case.exhibit(f"{address} met nobody else", (
                f"Within a day of the finding, no record names {address} with another access key, instance or user."),
                "NEUTRAL", [finding["id"]])


def _others(
    case: Case, finding: dict[str, Any], related: Sequence[dict[str, Any]], named: Sequence[Named]
) -> None:
    mine = {one.entity for one in named if one.kind in LINKING}
    standing = [one for one in related if not one["service"]["archived"]]
    grave = [one for one in standing if one["severity"] >= 7]
    if grave:
        case.exhibit("Other grave findings", (
            f"{len(grave)} other findings of high or critical severity name the same: "
            f"{shown(one['type'] for one in grave)}."), "THREAT", [one["id"] for one in grave])
    elif standing:
        case.exhibit("Other findings", f"{len(standing)} other findings, none of high severity, name the same: "
                     f"{shown(one['type'] for one in standing)}.", "NEUTRAL", [one["id"] for one in standing])
    elif related:
        case.exhibit("Other findings are archived", f"{len(related)} other findings name the same; all are archived.",
                     "BENIGN", [one["id"] for one in related])
    else:
        case.exhibit("No other findings", "No other finding of 90 days names what this one names.", "NEUTRAL",
                     [finding["id"]])
    shared = Counter(one for other in related for one in {named.entity for named in entities_of(other)} & mine)
    case.step("OBSERVATION", "Findings that name the same", "; ".join(
        f"{count} name {entity.kind} {entity.value}" for entity, count in sorted(shared.items())) or "There are none.",
        observation={"observationType": "RELATED_FINDINGS", "indicators": indicators_of(related)})
