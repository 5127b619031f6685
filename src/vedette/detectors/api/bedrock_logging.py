"""Bedrock stops logging what models are asked and answer, so that what follows leaves no record of it.

*The attack.* Someone with stolen credentials who sells or misuses access to models (LLM jacking) first looks whether
prompts are logged, and deletes that configuration, or puts one in its place that delivers none of the data.

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


@detector(
    BEDROCK_LOGGING_DISABLED,
    on=calls("bedrock.amazonaws.com", "DeleteModelInvocationLoggingConfiguration",
             "PutModelInvocationLoggingConfiguration"),
)
def bedrock_logging_disabled(call: ApiCall, known: Known) -> Signal | None:
    """The logging configuration was deleted, or now delivers nothing of what is asked and answered."""
    if not call.succeeded or (call.event_name.startswith("Put") and not _delivers_nothing(call)):
        return None
    return about_call(call, BEDROCK_LOGGING_DISABLED)


def _delivers_nothing(call: ApiCall) -> bool:
    """Text, and each other kind of data that the configuration names, is switched off; what it does not name is on."""
    config = call.request.get("loggingConfig")
    if not isinstance(config, dict) or config.get("textDataDeliveryEnabled") is not False:
        return False
    return all(value is False for name, value in config.items() if name.endswith("DataDeliveryEnabled"))


# 4. EXAMPLES.

_mallory = iam_user("mallory")

EXAMPLES = [
    story(
        "a stolen key looks at the logging configuration and deletes it",
        _mallory.calls("bedrock", "GetModelInvocationLoggingConfiguration"),
        _mallory.calls("bedrock", "DeleteModelInvocationLoggingConfiguration"),
    ).fires(BEDROCK_LOGGING_DISABLED, {"resource.accessKeyDetails.userName": "mallory"}, count=1),
    story(
        "a stolen key leaves the configuration, but switches off all that it delivers",
        _mallory.calls("bedrock", "PutModelInvocationLoggingConfiguration", {"loggingConfig": {
            "cloudWatchConfig": {"logGroupName": "/bedrock", "roleArn": "arn:aws:iam::111122223333:role/bedrock-logs"},
            "textDataDeliveryEnabled": False, "imageDataDeliveryEnabled": False,
            "embeddingDataDeliveryEnabled": False}}),
    ).fires(BEDROCK_LOGGING_DISABLED),
    story(
        "the same call is denied, and a deployment turns logging on",
        _mallory.calls("bedrock", "DeleteModelInvocationLoggingConfiguration", error="AccessDeniedException"),
        role_session("deploy", "release-41").calls("bedrock", "PutModelInvocationLoggingConfiguration", {
            "loggingConfig": {"textDataDeliveryEnabled": True, "cloudWatchConfig": {"logGroupName": "/bedrock"}}}),
        role_session("deploy", "release-42").calls("bedrock", "PutModelInvocationLoggingConfiguration", {
            "loggingConfig": {"cloudWatchConfig": {"logGroupName": "/bedrock"}}}),
    ).silent(),
]
