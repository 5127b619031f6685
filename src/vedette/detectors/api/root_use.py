"""The account's root user signs in or calls an API: with its own credentials, or with a short session from AssumeRoot.

*The attack.* Root may do everything and no policy binds it. Whoever has its password or key owns the account.

*What ordinary work looks the same.* The few tasks that only root can do. They are reported at low severity, as
GuardDuty does: they are rare enough for someone to say each time that it was them.

*What is not it.* Services that act in root's name (``invokedBy``, ``AWS Internal``), service events, and sign-ins
that failed: a wrong password, a forgotten one, and the question for the second factor use no credentials yet. The
console is no such service: until 2020 it stood in ``invokedBy`` as ``signin.amazonaws.com``, with the person's address.

*Where it is blind.* Calls by another account's root are in that account's log.
"""

from __future__ import annotations

from dataclasses import replace

from vedette.detectors.declare import calls_where, detector
from vedette.detectors.finding_type import LOW, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import assumed_root, iam_user, root, story

# 1. The finding types.

ROOT_CREDENTIAL_USAGE = FindingType(
    name="Policy:IAMUser/RootCredentialUsage",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="The root user's credentials were used for {api}.",
    description="The root user of account {account} called {service} {api} from {source}.",
    attack=("T1078.004",),
    remedy="Ask who uses root. If nobody did, change its password, remove its access keys, check its second factor, "
    "and look at all it did. For daily work use roles.",
)
SHORT_TERM_ROOT_CREDENTIAL_USAGE = FindingType(
    name="Policy:IAMUser/ShortTermRootCredentialUsage",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="A short root session was used for {api}.",
    description="Someone of the organisation's management account took a root session of account {account} "
    "(AssumeRoot) and called {service} {api} from {source}.",
    attack=("T1078.004",),
    remedy="Find the AssumeRoot call in the management account's log and ask that caller whether the task was planned.",
)

# 2. Settings.

_SIGN_INS = frozenset({"ConsoleLogin", "EmailUpdated", "PasswordRecoveryCompleted", "PasswordUpdated"})
"""Sign-in events that prove that the caller holds the credentials; the others are steps before that."""
_CONSOLE = "signin.amazonaws.com"

# 3. The logic.


def _is_root(identity_type: str, known: Known) -> bool:
    return identity_type == "Root"


@detector(ROOT_CREDENTIAL_USAGE, SHORT_TERM_ROOT_CREDENTIAL_USAGE, on=calls_where("identity_type", _is_root))
def root_used(call: ApiCall, known: Known) -> Signal | None:
    """Root's credentials were used by someone, not by a service."""
    who = call.identity
    if who.type != "Root" or who.invoked_by not in (None, "", _CONSOLE) or call.event_type == "AwsServiceEvent":
        return None
    if call.source_ip == "AWS Internal" or call.source_ip.endswith(".amazonaws.com"):
        return None
    if who.account_id and who.account_id != call.account:
        return None
    if call.event_type == "AwsConsoleSignIn" and not _signed_in(call):
        return None
    session = who.session_context
    short = session is not None and str(session.assumed_root).lower() == "true"
    return about_call(call, SHORT_TERM_ROOT_CREDENTIAL_USAGE if short else ROOT_CREDENTIAL_USAGE)


def _signed_in(call: ApiCall) -> bool:
    return call.event_name in _SIGN_INS and call.succeeded and call.response.get(call.event_name) == "Success"


# 4. EXAMPLES.

_root = root()
_at_the_console = replace(_root, agent="signin.amazonaws.com", user_identity={
    **_root.user_identity, "invokedBy": "signin.amazonaws.com"})

EXAMPLES = [
    story(
        "root signs in and makes a key for itself",
        _root.console_login(),
        _root.calls("iam", "CreateAccessKey", response={"accessKey": {"status": "Active"}}),
    ).fires(ROOT_CREDENTIAL_USAGE, {"resource.accessKeyDetails.userType": "Root"}, count=2),
    story(
        "root tries what an organisation forbids: the credentials were used all the same",
        _root.calls("s3", "ListBuckets", error="AccessDenied"),
    ).fires(ROOT_CREDENTIAL_USAGE),
    story(
        "root works at the console, in an older record",
        _at_the_console.calls("iam", "CreateUser", {"userName": "backup", "tags": []}),
    ).fires(ROOT_CREDENTIAL_USAGE, {"service.action.awsApiCallAction.api": "CreateUser"}),
    story(
        "a root session from AssumeRoot deletes a bucket policy",
        assumed_root().calls("s3", "DeleteBucketPolicy", {"bucketName": "acme-locked"}),
    ).fires(SHORT_TERM_ROOT_CREDENTIAL_USAGE),
    story(
        "a wrong password, a forgotten one, a service in root's name, and a user",
        _root.console_login(success=False),
        _root.calls("signin", "PasswordRecoveryRequested", response={"PasswordRecoveryRequested": "Success"},
                    event_type="AwsConsoleSignIn"),
        _root.calls("signin", "CheckMfa", response={"CheckMfa": "Success"}, event_type="AwsConsoleSignIn"),
        _root.through("support.amazonaws.com").calls("ec2", "DescribeInstances"),
        _root.calls("kms", "RotateKey", event_type="AwsServiceEvent"),
        _root.calls("s3", "GetBucketAcl", {"bucketName": "acme-logs"}, ip="AWS Internal"),
        _root.calls("ec2", "DescribeVpcs", ip="trustedadvisor.amazonaws.com"),
        iam_user("root").calls("iam", "ListUsers"),
    ).silent(),
]
