"""Somebody makes a way into running instances: a password, a key, a start-up script, an open port.

*The attack.* Who holds stolen credentials and wants a shell asks for a Windows instance's administrator password,
pushes an SSH key of their own through EC2 Instance Connect or the serial console, writes commands into an instance's
user data (they run as root at the next start), or opens SSH of a security group to the whole Internet.

*What ordinary work looks the same.* All of it: an administrator who logs in for the first time, EC2 Instance Connect as
the daily way in, user data changed by a deployment, a test machine opened in a hurry. That is why these rules are off
until somebody turns them on: where nobody works like this, each of them is news.

*What is not it.* A call that was denied or was a dry run. A port opened to one network, or another port than SSH's.

*Where it is blind.* User data of instances that are launched with it; keys in ``authorized_keys``; a security group
that refers to a prefix list, whose networks the record does not show. ModifySecurityGroupRules does not say whether a
rule is inbound: one for SSH, or for all traffic, from everywhere counts as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH, MEDIUM
from vedette.detectors.record_values import inner, number, objects
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

_DISABLE = "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, "

UNSECURED_CREDENTIALS = custom_type(
    "CredentialAccess:EC2/UnsecuredCredentials", MEDIUM, ("T1552.005",),
    _DISABLE + "change the instance's administrator password, and look for sessions on it since.")
REMOTE_SERVICES = custom_type(
    "LateralMovement:EC2/RemoteServices", MEDIUM, ("T1021.004",),
    _DISABLE + "isolate the instance, and look at what its sessions did since.")
START_SCRIPTS = custom_type(
    "Persistence:EC2/BootOrLogonInitializationScripts", HIGH, ("T1037",),
    _DISABLE + "read the user data that the instance has now, put back the former, and rebuild an instance that was "
    "started with it.")
EXTERNAL_REMOTE_SERVICES = custom_type(
    "Persistence:EC2/ExternalRemoteServices", MEDIUM, ("T1133", "T1562.007"),
    _DISABLE + "take the rule out of the security group, and look for log-ins at its instances since.")

# 2. Settings.

_SSH = 22
_WORLD_V4, _WORLD_V6 = 1, 3
"""Prefix lengths that are everywhere: two halves of the Internet are the whole, and 2000::/3 is all of IPv6's."""

# 3. The logic.

_INSTANCE = "AWS::EC2::Instance"


@rule("ec2-password-data-retrieved", "EC2PasswordDataRetrieved", UNSECURED_CREDENTIALS, MEDIUM,
      on=calls("ec2.amazonaws.com", "GetPasswordData"),
      says="Whoever has the instance's key pair can read its administrator password now.")
def password_data_retrieved(call: ApiCall) -> Shown:
    """A Windows instance's administrator password was asked for, and given."""
    name = text_of(call.request.get("instanceId"))
    return Shown(f"retrieved the administrator password of {thing('instance', name)}", ((_INSTANCE, name),))


@rule("ec2-instance-ssh-key-pushed", "EC2InstanceSSHKeyPushed", REMOTE_SERVICES, MEDIUM,
      on=calls("ec2-instance-connect.amazonaws.com", "SendSSHPublicKey", "SendSerialConsoleSSHPublicKey"),
      says="For the next minute the owner of the key can log in to the instance.")
def ssh_key_pushed(call: ApiCall) -> Shown:
    """An SSH key was pushed to an instance, by EC2 Instance Connect or for its serial console."""
    name, user = text_of(call.request.get("instanceId")), text_of(call.request.get("instanceOSUser"))
    way = "the serial console of " if call.event_name == "SendSerialConsoleSSHPublicKey" else ""
    return Shown(f"pushed an SSH key to {way}{thing('instance', name)}{f' for user {user}' if user else ''}",
                 ((_INSTANCE, name),))


@rule("ec2-user-data-modified", "EC2UserDataModified", START_SCRIPTS, HIGH,
      on=calls("ec2.amazonaws.com", "ModifyInstanceAttribute"),
      where="(requestParameters.userData IS NOT NULL OR requestParameters.attribute = 'userData')",
      says="Commands in the user data run with all rights when the instance starts.")
def user_data_modified(call: ApiCall) -> Shown | None:
    """An instance's user data was changed. CloudTrail does not keep to what."""
    request = call.request
    if request.get("userData") is None and request.get("attribute") != "userData":
        return None
    name = text_of(request.get("instanceId"))
    return Shown(f"changed the user data of {thing('instance', name)}", ((_INSTANCE, name),))


@rule("ec2-security-group-public-ssh", "EC2SecurityGroupPublicSSH", EXTERNAL_REMOTE_SERVICES, MEDIUM,
      on=calls("ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules"),
      where="EXISTS (SELECT 1 FROM UNNEST(requestParameters.ipPermissions.items) p WHERE p.ipProtocol IN ('tcp', '6', "
            "'-1') AND 22 BETWEEN p.fromPort AND p.toPort AND (p.ipRanges.items.cidrIp = '0.0.0.0/0' "
            "OR p.ipv6Ranges.items.cidrIpv6 = '::/0'))",
      says="Anybody on the Internet can try to log in to the instances of the group.")
def public_ssh(call: ApiCall) -> Shown | None:
    """A security group lets the whole Internet in to SSH."""
    if not any(_lets_in_ssh(one) and any(map(_everywhere, _sources(one))) for one in _permissions(call.request)):
        return None
    asked = inner(call.request, "ModifySecurityGroupRulesRequest", "GroupId")
    name = text_of(call.request.get("groupId")) or text_of(call.request.get("groupName")) or text_of(asked)
    return Shown(f"opened SSH of {thing('security group', name)} to the Internet",
                 (("AWS::EC2::SecurityGroup", name),))


def _permissions(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rules that a call adds or changes, however it spells them; a record names protocol and ports alike."""
    yield request
    yield from objects(request.get("ipPermissions"))
    for change in objects(inner(request, "ModifySecurityGroupRulesRequest", "SecurityGroupRule")):
        changed = change.get("SecurityGroupRule")
        if isinstance(changed, dict):
            yield {name[:1].lower() + name[1:]: value for name, value in changed.items()}


def _lets_in_ssh(permission: dict[str, Any]) -> bool:
    protocol = str(permission.get("ipProtocol"))
    if protocol == "-1":
        return True
    first, last = number(permission.get("fromPort")), number(permission.get("toPort"))
    return protocol in ("tcp", "6") and first is not None and first <= _SSH <= (first if last is None else last)


def _sources(permission: dict[str, Any]) -> Iterator[Any]:
    for name in ("cidrIp", "cidrIpv4", "cidrIpv6"):
        yield permission.get(name)
    for ranges, name in (("ipRanges", "cidrIp"), ("ipv6Ranges", "cidrIpv6")):
        for one in objects(permission.get(ranges)):
            yield one.get(name)


def _everywhere(cidr: Any) -> bool:
    try:
        network = ip_network(cidr, strict=False) if isinstance(cidr, str) else None
    except ValueError:
        return False
    if network is None:
        return False
    return network.prefixlen <= (_WORLD_V4 if isinstance(network, IPv4Network) else _WORLD_V6)


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_ID = {"instanceId": "i-0aa11bb22cc33dd44"}
_RETURNED = {"_return": True, "requestId": "91f34d65-513d-4e9f-a3de-e8d27f7ee4b2"}


def _opens(*ranges: str, ports: tuple[Any, Any] = (22, 22), protocol: str = "tcp") -> dict[str, Any]:
    v4 = {"items": [{"cidrIp": one} for one in ranges if ":" not in one]}
    v6 = {"items": [{"cidrIpv6": one} for one in ranges if ":" in one]}
    return {"groupId": "sg-0d921df5d84f7270a", "ipPermissions": {"items": [{
        "ipProtocol": protocol, "fromPort": ports[0], "toPort": ports[1], "groups": {}, "prefixListIds": {},
        "ipRanges": v4 if v4["items"] else {}, "ipv6Ranges": v6 if v6["items"] else {}}]}}


def _changes(**changed: Any) -> dict[str, Any]:
    return {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-0d921df5d84f7270a", "SecurityGroupRule": {
        "tag": 1, "SecurityGroupRuleId": "sgr-09b3e3d2ca1edf2a2", "SecurityGroupRule": changed}}}


def _ingress(*requests: dict[str, Any], name: str = "AuthorizeSecurityGroupIngress", **more: Any) -> list[Any]:
    return [_mallory.calls("ec2", name, request, response=_RETURNED, **more) for request in requests]


EXAMPLES = [
    story("a stolen key asks for a Windows instance's password",
          _mallory.calls("ec2", "GetPasswordData", _ID)).fires(UNSECURED_CREDENTIALS, {
              "customDetectionRuleName": "EC2PasswordDataRetrieved",
              "title": "IAM user mallory retrieved the administrator password of instance i-0aa11bb22cc33dd44.",
              "resource.accessKeyDetails.userName": "mallory", "severity": MEDIUM}),
    story("keys are pushed to an instance and to a serial console",
          _mallory.calls("ec2-instance-connect", "SendSSHPublicKey", {
              **_ID, "instanceOSUser": "ec2-user", "sSHPublicKey": "ssh-ed25519 AAAA"}, response={"success": True}),
          _mallory.calls("ec2-instance-connect", "SendSerialConsoleSSHPublicKey", {
              **_ID, "monitorMode": False, "serialPort": 0, "sSHPublicKey": "ssh-ed25519 AAAA"})).fires(
        REMOTE_SERVICES, {"title": "IAM user mallory pushed an SSH key to the serial console of instance "
                                   "i-0aa11bb22cc33dd44."}, count=2),
    story("user data is changed, in both spellings of the call",
          _mallory.calls("ec2", "ModifyInstanceAttribute", {**_ID, "userData": "<sensitiveDataRemoved>"},
                         response=_RETURNED),
          _mallory.calls("ec2", "ModifyInstanceAttribute", {
              **_ID, "attribute": "userData", "value": "<sensitiveDataRemoved>"}, response=_RETURNED)).fires(
        START_SCRIPTS, {"severity": HIGH, "service.action.awsApiCallAction.affectedResources": {
            "AWS::EC2::Instance": "i-0aa11bb22cc33dd44"}}, count=2),
    *(story(f"SSH is opened to the Internet: {how}", _ingress(request)).fires(EXTERNAL_REMOTE_SERVICES, {
        "customDetectionRuleName": "EC2SecurityGroupPublicSSH"}, count=1)
      for how, request in {
          "as SDKs ask": _opens("10.0.0.0/8", "0.0.0.0/0"),
          "over IPv6": _opens("::/0"),
          "in a range of ports": _opens("0.0.0.0/0", ports=("20", "1024")),
          "with all traffic": _opens("0.0.0.0/0", ports=(None, None), protocol="-1"),
          "by the protocol's number": _opens("0.0.0.0/0", protocol="6"),
          "half of it": _opens("128.0.0.0/1"),
          "all of IPv6's addresses": _opens("2000::/3"),
          "in one piece, with a host's address": {
              "groupName": "web", "cidrIp": "81.2.69.160/0", "fromPort": 22, "toPort": 22, "ipProtocol": "tcp",
              "ipPermissions": {}},
      }.items()),
    story("a rule is changed into one that lets everybody in to SSH", _ingress(
        _changes(IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="0.0.0.0/0"), name="ModifySecurityGroupRules"))
    .fires(EXTERNAL_REMOTE_SERVICES, {"title": "IAM user mallory opened SSH of security group sg-0d921df5d84f7270a to "
                                               "the Internet."}),
    story("all of it is denied or a dry run",
          _mallory.calls("ec2", "GetPasswordData", _ID, error="UnauthorizedOperation"),
          _mallory.calls("ec2-instance-connect", "SendSSHPublicKey", _ID, error="AccessDeniedException"),
          _mallory.calls("ec2", "ModifyInstanceAttribute", {**_ID, "userData": "<sensitiveDataRemoved>"},
                         error="IncorrectInstanceState", error_message="The instance is running"),
          _mallory.calls("ec2", "AuthorizeSecurityGroupIngress", _opens("0.0.0.0/0"), error="DryRunOperation",
                         error_message="Request would have succeeded, but DryRun flag is set."),
          ).silent(),
    story("a deployment opens other ports, and SSH to its own networks",
          _ingress(_opens("0.0.0.0/0", ports=(443, 443)), _opens("0.0.0.0/0", ports=(0, 21)),
                   _opens("0.0.0.0/0", ports=(23, 65535)), _opens("81.2.69.160/32"), _opens("10.0.0.0/8"),
                   _opens("2600:1f18::/24"), _opens("0.0.0.0/0", protocol="udp"),
                   _opens("0.0.0.0/0", ports=(-1, -1), protocol="icmp"), _opens("no network"), {}),
          _ingress(_changes(IpProtocol="tcp", FromPort=443, ToPort=443, CidrIpv4="0.0.0.0/0"),
                   {"ModifySecurityGroupRulesRequest": {"SecurityGroupRule": {"SecurityGroupRule": ""}}},
                   name="ModifySecurityGroupRules"),
          _deployer.calls("ec2", "ModifyInstanceAttribute", {**_ID, "instanceType": {"value": "m5.large"}}),
          _deployer.calls("ec2", "ModifyInstanceAttribute")).silent(),
]
