"""The organization's hold on an account is shaken off: it leaves, or its guard rails are switched off.

*The attack.* An account that leaves its organization is free of its service control policies, its central logging and
its administrators; who has taken it over tries that early. Who has taken over the management account switches a whole
type of policies off instead, and no account is held by them any more.

*What ordinary work looks the same.* An account handed over to another company; a new organization being set up, where
policy types are switched on and off.

*An attempt counts* for leaving, as in GuardDuty: the denied call of an ordinary account is what there is to see.

*Where it is blind.* Accounts that the management account removes; single policies detached, changed or deleted.
"""

from __future__ import annotations

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

CLOUD_HIERARCHY = custom_type(
    "DefenseImpairment:Organizations/ModifyCloudResourceHierarchy", HIGH, ("T1666",),
    "Ask whoever holds these credentials whether they meant it. If not, disable the credentials. An account that left "
    "has to be invited again from the management account.")
ORGANIZATION_TOOLS = custom_type(
    "DefenseImpairment:Organizations/DisableOrModifyTools", HIGH, ("T1562.001",),
    "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, enable the policy "
    "type again and attach its policies: disabling has detached them all.")

# 2. Settings: none.

# 3. The logic.


@rule("organization-leave-attempt", "OrganizationLeaveAttempt", CLOUD_HIERARCHY, HIGH, attempts=True,
      on=calls("organizations.amazonaws.com", "LeaveOrganization"),
      says="Outside of its organization an account has none of its guard rails.")
def leave_attempt(call: ApiCall) -> Shown:
    """The account left its organization, or somebody tried."""
    return Shown("took the account out of its organization" if call.succeeded else
                 "tried to take the account out of its organization")


@rule("organization-policy-disabled", "OrganizationPolicyDisabled", ORGANIZATION_TOOLS, HIGH,
      on=calls("organizations.amazonaws.com", "DisablePolicyType"),
      says="No policy of that type holds in the organization any more.")
def policy_disabled(call: ApiCall) -> Shown:
    """A type of policies was switched off for the whole organization."""
    kind = text_of(call.request.get("policyType"))
    return Shown(f"disabled {thing('policy type', kind)} of the organization",
                 (("AWS::Organizations::Root", text_of(call.request.get("rootId"))),))


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_admin = role_session("organization-admin", "mallory")
_TYPE = {"rootId": "r-ab12", "policyType": "SERVICE_CONTROL_POLICY"}

EXAMPLES = [
    story("an account leaves", _mallory.calls("organizations", "LeaveOrganization")).fires(CLOUD_HIERARCHY, {
        "customDetectionRuleName": "OrganizationLeaveAttempt",
        "title": "IAM user mallory took the account out of its organization."}),
    story("it is not let go: the attempt counts",
          _admin.calls("organizations", "LeaveOrganization", error="AccessDenied")).fires(CLOUD_HIERARCHY, {
              "severity": HIGH, "service.action.awsApiCallAction.errorCode": "AccessDenied"}),
    story("service control policies are switched off for all accounts",
          _admin.calls("organizations", "DisablePolicyType", _TYPE)).fires(ORGANIZATION_TOOLS, {
              "title": "Role organization-admin disabled policy type SERVICE_CONTROL_POLICY of the organization."}),
    story("a policy type is switched on, or may not be switched off",
          _admin.calls("organizations", "EnablePolicyType", _TYPE),
          _mallory.calls("organizations", "DisablePolicyType", _TYPE, error="AccessDeniedException")).silent(),
]
