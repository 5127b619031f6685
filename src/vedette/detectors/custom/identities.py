"""Somebody gets a lasting or a stronger identity: a key, a password, a role's trust, administrator's rights.

*The attack.* A stolen key can be taken back any moment, so its thief makes another way in: an access key or a console
password for some user, a trust policy that lets another account take a role, a trust anchor whose certificates get
sessions from outside, a credential for Bedrock. With rights to manage IAM they give their user or role
AdministratorAccess, or the rights to send mail. Or they simply sign in at the console with a password that no second
factor protects.

*What ordinary work looks the same.* All of it is how accounts are administered. Where people come through a single
sign-on, and keys and roles are made by one pipeline, each of these by anybody else is news: that is what the rules are
for, one by one.

*What is not it.* Calls that failed. Other policies, also those whose names begin alike; a policy of one's own with
AWS's name. Sign-ins that failed, with a second factor, or through federation, whose second factor AWS does not see.

*Where it is blind.* Inline policies, policies of groups, own policies that allow everything, permissions boundaries.
"""

from __future__ import annotations

import re
from typing import Any

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM
from vedette.detectors.record_values import inner
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, sso_session, story

# 1. The finding types.

_DISABLE = "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, "

VALID_ACCOUNTS = custom_type(
    "InitialAccess:IAM/ValidAccounts", MEDIUM, ("T1078.004",),
    "Ask whoever the user belongs to whether they signed in. If not, change the password and look at what the session "
    "did. In any case give the user a second factor.")
ACCOUNT_MANIPULATION = custom_type(
    "Persistence:IAM/AccountManipulation", HIGH, ("T1098.001", "T1098.003"),
    _DISABLE + "delete the new key or password, and put back the trust policy.",
    severity_note="High for a new console password, Medium for a changed one and for a role's trust, Low for a key.")
TRUST_ANCHOR = custom_type(
    "Persistence:RolesAnywhere/AccountManipulation", MEDIUM, ("T1098.001",),
    _DISABLE + "disable the trust anchor, and look for sessions of IAM Roles Anywhere since.")
PRIVILEGES_TAKEN = custom_type(
    "PrivilegeEscalation:IAM/AccountManipulation", HIGH, ("T1098.003", "T1098.001"),
    _DISABLE + "detach the policy or delete the credential, and look at what the user or role did since.",
    severity_note="High for administrator's rights, Medium for all rights in SES and for a credential for Bedrock.")

# 2. Settings: none.

# 3. The logic.

_IAM = "iam.amazonaws.com"
_OF_AWS = re.compile(r"arn:[a-z0-9-]+:iam::aws:policy/(?P<name>[\w+=,.@-]+)", re.ASCII)
"""Policies that AWS manages, in any partition."""
_USER, _ROLE = "AWS::IAM::User", "AWS::IAM::Role"


@rule("console-login-without-mfa", "ConsoleLoginWithoutMFA", VALID_ACCOUNTS, MEDIUM,
      on=calls("signin.amazonaws.com", "ConsoleLogin"),
      where="responseElements.ConsoleLogin = 'Success' AND additionalEventData.MFAUsed = 'No' "
            "AND userIdentity.type IN ('IAMUser', 'Root')",
      says="Whoever knows the password can sign in.")
def login_without_mfa(call: ApiCall) -> Shown | None:
    """A user, or root, signed in at the console with a password alone."""
    if call.identity.type not in ("IAMUser", "Root") or call.response.get("ConsoleLogin") != "Success":
        return None
    if text_of(call.additional.get("MFAUsed")).lower() != "no":
        return None
    return Shown("signed in at the console without a second factor")


@rule("iam-access-key-created", "IAMAccessKeyCreated", ACCOUNT_MANIPULATION, LOW,
      on=calls(_IAM, "CreateAccessKey"), says="The key works until somebody disables it.")
def access_key_created(call: ApiCall) -> Shown:
    """An access key was made."""
    name = _named(call, "userName") or text_of(inner(call.response, "accessKey", "userName"))
    return Shown(f"made an access key for {thing('user', name)}" if name else "made an access key",
                 ((_USER, name),))


@rule("iam-role-trust-policy-modified", "IAMRoleTrustPolicyModified", ACCOUNT_MANIPULATION, MEDIUM,
      on=calls(_IAM, "UpdateAssumeRolePolicy"), says="The trust policy says who may take the role.")
def trust_policy_modified(call: ApiCall) -> Shown:
    """A role's trust policy was changed."""
    name = _named(call, "roleName")
    return Shown(f"changed the trust policy of {thing('role', name)}", ((_ROLE, name),))


@rule("iam-user-login-profile-created", "IAMUserLoginProfileCreated", ACCOUNT_MANIPULATION, HIGH,
      on=calls(_IAM, "CreateLoginProfile"), says="With it the user can sign in at the console.")
def login_profile_created(call: ApiCall) -> Shown:
    """A user got a password for the console."""
    name = _named(call, "userName")
    return Shown(f"gave {thing('user', name)} a console password", ((_USER, name),))


@rule("iam-user-login-profile-updated", "IAMUserLoginProfileUpdated", ACCOUNT_MANIPULATION, MEDIUM,
      on=calls(_IAM, "UpdateLoginProfile"), says="Whoever changed it can sign in at the console as the user.")
def login_profile_updated(call: ApiCall) -> Shown:
    """A user's password for the console was changed by somebody."""
    name = _named(call, "userName")
    return Shown(f"changed the console password of {thing('user', name)}", ((_USER, name),))


@rule("roles-anywhere-trust-anchor-created", "RolesAnywhereTrustAnchorCreated", TRUST_ANCHOR, MEDIUM,
      on=calls("rolesanywhere.amazonaws.com", "CreateTrustAnchor"),
      says="Certificates of its authority can get sessions of roles that trust it, from anywhere.")
def trust_anchor_created(call: ApiCall) -> Shown:
    """A trust anchor was made."""
    name = _named(call, "name")
    return Shown(f"made {thing('trust anchor', name)}", (("AWS::RolesAnywhere::TrustAnchor", name),))


_ADMIN, _MAIL = "AdministratorAccess", "AmazonSESFullAccess"


def _policy_is(name: str) -> str:
    return f"requestParameters.policyArn LIKE 'arn:%:iam::aws:policy/{name}'"


@rule("admin-policy-attached-to-role", "AdminPolicyAttachedToRole", PRIVILEGES_TAKEN, HIGH,
      on=calls(_IAM, "AttachRolePolicy"), where=_policy_is(_ADMIN), says="It has every right in the account now.")
def admin_role(call: ApiCall) -> Shown | None:
    """A role became an administrator."""
    return _attached(call, _ADMIN, "role", _ROLE)


@rule("admin-policy-attached-to-user", "AdminPolicyAttachedToUser", PRIVILEGES_TAKEN, HIGH,
      on=calls(_IAM, "AttachUserPolicy"), where=_policy_is(_ADMIN), says="It has every right in the account now.")
def admin_user(call: ApiCall) -> Shown | None:
    """A user became an administrator."""
    return _attached(call, _ADMIN, "user", _USER)


@rule("ses-full-access-policy-attached-to-role", "SESFullAccessPolicyAttachedToRole", PRIVILEGES_TAKEN, MEDIUM,
      on=calls(_IAM, "AttachRolePolicy"), where=_policy_is(_MAIL), says="It can send mail as the account now.")
def mail_role(call: ApiCall) -> Shown | None:
    """A role got all rights in SES."""
    return _attached(call, _MAIL, "role", _ROLE)


@rule("ses-full-access-policy-attached-to-user", "SESFullAccessPolicyAttachedToUser", PRIVILEGES_TAKEN, MEDIUM,
      on=calls(_IAM, "AttachUserPolicy"), where=_policy_is(_MAIL), says="It can send mail as the account now.")
def mail_user(call: ApiCall) -> Shown | None:
    """A user got all rights in SES."""
    return _attached(call, _MAIL, "user", _USER)


@rule("bedrock-service-credential-created", "BedrockServiceCredentialCreated", PRIVILEGES_TAKEN, MEDIUM,
      on=calls(_IAM, "CreateServiceSpecificCredential"),
      where="requestParameters.serviceName = 'bedrock.amazonaws.com'",
      says="It is an API key for models, at the account's expense.")
def bedrock_credential(call: ApiCall) -> Shown | None:
    """A user got a credential for Bedrock."""
    if call.request.get("serviceName") != "bedrock.amazonaws.com":
        return None
    name = _named(call, "userName")
    return Shown(f"made a Bedrock API key for {thing('user', name)}", ((_USER, name),))


def _attached(call: ApiCall, policy: str, kind: str, resource: str) -> Shown | None:
    found = _OF_AWS.fullmatch(_named(call, "policyArn"))
    if found is None or found["name"] != policy:
        return None
    name = _named(call, f"{kind}Name")
    return Shown(f"attached {policy} to {thing(kind, name)}", ((resource, name),))


def _named(call: ApiCall, name: str) -> str:
    return text_of(call.request.get(name))


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_bob = iam_user("bob")
_ANCHOR = {"name": "corporate-ca", "enabled": True, "source": {"sourceType": "CERTIFICATE_BUNDLE"}}


def _attach(kind: str, policy: str, **more: Any) -> Any:
    return _mallory.calls("iam", f"Attach{kind.title()}Policy", {f"{kind}Name": "backup", "policyArn": policy}, **more)


EXAMPLES = [
    story("a user signs in with a password alone",
          _bob.console_login(mfa=False)).fires(VALID_ACCOUNTS, {
              "customDetectionRuleName": "ConsoleLoginWithoutMFA", "severity": MEDIUM,
              "title": "IAM user bob signed in at the console without a second factor."}),
    story("sign-ins with a second factor, that failed, or through a single sign-on",
          _bob.console_login(), _bob.console_login(mfa=False, success=False),
          _bob.calls("signin", "ConsoleLogin", response={"ConsoleLogin": "Success"}, event_type="AwsConsoleSignIn"),
          sso_session("ann@acme.example", "Admin").console_login(mfa=False),
          role_session("saml-admin", "ann@acme.example").console_login(mfa=False)).silent(),
    story("a thief makes a key that lasts, for somebody and for themselves",
          _mallory.calls("iam", "CreateAccessKey", {"userName": "backup"}, response={
              "accessKey": {"accessKeyId": "AKIAEXAMPLE", "status": "Active", "userName": "backup"}}),
          _mallory.calls("iam", "CreateAccessKey", response={
              "accessKey": {"accessKeyId": "AKIAEXAMPLE", "status": "Active", "userName": "mallory"}})).fires(
        ACCOUNT_MANIPULATION, {"title": "IAM user mallory made an access key for user mallory.", "severity": LOW,
                               "customDetectionRuleName": "IAMAccessKeyCreated"}, count=2),
    story("a role is made to trust another account",
          _mallory.calls("iam", "UpdateAssumeRolePolicy", {"roleName": "backup", "policyDocument": "{}"})).fires(
        ACCOUNT_MANIPULATION, {"severity": MEDIUM, "service.action.awsApiCallAction.affectedResources": {
            "AWS::IAM::Role": "backup"}}),
    story("a user gets a console password",
          _mallory.calls("iam", "CreateLoginProfile", {"userName": "backup", "passwordResetRequired": False})).fires(
        ACCOUNT_MANIPULATION, {"severity": HIGH, "title": "IAM user mallory gave user backup a console password."}),
    story("a user's console password is changed",
          _mallory.calls("iam", "UpdateLoginProfile", {"userName": "backup"})).fires(
        ACCOUNT_MANIPULATION, {"severity": MEDIUM}),
    story("a trust anchor is made", _mallory.calls("rolesanywhere", "CreateTrustAnchor", _ANCHOR)).fires(
        TRUST_ANCHOR, {"title": "IAM user mallory made trust anchor corporate-ca."}),
    *(story(f"a {kind} gets AWS's {name}, in {how}", _attach(kind, f"arn:{how}:iam::aws:policy/{name}")).fires(
        PRIVILEGES_TAKEN, {"severity": severity, "title": f"IAM user mallory attached {name} to {kind} backup."})
      for kind, how, name, severity in (
          ("role", "aws", _ADMIN, HIGH), ("user", "aws-cn", _ADMIN, HIGH),
          ("role", "aws-us-gov", _MAIL, MEDIUM), ("user", "aws", _MAIL, MEDIUM))),
    story("a user gets a key for models",
          _mallory.calls("iam", "CreateServiceSpecificCredential", {
              "userName": "backup", "serviceName": "bedrock.amazonaws.com"})).fires(PRIVILEGES_TAKEN, {
                  "customDetectionRuleName": "BedrockServiceCredentialCreated", "severity": MEDIUM}),
    story("other policies and credentials",
          _attach("role", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
          _attach("user", "arn:aws:iam::aws:policy/AdministratorAccess-Amplify"),
          _attach("user", "arn:aws:iam::aws:policy/job-function/AdministratorAccess"),
          _attach("role", "arn:aws:iam::111122223333:policy/AdministratorAccess"),
          _attach("role", "arn:aws:iam::111122223333:policy/AmazonSESFullAccess"),
          _mallory.calls("iam", "AttachRolePolicy"),
          _mallory.calls("iam", "CreateServiceSpecificCredential", {
              "userName": "build", "serviceName": "codecommit.amazonaws.com"})).silent(),
    story("all of it is denied",
          _mallory.calls("iam", "CreateAccessKey", error="AccessDenied"),
          _mallory.calls("iam", "CreateLoginProfile", {"userName": "backup"}, error="EntityAlreadyExistsException",
                         error_message="Login Profile for user backup already exists."),
          _mallory.calls("iam", "UpdateLoginProfile", {"userName": "backup"}, error="AccessDenied"),
          _mallory.calls("iam", "UpdateAssumeRolePolicy", {"roleName": "backup"}, error="AccessDenied"),
          _mallory.calls("rolesanywhere", "CreateTrustAnchor", _ANCHOR, error="AccessDeniedException"),
          _attach("role", "arn:aws:iam::aws:policy/AdministratorAccess", error="AccessDenied"),
          _attach("user", "arn:aws:iam::aws:policy/AdministratorAccess", error="NoSuchEntityException",
                  error_message="The user with name backup cannot be found."),
          _mallory.calls("iam", "CreateServiceSpecificCredential", {
              "userName": "backup", "serviceName": "bedrock.amazonaws.com"}, error="AccessDenied")).silent(),
]
