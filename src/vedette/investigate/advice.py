"""What to do about what was found: the types' own remedies, what stops those involved, and what would show more.

Commands are written only for names of which nothing can be more to a shell than letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from vedette.detectors.catalogue import catalogue
from vedette.investigate.entity import EntityKind
from vedette.investigate.report import Action, Defense, Exhibit, Involved, Priority, Risk

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+=,.@_-]{0,127}", re.ASCII)
_REMEDIES = 5
_EACH = 5
"""Of those involved of a kind."""


def actions_of(
    findings: Sequence[dict[str, Any]], involved: Sequence[Involved], risk: Risk, unseen: Sequence[str],
    exhibits: Sequence[Exhibit],
) -> list[Action]:
    """What to do, the most pressing first.

    Args:
        findings: the one that was investigated, or all, the newest first.
        involved: who took part.
        risk: as judged.
        unseen: what could not be looked at.
        exhibits: what speaks for and against.
    """
    if risk == "Info":
        return list(_to_know_more(unseen))
    urgent: Priority = "IMMEDIATE" if risk in ("High", "Critical") else "SHORT_TERM"
    found = [*_remedies(findings, urgent), *_stops(involved, urgent), *_to_look_at(exhibits), *_to_know_more(unseen)]
    order = ("IMMEDIATE", "SHORT_TERM", "STRATEGIC")
    return sorted(found, key=lambda one: order.index(one.priority))[:25]


def _remedies(findings: Sequence[dict[str, Any]], priority: Priority) -> Iterator[Action]:
    """Of the gravest types."""
    types: dict[str, dict[str, Any]] = {}
    for one in sorted(findings, key=lambda one: (-one["severity"], one["type"])):
        if not one["service"]["archived"]:
            types.setdefault(one["type"], one)
    for name in list(types)[:_REMEDIES]:
        if kind := catalogue().types.get(name):
            yield Action(title=f"Follow the remedy of {name}", said=kind.remedy, priority=priority, defense="Evict",
                         mitigates=list(kind.attack))


def _stops(involved: Sequence[Involved], priority: Priority) -> Iterator[Action]:
    for kind, (defense, model, title, said, command) in _STOPS.items():
        names = [one.value for one in involved if one.kind is kind and one.role != "other"][:_EACH]
        for name in names:
            if kind is EntityKind.ACCESS_KEY and not name.startswith("AKIA"):
                yield Action(
                    title=f"End the session with the access key {name}", priority=priority, defense=defense,
                    said="The key is a temporary one: revoke the sessions of the role that it is of.",
                    resources=[(model, name)])
                continue
            commands = [command.format(name)] if command and _PLAIN.fullmatch(name) else []
            yield Action(title=title.format(name), said=said, priority=priority, defense=defense, commands=commands,
                         resources=[(model, name)])


_STOPS: dict[EntityKind, tuple[Defense, str, str, str, str]] = {
    EntityKind.ACCESS_KEY: (
        "Evict", "IAM_ACCESS_KEY", "Make the access key {} inactive",
        "Nobody can use it then; it can be made active again when it turns out to be in order.",
        "aws iam update-access-key --access-key-id {} --status Inactive"),
    EntityKind.INSTANCE: (
        "Isolate", "EC2_INSTANCE", "Isolate the instance {}",
        "Give it a security group that lets nothing in or out, and keep its volumes as snapshots to look at.",
        "aws ec2 describe-instances --instance-ids {}"),
    EntityKind.BUCKET: (
        "Harden", "S3_BUCKET", "Close the bucket {} to the public",
        "Block public access, unless the bucket is meant for everybody.",
        "aws s3api get-public-access-block --bucket {}"),
    EntityKind.CLUSTER: (
        "Harden", "EKS_CLUSTER", "Look at who may reach the cluster {}",
        "Let its endpoint be reached from known addresses only.", "aws eks describe-cluster --name {}"),
    EntityKind.DATABASE: (
        "Isolate", "RDS_INSTANCE", "Let only known clients reach the database {}",
        "Its security groups should let in the applications that need it, and nobody from the Internet.",
        "aws rds describe-db-instances --db-instance-identifier {}"),
    EntityKind.FUNCTION: (
        "Isolate", "LAMBDA_FUNCTION", "Look at the code and the role of the function {}",
        "Stop it by reserving no concurrency for it if it does what it should not.",
        "aws lambda get-function --function-name {}"),
}


def _to_look_at(exhibits: Sequence[Exhibit]) -> Iterator[Action]:
    for one in exhibits:
        if one.verdict == "THREAT" and "met others too" in one.title:
            yield Action(title="Look into the others that the address met", said=one.narrative, priority="SHORT_TERM",
                         defense="Detect")
        if one.verdict == "THREAT" and one.title.startswith("What "):
            yield Action(title="Undo what was done with the calls that were new", said=one.narrative,
                         priority="SHORT_TERM", defense="Restore")


def _to_know_more(unseen: Sequence[str]) -> Iterator[Action]:
    for one in unseen:
        yield Action(title="See more the next time", said=one, priority="STRATEGIC", defense="Detect")
