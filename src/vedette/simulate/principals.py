"""Who calls AWS, as CloudTrail's ``userIdentity`` names each kind of caller.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vedette.logs.kinds import LogKind
from vedette.simulate.addresses import ACCOUNT, HOME, LAMBDA_PUBLIC, NAT_PUBLIC, OFFICE, REGION
from vedette.simulate.events import Event
from vedette.simulate.identifiers import bare_hex, upper_id
from vedette.simulate.network import Instance

AWS_CLI = (
    "aws-cli/2.17.32 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0-1014-generic md/arch#x86_64 lang/python#3.11.9"
    " md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/distrib#ubuntu.24"
)
BOTO3 = (
    "Boto3/1.35.20 md/Botocore#1.35.20 ua/2.0 os/linux#6.1.109-118.189.amzn2023.x86_64 md/arch#x86_64"
    " lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.20"
)
LAMBDA_BOTO3 = BOTO3.replace(" cfg/", " exec-env/AWS_Lambda_python3.12 cfg/")
FARGATE_BOTO3 = BOTO3.replace(" cfg/", " exec-env/AWS_ECS_FARGATE cfg/")
BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/128.0.0.0 Safari/537.36"
)
TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.66.0"
    " (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.6"
    " md/GOOS#linux md/GOARCH#amd64"
)

SESSION_AGE = 600
"""Seconds before the story's start at which a session began."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, or something, that calls AWS.

    ``user_identity`` is what CloudTrail writes, except for ``sessionContext.attributes.creationDate``, which
    is filled in when the story is rendered. ``account`` is the caller's own, ``recipient`` the one whose log
    the call is in.
    """

    account: str
    recipient: str
    ip: str
    agent: str
    user_identity: Mapping[str, Any]
    region: str = REGION

    @property
    def arn(self) -> str:
        """The caller's ARN; empty for a service."""
        return str(self.user_identity.get("arn", ""))

    @property
    def principal_id(self) -> str:
        """``AIDA…``, or ``AROA…:session``; empty for a service."""
        return str(self.user_identity.get("principalId", ""))

    @property
    def access_key_id(self) -> str:
        """``AKIA…`` or ``ASIA…``; empty where the record has none."""
        return str(self.user_identity.get("accessKeyId", ""))

    @property
    def user_name(self) -> str:
        """The user's name, or the role's for a session."""
        issuer = self.user_identity.get("sessionContext", {}).get("sessionIssuer", {})
        return str(self.user_identity.get("userName") or issuer.get("userName", ""))

    def calls(
        self, service: str, name: str, request: Mapping[str, Any] | None = None, *,
        response: Mapping[str, Any] | None = None, error: str | None = None, error_message: str | None = None,
        ip: str | None = None, agent: str | None = None, region: str | None = None, at: float | None = None,
        after: float = 1.0, event_type: str = "AwsApiCall", additional: Mapping[str, Any] | None = None,
        resources: Sequence[Mapping[str, Any]] | None = None, vpc_endpoint: str | None = None,
        vpc_endpoint_account: str | None = None, category: str | None = None, read_only: bool | None = None,
        event_id: str | None = None, **top_level: Any,
    ) -> Event:
        """An API call: ``bob.calls("cloudtrail", "StopLogging", {"name": "main"})``.

        ``service`` is short (``s3``) or whole (``s3.amazonaws.com``). A call with an ``error`` has no
        response, and a message of AWS's wording for it. ``category`` is ``Management``, or ``Data`` (guessed
        for what S3 does with objects), ``read_only`` is guessed from the verb. ``top_level`` fields replace
        the record's own: ``recipientAccountId="…"``; a None removes the field.
        """
        return Event(LogKind.CLOUDTRAIL, at, {
            "principal": self, "service": service, "name": name, "request": request, "response": response,
            "error": error, "error_message": error_message, "ip": ip or self.ip, "agent": agent or self.agent,
            "region": region or self.region, "event_type": event_type, "additional": additional,
            "resources": resources, "vpc_endpoint": vpc_endpoint,
            "vpc_endpoint_account": vpc_endpoint_account,
            "category": category, "read_only": read_only, "event_id": event_id, "top_level": top_level,
        }, after)

    def console_login(
        self, *, ip: str | None = None, mfa: bool = True, success: bool = True, agent: str = BROWSER,
        region: str | None = None, at: float | None = None, after: float = 1.0,
        error_message: str = "Failed authentication", **top_level: Any,
    ) -> Event:
        """A sign-in to the console; ``success=False``: a wrong password (or what ``error_message`` says)."""
        identity = {key: value for key, value in self.user_identity.items() if key != "accessKeyId"}
        if identity["type"] == "IAMUser":
            identity.pop("sessionContext", None)
            if not success:
                identity["accessKeyId"] = ""
        return replace(self, user_identity=identity).calls(
            "signin", "ConsoleLogin", response={"ConsoleLogin": "Success" if success else "Failure"},
            error_message=None if success else error_message, ip=ip, agent=agent, region=region, at=at,
            after=after,
            event_type="AwsConsoleSignIn", read_only=False, additional={
                "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No",
                "MFAUsed": "Yes" if mfa else "No",
            }, **top_level,
        )

    def through(self, service: str) -> Principal:
        """The same caller when a service (``cloudformation.amazonaws.com``) calls in its name."""
        return replace(
            self, ip=service, agent=service, user_identity={**self.user_identity, "invokedBy": service}
        )


def iam_user(
    name: str, account: str = ACCOUNT, *, ip: str = OFFICE, agent: str = AWS_CLI, recipient: str | None = None
) -> Principal:
    """An IAM user with a long-lived key."""
    return Principal(account, recipient or account, ip, agent, {
        "type": "IAMUser", "principalId": upper_id("AIDA", 21, account, name),
        "arn": f"arn:aws:iam::{account}:user/{name}", "accountId": account,
        "accessKeyId": upper_id("AKIA", 20, account, name), "userName": name,
    })


def root(account: str = ACCOUNT, *, ip: str = OFFICE, agent: str = BROWSER, mfa: bool = True) -> Principal:
    """The account's root user, at the console."""
    return Principal(account, account, ip, agent, {
        "type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account,
        "accessKeyId": upper_id("ASIA", 20, account, "root"),
        "sessionContext": {"attributes": _attributes(mfa=mfa)},
    })


def assumed_root(account: str = ACCOUNT, *, ip: str = OFFICE, agent: str = AWS_CLI) -> Principal:
    """A short root session that the organisation's management account took with ``sts:AssumeRoot``."""
    return Principal(account, account, ip, agent, {
        "type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account,
        "accessKeyId": upper_id("ASIA", 20, account, "assumed-root"), "sessionContext": {
            "sessionIssuer": {}, "webIdFederationData": {}, "attributes": _attributes(mfa=False),
            "assumedRoot": "true",
        },
    })


def role_session(
    role: str, session: str, account: str = ACCOUNT, *, ip: str = OFFICE, agent: str = AWS_CLI,
    mfa: bool = False,
    path: str = "/", recipient: str | None = None, context: Mapping[str, Any] | None = None,
) -> Principal:
    """A session of a role. ``context`` adds to its ``sessionContext``."""
    role_id = upper_id("AROA", 21, account, role)
    return Principal(account, recipient or account, ip, agent, {
        "type": "AssumedRole", "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}", "accountId": account,
        "accessKeyId": upper_id("ASIA", 20, account, role, session), "sessionContext": {
            "sessionIssuer": {
                "type": "Role", "principalId": role_id, "arn": f"arn:aws:iam::{account}:role{path}{role}",
                "accountId": account, "userName": role,
            },
            "attributes": _attributes(mfa=mfa), **(context or {}),
        },
    })


def instance_session(
    machine: Instance, role: str = "web", *, ip: str | None = None, agent: str = BOTO3, imds: str = "2.0"
) -> Principal:
    """The credentials that an instance gets from its metadata service (version ``imds``).

    Calls come from the machine's public address, or from the VPC's NAT gateway if it has none.
    """
    made = role_session(
        role, machine.instance_id, machine.account, ip=ip or machine.public_ip or NAT_PUBLIC, agent=agent,
        context={"ec2RoleDelivery": imds},
    )
    return replace(made, region=machine.region)


def lambda_session(
    function: str, role: str, account: str = ACCOUNT, *, ip: str = LAMBDA_PUBLIC, agent: str = LAMBDA_BOTO3
) -> Principal:
    """A function's role; the session has the function's name."""
    return role_session(role, function, account, ip=ip, agent=agent)


def ecs_session(
    task: str, role: str, account: str = ACCOUNT, *, ip: str = NAT_PUBLIC, agent: str = FARGATE_BOTO3
) -> Principal:
    """A task's role; the session's name is the task's id (32 hexadecimal digits follow from ``task``)."""
    return role_session(role, bare_hex(32, "task", task), account, ip=ip, agent=agent)


def sso_session(
    email: str, permission_set: str, account: str = ACCOUNT, *, ip: str = HOME, agent: str = BROWSER,
    sso_region: str = REGION,
) -> Principal:
    """A person who came through IAM Identity Center."""
    role = f"AWSReservedSSO_{permission_set}_{bare_hex(16, account, permission_set)}"
    return role_session(
        role, email, account, ip=ip, agent=agent, path=f"/aws-reserved/sso.amazonaws.com/{sso_region}/"
    )


def service_role_session(
    role: str, session: str, service_name: str, account: str = ACCOUNT
) -> Principal:
    """A service at work with its service-linked role: ``AWSServiceRoleForAutoScaling``, ``AutoScaling``."""
    return role_session(
        role, session, account, path=f"/aws-service-role/{service_name}/"
    ).through(service_name)


def service(name: str, account: str = ACCOUNT) -> Principal:
    """An AWS service calling in its own name: ``config.amazonaws.com``. The call is in ``account``'s log."""
    return Principal(account, account, name, name, {"type": "AWSService", "invokedBy": name})


def federated_user(
    name: str, issuer: str, account: str = ACCOUNT, *, ip: str = OFFICE, agent: str = AWS_CLI
) -> Principal:
    """Who uses a token that the IAM user ``issuer`` got with ``sts:GetFederationToken``."""
    return Principal(account, account, ip, agent, {
        "type": "FederatedUser", "principalId": f"{account}:{name}",
        "arn": f"arn:aws:sts::{account}:federated-user/{name}", "accountId": account,
        "accessKeyId": upper_id("ASIA", 20, account, issuer, name), "sessionContext": {
            "sessionIssuer": {
                "type": "IAMUser", "principalId": upper_id("AIDA", 21, account, issuer),
                "arn": f"arn:aws:iam::{account}:user/{issuer}", "accountId": account, "userName": issuer,
            },
            "webIdFederationData": {}, "attributes": _attributes(mfa=False),
        },
    })


def web_identity(
    subject: str, provider: str, recipient: str = ACCOUNT, *, ip: str = OFFICE, agent: str = BOTO3
) -> Principal:
    """Who asks for a role with an OpenID Connect token: a CI job, a Kubernetes service account."""
    return Principal("", recipient, ip, agent, {
        "type": "WebIdentityUser", "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    })


def foreign_account(
    account: str, recipient: str = ACCOUNT, *, ip: str = OFFICE, agent: str = BOTO3
) -> Principal:
    """A principal of another account, of whom the owner's log shows no more than the account and an id."""
    return Principal(account, recipient, ip, agent, {
        "type": "AWSAccount", "principalId": upper_id("AIDA", 21, account, "somebody"), "accountId": account,
    })


def anonymous(recipient: str = ACCOUNT, *, ip: str = OFFICE, agent: str = BROWSER) -> Principal:
    """An unsigned request, to a bucket or object that anyone may use."""
    return Principal("", recipient, ip, f"[{agent}]", {
        "type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL",
    })


def _attributes(*, mfa: bool) -> dict[str, str]:
    return {"creationDate": "", "mfaAuthenticated": "true" if mfa else "false"}
