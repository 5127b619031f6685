"""AWS is called with credentials that are known to be exposed.

*The attack.* An access key is found in a public repository, a stealer's log or a leak, and used by whoever finds it:
first sts:GetCallerIdentity, then a look around, then instances, mail or models on somebody else's bill.

*How it is known.* Two ways. A list that the user gives (``--exposed-keys``): of access keys, users and roles, by name
or digest. And AWS's own word: when AWS finds a key in the open it attaches the policy AWSCompromisedKeyQuarantine to
its user. From then on that user's long-term keys count as exposed, whoever attached it, until somebody else takes the
policy away or the user is deleted. Keys that somebody else made for the user since then are new ones.

*What ordinary work looks the same.* The application that the key was made for, still at work with it. It is reported:
nobody can tell it from the thief, and the key must go.

*Denied calls count*: the quarantine denies most of what a thief tries first. So do calls that a service makes in the
user's name, which may be all that the log has of a call. Calls from trusted addresses do not.

*Where it is blind.* Sessions that were taken with an exposed key, unless the list has the user or the role (the call
that takes one counts); without a list, what was done before AWS found the key, data events, and, of the calls that
only read and succeed, all but those with which thieves look around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from vedette.detectors.declare import Memory, Row, calls, calls_where, detector, keyed_detector
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import ListedThreat, Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import Given, iam_user, role_session, service, story
from vedette.simulate.addresses import HOME, OUTSIDE, STRANGER

# 1. The finding type.

COMPROMISED_CREDENTIALS = FindingType(
    name="CredentialAccess:IAMUser/CompromisedCredentials",
    severity=HIGH,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="{api} was called with credentials of {principal}, which are known to be exposed.",
    description="{principal} called {service} {api} in account {account} from {source} with access key {access_key}. "
    "These credentials are known to be exposed: {why}.",
    attack=("T1078.004", "T1552"),
    remedy="Make the key inactive now, then find what still uses it and give that a role. Look at all that was called "
    "with it since it may have been exposed, in every Region, and at users, keys, roles and instances made by then.",
)

# 2. Settings.

_QUARANTINES = ("AWSCompromisedKeyQuarantine", "AWSExposedCredentialPolicy_DO_NOT_REMOVE")
"""How the names of AWS's policies begin: managed (V2, V3) or inline, and the inline one before there was a managed."""
_FIRST_LOOKS = frozenset({
    "AssumeRole", "BatchGetSecretValue", "DescribeAccountAttributes", "DescribeInstances", "DescribeOrganization",
    "DescribeRegions", "DescribeSpotPriceHistory", "DescribeSecurityGroups", "DescribeSnapshots", "DescribeVpcs",
    "GetAccount", "GetAccountAuthorizationDetails", "GetAccountSendingEnabled", "GetAccountSummary",
    "GetCallerIdentity", "GetCostAndUsage", "GetFederationToken", "GetFoundationModelAvailability",
    "GetIdentityVerificationAttributes", "GetModelInvocationLoggingConfiguration", "GetParameters",
    "GetParametersByPath", "GetPasswordData",
    "GetSecretValue", "GetSendQuota", "GetSendStatistics", "GetServiceQuota", "GetSessionToken", "GetSigninToken",
    "GetUser", "InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream", "ListAccessKeys",
    "ListAccountAliases", "ListAccounts", "ListAttachedUserPolicies", "ListBuckets", "ListClusters",
    "ListEmailIdentities", "ListFoundationModels", "ListFunctions20150331", "ListGroupsForUser", "ListIdentities",
    "ListInstanceProfiles", "ListObjects", "ListPolicies", "ListRoles", "ListSecrets", "ListServiceQuotas",
    "ListUserPolicies", "ListUsers",
})
"""Calls that only read and with which thieves find out what a key is good for, or take something."""
_MOST_KEYS = 10
"""New keys remembered of a user; IAM allows two at a time."""

# 3. The logic.


def _anybody(identity_type: str, known: Known) -> bool:
    return bool(known.exposed)


@detector(COMPROMISED_CREDENTIALS, on=calls_where("identity_type", _anybody))
def listed_credentials(call: ApiCall, known: Known) -> Signal | None:
    """The access key, or who holds it, is on a list of exposed credentials."""
    who, lists = call.identity, _naming(call, known)
    if not lists:
        return None
    said = about_call(
        call, COMPROMISED_CREDENTIALS, identity=(who.access_key_id or "",), words={"why": f"list {', '.join(lists)}"},
        additional={"threatListName": lists[0]})
    return msgspec.structs.replace(said, threats=tuple(ListedThreat(name) for name in lists))


def _naming(call: ApiCall, known: Known) -> tuple[str, ...]:
    """The lists that name the access key, else those that name who holds it."""
    if not known.exposed:
        return ()
    who = call.identity
    issuer = who.session_context.session_issuer if who.session_context else None
    ids = [who.access_key_id, who.principal_id, (who.principal_id or "").partition(":")[0], who.arn]
    ids += [issuer.principal_id, issuer.arn] if issuer else []
    return next((lists for one in ids if one and (lists := known.exposed.naming(one))), ())


class Quarantined(Memory):
    """A user: since when AWS calls its keys exposed."""

    since: int = 0
    """Milliseconds since the epoch; 0: it does not."""
    new: list[str] = []
    """Access keys that others made for the user after that."""
    at: int = 0
    """When the log last told any of it."""

    def expire(self, watermark: int) -> bool:
        """A quarantine lasts until it is lifted."""
        return not self.since

    def merge(self, other: Quarantined) -> Quarantined:
        """What was told later."""
        return max(self, other, key=lambda one: (one.at, one.since, one.new))


_QUARANTINING = ("AttachUserPolicy", "PutUserPolicy")
_TELLING = (*_QUARANTINING, "DetachUserPolicy", "DeleteUserPolicy", "DeleteUser", "CreateAccessKey")


def _is_user(identity_type: str, known: Known) -> bool:
    return identity_type == "IAMUser"


def _user(call: ApiCall, known: Known) -> str | None:
    """``account/user``: of whom a call tells something, else who calls with a long-term key."""
    if _tells(call):
        return f"{call.account}/{_told_of(call)}"
    who = call.identity
    if who.type != "IAMUser" or not who.user_name or (who.access_key_id or "").startswith("ASIA"):
        return None
    telling = call.read_only is False or not call.succeeded or call.event_name in _FIRST_LOOKS
    return f"{who.account_id or call.account}/{who.user_name}" if telling and call.event_category != "Data" else None


def _told_of(call: ApiCall) -> str:
    made = call.response.get("accessKey")
    return str(call.request.get("userName") or (made.get("userName") if isinstance(made, dict) else "")
               or call.identity.user_name or "")


def _tells(call: ApiCall) -> bool:
    """The call changes whether, or for which keys, its user is in quarantine."""
    if call.event_source != "iam.amazonaws.com" or call.event_name not in _TELLING or not call.succeeded:
        return False
    if call.event_name in ("DeleteUser", "CreateAccessKey"):
        return True
    name = str(call.request.get("policyName") or call.request.get("policyArn")).rpartition("/")[2]
    return name.startswith(_QUARANTINES)


@keyed_detector(
    COMPROMISED_CREDENTIALS, on=[calls("iam.amazonaws.com", *_TELLING), calls_where("identity_type", _is_user)],
    key=_user, memory=Quarantined, begins=_tells,
)
def quarantined_credentials(rows: Sequence[Row[ApiCall]], memory: Quarantined, known: Known) -> Iterator[Signal]:
    """A user whom AWS has put into quarantine calls."""
    for row in rows:
        call, key = row.record, row.record.identity.access_key_id or ""
        told = _tells(call)
        own = _is_own(call, _told_of(call)) if told else call.identity.type == "IAMUser"
        # AWS puts a user into quarantine in the user's own name.
        by_aws = told and call.event_name in _QUARANTINING
        ours = memory.since and own and not by_aws and key not in memory.new
        # What a list names is told of by the list.
        if ours and not _naming(call, known):
            yield about_call(
                call, COMPROMISED_CREDENTIALS, evidence=[row.evidence], identity=(key,),
                words={"why": "AWS has put the user into quarantine (AWSCompromisedKeyQuarantine)"})
        # A thief who takes the quarantine away, or makes a key, changes nothing.
        if told and not (memory.since and own):
            _remember(row, memory)


def _is_own(call: ApiCall, user: str) -> bool:
    return call.identity.type == "IAMUser" and call.identity.user_name == user


def _remember(row: Row[ApiCall], memory: Quarantined) -> None:
    name = row.record.event_name
    if name in _QUARANTINING:
        memory.since, memory.at = memory.since or row.time, row.time
    elif name == "CreateAccessKey":
        made = row.record.response.get("accessKey")
        if memory.since and isinstance(made, dict) and isinstance(made.get("accessKeyId"), str):
            memory.new, memory.at = [*memory.new, made["accessKeyId"]][-_MOST_KEYS:], row.time
    else:
        memory.since, memory.new, memory.at = 0, [], row.time if memory.since else memory.at


# 4. EXAMPLES.

_ci = iam_user("ci", ip=HOME)
_thief = iam_user("ci", ip=OUTSIDE)
_other = iam_user("backup")
_admin = role_session("admin", "ann@acme.example")
_aws = service("support.amazonaws.com")
_ATTACHED = {"userName": "ci", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}
_OLD = {"userName": "ci", "policyName": "AWSExposedCredentialPolicy_DO_NOT_REMOVE", "policyDocument": "{}"}
_LISTED = Given(exposed_keys=(_ci.access_key_id,), trusted_ips=(STRANGER,))

EXAMPLES = [
    story(
        "AWS finds a key in a public repository; the thief tries it nevertheless",
        _aws.calls("iam", "AttachUserPolicy", _ATTACHED),
        _thief.calls("sts", "GetCallerIdentity"),
        _thief.calls("iam", "CreateUser", error="AccessDenied"),
        _thief.calls("iam", "DetachUserPolicy", _ATTACHED),
        _thief.calls("ec2", "RunInstances", {"instanceType": "g5.48xlarge"}, at=7200),
    ).fires(COMPROMISED_CREDENTIALS, {
        "resource.accessKeyDetails.userName": "ci",
        "title": "RunInstances was called with credentials of IAM user ci, which are known to be exposed."}, count=4),
    story(
        "as AWS did it before 2020, with a policy of the user's own",
        _aws.calls("iam", "PutUserPolicy", _OLD),
        _thief.calls("iam", "ListUsers", error="AccessDenied"),
    ).fires(COMPROMISED_CREDENTIALS, count=1),
    story(
        "a key that the user's own list has, denied calls too",
        _thief.calls("sts", "GetCallerIdentity"),
        _thief.calls("s3", "GetObject", {"bucketName": "acme-ledger", "key": "2026/02.csv"}, error="AccessDenied"),
        given=_LISTED,
    ).fires(COMPROMISED_CREDENTIALS, {
        "service.evidence.threatIntelligenceDetails.threatListName": "exposed-keys"}, count=2),
    story(
        "a role that the list has, by its ARN",
        _admin.calls("iam", "ListUsers"),
        given=Given(exposed_keys=("arn:aws:iam::111122223333:role/admin",)),
    ).fires(COMPROMISED_CREDENTIALS, {"resource.accessKeyDetails.userName": "admin"}),
    story(
        "the user gets a new key, then the quarantine is lifted",
        _ci.calls("s3", "CreateBucket", {"bucketName": "acme-builds"}),
        _aws.calls("iam", "AttachUserPolicy", _ATTACHED),
        _admin.calls("iam", "CreateAccessKey", {"userName": "ci"}, response={"accessKey": {
            "accessKeyId": "AKIAI44QH8DHBEXAMPLE", "status": "Active", "userName": "ci"}}),
        iam_user("ci").calls("iam", "ListUsers", userIdentity={
            **_ci.user_identity, "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}),
        _other.calls("s3", "CreateBucket", {"bucketName": "acme-backups"}),
        _admin.calls("iam", "DetachUserPolicy", _ATTACHED),
        _ci.calls("s3", "CreateBucket", {"bucketName": "acme-builds-2"}),
    ).silent(),
    story(
        "the user is deleted and made again, and an old quarantine is lifted",
        _aws.calls("iam", "AttachUserPolicy", _ATTACHED),
        _admin.calls("iam", "DeleteUser", {"userName": "ci"}),
        _ci.calls("s3", "CreateBucket", {"bucketName": "acme-builds"}),
        _aws.calls("iam", "PutUserPolicy", _OLD),
        _admin.calls("iam", "DeleteUserPolicy", _OLD),
        _ci.calls("s3", "CreateBucket", {"bucketName": "acme-builds-2"}),
    ).silent(),
    story(
        "others call, the key's owner calls from a trusted address, and a policy of another name is attached",
        _other.calls("sts", "GetCallerIdentity"),
        _ci.calls("sts", "GetCallerIdentity", ip=STRANGER),
        _admin.calls("iam", "AttachUserPolicy", {
            "userName": "backup", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        _other.calls("iam", "ListUsers"),
        given=_LISTED,
    ).silent(),
    story(
        "AWS puts the user into quarantine in the user's own name, and a stricter one later",
        *(_ci.calls("iam", "AttachUserPolicy", {
            "userName": "ci", "policyArn": f"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV{version}"},
            ip="AWS Internal", agent="aws-internal/3") for version in (2, 3)),
    ).silent(),
]
