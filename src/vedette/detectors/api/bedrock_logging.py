"""Bedrock stops logging what models are asked and answer, so that what follows leaves no record of it.

*The attack.* Someone with stolen credentials who sells or misuses access to models (LLM jacking) first looks whether
prompts are logged, and deletes that configuration.

*What ordinary work looks the same.* An environment that is torn down. GuardDuty reports it too.

*What is not it.* A call that failed, and a new configuration that still delivers something somewhere.

*Where it is blind.* Accounts that never logged; a log group or bucket that is deleted behind the configuration.
"""

from __future__ import annotations

from vedette.detectors.declare import calls, detector
from vedette.detectors.finding_type import MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding type.

BEDROCK_LOGGING_DISABLED = FindingType(
    name="DefenseEvasion:IAMUser/BedrockLoggingDisabled",
    severity=MEDIUM,
    plan=Plan.FOUNDATIONAL,
    resource="AccessKey",
    title="Bedrock's model invocation logging was turned off by {principal}.",
    description="{principal} called {api} in account {account}, Region {region}, from {source}: Bedrock no longer "
    "logs what models are asked and answer there.",
    attack=("T1562.008",),
    remedy="Ask whoever holds these credentials whether they meant it. If not, disable them, put the logging "
    "configuration back, and look at InvokeModel calls and the bill.",
)

# 2. Settings: none.

# 3. The logic.


@detector(BEDROCK_LOGGING_DISABLED, on=calls("bedrock.amazonaws.com", "DeleteModelInvocationLoggingConfiguration"))
def bedrock_logging_disabled(call: ApiCall, known: Known) -> Signal | None:
    """The logging configuration was deleted."""
    return about_call(call, BEDROCK_LOGGING_DISABLED) if call.succeeded else None


# 4. EXAMPLES.

_mallory = iam_user("mallory")

EXAMPLES = [
    story(
        "a stolen key looks at the logging configuration and deletes it",
        _mallory.calls("bedrock", "GetModelInvocationLoggingConfiguration"),
        _mallory.calls("bedrock", "DeleteModelInvocationLoggingConfiguration"),
    ).fires(BEDROCK_LOGGING_DISABLED, {"resource.accessKeyDetails.userName": "mallory"}, count=1),
    story(
        "the same call is denied, and a deployment turns logging on",
        _mallory.calls("bedrock", "DeleteModelInvocationLoggingConfiguration", error="AccessDeniedException"),
        role_session("deploy", "release-41").calls("bedrock", "PutModelInvocationLoggingConfiguration", {
            "loggingConfig": {"textDataDeliveryEnabled": True, "cloudWatchConfig": {"logGroupName": "/bedrock"}}}),
    ).silent(),
]
