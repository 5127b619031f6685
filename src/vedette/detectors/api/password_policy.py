"""The account's password policy is weakened or deleted, so that guessed and old passwords work.

*The attack.* Someone with stolen administrator rights makes room for weak passwords that never expire.

*What ordinary work looks the same.* A policy that follows newer advice (long, without forced expiry): the parts that
it gives up are named, and the severity is low. A policy that only becomes stricter is no news.

*An attempt counts*, as in GuardDuty: a call that was denied is reported at low severity. CloudTrail does not keep what
a denied call asked for, so nothing is said of that. There being no policy to delete is no attempt.

*Where it is blind.* The policy from before the log: until the log shows one, an update is held against AWS's own
default (eight characters of three kinds). UpdateAccountPasswordPolicy resets what it does not name; that is read so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vedette.detectors.declare import Memory, Row, calls, keyed_detector
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding type.

PASSWORD_POLICY_CHANGE = FindingType(
    name="Stealth:IAMUser/PasswordPolicyChange",
    severity=LOW,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="{principal} {did} the password policy of account {account}.",
    description="{principal} called {api} from {source} and {did} the password policy of account {account}: {effect}.",
    attack=("T1556",),
    remedy="Ask whoever holds these credentials whether they meant it. If not, disable the credentials, set the "
    "policy again, and look for users whose passwords changed since.",
    severity_note="Low for one or two protections lost and for attempts, Medium for three or four or a deletion of a "
    "policy that the log does not show, High for five or more.",
)

# 2. Settings.

_MEDIUM_LOSSES, _HIGH_LOSSES = 3, 5
"""Of the nine protections: the four kinds of characters together are a real loss, most of the policy is a severe "
"one."""
_DEFAULT_LENGTH, _DEFAULT_KINDS = 8, 3
"""AWS's policy for accounts that have none of their own."""
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
"""Other errors (a length out of range, no policy to delete) are slips of those who may."""
_RESET_LENGTH = 6
"""What UpdateAccountPasswordPolicy makes of a length that it is not given."""

# 3. The logic.

_KINDS = {
    "requireSymbols": "symbols", "requireNumbers": "numbers", "requireUppercaseCharacters": "upper-case letters",
    "requireLowercaseCharacters": "lower-case letters",
}


class PasswordPolicy(Memory):
    """The policy that the log last showed."""

    length: int = 0
    """Characters; 0: no policy has been seen."""
    kinds: tuple[str, ...] = ()
    max_age: int = 0
    """Days; 0: passwords do not expire."""
    reuse: int = 0
    """Former passwords that are refused."""
    hard_expiry: bool = False
    at: int = 0

    def expire(self, watermark: int) -> bool:
        """A policy stays until it is changed."""
        return not self.at

    def merge(self, other: PasswordPolicy) -> PasswordPolicy:
        """The later one."""
        return self if self.at >= other.at else other


_AWS_DEFAULT = PasswordPolicy(length=_DEFAULT_LENGTH, kinds=tuple(_KINDS)[:_DEFAULT_KINDS])


def _account(call: ApiCall, known: Known) -> str | None:
    return call.account or None


@keyed_detector(
    PASSWORD_POLICY_CHANGE,
    on=calls("iam.amazonaws.com", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"),
    key=_account,
    memory=PasswordPolicy,
)
def password_policy_weakened(rows: Sequence[Row[ApiCall]], memory: PasswordPolicy, known: Known) -> Iterator[Signal]:
    """A policy took the place of a stricter one, or somebody tried."""
    for row in rows:
        call = row.record
        deletes = call.event_name == "DeleteAccountPasswordPolicy"
        if not call.succeeded:
            if call.error_code in _DENIED:
                yield _said(row, LOW, f"tried in vain to {'delete' if deletes else 'change'}",
                            f"the call failed ({call.error_code})")
            continue
        after = _AWS_DEFAULT if deletes else _asked_for(call.request)
        lost = _lost(memory if memory.at else None, after)
        if deletes or lost:
            yield _said(row, _severity(len(lost), unseen=deletes and not memory.at), "deleted" if deletes else
                        "weakened", f"it gives up {', '.join(lost)}" if lost else "AWS's default holds instead")
        memory.length, memory.kinds, memory.max_age = after.length, after.kinds, after.max_age
        memory.reuse, memory.hard_expiry, memory.at = after.reuse, after.hard_expiry, row.time


def _said(row: Row[ApiCall], severity: float, did: str, effect: str) -> Signal:
    return about_call(row.record, PASSWORD_POLICY_CHANGE, severity=severity, evidence=[row.evidence],
                      words={"did": did, "effect": effect})


def _asked_for(request: dict[str, Any]) -> PasswordPolicy:
    return PasswordPolicy(
        length=_number(request, "minimumPasswordLength", _RESET_LENGTH),
        kinds=tuple(name for name in _KINDS if request.get(name) is True),
        max_age=_number(request, "maxPasswordAge", 0), reuse=_number(request, "passwordReusePrevention", 0),
        hard_expiry=request.get("hardExpiry") is True,
    )


def _number(request: dict[str, Any], name: str, otherwise: int) -> int:
    value = request.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _lost(before: PasswordPolicy | None, after: PasswordPolicy) -> list[str]:
    """The protections that the later policy gives up."""
    if before is None:
        lost = [f"length (from at least {_DEFAULT_LENGTH} to {after.length})"] if after.length < _DEFAULT_LENGTH else []
        if len(after.kinds) < _DEFAULT_KINDS:
            lost += [what for name, what in _KINDS.items() if name not in after.kinds]
        return lost
    lost = [f"length (from {before.length} to {after.length})"] if after.length < before.length else []
    lost += [_KINDS[name] for name in before.kinds if name not in after.kinds]
    if before.max_age and (not after.max_age or after.max_age > before.max_age):
        lost.append("expiry")
    if after.reuse < before.reuse:
        lost.append("refusal of former passwords")
    if before.hard_expiry and not after.hard_expiry:
        lost.append("lock-out at expiry")
    return lost


def _severity(losses: int, *, unseen: bool) -> float:
    if losses >= _HIGH_LOSSES:
        return HIGH
    return MEDIUM if losses >= _MEDIUM_LOSSES or unseen else LOW


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_STRICT = {
    "minimumPasswordLength": 14, "requireSymbols": True, "requireNumbers": True, "requireUppercaseCharacters": True,
    "requireLowercaseCharacters": True, "allowUsersToChangePassword": True, "maxPasswordAge": 90,
    "passwordReusePrevention": 24, "hardExpiry": False,
}

EXAMPLES = [
    story(
        "a stolen key makes room for weak passwords",
        _mallory.calls("iam", "UpdateAccountPasswordPolicy", {"minimumPasswordLength": 6, "requireSymbols": False}),
    ).fires(PASSWORD_POLICY_CHANGE, {"resource.accessKeyDetails.userName": "mallory", "severity": HIGH}),
    story(
        "the policy is deleted, and denied the second time: one finding, counted twice",
        _mallory.calls("iam", "DeleteAccountPasswordPolicy"),
        _mallory.calls("iam", "DeleteAccountPasswordPolicy", error="AccessDenied"),
    ).fires(PASSWORD_POLICY_CHANGE, count=2),
    story(
        "somebody who may not tries to change it: CloudTrail does not say to what",
        _mallory.calls("iam", "UpdateAccountPasswordPolicy", None, error="AccessDenied"),
    ).fires(PASSWORD_POLICY_CHANGE, {
        "severity": LOW,
        "title": "IAM user mallory tried in vain to change the password policy of account 111122223333."}),
    story(
        "a strict policy loses its expiry",
        _deployer.calls("iam", "UpdateAccountPasswordPolicy", _STRICT),
        _mallory.calls("iam", "UpdateAccountPasswordPolicy", {
            name: value for name, value in _STRICT.items() if name != "maxPasswordAge"}, at=86_400),
    ).fires(PASSWORD_POLICY_CHANGE, {"resource.accessKeyDetails.userName": "mallory", "severity": LOW}, count=1),
    story(
        "a strict policy no longer remembers old passwords",
        _deployer.calls("iam", "UpdateAccountPasswordPolicy", _STRICT),
        _mallory.calls("iam", "UpdateAccountPasswordPolicy", _STRICT | {"passwordReusePrevention": 1}, at=86_400),
    ).fires(PASSWORD_POLICY_CHANGE, {"resource.accessKeyDetails.userName": "mallory", "severity": LOW}, count=1),
    story(
        "users whose password has expired may change it themselves again",
        _deployer.calls("iam", "UpdateAccountPasswordPolicy", _STRICT | {"hardExpiry": True}),
        _mallory.calls("iam", "UpdateAccountPasswordPolicy", _STRICT, at=86_400),
    ).fires(PASSWORD_POLICY_CHANGE, {"resource.accessKeyDetails.userName": "mallory", "severity": LOW}, count=1),
    story(
        "a strict policy is set, set again, and made stricter",
        _deployer.calls("iam", "UpdateAccountPasswordPolicy", _STRICT),
        _deployer.calls("iam", "UpdateAccountPasswordPolicy", _STRICT),
        _deployer.calls("iam", "UpdateAccountPasswordPolicy", _STRICT | {"minimumPasswordLength": 20}),
        _deployer.calls("iam", "GetAccountPasswordPolicy"),
        _deployer.calls("iam", "DeleteAccountPasswordPolicy", None, error="NoSuchEntityException"),
    ).silent(),
]
