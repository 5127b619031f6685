"""Somebody gets an account ready to send mail: phishing and spam from an address that others trust.

*The attack.* With a stolen key, SES is made to send: sending is switched on again where it was stopped, the account is
asked out of the sandbox into production, and a domain is verified to send as (a look-alike, or one's own).

*What ordinary work looks the same.* A product that starts to send mail does all three, once, in its own account, from
its pipeline. An account that never sent mail has no reason to.

*What is not it.* Calls that failed; sending switched off; an address (not a domain) that is verified; account details
that do not ask for production.

*Where it is blind.* Identities that were verified before; mail sent with them. The record may hide a domain's name.
"""

from __future__ import annotations

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import LOW, MEDIUM
from vedette.detectors.record_values import is_false, is_true
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

_DISABLE = "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, "

MAIL_HIJACKED = custom_type(
    "Impact:SES/ResourceHijacking", MEDIUM, ("T1496.003",),
    _DISABLE + "pause sending in SES, and look at what was sent and with which identities.",
    severity_note="Medium for production access, Low for sending that is switched on.")
SENDER_MADE = custom_type(
    "ResourceDevelopment:SES/CompromiseAccounts", MEDIUM, ("T1586.002",),
    _DISABLE + "delete the identity, and look for mail sent with it.")

# 2. Settings: none.

# 3. The logic.

_SES = "ses.amazonaws.com"


@rule("ses-account-sending-enabled", "SESAccountSendingEnabled", MAIL_HIJACKED, LOW,
      on=calls(_SES, "UpdateAccountSendingEnabled", "PutAccountSendingAttributes"),
      where="(requestParameters.enabled = true OR requestParameters.sendingEnabled = true)",
      says="The account can send mail with its verified identities.")
def sending_enabled(call: ApiCall) -> Shown | None:
    """The account's sending was switched on, in SES's first API or its second."""
    if not is_true(call.request.get("enabled")) and not is_true(call.request.get("sendingEnabled")):
        return None
    return Shown("switched on the sending of mail")


@rule("ses-production-access-enabled", "SESProductionAccessEnabled", MAIL_HIJACKED, MEDIUM,
      on=calls(_SES, "PutAccountDetails"),
      where="requestParameters.productionAccessEnabled IS NOT false",
      says="Outside of the sandbox the account can send mail to anybody.")
def production_access(call: ApiCall) -> Shown | None:
    """Production access was asked for. Records that do not say so are of such requests too."""
    if is_false(call.request.get("productionAccessEnabled")):
        return None
    return Shown("asked for production access to SES")


@rule("ses-domain-identity-verified", "SESDomainIdentityVerified", SENDER_MADE, MEDIUM,
      on=calls(_SES, "VerifyDomainIdentity", "VerifyDomainDkim", "CreateEmailIdentity"),
      where="(requestParameters.domain IS NOT NULL OR requestParameters.emailIdentity NOT LIKE '%@%')",
      says="The account can send mail in the name of the domain once its DNS says so.")
def domain_verified(call: ApiCall) -> Shown | None:
    """A domain was made an identity to send as."""
    name = text_of(call.request.get("domain")) or text_of(call.request.get("emailIdentity"))
    kind = text_of(call.response.get("identityType"))
    if "@" in name or kind == "EMAIL_ADDRESS":
        return None
    return Shown(f"made {thing('domain', name)} an identity to send mail as", (("AWS::SES::EmailIdentity", name),))


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_DETAILS = {"mailType": "TRANSACTIONAL", "websiteURL": "HIDDEN_DUE_TO_SECURITY_REASONS", "contactLanguage": "EN",
            "useCaseDescription": "HIDDEN_DUE_TO_SECURITY_REASONS"}

EXAMPLES = [
    story("sending is switched on, in either API",
          _mallory.calls("ses", "UpdateAccountSendingEnabled", {"enabled": True}),
          _mallory.calls("ses", "PutAccountSendingAttributes", {"sendingEnabled": True})).fires(MAIL_HIJACKED, {
              "customDetectionRuleName": "SESAccountSendingEnabled", "severity": LOW}, count=2),
    story("production is asked for, with and without the word",
          _mallory.calls("ses", "PutAccountDetails", _DETAILS | {"productionAccessEnabled": True}),
          _mallory.calls("ses", "PutAccountDetails", _DETAILS)).fires(MAIL_HIJACKED, {
              "customDetectionRuleName": "SESProductionAccessEnabled", "severity": MEDIUM}, count=2),
    story("domains are verified, in every way there is",
          _mallory.calls("ses", "VerifyDomainIdentity", {"domain": "acme-payments.example"}),
          _mallory.calls("ses", "CreateEmailIdentity", {"emailIdentity": "acme-payments.example"},
                         response={"identityType": "DOMAIN", "verifiedForSendingStatus": False}),
          _mallory.calls("ses", "VerifyDomainDkim", {"domain": "acme-payments.example"})).fires(SENDER_MADE, {
              "title": "IAM user mallory made domain acme-payments.example an identity to send mail as."}, count=3),
    story("sending is switched off, an address is verified, details are changed",
          _deployer.calls("ses", "UpdateAccountSendingEnabled", {"enabled": False}),
          _deployer.calls("ses", "PutAccountSendingAttributes"),
          _deployer.calls("ses", "PutAccountDetails", _DETAILS | {"productionAccessEnabled": False}),
          _deployer.calls("ses", "CreateEmailIdentity", {"emailIdentity": "ops@acme.example"},
                          response={"identityType": "EMAIL_ADDRESS"}),
          _deployer.calls("ses", "CreateEmailIdentity", {"emailIdentity": "ops@acme.example"}),
          _deployer.calls("ses", "CreateEmailIdentity", {"emailIdentity": "HIDDEN_DUE_TO_SECURITY_REASONS"},
                          response={"identityType": "EMAIL_ADDRESS"})).silent(),
    story("all of it is denied",
          _mallory.calls("ses", "UpdateAccountSendingEnabled", {"enabled": True}, error="AccessDenied"),
          _mallory.calls("ses", "PutAccountDetails", _DETAILS, error="AccessDeniedException"),
          _mallory.calls("ses", "VerifyDomainIdentity", {"domain": "acme-payments.example"}, error="AccessDenied"),
          ).silent(),
]
