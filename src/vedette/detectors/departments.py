"""To which department a principal belongs, by its tags: those of one department do alike things.

Tags are those of users and roles, as calls make, add and remove them; and of sessions, where each is one person's:
those of IAM Identity Center. What calls say comes first, then what the inventory says. Which keys name a department is
a setting (`Known.departments`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from vedette.detectors.declare import CallsNamed, calls
from vedette.detectors.known import Known
from vedette.detectors.record_values import objects
from vedette.logs.cloudtrail import ApiCall

_IAM, _STS = "iam.amazonaws.com", "sts.amazonaws.com"
_TAGS, _UNTAGS = ("CreateRole", "CreateUser", "TagRole", "TagUser"), ("UntagRole", "UntagUser")
_BEGINS = "AssumeRoleWithSAML"
_SSO = "AWSReservedSSO_"

TAGGING: tuple[CallsNamed, ...] = (calls(_IAM, *_TAGS, *_UNTAGS), calls(_STS, _BEGINS))
"""Calls whose requests say something of tags."""
_TAGGING = frozenset((one.source, name) for one in TAGGING for name in one.names)
MOST = 5_000
"""Principals whose departments are remembered: those of which was heard last."""
LONGEST = 64
"""Characters of names and departments that are remembered. IAM's names are no longer."""


class Membership(msgspec.Struct, array_like=True, order=True):
    """What was said of somebody last."""

    since: int
    """When (ms)."""
    department: str
    """Empty: the tag was taken away."""


Departments = dict[str, Membership]
"""``user/<name>``, ``role/<name>`` or ``session/<role>/<name>`` → its department."""


def is_tagging(call: ApiCall) -> bool:
    """One of `TAGGING`."""
    return (call.event_source, call.event_name) in _TAGGING


def learn(departments: Departments, call: ApiCall, known: Known) -> None:
    """What the call says of somebody's department, if it succeeded and says anything."""
    whose = _whose(call) if call.succeeded else ""
    said = _said(call, known) if whose else None
    if said is None:
        return
    news = Membership(call.time, said)
    departments[whose] = max(news, departments.get(whose, news))
    if len(departments) > MOST:
        # Many at once, since finding out whose costs as much as for one.
        oldest = sorted(departments, key=lambda one: (departments[one], one))
        for one in oldest[:MOST // 10]:
            del departments[one]


def department_of(departments: Mapping[str, Membership], principal: str, known: Known) -> str:
    """The department of a principal, as `traits.identified` names it; empty where nobody says."""
    for one in names_of(principal):
        if one in departments:
            return departments[one].department
    arn = principal.rpartition("/")[0] if ":role/" in principal else principal
    return _chosen(known.inventory.tags_of_principal(arn), known)


def without(departments: Mapping[str, Membership], principal: str) -> Departments:
    """All but what is said of a principal itself; of a session, what its role's tags say stays."""
    gone = names_of(principal)[:1]
    return {name: one for name, one in departments.items() if name not in gone}


def joined(some: Mapping[str, Membership], others: Mapping[str, Membership]) -> Departments:
    """Of both, what was said last."""
    both = dict(some)
    for name, one in others.items():
        both[name] = max(one, both.get(name, one))
    kept = sorted(both, key=lambda name: (both[name], name))[-MOST:]
    return {name: both[name] for name in sorted(kept)}


def names_of(principal: str) -> list[str]:
    """The names under which a principal's department may be remembered, the nearest first."""
    if ":user/" in principal:
        return [f"user/{principal.rpartition('/')[2]}"]
    if ":role/" not in principal:
        return []
    role, _, session = principal.partition(":role/")[2].rpartition("/")
    role = role.rpartition("/")[2]
    person = [f"session/{role}/{session}"] if role.startswith(_SSO) and session else []
    return [*person, f"role/{role}"]


def _whose(call: ApiCall) -> str:
    """Under which name it is remembered what the call says; empty: of nobody that has a name."""
    request = call.request
    if call.event_name == _BEGINS:
        arn, session = request.get("roleArn"), request.get("roleSessionName")
        role = arn.rpartition("/")[2] if isinstance(arn, str) else ""
        # Who else comes with SAML shares a role with others, who are one principal.
        named = role.startswith(_SSO) and isinstance(session, str) and 0 < len(session) <= LONGEST
        return f"session/{role}/{session}" if named and len(role) <= LONGEST else ""
    kind = "user" if call.event_name.endswith("User") else "role"
    name = request.get(f"{kind}Name")
    return f"{kind}/{name}" if isinstance(name, str) and 0 < len(name) <= LONGEST else ""


def _said(call: ApiCall, known: Known) -> str | None:
    """The department; empty: it has none any more; None: nothing of it."""
    request = call.request
    if call.event_name in _UNTAGS:
        keys = request.get("tagKeys")
        gone = {key.lower() for key in keys if isinstance(key, str)} if isinstance(keys, list) else set()
        return "" if gone.intersection(known.departments) else None
    if call.event_name == _BEGINS:
        tags = request.get("principalTags")
        return _chosen(tags if isinstance(tags, dict) else {}, known) or None
    return _chosen({key: one.get("value") for one in objects(request.get("tags"))
                    if isinstance(key := one.get("key"), str)}, known) or None


def _chosen(tags: Mapping[str, object], known: Known) -> str:
    """What the first of the keys that name a department says."""
    told = {key.lower(): value for key, value in tags.items()}
    for key in known.departments:
        value = told.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip().lower()[:LONGEST]
    return ""
