"""Custom detection rules: all there are, how each works in the account, and what it found."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from vedette.api.console.endpoint import Asked, endpoint
from vedette.api.operation import Context
from vedette.api.relationships import Relationships
from vedette.detectors.catalogue import catalogue
from vedette.detectors.custom_rule import Rule, custom_rules
from vedette.findings.configuration import RuleAssociation, RuleTrial
from vedette.findings.filters import FindingCriteria
from vedette.findings.membership import watched
from vedette.findings.rule_modes import RuleModes

RULE_NAME = "customDetectionRuleName"


class Rules(Asked, frozen=True, kw_only=True):
    """The rules, with the findings that are seen by a detector."""

    detector_id: Annotated[str, Meta(max_length=300)]


@endpoint("GET", "/custom-rules")
def list_custom_rules(context: Context, asked: Rules) -> dict[str, Any]:
    """Every rule, also those over logs that GuardDuty's catalogue has no words for."""
    context.detector(asked.detector_id)
    rules = custom_rules()
    modes = RuleModes.read(context.store, context.clock())
    counted = context.store.commonest(
        FindingCriteria(), [RULE_NAME], len(rules), watched(context.store, context.account, context.region))
    found = dict(counted[RULE_NAME].values)
    tried = {one.id: one for one in context.store.configured(RuleTrial, context.account, context.region)}
    # What only the organization's delegated administrator may know, and change.
    delegated = Relationships(context.store, context.region).delegated == context.account
    return {"rules": [{
        **_told(rule),
        "organization": [
            {"mode": one.mode, "include": one.include, "exclude": one.exclude, "expires": one.expires or None,
             "accounts": len(modes.covered(one))} for one in modes.organized(context.account, context.region, rule.id)
        ] if delegated else None,
        "association": _association(modes.association(context.account, context.region, rule.id)),
        "findings": found.get(rule.name, 0),
        "trial": {"matches": tried[rule.id].matches, "since": tried[rule.id].created} if rule.id in tried else None,
    } for rule in rules.values()]}


def _told(rule: Rule) -> dict[str, Any]:
    detectors = [one for one in catalogue().detectors_of(rule.kind.name) if one.name == rule.detector]
    return {
        "id": rule.id, "name": rule.name, "type": rule.kind.name, "severity": rule.severity, "finds": rule.finds,
        "says": rule.says, "condition": rule.expression, "attack": list(rule.kind.attack),
        "remedy": rule.kind.remedy, "source": ", ".join(sorted({log.value for one in detectors for log in one.kinds}))}


def _association(one: RuleAssociation | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"associationId": one.association, "mode": one.mode, "since": one.updated,
            "expires": one.expires or None, "byOrganization": one.by_organization}
