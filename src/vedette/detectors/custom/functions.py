"""A function is opened to everybody, so that its code can be called from anywhere without AWS credentials.

*The attack.* A back door that needs no key: a function's policy lets everybody invoke it, or it gets a URL that asks
for no authentication. Whoever knows the name calls it, with the rights of the function's role.

*What ordinary work looks the same.* Webhooks and small web services are public on purpose. The console and frameworks
make such a URL with both calls at once: two findings, of two types.

*What is not it.* Calls that failed; a service or account that is let in; everybody of one account, organization or
resource; a URL that asks for IAM credentials.

*Where it is blind.* A public API in front of the function; layers and their permissions; a function's code.
"""

from __future__ import annotations

from typing import Any

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import OTHER_ACCOUNT, iam_user, role_session, story

# 1. The finding types.

_DISABLE = "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, "

FUNCTION_POLICY = custom_type(
    "Persistence:Lambda/AccountManipulation", HIGH, ("T1098", "T1546"),
    _DISABLE + "remove the permission from the function, and look at its invocations and at its role's calls since.")
FUNCTION_URL = custom_type(
    "Persistence:Lambda/ModifyAuthenticationProcess", HIGH, ("T1556", "T1133"),
    _DISABLE + "delete the URL or make it ask for IAM credentials, and look at the function's invocations since.")

# 2. Settings: none.

# 3. The logic.

_LAMBDA = "lambda.amazonaws.com"
_NARROWING = ("sourceAccount", "sourceArn", "principalOrgID")
"""What of a permission ties it to somebody."""


@rule("lambda-function-public-access", "LambdaFunctionPublicAccess", FUNCTION_POLICY, HIGH,
      on=calls(_LAMBDA, "AddPermission20150331v2", "AddPermission20150331", "AddPermission"),
      where="requestParameters.principal = '*' AND requestParameters.sourceAccount IS NULL "
            "AND requestParameters.sourceArn IS NULL AND requestParameters.principalOrgID IS NULL",
      says="Anybody can invoke it, with the rights of its role.")
def public_access(call: ApiCall) -> Shown | None:
    """A function's policy lets everybody invoke it."""
    request = call.request
    if request.get("principal") != "*" or any(request.get(name) for name in _NARROWING):
        return None
    return _opened(call, "let everybody invoke {it}")


@rule("lambda-function-url-public-access", "LambdaFunctionUrlPublicAccess", FUNCTION_URL, HIGH,
      on=calls(_LAMBDA, "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"),
      where="requestParameters.authType = 'NONE'",
      says="Its URL takes requests from anybody, if the function's policy lets it.")
def public_url(call: ApiCall) -> Shown | None:
    """A function has a URL that asks for no authentication."""
    if call.request.get("authType") != "NONE":
        return None
    return _opened(call, "gave {it} a URL without authentication")


def _opened(call: ApiCall, did: str) -> Shown:
    name = text_of(call.request.get("functionName"))
    return Shown(did.replace("{it}", thing("function", name)), (("AWS::Lambda::Function", name),))


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")


def _permits(who: Any, principal: str, *, version: str = "20150331v2", error: str | None = None, **more: Any) -> Any:
    return who.calls("lambda", f"AddPermission{version}", {
        "functionName": "report", "statementId": "backdoor", "action": "lambda:InvokeFunction", "principal": principal,
        **more}, error=error)


def _url(who: Any, kind: str | None, *, name: str = "CreateFunctionUrlConfig", **more: Any) -> Any:
    return who.calls("lambda", name, {"functionName": "report", **({"authType": kind} if kind else {})}, **more)


EXAMPLES = [
    *(story(f"everybody may invoke a function, in a record of AddPermission{version}",
            _permits(_mallory, "*", version=version)).fires(FUNCTION_POLICY, {
                "customDetectionRuleName": "LambdaFunctionPublicAccess", "severity": HIGH,
                "title": "IAM user mallory let everybody invoke function report."})
      for version in ("20150331v2", "20150331", "")),
    story("a function gets an open URL, as the console makes one",
          _url(_mallory, "NONE"),
          _permits(_mallory, "*", action="lambda:InvokeFunctionUrl", functionUrlAuthType="NONE")).fires(
        FUNCTION_URL, {"title": "IAM user mallory gave function report a URL without authentication."}).fires(
        FUNCTION_POLICY),
    story("a URL that asked for credentials no longer does",
          _url(_mallory, "NONE", name="UpdateFunctionUrlConfig")).fires(FUNCTION_URL, {"severity": HIGH}),
    story("services, accounts and one's own organization are let in, a URL asks for credentials",
          _permits(_deployer, "s3.amazonaws.com"), _permits(_deployer, OTHER_ACCOUNT),
          _permits(_deployer, "*", principalOrgID="o-a1b2c3d4e5"),
          _permits(_deployer, "*", sourceAccount="111122223333"),
          _permits(_deployer, "*", sourceArn="arn:aws:s3:::acme-ledger"),
          _deployer.calls("lambda", "AddPermission20150331v2"),
          _url(_deployer, "AWS_IAM"), _url(_deployer, None, name="UpdateFunctionUrlConfig")).silent(),
    story("all of it is denied",
          _permits(_mallory, "*", error="AccessDenied"),
          _url(_mallory, "NONE", error="ResourceNotFoundException", error_message="Function does not exist")).silent(),
]
