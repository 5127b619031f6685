"""What would show or stop an intruder is taken away: flow logs, DNS query logs, the means to end an instance.

*The attack.* Before they go on, intruders delete a VPC's flow logs or the configuration that logs its DNS queries, so
that their traffic leaves no trace. Crypto-miners switch termination protection of their instances on, so that whoever
answers cannot simply end them.

*What ordinary work looks the same.* A VPC torn down with its flow logs; logging moved elsewhere, which deletes the old
configuration; termination protection as a safeguard of databases and servers that matter.

*What is not it.* Calls that failed; a DeleteFlowLogs that deleted none (it succeeds, and lists what it could not do).
Termination protection switched off.

*Where it is blind.* A VPC that is taken out of the DNS logging (DisassociateResolverQueryLogConfig); a flow log that is
swallowed by its destination; instances that are launched with termination protection; protection that is switched on
in the call's older spelling, where CloudTrail shows no value.
"""

from __future__ import annotations

from typing import Any

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH, LOW, MEDIUM
from vedette.detectors.record_values import inner, is_true, listed, objects
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

EC2_TOOLS = custom_type(
    "DefenseImpairment:EC2/DisableOrModifyTools", HIGH, ("T1562.001", "T1562.008"),
    "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, make the flow logs "
    "again, and look at the instances whose termination protection was switched on.",
    severity_note="High for flow logs deleted, Low for termination protection switched on.")
RESOLVER_TOOLS = custom_type(
    "DefenseImpairment:Route53Resolver/DisableOrModifyTools", MEDIUM, ("T1562.008",),
    "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, make the query "
    "logging configuration again, and associate its VPCs.")

# 2. Settings: none.

# 3. The logic.


@rule("ec2-termination-protection-enabled", "EC2TerminationProtectionEnabled", EC2_TOOLS, LOW,
      on=calls("ec2.amazonaws.com", "ModifyInstanceAttribute"),
      where="requestParameters.disableApiTermination.value = true",
      says="The instance cannot be terminated until this is switched off again.")
def termination_protection_enabled(call: ApiCall) -> Shown | None:
    """An instance's termination protection was switched on."""
    request = call.request
    # In the call's older spelling CloudTrail may keep the value to itself: mostly it is what ends an instance.
    older = request.get("attribute") == "disableApiTermination" and is_true(request.get("value"))
    if not is_true(request.get("disableApiTermination")) and not older:
        return None
    name = text_of(request.get("instanceId"))
    return Shown(f"switched on termination protection of {thing('instance', name)}", (("AWS::EC2::Instance", name),))


@rule("vpc-flow-logs-deleted", "VPCFlowLogsDeleted", EC2_TOOLS, HIGH,
      on=calls("ec2.amazonaws.com", "DeleteFlowLogs"),
      says="Traffic after this may not be recorded.")
def flow_logs_deleted(call: ApiCall) -> Shown | None:
    """Flow logs were deleted: at least one of those asked for."""
    asked = [text_of(inner(one, "content")) or text_of(one)
             for one in listed(inner(call.request, "DeleteFlowLogsRequest", "FlowLogId"))]
    left = {text_of(inner(one, "resourceId")) for one in _unsuccessful(call.response)}
    gone = [name for name in asked if name not in left]
    if asked and not gone:
        return None
    name = ", ".join(one for one in gone if one)
    return Shown(f"deleted {f'flow logs {name[:200]}' if name else 'flow logs'}",
                 tuple(("AWS::EC2::FlowLog", one) for one in gone[:1]))


def _unsuccessful(response: dict[str, Any]) -> list[dict[str, Any]]:
    told = inner(response, "DeleteFlowLogsResponse", "unsuccessful")
    return objects(inner(told, "item") or told)


@rule("dns-query-logs-deleted", "DNSQueryLogsDeleted", RESOLVER_TOOLS, MEDIUM,
      on=calls("route53resolver.amazonaws.com", "DeleteResolverQueryLogConfig"),
      says="DNS queries after this may not be recorded.")
def query_logs_deleted(call: ApiCall) -> Shown:
    """The configuration that logs DNS queries was deleted."""
    name = text_of(call.request.get("resolverQueryLogConfigId"))
    return Shown(f"deleted {thing('DNS query logging configuration', name)}",
                 (("AWS::Route53Resolver::ResolverQueryLoggingConfig", name),))


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_ID = {"instanceId": "i-0aa11bb22cc33dd44"}
_ONE = {"content": "fl-0e17aa62a21d4bbfe", "tag": 1}
_OTHER = {"content": "fl-0f28bb73b32e5ccaf", "tag": 2}


def _deletes(who: Any, logs: Any, unsuccessful: Any = "") -> Any:
    return who.calls("ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": logs}}, response={
        "DeleteFlowLogsResponse": {"requestId": "96d51d7f-c18d-45b9-8315-9aa0fde21e88", "unsuccessful": unsuccessful,
                                   "xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/"}})


def _left(name: str, number: int = 1) -> dict[str, Any]:
    return {"error": {"code": "InvalidFlowLogId.NotFound", "message": ""}, "resourceId": name, "tag": number}


EXAMPLES = [
    story("flow logs are deleted: one, and one of two",
          _deletes(_mallory, _ONE),
          _deletes(_mallory, [_ONE, _OTHER], {"item": _left("fl-0e17aa62a21d4bbfe")})).fires(EC2_TOOLS, {
              "customDetectionRuleName": "VPCFlowLogsDeleted", "severity": HIGH,
              "title": "IAM user mallory deleted flow logs fl-0f28bb73b32e5ccaf."}, count=2),
    story("a miner protects its instances from being ended, in both spellings",
          _mallory.calls("ec2", "ModifyInstanceAttribute", {**_ID, "disableApiTermination": {"value": True}}),
          _mallory.calls("ec2", "ModifyInstanceAttribute", {
              **_ID, "attribute": "disableApiTermination", "value": "true"})).fires(EC2_TOOLS, {
                  "customDetectionRuleName": "EC2TerminationProtectionEnabled", "severity": LOW}, count=2),
    story("both: one finding, as severe as the worse of them",
          _deletes(_mallory, _ONE),
          _mallory.calls("ec2", "ModifyInstanceAttribute", {**_ID, "disableApiTermination": {"value": True}})).fires(
        EC2_TOOLS, {"customDetectionRuleName": "EC2TerminationProtectionEnabled", "severity": HIGH}, count=2),
    story("the logging of DNS queries is deleted",
          _mallory.calls("route53resolver", "DeleteResolverQueryLogConfig", {
              "resolverQueryLogConfigId": "rqlc-4473f20ca554c07", "originSequenceNumber": 0})).fires(
        RESOLVER_TOOLS, {"service.action.awsApiCallAction.affectedResources": {
            "AWS::Route53Resolver::ResolverQueryLoggingConfig": "rqlc-4473f20ca554c07"}}),
    story("a job ends instances: what it sets in the older spelling CloudTrail keeps to itself",
          _mallory.calls("ec2", "ModifyInstanceAttribute", {
              **_ID, "attribute": "disableApiTermination", "value": "<sensitiveDataRemoved>"})).silent(),
    story("nothing is deleted, and protection is only switched off",
          _deletes(_mallory, _ONE, {"item": [_left("fl-0e17aa62a21d4bbfe")]}),
          _mallory.calls("ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": _ONE}},
                         error="UnauthorizedOperation"),
          _mallory.calls("route53resolver", "DeleteResolverQueryLogConfig", {
              "resolverQueryLogConfigId": "rqlc-4473f20ca554c07"}, error="AccessDeniedException"),
          _deployer.calls("ec2", "ModifyInstanceAttribute", {**_ID, "disableApiTermination": {"value": False}}),
          _deployer.calls("ec2", "ModifyInstanceAttribute", {
              **_ID, "attribute": "disableApiTermination", "value": "false"}),
          _deployer.calls("ec2", "ModifyInstanceAttribute", {**_ID, "disableApiStop": {"value": True}})).silent(),
]
