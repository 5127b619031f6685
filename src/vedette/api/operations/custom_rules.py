"""Custom detection rules: the catalogue, which rules an account has at work, and which its organization has.

A rule finds nothing until it is associated: LIVE makes findings, DRY_RUN only counts what it would have found (metric
``vedette_custom_rule_trial_matches_total``) and ends after fourteen days. What concerns the whole organization is only
for its delegated administrator, and goes before what an account has set itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vedette.api.errors import NO_SUCH_RESOURCE, AccessDenied, BadRequest, Conflict, ResourceNotFound
from vedette.api.operation import Context, operation
from vedette.api.relationships import Relationships, page
from vedette.api.tagging import checked_tags
from vedette.detectors.custom_rule import Rule, custom_rules
from vedette.findings.configuration import RuleAssociation, RuleMode, RuleOrganization
from vedette.findings.configured import ConfigurationReader
from vedette.findings.finding import partition_of
from vedette.findings.rule_modes import RuleModes, ends, id_of_association, in_force
from vedette.publish.severity import band_of

PUBLISHED = 1_795_478_400_000
"""2026-11-24 (ms): since when the catalogue here has these rules."""

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)

MANAGED = "The request is rejected because the organization's delegated administrator has set how this rule works."
EXISTS = "The request is rejected because the rule is associated with the account already."


@operation("ListCustomDetectionRules", changes=False)
def list_custom_detection_rules(
    context: Context, *, filters: Sequence[dict[str, Any]] = (), max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """The catalogue of rules over CloudTrail, by rule id. A rule must pass every filter, by any of its values."""
    found = [shown for shown in (_summary(context, one) for one in custom_rules().values() if one.on is not None)
             if all(_passes(shown, one) for one in filters)]
    shown, more = page(found, _rule_id, max_results, next_token)
    return {"Rules": shown, **more}


@operation("GetCustomDetectionRule", changes=False)
def get_custom_detection_rule(context: Context, *, rule_id: str) -> dict[str, Any]:
    """One rule over CloudTrail, with its condition."""
    rule = _rule(rule_id)
    if rule.on is None:
        raise ResourceNotFound(NO_SUCH_RESOURCE)
    return {"Rule": {**_summary(context, rule), "definition": {"expression": rule.expression}}}


@operation("CreateCustomDetectionRuleAssociation", changes=True)
def create_custom_detection_rule_association(
    context: Context, *, rule_id: str, mode: RuleMode, tags: dict[str, str] | None = None,
    client_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """Put a rule to work in the account."""
    _rule(rule_id)
    now = context.clock()
    with context.store.transaction() as batch:
        if RuleModes.read(batch, now).association(context.account, context.region, rule_id) is not None:
            raise Conflict(EXISTS)
        made = RuleAssociation(
            account=context.account, region=context.region, id=rule_id, created=now, updated=now,
            association=id_of_association(context.account, context.region, rule_id, now), mode=mode,
            expires=ends(mode, now), tags=checked_tags(tags))
        batch.configure(made)
    return {"RuleAssociation": _association(context, made)}


@operation("GetCustomDetectionRuleAssociation", changes=False)
def get_custom_detection_rule_association(
    context: Context, *, rule_id: str, association_id: str
) -> dict[str, Any]:
    """One association."""
    found = _found(context.store, context, rule_id, association_id)
    if found is None:
        raise ResourceNotFound(NO_SUCH_RESOURCE)
    return {"RuleAssociation": _association(context, found), **({"Tags": found.tags} if found.tags else {})}


@operation("UpdateCustomDetectionRuleAssociation", changes=True)
def update_custom_detection_rule_association(
    context: Context, *, rule_id: str, association_id: str, mode: RuleMode
) -> dict[str, Any]:
    """Change an association's mode. A trial that goes on ends when it would have."""
    with context.store.transaction() as batch:
        found = _found(batch, context, rule_id, association_id)
        if found is None:
            raise ResourceNotFound(NO_SUCH_RESOURCE)
        _refuse_managed(found)
        now = context.clock()
        if mode != found.mode:
            found.mode, found.expires = mode, ends(mode, now)
        found.updated = now
        batch.configure(found)
    return {}


@operation("DeleteCustomDetectionRuleAssociation", changes=True)
def delete_custom_detection_rule_association(
    context: Context, *, rule_id: str, association_id: str
) -> dict[str, Any]:
    """End an association; one that is gone already has ended."""
    _rule(rule_id)
    with context.store.transaction() as batch:
        found = _found(batch, context, rule_id, association_id)
        if found is not None:
            _refuse_managed(found)
            batch.unconfigure(RuleAssociation, context.account, context.region, rule_id)
    return {}


@operation("ListCustomDetectionRuleAssociations", changes=False)
def list_custom_detection_rule_associations(
    context: Context, *, rule_id: str = "", mode: str = "", max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """The account's associations, by rule id, those that its organization makes too."""
    modes = RuleModes.read(context.store, context.clock())
    found = [_association(context, one) for one in modes.associations(context.account, context.region)
             if one.id in custom_rules() and rule_id in ("", one.id) and mode in ("", one.mode)]
    shown, more = page(found, _rule_id, max_results, next_token)
    return {"RuleAssociations": [_without(one, "accountId") for one in shown], **more}


@operation("CreateCustomDetectionRuleOrgConfiguration", changes=True)
def create_custom_detection_rule_org_configuration(
    context: Context, *, rule_id: str, mode: RuleMode, include_account_ids: Sequence[str] = (),
    exclude_account_ids: Sequence[str] = (), client_token: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """Put a rule to work in the organization: in all accounts, in some, or in all but some.

    Accounts that are named and are no members are covered from when they become some.
    """
    _refuse_others(context)
    _rule(rule_id)
    now = context.clock()
    made = RuleOrganization(account=context.account, region=context.region, id=f"{rule_id}/{mode}", created=now,
                            updated=now, rule=rule_id, mode=mode, expires=ends(mode, now))
    _name_accounts(made, include_account_ids, exclude_account_ids)
    with context.store.transaction() as batch:
        there = _configurations(batch, context, rule_id)
        if any(one.mode == mode for one in there):
            raise Conflict(
                f"The request is rejected because {rule_id} has a configuration with the mode {mode} already.")
        _refuse_two_for_all([*there, made])
        batch.configure(made)
    return {}


@operation("GetCustomDetectionRuleOrgConfiguration", changes=False)
def get_custom_detection_rule_org_configuration(
    context: Context, *, rule_id: str, mode: RuleMode
) -> dict[str, Any]:
    """The organization's setting of a rule."""
    _refuse_others(context)
    found = _configuration(context.store, context, rule_id, mode)
    return {"Configuration": {**_setting(found), "includeAccountIds": found.include,
                              "excludeAccountIds": found.exclude}}


@operation("UpdateCustomDetectionRuleOrgConfiguration", changes=True)
def update_custom_detection_rule_org_configuration(
    context: Context, *, rule_id: str, mode: RuleMode, include_account_ids: Sequence[str] | None = None,
    exclude_account_ids: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Change the organization's setting of a rule: its accounts, or, where there is none with the mode, the mode.

    Accounts that are not named stay; to name some is to name all.
    """
    _refuse_others(context)
    _rule(rule_id)
    now = context.clock()
    with context.store.transaction() as batch:
        there = _configurations(batch, context, rule_id)
        found = next((one for one in there if one.mode == mode), None) or (there[0] if len(there) == 1 else None)
        if found is None:
            raise ResourceNotFound(NO_SUCH_RESOURCE)
        if include_account_ids is not None or exclude_account_ids is not None:
            _name_accounts(found, include_account_ids or (), exclude_account_ids or ())
        _refuse_two_for_all(there)
        if found.mode != mode:
            batch.unconfigure(RuleOrganization, found.account, found.region, found.id)
            found.id, found.mode, found.expires = f"{rule_id}/{mode}", mode, ends(mode, now)
        found.updated = now
        batch.configure(found)
    return {}


@operation("DeleteCustomDetectionRuleOrgConfiguration", changes=True)
def delete_custom_detection_rule_org_configuration(
    context: Context, *, rule_id: str, mode: RuleMode
) -> dict[str, Any]:
    """End the organization's setting of a rule. The associations that it made stay, as the accounts' own."""
    _refuse_others(context)
    now = context.clock()
    with context.store.transaction() as batch:
        found = _configuration(batch, context, rule_id, mode)
        modes = RuleModes.read(batch, now)
        for account in modes.covered(found):
            left = modes.association(account, found.region, rule_id)
            if left is not None and left.mode == mode:
                left.by_organization = False
                batch.configure(left)
        batch.unconfigure(RuleOrganization, found.account, found.region, found.id)
    return {}


@operation("ListCustomDetectionRuleOrgConfigurations", changes=False)
def list_custom_detection_rule_org_configurations(
    context: Context, *, status: str = "", max_results: int = 50, next_token: str = "",
) -> dict[str, Any]:
    """The organization's settings, by rule id. Each is in force as soon as it is made."""
    _refuse_others(context)
    found = [_setting(one) for one in _configurations(context.store, context)] if status in ("", _ACTIVE) else []
    shown, more = page(sorted(found, key=_rule_and_mode), _rule_and_mode, max_results, next_token)
    return {"Configurations": shown, **more}


_ACTIVE = "ACTIVE"


def _rule(rule_id: str) -> Rule:
    found = custom_rules().get(rule_id)
    if found is None:
        raise ResourceNotFound(NO_SUCH_RESOURCE)
    return found


def _summary(context: Context, rule: Rule) -> dict[str, Any]:
    partition = partition_of(context.region)
    return {
        "ruleId": rule.id, "arn": f"arn:{partition}:guardduty:{context.region}:aws:custom-detection-rule/{rule.id}",
        "name": rule.name, "description": rule.description, "severity": band_of(rule.severity).upper(),
        "dataSource": "CloudTrailManagementEvent", "tactic": rule.tactic, "technique": rule.technique,
        "service": rule.service, "language": "SQL", "schema": "CloudTrail", "createdAt": PUBLISHED,
        "updatedAt": PUBLISHED}


def _passes(shown: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """A filter: one of its values is the field's, or, with CONTAINS, in it, whatever the case."""
    field = str(shown[asked["name"]])
    if asked.get("condition") == "CONTAINS":
        return any(value.lower() in field.lower() for value in asked["values"])
    return field in asked["values"]


def _found(store: ConfigurationReader, context: Context, rule_id: str, association: str) -> RuleAssociation | None:
    _rule(rule_id)
    found = RuleModes.read(store, context.clock()).association(context.account, context.region, rule_id)
    return found if found is not None and found.association == association else None


def _association(context: Context, one: RuleAssociation) -> dict[str, Any]:
    partition = partition_of(context.region)
    return {
        "associationId": one.association,
        "arn": f"arn:{partition}:guardduty:{one.region}:{one.account}:custom-detection-rule/{one.id}/association/"
               f"{one.association}",
        "ruleId": one.id, "accountId": one.account, "mode": one.mode, "createdAt": one.created,
        "updatedAt": one.updated, **({"expiresAt": one.expires} if one.expires else {})}


def _refuse_managed(found: RuleAssociation) -> None:
    if found.by_organization:
        raise AccessDenied(MANAGED)


def _refuse_others(context: Context) -> None:
    if Relationships(context.store, context.region).delegated != context.account:
        raise AccessDenied("Only the organization's delegated administrator account can use this operation.")


def _configurations(store: ConfigurationReader, context: Context, rule_id: str = "") -> list[RuleOrganization]:
    """The organization's settings (of a rule) that have not ended."""
    now = context.clock()
    return [one for one in store.configured(RuleOrganization, context.account, context.region)
            if in_force(one, now) and one.rule in custom_rules() and rule_id in ("", one.rule)]


def _configuration(
    store: ConfigurationReader, context: Context, rule_id: str, mode: RuleMode
) -> RuleOrganization:
    found = next((one for one in _configurations(store, context, rule_id) if one.mode == mode), None)
    if found is None:
        raise ResourceNotFound(NO_SUCH_RESOURCE)
    return found


def _setting(one: RuleOrganization) -> dict[str, Any]:
    return {"ruleId": one.rule, "mode": one.mode, "status": _ACTIVE, "createdAt": one.created,
            "updatedAt": one.updated, **({"expiresAt": one.expires} if one.expires else {})}


def _name_accounts(one: RuleOrganization, include: Sequence[str], exclude: Sequence[str]) -> None:
    if include and exclude:
        raise BadRequest(
            "The request is rejected because includeAccountIds and excludeAccountIds exclude each other: give one.")
    for account in (*include, *exclude):
        if not _ACCOUNT.fullmatch(account):
            raise BadRequest(f"The request is rejected because {account!r} is no account id: they have 12 digits.")
    one.include, one.exclude = list(dict.fromkeys(include)), list(dict.fromkeys(exclude))


def _refuse_two_for_all(settings: Sequence[RuleOrganization]) -> None:
    """A setting for all accounts leaves none for another of the same rule."""
    if len(settings) > 1 and any(not one.include and not one.exclude for one in settings):
        raise Conflict("The request is rejected because a configuration for all accounts is a rule's only one.")


def _rule_id(shown: Mapping[str, Any]) -> str:
    return str(shown["ruleId"])


def _rule_and_mode(shown: Mapping[str, Any]) -> str:
    return f"{shown['ruleId']}/{shown['mode']}"


def _without(shown: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if key != name}
